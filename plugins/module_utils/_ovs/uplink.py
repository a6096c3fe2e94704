# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device that carries the host's own addresses goes into a bridge, and they go to the bridge's own port. Private.

A device that is a port hands every packet to the bridge, so an address left on it would be cut off from the network.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import host, model
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Link, Site
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.want import WantBridge, WantPort

PACKAGES = {"ip": "iproute2"}
SWITCH = "allow_uplink_move"
FOREVER = 2**32 - 1


def observe_links(host_: host.Host) -> dict[str, Link]:
    """Addresses and routes of every device, in three commands."""
    addresses: dict[str, tuple[str, ...]] = {}
    routes: dict[str, list[str]] = {}
    for device in _ask(host_, "addr"):
        addresses[device["ifname"]] = tuple(filter(None, map(_spell_address, device.get("addr_info", ()))))
    for family in ("-4", "-6"):
        for route in _ask(host_, family, "route", "show", "table", "all"):
            line = _spell_route(family, route)
            if line:
                routes.setdefault(route["dev"], []).append(line)
    return {name: Link(addresses[name], tuple(routes.get(name, ()))) for name in addresses}


def _ask(host_: host.Host, *words: str) -> list[dict[str, t.Any]]:
    # iproute2 prints nothing at all, or [{}], when there is nothing to print
    argv = ("ip", "-json", *words)
    out = host_.query(argv).out or "[]"
    return host.read_output(argv, out, lambda text: [dict(entry) for entry in json.loads(text) if entry])


def _spell_address(info: t.Mapping[str, t.Any]) -> str:
    """As `ip address add` takes it. Link-local and temporary addresses belong to the device, not to the host."""
    if info.get("scope") in ("link", "host") or info.get("temporary") or "local" not in info:
        return ""
    words = [f"{info['local']}/{info['prefixlen']}"]
    if "address" in info:
        words = [info["local"], "peer", f"{info['address']}/{info['prefixlen']}"]
    if "broadcast" in info:
        words += ["broadcast", info["broadcast"]]
    if "metric" in info:
        words += ["metric", str(info["metric"])]
    words += ["noprefixroute"] if info.get("noprefixroute") else []
    words += ["nodad"] if info["family"] == "inet6" else []  # it was checked on the same wire already
    return " ".join(words)


def _spell_route(family: str, route: t.Mapping[str, t.Any]) -> str:
    """As `ip route replace` takes it, without the device. What the kernel makes by itself is left out."""
    if "dev" not in route or route.get("protocol") in ("kernel", "ra", "redirect") or "nexthops" in route:
        return ""
    if route.get("type", "unicast") != "unicast":
        return ""
    words = [family, route["dst"]]
    if "gateway" in route:
        words += ["via", route["gateway"]]
    elif "via" in route:
        words += ["via", route["via"]["family"], route["via"]["host"]]
    for key, word in (("prefsrc", "src"), ("metric", "metric"), ("table", "table"), ("protocol", "proto")):
        if key in route and not (key == "protocol" and route[key] == "boot"):
            words += [word, str(route[key])]
    if "scope" in route and "gateway" not in route and "via" not in route:
        words += ["scope", str(route["scope"])]
    words += ["onlink"] if "onlink" in route.get("flags", ()) else []
    return " ".join(words)


def list_faces(site: Site, port: WantPort) -> tuple[str, ...]:
    """The interfaces of a declared port: those that it names, or has, or else the one of its own name."""
    there = site.bridge.ports.get(port.name) if site.bridge else None
    return port.interfaces or (tuple(there.interfaces) if there else (port.name,))


def find_movers(site: Site, want: WantBridge) -> tuple[str, ...]:
    """Listed interfaces that have addresses or routes.

    Without the switch only those that are not in the bridge yet count: what is there already is not ours to judge.
    """
    bridge = site.bridge
    inside = {face for port in (bridge.ports.values() if bridge else ()) for face in port.interfaces}
    movers = []
    for port in want.present_ports:
        for face in list_faces(site, port):
            link = site.links.get(face, Link())
            internal = port.face.values.get("type", "") == "internal" or face == want.name
            if (link.addresses or link.routes) and not internal and (want.allow_uplink_move or face not in inside):
                movers.append(face)
    return tuple(movers)


def move_links(site: Site, want: WantBridge) -> dict[str, Link]:
    """Addresses and routes after the move."""
    links = dict(site.links)
    for mover in find_movers(site, want):
        link, own = links[mover], links.get(want.name, Link())
        links[mover] = Link()
        links[want.name] = Link(_join(own.addresses, link.addresses), _join(own.routes, link.routes))
    return links


def _join(one: t.Sequence[str], other: t.Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def plan_move(site: Site, want: WantBridge) -> model.Plan:
    """One `ip` process for all, so that the host is off the network for as short as can be.

    `-force`: what can be done is done, whatever fails; the state is read back in any case.
    """
    movers = find_movers(site, want)
    if not movers:
        return ()
    lines = [f"link set dev {want.name} up"]
    changes = []
    for mover in movers:
        link = site.links[mover]
        lines += [f"address del {_identity(address)} dev {mover}" for address in link.addresses]
        lines += [f"{line} dev {mover}" for line in _route_lines("del", link.routes)]
        lines += [f"link set dev {mover} up"]
        lines += [f"address replace {address} dev {want.name}" for address in link.addresses]
        changes += [model.Change(f"addresses.{mover}", [*link.addresses], [])]
        changes += [model.Change(f"routes.{mover}", [*link.routes], [])] if link.routes else []
    for mover in movers:
        lines += [f"{line} dev {want.name}" for line in _route_lines("replace", site.links[mover].routes)]
    script = "".join(line + "\n" for line in lines)
    return (
        model.Step(
            action=model.Run(("ip", "-force", "-batch", "-"), stdin=script, ok=(0, 1, 2), timeout=want.timeout),
            summary=f"move the addresses and routes of {', '.join(movers)} to {want.name}",
            switch=SWITCH,
            changes=tuple(changes),
        ),
    )


def _identity(address: str) -> str:
    """The part of an address that `ip address del` needs."""
    words = address.split()
    return " ".join(words[:3]) if "peer" in words[:2] else words[0]


def _route_lines(verb: str, routes: t.Sequence[str]) -> list[str]:
    """A route goes with its family, which `ip -batch` takes per line by the form of its addresses only."""
    ordered = sorted(routes, key=lambda route: " via " in route)  # gateways need the routes that lead to them
    return [f"route {verb} {_with_family(route)}" for route in ordered]


def _with_family(route: str) -> str:
    family, _space, rest = route.partition(" ")
    words = rest.split(" ")
    if words[0] == "default":
        words[0] = "::/0" if family == "-6" else "0.0.0.0/0"
    return " ".join(words)


def with_links(site: Site, links: t.Mapping[str, Link]) -> Site:
    return dataclasses.replace(site, links=dict(links))


def show_links(site: Site, want: WantBridge) -> dict[str, t.Any]:
    """Where the host's addresses are, when the declaration may move them."""
    if not want.allow_uplink_move:
        return {}
    names = [want.name] + [face for port in want.present_ports for face in list_faces(site, port)]
    shown = {name: site.links[name] for name in names if name in site.links}
    return {
        "addresses": {name: sorted(link.addresses) for name, link in shown.items() if link.addresses},
        "routes": {name: sorted(link.routes) for name, link in shown.items() if link.routes},
    }
