# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces of a jail with a network stack of its own: what a task says of them, and the lines of jail.conf. Pure.

The interfaces are made by ``exec.prestart``, given to the jail and set up by ``exec.created``, and are gone after
``exec.prestop`` and ``exec.poststop``. Each of our lines ends with MARK, by which it is found again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

# jail(8) hands a command to a shell only when it has one of the shell's characters in it, as the semicolon is.
MARK = "; # hostwright.virt network"
LONGEST = 15  # IFNAMSIZ less its null byte
_LIST = {"type": "list", "elements": "str"}
SPEC: dict[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "aliases": ["nics"],
    "options": {
        "bridge": {"type": "str"},
        "parent": {"type": "str"},
        "interface": {"type": "str"},
        "vlan": {"type": "int"},
        "mac": {"type": "str"},
        "mtu": {"type": "int"},
        "ipv4": dict(_LIST),
        "ipv6": dict(_LIST),
        "gateway": {"type": "str"},
        "gateway6": {"type": "str"},
    },
}


@dataclasses.dataclass(frozen=True)
class Network:
    """One interface. ``kind``: ``bridge`` (an epair on ``on``), ``parent`` (a VLAN of it) or ``interface`` (itself).

    ``device`` is its name in the jail, ``outer`` the other end of an epair, on the host.
    """

    kind: str
    on: str
    device: str
    outer: str = ""
    vlan: int | None = None
    mac: str | None = None
    mtu: int | None = None
    ipv4: tuple[str, ...] | None = None
    ipv6: tuple[str, ...] | None = None
    gateway: str | None = None
    gateway6: str | None = None

    @property
    def note(self) -> str:
        """Description of a VLAN's interface: a jail that has it is not told which VLAN that is (15.1: if_vlan.c)."""
        return f"{self.on}.{self.vlan}" if self.kind == "parent" else ""


def tail_of(name: str, room: int) -> str:
    """A jail's name as the end of an interface's; one that is too long or has a dot ends with a hash."""
    if len(name) <= room and "." not in name:
        return name
    coded = hashlib.sha256(name.encode()).hexdigest()[:6]
    return name.replace(".", "_")[: room - len(coded)] + coded


def own_name(jail: str, letters: str, index: int) -> str:
    """``e0b_web1``: the letters are for the kind of interface and the end of an epair."""
    start = f"{letters[0]}{index}{letters[1:]}_"
    return start + tail_of(jail, LONGEST - len(start))


def is_own(jail: str, device: str) -> bool:
    """Whether an interface has a name that we give to one of this jail."""
    found = re.fullmatch(r"([ev])([0-9]{1,2})([ab]?)_.*", device)
    return found is not None and device == own_name(jail, found.group(1) + found.group(3), int(found.group(2)))


def outer_of(device: str) -> str:
    """The end on the host of an epair of ours."""
    return re.sub(r"^(e[0-9]+)b_", r"\1a_", device)


def make_mac(host: str, jail: str, index: int) -> str:
    """An address that is the same each time, and another on each host: locally administered, unicast."""
    coded = hashlib.sha256(f"{host}/{jail}/{index}".encode()).hexdigest()
    return "02:" + ":".join(coded[place : place + 2] for place in range(0, 10, 2))


def with_macs(networks: t.Sequence[Network], host: str, jail: str) -> tuple[Network, ...]:
    """An epair has a MAC of ours when the task gives none; others keep theirs, which is the one that is received."""
    return tuple(
        net if net.mac or net.kind != "bridge" else dataclasses.replace(net, mac=make_mac(host, jail, index))
        for index, net in enumerate(networks)
    )


