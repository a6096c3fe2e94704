# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What uses a disk: mounts in any namespace, swap, LVM and dm, ZFS, guests, open files."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import Disk

# They hold every disk open as a matter of course.
WATCHERS = frozenset({"multipathd", "systemd-udevd", "(udev-worker)", "udevd", "iscsid", "dmeventd", "zed"})
BACKENDS = "/sys/bus/xen-backend/devices"


def find_uses(host: Host, disks: t.Sequence[Disk]) -> tuple[tuple[str, str], ...]:
    """(disk, what uses it) in words."""
    parts = {part: disk.name for disk in disks for part in _parts_of(host, disk)}
    numbers = {_read(host, f"/sys/class/block/{part}/dev"): disk for part, disk in parts.items()}
    found = [
        *_holders(host, parts, disks),
        *_mounts(host, parts, numbers),
        *_swaps(host, parts),
        *_pools(host, parts),
        *_guests(host, numbers),
        *_open_files(host, parts),
    ]
    return tuple(sorted(set(found)))


def _read(host: Host, path: str) -> str:
    try:
        return (host.read(path) or "").strip()
    except OSError:  # the process or device went away meanwhile
        return ""


def _parts_of(host: Host, disk: Disk) -> list[str]:
    """The disk, its multipath device, and the partitions of both."""
    parts = []
    for whole in [disk.name] + ([disk.map] if disk.map else []):
        parts.append(whole)
        base = f"/sys/class/block/{whole}"
        parts += [
            entry
            for entry in host.entries(base)
            if entry.startswith(whole) and host.exists(f"{base}/{entry}/partition")
        ]
    return parts


def _holders(host: Host, parts: t.Mapping[str, str], disks: t.Sequence[Disk]) -> t.Iterator[tuple[str, str]]:
    maps = {disk.map for disk in disks}
    for part, disk in parts.items():
        for holder in host.entries(f"/sys/class/block/{part}/holders"):
            if holder in maps or holder in parts:
                continue
            name = _read(host, f"/sys/class/block/{holder}/dm/name") or holder
            kind = "LVM" if _read(host, f"/sys/class/block/{holder}/dm/uuid").startswith("LVM-") else "device"
            yield disk, f"held by {kind} {name}"


def device_of(host: Host, path: str) -> str:
    """Name of the device that a path in /dev leads to, through at most a few links."""
    for _hop in range(8):
        goal = host.link(path)
        if goal is None:
            break
        folder = path.rsplit("/", 1)[0]
        while goal.startswith("../"):
            goal, folder = goal[3:], folder.rsplit("/", 1)[0]
        path = goal if goal.startswith("/") else f"{folder}/{goal}"
    return path.rsplit("/", 1)[-1]


def _mounts(host: Host, parts: t.Mapping[str, str], numbers: t.Mapping[str, str]) -> t.Iterator[tuple[str, str]]:
    """Every mount namespace once; the device number tells, and for file systems that hide it the source."""
    seen: set[str | None] = set()
    told: set[tuple[str, str]] = set()
    for process in ["self", *(entry for entry in host.entries("/proc") if entry.isdigit())]:
        namespace = _link(host, f"/proc/{process}/ns/mnt")
        if namespace in seen:
            continue
        seen.add(namespace)
        for line in _read(host, f"/proc/{process}/mountinfo").splitlines():
            words = line.split(" ")
            source = words[words.index("-") + 2] if "-" in words else ""
            disk = numbers.get(words[2]) if len(words) > 4 else None
            if disk is None and source.startswith("/dev/"):
                disk = parts.get(device_of(host, source))
            if disk is not None and (disk, words[4]) not in told:
                told.add((disk, words[4]))  # most namespaces hold copies of the host's mounts
                inside = "" if process == "self" else f" (in the namespace of process {process})"
                yield disk, "mounted on " + words[4].replace("\\040", " ") + inside


def _link(host: Host, path: str) -> str | None:
    try:
        return host.link(path)
    except OSError:
        return None


def _swaps(host: Host, parts: t.Mapping[str, str]) -> t.Iterator[tuple[str, str]]:
    for line in _read(host, "/proc/swaps").splitlines()[1:]:
        disk = parts.get(device_of(host, line.split()[0]))
        if disk is not None:
            yield disk, "swap space"


def _pools(host: Host, parts: t.Mapping[str, str]) -> t.Iterator[tuple[str, str]]:
    if not host.has("zpool"):
        return
    pool = ""
    for line in host.query(("zpool", "status", "-LP"), ok=(0, 1)).out.splitlines():
        words = line.split()
        if words[:1] == ["pool:"]:
            pool = words[1]
        elif words and words[0].startswith("/dev/"):
            disk = parts.get(words[0].rsplit("/", 1)[-1])
            if disk is not None:
                yield disk, f"part of ZFS pool {pool}"


def _guests(host: Host, numbers: t.Mapping[str, str]) -> t.Iterator[tuple[str, str]]:
    """Xen's block backend says which device it gives to which domain, in hexadecimal."""
    for entry in host.entries(BACKENDS):
        match = re.fullmatch(r"vbd-([0-9]+)-[0-9]+", entry)
        device = re.fullmatch(r"([0-9a-f]+):([0-9a-f]+)", _read(host, f"{BACKENDS}/{entry}/physical_device"))
        if match and device:
            disk = numbers.get(f"{int(device.group(1), 16)}:{int(device.group(2), 16)}")
            if disk is not None:
                yield disk, f"used by the running Xen domain {match.group(1)}"


def _open_files(host: Host, parts: t.Mapping[str, str]) -> t.Iterator[tuple[str, str]]:
    """Programs that have the device open, such as QEMU for a guest."""
    for process in host.entries("/proc"):
        if not process.isdigit():
            continue
        try:
            opened = host.entries(f"/proc/{process}/fd")
        except OSError:
            continue
        for number in opened:
            goal = _link(host, f"/proc/{process}/fd/{number}") or ""
            if goal.startswith("/dev/") and goal[5:] in parts:
                program = _read(host, f"/proc/{process}/comm")
                if program not in WATCHERS:
                    yield parts[goal[5:]], f"open in {program} (process {process})"
                break
