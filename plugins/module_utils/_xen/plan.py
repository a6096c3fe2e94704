# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps from what there is to what is declared, and the state after them. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Change,
    Link,
    Plan,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.changes import apply_live, live_steps, pins_of
from ansible_collections.hostwright.virt.plugins.module_utils._xen.decide import Decision, decide
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._xen.move import walk_away
from ansible_collections.hostwright.virt.plugins.module_utils._xen.move_back import take_back
from ansible_collections.hostwright.virt.plugins.module_utils._xen.power import power_steps, restart_steps, start_steps
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings, read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.show import show_config
from ansible_collections.hostwright.virt.plugins.module_utils._xen.walk import moves_away
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse


def nothing(want: WantDomu) -> Have:
    return Have(want.name, want.config_file, want.save_file)


def plan(have: Have | None, want: WantDomu) -> Plan:
    have = have or nothing(want)
    if moves_away(have, want):
        return tuple(walk_away(have, want).steps)
    steps, have, want = take_back(have, want)
    return (*steps, *_plan_here(have, want))


def _plan_here(have: Have, want: WantDomu) -> Plan:
    if want.state == "absent":
        return tuple(_absent_steps(have, want))
    decision = decide(have, want)
    steps = [*_rename_steps(have, want), *_file_steps(have, want, decision)]
    if decision.restart:
        return (*steps, *_restart_now(have, want, decision))
    power = power_steps(have, want)
    live = [] if decision.fresh else live_steps(decision.differences, want.timeout)
    first_live = want.state == "saved" or (have.power == "started" and want.state == "paused")
    steps += [*live, *power] if first_live else [*power, *live]
    if decision.update:
        update = Run(("xl", "config-update", want.name, want.config_file))
        steps.append(Step(update, "have xl use the new configuration when the guest reboots by itself"))
    if decision.blocked and want.state != "saved":
        steps += _with_changes(
            restart_steps(_as_running(have, decision), want, _stays_paused(have, want), "restart"), decision
        )
    return tuple(steps)


def _restart_now(have: Have, want: WantDomu, decision: Decision) -> list[Step]:
    restore = start_steps(have, want, False) if have.power == "saved" else []
    steps = restart_steps(_as_running(have, decision), want, _stays_paused(have, want), "restart")
    return [*restore, *_with_changes(steps, decision)]


def _with_changes(steps: list[Step], decision: Decision) -> list[Step]:
    differences = decision.differences if decision.restart else decision.blocked
    changes = tuple(difference.change for difference in differences)
    return [dataclasses.replace(steps[0], changes=changes), *steps[1:]]


def _as_running(have: Have, decision: Decision) -> Have:
    """A saved guest as it is once it was restored."""
    if have.runtime is not None:
        return have
    return dataclasses.replace(have, runtime=Runtime(have.name, 0, settings=decision.running), saved=None)


def _stays_paused(have: Have, want: WantDomu) -> bool:
    return want.state == "paused" or (want.state == "present" and have.power == "paused")


def _absent_steps(have: Have, want: WantDomu) -> list[Step]:
    steps = power_steps(have, want)
    steps += [Step(Remove(link), f"remove the link {link}") for link in have.links]
    if have.text is not None:
        steps.append(Step(Remove(have.path), f"remove {have.path}"))
    return steps


def _rename_steps(have: Have, want: WantDomu) -> list[Step]:
    former = have.former
    if former is None or have.runtime is None or have.runtime.name != former.name:
        return []
    return [Step(Run(("xl", "rename", former.name, want.name)), f"rename the running guest {former.name}")]


def _file_steps(have: Have, want: WantDomu, decision: Decision) -> list[Step]:
    steps = []
    if decision.text != have.text:
        before = have if have.text is not None else None
        old, new = show_config(before, want), show_config(dataclasses.replace(have, text=decision.text), want)
        changes = [Change(key, old.get(key), value) for key, value in new.items() if old.get(key) != value]
        steps.append(Step(Write(have.path, decision.text), f"write {have.path}", changes=tuple(changes)))
    for link in decision.links:
        if link not in have.links:
            steps.append(Step(Link(link, have.path), "start the guest when the host boots"))
    for link in have.links:
        if link not in decision.links:
            steps.append(Step(Remove(link), f"remove the link {link}"))
    if have.former is not None:
        for path in (*have.former.links, have.former.path):
            steps.append(Step(Remove(path), f"remove {path} of the former name"))
    return steps


def predict(have: Have | None, want: WantDomu) -> Have:
    have = have or nothing(want)
    if moves_away(have, want):
        return walk_away(have, want).have
    _steps, have, want = take_back(have, want)
    return _predict_here(have, want)


def _predict_here(have: Have, want: WantDomu) -> Have:
    if want.state == "absent":
        return dataclasses.replace(have, text=None, runtime=None, saved=None, links=(), restarting=False)
    decision = decide(have, want)
    after = dataclasses.replace(have, text=decision.text, links=decision.links, former=None)
    if want.state == "stopped":
        return dataclasses.replace(after, runtime=None, saved=None, restarting=False)
    if decision.fresh or decision.restart:
        paused = _stays_paused(have, want)
        settings = read_settings(parse(decision.text, have.path))
        return _running(after, want, settings, paused, new=True)
    if decision.running is None:
        return after
    settings = apply_live(decision.running, decision.differences)
    if want.state == "saved":
        return dataclasses.replace(after, runtime=None, saved=settings, save_folder=True)
    paused = want.state == "paused" or (want.state == "present" and have.power == "paused")
    after = _running(after, want, settings, paused, new=have.runtime is None)
    if decision.update and after.runtime:
        after = dataclasses.replace(after, runtime=dataclasses.replace(after.runtime, updated=decision.text))
    return after


def _running(have: Have, want: WantDomu, settings: Settings, paused: bool, new: bool) -> Have:
    run = have.runtime
    if run is None or new:
        domid = run.domid + 1 if run else 1
        run = Runtime(want.name, domid, uuid=settings.uuid or "", token="new", started=want.asked + 1)
    pins = run.pins
    if want.names_key("cpus"):
        target = read_settings(parse(have.text or "", have.path))
        spans = pins_of(have, target, settings.max_vcpus)
        pins = tuple(",".join(str(cpu) for cpu in sorted(span)) for span in spans)
    run = dataclasses.replace(run, name=want.name, settings=settings, flags="--p---" if paused else "-b----", pins=pins)
    keeps_save = want.state == "present" and not new
    return dataclasses.replace(have, runtime=run, saved=have.saved if keeps_save else None, restarting=False)
