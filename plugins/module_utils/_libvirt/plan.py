# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps from what there is to what is declared, and the state after them. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Change,
    Plan,
    Problem,
    Remove,
    Run,
    Step,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.ask import virsh
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.changes import (
    Difference,
    apply_live,
    compare,
    live_steps,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.checks import check_definition
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.definition import define, settle
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Found, Have, storage_note
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.power import (
    UP,
    power_steps,
    restart_steps,
    start_steps,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.show import show_config
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.storage import (
    check_images,
    grow_steps,
    grows,
    make_steps,
    remove_steps,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import parse, render
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain


@dataclasses.dataclass(frozen=True)
class Decision:
    """``want``: settled. ``fresh``: it starts from its definition. ``running``: what the differences are against."""

    want: WantDomain
    text: str
    fresh: bool = False
    running: str | None = None
    differences: tuple[Difference, ...] = ()
    restart: bool = False

    @property
    def blocked(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.action is None)


def decide(have: Have, want: WantDomain) -> Decision:
    """The one judgement that plan and prediction share; raises Problem for what is refused."""
    want = settle(have, want)
    text = define(have, want)
    check_definition(have, want, text)
    decision = Decision(want, text, fresh=starts_fresh(have, want))
    check_images(have, want, decision.fresh or have.is_up)
    running = have.live if not decision.fresh and want.state != "stopped" else None
    if have.power == "saved" and want.state not in UP:
        running = None
    if running is None:
        return decision
    differences = tuple(compare(want, have, text, running))
    decision = dataclasses.replace(decision, running=running, differences=differences)
    return dataclasses.replace(decision, restart=_needs_restart(have, want, decision))


def starts_fresh(have: Have, want: WantDomain) -> bool:
    """Whether the guest starts from its definition: not restored, resumed or left running."""
    if want.state == "restarted" and have.power in ("started", "paused", "suspended"):
        return not have.fresh
    if have.power in ("stopped", "absent"):
        return want.state in UP or (want.state == "present" and have.restarting)
    return want.state in UP and have.power in ("crashed", "shutdown")


def _needs_restart(have: Have, want: WantDomain, decision: Decision) -> bool:
    if want.restart_policy == "never" or want.state == "saved":
        return False
    if want.restart_policy == "always":
        return bool(decision.differences) or decision.text != have.text
    return bool(decision.blocked)


def plan(have: Have | None, want: WantDomain) -> Plan:
    have = have or Have(want.name)
    if want.state == "absent":
        return tuple(_absent_steps(have, want))
    decision = decide(have, want)
    apart, live = grow_steps(have, decision.want)
    steps = [*make_steps(have, decision.want), *_forget_storage(have, want), *apart]
    steps += [*_define_steps(have, decision), *_autostart_steps(have, want)]
    up = dataclasses.replace(have, power="started") if have.power == "saved" else have
    restart = restart_steps(up, want, _stays_paused(have, want), "restart")
    if decision.restart:
        restore = start_steps(have, want, False) if have.power == "saved" else []
        return (*steps, *live, *restore, *_with_changes(restart, decision))
    live = [*live_steps(decision.differences), *live]
    power = power_steps(have, want)
    first_live = want.state in ("saved", "paused", "stopped") and have.is_up
    steps += [*live, *power] if first_live else [*power, *live]
    if decision.blocked and want.state != "saved":
        steps += _with_changes(restart, decision)
    return tuple(steps)


def _with_changes(steps: list[Step], decision: Decision) -> list[Step]:
    differences = decision.differences if decision.restart else decision.blocked
    return [dataclasses.replace(steps[0], changes=tuple(one.change for one in differences)), *steps[1:]]


def _stays_paused(have: Have, want: WantDomain) -> bool:
    return want.state == "paused" or (want.state == "present" and have.power == "paused")


def _forget_storage(have: Have, want: WantDomain) -> list[Step]:
    note = Step(Remove(storage_note(want.name)), "forget the storage of a former guest of this name")
    return [note] if have.leftover is not None else []


def _define_steps(have: Have, decision: Decision) -> list[Step]:
    if decision.text == have.text and have.kept:
        return []
    want = decision.want
    before, after = have if have.kept else None, dataclasses.replace(have, text=decision.text, kept=True)
    old, new = show_config(before, want), show_config(after, want)
    changes = [Change(key, old.get(key), value) for key, value in new.items() if old.get(key) != value]
    define_it = Run(virsh(want.uri, "define", "/dev/stdin"), stdin=decision.text)
    return [Step(define_it, "define the guest", changes=tuple(changes))]


def _autostart_steps(have: Have, want: WantDomain) -> list[Step]:
    if want.autostart is None or want.autostart == have.autostart:
        return []
    if want.autostart:
        return [Step(Run(virsh(want.uri, "autostart", want.name)), "start the guest when the host boots")]
    disable = Run(virsh(want.uri, "autostart", want.name, "--disable"))
    return [Step(disable, "do not start the guest when the host boots")]


def _absent_steps(have: Have, want: WantDomain) -> list[Step]:
    first, last = remove_steps(have, want)
    steps = [*first, *power_steps(have, want)]
    if have.kept:
        steps.append(_undefine_step(have, want))
    return [*steps, *last]


def _undefine_step(have: Have, want: WantDomain) -> Step:
    """Only words that the guest needs: not every driver knows all of them."""
    root = parse(have.text or "<domain/>")
    words, switch = [], None
    if root.find("os/nvram") is not None or (root.find("os") is not None and root.find("os[@firmware]") is not None):
        words.append("--nvram" if want.delete_nvram else "--keep-nvram")
        switch = "delete_nvram" if want.delete_nvram else None
    if root.find("devices/tpm/backend[@type='emulator']") is not None:
        words.append("--tpm" if want.delete_nvram else "--keep-tpm")
        switch = "delete_nvram" if want.delete_nvram else switch
    if have.snapshots:
        if not want.delete_snapshots:
            raise Problem(f"{want.name}: has snapshots, which go with it; allow it with delete_snapshots=true")
        words.append("--snapshots-metadata")
        switch = "delete_snapshots"
    return Step(Run(virsh(want.uri, "undefine", want.name, *words)), "remove the definition", switch=switch)


def predict(have: Have | None, want: WantDomain) -> Have:
    have = have or Have(want.name)
    if want.state == "absent":
        return Have(want.name, neighbours=have.neighbours, leftover=None if want.delete_storage else have.leftover)
    decision = decide(have, want)
    after = _with_images(have, decision)
    after = dataclasses.replace(
        after,
        text=decision.text,
        kept=True,
        autostart=have.autostart if want.autostart is None else want.autostart,
        seed=want.seed.content if want.seed else have.seed,
        leftover=None,
        restarting=False,
    )
    return _with_power(after, have, decision)


def _with_images(have: Have, decision: Decision) -> Have:
    images, seen = dict(have.images), dict(have.capacities)
    for disk, image in decision.want.images():
        if image.size is None:
            continue
        if image.place not in images:
            images[image.place] = Found(image.format, image.size, image.backing)
        elif grows(have, disk, image):
            found = images[image.place]
            if not image.device:
                images[image.place] = dataclasses.replace(found, size=image.size)
            seen[disk.key] = found.size if image.device else image.size
    return dataclasses.replace(have, images=images, capacities=seen)


def _with_power(after: Have, have: Have, decision: Decision) -> Have:
    want = decision.want
    paused = _stays_paused(have, want)
    if want.state == "stopped":
        return dataclasses.replace(after, live=None, power="stopped", fresh=False)
    if decision.fresh or decision.restart:
        power = "paused" if paused else "started"
        return dataclasses.replace(after, live=_as_started(decision.text), power=power, fresh=True)
    if decision.running is None:
        return dataclasses.replace(after, power="stopped" if have.power == "absent" else have.power)
    live = apply_live(want, decision.text, decision.running, decision.differences)
    power = have.power
    if want.state in UP or want.state == "saved":
        power = {"paused": "paused", "saved": "saved"}.get(want.state, "started")
    return dataclasses.replace(after, live=live, power=power, fresh=have.fresh or have.power == "saved")


def _as_started(text: str) -> str:
    root = parse(text)
    root.set("id", "0")
    return render(root)
