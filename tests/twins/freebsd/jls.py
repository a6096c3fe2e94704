# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""jls(8)."""

from __future__ import annotations

import json
import typing as t

from . import kernel
from .world import Fail, World

HEAD = "   JID  IP Address      Hostname                      Path"
NAMED_HEAD = " JID             IP Address      Hostname                      Path"


def main(world: World, words: list[str]) -> int:
    flags, style, name, params = read_words(words)
    if "c" in flags:
        return check(world, flags, name)
    jails, failed = choose(world, flags, name)
    unknown = [param for param in params if param not in kernel.DEFAULTS and not param.startswith(("meta.", "env."))]
    if unknown:
        raise Fail(f"jls: unknown parameter: {unknown[0]}")
    table = not params and not flags & set("nqhs") and not style
    if table:
        print(NAMED_HEAD if "N" in flags else HEAD)
    if failed:
        raise Fail(failed)
    if style:
        print_json(jails, flags, params)
    elif table:
        print("".join(row(jail, "N" in flags) + "\n" for jail in jails), end="")
    else:
        print_params(jails, flags, params)
    return 0


def choose(world: World, flags: set[str], name: str | None) -> tuple[list[kernel.Jail], str]:
    """The jails to show, and what is said when the one that was named is none of them."""
    jails = [jail for jail in kernel.jails_of(world) if "d" in flags or not jail["dying"]]
    if name is None:
        return jails, ""
    named = [jail for jail in jails if name in (jail["name"], jail["jid"])]
    spelled = name if name.isdigit() else f'"{name}"'
    there = any(name == jail["name"] for jail in kernel.jails_of(world))
    return named, "" if named else f"jls: jail {spelled} " + ("is dying" if there else "not found")


def read_words(words: list[str]) -> tuple[set[str], str, str | None, list[str]]:
    """jls stops at nothing: options may follow the jail's name."""
    flags: set[str] = set()
    style, name, params = "", None, []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--libxo":
            style = rest.pop(0)
        elif word == "-j":
            name = rest.pop(0)
        elif word.startswith("-"):
            flags |= set(word[1:])
        else:
            params.append(word)
    return flags, style, name, params


def check(world: World, flags: set[str], name: str | None) -> int:
    if name is None:
        raise Fail(
            "jls: -j jail to check must be provided for -c\n"
            "jls: usage: jls [-dhNnqv] [-j jail] [param ...]\n            jls -c [-d] -j jail"
        )
    found = [jail for jail in kernel.jails_of(world) if name in (jail["name"], jail["jid"])]
    return 0 if any("d" in flags or not jail["dying"] for jail in found) else 1


def row(jail: kernel.Jail, named: bool) -> str:
    first = (jail["ip4.addr"] or [""])[0]
    if named:
        return f" {jail['name']:<15} {first:<15} {jail['host.hostname']:<29} {jail['path']}"
    return f"{jail['jid']:>6}  {first:<15} {jail['host.hostname']:<29} {jail['path']}"


def value_of(jail: kernel.Jail, name: str) -> t.Any:
    tree, _dot, key = name.partition(".")
    if tree in ("meta", "env") and key:
        lines = [line.partition("=") for line in jail[tree].split("\n")]
        return next((value for found, _equals, value in lines if found == key), None)
    return jail[name]


def print_params(jails: list[kernel.Jail], flags: set[str], params: list[str]) -> None:
    names = params or list(kernel.DEFAULTS)
    if "h" in flags and "s" not in flags:
        print(" ".join(names))
    for jail in jails:
        print(" ".join(spell(name, value_of(jail, name), flags) for name in names))


def spell(name: str, value: t.Any, flags: set[str]) -> str:
    if isinstance(value, bool):
        if flags & set("ns"):
            head, dot, last = name.rpartition(".")
            return name if value else f"{head}{dot}no{last}"
        return "true" if value else "false"
    text = ",".join(value) if isinstance(value, list) else value
    if flags & set("qs") and (text == "" or " " in text):
        text = f'"{text}"'
    if not flags & set("ns"):
        return "-" if isinstance(value, list) and not value else text or '""'
    if value is None:
        return name
    plain_empty = not isinstance(value, list) and text == ""
    return f'{name}=""' if plain_empty else f"{name}={text}"


def print_json(jails: list[kernel.Jail], flags: set[str], params: list[str]) -> None:
    rows = []
    for jail in jails:
        if not params and "n" not in flags:
            first = (jail["ip4.addr"] or [""])[0]
            short = {"jid": int(jail["jid"]), "ipv4": first, "hostname": jail["host.hostname"], "path": jail["path"]}
            rows.append(short)
            continue
        found = {name: value_of(jail, name) for name in params or kernel.DEFAULTS}
        if "n" not in flags:
            found = {k: ("true" if v else "false") if isinstance(v, bool) else v for k, v in found.items()}
        rows.append(found)
    print(json.dumps({"__version": "2", "jail-information": {"jail": rows}}))
