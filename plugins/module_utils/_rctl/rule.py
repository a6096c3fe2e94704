# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of rctl(8): what the kernel knows and takes, and how a rule is spelled. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_duration, parse_size


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text))


SUBJECTS = ("process", "user", "loginclass", "jail")
# rctl(8) takes these letters for a subject; the kernel itself does not.
SHORT = {"p": "process", "u": "user", "l": "loginclass", "c": "loginclass", "class": "loginclass", "j": "jail"}

# What the kernel's racct_types says of each resource: its unit, whether an allocation can be denied, and whether it is
# counted for a single process ("sloppy" ones are not, so that a limit per process is refused).
_BYTES = _words(
    "datasize stacksize coredumpsize memoryuse memorylocked vmemoryuse swapuse msgqsize shmsize readbps writebps"
)
_SECONDS = ("cputime", "wallclock")
_PERCENT = ("pcpu",)
_COUNTS = _words("maxproc openfiles pseudoterminals nthr msgqqueued nmsgq nsem nsemop nshm readiops writeiops")
UNITS: t.Mapping[str, str] = {
    **dict.fromkeys(_BYTES, "bytes"),
    **dict.fromkeys(_SECONDS, "seconds"),
    **dict.fromkeys(_PERCENT, "percent"),
    **dict.fromkeys(_COUNTS, "count"),
}
RATES = ("readbps", "writebps", "readiops", "writeiops")
NOT_PER_PROCESS = _words("pseudoterminals swapuse msgqqueued msgqsize nmsgq nsem nshm shmsize")

_SIGNALS = _words(
    "hup int quit ill trap abrt emt fpe kill bus segv sys pipe alrm term urg stop tstp chld ttin ttou"
    " io xcpu xfsz vtalrm prof winch info usr1 usr2 thr"
)
ACTIONS = ("deny", "log", "devctl", "throttle", *(f"sig{name}" for name in _SIGNALS))

_LARGEST = 2**63 - 1
_MILLION = 10**6  # the kernel keeps times and percents in millionths
# The colon parts the fields and the kernel's answer has a comma between rules; rc.d/rctl hands each line of rctl.conf
# to a shell's read and to xargs, which take white space, quotes and backslashes for themselves.
_UNUSABLE = re.compile(r"[\s:,'\"\\]")
_LONGEST = {"jail": 255, "loginclass": 32, "user": 32}


class Subject(t.NamedTuple):
    """Whom a rule limits. The id of a user is a name or a number, whichever was given."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclasses.dataclass(frozen=True, order=True)
class Rule:
    """One limit. ``per`` is whose usage is compared with the amount, by default the subject's own."""

    subject: Subject
    resource: str
    action: str
    amount: int
    per: str

    @property
    def key(self) -> tuple[Subject, str, str, str]:
        """All but the amount."""
        return self.subject, self.resource, self.action, self.per

    def __str__(self) -> str:
        return self.exact if self.per != self.subject.kind else self.exact.rsplit("/", 1)[0]

    @property
    def exact(self) -> str:
        """The rule with its ``per``: as a filter, a rule without one matches every ``per``."""
        return f"{self.subject}:{self.resource}:{self.action}={self.amount}/{self.per}"


