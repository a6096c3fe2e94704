# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""devfs(8): rulesets. What rules make of the devices is no concern of a twin, which has none."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from .world import Fail, World

USAGE = "usage: \tdevfs [-m mount-point] rule [-s ruleset] ...\n\tdevfs [-m mount-point] ruleset ..."
SYSTEM: dict[str, dict[str, str]] = {
    "1": {"100": "hide"},
    "2": {},
    "3": {},
    "4": {
        "100": "include 1",
        "200": "include 2",
        "300": "include 3",
        "400": "path fuse unhide",
        "500": "path zfs unhide",
    },
    "5": {"100": "include 1", "200": "include 2", "300": "include 3", "400": "include 4", "500": "path pf unhide"},
}
ORDER = ("include", "path", "type", "hide", "unhide", "user", "group", "mode")


def main(world: World, words: list[str]) -> int:
    point = ""
    if words[:1] == ["-m"]:
        point, words = words[1], words[2:]
        if all(mount[1] != point for mount in world.data.get("mounts", [])):
            raise Fail(f"devfs: open: {point}: No such file or directory")
    if len(words) < 2 or words[0] not in ("rule", "ruleset"):
        raise Fail(USAGE)
    return run(world, point, words)


def run(world: World, point: str, words: list[str]) -> int:
    sets = world.data.setdefault("devfs", {number: dict(rules) for number, rules in SYSTEM.items()})
    if words[0] == "ruleset":
        world.data.setdefault("devfs_of", {})[point] = words[1]
        return 0
    if words[1] == "-s":
        return rule(sets, words[2], words[3], list(words[4:]))
    if words[1] == "showsets" and world.user != "root":
        raise Fail("devfs rule: ioctl DEVFSIO_SGETNEXT: Operation not permitted")
    if words[1] == "showsets":
        print("\n".join(sorted((number for number in sets if sets[number] or number in SYSTEM), key=int)))
    elif words[1] == "applyset":
        world.data.setdefault("devfs_applied", []).append([point, world.data["devfs_of"].get(point)])
    return 0


def rule(sets: dict[str, dict[str, str]], number: str, verb: str, rest: list[str]) -> int:
    if not number.isdigit() or int(number) > 65535:
        raise Fail(f"devfs rule: error converting to number: {number}")
    rules = sets.setdefault(number, {})
    if verb in ("show", "del") and rest and rest[0] not in rules:
        call = {"show": "DEVFSIO_RGETNEXT", "del": "DEVFSIO_RDEL"}[verb]
        raise Fail(f"devfs rule: ioctl {call}: No such file or directory")
    if verb == "show":
        for place in sorted(rest[:1] or rules, key=int):
            print(f"{place} {rules[place]}")
    elif verb == "delset":
        rules.clear()
    elif verb == "del":
        del rules[rest[0]]
    elif verb == "add":
        add(sets, rules, rest)
    return 0


def add(sets: dict[str, dict[str, str]], rules: dict[str, str], rest: list[str]) -> None:
    place = rest.pop(0) if rest[0].isdigit() else str((max(map(int, rules), default=0) // 100 + 1) * 100)
    spelled = spell(rest)
    if place in rules:
        raise Fail("devfs rule: ioctl DEVFSIO_RADD: File exists")
    if "include" in rest and rest[-1] not in SYSTEM and not sets.get(rest[-1]):
        raise Fail("devfs rule: ioctl DEVFSIO_RADD: No such process")
    rules[place] = spelled


def spell(words: t.Sequence[str]) -> str:
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word not in ORDER:
            raise Fail(f"devfs rule: unknown argument: {word}")
        found[word] = "" if word in ("hide", "unhide") else check(word, rest.pop(0))
    return " ".join(part for word in ORDER if word in found for part in (word, found[word]) if part)


def check(word: str, value: str) -> str:
    if word == "mode" and not re.fullmatch("[0-7]+", value):
        raise Fail(f"devfs rule: invalid mode: {value}")
    if word == "user" and value not in ("root", "operator", "nobody"):
        raise Fail(f"devfs rule: error converting to integer: {value}")
    if word == "type" and value not in ("disk", "mem", "tape", "tty"):
        raise Fail(f"devfs rule: unknown type: {value}")
    return value


def read_file(world: World) -> None:
    """What rc.subr(8) makes of devfs.rules: rules have the numbers 100, 200 and so on. The file is this machine's."""
    sets = world.data.setdefault("devfs", {number: dict(rules) for number, rules in SYSTEM.items()})
    path = Path("/etc/devfs.rules")
    number = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        head = re.fullmatch(r"\[\w+=(\d+)\]", line.strip())
        if head:
            number = head.group(1)
            sets[number] = {}
        elif line.startswith("add ") and number:
            sets[number][str(100 * (len(sets[number]) + 1))] = line[4:]
