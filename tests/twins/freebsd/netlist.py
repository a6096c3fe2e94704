# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network interfaces of the twin's kernel, and how ifconfig(8) shows them."""

from __future__ import annotations

import ipaddress
import typing as t

from . import carp
from .world import World

Interface = t.Dict[str, t.Any]
KINDS = ("epair", "bridge", "vlan", "tap")
_LOOP = {"kind": "lo", "mtu": 16384}
_LOOPBACK = ("127.0.0.1/8", "::1/128", "fe80::1/64")
_FLAGS = {
    "lo": ("1008049<UP,LOOPBACK,RUNNING,MULTICAST,LOWER_UP>", "8008<LOOPBACK,MULTICAST>"),
    "bridge": (
        "1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP>",
        "8802<BROADCAST,SIMPLEX,MULTICAST>",
    ),
    "tap": (
        "1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP>",
        "8802<BROADCAST,SIMPLEX,MULTICAST>",
    ),
    "": (
        "1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP>",
        "1008842<BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP>",
    ),
}
_OPTIONS = {
    "lo": "680003<RXCSUM,TXCSUM,LINKSTATE,RXCSUM_IPV6,TXCSUM_IPV6>",
    "epair": "60001b<RXCSUM,TXCSUM,VLAN_MTU,VLAN_HWTAGGING,RXCSUM_IPV6,TXCSUM_IPV6>",
    "bridge": "10<VLAN_HWTAGGING>",
    "vlan": "80000<LINKSTATE>",
    "tap": "4080000<LINKSTATE,MEXTPG>",
    "vtnet": "880028<VLAN_MTU,JUMBO_MTU,LINKSTATE,HWSTATS>",
}


def listed(world: World) -> list[Interface]:
    if "interfaces" not in world.data:
        world.data["interfaces"] = []
        put(world, {**_LOOP, "name": "lo0", "up": True, "addresses": list(_LOOPBACK)})
        put(world, {"name": "vtnet0", "kind": "vtnet", "mac": "52:54:00:12:34:56", "addresses": ["10.0.2.15/24"]})
        find(world, "", "vtnet0").update(up=True)  # type: ignore[union-attr]
    return t.cast("list[Interface]", world.data["interfaces"])


def put(world: World, item: Interface) -> Interface:
    plain = {"jail": "", "mtu": 1500, "up": False, "mac": "", "bridge": "", "vlan_in": None, "note": ""}
    numbers = [known["index"] for known in world.data["interfaces"]]
    number = next(n for n in range(1, len(numbers) + 2) if n not in numbers)
    made = {**plain, "addresses": [], "members": [], "index": number, "unit": None, "filter": False, **item}
    world.data["interfaces"].append(made)
    return made


def of(world: World, jail: str) -> list[Interface]:
    return [item for item in listed(world) if item["jail"] == jail]


def find(world: World, jail: str, name: str) -> Interface | None:
    return next((item for item in of(world, jail) if item["name"] == name), None)


def give_loopback(world: World, jail: str) -> None:
    """A network stack has a loopback of its own, without an address (15.1)."""
    if find(world, jail, "lo0") is None:
        put(world, {**_LOOP, "name": "lo0", "jail": jail})


def add(world: World, jail: str, kind: str, unit: int | None) -> Interface:
    taken = [item["unit"] for item in listed(world) if item["kind"] == kind]
    number = unit if unit is not None else next(n for n in range(len(taken) + 1) if n not in taken)
    names = [f"epair{number}a", f"epair{number}b"] if kind == "epair" else [f"{kind}{number}"]
    made = []
    for name in names:
        mac = "58:9c:fc:10:%02x:%02x" % (number % 256, len(listed(world)) % 256)
        made.append(put(world, {"name": name, "kind": kind, "unit": number, "jail": jail, "mac": mac}))
    return made[0]


def leave(world: World, jail: str, name: str) -> None:
    """Out of its bridge, if it is in one."""
    item = find(world, jail, name)
    bridge = find(world, jail, item["bridge"]) if item else None
    if item:
        item["bridge"] = ""
    if bridge:
        bridge["members"].remove(name)


def move(world: World, item: Interface, jail: str) -> None:
    """To another network stack: without addresses and bridges, and up no more."""
    leave(world, item["jail"], item["name"])
    item.update(jail=jail, addresses=[], up=False)
    listed(world).remove(item)
    listed(world).append(item)


