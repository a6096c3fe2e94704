# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network interfaces as ifconfig(8) shows them, and what brings those of a running jail to what is declared. Pure."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._jail.networks import (
    Network,
    dress,
    is_own,
    join_bridge,
    outer_of,
)


@dataclasses.dataclass(frozen=True)
class Link:
    """An interface. ``bridge`` and ``vlan``: of which bridge it is a member, and in which VLAN untagged."""

    mac: str = ""
    mtu: int = 1500
    up: bool = False
    bridge: str = ""
    vlan: int | None = None
    addresses: frozenset[str] = frozenset()
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Links:
    """What the host and the jail have; ``routes`` are the jail's default gateways by ``inet`` and ``inet6``.

    ``filtering``: bridges that filter VLANs, each with the VLAN that a new member is untagged in.
    """

    host: t.Mapping[str, Link] = dataclasses.field(default_factory=dict)
    inside: t.Mapping[str, Link] = dataclasses.field(default_factory=dict)
    routes: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    filtering: t.Mapping[str, int | None] = dataclasses.field(default_factory=dict)

    def vlan_of(self, net: Network) -> int | None:
        """In which VLAN it shall be untagged on its bridge: the declared one, or the bridge's for new members."""
        return net.vlan or self.filtering.get(net.on)


def parse_ifconfig(text: str) -> tuple[dict[str, Link], dict[str, int | None]]:
    """Interfaces by name, and the bridges that filter VLANs with their ``defuntagged``."""
    links: dict[str, Link] = {}
    members: dict[str, tuple[str, int | None]] = {}
    filtering: dict[str, int | None] = {}
    name = member = ""
    for line in text.splitlines():
        head = re.match(r"(\S+): flags=\w+<([\w,]*)>.* mtu (\d+)", line)
        if head:
            name = head.group(1)
            links[name] = Link(mtu=int(head.group(3)), up="UP" in head.group(2).split(","))
            continue
        words = line.split()
        if words[:1] == ["member:"]:
            member = words[1]
            members[member] = (name, None)
        elif words[:1] in (["port"], ["ifmaxaddr"], ["role"]) and member:  # of a member: the last has its VLAN
            members[member] = (name, _number_of(line, r" untagged (\d+)"))
        elif words[:1] == ["bridge"] and "VLANFILTER" in line:
            filtering[name] = _number_of(line, r" defuntagged=(\d+)")
        elif name and words:
            links[name] = _with_line(links[name], words)
    on = {device: members[device] for device in members if device in links}
    links.update({d: dataclasses.replace(links[d], bridge=bridge, vlan=vlan) for d, (bridge, vlan) in on.items()})
    return links, filtering


def _number_of(line: str, pattern: str) -> int | None:
    found = re.search(pattern, line)
    return int(found.group(1)) if found else None


def _with_line(link: Link, words: list[str]) -> Link:
    if words[0] == "ether":
        return dataclasses.replace(link, mac=words[1].lower())
    if words[0] == "description:":
        return dataclasses.replace(link, note=" ".join(words[1:]))
    if words[0] == "inet" and "netmask" in words:
        mask = int(words[words.index("netmask") + 1], 16)
        return dataclasses.replace(link, addresses=link.addresses | {f"{words[1]}/{bin(mask).count('1')}"})
    if words[0] == "inet6" and "prefixlen" in words and "%" not in words[1]:
        text = f"{ipaddress.ip_address(words[1])}/{words[words.index('prefixlen') + 1]}"
        return dataclasses.replace(link, addresses=link.addresses | {text})
    return link


