# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tables cannot say of freebsd_host and pf_rules: bytes for the kernel, files, and what tools print."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import typing as t
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host import api, files, observe
from ansible_collections.hostwright.virt.plugins.module_utils._pf import observe as pf

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "freebsd"


def test_a_password_goes_to_the_kernel_in_the_place_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[t.Any, ...]] = []

    def ioctl(_channel: object, number: int, request: bytes) -> None:
        name, address = struct.unpack("=16sQ8x", request)
        assert len(request) == 32
        taken.append((number, name.rstrip(b"\0"), *struct.unpack("=iiiii20s", ctypes.string_at(address, 40))))

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    api.carp_api("set_key", "em0", 7, 100, 1, "s3cret-word")
    assert taken == [(0xC02069F5, b"em0", 1, 7, 0, 100, 1, b"s3cret-word" + 9 * b"\0")]


def test_a_kernel_without_carp_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def ioctl(*_words: object) -> None:
        raise OSError(43, os.strerror(93))

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    with pytest.raises(Problem, match=r"vhid 7 on em0: .*is carp\(4\) loaded"):
        api.carp_api("set_key", "em0", 7, 100, 1, "s3cret-word")


def test_carp_is_read_as_recorded() -> None:
    text = (CAPTURES / "carp.txt").read_text(encoding="utf-8")
    (group,) = observe.parse_carp(text).items()
    assert group == (("vtnet0", 1), observe.Vhid(1, 100, None, frozenset({"10.0.2.200"})))
    keyed = text.replace("advskew 100\n", 'advskew 100 key "s3cret-word"\n')
    assert observe.parse_carp(keyed)["vtnet0", 1].key == "s3cret-word"


def test_a_value_of_several_lines_is_one_value() -> None:
    out = "foo_list: a\n  b: c\nhostname: rig\n"
    assert observe.parse_rc(out, ["foo_list", "hostname"]) == {"foo_list": "a\n  b: c", "hostname": "rig"}


@pytest.mark.parametrize(
    ("before", "goals", "after"),
    [
        ("", {"a.b": "1"}, 'a.b="1"\n'),
        ("# why\na.b=1", {"a.b": "1"}, "# why\na.b=1"),
        ("a.b=0\n# keep\na.b = 2 # twice\n", {"a.b": "1"}, '# keep\na.b="1"\n'),
        ("a.b=0\nx=1\n", {"a.b": None}, "x=1\n"),
        ("a.bc=0", {"a.b": "1"}, 'a.bc=0\na.b="1"\n'),
    ],
)
def test_lines_of_others_stay(before: str, goals: dict[str, str | None], after: str) -> None:
    assert files.edit_settings(before, goals, quoted=True) == after
    assert files.edit_settings(after, goals, quoted=True) == after


def test_the_block_of_passwords_is_ours_alone() -> None:
    text = files.edit_keys("ifconfig em0 media auto\n", "em0", {7: (100, 1, "s3cret-word")})
    assert text.startswith("ifconfig em0 media auto\n# BEGIN hostwright.virt carp\n")
    assert "ifconfig em0 vhid 7 advbase 1 advskew 100 pass 's3cret-word'\n" in text
    assert files.read_keys(text) == {7: "s3cret-word"}
    assert files.edit_keys(text, "em0", {}) == "ifconfig em0 media auto\n"


def test_tables_that_pfctl_makes_have_no_name_that_counts() -> None:
    first = "block drop in from <__automatic_4b8f_0> to any\n"
    assert pf.checksum(first) == pf.checksum(first.replace("4b8f", "77aa"))
    assert pf.checksum(first) != pf.checksum(first.replace("drop", "return"))
    assert pf.checksum("\n") == ""


def test_an_anchor_below_another_is_not_called_by_the_one_above() -> None:
    calls = 'nat-anchor "jail/*" all\nanchor "jail/*" all\nanchor "relay" all\n'
    assert pf.attachments(calls, "jail/web1") == ("anchor", "nat-anchor")
    assert pf.attachments(calls, "relay") == ("anchor",)
    assert pf.attachments(calls, "jail/web1/inner") == ()
