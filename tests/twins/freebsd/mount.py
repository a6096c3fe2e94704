# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mount(8) without operands, and with -p as fstab(5) spells it: the mounts that the twins of other tools made."""

from __future__ import annotations

from .world import World


def main(world: World, words: list[str]) -> int:
    for what, point, kind, options in [["/dev/vtbd0p2", "/", "ufs", "rw"], *world.data.get("mounts", [])]:
        print(f"{what}\t{point}\t{kind}\t{options}\t0 0" if "-p" in words else f"{what} on {point} ({kind})")
    return 0
