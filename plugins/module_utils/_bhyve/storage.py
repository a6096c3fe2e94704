# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest keeps on its host: its disks, variables of its firmware, its seed of cloud-init. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.base_devices import seed_sum
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import Values, values_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.goal import Disk, disks_of, goal_text
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have, Volume
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import FIRMWARE_VARS
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want_devices import SEED_DISK, WantDisk
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Await,
    Change,
    Problem,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import render_size

PATIENCE = 7200.0
# What puts a guest's system into the VM, and where it comes from
_LOADERS: t.Mapping[str, tuple[str, str]] = {
    "bhyveload": ("bhyveload", "it is a part of FreeBSD on amd64"),
    "grub": ("grub-bhyve", "install grub2-bhyve"),
}
PART = ".hostwright-part"  # a copy that is not whole yet


def wanted_disks(have: Have, want: WantGuest, goal: Values) -> list[tuple[WantDisk, Disk]]:
    """Disks of the task with what the file to be says of them."""
    by_id = {disk.id: disk for disk in disks_of(goal, have)}
    return [(disk, by_id[disk.id]) for disk in want.disks if disk.present and disk.id in by_id]


def paths_of(have: Have, want: WantGuest) -> list[str]:
    """Places that must be looked at before it can be said what there is to do."""
    values = values_of(goal_text(have, want), have.grammar)
    paths = [disk.path for disk in [*disks_of(values, have), *disks_of(have.values, have)]]
    paths += [disk.source for disk in want.disks if disk.source is not None]
    paths += [values[key] for key in ("bootrom", "bootvars") if key in values]
    paths += [have.values[key] for key in ("bootvars",) if key in have.values]
    paths += [share.path for share in want.shares if share.present]
    parts = [path + PART for path in paths]
    return [*dict.fromkeys([*paths, *parts, have.folder, FIRMWARE_VARS])]


def check_storage(have: Have, want: WantGuest, goal: Values) -> None:
    """What is refused whatever the switches, and what a start would not find."""
    for wanted, disk in wanted_disks(have, want, goal):
        what = f"{want.name}: disk {disk.id}"
        there = have.volumes.get(disk.path)
        if there is not None and there.kind == "folder":
            raise Problem(f"{what}: {disk.path} is a folder")
        if disk.made and there is None:
            _check_new(have, wanted, disk, what)
        elif disk.made and there is not None and wanted.size is not None and wanted.size < there.size:
            raise Problem(
                f"{what}: it has {render_size(there.size)}, and a disk is never made smaller: what the guest has there"
                " would be lost"
            )
    if want.seed is not None and "makefs" in have.missing and _seed_is_due(have, goal):
        raise Problem(f"{want.name}: cloud_init needs makefs, which is not on this host: it is a part of FreeBSD")
    if want.goes_up and have.runtime is None:
        _check_start(have, want, goal)


def _check_new(have: Have, wanted: WantDisk, disk: Disk, what: str) -> None:
    if wanted.size is None and wanted.source is None:
        raise Problem(f"{what}: {disk.path} is not there: give its size to make it, or a source to copy")
    if wanted.source is None:
        return
    source = have.volumes.get(wanted.source)
    if source is None or source.kind == "folder":
        raise Problem(f"{what}: source {wanted.source} is not an image on this host")
    if wanted.size is not None and wanted.size < source.size:
        raise Problem(f"{what}: size is smaller than its source, {render_size(source.size)}")


def check_manager(have: Have) -> None:
    if have.engine == "vm-bhyve" and "vm" in have.missing:
        raise Problem(f"{have.name}: vm, which this takes, is not on this host: install vm-bhyve")


def _check_start(have: Have, want: WantGuest, goal: Values) -> None:
    check_manager(have)
    rom = goal.get("bootrom") or goal.get("lpc.bootrom")
    if have.engine == "base" and rom is not None and rom not in have.volumes:
        raise Problem(f"{want.name}: the firmware {rom} is not on this host: install edk2-bhyve, or give firmware")
    helper, source = _LOADERS.get(goal.get("hostwright.loader", ""), ("", ""))
    if have.engine == "base" and helper in have.missing:
        raise Problem(f"{want.name}: {helper} is not on this host: {source}")
    for disk in disks_of(goal, have):
        if not disk.made and disk.id != SEED_DISK and disk.path.startswith("/") and disk.path not in have.volumes:
            raise Problem(f"{want.name}: disk {disk.id}: {disk.path} is not on this host")
    for share in want.shares:
        if share.present and have.volumes.get(share.path, Volume("")).kind != "folder":
            raise Problem(f"{want.name}: share {share.name}: {share.path} is not a folder of this host")


