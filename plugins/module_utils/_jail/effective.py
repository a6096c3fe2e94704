# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What jail(8) makes of a file: includes, wildcards, ``+=`` and variables resolved for one jail. Private; no I/O."""

from __future__ import annotations

import fnmatch
import os
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail.conf import INCLUDE, Block, Node, Param, parse
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import base_name
from ansible_collections.hostwright.virt.plugins.module_utils._jail.words import Pieces, join_pieces

Values = t.Tuple[str, ...]
# How files are read: the text of a path or None, and the sorted names in a folder.
Read = t.Callable[[str], t.Optional[str]]
Entries = t.Callable[[str], t.Tuple[str, ...]]


class Source(t.NamedTuple):
    """A jail's definition: in which file, and its qualified name."""

    path: str
    block: Block
    name: str


def load(path: str, read: Read, entries: Entries, seen: tuple[str, ...] = ()) -> list[tuple[str, Node]]:
    """The statements of a file and of what it includes, in order, each with the file that it is in."""
    text = read(path)
    if text is None and seen:  # a pattern need not fit any file, but a name must be there (15.1)
        raise Problem(f"{seen[-1]} includes {path}, which is not there: jail(8) would read nothing at all")
    if text is None:
        return []
    if path in seen:
        raise Problem(f"{path} includes itself")
    found: list[tuple[str, Node]] = []
    for node in parse(text, path):
        if isinstance(node, Param) and node.name == INCLUDE:
            for name in _included(node, path, entries):
                found += load(name, read, entries, (*seen, path))
        else:
            found.append((path, node))
    return found


def _included(node: Param, path: str, entries: Entries) -> list[str]:
    names = []
    for value in node.values:
        if any(variable for variable, _text in value):
            raise Problem(f"{path}: variables are not permitted in {INCLUDE}")
        folder, pattern = os.path.split(os.path.join(os.path.dirname(path), value[0][1]))
        found = [name for name in entries(folder) if fnmatch.fnmatchcase(name, pattern)]
        found = [name for name in found if not name.startswith(".") or pattern.startswith(".")]  # as glob(3) does
        names += [f"{folder}/{name}" for name in (found if re.search(r"[*?\[]", pattern) else [pattern])]
    return names


def find_jails(nodes: t.Sequence[tuple[str, Node]]) -> list[Source]:
    """Every jail that is defined, nested ones with their parent's name before theirs."""
    return [source for source in sources_of(nodes) if not is_wild(source.name)]


def sources_of(nodes: t.Sequence[tuple[str, Node]]) -> list[Source]:
    """All blocks in jail(8)'s order; the statements outside of blocks are one ``*``, where the first of them is."""
    shared = tuple(node for _path, node in nodes if isinstance(node, Param))
    found: list[Source] = []
    for path, node in nodes:
        if isinstance(node, Block):
            found += _with_nested(path, node, "")
        elif node is shared[0]:
            found.append(Source(path, Block("*", shared), "*"))
    return found


def _with_nested(path: str, block: Block, prefix: str) -> list[Source]:
    name = prefix + block.name
    nested = [inner for inner in block.body if isinstance(inner, Block)]
    return [Source(path, block, name), *(one for inner in nested for one in _with_nested(path, inner, name + "."))]


def is_wild(name: str) -> bool:
    return "*" in name.split(".")


def matches(name: str, pattern: str) -> bool:
    """Whether a wildcard block speaks of a jail: a ``*`` is one part of its name, the last one all the rest."""
    parts, wanted = name.split("."), pattern.split(".")
    while len(parts) > 1 and len(wanted) > 1:
        if wanted.pop(0) not in ("*", parts[0]):
            return False
        parts = parts[1:]
    return wanted in (["*"], parts)


def effective(nodes: t.Sequence[tuple[str, Node]], name: str) -> dict[str, Values] | None:
    """The parameters of a jail as jail(8) would set them, by the name that is written last; None if it is not there.

    Booleans written without a value are ``true``, or ``false`` with ``no`` before their name.
    """
    sources = sources_of(nodes)
    if all(source.name != name for source in sources):
        return None
    collected: dict[str, tuple[Param, list[Pieces]]] = {}
    collect(collected, Param("name", (((False, name),),)))
    for source in sources:
        if source.name == name or (is_wild(source.name) and matches(name, source.name)):
            for inner in source.block.body:
                if isinstance(inner, Param):
                    collect(collected, inner)
    return _resolve(collected, name)


def collect(collected: dict[str, tuple[Param, list[Pieces]]], param: Param) -> None:
    """Add a statement: ``=`` replaces what came before, ``+=`` goes behind it."""
    key = ("$" if param.variable else "") + base_name(param.name)
    before = collected.get(key)
    values = list(param.values)
    if param.append and before is not None and values:
        values = before[1] + values
    collected[key] = (param, values)


def _resolve(collected: t.Mapping[str, tuple[Param, list[Pieces]]], name: str) -> dict[str, Values]:
    resolved: dict[str, Values] = {}
    for key, (param, values) in collected.items():
        if key.startswith("$") or key == "name":
            continue
        if not values:
            negated = param.name != base_name(param.name)
            resolved[key] = ("false",) if negated else ()
        else:
            texts = [text for value in values for text in _substitute(value, collected, name, (key,))]
            resolved[key] = _negate(texts) if param.name != base_name(param.name) else tuple(texts)
    return resolved


def _negate(texts: t.Sequence[str]) -> Values:
    """``noX = false`` is ``X``."""
    return ("true",) if texts and texts[-1].lower() in ("false", "0") else ("false",)


def _substitute(
    value: Pieces, collected: t.Mapping[str, tuple[Param, list[Pieces]]], name: str, seen: tuple[str, ...]
) -> list[str]:
    """A string with its variables replaced; a variable that is a list may stand alone only."""
    parts: list[str] = [""]
    for variable, text in value:
        if not variable:
            parts[-1] += text
            continue
        key = next((key for key in ("$" + text, base_name(text)) if key in collected), None)
        if key is None or not collected[key][1] or key in seen:
            raise Problem(f"jail {name}: {seen[0]}: variable {text!r} " + ("not found" if key not in seen else "loop"))
        found = [t for one in collected[key][1] for t in _substitute(one, collected, name, (*seen, key))]
        if len(found) > 1 and join_pieces(value) != ((True, text),):
            raise Problem(f"jail {name}: {seen[0]}: the list {text!r} cannot be substituted inside a string")
        parts[-1] += found[0]
        parts += found[1:]
    return parts
