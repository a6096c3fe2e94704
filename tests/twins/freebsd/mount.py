# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mount(8): what is mounted, with -p as fstab(5) spells it, and -t of the file systems that jails have."""

from __future__ import annotations

from pathlib import Path

from .world import Fail, World

NAMELESS = ("devfs", "fdescfs", "procfs", "linprocfs", "tmpfs")


def main(world: World, words: list[str]) -> int:
    mounts = world.data.setdefault("mounts", [])
    if "-t" in words and len(words) > 2:
        kind = words[words.index("-t") + 1]
        opts = words[words.index("-o") + 1] if "-o" in words else ""
        return put(world, kind, opts, words[-2], words[-1])
    system = [[world.data.get("disk", "/dev/vtbd0p2"), "/", "ufs", "rw"], ["devfs", "/dev", "devfs", "rw"]]
    for what, point, kind, options in [*system, *mounts]:
        row = f"{padded(what)}{padded(point)}{kind}\t{options}\t\t{'1 1' if point == '/' else '0 0'}"
        print(row if "-p" in words else f"{what} on {point} ({kind})")
    return 0


def padded(text: str) -> str:
    return text + "\t" * max(1, 3 - len(text) // 8)


def put(world: World, kind: str, opts: str, what: str, point: str) -> int:
    if kind == "nullfs" and not there(world, what):
        raise Fail(f"mount_nullfs: {what}: No such file or directory", 64)
    if not there(world, seen_through(world, point)):
        raise Fail(f"mount_{kind}: {point}: No such file or directory", 64)
    flags = ",".join(["ro" if "ro" in opts.split(",") else "rw"])
    world.data["mounts"].append([kind if kind in NAMELESS else what, point, kind, flags])
    return 0


def seen_through(world: World, point: str) -> str:
    """Where a folder in a nullfs really is: a twin mounts nothing."""
    for what, base, kind, _options in world.data["mounts"]:
        if kind == "nullfs" and point.startswith(base + "/"):
            return str(what) + point[len(base) :]
    return point


def there(world: World, path: str) -> bool:
    """Below the twin's root, or on this machine."""
    return world.file(path).exists() or Path(path).exists()
