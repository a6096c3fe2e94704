# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spellings of sizes, switches, durations and names."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import values
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

M, G, T = 1024**2, 1024**3, 1024**4


@pytest.mark.parametrize(
    ("spelled", "bare", "size"),
    [
        (2, "G", 2 * G),
        ("2", "G", 2 * G),
        ("512M", "G", 512 * M),
        ("512 MiB", "G", 512 * M),
        ("512mb", "G", 512 * M),
        ("1.5T", "G", 3 * T // 2),
        ("10737418240", "B", 10 * G),
        ("10737418240B", "G", 10 * G),
        ("10240M", "B", 10 * G),
        (256, "M", 256 * M),
    ],
)
def test_sizes(spelled: str | int, bare: str, size: int) -> None:
    assert values.parse_size(spelled, bare) == size


@pytest.mark.parametrize(
    "spelled",
    ["0", 0, "-1", -5, "1.5", "10XB", "", " ", "G", "1,5G", "1e3", "0x10", "1G2M", "2 G B", "\n", "ten", True],
)
def test_what_is_no_size(spelled: t.Any) -> None:
    with pytest.raises(Problem, match="volume size"):
        values.parse_size(spelled, "G", "volume size")


def test_a_part_of_a_byte_is_no_size() -> None:
    with pytest.raises(Problem, match="whole number of bytes"):
        values.parse_size("0.3K", "B")


@given(st.integers(min_value=1, max_value=1024**7))
def test_sizes_round_trip(size: int) -> None:
    assert values.parse_size(values.render_size(size), "B") == size


def test_zero_where_it_means_something() -> None:
    assert values.parse_size(0, "B", zero=True) == 0
    assert values.render_size(0) == "0"


@pytest.mark.parametrize(("spelled", "meant"), [("on", True), ("Yes", True), (1, True), ("off", False), (False, False)])
def test_switches(spelled: t.Any, meant: bool) -> None:
    assert values.parse_switch(spelled) is meant


@pytest.mark.parametrize(("spelled", "seconds"), [(90, 90), ("90", 90), ("5m", 300), ("2h", 7200), ("1d", 86400)])
def test_durations(spelled: t.Any, seconds: int) -> None:
    assert values.parse_duration(spelled) == seconds


@pytest.mark.parametrize("spelled", ["", "-1", "1.5h", "5 weeks", True])
def test_what_is_neither(spelled: t.Any) -> None:
    with pytest.raises(Problem):
        values.parse_duration(spelled)
    with pytest.raises(Problem):
        values.parse_switch("perhaps")


@pytest.mark.parametrize("name", ["toto", "toto_slash", "web-1.example", "0a", "_x", "a" * 64])
def test_names(name: str) -> None:
    assert values.parse_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "-f",
        "..",
        "a..b",
        "../etc",
        "a/b",
        "a\nb",
        "toto\n",
        'a"b',
        "a'b",
        "a;b",
        "a$b",
        "é",
        "名",
        "a" * 300,
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(Problem, match="domU name"):
        values.parse_name(name, "domU name")


@given(st.text())
def test_any_text_is_a_name_or_a_problem(text: str) -> None:
    try:
        assert values.parse_name(text) == text
    except Problem:
        return
    assert text.isascii()
    assert not set(text) & set(" /\n\"'\\;$`|&<>*?")


def test_nearest() -> None:
    assert values.nearest("brigde", ["bridge", "mac"]) == " (did you mean bridge?)"
    assert values.nearest("zzz", ["bridge", "mac"]) == ""
