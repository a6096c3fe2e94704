# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines come up, go down and return to their snapshot.

A machine is booted once. When all its services run, its whole state is saved as the snapshot `ready` and kept in the
cache. Every later start restores that snapshot in seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from labkit import accel, guest, image, inventory, network, packages, places, process, qemu, qmp
from labkit.machines import MACHINES, Machine, find
from labkit.report import LabError, say, step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BOOT_PATIENCE = 900.0  # 80 s on an idle host
RESTORE_PATIENCE = 180.0  # 3 s on an idle host; others may be building here
DISKS = ("root.qcow2", "data.qcow2")

# Run once before the snapshot: afterwards these programs and Python's modules are in the page cache of every restore.
WARM = "systemctl is-system-running --wait >/dev/null; "
WARM += "python3 -c 'import argparse, json, logging, re, shlex, ssl, subprocess, tempfile, zipfile'; "
WARM += "(ovs-vsctl show; lvs; [ ! -e /proc/xen/capabilities ] || xl list) >/dev/null 2>&1; sync; "
WARM += "systemctl --failed --plain --no-legend | cut -d' ' -f1"


@dataclass(frozen=True)
class Lab:
    """What all machines of one `up` have in common."""

    images: dict[str, Path]
    accel: qemu.Accel
    ports: dict[str, int]

    def boot(self, machine: Machine) -> qemu.Boot:
        return qemu.Boot(self.images[machine.image], self.accel)


def record(machine: Machine) -> Path:
    return places.machine_dir(machine.name) / "qemu.json"


def running(machine: Machine) -> int | None:
    return process.running(record(machine))


def known_ports() -> dict[str, int]:
    """ssh ports by machine, remembered from one start to the next so that an open editor or log stays right."""
    try:
        ports: dict[str, int] = json.loads((places.state() / "ports.json").read_text())
    except (OSError, ValueError):
        return {}
    return {machine.name: ports[machine.name] for machine in MACHINES if machine.name in ports}


def up(machines: Sequence[Machine]) -> None:
    waiting = [machine for machine in machines if not _runs_already(machine)]
    if not waiting:
        return
    packages.check()
    images = image.ensure_all({machine.image for machine in waiting})
    with places.locked(places.state(), "starting machines"):
        _stop_strangers()
        # While we waited for the lock another `lab up` may have started some.
        waiting = [machine for machine in waiting if not _runs_already(machine)]
        lab = Lab(images, accel.choose(partial(image.ensure, image.XEN)), _choose_ports(waiting))
        network.start()
        guest.write_ssh_config(lab.ports)
        try:
            with ThreadPoolExecutor() as pool:
                for job in [pool.submit(_bring_up, machine, lab) for machine in waiting]:
                    job.result()
        finally:
            _write_inventory()


def reset(machines: Sequence[Machine]) -> None:
    for machine in machines:
        if running(machine) is None:
            raise LabError(f"{machine.name} does not run: `lab up {machine.name}`")
    with places.locked(places.state(), "resetting machines"):
        for machine in machines:
            _stop(machine)
    up(machines)


def down(machines: Sequence[Machine]) -> None:
    with places.locked(places.state(), "stopping machines"):
        for machine in machines:
            if _stop(machine):
                say(f"{machine.name}: stopped")
        _stop_strangers()
        if any(running(machine) for machine in MACHINES):
            _write_inventory()
        else:
            network.stop()
            shutil.rmtree(places.sockets(), ignore_errors=True)
            inventory.path().unlink(missing_ok=True)


def _choose_ports(machines: Sequence[Machine]) -> dict[str, int]:
    ports = known_ports()
    for machine in machines:
        if running(machine) is None and not _is_free(ports.get(machine.name, 0)):
            ports[machine.name] = _free_port(set(ports.values()))
    (places.state() / "ports.json").write_text(json.dumps(ports))
    return ports


def _is_free(port: int) -> bool:
    if port == 0:
        return False
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def _write_inventory() -> None:
    inventory.write({name: port for name, port in known_ports().items() if running(find(name))})


def _runs_already(machine: Machine) -> bool:
    if running(machine) is None or not (places.machine_dir(machine.name) / "ready").exists():
        return False
    try:
        guest.check_health(machine)
        network.check()
    except LabError as error:
        raise LabError(f"{error}\n    {machine.name} runs but is not well: `lab down`, then `lab up`") from error
    say(f"{machine.name}: runs already")
    return True


