# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making, starting, stopping, freezing and removing a container. Private; pure."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Call,
    How,
    Link,
    Problem,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.decide import was_restarted
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import MACHINES, WantContainer

# Copying or unpacking a root takes its time
PATIENCE = 3600.0
UP = ("started", "restarted", "frozen")


def marker(name: str) -> str:
    """The file that remembers, until the host reboots, that a container is between its stop and its start."""
    return f"/run/hostwright/nspawn-restart-{name}"


def record(name: str) -> str:
    """The file that remembers what a running container was started with, below the number of its start."""
    return f"/run/hostwright/nspawn-started-{name}"


def spare(name: str) -> str:
    """Where a root is made; systemd takes no notice of names with a dot in front."""
    return f"{MACHINES}/.hostwright-{name}"


def create_steps(have: Have, want: WantContainer) -> list[Step]:
    """Copies are made under another name and renamed when whole, so that a run that stops leaves no half container."""
    option, source = want.source or ("", "")
    if option == "clone_from":
        return [Step(Run(("machinectl", "clone", source, want.name), timeout=PATIENCE), f"copy the container {source}")]
    if option in ("directory", "image"):
        return [Step(Link(want.root, source), f"use {source} as its root")]
    place = spare(want.name)
    steps = _clear(have, want)
    if option == "archive":
        steps.append(Step(Run(("install", "-d", "-m", "0755", "--", place)), f"make the folder {place}"))
        # tar would take a colon in the name for another host
        flags = ("--force-local", "--numeric-owner", "--preserve-permissions", "--xattrs", "--xattrs-include=*")
        tar = ("tar", "--extract", *flags, f"--directory={place}", f"--file={source}")
        steps.append(Step(Run(tar, timeout=PATIENCE), f"unpack {source}"))
    else:
        copy = ("cp", "--archive", "--reflink=auto", "--no-target-directory", "--", source, place)
        steps.append(Step(Run(copy, timeout=PATIENCE), f"copy {source}"))
    move = Run(("mv", "--no-target-directory", "--", place, want.root))
    return [*steps, Step(move, f"make it {want.root}")]


def _clear(have: Have, want: WantContainer) -> list[Step]:
    run = Run(("rm", "-r", "-f", "--one-file-system", "--", spare(want.name)), timeout=PATIENCE)
    return [Step(run, "remove what an earlier run has left half made")] if have.half else []


def start_steps(want: WantContainer, how: How = "live") -> list[Step]:
    call = Call("nspawn", "start", (want.unit, float(want.timeout)))
    return [Step(call, "start the container", how)]


def stop_steps(have: Have, want: WantContainer, how: How = "live") -> list[Step]:
    """Asked to halt and waited for; killed only with force_stop. systemctl stop kills after a time of its own."""
    run = have.runtime
    if run is None:
        return []
    steps = []
    if run.frozen:
        steps.append(Step(Run(("systemctl", "thaw", want.unit)), "thaw the container so that it can stop", how))
    call = Call("nspawn", "stop", (want.unit, _halt_argv(have, want), float(want.timeout), want.force_stop))
    if want.force_stop:
        return [
            *steps,
            Step(call, f"stop the container, or kill it after {want.timeout} s", how, switch="force_stop"),
        ]
    return [*steps, Step(call, "stop the container", how)]


def _halt_argv(have: Have, want: WantContainer) -> tuple[str, ...]:
    """An init system is asked by its signal, and systemd's stub for commands too; a command may ignore what it gets.

    Only the first process: systemd-nspawn itself would end the container at once.
    """
    values = (have.runtime and have.runtime.values) or have.values
    signal = values.get(("Exec", "KillSignal"), ("",))[0]
    stub = values.get(("Exec", "ProcessTwo")) == ("yes",)
    if not signal and (stub or values.get(("Exec", "Boot"), ("yes",)) == ("yes",)):
        return ("machinectl", "poweroff", want.name)
    return ("machinectl", "kill", "--kill-whom=leader", f"--signal={signal or 'SIGTERM'}", want.name)


def restart_steps(have: Have, want: WantContainer, how: How) -> list[Step]:
    """Stop and start; a file remembers in between that the container shall run."""
    path = marker(want.name)
    freeze = Step(Run(("systemctl", "freeze", want.unit)), "freeze the container again", how)
    return [
        Step(Write(path, ""), "remember that the container is being restarted", how),
        *stop_steps(have, want, how),
        *start_steps(want, how),
        *([freeze] if stays_frozen(have, want) else []),
        Step(Remove(path), "forget that the container was being restarted", how),
    ]


def stays_frozen(have: Have, want: WantContainer) -> bool:
    return want.state == "frozen" or (want.state == "present" and have.power == "frozen")


def power_steps(have: Have, want: WantContainer) -> list[Step]:
    """From the state that is there to the one that is asked for; present asks for none."""
    if want.state == "stopped":
        return [*stop_steps(have, want), *forget(have, want)]
    if want.state == "restarted" and have.runtime is not None and not was_restarted(have, want):
        return restart_steps(have, want, "live")
    steps: list[Step] = []
    if have.runtime is None and rises(have, want):
        steps += start_steps(want)
    if want.state == "frozen" and have.power != "frozen":
        steps.append(Step(Run(("systemctl", "freeze", want.unit)), "freeze the container"))
    if want.state in ("started", "restarted") and have.power == "frozen":
        steps.append(Step(Run(("systemctl", "thaw", want.unit)), "thaw the container"))
    return [*steps, *forget(have, want)]


def rises(have: Have, want: WantContainer) -> bool:
    """Whether one that does not run is started."""
    return want.state in UP or (want.state == "present" and have.restarting)


def forget(have: Have, want: WantContainer) -> list[Step]:
    step = Step(Remove(marker(want.name)), "forget that the container was being restarted")
    return [step] if have.restarting else []


def waits(want: WantContainer) -> bool:
    return want.wait_for_ip_address and want.state in ("started", "restarted")


def wait_steps(have: Have, want: WantContainer, fresh: bool) -> list[Step]:
    known = have.runtime is not None and have.runtime.has_address and not fresh
    if not waits(want) or known:
        return []
    return [Step(Call("nspawn", "wait_for_address", (want.name, float(want.timeout))), "wait until it has an address")]


def absent_steps(have: Have, want: WantContainer) -> list[Step]:
    """The root goes last: as long as it is there, the next run knows what else is to be removed."""
    if have.stray:
        raise Problem(f"{want.name}: it runs, and {want.unit} has not started it: stop it first")
    steps = [*stop_steps(have, want), *forget(have, want)]
    if have.enabled:
        steps.append(Step(Run(("systemctl", "disable", want.unit)), "take it out of the start at boot"))
    if have.tuned:
        steps.append(Step(Run(("systemctl", "revert", want.unit)), "remove its limits"))
    if have.text is not None:
        steps.append(Step(Remove(want.config_file), f"remove {want.config_file}"))
    steps += _clear(have, want)
    if have.target:
        steps.append(Step(Remove(have.root), f"forget {have.target}, which stays"))
    elif have.root:
        run = Run(("machinectl", "remove", want.name), timeout=PATIENCE)
        steps.append(Step(run, f"destroy its files in {have.root}", switch="delete_storage"))
    return steps
