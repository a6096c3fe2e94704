# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large the root of a container may become: volumes that grow, and quotas. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem, Run
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Effective

VOLUMES = ("loop", "lvm")
QUOTAS = ("zfs", "btrfs")
LVS = ("lvs", "--noheadings", "--nosuffix", "--units", "b")
_KINDS = (*VOLUMES, *QUOTAS, "dir", "overlay", "overlayfs", "rbd", "nbd")


@dataclasses.dataclass(frozen=True)
class Room:
    """``size`` in bytes, 0 for no limit; a volume counts in whole ``unit``s."""

    size: int = 0
    unit: int = 1

    def rounded(self, size: int) -> int:
        return -(-size // self.unit) * self.unit


def read_rootfs(values: Effective) -> tuple[str, str]:
    """Kind and place of a root; LXC 2 wrote a folder without its kind."""
    path = values.get("lxc.rootfs.path", ("",))[0]
    kind, _colon, place = path.partition(":")
    return (kind, place) if kind in _KINDS else ("dir", path)


def files_of(kind: str, place: str) -> str:
    """The folder that the container's own files are in; an overlay is a lower and an upper one."""
    return place.rpartition(":")[2] if kind.startswith("overlay") else place


def room_argv(kind: str, place: str) -> Argv:
    argvs: t.Mapping[str, Argv] = {
        "loop": ("stat", "-c", "%s", "--", place),
        "lvm": (*LVS, "-o", "lv_size,vg_extent_size", "--", place),
        "zfs": ("zfs", "get", "-Hp", "-o", "value", "refquota", place),
        "btrfs": ("btrfs", "qgroup", "show", "-rf", "--raw", place),
    }
    return argvs[kind]


def parse_room(kind: str, text: str) -> Room:
    words = text.split()
    if kind == "lvm":
        return Room(int(words[0]), int(words[1]))
    if kind == "loop":
        return Room(int(words[0]) // 4096 * 4096, 4096)  # LXC makes it one byte larger (5.0.2)
    if kind == "zfs":
        return Room(int(words[0]))
    # Qgroupid Referenced Exclusive Max_referenced Path, below a line of titles and one of dashes
    limit = next(line.split()[3] for line in text.splitlines() if line[:2] == "0/")
    return Room(int(limit) if limit.isdigit() else 0)


def resize_runs(kind: str, place: str, size: int) -> list[Run]:
    """A volume grows with its file system, a quota is set; 0 lifts the quota."""
    text = str(size or "none")
    if kind == "zfs":
        return [Run(("zfs", "set", f"refquota={text}", place))]
    if kind == "btrfs":
        hint = f"are quotas on? If not: btrfs quota enable {place}"
        return [Run(("btrfs", "qgroup", "limit", text, place), hint=hint)]
    if kind == "lvm":
        return [Run(("lvextend", "--resizefs", "--size", f"{text}b", "--", place))]
    # 1: errors were found and corrected. resize2fs makes the file larger itself
    check = Run(("e2fsck", "-f", "-p", place), ok=(0, 1), hint="only a file system of ext2, ext3 or ext4 can grow here")
    return [check, Run(("resize2fs", place, f"{size // 1024}K"))]


def check_resize(name: str, kind: str, room: Room, size: int, *, runs: bool) -> None:
    """What no resize may do: take from a file system, or work below one that is in use."""
    if kind in QUOTAS:
        return
    if kind not in VOLUMES:
        raise Problem(f"{name}: fs_size: a root of the kind {kind} has no size of its own")
    if size == 0:
        raise Problem(f"{name}: fs_size: a root of the kind {kind} cannot be without a size")
    if size < room.size:
        raise Problem(f"{name}: fs_size {size} is less than the {room.size} bytes that its root has: it only grows")
    if runs:
        raise Problem(
            f"{name}: a root of the kind {kind} grows only while the container is stopped, and it runs: "
            "give state=stopped, and start it with a task after that"
        )
