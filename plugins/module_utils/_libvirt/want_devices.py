# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks and the other devices of a declaration. Private; pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name, parse_switch
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import Device
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import At, Leaf, at
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want_disks import (
    TYPE,
    check_path,
    check_text,
    read_boot_order,
)

Entry = t.Mapping[str, t.Any]
AGENT = "org.qemu.guest_agent.0"
_MAC = re.compile(r"[0-9a-fA-F]{1,2}([:-][0-9a-fA-F]{1,2}){5}")
_PCI = re.compile(r"(?:([0-9a-fA-F]{4}):)?([0-9a-fA-F]{2}):([0-9a-fA-F]{2})\.([0-7])")
_USB = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")


def parse_mac(text: str) -> str:
    if not _MAC.fullmatch(text):
        raise Problem(f"{text!r} is not a MAC address: write six pairs of hexadecimal digits, like 52:54:00:12:34:56")
    parts = [int(part, 16) for part in re.split("[:-]", text)]
    if parts[0] & 1:
        raise Problem(f"MAC address {text} is a multicast address: the first pair must be even")
    return ":".join(f"{part:02x}" for part in parts)


def read_networks(name: str, entries: t.Sequence[Entry] | None) -> tuple[Device, ...]:
    nics = tuple(_read_network(f"{name}: network {number}", entry) for number, entry in enumerate(entries or (), 1))
    macs = [nic.key for nic in nics if nic.key]
    for mac in macs:
        if macs.count(mac) > 1:
            raise Problem(f"{name}: networks name the MAC {mac} twice: each address once")
    return nics


def _read_network(what: str, entry: Entry) -> Device:
    mac = "" if entry["mac"] is None else parse_mac(entry["mac"])
    if entry["state"] == "absent":
        if not mac:
            raise Problem(f"{what}: a network with state=absent must be named by its mac")
        return Device("interface", mac, present=False)
    leaves = (*_read_link(what, entry), *_read_vlans(what, entry), *_read_card(what, entry))
    return Device("interface", mac, (*leaves, *read_boot_order(what, entry)), (Leaf(at("model@type"), "virtio"),))


def _read_card(what: str, entry: Entry) -> t.Iterator[Leaf]:
    """The card that the guest sees, and its name on the host."""
    name, mtu = entry["vifname"], entry["mtu"]
    if entry["model"] is not None:
        yield Leaf(at("model@type"), parse_name(entry["model"], f"{what}: model"), "model")
    if name is not None:
        parse_name(name, f"{what}: vifname", longest=15)
        if name.startswith(("vnet", "macvtap", "macvlan")):
            raise Problem(f"{what}: vifname {name!r} begins like a name that libvirt gives by itself")
        yield Leaf(at("target@dev"), name, "vifname")
    if mtu is not None:
        if not 68 <= mtu <= 65535:
            raise Problem(f"{what}: mtu must be from 68 to 65535, not {mtu}")
        yield Leaf(at("mtu@size"), str(mtu), "mtu")
    if entry["link_state"] is not None:
        yield Leaf(at("link@state"), entry["link_state"], "link_state", kind="up")


def _read_link(what: str, entry: Entry) -> t.Iterator[Leaf]:
    """What the interface is attached to: a network of libvirt, a bridge, or an interface of the host."""
    kinds = {"network": entry["network"], "bridge": entry["bridge"], "direct": entry["link"]}
    named = {kind: value for kind, value in kinds.items() if value is not None}
    if len(named) > 1:
        raise Problem(f"{what}: give one of network, bridge and link")
    for key, owner in (("portgroup", "network"), ("link_mode", "link")):
        if entry[key] is not None and entry[owner] is None:
            raise Problem(f"{what}: {key} needs {owner}")
    for kind, value in named.items():
        yield Leaf(TYPE, kind, "type", resets=("source?", "virtualport?"))
        field = "dev" if kind == "direct" else kind
        longest = 50 if kind == "network" else 15
        parse_name(value, f"{what}: {'link' if kind == 'direct' else kind}", longest, more="._:+-")
        yield Leaf(at(f"source@{field}"), value, "link" if kind == "direct" else kind)
    if entry["portgroup"] is not None:
        yield Leaf(at("source@portgroup"), check_text(entry["portgroup"], f"{what}: portgroup") or None, "portgroup")
    if entry["link_mode"] is not None:
        yield Leaf(at("source@mode"), entry["link_mode"], "link_mode")


