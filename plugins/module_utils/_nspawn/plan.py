# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there to what is wanted: the steps, and the state that they lead to. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Change, Plan, Run, Step, Write
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.conf import effective
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.decide import (
    Decision,
    decide,
    named_values,
    was_restarted,
)
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.power import (
    absent_steps,
    create_steps,
    power_steps,
    record,
    restart_steps,
    rises,
    stays_frozen,
    wait_steps,
    waits,
)
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import WantContainer


def plan(have: Have | None, want: WantContainer) -> Plan:
    have = have or Have(want.name)
    if want.state == "absent":
        return tuple(absent_steps(have, want))
    decision = decide(have, want)
    steps = [] if have.root else create_steps(have, want)
    steps += config_steps(have, want, decision)
    steps += unit_steps(have, want, decision)
    if decision.restart:
        again = _with_changes(restart_steps(have, want, "restart"), decision)
        return (*steps, *again, *wait_steps(have, want, fresh=True))
    steps += power_steps(have, want)
    restarted = want.state == "restarted" and not was_restarted(have, want)
    steps += wait_steps(have, want, fresh=have.runtime is None or restarted)
    if decision.blocked:
        steps += _with_changes(restart_steps(have, want, "restart"), decision)
    return tuple(steps)


def config_steps(have: Have, want: WantContainer, decision: Decision) -> list[Step]:
    if decision.text == have.text or decision.text is None:
        return []
    before, after = named_values(have.values, want), named_values(effective(decision.text), want)
    changes = tuple(Change(field, before[field], value) for field, value in after.items() if before[field] != value)
    write = Step(Write(want.config_file, decision.text, have.mode), f"write {want.config_file}", changes=changes)
    run = have.runtime
    if run is None or run.recorded or run.settings is None:
        return [write]
    remember = Write(record(want.name), f"{run.invocation}\n{run.settings}", 0o600)
    return [Step(remember, "write down what the container was started with"), write]


def unit_steps(have: Have, want: WantContainer, decision: Decision) -> list[Step]:
    steps = []
    if decision.limits:
        words = [word for limit in decision.limits for word in limit.arguments]
        changes = tuple(
            Change(limit.shown, have.limits.get(limit.shown, "infinity"), limit.value) for limit in decision.limits
        )
        run = Run(("systemctl", "set-property", want.unit, *words))
        steps.append(Step(run, f"set the limits of {want.unit}", changes=changes))
    if decision.enable is not None:
        change = Change("autostart", have.enabled, decision.enable)
        run, summary = Run(("systemctl", "disable", want.unit)), "do not let it start at boot"
        if decision.enable:
            run, summary = Run(("systemctl", "enable", want.unit, "machines.target")), "let it start at boot"
        steps.append(Step(run, summary, changes=(change,)))
    return steps


def _with_changes(steps: list[Step], decision: Decision) -> list[Step]:
    return [dataclasses.replace(steps[0], changes=decision.blocked), *steps[1:]]


def predict(have: Have | None, want: WantContainer) -> Have:
    have = have or Have(want.name)
    if want.state == "absent":
        return Have(want.name)
    decision = decide(have, want)
    after = dataclasses.replace(
        have,
        text=decision.text,
        root=have.root or want.root,
        target=have.target if have.root or want.source is None else _target(want.source),
        half=have.half and bool(have.root),
        enabled=have.enabled if decision.enable is None else decision.enable,
        limits={**have.limits, **{limit.shown: limit.value for limit in decision.limits}},
        tuned=have.tuned or bool(decision.limits),
        restarting=False,
    )
    if want.state == "stopped":
        return dataclasses.replace(after, runtime=None)
    run = have.runtime
    if run is None and not rises(have, want):
        return after
    restarted = want.state == "restarted" and not was_restarted(have, want)
    if run is None or decision.restart or restarted:
        return dataclasses.replace(after, runtime=_fresh(have, want, decision))
    frozen = want.state == "frozen" or (want.state == "present" and run.frozen)
    changed = decision.text != have.text
    addresses = run.addresses if run.has_address or not waits(want) else (*run.addresses, "192.0.2.1")
    run = dataclasses.replace(
        run, frozen=frozen, recorded=run.recorded or (changed and run.settings is not None), addresses=addresses
    )
    return dataclasses.replace(after, runtime=run)


def _target(source: tuple[str, str]) -> str:
    return source[1] if source[0] in ("directory", "image") else ""


def _fresh(have: Have, want: WantContainer, decision: Decision) -> Runtime:
    """A container right after its start: as its file says."""
    return Runtime(
        pid=2,
        frozen=stays_frozen(have, want),
        started=want.asked + 1,
        invocation="new",
        settings=decision.text or "",
        addresses=("192.0.2.1",) if waits(want) else (),
    )
