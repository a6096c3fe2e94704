# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What jail(8) makes of a file: includes, wildcards, ``+=`` and variables resolved for one jail. Private; no I/O."""

from __future__ import annotations

import dataclasses
import fnmatch
import os
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail.conf import INCLUDE, Block, Node, Param, parse
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import OWN, base_name, is_false
from ansible_collections.hostwright.virt.plugins.module_utils._jail.words import Pieces, join_pieces

Values = t.Tuple[str, ...]
_WORDS = {*OWN, "devfs_ruleset", "jid", "name", "path", "persist", "securelevel", "vnet"}  # no names for variables
_PATTERN = re.compile(r"[*?\[]")
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
        found += _expand(node, path, read, entries, (*seen, path))
    return found


def _expand(node: Node, path: str, read: Read, entries: Entries, seen: tuple[str, ...]) -> list[tuple[str, Node]]:
    """A statement with what it includes in its place; in a block these are statements of the jail."""
    if isinstance(node, Block):
        body = [inner for child in node.body for _path, inner in _expand(child, path, read, entries, seen)]
        return [(path, dataclasses.replace(node, body=tuple(body)))]
    if node.name != INCLUDE or node.variable:
        return [(path, node)]
    return [pair for name in _included(node, path, entries) for pair in load(name, read, entries, seen)]


def _included(node: Param, path: str, entries: Entries) -> list[str]:
    names = []
    for value in node.values:
        if any(variable for variable, _text in value):
            raise Problem(f"{path}: variables are not permitted in {INCLUDE}")
        full = os.path.join(os.path.dirname(path), value[0][1])
        names += _fitting(full, entries) if _PATTERN.search(full) else [full]
    return names


def _fitting(pattern: str, entries: Entries) -> list[str]:
    """The paths that fit a pattern, as glob(3) finds them: each part by itself, a dot at its start only by a dot."""
    found = [""]
    for part in pattern.strip("/").split("/"):
        names = {folder: entries(folder or "/") if _PATTERN.search(part) else (part,) for folder in found}
        found = [
            f"{folder}/{name}"
            for folder, inside in names.items()
            for name in inside
            if name == part or (fnmatch.fnmatchcase(name, part) and name.startswith(".") <= part.startswith("."))
        ]
    last = pattern.rpartition("/")[2]  # what fits a pattern was seen there
    return [path for path in found if _PATTERN.search(last) or last in entries(os.path.dirname(path))]


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
    name, path = prefix + block.name, block.path or path
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
    if key == "name" and before is not None and not before[1][0][0][1].isdigit():  # of a number it is the name
        raise Problem(f"jail {before[1][0][0][1]}: its definition sets its name again, which jail(8) refuses")
    values = list(param.values)
    if param.append and before is not None and values:
        values = before[1] + values
    collected[key] = (param, values)


def _resolve(collected: t.Mapping[str, tuple[Param, list[Pieces]]], name: str) -> dict[str, Values]:
    resolved: dict[str, Values] = {}
    for key, (param, values) in collected.items():
        # Also of a variable that nobody uses: jail(8) starts no jail with one that it cannot resolve.
        texts = [text for value in values for text in _substitute(value, collected, name, (key,))]
        if key.startswith("$") and (key[1:] in collected or base_name(key[1:]) in _WORDS):
            raise Problem(f"jail {name}: variable {key} has the name of a parameter, which jail(8) refuses: rename it")
        if param.name == base_name(param.name) or param.variable:
            resolved[key] = tuple(texts)
        else:
            resolved[key] = _negate(texts)
    return {key: values for key, values in resolved.items() if not key.startswith("$") and key != "name"}


def _negate(texts: t.Sequence[str]) -> Values:
    """``noX = false`` is ``X``."""
    return ("true",) if texts and is_false(texts[-1]) else ("false",)


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