def parse_networks(jail: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[Network, ...]:
    networks = tuple(_parse_network(jail, index, item) for index, item in enumerate(given))
    for what in ("device", "mac"):
        values = [getattr(net, what) for net in networks if getattr(net, what)]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice:
            raise Problem(f"jail {jail}: two of its networks have the {what} {twice}")
    for what in ("gateway", "gateway6"):
        if len([net for net in networks if getattr(net, what)]) > 1:
            raise Problem(f"jail {jail}: {what} is given for two networks, and there is one default route")
    return networks


def _parse_network(jail: str, index: int, item: t.Mapping[str, t.Any]) -> Network:
    what = f"jail {jail}: network {index}"
    kinds = [kind for kind in ("bridge", "parent", "interface") if item.get(kind)]
    if len(kinds) != 1:
        raise Problem(f"{what}: give one of bridge, parent and interface")
    kind, on = kinds[0], parse_device(str(item[kinds[0]]), what)
    vlan = item.get("vlan")
    if vlan is not None and not 1 <= vlan <= 4094:
        raise Problem(f"{what}: vlan {vlan} is none of 1 to 4094")
    if (kind == "parent") != (vlan is not None) and kind != "bridge":
        raise Problem(f"{what}: vlan belongs to parent, and to bridge; a whole interface is given with interface")
    device = {"bridge": own_name(jail, "eb", index), "parent": own_name(jail, "v", index)}.get(kind, on)
    mtu = item.get("mtu")
    if mtu is not None and not 72 <= mtu <= 65535:
        raise Problem(f"{what}: mtu {mtu} is none of 72 to 65535")
    return Network(
        kind=kind,
        on=on,
        device=device,
        outer=own_name(jail, "ea", index) if kind == "bridge" else "",
        vlan=vlan,
        mac=_parse_mac(item.get("mac"), what),
        mtu=mtu,
        ipv4=_parse_addresses(item.get("ipv4"), 4, what),
        ipv6=_parse_addresses(item.get("ipv6"), 6, what),
        gateway=_parse_gateway(item.get("gateway"), 4, what),
        gateway6=_parse_gateway(item.get("gateway6"), 6, what),
    )


def parse_device(name: str, what: str) -> str:
    """A name that is one word for ifconfig(8), jail.conf and a shell."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,14}", name):
        raise Problem(f"{what}: {name[:40]!r} cannot be the name of an interface")
    return name


def _parse_mac(mac: t.Any, what: str) -> str | None:
    if not mac:
        return None
    text = str(mac).lower().replace("-", ":")
    if not re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", text) or int(text[:2], 16) & 1:
        raise Problem(f"{what}: {mac!r} is not the MAC address of one interface")
    return text


def _parse_addresses(given: t.Sequence[t.Any] | None, version: int, what: str) -> tuple[str, ...] | None:
    if given is None:
        return None
    found = []
    for text in given:
        try:
            address = ipaddress.ip_interface(str(text))
        except ValueError:
            address = None
        if address is None or address.version != version or "/" not in str(text) or "%" in str(text):
            raise Problem(f"{what}: {text!r} is not an IPv{version} address with its /prefix")
        found.append(address.with_prefixlen)
    return tuple(dict.fromkeys(found))


def _parse_gateway(given: t.Any, version: int, what: str) -> str | None:
    if not given:
        return None
    try:
        address = ipaddress.ip_address(str(given))
    except ValueError:
        address = None
    if address is None or address.version != version or "%" in str(given):
        raise Problem(f"{what}: {given!r} is not the IPv{version} address of a gateway")
    return str(address)


def lines_of(jail: str, networks: t.Sequence[Network]) -> dict[str, tuple[str, ...]]:
    """Our lines of each ``exec`` parameter."""
    made = {
        "exec.prestart": [_make(net) for net in networks if net.kind != "interface"],
        "exec.created": [_set_up(jail, net) for net in networks],
        "exec.prestop": [
            f"ifconfig {net.device} -vnet {jail} 2>/dev/null || :" for net in networks if net.kind != "bridge"
        ],
        "exec.poststop": [f"ifconfig {net.outer or net.device} destroy" for net in networks if net.kind != "interface"],
    }
    return {name: tuple(line + MARK for line in lines) for name, lines in made.items()}


def _make(net: Network) -> str:
    """What a start that failed left behind goes first: jail(8) runs no exec.poststop after one (15.1)."""
    name = net.outer or net.device
    words = [f"ifconfig {name} destroy 2>/dev/null"]
    if net.kind == "bridge":
        steps = ["e=$(ifconfig epair create)", f"ifconfig $e name {net.outer} >/dev/null"]
        steps += [f"ifconfig ${{e%a}}b name {net.device} >/dev/null"]
    else:
        steps = [f"e=$(ifconfig vlan create vlan {net.vlan} vlandev {net.on})", f"ifconfig $e name {name} >/dev/null"]
    steps += [" ".join(argv) for argv in dress(net)]
    words += [" && ".join(steps) + f" || {{ ifconfig $e destroy 2>/dev/null; ifconfig {name} destroy; exit 1; }}"]
    return "; ".join(words)


def dress(net: Network) -> list[tuple[str, ...]]:
    """Commands on the host for an interface that was just made."""
    found: list[tuple[str, ...]] = [("ifconfig", net.device, "ether", net.mac)] if net.mac else []
    if net.note:
        found.append(("ifconfig", net.device, "description", net.note))
    if net.mtu:  # of the end in the jail: a member of a bridge has the bridge's
        found.append(("ifconfig", net.device, "mtu", str(net.mtu)))
    if net.kind == "bridge":
        found += [join_bridge(net), ("ifconfig", net.outer, "up")]
    return found


def join_bridge(net: Network) -> tuple[str, ...]:
    """``untagged`` is the access VLAN of a member of a bridge that filters VLANs, which FreeBSD 15 has."""
    vlan = ("untagged", str(net.vlan)) if net.vlan else ()
    return ("ifconfig", net.on, "addm", net.outer, *vlan)


def _set_up(jail: str, net: Network) -> str:
    commands: list[tuple[str, ...]] = [("ifconfig", net.device, "vnet", jail)]
    inside = ("ifconfig", "-j", jail, net.device)
    if net.kind == "interface":
        commands += [(*inside, "ether", net.mac)] if net.mac else []
        commands += [(*inside, "mtu", str(net.mtu))] if net.mtu else []
    commands += [(*inside, "inet", address, "alias") for address in net.ipv4 or ()]
    commands += [(*inside, "inet6", address, "alias") for address in net.ipv6 or ()]
    commands += [(*inside, "up")]
    if net.gateway:
        commands += [("route", "-j", jail, "-n", "add", "default", net.gateway, ">/dev/null")]
    if net.gateway6:
        commands += [("route", "-j", jail, "-n", "add", "-inet6", "default", net.gateway6, ">/dev/null")]
    return " && ".join(" ".join(argv) for argv in commands)


def claimed(declared: t.Mapping[str, t.Sequence[str]] | None) -> tuple[str, ...]:
    """The interfaces that our lines of a definition give to its jail."""
    lines = (declared or {}).get("exec.created", ())
    found = [re.match(r"ifconfig (\S+) vnet ", line) for line in lines if line.endswith(MARK)]
    return tuple(match.group(1) for match in found if match)
