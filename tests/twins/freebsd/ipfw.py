# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ipfw(8): rules and the sets that they are in. Rules are kept as they are written; dummynet is a module of its own."""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

from .kldload import loaded
from .world import Fail, World

ACTIONS = (
    "allow",
    "pass",
    "accept",
    "deny",
    "drop",
    "count",
    "pipe",
    "queue",
    "check-state",
    "skipto",
    "reject",
    "nat",
    "divert",
)
MODULES = {"nat": "ipfw_nat", "divert": "ipdivert"}  # without them the kernel refuses what ipfw -n takes
LAST = ("65535 count ip from any to any not // orphaned dynamic states counter", "65535 allow ip from any to any")
Rule = t.Dict[str, t.Any]


def main(world: World, words: list[str]) -> int:
    flags = {word for word in words if re.fullmatch("-[a-z]+", word)}
    words = [word for word in words if word not in flags]
    if "ipfw" not in loaded(world) and "-n" not in flags:
        raise Fail("ipfw: retrieving config failed: Protocol not available", 71)
    if len(words) == 1 and words[0].startswith("/"):
        text = sys.stdin.read() if words[0] == "/dev/stdin" else Path(words[0]).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if line.partition("#")[0].strip():
                try:
                    run(world, line.split(), flags)
                except Fail as error:
                    raise Fail(error.text.replace("ipfw:", f"Line {number}:"), error.code) from None
        return 0
    return run(world, words, flags)


def run(world: World, words: list[str], flags: set[str]) -> int:
    rules: list[Rule] = world.data.setdefault("ipfw", [])
    verb, rest = words[0], words[1:]
    if verb == "list":
        off = world.data.get("ipfw_off", [])
        print("".join(spell(rule) + "\n" for rule in rules if rule["set"] not in off) + "\n".join(LAST))
    elif verb == "add":
        add(world, rules, rest, flags)
    elif verb == "delete":
        delete(world, rules, rest)
    elif verb == "set":
        change_set(world, rules, rest)
    else:
        raise Fail(f"ipfw: bad command `{verb}'", 64)
    return 0


def spell(rule: Rule) -> str:
    return f"{rule['number']:05} {rule['text']}"


def add(world: World, rules: list[Rule], words: list[str], flags: set[str]) -> None:
    number = int(words.pop(0)) if words[0].isdigit() else 100 + max([rule["number"] for rule in rules], default=0)
    which = 0
    if words[:1] == ["set"]:
        which, words = int(words[1]), words[2:]
    if words[0] not in ACTIONS:
        raise Fail(f"ipfw: invalid action {words[0]}\n", 65)
    wrong = [word for word in words if re.fullmatch(r"(\d+\.){3}\d+", word) and max(map(int, word.split("."))) > 255]
    if wrong:
        raise Fail(f"ipfw: hostname ``{wrong[0]}'' unknown", 68)
    rule = {"number": number, "set": which, "text": " ".join(words)}
    if "-n" not in flags:
        if words[0] in MODULES and MODULES[words[0]] not in loaded(world):
            raise Fail("ipfw: getsockopt(IP_FW_XADD): Invalid argument", 69)
        rules.append(rule)
        rules.sort(key=lambda one: t.cast("int", one["number"]))
    if "-q" not in flags:
        print(spell(rule))


def delete(world: World, rules: list[Rule], words: list[str]) -> None:
    if words[0] == "set":
        rules[:] = [rule for rule in rules if rule["set"] != int(words[1])]
        return
    number = int(words[0])
    if all(rule["number"] != number for rule in rules):
        world.complain(f"ipfw: rule {number} not found")  # and the exit code is 0
    rules[:] = [rule for rule in rules if rule["number"] != number]


def change_set(world: World, rules: list[Rule], words: list[str]) -> None:
    off = world.data.setdefault("ipfw_off", [])
    if words[0] == "disable":
        world.data["ipfw_off"] = sorted({*off, int(words[1])})
    elif words[0] == "enable":
        world.data["ipfw_off"] = [number for number in off if number != int(words[1])]
    elif words[0] == "swap":  # rules change their numbers; whether a set is off stays with its number (ipfw(8))
        one, other = int(words[1]), int(words[2])
        for rule in rules:
            rule["set"] = {one: other, other: one}.get(rule["set"], rule["set"])
    elif words[1:] in (["show"], ["list"]):  # of a set that is off it shows nothing
        shown = [rule for rule in rules if rule["set"] == int(words[0]) and rule["set"] not in off]
        print("".join(f"{spell(rule)}\n" for rule in shown), end="")
    else:
        raise Fail(f"ipfw: invalid set command {words[0]}\n", 64)
