# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pciconf(8) -l: the devices that a test says there are."""

from __future__ import annotations

from .world import World


def main(world: World, _words: list[str]) -> int:
    for name, place in world.data.get("pci", {"hostb0": "0:0:0:0"}).items():
        print(f"{name}@pci{place}:\tclass=0x060000 rev=0x00 hdr=0x00 vendor=0x8086 device=0x1237 subvendor=0x1af4")
    return 0
