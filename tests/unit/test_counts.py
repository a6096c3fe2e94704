# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiers count honestly: what they count by is tested here."""

from __future__ import annotations

import importlib.util
import typing as t
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / "run"

SANITY_LOG = """\
Running sanity test "action-plugin-docs"
Running sanity test "compile" on Python 3.8
Running sanity test "compile" on Python 3.11
WARNING: Skipping sanity test "compile" on Python 3.13 because it could not be found.
Running sanity test "pslint"
WARNING: Skipping sanity test "pslint" on Python 3.11 due to missing virtual environment support.
Running sanity test "yamllint"
WARNING: Reviewing previous 1 warning(s):
WARNING: Skipping sanity test "compile" on Python 3.13 because it could not be found.
FATAL: The 1 sanity test(s) listed below (out of 6) failed. See error output above for details.
yamllint
"""


def load(name: str) -> t.Any:
    spec = importlib.util.spec_from_file_location(name, RUN / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sanity_counts_what_ran_failed_and_was_left_out() -> None:
    assert load("count_sanity").count(SANITY_LOG) == (3, 1, 2)


def test_an_empty_sanity_log_counts_nothing() -> None:
    assert load("count_sanity").count("WARNING: All targets skipped.\n") == (0, 0, 0)


def test_junit_counts(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    junit.write_text('<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2"/></testsuites>')
    assert load("count_junit").count(str(junit)) == (5, 2, 2)


def test_a_missing_junit_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load("count_junit").count(str(tmp_path / "none.xml"))