def storage_steps(have: Have, want: WantGuest, goal: Values) -> list[Step]:
    steps: list[Step] = []
    for wanted, disk in wanted_disks(have, want, goal):
        if disk.made:
            steps += _disk_steps(have, wanted, disk)
    variables = goal.get("bootvars")
    if variables is not None and variables not in have.volumes and "uefi_vars" in want.plain:
        if FIRMWARE_VARS not in have.volumes:
            raise Problem(f"{want.name}: {FIRMWARE_VARS} is not on this host: install edk2-bhyve")
        steps.append(Step(Run(("cp", FIRMWARE_VARS, variables)), "copy the variables of the firmware"))
    if want.seed is not None and _seed_is_due(have, goal):
        steps += _seed_steps(have, want)
    if _needs_folder(have, want, steps) and have.folder not in have.volumes:
        make = Run(("install", "-d", "-m", "0700", have.folder))
        steps.insert(0, Step(make, f"make the folder {have.folder}"))
    return steps


def _needs_folder(have: Have, want: WantGuest, steps: t.Sequence[Step]) -> bool:
    """For files of the guest's own, and for sockets of its consoles, for which bhyve makes no folder."""
    own = any(f"{have.folder}/" in word for step in steps for word in _words(step))
    return own or (have.engine == "base" and bool(want.plain.get("virt_consoles")))


def _words(step: Step) -> tuple[str, ...]:
    return step.action.argv if isinstance(step.action, Run) else (getattr(step.action, "path", ""),)


def _disk_steps(have: Have, wanted: WantDisk, disk: Disk) -> list[Step]:
    there = have.volumes.get(disk.path)
    if there is None:
        return _make_steps(have, wanted, disk)
    if wanted.size is None or wanted.size <= there.size:
        return []
    change = Change(f"disks.{disk.id}.size", there.size, wanted.size)
    return [Step(_resize(disk.volume, disk.path, wanted.size), f"grow the disk {disk.id}", changes=(change,))]


def _resize(volume: str, path: str, size: int) -> Run:
    if volume:
        return Run(("zfs", "set", f"volsize={size}", volume), hint="is there enough space in its pool?")
    return Run(("truncate", "-s", str(size), path))


def _make_steps(have: Have, wanted: WantDisk, disk: Disk) -> list[Step]:
    """A copy is made beside its place and renamed when it is whole."""
    size = goal_size(have, wanted)
    change = (Change(f"disks.{disk.id}.size", None, size),)
    if wanted.source is None:
        make = Step(_create(disk, disk.volume, disk.path, size), f"make the disk {disk.id}", changes=change)
        return [*_close(disk.volume, disk.path), make, *_appear(disk.volume, disk.path)]
    part_volume = disk.volume + PART if disk.volume else ""
    part = disk.path + PART
    steps = []
    if part not in have.volumes or disk.volume:
        if part in have.volumes:
            steps.append(Step(Run(("zfs", "destroy", part_volume)), "remove what an earlier run has left half made"))
        make = Step(_create(disk, part_volume, part, size), f"make the disk {disk.id}")
        steps += [*_close(part_volume, part), make, *_appear(part_volume, part)]
    copy = Run(("dd", f"if={wanted.source}", f"of={part}", "bs=1048576", "conv=notrunc"), timeout=PATIENCE)
    steps.append(Step(copy, f"copy {wanted.source} to it"))
    if not disk.volume:
        steps.append(Step(_resize("", part, size), "give it its size"))
    move = Run(("zfs", "rename", part_volume, disk.volume)) if disk.volume else Run(("mv", part, disk.path))
    return [*steps, Step(move, f"it is the disk {disk.id}", changes=change), *_appear(disk.volume, disk.path)]


def _close(volume: str, path: str) -> list[Step]:
    """A file is made so that nobody else reads what the guest writes to it, wherever it is."""
    return [] if volume else [Step(Run(("install", "-m", "0600", "/dev/null", path)), f"make {path} for root only")]


def _appear(volume: str, path: str) -> list[Step]:
    """The kernel makes the device of a volume a moment after zfs(8) has ended (15.1)."""
    return [Step(Await(path), f"wait for {path}")] if volume else []


