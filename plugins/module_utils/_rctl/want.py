# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task may say about limits, and what of it cannot be. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import (
    SUBJECTS,
    Rule,
    Subject,
    check_rule,
    parse_action,
    parse_amount,
    parse_per,
    parse_resource,
    parse_rule,
    parse_subject,
)

_LIMIT: dict[str, dict[str, t.Any]] = {
    "subject": {"type": "str", "choices": list(SUBJECTS)},
    "subject_id": {"type": "str"},
    "process": {"type": "int"},
    "user": {"type": "str"},
    "loginclass": {"type": "str"},
    "jail": {"type": "str"},
    "resource": {"type": "str"},
    "action": {"type": "str"},
    "amount": {"type": "str"},
    "per": {"type": "str"},
    "rule": {"type": "str"},
}
_STATE: dict[str, t.Any] = {"type": "str", "choices": ["present", "absent"]}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **_LIMIT,
    "state": {**_STATE, "default": "present"},
    "rules": {"type": "list", "elements": "dict", "options": {**_LIMIT, "state": _STATE}},
    "purge": {"type": "bool", "default": False},
    "persistent": {"type": "bool", "default": True},
    "config_file": {"type": "path", "default": "/etc/rctl.conf"},
    "enable_racct": {"type": "bool", "default": False},
}
# When each option takes effect; compared with the module's documentation.
EFFECTS = {"amount": "live", "rule": "live", "rules": "live", "purge": "live", "enable_racct": "restart"}


@dataclasses.dataclass(frozen=True)
class Pattern:
    """Rules that shall go: those of the subject that agree in every field that is not None."""

    subject: Subject
    resource: str | None = None
    action: str | None = None
    amount: int | None = None
    per: str | None = None

    def matches(self, rule: Rule) -> bool:
        wanted = (self.resource, self.action, self.amount, self.per)
        found = (rule.resource, rule.action, rule.amount, rule.per)
        return rule.subject == self.subject and all(w is None or w == f for w, f in zip(wanted, found))


@dataclasses.dataclass(frozen=True)
class WantLimits:
    """All limits of one task. Users are named as in the task; ``purged`` subjects keep only ``rules``."""

    name: str
    rules: tuple[Rule, ...] = ()
    gone: tuple[Pattern, ...] = ()
    purged: tuple[Subject, ...] = ()
    persistent: bool = True
    config_file: str = "/etc/rctl.conf"
    enable_racct: bool = False
    restart_policy: RestartPolicy = "never"
    switches: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Every subject that the task names, once."""
        named = [*(rule.subject for rule in self.rules), *(pattern.subject for pattern in self.gone), *self.purged]
        return tuple(dict.fromkeys(named))


def parse_wants(params: t.Mapping[str, t.Any]) -> tuple[WantLimits, ...]:
    path = params["config_file"]
    if not path.startswith("/") or not path.isprintable():
        raise Problem(f"config_file {path!r} is not the absolute path of a file")
    rules: list[Rule] = []
    gone: list[Pattern] = []
    named: list[Subject] = []
    for entry in _entries(params):
        subject = _subject_of(entry, params)
        named.append(subject)
        if (entry.get("state") or params["state"]) == "present":
            rules += [_parse_limit(entry, subject)] if _says_limit(entry) else []
        else:
            gone.append(_parse_pattern(entry, subject))
    _check_together(rules, gone)
    if not named and not params["enable_racct"]:
        raise Problem("nothing to do: give a rule, or a subject and what to do with its rules")
    if not rules and not gone and named and not params["purge"]:
        raise Problem(f"{named[0]} has no resource and no amount: give both, or state=absent to remove its rules")
    subjects = tuple(dict.fromkeys(named))
    want = WantLimits(
        name=str(subjects[0]) if len(subjects) == 1 else f"{len(subjects)} subjects" if subjects else "racct",
        rules=tuple(dict.fromkeys(rules)),
        gone=tuple(gone),
        purged=subjects if params["purge"] else (),
        persistent=params["persistent"],
        config_file=path,
        enable_racct=params["enable_racct"],
    )
    return (want,)


def _entries(params: t.Mapping[str, t.Any]) -> list[t.Mapping[str, t.Any]]:
    """The limits of the list, and the one that the task itself says; a subject alone is the default of the list."""
    listed = list(params["rules"] or ())
    has_subject = any(params[key] is not None for key in ("subject", "subject_id", *SUBJECTS))
    if _says_limit(params) or (has_subject and params["rules"] is None) or (has_subject and not listed):
        listed.insert(0, params)
    return listed


def _says_limit(entry: t.Mapping[str, t.Any]) -> bool:
    return any(entry.get(key) is not None for key in ("resource", "action", "amount", "per", "rule"))


def _subject_of(entry: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Subject:
    """The subject of one entry: in its rule, its own, or the task's."""
    for source in (entry, params):
        given = [kind for kind in SUBJECTS if source.get(kind) is not None]
        both = source.get("subject") is not None or source.get("subject_id") is not None
        if source.get("rule") is not None:
            if given or both or any(source.get(key) is not None for key in ("resource", "action", "amount", "per")):
                raise Problem(f"rule {source['rule'][:80]!r} says it all: give nothing else beside it")
            fields = source["rule"].split(":")
            return parse_subject(fields[0], fields[1] if len(fields) > 1 else "")
        if len(given) + both > 1:
            raise Problem(f"more than one subject ({', '.join(given)}): a rule has one")
        if given:
            return parse_subject(given[0], str(source[given[0]]))
        if both:
            if source.get("subject") is None or source.get("subject_id") is None:
                raise Problem("subject and subject_id belong together")
            return parse_subject(source["subject"], source["subject_id"])
    raise Problem("a rule has no subject: give jail, user, loginclass or process, or subject and subject_id")


