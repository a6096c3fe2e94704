# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lxc.conf, read as LXC reads it and edited in place: what is not ours keeps its bytes. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.names import NET, collects, modern

# Files that configurations include, by path, and the files of included folders in the order of LXC
Includes = t.Mapping[str, str]
Effective = t.Dict[str, t.Tuple[str, ...]]
# What an edit is made of is plain data: a word that says what to do, a key, and lines
Edit = t.Tuple[str, str, t.Tuple[str, ...]]
DEEPEST = 12


@dataclasses.dataclass(frozen=True)
class Line:
    """One line; ``key`` in its modern name, None for a comment or an empty line."""

    raw: str
    key: str | None = None
    value: str = ""
    old: bool = False

    def modernised(self) -> Line:
        return make_line(self.key, self.value) if self.old and self.key else self


def make_line(key: str, value: str) -> Line:
    return Line(f"{key} = {value}".rstrip() + "\n", key, clean(value))


def clean(value: str) -> str:
    """A value without the blanks and quotes that LXC takes off."""
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def parse(text: str, path: str) -> list[Line]:
    lines: list[Line] = []
    net = -1
    for number, raw in enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), 1):  # splitlines() knows more ends than LXC
        content = raw.strip()
        if not content or content.startswith("#"):
            lines.append(Line(raw))
            continue
        key, equals, value = content.partition("=")
        key = key.strip()
        if not equals or not key:
            raise Problem(f"{path}, line {number}: LXC cannot read {content[:60]!r}; correct the file by hand")
        if key == "lxc.network.type":  # each one begins a new interface in LXC 2
            net += 1
        name = modern(key, max(net, 0))
        lines.append(Line(raw, name, clean(value), old=name != key))
    return lines


def flatten(lines: t.Iterable[Line], includes: Includes, depth: int = 0) -> t.Iterator[Line]:
    """The lines as LXC sees them, those of included files in their place."""
    for line in lines:
        if line.key != "lxc.include" or not line.value:
            yield line
            continue
        for path in included_files(line.value, includes):
            if depth < DEEPEST:
                yield from flatten(parse(includes[path], path), includes, depth + 1)


def included_files(value: str, includes: Includes) -> list[str]:
    """A folder stands for its files that end in .conf, in the order of their names."""
    if value in includes:
        return [value]
    folder = value.rstrip("/") + "/"
    return sorted(path for path in includes if path.startswith(folder) and "/" not in path[len(folder) :])


def effective(text: str | None, includes: Includes, path: str = "config") -> Effective:
    """The values that count, by key: all lines of a key that collects, the last one of any other."""
    found: Effective = {}
    for line in flatten(parse(text or "", path), includes):
        if line.key is None:
            continue
        if not line.value:  # an empty value takes back what was said before
            found.pop(line.key, None)
        elif collects(line.key):
            words = line.value.split() if line.key in WORDS else [line.value]
            found[line.key] = found.get(line.key, ()) + tuple(words)
        else:
            found[line.key] = (line.value,)
    return found


# Keys whose one line may hold several items
WORDS = ("lxc.cap.drop", "lxc.cap.keep", "lxc.group", "lxc.mount.auto")


def mount_target(entry: str) -> str:
    """The target of a line in the format of fstab, as LXC knows it: relative to the root."""
    fields = entry.split()
    return fields[1].strip("/") if len(fields) > 1 else ""


def edit(text: str, includes: Includes, edits: t.Iterable[Edit], path: str = "config") -> str:
    """The text after the edits; when there is anything to edit, keys of LXC 2 get their modern names too."""
    before = lines = parse(text, path)
    modernise = False
    for word, key, values in edits:
        modernise = modernise or word == "modern"
        lines = _EDITS[word](lines, includes, key, tuple(values))
    if lines != before or modernise:
        lines = [line.modernised() for line in lines]
    if lines and not lines[-1].raw.endswith("\n"):
        lines[-1] = dataclasses.replace(lines[-1], raw=lines[-1].raw + "\n")
    return "".join(line.raw for line in lines)


