# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""jail.conf(5) once more, read in another way than the collection does, so that two readers must agree."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from .world import Fail, World

Params = t.Dict[str, t.List[str]]
TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<mark>\+=|[,;={}])"
    r"|(?P<word>(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\$\{[^}]*\}|\\.|[^\s,;={}'\"#+]|\+(?!=))+)",
    re.DOTALL,
)
PART = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|((?:\$\{[^}]*\}|\\.|[^'\"\\])+)", re.DOTALL)
BOOLS = ("exec.clean", "mount.devfs", "mount.fdescfs", "mount.procfs", "persist", "exec.system_jail_user")
SEVERAL = re.compile(
    r"exec\.(pre|post)?(start|stop)|exec\.(prepare|created|release)|depend|mount(\.fstab)?|vnet\.interface"
)


def where(world: World, path: str) -> Path:
    inside = world.file(path)
    return inside if inside.exists() else Path(path)


def read(world: World, path: str) -> list[tuple[str, Params]]:
    """The jails of a file in their order, each with its parameters; a list, for one name may be there twice."""
    try:
        text = where(world, path).read_text(encoding="utf-8")
    except OSError:
        raise Fail(f"jail: {path}: No such file or directory") from None
    words = [(found.lastgroup, found.group()) for found in TOKEN.finditer(text) if found.lastgroup != "space"]
    statements, rest = body(world, path, words)
    if rest:
        raise Fail(f"jail: {path}: unexpected EOF")
    shared = [one for one in statements if one[0] in ("set", "add")]  # jailparse.y: all of them are where the first is
    place = statements.index(shared[0]) if shared else 0
    others = [one for one in statements if one not in shared]
    statements = [*others[:place], *shared, *others[place:]]
    return [(raw(name), resolve(raw(name), statements)) for kind, name, _inner in statements if kind == "jail"]


def body(world: World, path: str, words: list[tuple[t.Any, str]]) -> tuple[list[t.Any], list[t.Any]]:
    found: list[t.Any] = []
    while words and words[0][1] != "}":
        if words[0][1] == ";":
            words = words[1:]
            continue
        name, words = words[0][1], words[1:]
        if words and words[0] == ("mark", "{"):
            inner, words = body(world, path, words[1:])
            if not words:
                raise Fail(f"jail: {path}: unexpected EOF")
            found.append(("jail" if raw(name) != "*" else "wild", name, inner))
            words = words[1:]
            continue
        end = next((number for number, word in enumerate(words) if word == ("mark", ";")), None)
        if end is None:
            raise Fail(f"jail: {path}: unexpected EOF")
        values = [word for kind, word in words[:end] if kind == "word"]
        found.append(("add" if words[0][1] == "+=" else "set", name, values))
        words = words[end + 1 :]
    return found, words


def resolve(name: str, statements: list[t.Any]) -> Params:
    params: Params = {}
    raws: dict[str, tuple[str, list[str]]] = {"name": ("name", [name])}
    for kind, key, inner in statements:
        mine = inner if kind == "wild" or (kind == "jail" and raw(key) == name) else []
        for verb, inner_key, values in [(kind, key, inner)] if kind in ("set", "add") else mine:
            if verb in ("set", "add"):
                keep(raws, verb, inner_key, values)
    for base, (spelled, values) in raws.items():
        if not base.startswith("$") and base != "name":
            params[spelled] = [expand(name, spelled, value, raws) for value in values]
    return params


def keep(raws: dict[str, tuple[str, list[str]]], verb: str, key: str, values: list[str]) -> None:
    base = re.sub(r"(^|\.)no(?=persist$|clean$|devfs$|fdescfs$|procfs$)", r"\1", raw(key) if key[0] != "$" else key)
    base = re.sub(r"^(allow(?:\.mount)?\.)no", r"\1", base)
    before = raws[base][1] if verb == "add" and base in raws else []
    raws[base] = (raw(key) if key[0] != "$" else key, before + values)


def raw(word: str) -> str:
    return expand("", "", word, {})


def expand(jail: str, param: str, word: str, raws: dict[str, tuple[str, list[str]]]) -> str:
    def variable(found: t.Match[str]) -> str:
        key = found.group(1) or found.group(2)
        if key is None:
            return unescape(found.group())
        values = raws.get("$" + key, raws.get(key, ("", [])))[1]
        if not values:
            raise Fail(f'jail: {jail}: {param}: variable "{key}" not found')
        return expand(jail, param, values[0], raws)

    text = ""
    for single, double, bare in PART.findall(word):
        open_text = double or bare
        text += unescape(single)
        text += re.sub(r"\$(\w+)|\$\{([^}]*)\}|\\[0-7]{1,3}|\\.", variable, open_text, flags=re.DOTALL)
    return text


def unescape(text: str) -> str:
    codes = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}

    def plain(found: t.Match[str]) -> str:
        code = found.group()[1:]
        return chr(int(code, 8)) if code[0] in "01234567" else codes.get(code, code)

    return re.sub(r"\\(?:[0-7]{1,3}|.)", plain, text, flags=re.DOTALL)
