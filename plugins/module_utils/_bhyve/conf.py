# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a guest, read as its program reads it and edited in place: what is not ours keeps its bytes. Pure.

bhyve takes every line that does not begin with # or is empty, and the last one of a key counts (bhyverun.c, FreeBSD
15.1). vm-bhyve takes lines that begin with a small letter, without double quotes and what follows a #, and the first
one counts (lib/vm-config, 1.5).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

Values = t.Dict[str, str]
Edits = t.Mapping[str, t.Optional[str]]


@dataclasses.dataclass(frozen=True)
class Line:
    """One line; ``key`` is empty for what sets nothing. ``tail`` is a comment behind the value."""

    raw: str
    key: str = ""
    value: str = ""
    tail: str = ""


class Grammar(t.NamedTuple):
    """How one of the two programs reads a line, which of several counts, and how a key is written."""

    read: t.Callable[[str], Line]
    write: t.Callable[[str, str, str], str]
    last_counts: bool


def _read_base(raw: str) -> Line:
    text = raw.rstrip("\n")
    key, equals, value = text.partition("=")
    return Line(raw, key, value) if equals and key and value and not text.startswith("#") else Line(raw)


def _read_vm(raw: str) -> Line:
    text, mark, comment = raw.rstrip("\n").partition("#")
    key, equals, value = text.partition("=")
    if not equals or not re.match("[a-z]", text):
        return Line(raw)
    blanks = text[len(text.rstrip(" ")) :]
    return Line(raw, key, value.rstrip(" ").replace('"', ""), blanks + mark + comment if mark else "")


BASE = Grammar(_read_base, lambda key, value, tail: f"{key}={value}\n", last_counts=True)
VM_BHYVE = Grammar(_read_vm, lambda key, value, tail: f'{key}="{value}"{tail}\n', last_counts=False)


def parse(text: str, grammar: Grammar) -> list[Line]:
    return [grammar.read(raw) for raw in re.findall(r"[^\n]*\n|[^\n]+", text)]


def values_of(text: str | None, grammar: Grammar) -> Values:
    """What counts, by key, in the order of the file."""
    found: Values = {}
    for line in parse(text or "", grammar):
        if line.key and (grammar.last_counts or line.key not in found):
            found[line.key] = line.value
    return found


def edit(text: str, edits: Edits, grammar: Grammar) -> str:
    """The text in which each key has its value, or with None is not there; a key that is right keeps its line."""
    lines, there = parse(text, grammar), values_of(text, grammar)
    for key, value in edits.items():
        if there.get(key) != value:
            lines = _set(lines, key, value, grammar)
    return "".join(line.raw for line in lines)


def _set(lines: list[Line], key: str, value: str | None, grammar: Grammar) -> list[Line]:
    places = [number for number, line in enumerate(lines) if line.key == key]
    kept = [line for line in lines if line.key != key]
    if value is None:
        return kept
    tail = lines[places[0]].tail if places else ""
    fresh = Line(grammar.write(key, value, tail), key, value, tail)
    place = places[0] if places else _place_beside(kept, key)
    if place and not kept[place - 1].raw.endswith("\n"):
        kept[place - 1] = dataclasses.replace(kept[place - 1], raw=kept[place - 1].raw + "\n")
    return [*kept[:place], fresh, *kept[place:]]


def _place_beside(lines: list[Line], key: str) -> int:
    """Behind the last line of the same device, or at the end."""
    device = re.match(r"pci(\.[0-9]+){3}\.|[a-z]+[0-9]+_", key)
    same = [n for n, line in enumerate(lines) if device and line.key.startswith(device.group())]
    return same[-1] + 1 if same else len(lines)