def _seen(lines: list[Line], includes: Includes, key: str) -> tuple[str, ...]:
    return effective("".join(_ended(line.raw) for line in lines), includes).get(key, ())


def _ended(raw: str) -> str:
    return raw if raw.endswith("\n") else raw + "\n"


def _set(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    """The file's own lines of a key are exactly these; a single value may come from an included file."""
    own = [line.value for line in lines if line.key == key]
    if collects(key):
        mine = _items(key, own)
        if mine == _items(key, values):
            return lines
    elif (not values and not own) or (values and _seen(lines, includes, key) == tuple(map(clean, values))):
        return lines
    where = next((place for place, line in enumerate(lines) if line.key == key), None)
    kept = [line for line in lines if line.key != key]
    if where is None:
        where = len(kept)
    fresh = [make_line(key, value) for value in values]
    placed = [*map(_end, kept[:where]), *fresh, *kept[where:]]
    if collects(key) or not values or _seen(placed, includes, key) == tuple(map(clean, values)):
        return placed
    return [*map(_end, kept), *fresh]  # an included file comes after it and says otherwise


def _items(key: str, values: t.Iterable[str]) -> list[str]:
    found = list(map(clean, values))
    return [word for value in found for word in value.split() or [""]] if key in WORDS else found


def _end(line: Line) -> Line:
    return dataclasses.replace(line, raw=_ended(line.raw))


def _default(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    return lines if _seen(lines, includes, key) else _set(lines, includes, key, values)


def _add(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    """These are among the lines of a key, wherever they come from."""
    for value in values:
        if value not in _seen(lines, includes, key):
            lines = [*map(_end, lines), make_line(key, value)]
    return lines


def _take(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    """These are not among the file's own lines of a key."""
    return [line for line in lines if line.key != key or line.value not in values]


def _mount(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    """One mount by its target ``key``, or none there."""
    if values and values[0] in _seen(lines, includes, "lxc.mount.entry"):
        return lines
    where = [
        place
        for place, line in enumerate(lines)
        if line.key == "lxc.mount.entry" and mount_target(line.value) == mount_target(f"x {key}")
    ]
    kept = [line for place, line in enumerate(lines) if place not in where]
    place = where[0] if where else len(kept)
    return [*map(_end, kept[:place]), *(make_line("lxc.mount.entry", value) for value in values), *kept[place:]]


def _net(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    """An interface of this type; one of another type goes with all its settings, which LXC would refuse."""
    if _seen(lines, includes, f"lxc.net.{key}.type") != values:
        lines = _drop(lines, includes, key, ())
    return _set(lines, includes, f"lxc.net.{key}.type", values)


def _drop(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    return [line for line in lines if not (line.key or "").startswith(f"lxc.net.{key}.")]


def _only(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    """No interface but these."""
    for index in list_nets(effective("".join(_ended(line.raw) for line in lines), includes)):
        if str(index) not in values:
            lines = _drop(lines, includes, str(index), ())
    return lines


def list_nets(values: t.Mapping[str, t.Any]) -> list[int]:
    """The numbers of the interfaces."""
    found = [NET.fullmatch(key) for key in values]
    return sorted({int(match.group("index")) for match in found if match is not None})


def _without(lines: list[Line], includes: Includes, key: str, values: tuple[str, ...]) -> list[Line]:
    """No line of a key speaks of these; what an included file says is taken back with an empty line."""
    kept = [line for line in lines if line.key != key or not any(word in line.value for word in values)]
    seen = _seen(kept, includes, key)
    if not any(word in value for value in seen for word in values):
        return kept
    others = [value for value in seen if not any(word in value for word in values)]
    kept = [line for line in kept if line.key != key]
    return [*map(_end, kept), make_line(key, ""), *(make_line(key, value) for value in others)]


_EDITS: t.Mapping[str, t.Callable[[list[Line], Includes, str, tuple[str, ...]], list[Line]]] = {
    "set": _set,
    "modern": lambda lines, includes, key, values: lines,
    "default": _default,
    "add": _add,
    "take": _take,
    "without": _without,
    "mount": _mount,
    "net": _net,
    "drop": _drop,
    "only": _only,
}
