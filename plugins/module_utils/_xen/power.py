# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting and stopping a guest. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import How, Problem, Remove, Run, Step, Write
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have, Runtime, restart_marker
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu

# xl waits by itself for disks and vif scripts, at most 40 s for each of them
PATIENCE = 600.0
BUSY = "is being built, rebooted or torn down right now: run the task again when `xl list` shows it running or gone"


def check_settled(have: Have, want: WantDomu) -> None:
    if have.power in ("building", "rebooting"):
        raise Problem(f"{want.name}: {BUSY}")
    if have.power == "suspended":
        raise Problem(
            f"{want.name}: is frozen, because xl saves it or sends it away right now: run the task again when that has "
            f"ended; if it has broken off, `xl resume {want.name}` lets the guest run on"
        )


def start_steps(have: Have, want: WantDomu, paused: bool, how: How = "live") -> list[Step]:
    """From nothing: created of its file, or restored of its save file, which is then out of date and goes."""
    flag = ("-p",) if paused else ()
    hint = f"see /var/log/xen/xl-{want.name}.log"
    if have.saved is not None:
        restore = Run(("xl", "restore", *flag, "--", want.save_file), timeout=PATIENCE, hint=hint)
        return [
            Step(restore, f"restore the guest from {want.save_file}", how),
            Step(Remove(want.save_file), f"remove {want.save_file}, which is out of date now", how),
        ]
    create = Run(("xl", "create", *flag, "--", want.config_file), timeout=PATIENCE, hint=hint)
    return [Step(create, "start the guest paused" if paused else "start the guest", how)]


def stop_steps(have: Have, want: WantDomu, how: How = "live") -> list[Step]:
    """Shut down and wait until it is gone; killed only with force_stop."""
    run = have.runtime
    if run is None:
        return []
    if _is_kept(run):
        destroy = Run(("xl", "destroy", want.name), timeout=PATIENCE)
        return [Step(destroy, "remove the guest that has ended and was kept", how, switch="force_stop")]
    steps = []
    if run.paused:
        steps.append(Step(Run(("xl", "unpause", want.name)), "unpause the guest so that it can shut down", how))
    steps.append(_shut_down(run, want, how))
    return steps


def _shut_down(run: Runtime, want: WantDomu, how: How) -> Step:
    # -w twice waits until the domain is gone, not only ended; -F is the ACPI button for an hvm without drivers
    argv = ("xl", "shutdown", "-w", "-w", "-F", want.name)
    after = run.settings.on_poweroff if run.settings else "destroy"
    if after not in ("destroy", "coredump-destroy"):
        destroy = Run(("xl", "destroy", want.name), timeout=PATIENCE)
        return Step(
            destroy, f"kill the guest, whose on_poweroff={after} keeps it from ending", how, switch="force_stop"
        )
    if want.force_stop:
        destroy = Run(("xl", "destroy", want.name), timeout=PATIENCE)
        run_it = Run(argv, timeout=float(want.timeout), otherwise=destroy)
        return Step(run_it, f"shut the guest down, or kill it after {want.timeout} s", how, switch="force_stop")
    hint = "the guest does not react; give it more timeout, or kill it with force_stop=true"
    return Step(Run(argv, timeout=float(want.timeout), hint=hint), "shut the guest down", how)


def _is_kept(run: Runtime) -> bool:
    """Whether a guest that has ended stays, because its configuration says preserve."""
    if not run.shut_down or run.settings is None:
        return False
    action = run.settings.on_crash if run.crashed else run.settings.on_poweroff
    return action == "preserve"


def restart_steps(have: Have, want: WantDomu, paused: bool, how: How) -> list[Step]:
    """Stop and start; a file remembers in between that the guest shall run."""
    marker = restart_marker(want.name)
    return [
        Step(Write(marker, ""), "remember that the guest is being restarted", how),
        *_drop_old_save(have, want, how),
        *stop_steps(have, want, how),
        *start_steps(dataclasses.replace(have, saved=None), want, paused, how),
        Step(Remove(marker), "forget that the guest was being restarted", how),
    ]