def remove(world: World, item: Interface) -> None:
    """Of an epair both ends go, wherever they are."""
    gone = [item]
    if item["kind"] == "epair":
        gone = [other for other in listed(world) if (other["kind"], other["unit"]) == ("epair", item["unit"])]
    for one in gone:
        leave(world, one["jail"], one["name"])
        listed(world).remove(one)


def end_of_jail(world: World, jail: str) -> None:
    """A network stack that ends gives its interfaces back; its loopback goes with it."""
    for item in of(world, jail):
        if item["kind"] == "lo":
            listed(world).remove(item)
        else:
            move(world, item, "")


def show_all(world: World, items: t.Iterable[Interface], keys: bool = False) -> str:
    return "\n".join(show(world, item, keys) for item in items)


def show(world: World, item: Interface, keys: bool = False) -> str:
    kind = item["kind"]
    flags = _FLAGS.get(kind, _FLAGS[""])[0 if item["up"] else 1]
    if item.get("carp"):
        flags = flags.replace("1008843<", "1008943<").replace("RUNNING,", "RUNNING,PROMISC,")
    lines = [f"{item['name']}: flags={flags} metric 0 mtu {item['mtu']}"]
    lines += [f"description: {item['note']}"] if item["note"] else []
    lines.append(f"options={_OPTIONS[kind]}")
    lines += [f"ether {item['mac']}"] if item["mac"] else []
    lines += [_spell(item, text) + carp.mark(item, text) for text in item["addresses"]]
    lines += carp.show(item, keys)
    lines += _bridge(world, item) if kind == "bridge" else []
    lines += [f"groups: {kind}"] if kind != "vtnet" else []
    if kind == "vlan" and not item["jail"]:  # if_vlan.c of 15.1 tells it on the host only
        lines.append(f"vlan: {item['tag']} vlanproto: 802.1q vlanpcp: 0 parent interface: {item['parent']}")
    if kind == "tap":
        opened = item.get("opened")
        lines += ["media: Ethernet 1000baseT <full-duplex>", "status: active" if opened else "status: no carrier"]
    elif kind not in ("lo", "bridge"):
        speed = "Ethernet 10Gbase-T" if kind == "epair" else "Ethernet autoselect"
        lines += [f"media: {speed} (10Gbase-T <full-duplex>)", "status: active"]
    nd6 = {"lo": "21<PERFORMNUD,AUTO_LINKLOCAL>", "bridge": "9<PERFORMNUD,IFDISABLED>"}
    lines.append(f"nd6 options={nd6.get(kind, '29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>')}")
    lines += [f"Opened by PID {abs(item['opened'])}"] if item.get("opened") else []
    return "\n\t".join(lines)


def _spell(item: Interface, text: str) -> str:
    found = ipaddress.ip_interface(text)
    if found.version == 6:
        zone = f"%{item['name']}" if found.ip.is_link_local else ""
        scope = f" scopeid 0x{item['index'] + 1:x}" if zone else ""
        return f"inet6 {found.ip}{zone} prefixlen {found.network.prefixlen}{scope}"
    mask = f"inet {found.ip} netmask 0x{int(found.netmask):08x}"
    return mask if item["kind"] == "lo" else f"{mask} broadcast {found.network.broadcast_address}"


def _bridge(world: World, item: Interface) -> list[str]:
    root = 32768 if item["up"] else 0
    lines = [
        "id 00:00:00:00:00:00 priority 32768 hellotime 2 fwddelay 15",
        "maxage 20 holdcnt 6 proto rstp maxaddr 2000 timeout 1200",
        f"root id 00:00:00:00:00:00 priority {root} ifcost 0 port 0",
        "bridge flags=" + ("1<VLANFILTER>" if item["filter"] else "0<>"),
    ]
    for name in item["members"]:
        member = find(world, item["jail"], name)
        number = member["index"] if member else 0
        vlan = f" untagged {member['vlan_in']}" if member and member["vlan_in"] else ""  # sbin/ifconfig of 15
        lines.append(f"member: {name} flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>")
        lines.append(f"        port {number} priority 128 path cost 2000 vlan protocol 802.1q{vlan}")
    return lines