def _read_vlans(what: str, entry: Entry) -> t.Iterator[Leaf]:
    """Open vSwitch takes VLANs itself; a bridge of the kernel would ignore them."""
    vlan, trunks = entry["vlan"], entry["trunks"]
    tags = [*([vlan] if vlan else []), *(trunks or [])]
    for tag in tags:
        if not 1 <= tag <= 4094:
            raise Problem(f"{what}: VLAN {tag} must be from 1 to 4094, or 0 for none")
    yield from _read_switch(what, entry, bool(tags))
    if vlan is None and trunks is None:
        return
    words = tuple(dict.fromkeys(map(str, tags)))
    yield Leaf(at("vlan/tag@id*"), words, "vlans", resets=("vlan?",))
    yield Leaf(at("vlan@trunk"), "yes" if trunks else None, "trunk")
    if vlan and trunks:
        yield Leaf(at("vlan/tag@nativeMode", id=str(vlan)), "untagged", "native_mode")


def _read_switch(what: str, entry: Entry, tagged: bool) -> t.Iterator[Leaf]:
    ovs = entry["ovs"]
    if ovs is False and tagged:
        raise Problem(f"{what}: vlan and trunks need an Open vSwitch bridge, but ovs is false")
    if ovs is None and tagged and entry["bridge"] is not None:
        ovs = True
    if ovs is not None:
        if entry["bridge"] is None:
            raise Problem(f"{what}: ovs needs bridge")
        yield Leaf(at("virtualport@type"), "openvswitch" if ovs else None, "virtualport", resets=("virtualport?",))


def read_filesystems(name: str, entries: t.Sequence[Entry] | None) -> tuple[Device, ...]:
    found = []
    for entry in entries or ():
        what = f"{name}: filesystem {entry['target']!r}"
        target = check_text(entry["target"], what)
        if not target or entry["source"] is None and entry["state"] == "present":
            raise Problem(f"{what}: needs a source, a folder of the host")
        leaves = []
        if entry["source"] is not None:
            check_path(entry["source"], f"{what}: source")
            leaves.append(Leaf(at("source@dir"), entry["source"], "source"))
        if entry["driver"] is not None:
            leaves.append(Leaf(at("driver@type"), entry["driver"], "driver", resets=("driver?",)))
        if entry["access"] is not None:
            leaves.append(Leaf(at("readonly?"), "yes" if entry["access"] == "ro" else None, "readonly"))
        defaults = (Leaf(TYPE, "mount"), Leaf(At((), "accessmode"), "passthrough"), Leaf(at("target@dir"), target))
        found.append(Device("filesystem", target, tuple(leaves), defaults, entry["state"] == "present"))
    return tuple(found)


def read_graphics(name: str, entries: t.Sequence[Entry] | None) -> tuple[tuple[Device, ...], frozenset[str]]:
    """The devices, and the passwords in them."""
    found, secrets = [], set()
    for entry in entries or ():
        what = f"{name}: graphics {entry['type']}"
        leaves = []
        if entry["listen"] is not None:
            leaves.append(_read_listen(what, entry["listen"]))
        if entry["port"] is not None:
            if not 1024 <= entry["port"] <= 65535:
                raise Problem(f"{what}: port must be from 1024 to 65535, not {entry['port']}")
            leaves += [Leaf(At((), "port"), str(entry["port"]), "port"), Leaf(At((), "autoport"), "no", "autoport")]
        if entry["password"] is not None:
            leaves.append(_read_password(what, entry))
            secrets.add(entry["password"])
        anywhere = [] if entry["port"] else [Leaf(At((), "port"), "-1"), Leaf(At((), "autoport"), "yes")]
        loopback = Leaf(at("listen@address", type="address"), "127.0.0.1")
        defaults = (Leaf(TYPE, entry["type"]), *anywhere, *([] if entry["listen"] else [loopback]))
        found.append(Device("graphics", entry["type"], tuple(leaves), defaults, entry["state"] == "present"))
    return tuple(found), frozenset(secrets - {""})


def _read_listen(what: str, listen: str) -> Leaf:
    try:
        address = str(ipaddress.ip_address(listen))
    except ValueError:
        raise Problem(f"{what}: listen {listen!r} is not an IP address, like 127.0.0.1") from None
    return Leaf(at("listen@address", type="address"), address, "listen", resets=("@listen", "listen?"))


def _read_password(what: str, entry: Entry) -> Leaf:
    password = entry["password"]
    if re.search(r"[\x00-\x1f\x7f]", password):
        raise Problem(f"{what}: the password holds a control character")
    if entry["type"] == "vnc" and len(password.encode()) > 8:
        raise Problem(f"{what}: VNC compares 8 characters of a password only: give at most 8")
    return Leaf(At((), "passwd"), password or None, "password", kind="secret")


