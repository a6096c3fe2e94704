# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and editing .nspawn files, limits of units, and what the tools of systemd print."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn import conf, limits, names, parse

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "nspawn" / "257"
FILE = """\
# by hand
[Exec]
Hostname = old
Hostname=new
Environment=A=1 "B=b c"
; between
Environment=C=3
Parameters=/bin/sh -c \\
# in the middle
  'echo "x"'
[Unknown]
Key=1
[Files]
Bind=/a:/b
Bind=
Bind=/c
[Exec]
Boot=true
"""


def test_reading() -> None:
    found = conf.effective(FILE)
    assert found[("Exec", "Hostname")] == ("new",)
    assert found[("Exec", "Environment")] == ("A=1", "B=b c", "C=3")
    assert found[("Exec", "Parameters")] == ("/bin/sh", "-c", 'echo "x"')
    assert found[("Exec", "Boot")] == ("yes",)
    assert found[("Files", "Bind")] == ("/c",)
    assert found[("Unknown", "Key")] == ("1",)


def test_what_systemd_passes_over_stays() -> None:
    text = "Boot=no\nrubbish\n[Exec]\n=1\nnothing\nBoot=yes"
    assert conf.effective(text) == {("Exec", "Boot"): ("yes",)}
    edited = conf.edit(text, [(("Exec", "User"), ("a",))])
    assert edited == "Boot=no\nrubbish\n[Exec]\n=1\nnothing\nBoot=yes\nUser=a\n"


def test_a_key_is_replaced_where_it_was() -> None:
    edited = conf.edit(FILE, [(("Exec", "Hostname"), ("other",)), (("Exec", "Parameters"), ())])
    assert edited == FILE.replace("Hostname = old\nHostname=new\n", "Hostname=other\n").replace(
        "Parameters=/bin/sh -c \\\n# in the middle\n  'echo \"x\"'\n", ""
    )


def test_the_same_in_another_spelling_is_left_alone() -> None:
    edits = [
        (("Exec", "Boot"), ("yes",)),
        (("Exec", "Environment"), ("A=1", '"B=b c" C=3')),
        (("Files", "Bind"), ("/c",)),
        (("Files", "Overlay"), ()),
    ]
    assert conf.edit(FILE, edits) == FILE


def test_lists_keep_their_place_and_sections_are_made() -> None:
    text = "[Network]\nPort=80\nBridge=br0\nPort=81"
    assert conf.edit(text, [(("Network", "Port"), ("82", "83"))]) == "[Network]\nPort=82\nPort=83\nBridge=br0\n"
    assert conf.edit(text, [(("Exec", "Boot"), ("no",))]) == text + "\n\n[Exec]\nBoot=no\n"
    assert conf.edit("[Exec]\nUser=a\n\n[Files]\n", [(("Exec", "Boot"), ("no",))]) == (
        "[Exec]\nUser=a\nBoot=no\n\n[Files]\n"
    )


def test_a_section_of_the_same_key_is_another_key() -> None:
    text = "[Other]\nHostname=a\n"
    assert conf.edit(text, [(("Exec", "Hostname"), ("b",))]) == text + "\n[Exec]\nHostname=b\n"


def test_a_backslash_behind_a_backslash_joins_nothing() -> None:
    assert conf.effective("[Exec]\nUser=a\\\\\nHostname=b\n")[("Exec", "Hostname")] == ("b",)
    assert ("Exec", "Hostname") not in conf.effective("[Exec]\nUser=a\\\nHostname=b\n")


@pytest.mark.parametrize(
    ("name", "value", "target"),
    [
        ("Bind", "/a", "/a"),
        ("Bind", "/a:/b", "/b"),
        ("BindReadOnly", "/a:/b/:norbind", "/b"),
        ("Bind", r"/a\:b", "/a:b"),
        ("Bind", r"/a\:b:/c\\d", "/c\\d"),
        ("Bind", "+/a", "/a"),
        ("TemporaryFileSystem", "/t:size=10%", "/t"),
    ],
)
def test_where_a_mount_goes(name: str, value: str, target: str) -> None:
    assert conf.mount_target(name, value) == target


