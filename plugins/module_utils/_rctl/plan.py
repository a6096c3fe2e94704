# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the limits that are there to those that shall be. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.conf import (
    TUNABLE,
    counts_at_boot,
    edit_conf,
    parse_conf,
    turn_on,
)
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.observe import LOADER, Limits
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import Rule
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.want import WantLimits


def is_managed(rule: Rule, have: Limits, want: WantLimits) -> bool:
    """Whether the task speaks of this rule: of its subject as a whole, of rules like it, or of it with any amount."""
    rule = have.same(rule)
    if rule.subject in map(have.numbered, want.purged):
        return True
    if rule.key in {have.same(other).key for other in want.rules}:
        return True
    gone = [dataclasses.replace(pattern, subject=have.numbered(pattern.subject)) for pattern in want.gone]
    return any(pattern.matches(rule) for pattern in gone)


def changes_of(have: Limits, want: WantLimits) -> tuple[list[Rule], list[Rule]]:
    """Rules that the kernel lacks, and those that it has and should not have."""
    wanted = [have.same(rule) for rule in want.rules]
    lacking = [rule for rule in dict.fromkeys(wanted) if rule not in have.kernel]
    # The kernel replaces a deny that differs in its amount only; every other action would stay beside the new one.
    replaced = {rule.key for rule in lacking if rule.action == "deny"}
    stale = [rule for rule in have.kernel if is_managed(rule, have, want) and rule not in wanted]
    return lacking, [rule for rule in dict.fromkeys(stale) if rule.key not in replaced]


def new_conf(have: Limits, want: WantLimits) -> str:
    """The file as it shall be. A process is gone after a boot, so its rules are not written down."""
    if not want.persistent:
        return have.conf
    lasting = [rule for rule in want.rules if rule.subject.kind != "process"]
    return edit_conf(have.conf, lambda rule: is_managed(rule, have, want), have.same, lasting)


def plan(have: Limits | None, want: WantLimits) -> model.Plan:
    have = have or Limits()
    steps = []
    if not have.counting:
        _check_waiting(want)
    else:
        lacking, stale = changes_of(have, want)
        steps += [_add_step(rule, have) for rule in lacking]
        steps += [_remove_step(rule, have) for rule in stale]
    conf = new_conf(have, want)
    if conf != have.conf:
        change = model.Change("file", _filed(have.conf, have, want), _filed(conf, have, want))
        write = model.Write(want.config_file, conf, before=have.conf or None)
        steps.append(model.Step(write, f"write the rules to {want.config_file}", changes=(change,)))
    if want.enable_racct:
        if not counts_at_boot(have.loader):
            write = model.Write(LOADER, turn_on(have.loader))
            steps.append(model.Step(write, f"set {TUNABLE} in {LOADER}", changes=(model.Change("racct", False, True),)))
        if not have.counting:
            reboot = model.Run(("shutdown", "-r", "now"))
            steps.append(model.Step(reboot, "reboot, after which the kernel counts and loads the rules", "restart"))
    return tuple(steps)


def _check_waiting(want: WantLimits) -> None:
    if not want.rules:
        return
    if not want.enable_racct:
        raise model.Problem(
            f"{want.name}: the kernel does not count resources ({TUNABLE}=0) and takes no rules: set"
            f" enable_racct=true, which sets this in {LOADER}, and reboot"
        )
    lost = [rule for rule in want.rules if rule.subject.kind == "process" or not want.persistent]
    if lost:
        raise model.Problem(
            f"{lost[0]} cannot wait for the reboot that the kernel needs to count resources: it would be in no file"
        )


def _add_step(rule: Rule, have: Limits) -> model.Step:
    named = have.named(rule)
    old = [other for other in have.kernel if other.key == rule.key and rule.action == "deny"]
    change = model.Change("kernel", have.named(old[0]) if old else None, named)
    return model.Step(model.Run(("rctl", "-a", str(rule))), f"add {named}", changes=(change,))


def _remove_step(rule: Rule, have: Limits) -> model.Step:
    named = have.named(rule)
    change = model.Change("kernel", named, None)
    return model.Step(model.Run(("rctl", "-r", rule.exact)), f"remove {named}", changes=(change,))


def predict(have: Limits | None, want: WantLimits) -> Limits | None:
    have = have or Limits()
    kernel = have.kernel
    if have.counting:
        lacking, stale = changes_of(have, want)
        replaced = {rule.key for rule in lacking if rule.action == "deny"}
        kept = [rule for rule in kernel if rule not in stale and rule.key not in replaced]
        kernel = (*kept, *lacking)
    loader = have.loader
    if want.enable_racct and not counts_at_boot(loader):
        loader = turn_on(loader)
    return dataclasses.replace(have, kernel=kernel, conf=new_conf(have, want), loader=loader)


def show(have: Limits | None, want: WantLimits) -> dict[str, t.Any]:
    """The rules that the task speaks of, in both places."""
    have = have or Limits()
    kernel = [have.named(rule) for rule in have.kernel if is_managed(rule, have, want)]
    shown: dict[str, t.Any] = {"kernel": sorted(kernel)}
    if want.persistent:
        shown["file"] = _filed(have.conf, have, want)
    if want.enable_racct:
        shown["racct_at_boot"] = counts_at_boot(have.loader)
    return shown


def _filed(conf: str, have: Limits, want: WantLimits) -> list[str]:
    rules = [have.same(rule) for rule in parse_conf(conf) if is_managed(rule, have, want)]
    return sorted(have.named(rule) for rule in rules)


def facts(have: Limits | None) -> dict[str, t.Any]:
    """All rules of the subjects that the task names."""
    have = have or Limits()
    ours = {have.numbered(subject) for subject in have.subjects}
    kernel = sorted(have.named(rule) for rule in have.kernel if rule.subject in ours)
    filed = sorted(have.named(rule) for rule in map(have.same, parse_conf(have.conf)) if rule.subject in ours)
    return {
        "state": "present" if kernel or filed else "absent",
        "config": {"rules": filed, "loaded_at_boot": have.at_boot},
        "runtime": {"rules": kernel},
        "racct": have.counting,
        "reboot_required": not have.counting and counts_at_boot(have.loader),
    }
