# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a volume is kept in on the bay: an LVM logical volume, a ZFS volume or a file."""

from __future__ import annotations

import dataclasses
import json
import os
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, read_output
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Await,
    Change,
    Problem,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import render_size
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import Backing, WantVolume

# One report per volume group, with and without volumes in it (vgs and lvs leave out one or the other).
LVM_REPORT = (
    *("lvm", "fullreport", "--reportformat", "json", "--units", "b", "--nosuffix"),
    *("--configreport", "vg", "-o", "vg_name,vg_extent_size,vg_free"),
    *("--configreport", "lv", "-o", "lv_name,lv_size"),
    *("--configreport", "pv", "-o", "pv_name", "--configreport", "pvseg", "-o", "pvseg_start"),
    *("--configreport", "seg", "-o", "seg_start"),
)
ZFS_LIST = ("zfs", "list", "-Hp", "-t", "filesystem,volume", "-o", "name,type,volsize,volblocksize,available")
ZFS_ROUND = 1024**2  # a multiple of every volblocksize


@dataclasses.dataclass(frozen=True)
class Store:
    """A backing store that exists."""

    type: str
    path: str
    size: int


@dataclasses.dataclass(frozen=True)
class Room:
    """Where stores are made: sizes there are multiples of ``unit``; ``free`` is None when that is not known."""

    exists: bool
    unit: int = 512
    free: int | None = None


@dataclasses.dataclass(frozen=True)
class Storage:
    """All stores of the bay by path, and the places for more by (type, place)."""

    stores: t.Mapping[str, Store]
    rooms: t.Mapping[tuple[str, str], Room]

    def room_of(self, store: Store) -> Room:
        place = store.path.rsplit("/", 1)[0]
        place = (
            place[len("/dev/zvol/") :]
            if store.type == "zfs"
            else place[len("/dev/") :]
            if store.type == "lvm"
            else place
        )
        return self.rooms.get((store.type, place), Room(True))


def observe_storage(host: Host, paths: t.Collection[str], backings: t.Collection[Backing]) -> Storage:
    """Read what the named paths and places need: at most one lvm fullreport, one zfs list and one stat."""
    stores: dict[str, Store] = {}
    rooms: dict[tuple[str, str], Room] = {}
    kinds = {backing.type for backing in backings}
    devices = [path for path in paths if path.startswith("/dev/") and not path.startswith("/dev/zvol/")]
    if "lvm" in kinds or (devices and host.has("lvm")):
        out = host.query(LVM_REPORT).out
        read_output(LVM_REPORT, out, lambda text: parse_lvm_report(text, stores, rooms))
    if "zfs" in kinds or any(path.startswith("/dev/zvol/") for path in paths):
        out = host.query(ZFS_LIST).out
        read_output(ZFS_LIST, out, lambda text: parse_zfs_list(text, stores, rooms))
    files = sorted(path for path in paths if not path.startswith("/dev/"))
    if files:  # stat(1) of Linux and of FreeBSD share no option
        sizes = host.ask("storage", "sizes", files)
        stores.update({path: Store("file", path, size) for path, size in sizes.items()})
    for backing in backings:
        if backing.type == "file":
            rooms["file", backing.place] = Room(host.exists(backing.place))
    return Storage(stores, rooms)


def parse_lvm_report(text: str, stores: dict[str, Store], rooms: dict[tuple[str, str], Room]) -> None:
    for report in json.loads(text)["report"]:
        for group in report["vg"]:
            rooms["lvm", group["vg_name"]] = Room(True, int(group["vg_extent_size"]), int(group["vg_free"]))
            for volume in report["lv"]:
                path = f"/dev/{group['vg_name']}/{volume['lv_name']}"
                stores[path] = Store("lvm", path, int(volume["lv_size"]))


def parse_zfs_list(text: str, stores: dict[str, Store], rooms: dict[tuple[str, str], Room]) -> None:
    for line in text.splitlines():
        name, kind, volsize, _block, available = line.split("\t")
        if kind == "volume":
            stores["/dev/zvol/" + name] = Store("zfs", "/dev/zvol/" + name, int(volsize))
        else:
            rooms["zfs", name] = Room(True, ZFS_ROUND, int(available))