def goal_size(have: Have, wanted: WantDisk) -> int:
    if wanted.size is not None:
        return wanted.size
    source = have.volumes.get(wanted.source or "")
    size = source.size if source is not None else 0
    return -(-size // 2**20) * 2**20


def _create(disk: Disk, volume: str, path: str, size: int) -> Run:
    if not volume:
        return Run(("truncate", "-s", str(size), path))
    sparse = ("-s",) if disk.storage == "sparse-zvol" else ()
    return Run(
        ("zfs", "create", *sparse, "-V", str(size), "-o", "volmode=dev", volume), hint="is its parent dataset there?"
    )


def _seed_is_due(have: Have, goal: Values) -> bool:
    """Made anew when its checksum changes; ``goal`` has the new one."""
    keys = [key for key in goal if key.endswith((".seed", "_seed"))]
    same = all(have.values.get(key) == goal[key] for key in keys)
    return not same or f"{have.folder}/seed.iso" not in have.volumes


def _seed_steps(have: Have, want: WantGuest) -> list[Step]:
    """makefs(8) writes over a file that is there and leaves its mode; only root may read what is in it."""
    folder, new = f"{have.folder}/seed", f"{have.folder}/seed.iso.new"
    steps = [
        Step(Write(f"{folder}/{name}", text, 0o600, secret=True), f"write {name} of cloud-init")
        for name, text in want.seed or ()
    ]
    make = Run(("makefs", "-t", "cd9660", "-o", "rockridge", "-o", "label=cidata", new, folder))
    return [
        *steps,
        Step(Write(new, "", 0o600, secret=True), "make an empty file that only root can read"),
        Step(make, "make the seed of cloud-init"),
        Step(Run(("mv", "-f", new, f"{have.folder}/seed.iso")), "put it in its place"),
        Step(Run(("rm", "-r", "-f", folder)), "remove what it was made of"),
    ]


def remove_steps(have: Have) -> list[Step]:
    """All that the guest has of its own. A dataset with snapshots is refused by zfs(8)."""
    steps = []
    for disk in disks_of(have.values, have):
        if disk.made and disk.path in have.volumes:
            what = f"destroy the disk {disk.id}, {disk.path}"
            run = Run(("zfs", "destroy", disk.volume), hint="snapshots and clones go first")
            steps.append(Step(run if disk.volume else Remove(disk.path), what, switch="delete_storage"))
    own = {have.values.get("bootvars", ""), f"{have.folder}/seed.iso"}
    for path in sorted(own & set(have.volumes)):
        if path.startswith(f"{have.folder}/"):
            steps.append(Step(Remove(path), f"remove {path}", switch="delete_storage"))
    return steps


def goal_volumes(have: Have, want: WantGuest, goal: Values) -> dict[str, Volume]:
    """What is there after the steps."""
    volumes = dict(have.volumes)
    for wanted, disk in wanted_disks(have, want, goal):
        if not disk.made:
            continue
        kind = "zvol" if disk.volume else "file"
        there = volumes.get(disk.path)
        volumes.pop(disk.path + PART, None) if there is None and wanted.source else None
        size = goal_size(have, wanted) if there is None else max(there.size, wanted.size or 0)
        volumes[disk.path] = dataclasses.replace(there or Volume(kind), size=size)
    variables = goal.get("bootvars")
    if variables is not None and "uefi_vars" in want.plain:
        volumes.setdefault(variables, Volume("file"))
    if want.seed is not None:
        volumes.setdefault(f"{have.folder}/seed.iso", Volume("file"))
    if _needs_folder(have, want, storage_steps(have, want, goal)):
        volumes[have.folder] = Volume("folder")
    return volumes


def show_storage(have: Have, want: WantGuest) -> dict[str, t.Any]:
    """Sizes of disks that the task gives a size."""
    found = {disk.id: disk for disk in disks_of(have.values, have)}
    shown: dict[str, t.Any] = {}
    for wanted in want.disks:
        disk = found.get(wanted.id)
        if wanted.present and (wanted.size is not None or wanted.source is not None):
            there = have.volumes.get(disk.path) if disk is not None else None
            shown[f"disks.{wanted.id}.size"] = there.size if there is not None else None
    if want.seed is not None:
        shown["cloud_init"] = seed_sum(want) in have.values.values() and f"{have.folder}/seed.iso" in have.volumes
    return shown
