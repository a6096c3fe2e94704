# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of FreeBSD hosts, and the roles' own words: what it says is what they and their modules take."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
INVENTORY = ROOT / "playbooks" / "examples" / "inventory" / "jails.yml"


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def role_options(role: str) -> t.Any:
    return load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]


def group_vars(group: str) -> t.Any:
    return load(INVENTORY)["all"]["children"][group]["vars"]


def module_options(name: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.hostwright.virt.plugins.modules.{name}").RESOURCE.argument_spec


@pytest.mark.parametrize(("group", "own"), [("jail_host", {"jails", "jails_defaults"}), ("ha_pair", {"ha_pair_jails"})])
def test_hosts_are_told_in_the_roles_words(group: str, own: set[str]) -> None:
    assert set(group_vars(group)) - set(role_options(group)) == own


def test_jails_are_told_in_the_roles_and_the_modules_words() -> None:
    options = {name[len("jail_guest_") :] for name in role_options("jail_guest") if name != "jail_guest"}
    variables = group_vars("jail_host")
    assert len(variables["jails"]) > 1
    for jail in [variables["jails_defaults"], *variables["jails"]]:
        assert set(jail) - options <= {"host"}, jail
        assert set(jail.get("options", {})) <= set(module_options("jail"))
        for limit in jail.get("limits", []):
            assert set(limit) <= set(module_options("rctl_limit"))
    for item in variables["jail_host_interfaces"]:
        assert set(item) <= set(module_options("freebsd_host")["interfaces"]["options"])


def test_the_words_of_a_jail_are_the_variables_of_the_role() -> None:
    options = {name[len("jail_guest_") :] for name in role_options("jail_guest") if name != "jail_guest"}
    words = load(ROOT / "roles" / "jail_guest" / "vars" / "main.yml")["_jail_guest_words"]
    assert words == sorted(options | {"host"})


@pytest.mark.parametrize("role", ["jail_host", "jail_guest", "bhyve_host", "ha_pair"])
def test_every_option_has_its_default_and_every_default_its_option(role: str) -> None:
    defaults = load(ROOT / "roles" / role / "defaults" / "main.yml")
    options = {name: spec for name, spec in role_options(role).items() if name != "jail_guest"}
    assert set(defaults) == set(options)
    for name, spec in options.items():
        computed = isinstance(defaults[name], str) and "{{" in defaults[name]
        if "default" in spec and not computed:
            assert defaults[name] == spec["default"], name
