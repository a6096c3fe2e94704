# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""rctl(8) and the rules of the kernel. The order of the rules is the kernel's: it puts new ones first."""

from __future__ import annotations

import contextlib
import getopt
import pwd
import re
import typing as t
from pathlib import Path

from .world import Fail, World


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text))


USAGE = "usage: rctl [ -h ] [-a rule | -l filter | -r filter | -u filter | filter]"
SUBJECTS = ("process", "loginclass", "user", "jail")  # as rctl(8) prints them
RESOURCES = _words(
    "cputime datasize stacksize coredumpsize memoryuse memorylocked maxproc openfiles vmemoryuse"
    " pseudoterminals swapuse nthr msgqqueued msgqsize nmsgq nsem nsemop nshm shmsize wallclock pcpu"
    " readbps writebps readiops writeiops"
)
NOT_PER_PROCESS = _words("pseudoterminals swapuse msgqqueued msgqsize nmsgq nsem nshm shmsize")
RATES = ["readbps", "writebps", "readiops", "writeiops"]
SIGNALS = ["hup", "int", "kill", "term", "xcpu", "usr1", "usr2"]
ACTIONS = ("deny", "log", "devctl", "throttle", *(f"sig{name}" for name in SIGNALS))
FIELDS = ("subject", "id", "resource", "action", "amount", "per")
EINVAL, EOPNOTSUPP, ESRCH = "Invalid argument", "Operation not supported", "No such process"
EPERM = "Operation not permitted"
Rule = t.Dict[str, t.Any]


def main(world: World, words: list[str]) -> int:
    if not world.data.get("racct", True):
        raise Fail("rctl: RACCT/RCTL present, but disabled; enable using kern.racct.enable=1 tunable")
    try:
        options, operands = getopt.getopt(words, "ahlnru")
    except getopt.GetoptError as error:
        raise Fail(f"rctl: illegal option -- {error.opt}\n{USAGE}") from None
    flags = {name[1] for name, _value in options}
    verbs = flags & set("alru")
    if not operands:
        if verbs:
            raise Fail(USAGE)
        show(world, "::", flags)
        return 0  # whatever happened
    work = {"a": add, "l": limits, "r": remove, "u": usage}.get(next(iter(verbs), ""), show)
    return sum(0 if work(world, text, flags) else 1 for text in operands)


def failed(world: World, doing: str, text: str, why: str) -> bool:
    world.complain(f"rctl: failed to {doing} '{text}': {why}")
    return False


def parse(world: World, text: str) -> Rule | None:
    """The rule or filter with its user as a number and its amount expanded, as rctl(8) hands it to the kernel."""
    parts = text.split(":", 3)
    if len(parts) < 2:
        world.complain(f"rctl: malformed rule '{text}': missing subject")
        return None
    parts += [""] * (4 - len(parts))
    found = re.fullmatch(r"([^=/]*)(?:=([^/]*))?(?:/(.*))?", parts[3])
    assert found is not None
    action, amount, per = (part or "" for part in found.groups())
    if parts[0] == "user" and parts[1]:
        number = uid_of(parts[1])
        if number is None:
            world.complain(f"rctl: malformed rule '{text}': unknown user '{parts[1]}'")
            return None
        parts[1] = number
    if amount:
        number = expand(amount)
        if number is None:
            world.complain(f"rctl: malformed rule '{text}': invalid numeric value '{amount}'")
            return None
        amount = number
    return dict(zip(FIELDS, (*parts[:3], action, amount, per)))


def uid_of(name: str) -> str | None:
    try:
        return str(pwd.getpwnam(name).pw_uid)
    except KeyError:
        return name if name.isdigit() else None


def expand(amount: str) -> str | None:
    found = re.fullmatch(r"([0-9]+)([bkmgtpe]?)", amount.lower())
    if found is None:
        return None
    number = int(found.group(1)) * 1024 ** "bkmgtpe".index(found.group(2) or "b")
    return str(number) if number < 2**63 else None


def invalid(rule: Rule) -> bool:
    known = {"subject": SUBJECTS, "resource": RESOURCES, "action": ACTIONS, "per": SUBJECTS}
    return any(rule[field] and rule[field] not in names for field, names in known.items())


def rules_of(world: World) -> list[Rule]:
    return t.cast("list[Rule]", world.data.setdefault("rules", []))


def matching(world: World, wanted: Rule) -> list[Rule]:
    return [rule for rule in rules_of(world) if all(not wanted[f] or wanted[f] == rule[f] for f in FIELDS)]