def call(method: str, *args: t.Any) -> t.Any:
    """Resource API: ``sizes`` of the files of a list that are there."""
    if method != "sizes":
        raise Problem(f"storage has no method {method}")
    return {path: os.path.getsize(path) for path in args[0] if os.path.isfile(path)}


def round_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def sized(store: Store | None, want: WantVolume, storage_path: str, room: Room) -> Store:
    """The store after the change; raises Problem for what cannot be."""
    if store is None:
        return _new(want, storage_path, room)
    if want.size is None:
        return store
    size = round_up(want.size, room.unit)
    if size < store.size and want.size < store.size:
        raise Problem(
            f"{want.name}: {store.path} has {render_size(store.size)}, more than {render_size(want.size)}: shrinking "
            "would destroy data and is always refused; declare the size it has"
        )
    if size > store.size:
        _check_free(want, room, size - store.size, store.path)
        return dataclasses.replace(store, size=size)
    return store


def _new(want: WantVolume, path: str, room: Room) -> Store:
    backing = want.backing
    if backing is None or want.size is None:
        raise Problem(f"{want.name}: does not exist yet; to create it give size and backing (type, and where)")
    if not room.exists:
        what, make = {
            "lvm": ("volume group", "vgcreate"),
            "zfs": ("ZFS dataset", "zfs create"),
            "file": ("directory", "mkdir, or mount what belongs there"),
        }[backing.type]
        raise Problem(f"{want.name}: {what} {backing.place} does not exist: make it first ({make})")
    size = round_up(want.size, room.unit)
    _check_free(want, room, size, path)
    return Store(backing.type, path, size)


def _check_free(want: WantVolume, room: Room, more: int, path: str) -> None:
    if room.free is not None and more > room.free:
        place = path.rsplit("/", 1)[0]
        raise Problem(
            f"{want.name}: {place} has {render_size(room.free)} free, and {render_size(more)} are needed for {path}"
        )


def store_steps(have: Store | None, goal: Store) -> list[Step]:
    """Create or grow."""
    if have is None:
        return _create_steps(goal, str(goal.size))
    if have.size == goal.size:
        return []
    size = str(goal.size)
    grow: dict[str, tuple[str, ...]] = {
        "lvm": ("lvextend", "--size", size + "b", goal.path),
        "zfs": ("zfs", "set", "volsize=" + size, zfs_name(goal)),
        "file": ("truncate", "-s", size, "--", goal.path),
    }
    change = Change("size", have.size, goal.size)
    return [Step(Run(grow[goal.type]), f"grow {goal.path} to {render_size(goal.size)}", changes=(change,))]


def zfs_name(store: Store) -> str:
    return store.path[len("/dev/zvol/") :]


def _create_steps(goal: Store, size: str) -> list[Step]:
    change = (Change("size", None, goal.size),)
    summary = f"create {goal.path} of {render_size(goal.size)}"
    if goal.type == "lvm":
        group, name = goal.path.split("/")[2:4]
        # Signatures of an earlier volume in the same place are wiped without a question
        argv = ("lvcreate", "--yes", "--wipesignatures", "y", "--zero", "y")
        return [Step(Run((*argv, "--size", size + "b", "--name", name, group)), summary, changes=change)]
    if goal.type == "zfs":
        made = Step(Run(("zfs", "create", "-V", size, zfs_name(goal))), summary, changes=change)
        return [made, Step(Await(goal.path), f"wait for {goal.path}")]
    truncate = Run(("truncate", "-s", size, "--", goal.path))
    return [
        Step(Write(goal.path, "", 0o600), f"create {goal.path}"),
        Step(truncate, f"size {goal.path} to {render_size(goal.size)}", changes=change),
    ]


def delete_step(store: Store) -> Step:
    argv = {
        "lvm": ("lvremove", "--yes", store.path),
        "zfs": ("zfs", "destroy", zfs_name(store)),
        "file": ("rm", "--", store.path),
    }[store.type]
    return Step(
        Run(argv),
        f"delete {store.path} with its data",
        switch="delete_storage",
        changes=(Change("size", store.size, None),),
    )
