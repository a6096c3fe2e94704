# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a change of each option takes effect: the code's word, the option's documentation and the table agree.

`python tests/unit/test_effects.py` (with the collection importable) writes the table anew.
"""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "docsite" / "rst" / "effects.rst"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if not path.stem.endswith("_info"))
# What the documentation says for each word of the code
SAID = {"live": "takes effect live", "reload": "at a reload", "restart": "a restart", "recreate": "made anew"}
ORDER = ("live", "reload", "restart", "recreate")
HEAD = """\
..
  Copyright (c) 2026, Hostwright contributors
  GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.hostwright.virt.docsite.effects:

How changes take effect
=======================

This table is made from the same data as the code. An option that is live only up to a limit stands under live; its
documentation names the limit. What waits for a restart is returned in ``pending`` until ``restart_policy`` allows it.

.. list-table::
   :header-rows: 1

   * - Module
     - How
     - Options
"""


def load(module: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.hostwright.virt.plugins.modules.{module}")


def read_effects(module: str) -> dict[str, str]:
    return dict(load(module).RESOURCE.effects)


def describe(option: t.Mapping[str, t.Any]) -> str:
    text = option["description"]
    return " ".join(text if isinstance(text, list) else [text]).lower()


def render_table() -> str:
    rows = []
    for module in MODULES:
        effects = read_effects(module)
        for how in ORDER:
            names = sorted(name for name, word in effects.items() if word == how)
            if names:
                rows.append(f"   * - {module}\n     - {how}\n     - {', '.join(f'``{name}``' for name in names)}\n")
    return HEAD + "".join(rows)


@pytest.mark.parametrize("module", MODULES)
def test_the_documentation_says_how(module: str) -> None:
    options = yaml.safe_load(load(module).DOCUMENTATION)["options"]
    effects = read_effects(module)
    assert effects
    assert set(effects) <= set(options)
    for name, how in effects.items():
        assert SAID[how] in describe(options[name]), name


def test_the_table_is_what_the_code_says() -> None:
    assert TABLE.read_text(encoding="utf-8") == render_table()


if __name__ == "__main__":
    TABLE.write_text(render_table(), encoding="utf-8")