def ends(world: World, wanted: Rule) -> bool:
    return wanted["subject"] == "process" and bool(wanted["id"]) and not Path("/proc", wanted["id"]).exists()


def add(world: World, text: str, _flags: set[str]) -> bool:
    rule, doing = parse(world, text), "add rule"
    if rule is None:
        return False
    if world.user != "root":
        return failed(world, doing, text, EPERM)
    if invalid(rule):
        return failed(world, doing, text, EINVAL)
    if ends(world, rule):
        return failed(world, doing, text, ESRCH)
    if not all(rule[field] for field in FIELDS[:5]):
        return failed(world, doing, text, EINVAL)
    rule["per"] = rule["per"] or rule["subject"]
    if impossible(rule):
        return failed(world, doing, text, EOPNOTSUPP)
    same = FIELDS if rule["action"] != "deny" else tuple(field for field in FIELDS if field != "amount")
    kept = [other for other in rules_of(world) if any(other[field] != rule[field] for field in same)]
    world.data["rules"] = [rule, *kept]
    known = world.data.setdefault("racct_jails", [])
    if rule["subject"] == "jail" and rule["id"] not in known:
        known.insert(0, rule["id"])
    return True


def impossible(rule: Rule) -> bool:
    if rule["action"] == "deny" and rule["resource"] in ("cputime", "wallclock", *RATES):
        return True
    if rule["action"] == "throttle" and rule["resource"] not in RATES:
        return True
    return rule["per"] == "process" and rule["resource"] in NOT_PER_PROCESS


def remove(world: World, text: str, _flags: set[str]) -> bool:
    wanted = parse(world, text)
    if wanted is None:
        return False
    gone = matching(world, wanted)
    if not gone:
        return failed(world, "remove rule", text, ESRCH)
    world.data["rules"] = [rule for rule in rules_of(world) if rule not in gone]
    return True


def show(world: World, text: str, flags: set[str]) -> bool:
    if world.user != "root":
        return failed(world, "show rules for", text, EPERM)
    wanted = parse(world, text)
    if wanted is None:
        return False
    print_rules(world, matching(world, wanted), flags)
    return True


def print_rules(world: World, rules: list[Rule], flags: set[str]) -> None:
    for rule in sorted(rules, key=lambda rule: place_of(world, rule)):
        print(spell(rule, flags))


def place_of(world: World, rule: Rule) -> tuple[int, int]:
    """Classes, users by the kernel's hash, jails by the age of their record; within one, the newest first."""
    within = 0
    if rule["subject"] == "user":
        within = -(int(rule["id"]) & 1023)
    elif rule["subject"] == "jail":
        within = world.data["racct_jails"].index(rule["id"])
    return SUBJECTS.index(rule["subject"]), within


def spell(rule: Rule, flags: set[str]) -> str:
    name, amount = rule["id"], rule["amount"]
    if rule["subject"] == "user" and "n" not in flags:
        with contextlib.suppress(KeyError):
            name = pwd.getpwuid(int(name)).pw_name
    if "h" in flags:
        amount = humanize(int(amount))
    per = "" if rule["per"] == rule["subject"] else "/" + rule["per"]
    return f"{rule['subject']}:{name}:{rule['resource']}:{rule['action']}={amount}{per}"


def humanize(number: int) -> str:
    """The largest number that has room in five characters, suffix included."""
    for power, suffix in enumerate(["", "K", "M", "G", "T", "P", "E"]):
        text = f"{round(number / 1024**power)}{suffix}"
        if len(text) <= 5:
            return text
    return str(number)


def limits(world: World, text: str, flags: set[str]) -> bool:
    wanted = parse(world, text)
    if wanted is None:
        return False
    if wanted["subject"] != "process" or not wanted["id"]:
        return failed(world, "get limits for", text, EOPNOTSUPP)
    own = {"process": wanted["id"], "loginclass": "default"}
    print_rules(world, [rule for rule in rules_of(world) if own.get(rule["subject"]) == rule["id"]], flags)
    return True


def usage(world: World, text: str, _flags: set[str]) -> bool:
    wanted, doing = parse(world, text), "show resource consumption for"
    if wanted is None:
        return False
    if world.user != "root":
        return failed(world, doing, text, EPERM)
    if not wanted["id"]:
        return failed(world, doing, text, EINVAL)
    if ends(world, wanted):
        return failed(world, doing, text, ESRCH)
    used = world.data.get("usage", {}).get(f"{wanted['subject']}:{wanted['id']}", {})
    for resource in RESOURCES:
        if wanted["subject"] != "process" or resource not in NOT_PER_PROCESS:
            print(f"{resource}={used.get(resource, 0)}")
    return True
