# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules, what is used of them, and how much that is in percent. Private; nothing is changed."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.conf import parse_conf
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.observe import (
    read_at_boot,
    read_counting,
    read_rules,
    read_uids,
)
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import UNITS, Rule, Subject, parse_subject

ARGUMENT_SPEC: dict[str, t.Any] = {
    "subjects": {"type": "list", "elements": "str"},
    "usage": {"type": "bool", "default": True},
    "config_file": {"type": "path", "default": "/etc/rctl.conf"},
}


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    counting = read_counting(host)
    rules = read_rules(host) if counting else ()
    filed = parse_conf(host.read(params["config_file"]) or "")
    asked = [parse_subject(*_split(text)) for text in params["subjects"] or ()]
    uids = read_uids(host, {subject.id for subject in [*asked, *(r.subject for r in filed)] if subject.kind == "user"})
    for subject in asked:
        if subject.kind == "user" and subject.id not in uids and not subject.id.isdigit():
            raise Problem(f"{subject}: there is no such user on this host")
    asked = [_numbered(subject, uids) for subject in asked]
    filed = tuple(Rule(_numbered(r.subject, uids), r.resource, r.action, r.amount, r.per) for r in filed)
    subjects = asked or sorted({rule.subject for rule in (*rules, *filed)})
    used = read_usage(host, subjects) if counting and params["usage"] else {}
    names = {number: name for name, number in uids.items()}
    return {
        "racct": counting,
        "loaded_at_boot": read_at_boot(host),
        "subjects": [_describe(subject, names, rules, filed, used.get(subject)) for subject in subjects],
    }


def _split(text: str) -> tuple[str, str]:
    kind, colon, name = text.partition(":")
    if not colon:
        raise Problem(f"subject {text!r} is not like jail:web1, user:www or process:4711")
    return kind, name


def _numbered(subject: Subject, uids: t.Mapping[str, str]) -> Subject:
    """A user's rule may be in the file longer than the user: it keeps its name."""
    return Subject("user", uids.get(subject.id, subject.id)) if subject.kind == "user" else subject


def read_usage(host: Host, subjects: t.Sequence[Subject]) -> dict[Subject, dict[str, int]]:
    """Usage of all subjects in one call; the kernel's answers follow each other, each beginning with cputime."""
    if not subjects:
        return {}
    reply = host.query(("rctl", "-u", *map(str, subjects)), ok=tuple(range(len(subjects) + 1)))
    blocks: list[dict[str, int]] = []
    for line in reply.out.splitlines():
        resource, _equals, amount = line.partition("=")
        if resource == "cputime" or not blocks:
            blocks.append({})
        blocks[-1][resource] = int(amount)
    if len(blocks) == len(subjects):
        return dict(zip(subjects, blocks))
    if len(subjects) == 1:
        return {}  # a process that ended meanwhile
    apart = [read_usage(host, [subject]) for subject in subjects]
    return {subject: usage for answer in apart for subject, usage in answer.items()}


def _describe(
    subject: Subject,
    names: t.Mapping[str, str],
    rules: t.Sequence[Rule],
    filed: t.Sequence[Rule],
    usage: t.Mapping[str, int] | None,
) -> dict[str, t.Any]:
    name = names.get(subject.id, subject.id) if subject.kind == "user" else subject.id
    both = dict.fromkeys([*(r for r in rules if r.subject == subject), *(r for r in filed if r.subject == subject)])
    return {
        "subject": subject.kind,
        "subject_id": name,
        "usage": dict(usage) if usage is not None else None,
        "rules": [_describe_rule(rule, name, rule in rules, rule in filed, usage) for rule in both],
    }


def _describe_rule(
    rule: Rule, name: str, running: bool, filed: bool, usage: t.Mapping[str, int] | None
) -> dict[str, t.Any]:
    """Usage is that of the subject, so a rule on the usage of something else has none."""
    used = usage.get(rule.resource) if usage is not None and rule.per == rule.subject.kind else None
    return {
        "rule": str(Rule(Subject(rule.subject.kind, name), rule.resource, rule.action, rule.amount, rule.per)),
        "resource": rule.resource,
        "action": rule.action,
        "amount": rule.amount,
        "unit": UNITS[rule.resource],
        "per": rule.per,
        "in_kernel": running,
        "in_file": filed,
        "used": used,
        "percent": round(100.0 * used / rule.amount, 1) if used is not None and rule.amount else None,
    }
