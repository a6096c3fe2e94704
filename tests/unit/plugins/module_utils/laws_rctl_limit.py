# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on limits: the simulator is a list of rules with the kernel's own way to replace some of them."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.conf import parse_conf
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.observe import Limits
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.resource import RCTL_LIMIT
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import Rule, Subject, parse_rule
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.want import Pattern, WantLimits
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

UIDS = {"www": "80"}
SUBJECTS = [Subject("jail", "web1"), Subject("jail", "web10"), Subject("user", "www"), Subject("user", "80")]
STRANGER = Subject("jail", "web")  # in no declaration
NAME = "limits"


def rules(subjects: t.Sequence[Subject]) -> st.SearchStrategy[Rule]:
    kinds = st.sampled_from([("memoryuse", "deny"), ("memoryuse", "log"), ("readbps", "throttle")])
    return st.builds(
        lambda subject, kind, amount, per: Rule(subject, kind[0], kind[1], amount, per or subject.kind),
        st.sampled_from(subjects),
        kinds,
        st.sampled_from([1, 1024]),
        st.sampled_from([None, "process", "user"]),
    )


def as_kernel(rules: t.Iterable[Rule]) -> tuple[Rule, ...]:
    """A set of rules that the kernel can have: users by number, one deny of a kind."""
    kept: list[Rule] = []
    for rule in rules:
        kept = add(kept, Limits(uids=UIDS).same(rule))
    return tuple(kept)


def add(rules: t.Sequence[Rule], rule: Rule) -> list[Rule]:
    def replaced(other: Rule) -> bool:
        return other == rule or (rule.action == "deny" and other.key == rule.key)

    return [*(other for other in rules if not replaced(other)), rule]


def matches(rule: Rule, spelled: str) -> bool:
    """Whether ``rctl -r`` takes the rule: what the filter does not say matches everything."""
    wanted = Limits(uids=UIDS).same(parse_rule(spelled))
    return wanted == rule if "/" in spelled else (wanted.key[:3], wanted.amount) == (rule.key[:3], rule.amount)


@st.composite
def confs(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.sampled_from(["# mine", "", "jail:x:bogus", "  "]), max_size=3))
    outside = draw(st.lists(rules([*SUBJECTS, STRANGER]), max_size=3))
    lines += [f"{rule}{draw(st.sampled_from(['', ' # why']))}" for rule in outside]
    if draw(st.booleans()):
        inside = [str(rule) for rule in draw(st.lists(rules(SUBJECTS), min_size=1, max_size=3))]
        lines += ["# BEGIN hostwright.virt", *inside, "# END hostwright.virt"]
    return "".join(line + "\n" for line in lines)


HAVES = st.builds(
    Limits,
    counting=st.booleans(),
    kernel=st.lists(rules([*SUBJECTS, STRANGER]), max_size=5).map(as_kernel),
    conf=confs(),
    loader=st.sampled_from(["", "kern.racct.enable=0\n", "zfs_load=YES", 'kern.racct.enable="1"\n']),
    uids=st.just(UIDS),
    subjects=st.just(tuple(SUBJECTS)),
).map(lambda have: have if have.counting else dataclasses.replace(have, kernel=()))


@st.composite
def wants(draw: st.DrawFn) -> WantLimits:
    wanted = {}
    for rule in draw(st.lists(rules(SUBJECTS[:3]), max_size=4)):
        wanted[rule.key if rule.action == "deny" else rule] = rule
    named = {rule.subject for rule in wanted.values()}
    others = [subject for subject in SUBJECTS[:3] if subject not in named]
    patterns = st.builds(Pattern, st.sampled_from(others or SUBJECTS), st.sampled_from([None, "memoryuse"]))
    gone = draw(st.lists(patterns, max_size=1)) if others else []
    return WantLimits(
        name=NAME,
        rules=tuple(wanted.values()),
        gone=tuple(gone),
        purged=tuple(named) if draw(st.booleans()) else (),
        persistent=draw(st.booleans()),
        enable_racct=draw(st.booleans()),
    )


def act(have: Limits | None, action: model.Action, _want: WantLimits) -> Limits:
    have = have or Limits()
    if isinstance(action, model.Write):
        if action.path == "/etc/rctl.conf":
            return dataclasses.replace(have, conf=action.content)
        return dataclasses.replace(have, loader=action.content)
    assert isinstance(action, model.Run)
    assert have.counting, "rctl: RACCT/RCTL present, but disabled"
    assert action.argv[0] == "rctl"
    if action.argv[1] == "-a":
        return dataclasses.replace(have, kernel=tuple(add(have.kernel, have.same(parse_rule(action.argv[2])))))
    gone = [rule for rule in have.kernel if matches(rule, action.argv[2])]
    assert gone, "rctl: failed to remove rule: No such process"
    return dataclasses.replace(have, kernel=tuple(rule for rule in have.kernel if rule not in gone))


def declare(have: Limits) -> WantLimits:
    both = {*have.kernel} & {have.same(rule) for rule in parse_conf(have.conf)}
    only = [rule for rule in have.kernel if rule.key not in {have.same(r).key for r in parse_conf(have.conf)}]
    rules = tuple(only) if only else tuple(rule for rule in both if is_alone(rule, have))
    return WantLimits(name=NAME, rules=rules if have.counting else (), persistent=not only)


def is_alone(rule: Rule, have: Limits) -> bool:
    everywhere = [*have.kernel, *map(have.same, parse_conf(have.conf))]
    return [other for other in everywhere if other.key == rule.key] == [rule, rule]


def fields(have: Limits) -> dict[str, t.Any]:
    """Comments, lines that are no rules, and all rules of a subject that no declaration names."""
    return {
        "comments": [line for line in have.conf.split("\n") if line in ("# mine", "jail:x:bogus")],
        "counting": have.counting,
        "its rules": [rule for rule in have.kernel if rule.subject == STRANGER],
        "its lines": [line for line in have.conf.split("\n") if line.startswith(f"{STRANGER}:")],
    }


BACKEND = Backend(
    resource=RCTL_LIMIT,
    haves=HAVES,
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda action: False,
)