def parse_gateway(text: str) -> str:
    """Of ``route -n get default``; empty without one."""
    found = re.search(r"^\s*gateway:\s*(\S+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def after(links: Links, networks: t.Sequence[Network], gone: t.Iterable[str], running: bool) -> Links:
    """The interfaces when those of the jail are as declared; without a running jail ours are not there."""
    away = {name for device in gone for name in (device, outer_of(device)) if device not in _real(networks)}
    host = {name: link for name, link in links.host.items() if name not in away}
    inside = {name: link for name, link in links.inside.items() if name not in away} if running else {}
    routes = dict(links.routes) if running else {}
    for net in networks:
        ours = [net.outer, net.device] if net.kind != "interface" else [net.device]
        old = links.inside.get(net.device, Link())
        host = {name: link for name, link in host.items() if name not in ours}
        if not running:
            if net.kind == "interface":
                host[net.device] = links.host.get(net.device, Link())
            continue
        if net.outer:
            host[net.outer] = Link(up=True, bridge=net.on, vlan=links.vlan_of(net))
        old = old if is_same(net, old) else Link()
        inside[net.device] = Link(
            net.mac or old.mac, net.mtu or old.mtu, True, addresses=_addresses(net, old), note=net.note or old.note
        )
        for family, gateway in (("inet", net.gateway), ("inet6", net.gateway6)):
            routes.update({family: gateway} if gateway else {})
    return dataclasses.replace(links, host=host, inside=inside, routes=routes)


def is_same(net: Network, link: Link) -> bool:
    """Whether an interface is the declared one, or only has its name: the VLAN of one cannot be changed in a jail."""
    return not net.note or link.note == net.note


def _real(networks: t.Sequence[Network]) -> set[str]:
    return {net.device for net in networks if net.kind == "interface"}


def _addresses(net: Network, old: Link) -> frozenset[str]:
    kept = {a for a in old.addresses if (net.ipv6 if ":" in a else net.ipv4) is None}
    return frozenset({*kept, *(net.ipv4 or ()), *(net.ipv6 or ())})


def show(links: Links, networks: t.Sequence[Network]) -> dict[str, t.Any]:
    """The declared interfaces of a running jail, as they are."""
    shown: dict[str, t.Any] = {}
    for net in networks:
        inside, outer = links.inside.get(net.device), links.host.get(net.outer, Link())
        if inside is None:
            shown[net.device] = None
            continue
        found: dict[str, t.Any] = {"up": inside.up}
        if net.kind == "bridge":
            found.update(bridge=outer.bridge, vlan=outer.vlan)
        found.update({"parent": inside.note} if net.note else {})
        found.update({"mac": inside.mac} if net.mac else {}, **({"mtu": inside.mtu} if net.mtu else {}))
        if net.ipv4 is not None:
            found["ipv4"] = sorted(a for a in inside.addresses if ":" not in a)
        if net.ipv6 is not None:
            found["ipv6"] = sorted(a for a in inside.addresses if ":" in a)
        for key, family in (("gateway", "inet"), ("gateway6", "inet6")):
            found.update({key: links.routes.get(family, "")} if getattr(net, key) else {})
        shown[net.device] = found
    return shown


def live_steps(jail: str, links: Links, networks: t.Sequence[Network], gone: t.Iterable[str]) -> list[model.Step]:
    """From the interfaces of a running jail to those that are declared."""
    steps = [step for device in gone for step in give_back(jail, links, device)]
    other = bool(steps)
    for net in networks:
        link = links.inside.get(net.device)
        if link is not None and is_same(net, link):
            steps += _change(jail, links, net)
        else:
            steps += give_back(jail, links, net.device) if link is not None else []
            steps += _add(jail, links, net)
            other = True
    return [*steps, *_routes(jail, links, networks, other)]


def give_back(jail: str, links: Links, device: str) -> list[model.Step]:
    """Take an interface from a running jail; what we made is destroyed."""
    outer = outer_of(device)
    if outer != device:
        return [_step(("ifconfig", outer, "destroy"), f"destroy {outer}")] if outer in links.host else []
    steps = []
    if device in links.inside:
        steps.append(_step(("ifconfig", device, "-vnet", jail), f"take {device} from jail {jail}"))
    if is_own(jail, device) and steps:
        steps.append(_step(("ifconfig", device, "destroy"), f"destroy {device}"))
    return steps


def leaked(jail: str, links: Links) -> list[str]:
    """What of ours is on the host; of an epair one end is enough."""
    ours = [name for name in links.host if is_own(jail, name)]
    return sorted({outer_of(name) if outer_of(name) in ours else name for name in ours})


def _step(argv: model.Argv, summary: str, ok: tuple[int, ...] = (0,)) -> model.Step:
    return model.Step(model.Run(argv, ok=ok), summary)


def _add(jail: str, links: Links, net: Network) -> list[model.Step]:
    inside = ("ifconfig", "-j", jail, net.device)
    summary = f"give {net.device} to jail {jail}"
    steps = []
    if net.kind != "interface":
        steps = [_step(("ifconfig", name, "destroy"), f"destroy {name}") for name in leaked_of(links, net)]
        words = (net.outer, net.device) if net.kind == "bridge" else (net.on, str(net.vlan), net.device)
        make = model.Call("jail", f"make_{'epair' if net.kind == 'bridge' else 'vlan'}", words)
        steps += [model.Step(make, f"make {net.device}")]
        steps += [_step(argv, f"set up {net.device}") for argv in dress(net)]
    steps.append(_step(("ifconfig", net.device, "vnet", jail), summary))
    fresh = Link(mac=net.mac or "", mtu=net.mtu or 1500) if net.kind != "interface" else Link()
    return [*steps, *_inside(inside, fresh, net)]


def leaked_of(links: Links, net: Network) -> list[str]:
    return [name for name in [net.outer or net.device] if name in links.host]


def _change(jail: str, links: Links, net: Network) -> list[model.Step]:
    steps = []
    outer = links.host.get(net.outer)
    if net.kind == "bridge" and outer is not None:
        wrong = (outer.bridge, outer.vlan) != (net.on, links.vlan_of(net))
        if outer.bridge and wrong:
            steps.append(
                _step(("ifconfig", outer.bridge, "deletem", net.outer), f"take {net.outer} off {outer.bridge}")
            )
        if wrong:
            steps.append(_step(join_bridge(net), f"put {net.outer} on {net.on}"))
        if not outer.up:
            steps.append(_step(("ifconfig", net.outer, "up"), f"turn {net.outer} on"))
    return [*steps, *_inside(("ifconfig", "-j", jail, net.device), links.inside[net.device], net)]


def _inside(words: model.Argv, link: Link, net: Network) -> list[model.Step]:
    steps = []
    if net.mac and link.mac != net.mac:
        steps.append(_step((*words, "ether", net.mac), f"set the MAC of {net.device}"))
    if net.mtu and link.mtu != net.mtu:
        steps.append(_step((*words, "mtu", str(net.mtu)), f"set the MTU of {net.device}"))
    goal = _addresses(net, link)
    for address in sorted(goal - link.addresses):
        family = "inet6" if ":" in address else "inet"
        steps.append(_step((*words, family, address, "alias"), f"put {address} on {net.device}"))
    for address in sorted(link.addresses - goal):
        family = "inet6" if ":" in address else "inet"
        bare = address.partition("/")[0]
        steps.append(_step((*words, family, bare, "-alias"), f"take {bare} from {net.device}"))
    if not link.up:
        steps.append(_step((*words, "up"), f"turn {net.device} on"))
    return steps


def _routes(jail: str, links: Links, networks: t.Sequence[Network], other: bool) -> list[model.Step]:
    """A route may go with its address, and with its interface, which may have another name: ``other`` ones come."""
    pairs = [(links.inside.get(net.device, Link()), net) for net in networks]
    lost = {address for link, net in pairs for address in link.addresses - _addresses(net, link)}
    shaken = {"inet", "inet6"} if other else {"inet6" if ":" in address else "inet" for address in lost}
    steps = []
    for family, field in (("inet", "gateway"), ("inet6", "gateway6")):
        gateway = next((getattr(net, field) for net in networks if getattr(net, field)), None)
        if gateway and (links.routes.get(family) != gateway or family in shaken):
            words = ("route", "-j", jail, "-n", "change", f"-{family}", "default", gateway)
            add = model.Run((*words[:4], "add", *words[5:]))
            steps.append(model.Step(model.Run(words, otherwise=add), f"route jail {jail} by {gateway}"))
    return steps
