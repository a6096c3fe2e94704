# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""route(8) of 14 and newer: the default route of a jail."""

from __future__ import annotations

from . import kernel
from .world import Fail, World


def main(world: World, words: list[str]) -> int:
    jail = ""
    if words[:1] == ["-j"]:
        found = kernel.find(world, words[1])
        if found is None:
            raise Fail("route: Jail not found")
        jail, words = found["jid"], words[2:]
    words = [word for word in words if word != "-n"]
    family = "inet6" if "-inet6" in words else "inet"
    verb, *rest = [word for word in words if word not in ("-inet", "-inet6", "default")]
    routes = world.data.setdefault("routes", {}).setdefault(jail, {})
    there = routes.get(family)
    if verb == "get":
        if not there:
            raise Fail("route: route has not been found", 255)
        print(f"   route to: 0.0.0.0\ndestination: 0.0.0.0\n       mask: 0.0.0.0\n    gateway: {there}\n        fib: 0")
        print("  interface: -\n      flags: <UP,GATEWAY,DONE,STATIC>")
        print(" recvpipe  sendpipe  ssthresh  rtt,msec    mtu        weight    expire\n       0")
        return 0
    if (verb == "add") == bool(there):
        print(
            f"{verb} net default: gateway {rest[0]} fib 0: " + ("route already in table" if there else "not in table")
        )
        raise Fail("route: message indicates error: " + ("File exists" if there else "No such process"))
    routes[family] = rest[0]
    print(f"{verb} net default: gateway {rest[0]}")
    return 0
