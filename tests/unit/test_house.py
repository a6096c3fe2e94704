# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the collection as a whole; the laws of the engine are in plugins/module_utils/test_architecture.py."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path for path in (ROOT / "plugins").rglob("*.py") if "modules" not in path.parts)
MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 40


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def list_modules() -> list[str]:
    return sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))


def test_action_group_lists_every_module() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"]["virt"] == list_modules()


def test_readme_names_every_module() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in list_modules() if f"`{name}`" not in readme] == []


def test_there_is_code_to_read() -> None:
    assert PLUGINS


@pytest.mark.parametrize("path", PLUGINS, ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_FILE_LINES
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES]
    assert long == []