def read_hostdevs(name: str, entries: t.Sequence[Entry] | None) -> tuple[Device, ...]:
    found = []
    for entry in entries or ():
        given = [key for key in ("pci", "usb") if entry[key] is not None]
        if len(given) != 1:
            raise Problem(f"{name}: a hostdev is named by pci or by usb")
        key, leaves = (_read_pci if given == ["pci"] else _read_usb)(name, entry[given[0]])
        plain = [Leaf(At((), "mode"), "subsystem"), Leaf(TYPE, given[0]), Leaf(At((), "managed"), "yes")]
        found.append(Device("hostdev", key, (), (*plain, *leaves), entry["state"] == "present"))
    return tuple(found)


def _read_pci(name: str, text: str) -> tuple[str, list[Leaf]]:
    match = _PCI.fullmatch(text)
    if match is None:
        raise Problem(f"{name}: {text!r} is not the address of a PCI device, like 0000:03:00.0")
    domain, bus, slot, function = (int(part or "0", 16) for part in match.groups())
    parts = {"domain": f"0x{domain:04x}", "bus": f"0x{bus:02x}", "slot": f"0x{slot:02x}", "function": f"0x{function:x}"}
    key = f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"
    return key, [Leaf(at(f"source/address@{word}"), value) for word, value in parts.items()]


def _read_usb(name: str, text: str) -> tuple[str, list[Leaf]]:
    match = _USB.fullmatch(text)
    if match is None:
        raise Problem(f"{name}: {text!r} is not a USB device: write vendor:product, like 046d:c52b")
    vendor, product = (word.lower() for word in match.groups())
    leaves = [Leaf(at("source/vendor@id"), f"0x{vendor}"), Leaf(at("source/product@id"), f"0x{product}")]
    return f"{vendor}:{product}", leaves


def read_singles(name: str, params: Entry) -> tuple[Device, ...]:
    """Devices of which a guest has one."""
    found = []
    if params["video"] is not None:
        model = parse_name(params["video"], f"{name}: video")
        found.append(Device("video", "", (Leaf(at("model@type"), model, "model", resets=("model?", "address?")),)))
    if params["console"] is not None:
        kinds = ("console",) if params["console"] else ("serial", "console")
        found += [Device(kind, "", (), (Leaf(TYPE, "pty"),), params["console"]) for kind in kinds]
    if params["guest_agent"] is not None:
        places = {"target@type": "virtio", "target@name": AGENT}
        defaults = (Leaf(TYPE, "unix"), *(Leaf(at(place), value) for place, value in places.items()))
        found.append(Device("channel", AGENT, (), defaults, params["guest_agent"]))
    if params["watchdog"] is not None:
        found.append(_read_watchdog(params["watchdog"]))
    if params["rng"] is not None:
        found.append(_read_rng(name, params["rng"]))
    if params["tpm"] is not None:
        found.append(_read_tpm(name, params["tpm"]))
    return tuple(found)


def _read_watchdog(entry: Entry) -> Device:
    leaves = tuple(Leaf(At((), key), entry[key], key) for key in ("model", "action") if entry[key] is not None)
    defaults = (Leaf(At((), "model"), "i6300esb"), Leaf(At((), "action"), "reset"))
    return Device("watchdog", "", leaves, defaults, entry["state"] == "present")


def _read_rng(name: str, value: str) -> Device:
    if not value.startswith("/") and value != "builtin":
        if parse_switch(value, f"{name}: rng"):
            value = "/dev/urandom"
        else:
            return Device("rng", present=False)
    anew = ("backend?",)
    kind = "builtin" if value == "builtin" else "random"
    leaves = [Leaf(at("backend@model"), kind, "backend", resets=anew)]
    if kind == "random":
        leaves.append(Leaf(at("backend"), check_path(value, f"{name}: rng"), "source"))
    return Device("rng", "", tuple(leaves), (Leaf(At((), "model"), "virtio"),))


def _read_tpm(name: str, entry: Entry) -> Device:
    if (entry["path"] is not None) != (entry["type"] == "passthrough") and entry["state"] == "present":
        raise Problem(f"{name}: a tpm of type passthrough needs the path of the device, and no other type has one")
    leaves = [Leaf(at("backend@type"), entry["type"], "type", resets=("backend?",))]
    if entry["model"] is not None:
        leaves.append(Leaf(At((), "model"), entry["model"], "model"))
    if entry["version"] is not None:
        leaves.append(Leaf(at("backend@version"), entry["version"], "version"))
    if entry["path"] is not None:
        leaves.append(Leaf(at("backend/device@path"), check_path(entry["path"], f"{name}: tpm path"), "path"))
    return Device("tpm", "", tuple(leaves), (), entry["state"] == "present")
