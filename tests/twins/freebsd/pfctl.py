# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pfctl(8): anchors and tables. Rules are read and shown for the few kinds that were recorded."""

from __future__ import annotations

import ipaddress
import re
import sys
import typing as t
from pathlib import Path

from .kldload import loaded
from .world import Fail, World

PORTS = {"80": "http", "8080": "http-alt", "22": "ssh", "443": "https", "53": "domain"}
NAT = ("nat", "rdr", "binat", "nat-anchor", "rdr-anchor")
FILTER = ("pass", "block", "anchor", "antispoof", "match", "scrub")
COUNTERS = (
    *("match", "bad-offset", "fragment", "short", "normalize", "memory", "bad-timestamp", "congestion", "ip-option"),
    *(
        "proto-cksum",
        "state-mismatch",
        "state-insert",
        "state-limit",
        "src-limit",
        "synproxy",
        "map-failed",
        "translate",
    ),
)
INFO = "\n".join(
    [
        "Status: {} for 0 days 00:00:26          Debug: Urgent",
        "",
        "State Table                          Total             Rate",
        f"  {'current entries':<39}{'0':<16}",
        *(f"  {name:<39}{'0':<13}0.0/s" for name in ("searches", "inserts", "removals")),
        "Counters",
        *(f"  {name:<39}{'0':<13}0.0/s" for name in COUNTERS),
        "",
    ]
)
Ruleset = t.Dict[str, t.Any]


def main(world: World, words: list[str]) -> int:
    if "pf" not in loaded(world):
        raise Fail("pfctl: /dev/pf: No such file or directory")
    anchor = ""
    if words[:1] == ["-a"]:
        anchor, words = words[1], words[2:]
    anchors: dict[str, Ruleset] = world.data.setdefault("pf_anchors", {})
    mine = anchors.get(anchor, {"nat": [], "filter": [], "tables": {}})
    if words[:1] in (["-e"], ["-d"]):
        return switch(world, words[0] == "-e")
    if words[:1] == ["-t"]:
        return table(world, mine, words[1], words[3], words[4:])
    letters = words[0].lstrip("-")
    if letters in ("F", "Fn") or words[0] == "-F":
        return flush(world, anchors, anchor, words[1] if len(words) > 1 else "nat")
    if letters.endswith("f"):
        return load(world, anchors, anchor, words)
    return show(world, anchors, anchor, mine, words)


def switch(world: World, on: bool) -> int:
    now = world.data.get("pf_on", False)
    if now == on:
        raise Fail(f"pfctl: pf {'already' if on else 'not'} enabled")
    world.data["pf_on"] = on
    world.complain(f"pf {'enabled' if on else 'disabled'}")
    return 0


def show(world: World, anchors: dict[str, Ruleset], anchor: str, mine: Ruleset, words: list[str]) -> int:
    what = "".join(word.lstrip("-") for word in words)
    if what == "sinfo":
        print(INFO.format("Enabled" if world.data.get("pf_on") else "Disabled"), end="")
    elif what in ("sr", "sn"):
        print(
            "".join(line + "\n" for line in ([] if "*" in anchor else mine["filter" if what == "sr" else "nat"])),
            end="",
        )
    elif "A" in what:
        names = sorted(name for name in anchors if name)
        tops = sorted({name.split("/")[0] for name in names} | set(world.data.get("pf_called", ())))
        deep = sorted({*tops, *names}) if "v" in what else tops
        print("".join(f"  {name}\n" for name in deep), end="")
        if "v" in what:
            world.complain("No ALTQ support in kernel\nALTQ related functions disabled")
    return 0


def load(world: World, anchors: dict[str, Ruleset], anchor: str, words: list[str]) -> int:
    path = words[-1]
    file = world.file(path) if world.file(path).exists() else Path(path)
    text = sys.stdin.read() if path == "-" else file.read_text(encoding="utf-8") if file.exists() else None
    if text is None:
        world.complain(f"pfctl: pushfile: {path}: No such file or directory")
        raise Fail("pfctl: cannot open the main config file!: No such file or directory")
    made = parse(world, text, "stdin" if path == "-" else path)
    if "v" in words[0]:
        print("\n".join(made["said"]))
    if "n" in words[0]:
        return 0
    called = [line.split('"')[1] for line in made["filter"] if line.startswith("anchor")]
    if not anchor:
        world.data["pf_called"] = [name.partition("/*")[0] for name in called]
    anchors[anchor] = {kind: made[kind] for kind in ("nat", "filter", "tables")}
    if anchor and not any(anchors[anchor].values()):
        del anchors[anchor]
    for name, source in made["loads"]:
        load(world, anchors, name, ["-f", source])
    return 0


