# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces, mounts and devices of a declaration. Private; pure."""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Edit

_LINKED = ("phys", "vlan", "macvlan", "ipvlan")
_ADDRESSED = ("phys", "vlan", "veth", "macvlan", "ipvlan")
_MODES: t.Mapping[str, tuple[str, ...]] = {
    "macvlan": ("private", "vepa", "bridge", "passthru"),
    "ipvlan": ("l2", "l3", "l3s"),
    "veth": ("bridge", "router"),
}
_MODE_KEYS = {"macvlan": "macvlan.mode", "ipvlan": "ipvlan.mode", "veth": "veth.mode"}
_PATH = r"/[^\x00-\x20\x7f]+"


@dataclasses.dataclass(frozen=True)
class WantNic:
    """``keys``: values below ``lxc.net.INDEX.``; ``defaults`` only where the file says nothing yet."""

    index: int
    type: str = "veth"
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    present: bool = True

    def edits(self) -> list[Edit]:
        if not self.present:
            return [("drop", str(self.index), ())]
        base = f"lxc.net.{self.index}."
        return [
            ("net", str(self.index), (self.type,)),
            *(("set", base + key, values) for key, values in self.keys),
            *(("default", base + key, (value,)) for key, value in self.defaults),
        ]


@dataclasses.dataclass(frozen=True)
class WantMount:
    target: str
    line: str = ""
    present: bool = True

    @property
    def edit(self) -> Edit:
        return "mount", self.target, (self.line,) if self.present else ()


@dataclasses.dataclass(frozen=True)
class WantDevice:
    path: str
    access: str = "rwm"
    present: bool = True

    @property
    def mount(self) -> WantMount:
        target = self.path.lstrip("/")
        return WantMount(target, f"{self.path} {target} none bind,create=file 0 0", self.present)


def read_networks(name: str, given: t.Sequence[t.Mapping[str, t.Any]] | None) -> tuple[WantNic, ...] | None:
    if given is None:
        return None
    nics = [_read_nic(name, place, options) for place, options in enumerate(given)]
    indexes = [nic.index for nic in nics]
    for index in indexes:
        if indexes.count(index) > 1:
            raise Problem(f"{name}: networks: two of them have index {index}")
    names = [values[0] for nic in nics for key, values in nic.keys if key == "name" and values and nic.present]
    for one in names:
        if names.count(one) > 1:
            raise Problem(f"{name}: networks: two of them are named {one}")
    return tuple(nics)


def _read_nic(name: str, place: int, options: t.Mapping[str, t.Any]) -> WantNic:
    index = place if options["index"] is None else options["index"]
    what = f"{name}: network {index}"
    if not 0 <= index <= 999:
        raise Problem(f"{what}: index must be from 0 to 999")
    if options["state"] == "absent":
        return WantNic(index, present=False)
    kind = options["type"]
    keys = dict(_read_link(what, kind, options))
    if kind in _ADDRESSED:
        keys.update(_read_common(what, kind, options))
        keys.update(_read_addresses(what, options))
    else:
        for option in ("name", "mac", "mtu", "ipv4", "ipv6", "ipv4_gateway", "ipv6_gateway"):
            if options[option] is not None:
                raise Problem(f"{what}: {option} cannot be given for type {kind}, which has no interface of its own")
    defaults = []
    if kind in _ADDRESSED and options["name"] is None:
        defaults.append(("name", f"eth{index}"))
    if kind in ("veth", "macvlan") and options["mac"] is None and options["mode"] != "passthru":
        defaults.append(("hwaddr", make_mac(name, index)))
    return WantNic(index, kind, tuple(keys.items()), tuple(defaults))


def make_mac(name: str, index: int) -> str:
    """The same address each time; the prefix is the one that LXC draws from."""
    digest = hashlib.sha256(f"{name}/{index}".encode()).hexdigest()
    return f"00:16:3e:{digest[0:2]}:{digest[2:4]}:{digest[4:6]}"


def _device(value: str, what: str) -> str:
    return parse_name(value, what, longest=15, more="._-@:")


def _read_link(what: str, kind: str, options: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, tuple[str, ...]]]:
    link = options["link"]
    if link is None and kind in _LINKED:
        raise Problem(f"{what}: type {kind} needs link, the interface of this host that it is made from")
    if link is not None and kind in ("empty", "none"):
        raise Problem(f"{what}: link cannot be given for type {kind}")
    if link is not None:
        yield "link", (_device(link, f"{what}: link"),) if link else ()
    yield from _read_mode(what, kind, options)
    yield from _read_vlans(what, kind, options)
    if options["veth_pair"] is not None:
        if kind != "veth":
            raise Problem(f"{what}: veth_pair is for type veth")
        yield "veth.pair", (_device(options["veth_pair"], f"{what}: veth_pair"),)


def _read_mode(what: str, kind: str, options: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, tuple[str, ...]]]:
    mode = options["mode"]
    if mode is not None:
        if mode not in _MODES.get(kind, ()):
            valid = ", ".join(_MODES.get(kind, ())) or "none"
            raise Problem(f"{what}: mode {mode!r} is none of type {kind}; it has: {valid}")
        yield _MODE_KEYS[kind], (mode,)
    if options["isolation"] is not None:
        if kind != "ipvlan":
            raise Problem(f"{what}: isolation is for type ipvlan; macvlan has mode")
        yield "ipvlan.isolation", (options["isolation"],)