def _parse_limit(entry: t.Mapping[str, t.Any], subject: Subject) -> Rule:
    if entry.get("rule") is not None:
        return parse_rule(entry["rule"])
    if entry.get("resource") is None or entry.get("amount") is None:
        raise Problem(f"{subject}: a limit needs a resource and an amount")
    resource = parse_resource(entry["resource"])
    rule = Rule(
        subject,
        resource,
        parse_action(entry.get("action") or "deny"),
        parse_amount(entry["amount"], resource),
        parse_per(entry["per"]) if entry.get("per") else subject.kind,
    )
    check_rule(rule)
    return rule


def _parse_pattern(entry: t.Mapping[str, t.Any], subject: Subject) -> Pattern:
    if entry.get("rule") is not None:
        if "=" in entry["rule"]:
            rule = parse_rule(entry["rule"])
            return Pattern(subject, rule.resource, rule.action, rule.amount, rule.per)
        words = [*entry["rule"].split(":"), "", ""]
        if len(words) > 6 or "/" in words[3]:
            raise Problem(f"rule {entry['rule'][:80]!r} is not subject:subject-id:resource:action")
        return Pattern(
            subject,
            parse_resource(words[2]) if words[2] else None,
            parse_action(words[3]) if words[3] else None,
        )
    resource = parse_resource(entry["resource"]) if entry.get("resource") else None
    if entry.get("amount") is not None and resource is None:
        raise Problem(f"{subject}: an amount has no meaning without its resource")
    return Pattern(
        subject,
        resource,
        parse_action(entry["action"]) if entry.get("action") else None,
        parse_amount(entry["amount"], resource) if entry.get("amount") is not None and resource else None,
        parse_per(entry["per"]) if entry.get("per") else None,
    )


def _check_together(rules: t.Sequence[Rule], gone: t.Sequence[Pattern]) -> None:
    """One deny for each resource: the kernel keeps only the last. What shall be there cannot be removed as well."""
    denied: dict[t.Any, Rule] = {}
    for rule in rules:
        other = denied.setdefault(rule.key, rule)
        if rule.action == "deny" and other != rule:
            raise Problem(f"{other} and {rule} exclude each other: the kernel keeps one deny of a resource")
        if any(pattern.matches(rule) for pattern in gone):
            raise Problem(f"{rule} is listed as present and as absent")