LINES = st.sampled_from(
    [
        "# c",
        "",
        "[Exec]",
        "[Files]",
        "[X]",
        "Boot=yes",
        "Hostname=a",
        "Bind=/a:/b",
        "Environment=A=1",
        "a\\",
        "x \x85=1",
    ]
)
EDITS: list[conf.Edit] = [
    (("Exec", "Hostname"), ("h",)),
    (("Exec", "Environment"), ('"A=b c"', "B=2")),
    (("Files", "Bind"), ("/x:/y", "/z")),
    (("Exec", "Boot"), ()),
]


@given(st.lists(LINES).map("\n".join), st.sets(st.sampled_from(EDITS)).map(lambda some: sorted(some, key=EDITS.index)))
def test_edits_are_kept_and_the_rest_keeps_its_bytes(text: str, edits: list[conf.Edit]) -> None:
    edited = conf.edit(text, edits)
    assert conf.edit(edited, edits) == edited
    assert "".join(line.raw for line in conf.parse(text)) == text
    named = [key for key, _values in edits]
    rest = {key: values for key, values in conf.effective(text).items() if key not in named}
    assert {key: values for key, values in conf.effective(edited).items() if key not in named} == rest
    assert others(edited, named) == others(text, named)


def others(text: str, named: list[names.Key]) -> list[str]:
    """The lines that hold anything and are none of these keys."""
    lines = [line for line in conf.parse(text) if line.raw.strip() and not line.heading]
    return [line.raw.rstrip("\n") for line in lines if not line.name or line.key not in named]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20))
def test_words_come_back_as_they_were(word: str) -> None:
    try:
        quoted = names.quote_word(word, "x")
    except Problem:
        assert "'" in word
        assert '"' in word
        return
    assert names.split_words(f"a {quoted} b") == ["a", word, "b"]


@pytest.mark.parametrize(
    ("shown", "text", "same"),
    [
        ("AllowedCPUs", "0-2 4", "0-2,4"),
        ("AllowedCPUs", "0 1 2", "0-2"),
        ("AllowedCPUs", "", ""),
        ("CPUQuotaPerSecUSec", "1.500000s", "1500000"),
        ("CPUQuotaPerSecUSec", "1min 1s", "61000000"),
        ("CPUQuotaPerSecUSec", "infinity", "infinity"),
        ("CPUWeight", "[not set]", "100"),
        ("MemoryMax", "infinity", "infinity"),
        ("IOReadBandwidthMax", "[not set]", ""),
    ],
)
def test_limits_compare_by_what_they_mean(shown: str, text: str, same: str) -> None:
    assert limits.canonical(shown, text) == same


def test_what_systemctl_and_machinectl_print() -> None:
    units = parse.parse_show((CAPTURES / "show-running.txt").read_text(encoding="utf-8"))
    assert set(units) == {"systemd-nspawn@c1.service", "machines.target"}
    assert units["systemd-nspawn@c1.service"]["ActiveState"] == "active"
    found = parse.read_limits(units["systemd-nspawn@c1.service"])
    assert (found["CPUQuotaPerSecUSec"], found["IOReadBandwidthMax"]) == ("1500000", "/dev/vda 10485760")
    assert (found["IOWriteBandwidthMax"], found["IOWeight"], found["AllowedCPUs"]) == ("", "100", "0")
    addresses = parse.parse_list((CAPTURES / "list.json").read_text(encoding="utf-8"))
    assert addresses["c1"][:2] == ("10.9.8.1", "10.9.9.1")
    assert parse.parse_leaders((CAPTURES / "leaders.txt").read_text(encoding="utf-8")) == {"c1": 3040}


def test_an_address_of_the_link_is_none() -> None:
    assert not parse.has_address(["fe80::1", "169.254.3.4"])
    assert parse.has_address(["fe80::1", "192.0.2.1"])
