# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there to what is wanted: the steps, and the state that they lead to. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.boot import boot_goal, boot_steps, with_boot
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.decide import Decision, decide, is_due
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import RUNNER, STATE
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.observe import record_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.service import SCRIPTS
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.storage import (
    check_manager,
    goal_volumes,
    remove_steps,
    storage_steps,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest, rule_of
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Call,
    Change,
    How,
    Plan,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import Rule, parse_rule


def blank(want: WantGuest) -> Have:
    return Have(want.name, folder=want.base_folder, config_file=want.base_file)


def plan(have: Have | None, want: WantGuest) -> Plan:
    have = have or blank(want)
    if want.state == "absent":
        return tuple(absent_steps(have, want))
    decision = decide(have, want)
    steps = [Step(Write(path, SCRIPTS[path], 0o755), f"install {path}") for path in have.wrong_scripts]
    steps += storage_steps(have, want, decision.goal)
    steps += config_steps(have, want, decision)
    steps += boot_steps(have, want)
    steps += limit_steps(have, decision)
    if want.state == "stopped":
        return (*steps, *stop_steps(have, want))
    if have.runtime is None:
        return (*steps, *([start_step(have, want)] if want.goes_up else []))
    if is_due(have, want):
        return (*steps, restart_step(have, want, "live"))
    if decision.blocked or decision.restart:
        steps.append(restart_step(have, want, "restart", decision.blocked))
    return tuple(steps)


def config_steps(have: Have, want: WantGuest, decision: Decision) -> list[Step]:
    """bhyve reads the new file before it becomes that of the guest; it needs no vmm for it, and ends with 1 (15.1)."""
    path = have.config_file
    if decision.text == have.text and (have.engine != "base" or have.mode == 0o600):
        return []
    if have.engine == "vm-bhyve":
        steps = [Step(Write(path, decision.text, have.mode), f"write {path}", changes=decision.changes)]
        run = have.runtime
        if run is not None and not run.recorded:
            remember = Write(record_of(want.name), f"{run.keeper}\n{run.text}", 0o600, secret=True)
            steps.insert(0, Step(remember, "write down what the guest was started with"))
        return steps
    new = path + ".new"
    check = Run(("bhyve", "-k", new, "-o", "config.dump=1", want.name), ok=(1,))
    return [
        Step(Write(new, decision.text, 0o600, secret=True), f"write {new}"),
        Step(check, "let bhyve read it"),
        Step(Run(("mv", "-f", new, path)), f"make it {path}", changes=decision.changes),
    ]


def limit_steps(have: Have, decision: Decision) -> list[Step]:
    """A rule that is there goes first, so that there is one of each kind."""
    steps = []
    subject = f"process:{have.runtime.pid}" if have.runtime else ""
    for resource, amount in decision.limits:
        before, after = have.limits.get(resource), None if amount is None else rule_of(resource, amount)
        change = (Change(f"limits.{resource}", before, after and after.partition(":")[2]),)
        if before is not None:
            run = Run(("rctl", "-r", f"{subject}:{resource}"))
            steps.append(Step(run, f"lift the limit of {resource}", changes=() if after else change))
        if after is not None:
            steps.append(Step(Run(("rctl", "-a", f"{subject}:{after}")), f"limit {resource}", changes=change))
    return steps


def start_step(have: Have, want: WantGuest) -> Step:
    return Step(Call("bhyve", "start", (want.name, have.engine, float(want.timeout))), "start the guest")


def restart_step(have: Have, want: WantGuest, how: How, changes: tuple[Change, ...] = ()) -> Step:
    call = Call("bhyve", "restart", (want.name, have.engine, float(want.timeout), want.force_stop))
    switch = "force_stop" if want.force_stop else None
    return Step(call, "restart the guest", how, switch=switch, changes=changes)


def stop_steps(have: Have, want: WantGuest) -> list[Step]:
    if have.runtime is None:
        return clean_steps(have, want)
    call = Call("bhyve", "stop", (want.name, have.engine, float(want.timeout), want.force_stop))
    said = f", or cut its power after {want.timeout} s" if want.force_stop else ""
    return [Step(call, f"stop the guest{said}", switch="force_stop" if want.force_stop else None)]


def clean_steps(have: Have, want: WantGuest) -> list[Step]:
    """A start cleans up by itself."""
    if not have.left:
        return []
    scripts = [Step(Write(path, SCRIPTS[path], 0o755), f"install {path}") for path in have.wrong_scripts]
    clean = Run((RUNNER, "clean", want.name))
    return [*(scripts if want.state == "absent" else []), Step(clean, "remove what a killed guest has left")]


def absent_steps(have: Have, want: WantGuest) -> list[Step]:
    """The file goes last: as long as it is there, the next run knows what else is to be removed."""
    steps = []
    if have.runtime is not None:
        call = Call("bhyve", "stop", (want.name, have.engine, float(want.timeout), want.force_stop))
        steps.append(Step(call, "stop the guest that runs", switch="force_stop"))
    steps += clean_steps(have, want)
    steps += boot_steps(have, want)
    if have.engine == "vm-bhyve":
        if have.text is not None:
            check_manager(have)
            destroy = Run(("vm", "destroy", "-f", want.name), timeout=3600.0)
            steps.append(Step(destroy, "destroy the guest with its disks", switch="delete_storage"))
        return steps
    if want.delete_storage and have.text is not None:
        steps += remove_steps(have)
    if have.ended is not None or have.runtime is not None:
        steps.append(Step(Remove(f"{STATE}/{want.name}.reason"), "forget why it ended"))
    if have.spare:
        steps.append(Step(Remove(f"{have.config_file}.new"), "remove what an earlier run has left"))
    if have.text is not None:
        steps.append(Step(Remove(have.config_file), f"remove {have.config_file}"))
    return steps


def predict(have: Have | None, want: WantGuest) -> Have | None:
    have = have or blank(want)
    if want.state == "absent":
        return None if boot_goal(have, want).names == have.boot.names else with_boot(_gone(have), want)
    decision = decide(have, want)
    after = dataclasses.replace(
        have,
        text=decision.text,
        mode=0o600 if have.engine == "base" else have.mode,
        spare=False if config_steps(have, want, decision) else have.spare,
        volumes=goal_volumes(have, want, decision.goal),
        boot=boot_goal(have, want),
        wrong_scripts=(),
        rules=_goal_rules(have, want, decision),
    )
    run = have.runtime
    if want.state == "stopped":
        after = dataclasses.replace(after, left=False)
        return dataclasses.replace(after, runtime=None, ended=(1, "poweroff") if run else have.ended)
    if run is None and not want.goes_up:
        return after
    if run is None or decision.restart or is_due(have, want):
        fresh = Runtime(1, decision.text, want.asked + 1)
        rules = tuple(_rule(1, name, amount) for name, amount in want.limits.items() if amount is not None)
        return dataclasses.replace(after, runtime=fresh, rules=rules, ended=None, left=False)
    if have.engine == "vm-bhyve" and decision.text != have.text:
        run = dataclasses.replace(run, recorded=True)
    return dataclasses.replace(after, runtime=run)


def _gone(have: Have) -> Have:
    scripts = () if have.left else have.wrong_scripts
    return dataclasses.replace(
        have, text=None, runtime=None, spare=False, ended=None, left=False, wrong_scripts=scripts
    )


def _goal_rules(have: Have, want: WantGuest, decision: Decision) -> tuple[Rule, ...]:
    changed = dict(decision.limits)
    kept = tuple(rule for rule in have.rules if rule.resource not in changed)
    pid = have.runtime.pid if have.runtime else 0
    return kept + tuple(_rule(pid, name, amount) for name, amount in changed.items() if amount is not None)


def _rule(pid: int, resource: str, amount: int) -> Rule:
    return parse_rule(f"process:{pid}:{rule_of(resource, amount)}")
