# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""The examples of the inventory plugins, and those of their guide, are what their options take."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.doc_fragments import constructed, inventory_cache

from ansible_collections.hostwright.virt.plugins.doc_fragments import _inventory

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_inventory.rst"
PLUGINS = sorted(path.stem for path in (ROOT / "plugins" / "inventory").glob("*.py"))
FRAGMENTS: t.Mapping[str, str] = {
    "ansible.builtin.constructed": constructed.ModuleDocFragment.DOCUMENTATION,
    "ansible.builtin.inventory_cache": inventory_cache.ModuleDocFragment.DOCUMENTATION,
    "hostwright.virt._inventory": _inventory.ModuleDocFragment.DOCUMENTATION,
}


def load(name: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.hostwright.virt.plugins.inventory.{name}")


def options_of(name: str) -> dict[str, t.Any]:
    docs = yaml.safe_load(load(name).DOCUMENTATION)
    texts = [FRAGMENTS[fragment] for fragment in docs["extends_documentation_fragment"]]
    found = {key: spec for text in texts for key, spec in yaml.safe_load(text)["options"].items()}
    return {**found, **docs["options"]}


def to_spec(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Options of a plugin in the words of a module."""
    spec = {}
    for name, option in options.items():
        kept = {key: option[key] for key in ("type", "elements", "required") if key in option}
        if option.get("choices"):
            kept["choices"] = list(option["choices"])
        spec[name] = kept
    return spec


def examples() -> list[t.Any]:
    texts = [load(name).EXAMPLES for name in PLUGINS]
    blocks = re.findall(r"code-block:: yaml\n\n((?:    .*\n|\n)+)", GUIDE.read_text(encoding="utf-8"))
    found = [doc for text in [*texts, *blocks] for doc in yaml.safe_load_all(text)]
    assert len(found) >= 7
    return found


def test_both_plugins_are_documented() -> None:
    assert PLUGINS == ["hypervisors", "libvirt"]


@pytest.mark.parametrize("example", examples(), ids=lambda example: str(sorted(example))[:60])
def test_examples_are_accepted(example: t.Any) -> None:
    namespace, name = example["plugin"].rsplit(".", 1)
    assert namespace == "hostwright.virt"
    validator: t.Any = ArgumentSpecValidator(to_spec(options_of(name)))
    assert validator.validate(dict(example)).error_messages == []


@pytest.mark.parametrize("name", PLUGINS)
def test_every_example_is_named(name: str) -> None:
    for text in load(name).EXAMPLES.split("\n---\n"):
        assert re.match(r"\s*# \S+\.hostwright\.yml: ", text)