def _drop_old_save(have: Have, want: WantDomu, how: How = "live") -> list[Step]:
    """A memory that was saved before the guest ran is poison for its disks: it goes while the guest is there."""
    summary = f"remove {want.save_file}, which is out of date as the guest ran after it"
    stale = have.runtime is not None and have.saved is not None
    return [Step(Remove(want.save_file), summary, how)] if stale else []


def power_steps(have: Have, want: WantDomu) -> list[Step]:
    """From the state that is there to the one that is asked for; present asks for none."""
    check_settled(have, want)
    return _POWER[want.state](have, want)


def _present(have: Have, want: WantDomu) -> list[Step]:
    down = have.restarting and have.runtime is None and have.saved is None
    return [*(start_steps(have, want, False) if down else []), *_forget(have, want)]


def _bring_up(have: Have, want: WantDomu, paused: bool) -> list[Step]:
    power = have.power
    if power in ("stopped", "absent", "saved"):
        steps = start_steps(have, want, paused)
    elif power in ("shutdown", "crashed"):
        start = start_steps(dataclasses.replace(have, saved=None), want, paused)
        return [*_drop_old_save(have, want), *stop_steps(have, want), *start, *_forget(have, want)]
    elif (power == "paused") != paused:
        verb = "pause" if paused else "unpause"
        steps = [Step(Run(("xl", verb, want.name)), f"{verb} the guest")]
    else:
        steps = []
    return steps + _leftovers(have, want)


def _leftovers(have: Have, want: WantDomu) -> list[Step]:
    """What an interrupted run left behind: a saved memory is poison once its guest runs."""
    return [*_drop_old_save(have, want), *_forget(have, want)]


def _forget(have: Have, want: WantDomu) -> list[Step]:
    forget = Step(Remove(restart_marker(want.name)), "forget that the guest was being restarted")
    return [forget] if have.restarting else []


def _started(have: Have, want: WantDomu) -> list[Step]:
    return _bring_up(have, want, False)


def _paused(have: Have, want: WantDomu) -> list[Step]:
    return _bring_up(have, want, True)


def _restarted(have: Have, want: WantDomu) -> list[Step]:
    if have.power in ("started", "paused") and not was_restarted(have, want):
        return restart_steps(have, want, False, "live")
    return _bring_up(have, want, False)


def was_restarted(have: Have, want: WantDomu) -> bool:
    run = have.runtime
    return run is not None and run.started is not None and run.started >= want.asked


def _stopped(have: Have, want: WantDomu) -> list[Step]:
    steps = stop_steps(have, want)
    if have.saved is not None:
        summary = f"discard the saved guest in {want.save_file}"
        steps.append(Step(Remove(want.save_file), summary, switch="force_stop"))
    return steps + _forget(have, want)


def _saved(have: Have, want: WantDomu) -> list[Step]:
    if have.power == "saved":
        return []
    if have.power not in ("started", "paused"):
        raise Problem(f"{want.name}: is {have.power}, so there is nothing to save: start it first")
    steps = []
    if have.power == "paused":
        steps.append(Step(Run(("xl", "unpause", want.name)), "unpause the guest so that it can be saved"))
    save = Run(("xl", "save", want.name, want.save_file), timeout=PATIENCE, hint="the guest runs on")
    folder = want.save_file.rsplit("/", 1)[0]
    if not have.save_folder:  # the memory of a guest is secret, and xl save leaves it readable
        make = Run(("install", "-d", "-m", "0700", "--", folder))
        steps.append(Step(make, f"make the folder {folder}"))
    return [*steps, Step(save, f"save the guest to {want.save_file}")]


_POWER: t.Mapping[str, t.Callable[[Have, WantDomu], list[Step]]] = {
    "present": _present,
    "started": _started,
    "restarted": _restarted,
    "paused": _paused,
    "stopped": _stopped,
    "saved": _saved,
    "absent": _stopped,
}
