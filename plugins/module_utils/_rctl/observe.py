# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel and the files say of limits, in a number of reads that does not grow with the rules. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.conf import TUNABLE, parse_conf
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import Rule, Subject, parse_rule
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.want import WantLimits

LOADER = "/boot/loader.conf"


@dataclasses.dataclass(frozen=True)
class Limits:
    """Both truths. ``counting``: whether the kernel counts resources, without which it takes no rules.

    Users in ``kernel`` are numbers; ``uids`` has the number of each user that the task or the file names.
    """

    counting: bool = True
    kernel: tuple[Rule, ...] = ()
    conf: str = ""
    loader: str = ""
    uids: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    at_boot: bool | None = None
    subjects: tuple[Subject, ...] = ()

    def same(self, rule: Rule) -> Rule:
        """The rule with its user's number, which is how the kernel knows it."""
        return dataclasses.replace(rule, subject=self.numbered(rule.subject))

    def numbered(self, subject: Subject) -> Subject:
        return Subject("user", self.uids.get(subject.id, subject.id)) if subject.kind == "user" else subject

    def named(self, rule: Rule) -> str:
        """The rule with its user as the task names it."""
        names = {self.numbered(subject): subject for subject in self.subjects}
        return str(dataclasses.replace(rule, subject=names.get(self.numbered(rule.subject), rule.subject)))


def observe(host: Host, wants: t.Sequence[WantLimits]) -> dict[str, Limits]:
    counting = read_counting(host)
    kernel = read_rules(host) if counting else ()
    confs = {want.config_file: host.read(want.config_file) or "" for want in wants}
    loader = host.read(LOADER) or ""
    subjects = {subject for want in wants for subject in want.subjects}
    filed = {rule.subject for text in confs.values() for rule in parse_conf(text)}
    uids = read_uids(host, {s.id for s in subjects | filed if s.kind == "user"})
    _check_there(host, subjects, uids)
    at_boot = read_at_boot(host)
    return {
        want.name: Limits(counting, kernel, confs[want.config_file], loader, uids, at_boot, want.subjects)
        for want in wants
    }


def read_counting(host: Host) -> bool:
    """Whether the kernel counts; a kernel without the feature is an error, as is a system without rctl(8)."""
    if not host.has("rctl"):
        raise Problem("rctl is not on this host: limits of rctl(8) are a feature of FreeBSD, whose base system has it")
    reply = host.query(("sysctl", "-n", TUNABLE), ok=(0, 1))
    if reply.rc:
        raise Problem("this kernel has no RACCT and RCTL: boot a GENERIC kernel, or one with both options")
    return reply.out.strip() != "0"


def read_rules(host: Host) -> tuple[Rule, ...]:
    """All rules of the kernel, users by number."""
    reply = host.query(("rctl", "-n"))
    if reply.err.strip():  # FreeBSD 15.1: "Operation not permitted" with exit code 0
        raise Problem(f"rctl did not show its rules: {reply.err.strip()}")
    return tuple(rule for rule in map(_parse_known, reply.out.splitlines()) if rule is not None)


def _parse_known(line: str) -> Rule | None:
    """A rule that the kernel printed; None for a subject whose name no task can give, as of a jail named ``a,b``."""
    try:
        return parse_rule(line)
    except Problem:
        return None


def read_uids(host: Host, users: t.AbstractSet[str]) -> dict[str, str]:
    """Numbers of users by name; digits are a number already."""
    names = sorted(user for user in users if not user.isdigit())
    if not names:
        return {}
    reply = host.query(("getent", "passwd", *names), ok=(0, 1, 2))  # 2: one of them is not there
    found = {}
    for line in reply.out.splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[0] in users:
            found[fields[0]] = fields[2]
    return found


def _check_there(host: Host, subjects: t.AbstractSet[Subject], uids: t.Mapping[str, str]) -> None:
    """rctl(8) takes rules for jails and classes that are not there yet, but not for users and processes."""
    for subject in sorted(subjects):
        if subject.kind == "user" and subject.id not in uids and not subject.id.isdigit():
            raise Problem(f"{subject}: there is no such user on this host: create it first, or give its number")
    pids = sorted(subject.id for subject in subjects if subject.kind == "process")
    if pids:
        running = host.query(("ps", "-o", "pid=", "-p", ",".join(pids)), ok=(0, 1)).out.split()
        for pid in pids:
            if pid not in running:
                raise Problem(f"process:{pid}: there is no such process; its rules went with it")


def read_at_boot(host: Host) -> bool | None:
    """Whether rc.d/rctl loads the file at boot; None when rc.conf cannot be asked."""
    if not host.has("sysrc"):
        return None
    reply = host.query(("sysrc", "-n", "rctl_enable"), ok=(0, 1))
    return None if reply.rc else reply.out.strip().upper() in ("YES", "TRUE", "ON", "1")
