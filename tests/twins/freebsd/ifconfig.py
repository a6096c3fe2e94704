# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ifconfig(8): addresses of shared interfaces, and no more."""

from __future__ import annotations

from .world import Fail, World

INTERFACES = ("lo0", "vtnet0")


def main(world: World, words: list[str]) -> int:
    interface, _family, address, *_rest = words
    if interface not in INTERFACES:
        raise Fail(f"ifconfig: interface {interface} does not exist")
    alias = [interface, address.split("/")[0]]
    aliases = world.data.setdefault("aliases", [])
    if words[-1] == "-alias":
        if alias not in aliases:
            raise Fail("ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address")
        aliases.remove(alias)
    elif alias not in aliases:
        aliases.append(alias)
    return 0
