# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A .nspawn file, read as systemd reads it and edited in place: what is not ours keeps its bytes. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.names import KINDS, Key, split_words

Values = t.Tuple[str, ...]
Effective = t.Dict[Key, Values]
Edit = t.Tuple[Key, Values]
_SWITCH = {**dict.fromkeys(("1", "yes", "y", "true", "t", "on"), "yes")}
_SWITCH.update(dict.fromkeys(("0", "no", "n", "false", "f", "off"), "no"))


@dataclasses.dataclass(frozen=True)
class Line:
    """One line with those that a backslash joins to it; ``name`` is empty for what is no assignment.

    ``unended``: the file ends in it with a backslash.
    """

    raw: str
    section: str = ""
    name: str = ""
    value: str = ""
    heading: bool = False
    unended: bool = False

    @property
    def key(self) -> Key:
        return self.section, self.name


def parse(text: str) -> list[Line]:
    """Never fails: systemd passes over what it cannot read, and so do we."""
    lines: list[Line] = []
    section, raw, content = "", "", ""
    for physical in re.findall(r"[^\n]*\n|[^\n]+", text):  # splitlines() knows more ends than systemd
        raw += physical
        bare = physical.lstrip().rstrip("\r\n")
        if bare[:1] not in ("#", ";"):  # a comment among joined lines belongs to none of them
            content += bare
            if joins(bare):
                content = content[:-1] + " "
                continue
        elif content:
            continue
        line = _read_line(raw, content.strip(), section)
        section = line.section
        lines.append(line)
        raw = content = ""
    if raw:
        lines.append(dataclasses.replace(_read_line(raw, content.strip(), section), unended=True))
    return lines


def joins(text: str) -> bool:
    """Whether a line goes on in the next one: a backslash behind a backslash is none."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _read_line(raw: str, content: str, section: str) -> Line:
    if content.startswith("[") and content.endswith("]"):
        return Line(raw, content[1:-1], heading=True)
    name, equals, value = content.partition("=")
    if not equals or not name.strip() or not section:
        return Line(raw, section)
    return Line(raw, section, name.strip(), value.strip())


def effective(text: str | None) -> Effective:
    """The values that count, by key: of a key that collects those of all lines, of any other the last one's."""
    found: Effective = {}
    for line in parse(text or ""):
        if not line.name:
            continue
        if not line.value:  # an empty value takes back what was said before
            found.pop(line.key, None)
            continue
        kind = KINDS.get(line.key, "text")
        if kind == "words":
            found[line.key] = found.get(line.key, ()) + tuple(split_words(line.value))
        elif kind == "lines":
            found[line.key] = (*found.get(line.key, ()), line.value)
        else:
            found[line.key] = (_SWITCH.get(line.value.lower(), line.value) if kind == "switch" else line.value,)
    return found


def edit(text: str, edits: t.Iterable[Edit]) -> str:
    """The text in which each key has exactly these values, one a line; none removes the key."""
    lines = parse(text)
    for key, values in edits:
        lines = _set(lines, key, values)
    return "".join(line.raw for line in lines)


def _set(lines: list[Line], key: Key, values: Values) -> list[Line]:
    before = effective("".join(line.raw for line in lines)).get(key, ())
    fresh = [Line(f"{key[1]}={value}\n", *key, value) for value in values]
    if effective(f"[{key[0]}]\n" + "".join(line.raw for line in fresh)).get(key, ()) == before:
        return lines
    place = next((number for number, line in enumerate(lines) if line.name and line.key == key), None)
    kept = [_ended(line) for line in lines if not (line.name and line.key == key)]
    if not values:
        return kept
    if place is None:
        place = _end_of_section(kept, key[0])
    if place is None:
        blank = [Line("\n")] if kept and kept[-1].raw.strip() else []
        return [*kept, *blank, Line(f"[{key[0]}]\n", key[0], heading=True), *fresh]
    return [*kept[:place], *fresh, *kept[place:]]


def _end_of_section(lines: list[Line], section: str) -> int | None:
    """Behind the last line of a section that is not empty."""
    inside = [number for number, line in enumerate(lines) if line.section == section and line.raw.strip()]
    return inside[-1] + 1 if inside else None


def _ended(line: Line) -> Line:
    end = "" if line.raw.endswith("\n") else "\n"
    return dataclasses.replace(line, raw=line.raw + end + "\n" * line.unended, unended=False)


def split_mount(value: str) -> list[str]:
    """The fields of a mount; a backslash keeps a colon inside one."""
    fields = re.findall(r"(?:[^:\\]|\\.)*", value)
    return [re.sub(r"\\(.)", r"\1", field) for field in fields if field] or [""]


def mount_target(name: str, value: str) -> str:
    """Where a line of Bind=, BindReadOnly= or TemporaryFileSystem= mounts."""
    fields = split_mount(value)
    target = fields[1] if name != "TemporaryFileSystem" and len(fields) > 1 else fields[0].lstrip("+")
    return "/" + target.strip("/")
