# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xl.cfg is read as xl reads it, and what we do not own stays byte for byte."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.mark import read_mark, write_mark
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import as_int, parse, render

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
ATOMS = TEXTS | st.integers(0, 10**9)
VALUES: st.SearchStrategy[t.Any] = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=4).map(tuple))
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
FILLERS = st.sampled_from(["\n", "# a comment = 'x'\n", "   \n", ";\n", "#\n", "\t# [ ' \" ]\n", ";;\n"])
ENDS = st.sampled_from(["\n", " ; ", ";\n", "  # why\n", "\n\n"])


@st.composite
def files(draw: t.Callable[..., t.Any]) -> tuple[str, dict[str, t.Any]]:
    """A file in which each name is set once, with the layout that people give it, and what it means."""
    meaning: dict[str, t.Any] = {}
    text = ""
    for name in draw(st.lists(NAMES, max_size=5, unique=True)):
        value = draw(VALUES)
        meaning[name] = value
        text += "".join(draw(st.lists(FILLERS, max_size=2)))
        text += draw(BLANKS) + name + draw(BLANKS) + "=" + draw(BLANKS) + render(value) + draw(ENDS)
    return text, meaning


@given(VALUES)
def test_a_rendered_value_reads_back(value: t.Any) -> None:
    assert parse(f"x = {render(value)}\n").get("x") == value


@settings(max_examples=50)
@given(files())
def test_a_file_means_what_was_written(file: tuple[str, dict[str, t.Any]]) -> None:
    text, meaning = file
    document = parse(text)
    assert {name: document.get(name) for name in document.names()} == meaning


@settings(max_examples=60)
@given(files(), NAMES, VALUES)
def test_setting_changes_one_value_and_no_other_byte(
    file: tuple[str, dict[str, t.Any]], name: str, value: t.Any
) -> None:
    text, meaning = file
    after = parse(text).set(name, value)
    assert {known: after.get(known) for known in after.names()} == {**meaning, name: value}
    found = next((one for one in parse(text).assignments if one.name == name), None)
    if found is None:
        assert after.text.startswith(text)
    else:
        assert after.text.startswith(text[: found.value_start])
        assert after.text.endswith(text[found.end :])


@settings(max_examples=50)
@given(files(), st.data())
def test_removing_takes_one_assignment_and_no_other_byte(file: tuple[str, dict[str, t.Any]], data: t.Any) -> None:
    text, meaning = file
    name = data.draw(st.sampled_from(sorted(meaning) or ["none"]))
    after = parse(text).remove(name)
    rest = {known: value for known, value in meaning.items() if known != name}
    assert {known: after.get(known) for known in after.names()} == rest
    kept = [line for line in text.split("\n") if "#" in line and name not in line]
    assert [line for line in kept if line not in after.text] == []


@settings(max_examples=50)
@given(files())
def test_setting_what_is_there_changes_nothing(file: tuple[str, dict[str, t.Any]]) -> None:
    text, meaning = file
    document = parse(text)
    for name, value in meaning.items():
        document = document.set(name, value)
    assert document.text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1; b = 'x'", {"a": 1, "b": "x"}),
        ("a = [ 'x', # why\n 'y',\n]\n", {"a": ("x", "y")}),
        ("a = [\n\n]", {"a": ()}),
        ("a = [[1, 2], ['x']]", {"a": ((1, 2), ("x",))}),
        ("a = 0x10\nb = 010", {"a": "0x10", "b": "010"}),
        ("disk = ['a']\ndisk += ['b']\n", {"disk": ("a", "b")}),
        ("a = 'x'\na += 'y'\n", {"a": "xy"}),
        ("a = 1\na = 2\n", {"a": 2}),
        ("a='it\\'s'\nb=\"\\\\ \\n\"", {"a": "it's", "b": "\\ \n"}),
        ("xen.thing = 1\n", {"xen.thing": 1}),
        ("", {}),
    ],
)
def test_read(text: str, expected: dict[str, t.Any]) -> None:
    document = parse(text)
    assert {name: document.get(name) for name in document.names()} == expected


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("memory = 128\nname = toto\n", ":2: expected a value"),
        ("a = 'x\n", ":1: xl cannot read this"),
        ("\n\na = [ 'x' 'y' ]\n", ":3: expected , or ]"),
        ("a = [ 'x',\n'y'\n", "expected , or ]"),
        ("a 5\n", ":1: expected = after a"),
        ("a = 1 b = 2\n", ":1: expected the end of the line after a"),
        ("Name = 'x'\n", ":1: xl cannot read this"),
        ("a = 1\r\n", ":1: xl cannot read this"),
        ("a = 1\n# no newline", ":2: xl does not read a comment"),
        ("a = '\\x41'\n", ":1: xl cannot use the escape"),
        ("def f():\n", ":1: xl cannot read this"),
        ("= 5\n", ":1: expected the name of a setting"),
        ("a = -5\n", ":1: xl cannot read this"),
    ],
)
def test_broken_files_are_named_with_their_line(text: str, where: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text, "/etc/xen/toto.cfg")
    assert "/etc/xen/toto.cfg" in str(caught.value)
    assert where in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name", "value", "expected"),
    [
        ("memory = 128 # MiB\n", "memory", 256, "memory = 256 # MiB\n"),
        ("a = 1", "b", 2, "a = 1\nb = 2\n"),
        ("disk=['a']\nx = 1\ndisk += ['b']\n", "disk", ("c",), 'disk=["c"]\nx = 1\n'),
        ("disk += ['b']\n", "disk", ("c",), 'disk = ["c"]\n'),
        ("a = 1\na = 2\n", "a", 3, "a = 1\na = 3\n"),
        ("a = 0x10\n", "a", 16, "a = 16\n"),
    ],
)
def test_set(text: str, name: str, value: t.Any, expected: str) -> None:
    assert parse(text).set(name, value).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = 2\nc = 3\n", "a = 1\nc = 3\n"),
        ("a = 1; b = 2; c = 3\n", "a = 1; c = 3\n"),
        ("b = 2 # why\n", " # why\n"),
        ("b = [\n1,\n2 ]\nc = 3\n", "c = 3\n"),
        ("b = 1\nb += 2\n", ""),
        ("b = 2", ""),
    ],
)
def test_remove(text: str, expected: str) -> None:
    assert parse(text).remove("b").text == expected


@pytest.mark.parametrize(
    ("value", "number"), [(5, 5), ("0x10", 16), ("010", 8), ("12", 12), ("x", None), (("a",), None), (None, None)]
)
def test_numbers_as_strtol_reads_them(value: t.Any, number: int | None) -> None:
    assert as_int(value) == number


@settings(max_examples=50)
@given(files(), st.dictionaries(NAMES, TEXTS, max_size=3))
def test_a_mark_reads_back_and_means_nothing_to_xl(file: tuple[str, dict[str, t.Any]], mark: dict[str, str]) -> None:
    text, meaning = file
    marked = write_mark(text, mark)
    assert read_mark(marked, "f") == mark
    assert {name: parse(marked).get(name) for name in parse(marked).names()} == meaning
    assert write_mark(marked, {}).replace("# hostwright: {}\n", "", 1) == text


def test_a_broken_mark_is_named_with_its_line() -> None:
    with pytest.raises(Problem, match=r"f:2: the hostwright comment is not JSON"):
        read_mark("a = 1\n# hostwright: {oops\n", "f")