def _read_vlans(what: str, kind: str, options: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, tuple[str, ...]]]:
    vlan = options["vlan"]
    if vlan is not None and kind not in ("vlan", "veth"):
        raise Problem(f"{what}: vlan cannot be given for type {kind}: make a VLAN interface and give it as link")
    if kind == "vlan" and vlan is None:
        raise Problem(f"{what}: type vlan needs vlan, the number of the VLAN on {options['link']}")
    for number in [vlan, *(options["trunks"] or ())]:
        if number is not None and not 1 <= number <= 4094:
            raise Problem(f"{what}: VLAN {number} is not from 1 to 4094")
    if vlan is not None:
        yield "vlan.id" if kind == "vlan" else "veth.vlan.id", (str(vlan),)
    if options["trunks"] is not None:
        if kind != "veth":
            raise Problem(f"{what}: trunks are for type veth")
        yield "veth.vlan.tagged.id", tuple(str(number) for number in options["trunks"])


def _read_common(what: str, kind: str, options: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, tuple[str, ...]]]:
    yield "flags", ("up",) if options["up"] else ()
    if options["name"] is not None:
        yield "name", (_device(options["name"], f"{what}: name"),)
    if options["mac"] is not None:
        yield "hwaddr", (_read_mac(what, kind, options["mac"].lower()),)
    if options["mtu"] is not None:
        if not 68 <= options["mtu"] <= 65535:
            raise Problem(f"{what}: mtu {options['mtu']} is not from 68 to 65535")
        yield "mtu", (str(options["mtu"]),)
    for option, key in (("script_up", "script.up"), ("script_down", "script.down")):
        if options[option] is not None:
            if options[option] and not re.fullmatch(_PATH, options[option]):
                raise Problem(f"{what}: {option} {options[option]!r} must be an absolute path without blanks")
            yield key, (options[option],) if options[option] else ()


def _read_mac(what: str, kind: str, mac: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac) or int(mac[:2], 16) & 1:
        raise Problem(f"{what}: mac {mac!r} is not an address of one interface, like 00:16:3e:00:00:01")
    if kind == "ipvlan":
        raise Problem(f"{what}: an ipvlan has the address of its link: leave mac out")
    return mac


def _read_addresses(what: str, options: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, tuple[str, ...]]]:
    for version in (4, 6):
        option = f"ipv{version}"
        if options[option] is not None:
            for text in options[option]:
                if "/" not in text:
                    raise Problem(f"{what}: {option} {text!r} needs the length of its network, like {text}/24")
            yield f"{option}.address", tuple(_address(what, version, text) for text in options[option])
        gateway = options[f"{option}_gateway"]
        if gateway is not None:
            if gateway not in ("", "auto", "dev"):
                gateway = _address(what, version, gateway).split("/")[0]
            yield f"{option}.gateway", (gateway,) if gateway else ()


def _address(what: str, version: int, text: str) -> str:
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        raise Problem(f"{what}: {text!r} is not an IPv{version} address") from None
    if found.version != version:
        raise Problem(f"{what}: {text!r} is not an IPv{version} address")
    return f"{found.ip}/{found.network.prefixlen}" if "/" in text else str(found.ip)


def read_mounts(name: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[WantMount, ...]:
    mounts = []
    for options in given:
        target = options["target"].strip("/")
        what = f"{name}: mount {options['target']!r}"
        if not target or not re.fullmatch(r"[^\x00-\x20\x7f]+", target) or ".." in target.split("/"):
            raise Problem(f"{what}: target must be a path inside the container, without blanks and without ..")
        if options["state"] == "absent":
            mounts.append(WantMount(target, present=False))
            continue
        source, kind = options["source"], options["fstype"]
        words = [
            str(word) for word in options["options"] or (["bind", "create=dir"] if kind == "none" else ["defaults"])
        ]
        if not source:
            raise Problem(f"{what}: source is needed, a path of this host or, with fstype, what is to be mounted")
        for word in (source, kind, *words):
            if not re.fullmatch(r"[^\x00-\x20\x7f]+", word):
                raise Problem(f"{what}: {word!r} cannot be a field of a mount: no blanks; \\040 stands for one")
        mounts.append(WantMount(target, f"{source} {target} {kind} {','.join(words)} 0 0"))
    targets = [mount.target for mount in mounts]
    if len(targets) > len(set(targets)):
        raise Problem(f"{name}: mounts: the same target is given twice")
    return tuple(mounts)


def read_devices(name: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[WantDevice, ...]:
    devices = []
    for options in given:
        path, access = options["path"], options["access"]
        if not re.fullmatch(r"/dev/[^\x00-\x20\x7f]+", path) or ".." in path.split("/"):
            raise Problem(f"{name}: device {path!r} must be a path below /dev, without blanks")
        if not re.fullmatch(r"r?w?m?", access) or not access:
            raise Problem(f"{name}: device {path}: access {access!r} is made of r, w and m, in this order")
        devices.append(WantDevice(path, access, options["state"] == "present"))
    if len({device.path for device in devices}) < len(devices):
        raise Problem(f"{name}: devices: the same path is given twice")
    return tuple(devices)
