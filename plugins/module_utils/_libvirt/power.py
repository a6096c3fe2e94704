# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting, pausing, saving and stopping a guest. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Call,
    How,
    Problem,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.ask import virsh
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have, restart_marker
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain

UP = ("started", "restarted", "paused")
# The memory of a large guest takes its time
PATIENCE = 3600.0


def start_steps(have: Have, want: WantDomain, paused: bool, how: How = "live") -> list[Step]:
    """From nothing, or with the memory that was saved."""
    verb = "restore" if have.power == "saved" else "start"
    start = Call("domain", "start", (want.uri, want.name, paused))
    return [Step(start, f"{verb} the guest paused" if paused else f"{verb} the guest", how)]


def stop_steps(have: Have, want: WantDomain, how: How = "live") -> list[Step]:
    """Shut down and wait until it has ended; killed only with force_stop."""
    if not have.is_up:
        return []
    if have.power == "crashed":
        destroy = Run(virsh(want.uri, "destroy", want.name))
        return [Step(destroy, "remove the guest that has ended and was kept", how, switch="force_stop")]
    steps = []
    if have.power == "paused":
        steps.append(Step(Run(virsh(want.uri, "resume", want.name)), "resume the guest so that it can shut down", how))
    if have.power == "suspended":
        steps.append(
            Step(Run(virsh(want.uri, "dompmwakeup", want.name)), "wake the guest so that it can shut down", how)
        )
    stop = Call("domain", "stop", (want.uri, want.name, want.timeout, want.force_stop))
    if want.force_stop:
        steps.append(Step(stop, f"shut the guest down, or kill it after {want.timeout} s", how, switch="force_stop"))
    else:
        steps.append(Step(stop, "shut the guest down", how))
    return steps


def restart_steps(have: Have, want: WantDomain, paused: bool, how: How) -> list[Step]:
    """Stop and start; a file remembers in between that the guest shall run."""
    marker = restart_marker(want.name)
    down = dataclasses.replace(have, power="stopped")
    return [
        Step(Write(marker, ""), "remember that the guest is being restarted", how),
        *stop_steps(have, want, how),
        *start_steps(down, want, paused, how),
        Step(Remove(marker), "forget that the guest was being restarted", how),
    ]


def power_steps(have: Have, want: WantDomain) -> list[Step]:
    """From the state that is there to the one that is asked for; present asks for none."""
    return _POWER[want.state](have, want)


def _present(have: Have, want: WantDomain) -> list[Step]:
    down = have.restarting and not have.is_up and have.power != "saved"
    return [*(start_steps(have, want, False) if down else []), *_forget(have, want)]


def _forget(have: Have, want: WantDomain) -> list[Step]:
    forget = Step(Remove(restart_marker(want.name)), "forget that the guest was being restarted")
    return [forget] if have.restarting else []


def _bring_up(have: Have, want: WantDomain, paused: bool) -> list[Step]:
    steps: list[Step] = []
    power = have.power
    if power in ("crashed", "shutdown"):
        steps, power = stop_steps(have, want), "stopped"
        steps += start_steps(dataclasses.replace(have, power="stopped"), want, paused)
    elif power in ("stopped", "absent", "saved"):
        steps = start_steps(have, want, paused)
    elif power == "suspended":
        steps = [Step(Run(virsh(want.uri, "dompmwakeup", want.name)), "wake the guest")]
    if power == "paused" and not paused:
        steps.append(Step(Run(virsh(want.uri, "resume", want.name)), "resume the guest"))
    elif power in ("started", "suspended") and paused:
        steps.append(Step(Run(virsh(want.uri, "suspend", want.name)), "pause the guest"))
    return steps + _forget(have, want)


def _started(have: Have, want: WantDomain) -> list[Step]:
    return _bring_up(have, want, False)


def _paused(have: Have, want: WantDomain) -> list[Step]:
    return _bring_up(have, want, True)


def _restarted(have: Have, want: WantDomain) -> list[Step]:
    if have.power in ("started", "paused", "suspended") and not have.fresh:
        return restart_steps(have, want, False, "live")
    return _bring_up(have, want, False)


def _stopped(have: Have, want: WantDomain) -> list[Step]:
    steps = stop_steps(have, want)
    if have.power == "saved":
        drop = Run(virsh(want.uri, "managedsave-remove", want.name))
        steps.append(Step(drop, "discard the saved memory of the guest", switch="force_stop"))
    return steps + _forget(have, want)


def _saved(have: Have, want: WantDomain) -> list[Step]:
    if have.power == "saved":
        return _forget(have, want)
    if have.power not in ("started", "paused"):
        raise Problem(f"{want.name}: is {have.power}, so there is nothing to save: start it first")
    if not have.kept:
        raise Problem(f"{want.name}: libvirt has no definition of this guest to keep its memory with: define it first")
    save = Run(virsh(want.uri, "managedsave", want.name, "--running"), timeout=PATIENCE)
    return [Step(save, "save the guest"), *_forget(have, want)]


_POWER: t.Mapping[str, t.Callable[[Have, WantDomain], list[Step]]] = {
    "present": _present,
    "started": _started,
    "restarted": _restarted,
    "paused": _paused,
    "stopped": _stopped,
    "saved": _saved,
    "absent": _stopped,
}