def parse(world: World, text: str, source: str) -> dict[str, t.Any]:
    made: dict[str, t.Any] = {"nat": [], "filter": [], "tables": {}, "said": [], "loads": []}
    for number, line in enumerate(text.split("\n"), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        kind = words[0]
        wrong = re.search(r"(?<![\d.])(\d+\.\d+\.\d+\.\d+)", line)
        if wrong and not is_address(wrong.group(1)):
            world.complain(f"no IP address found for {wrong.group(1)}")
            raise Fail(f"{source}:{number}: could not parse host specification")
        if kind == "set":
            made["said"].append(f"set skip on {{ {words[-1]} }}" if words[1] == "skip" else line)
        elif kind == "table":
            name = words[1].strip("<>")
            inside = re.search(r"\{(.*)\}", line)
            made["tables"][name] = (inside.group(1) if inside else "").replace(",", " ").split()
        elif kind == "load" and words[1] == "anchor":
            made["loads"].append((words[2].strip('"'), words[4].strip('"')))
        elif kind in NAT or kind in FILTER:
            spelled = spell(words)
            made["nat" if kind in NAT else "filter"].append(spelled)
            made["said"].append(spelled)
        else:
            raise Fail(f"{source}:{number}: syntax error")
    return made


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def spell(words: list[str]) -> str:
    """As the kernel shows a rule: with what is implied, and with names for ports."""
    kind = words[0]
    if kind.endswith("anchor"):
        return " ".join([*words, "all"])
    line = " ".join(words)
    line = re.sub(r"\bport (\d+)\b", lambda found: f"port = {PORTS.get(found.group(1), found.group(1))}", line)
    if kind in ("nat", "rdr"):
        target, arrow, pool = line.partition(" -> ")
        target = re.sub(r"^(\w+ on \S+)", r"\1 inet", target)
        target = re.sub(r" to port", " from any to any port", target) if " from " not in target else target
        pool = re.sub(r"port = (\S+)", lambda found: "port " + back(found.group(1)), pool)
        return target + arrow + pool + (" round-robin" if pool.startswith("(") else "")
    return f"{line} flags S/SA keep state" if kind == "pass" and "flags" not in words else line


def back(name: str) -> str:
    return next((number for number, known in PORTS.items() if known == name), name)


def flush(world: World, anchors: dict[str, Ruleset], anchor: str, what: str) -> int:
    mine = anchors.get(anchor, {"nat": [], "filter": [], "tables": {}})
    if what == "Tables":
        world.complain(f"{len(mine['tables'])} tables deleted.")
        mine["tables"] = {}
    if what in ("rules", "all"):
        mine["filter"] = []
    if what in ("nat", "all"):
        mine["nat"] = []
    world.complain(
        {
            "nat": "nat cleared",
            "rules": "rules cleared",
            "all": "Ethernet rules cleared\nrules cleared\nnat cleared",
        }.get(what, "")
    )
    if anchor in anchors and not any(mine.values()):
        del anchors[anchor]
    if what == "all":
        raise Fail("pfctl: Operation not supported by device")
    return 0


def table(world: World, mine: Ruleset, name: str, verb: str, more: list[str]) -> int:
    there = mine["tables"].setdefault(name, [])
    if verb == "show":
        print("".join(f"   {address}\n" for address in there), end="")
    elif verb == "add":
        new = [address for address in more if address not in there]
        there += new
        world.complain(f"{len(new)}/{len(more)} addresses added.")
    elif verb == "replace":
        gone, new = [a for a in there if a not in more], [a for a in more if a not in there]
        there[:] = more
        world.complain(f"{len(new)} addresses added.\n{len(gone)} addresses deleted.")
    return 0
