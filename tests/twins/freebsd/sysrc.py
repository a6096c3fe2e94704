# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sysrc(8) on the twin's rc.conf, for names that a shell takes; other names are the real tool's trap, not ours."""

from __future__ import annotations

import re

from .world import Fail, World

DEFAULTS = {"cron_enable": "YES", "jail_enable": "NO", "jail_list": "", "rctl_enable": "YES"}
USAGE = """\
Usage: sysrc [OPTIONS] {name[[+|-]=value] ... | -a | -A | -l | -L [name ...]}
Try `sysrc --help' for more information."""


def main(world: World, words: list[str]) -> int:
    flags = {flag for word in words if word.startswith("-") for flag in word[1:]}
    operands = [word for word in words if not word.startswith("-")]
    path = world.file("/etc/rc.conf")
    if "f" in flags:
        path = world.file(operands.pop(0))
    values = read(path.read_text(encoding="utf-8")) if path.exists() else {}
    if "a" in flags:
        for name in sorted(values):
            print(f'{name}="{values[name]}"' if "e" in flags else f"{name}: {values[name]}")
        return 0
    if not operands:
        raise Fail(USAGE)
    return max([one(world, path, values, word, flags) for word in operands])


def read(text: str) -> dict[str, str]:
    return dict(re.findall(r'^(\w+)="(.*)"$', text, re.MULTILINE))


def one(world: World, path: object, values: dict[str, str], word: str, flags: set[str]) -> int:
    found = re.fullmatch(r"(\w+)(?:([+-]?)=(.*))?", word, re.DOTALL)
    if found is None:
        return 1
    name, sign, value = found.groups()
    there = values.get(name, DEFAULTS.get(name))
    if "x" in flags or value is None:
        return show_or_remove(world, values, name, there, flags)
    if "c" in flags:
        return 0 if there == value else 1
    new = joined(there or "", sign, value)
    print(f"{'' if 'n' in flags else name + ': '}{there or ''} -> {new}")
    values[name] = new
    write(world, values, name)
    return 0


def joined(there: str, sign: str, value: str) -> str:
    if not sign:
        return value
    apart = value[0] if value[:1] in ",;" else " "
    items = [item for item in there.split(apart) if item]
    for item in [item for item in value.split(apart) if item]:
        if sign == "+" and item not in items:
            items.append(item)
        elif sign == "-" and item in items:
            items.remove(item)
    return apart.join(items)


def show_or_remove(world: World, values: dict[str, str], name: str, there: str | None, flags: set[str]) -> int:
    if there is None or ("x" in flags and name not in values):
        if not flags & set("iq"):
            world.complain(f"sysrc: unknown variable '{name}'")
        return 1
    if "x" in flags:
        del values[name]
        write(world, values, None)
    elif "e" in flags:
        print(f'{name}="{there}"')
    else:
        print(there if "n" in flags else f"{name}: {there}")
    return 0


def write(world: World, values: dict[str, str], _name: str | None) -> None:
    path = world.file("/etc/rc.conf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")