def _bring_up(machine: Machine, lab: Lab) -> None:
    _stop(machine)
    directory = places.machine_dir(machine.name)
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copy(lab.images[machine.image] / "key", guest.key(machine))
    snapshot = _snapshot_dir(machine, lab.boot(machine))
    try:
        # Other checkouts want the same: one boots it for all.
        with places.locked(places.cache() / f"boot-{machine.name}", f"first boot of {machine.name}"):
            if not snapshot.exists():
                with step(f"{machine.name}: first boot and snapshot", "1 to 3 minutes when emulated, once"):
                    _make_snapshot(machine, lab, snapshot)
        with step(f"{machine.name}: restoring"):
            _restore(machine, lab, snapshot)
    except BaseException:
        _stop(machine)  # half a machine helps nobody; its logs stay
        raise
    os.utime(snapshot)
    (directory / "ready").touch()


def _snapshot_dir(machine: Machine, boot: qemu.Boot) -> Path:
    depends = [accel.qemu_version(), qemu.DATA_DISK_SIZE, *qemu.shape(machine, boot)]
    mark = hashlib.sha256("\n".join(depends).encode()).hexdigest()[:12]
    return places.cache() / f"ready-{machine.name}-{mark}"


def _start(machine: Machine, lab: Lab, *extra: str) -> None:
    directory = places.machine_dir(machine.name)
    port = lab.ports[machine.name]
    argv = [*qemu.shape(machine, lab.boot(machine)), *qemu.devices(machine, port), *extra]
    (directory / "qemu.log").write_text(" ".join(argv) + "\n")
    process.start(argv, record(machine), directory / "qemu.log")


def _make_snapshot(machine: Machine, lab: Lab, target: Path) -> None:
    directory = places.machine_dir(machine.name)
    _new_disks(machine, lab.boot(machine))
    _start(machine, lab)
    guest.wait_for_ssh(machine, lab.ports[machine.name], record(machine), BOOT_PATIENCE)
    failed = guest.ask(machine, WARM, patience=BOOT_PATIENCE)
    if failed:
        say(f"{machine.name}: these units failed at its first boot: {' '.join(failed.split())}")
    guest.check_health(machine)
    guest.hang_up(machine)
    qmp.monitor(places.sockets() / f"{machine.name}.qmp", "savevm ready")
    # Only a QEMU that has ended has surely written everything.
    _stop(machine)
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for disk in DISKS:
        (directory / disk).rename(partial / disk)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    places.prune(f"ready-{machine.name}-*")


def _new_disks(machine: Machine, boot: qemu.Boot) -> None:
    directory = places.machine_dir(machine.name)
    log = directory / "qemu-img.log"
    create = ("qemu-img", "create", "-q", "-f", "qcow2")
    base = str(boot.image / "root.img")
    process.run((*create, "-F", "raw", "-b", base, f"{directory}/root.qcow2"), log, "qemu-img")
    process.run((*create, f"{directory}/data.qcow2", qemu.DATA_DISK_SIZE), log, "qemu-img")


def _restore(machine: Machine, lab: Lab, snapshot: Path) -> None:
    directory = places.machine_dir(machine.name)
    disks = [str(snapshot / disk) for disk in DISKS]
    process.run(("cp", "--reflink=auto", "--sparse=auto", *disks, str(directory)), directory / "qemu-img.log", "cp")
    _start(machine, lab, "-loadvm", "ready")
    guest.wait_for_ssh(machine, lab.ports[machine.name], record(machine), RESTORE_PATIENCE)
    guest.set_clock(machine)
    guest.check_health(machine)


def _stop_strangers() -> None:
    """Stop machines that this checkout knew under another name before it was updated: their addresses are taken."""
    for old in places.state().glob("*/qemu.json"):
        if old not in map(record, MACHINES) and process.stop(old):
            say(f"{old.parent.name}: stopped, there is no such machine any more")


def _stop(machine: Machine) -> bool:
    directory = places.machine_dir(machine.name)
    if guest.ssh_config().exists():
        guest.hang_up(machine)
    stopped = process.stop(record(machine)) if directory.exists() else False
    (directory / "ready").unlink(missing_ok=True)
    return stopped
