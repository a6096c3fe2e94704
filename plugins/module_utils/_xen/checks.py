# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused whatever the switches: a guest that could not start, or that would run twice. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.changes import declared_macs
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import Disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have, same_host
from ansible_collections.hostwright.virt.plugins.module_utils._xen.mark import read_mark
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings, read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse


def check_definition(have: Have, want: WantDomu, text: str) -> None:
    """The configuration as it will be must be one that xl starts."""
    settings = read_settings(parse(text, have.path))
    _check_sizes(want, settings)
    _check_boot(want, settings)
    for option in ("cpus",):
        if want.names_key(option) and have.around.processors is not None:
            for spec in [settings.cpus] if isinstance(settings.cpus, str) else settings.cpus:
                have.around.processors.expand(spec)
    macs = set(declared_macs(have, want))
    for neighbour in have.around.neighbours:
        for mac in sorted(macs & neighbour.macs):
            raise Problem(
                f"{want.name}: the MAC {mac} belongs to the guest {neighbour.name} of this host: give another mac"
            )


def _check_sizes(want: WantDomu, settings: Settings) -> None:
    memory, most = settings.memory, settings.max_memory
    if memory is None:
        raise Problem(f"{want.name}: memory is needed to define a guest, for example memory=512M")
    if most is not None and memory > most:
        raise Problem(f"{want.name}: memory {memory}M is more than max_memory {most}M: raise max_memory too")
    if settings.vcpus > settings.max_vcpus:
        raise Problem(
            f"{want.name}: vcpus {settings.vcpus} is more than max_vcpus {settings.max_vcpus}: raise max_vcpus too"
        )
    if settings.cap > 100 * settings.max_vcpus:
        raise Problem(f"{want.name}: cap {settings.cap} is more than 100 for each of {settings.max_vcpus} vcpus")


def _check_boot(want: WantDomu, settings: Settings) -> None:
    kind = settings.type
    if settings.kernel and settings.bootloader:
        raise Problem(f"{want.name}: kernel and bootloader exclude each other: remove one, an empty text removes")
    if kind == "hvm" and settings.bootloader:
        raise Problem(f"{want.name}: a guest of type hvm boots by its firmware and disks, not by a bootloader")
    if kind == "pvh" and settings.firmware:
        raise Problem(f"{want.name}: Xen has no firmware for type pvh: give a kernel or a bootloader")
    if kind == "pv" and settings.firmware and settings.firmware not in ("pvgrub32", "pvgrub64"):
        raise Problem(f"{want.name}: the firmware of type pv is pvgrub32 or pvgrub64, not {settings.firmware!r}")
    if kind != "hvm" and not (settings.kernel or settings.bootloader or settings.firmware):
        raise Problem(
            f"{want.name}: type {kind} boots nothing by itself: give a kernel, or a bootloader such as pygrub"
        )
    if settings.ramdisk and settings.bootloader:
        raise Problem(f"{want.name}: ramdisk and bootloader exclude each other: the bootloader finds the ramdisk")


def check_start(have: Have, want: WantDomu, settings: Settings, text: str) -> None:
    """Before a guest starts: what it needs is there, it belongs here, and it runs nowhere else."""
    home = want.host or read_mark(text, have.path).get("host")
    node = have.around.node
    if home and node and not same_host(home, node):
        raise Problem(f"{want.name}: belongs to the host {home}, not to {node}: start it there, or change its host")
    needed = {"kernel": settings.kernel, "ramdisk": settings.ramdisk, "bootloader": settings.bootloader}
    for option, path in needed.items():
        if path and path in have.around.missing:
            raise Problem(f"{want.name}: the {option} {path} does not exist on this host")
    for disk in settings.disks:
        check_disk(have, want, disk)
    for peer in have.around.peers:
        check_peer(have, want, settings, peer)


def check_disk(have: Have, want: WantDomu, disk: Disk) -> None:
    """A disk that is about to be used: it exists, and nobody else writes to it."""
    if disk.script or not disk.target.startswith("/"):
        return
    if disk.target in have.around.missing:
        raise Problem(f"{want.name}: the target {disk.target} of disk {disk.vdev} does not exist on this host")
    mine = have.around.resolve(disk.target)
    for neighbour in have.around.neighbours:
        for target, access in neighbour.disks if neighbour.running else ():
            if have.around.resolve(target) == mine and "rw" in (access, disk.access):
                raise Problem(
                    f"{want.name}: disk {disk.vdev} ({disk.target}) is in use by the running guest {neighbour.name}"
                )


def check_peer(have: Have, want: WantDomu, settings: Settings, peer: t.Any) -> None:
    if peer.problem is not None:
        if want.allow_unreachable_peers:
            return
        raise Problem(
            f"{want.name}: the peer {peer.destination} could not say whether the guest runs there ({peer.problem}); "
            "make it answer, or set allow_unreachable_peers=true if it is down for certain"
        )
    for name, uuid in peer.guests:
        if name == want.name or settings.uuid == uuid:
            raise Problem(f"{want.name}: runs already on {peer.destination}, as {name}: stop or migrate it there first")
    for disk in settings.disks:
        for name, target, access in peer.disks:
            if target and target == disk.target and target.startswith("/dev/") and "rw" in (access, disk.access):
                raise Problem(
                    f"{want.name}: disk {disk.vdev} ({disk.target}) is in use by {name} on {peer.destination}"
                )