def parse_subject(kind: str, name: str) -> Subject:
    """A subject that can be in one rule only; raises Problem for what would mean another rule, or every subject."""
    kind = SHORT.get(kind.lower(), kind.lower())
    if kind not in SUBJECTS:
        raise Problem(f"subject {kind!r} is not one of {', '.join(SUBJECTS)}{nearest(kind, SUBJECTS)}")
    if not name:
        raise Problem(f"the {kind} has no name: a rule without one would mean every {kind}")
    if kind == "process":
        if not re.fullmatch(r"[1-9][0-9]{0,9}", name):
            raise Problem(f"process {name[:40]!r} is not a process number")
        return Subject(kind, name)
    if _UNUSABLE.search(name) or not name.isprintable():
        raise Problem(
            f"{kind} {name[:40]!r} cannot be in a rule: white space, quotes, backslashes, colons, commas and control"
            " characters part rules and their fields"
        )
    if len(name.encode()) > _LONGEST[kind]:
        raise Problem(f"{kind} {name[:20]!r}... is too long: {len(name.encode())} bytes, at most {_LONGEST[kind]}")
    if kind == "user" and not re.fullmatch(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*\$?", name):
        raise Problem(f"user {name!r} is neither a login name nor a number")
    return Subject(kind, name)


def parse_resource(name: str) -> str:
    if name.lower() not in UNITS:
        raise Problem(f"resource {name!r} is not known to rctl(8){nearest(name.lower(), UNITS)}")
    return name.lower()


def parse_action(name: str) -> str:
    if name.lower() not in ACTIONS:
        raise Problem(f"action {name!r} is not known to rctl(8){nearest(name.lower(), ACTIONS)}")
    return name.lower()


def parse_per(name: str) -> str:
    name = SHORT.get(name.lower(), name.lower())
    if name not in SUBJECTS:
        raise Problem(f"per {name!r} is not one of {', '.join(SUBJECTS)}{nearest(name, SUBJECTS)}")
    return name


def parse_amount(value: str, resource: str) -> int:
    """The amount in the resource's own unit; a count and a number of bytes may have a unit in powers of 1024."""
    what = f"amount of {resource}"
    unit = UNITS[resource]
    if unit == "bytes":
        number = parse_size(value, "B", what, zero=True)
    elif unit == "seconds":
        number = parse_duration(value, what)
    else:
        text = str(value).strip()
        text = text[:-1].rstrip() if unit == "percent" and text.endswith("%") else text
        match = re.fullmatch(r"([0-9]+)([kKmMgG]?)", text)
        if match is None:
            raise Problem(f"{what} {value!r} is not a whole number")
        number = int(match.group(1)) << 10 * ("kmg".index(match.group(2).lower()) + 1 if match.group(2) else 0)
    return check_amount(number, resource)


def check_amount(number: int, resource: str) -> int:
    largest = _LARGEST // _MILLION if UNITS[resource] in ("seconds", "percent") else _LARGEST
    if number > largest:
        raise Problem(f"amount of {resource} {number} is too large: the kernel keeps at most {largest}")
    return number


def expand_number(text: str) -> int:
    """A number as expand_number(3) reads it: C's prefixes for base 8 and 16, and one letter for a power of 1024."""
    match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|[0-9]+)([bBkKmMgGtTpPeE]?)", text)
    if match is None:
        raise Problem(f"amount {text!r} is not a number that rctl(8) reads: write 1536M for 1.5G")
    digits = match.group(1)
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[0] == "0" else 10
    try:
        return int(digits, base) << 10 * "bkmgtpe".index((match.group(2) or "b").lower())
    except ValueError:
        raise Problem(f"amount {text!r} is not a number that rctl(8) reads: a leading 0 means base 8") from None


def parse_rule(text: str) -> Rule:
    """A full rule as rctl(8) spells and prints it; the id of a user may be a name."""
    kind, colon, rest = text.partition(":")
    name, colon, rest = rest.partition(":")
    resource, colon, rest = rest.partition(":")
    action, equals, rest = rest.partition("=")
    amount, slash, per = rest.partition("/")
    if not (colon and equals and amount) or (slash and not per):
        raise Problem(f"rule {text[:80]!r} is not subject:subject-id:resource:action=amount/per")
    subject = parse_subject(kind, name)
    resource = parse_resource(resource)
    number = check_amount(expand_number(amount), resource)
    rule = Rule(subject, resource, parse_action(action), number, parse_per(per) if slash else subject.kind)
    check_rule(rule)
    return rule


def check_rule(rule: Rule) -> None:
    """Refuse what the kernel refuses (EOPNOTSUPP), and say why."""
    if rule.action == "deny" and rule.resource in (*_SECONDS, *RATES):
        other = "throttle" if rule.resource in RATES else "log, devctl or a signal"
        raise Problem(f"{rule}: the kernel cannot deny {rule.resource}: use {other}")
    if rule.action == "throttle" and rule.resource not in RATES:
        raise Problem(f"{rule}: the kernel throttles only {', '.join(RATES)}: use deny for {rule.resource}")
    if rule.per == "process" and rule.resource in NOT_PER_PROCESS:
        raise Problem(f"{rule}: the kernel does not count {rule.resource} of a single process: use another per")
