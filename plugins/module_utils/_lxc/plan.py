# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there to what is wanted: the steps, and the state that they lead to. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Call, Change, Plan, Run, Step
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import is_live, live_key, unlimited
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Effective
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.decide import Decision, decide, was_restarted
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have, Interface, Runtime, Snapshot
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.nics import first, interfaces_after, nic_step
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.power import (
    absent_steps,
    create_steps,
    missing_snapshots,
    power_steps,
    resize_steps,
    restart_steps,
    rollback_steps,
    snapshot_steps,
    stays_frozen,
    surplus_snapshots,
    tool,
    wait_steps,
    waits,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.show import show_config
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import Room
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import (
    UP,
    desired_keys,
    edits,
    new_idmap,
    read_nets,
)


def nothing(want: WantContainer) -> Have:
    return Have(want.name, want.lxc_path)


def plan(have: Have | None, want: WantContainer) -> Plan:
    have = have or nothing(want)
    if want.state == "absent":
        return tuple(absent_steps(have, want))
    decision = decide(have, want)
    steps = []
    if have.text is None and want.create is not None:
        steps += create_steps(have, want, want.create, new_idmap(have, want))
    steps += config_steps(have, want, decision)
    if decision.restart:
        again = _with_changes(restart_steps(have, want, decision.values, "restart"), decision)
        return (*steps, *snapshot_steps(have, want), *resize_steps(have, want), *again, *wait_steps(have, want, True))
    power = power_steps(have, want, decision.values)
    files = [*rollback_steps(have, want), *snapshot_steps(have, want), *resize_steps(have, want)]
    live = live_steps(have, want, decision)
    if want.state == "stopped":
        steps += [*power, *files]
    else:
        steps += [*files, *([*live, *power] if want.state == "frozen" else [*power, *live])]
    steps += wait_steps(have, want, fresh=have.runtime is None)
    if decision.blocked:
        steps += _with_changes(restart_steps(have, want, decision.values, "restart"), decision)
    return tuple(steps)


def config_steps(have: Have, want: WantContainer, decision: Decision) -> list[Step]:
    if decision.text == have.text:
        return []
    before = show_config(have, want) if have.text is not None else {}
    after = show_config(dataclasses.replace(have, text=decision.text), want)
    changes = tuple(Change(key, before.get(key), value) for key, value in after.items() if before.get(key) != value)
    base = have.around.template_text if want.create and want.create.archive else ""
    call = Call("lxc", "configure", (want.lxc_path, want.name, base, edits(have, want)))
    return [Step(call, f"write {want.config_file}", changes=changes)]


def live_steps(have: Have, want: WantContainer, decision: Decision) -> list[Step]:
    steps: list[Step] = []
    run = have.runtime
    if run is None:
        return steps
    for key, value in decision.limits:
        text = unlimited(key, have.around.cgroups) if value is None else value
        change = Change(key, run.limits.get(key), value)
        argv = tool("cgroup", want, "--", live_key(key), text)
        steps.append(Step(Run(argv), f"set {live_key(key)} to {text}", changes=(change,)))
    for device in decision.devices:
        argv = tool("device", want, "add", device.path)
        steps.append(Step(Run(argv), f"put {device.path} into the container"))
    return [*steps, *(nic_step(have, run, change) for change in decision.nics)]


def _with_changes(steps: list[Step], decision: Decision) -> list[Step]:
    return [dataclasses.replace(steps[0], changes=decision.blocked), *steps[1:]]


def predict(have: Have | None, want: WantContainer) -> Have:
    have = have or nothing(want)
    if want.state == "absent":
        return dataclasses.replace(have, text=None, runtime=None, snapshots=(), restarting=False)
    decision = decide(have, want)
    after = dataclasses.replace(
        have,
        text=decision.text,
        snapshots=_snapshots_after(have, want),
        room=_room_after(have, want),
        rolled_back=want.rollback_to,
        restarting=False,
    )
    if want.state == "stopped":
        return dataclasses.replace(after, runtime=None)
    run = have.runtime
    restarted = want.state == "restarted" and run is not None and not was_restarted(have, want)
    started = run is None and (want.state in UP or have.restarting)
    if run is None and not started:
        return after
    if run is None or decision.restart or restarted or started:
        run = fresh_runtime(after, want, decision.values)
        return dataclasses.replace(after, runtime=dataclasses.replace(run, frozen=stays_frozen(have, want)))
    frozen = want.state == "frozen" or (want.state == "present" and run.frozen)
    limits = {
        **run.limits,
        **{key: unlimited(key, have.around.cgroups) if value is None else value for key, value in decision.limits},
    }
    run = dataclasses.replace(
        run,
        frozen=frozen,
        limits=limits,
        devices=run.devices | {device.path for device in decision.devices},
        interfaces=interfaces_after(run, decision.nics),
        has_address=run.has_address or waits(want),
    )
    return dataclasses.replace(after, runtime=_with_new_file(run, have, decision, want))


def _with_new_file(run: Runtime, have: Have, decision: Decision, want: WantContainer) -> Runtime:
    """LXC's own words for a value that it has not seen yet are unknown; ours differ from what runs all the same."""
    desired = desired_keys(have, want, decision.values)
    fresh = {key: "\n".join(values) for key, values in desired.items() if have.values.get(key, ()) != values}
    filed = {key: fresh.get(key, run.filed.get(key, "")) for key in run.started_with}
    return dataclasses.replace(run, filed=filed)


def fresh_runtime(have: Have, want: WantContainer, values: Effective) -> Runtime:
    """A container right after its start: as its file says."""
    desired = desired_keys(have, want, values)
    nets = read_nets(values).values()
    cgroups = have.around.cgroups
    words = {key: "\n".join(lines) for key, lines in desired.items()}
    return Runtime(
        pid=have.runtime.pid + 1 if have.runtime else 2,
        started=want.asked + 1,
        limits={key: lines[0] if lines else unlimited(key, cgroups) for key, lines in desired.items() if is_live(key)},
        started_with=words,
        filed=words,
        interfaces=tuple(
            Interface(first(net, "name"), first(net, "hwaddr").lower())
            for net in nets
            if first(net, "type") not in ("none", "empty") and want.nics is not None
        ),
        devices=frozenset(device.path for device in want.devices if device.present),
        has_address=waits(want),
    )


def _room_after(have: Have, want: WantContainer) -> Room | None:
    room = Room() if have.text is None else have.room
    if room is None or want.fs_size is None:
        return None
    return dataclasses.replace(room, size=room.rounded(want.fs_size))


def _snapshots_after(have: Have, want: WantContainer) -> tuple[Snapshot, ...]:
    gone = {one.name for one in surplus_snapshots(have, want)}
    new = (Snapshot(f"new{number}", comment, "~") for number, comment in enumerate(missing_snapshots(have, want)))
    return (*(one for one in have.snapshots if one.name not in gone), *new)
