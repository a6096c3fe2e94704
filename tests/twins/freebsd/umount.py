# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""umount(8) of what the twins of other tools mounted."""

from __future__ import annotations

from .world import Fail, World


def main(world: World, words: list[str]) -> int:
    mounts = world.data.get("mounts", [])
    world.data["mounts"] = [mount for mount in mounts if mount[1] != words[-1]]
    if len(world.data["mounts"]) == len(mounts):
        raise Fail(f"umount: {words[-1]}: not a file system root directory")
    return 0
