# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices of a declaration on the PCI bus of a guest of the base system. Private; pure."""

from __future__ import annotations

import hashlib
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.pci import Bus, Device
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want_devices import (
    FLAGS,
    SEED_DISK,
    VALUED,
    WantDisk,
    WantNic,
    made_mac,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

_BLOCK = (*FLAGS, *VALUED, "ro")
_VNC = 5900
_FIRST_TAP = 1000
Props = t.Dict[str, t.Optional[str]]


def device_edits(bus: Bus, have: Have, want: WantGuest) -> dict[str, str | None]:
    disks = list(want.disks)
    if want.seed is not None:
        disks.append(seed_disk(have, want))
    _leave(bus, want)
    asked = {disk.slot for disk in disks if disk.slot} | {nic.slot for nic in want.networks if nic.slot}
    reserved = frozenset(slot for slot in asked if slot is not None)
    for disk in disks:
        if disk.present:
            _put_disk(bus, have, want, disk, reserved)
    for nic in want.networks:
        if nic.present:
            _put_nic(bus, have, want, nic, reserved)
    _put_passthru(bus, want, reserved)
    _put_shares(bus, want, reserved)
    _put_screen(bus, have, want, reserved)
    return bus.edits


def seed_disk(have: Have, want: WantGuest) -> WantDisk:
    """The CD of cloud-init; its checksum is in the file, so that what runs can be compared with it."""
    return WantDisk(SEED_DISK, target="seed.iso", dev="custom", type="ahci-cd", read_only=True, seed=seed_sum(want))


def seed_sum(want: WantGuest) -> str:
    digest = hashlib.sha256()
    for name, text in want.seed or ():
        digest.update(f"{name}\0{text}\0".encode("utf-8", errors="surrogateescape"))
    return digest.hexdigest()


def find_device(bus: Bus, kind: str, ident: str, second: str, value: str | None) -> Device | None:
    """By its name, else one that nobody has named by what it has."""
    devices = bus.of(kind)
    named = next((device for device in devices if device.id == ident), None)
    if named is not None or value is None:
        return named
    for device in devices:
        has = device.path if second == "path" else device.props.get(second, "").lower()
        if "id" not in device.props and has == value:
            return device
    return None


def _leave(bus: Bus, want: WantGuest) -> None:
    """Devices that go, before those that come."""
    for kind, wants, purge in (
        ("disks", want.disks, want.purge_disks),
        ("networks", want.networks, want.purge_networks),
    ):
        gone = {one.id for one in wants if not one.present}
        kept = {one.id for one in wants if one.present} | {SEED_DISK}
        by_value = {one.target if isinstance(one, WantDisk) else one.mac for one in wants if one.present}
        for device in bus.of(kind):
            known = device.id in kept or ("id" not in device.props and _value_of(device) in by_value)
            if device.id in gone or (purge and not known):
                bus.drop(device)
    gone = {share.name for share in want.shares if not share.present}
    for device in bus.of("shares"):
        if device.id in gone:
            bus.drop(device)


def _value_of(device: Device) -> str | None:
    return device.path if device.kind == "disks" else device.props.get("mac", "").lower()


def _place(bus: Bus, want: WantGuest, what: str, slot: int | None, reserved: t.AbstractSet[int]) -> str:
    place = bus.free(slot, reserved)
    if place is None:
        said = f"slot {slot} has another device" if slot is not None else "there is no free PCI slot"
        raise Problem(f"{want.name}: {what}: {said}")
    return place


def _settle(
    bus: Bus, want: WantGuest, what: str, device: Device | None, slot: int | None, reserved: frozenset[int]
) -> str:
    """Where a device is or shall be; one that moves is dropped there first."""
    if device is not None and (slot is None or device.place == f"0.{slot}.0"):
        return device.place
    if device is not None:
        bus.drop(device)
    return _place(bus, want, what, slot, reserved)


def disk_path(folder: str, disk: WantDisk) -> str | None:
    if disk.target is None or disk.target.startswith("/"):
        return disk.target
    return f"/dev/zvol/{disk.target}" if disk.dev in ("zvol", "sparse-zvol") else f"{folder}/{disk.target}"


def _put_disk(bus: Bus, have: Have, want: WantGuest, disk: WantDisk, reserved: frozenset[int]) -> None:
    what = f"disk {disk.id}"
    path = disk_path(have.folder, disk)
    if disk.dev in ("zvol", "sparse-zvol") and "/" not in (disk.target or "/"):
        raise Problem(f"{want.name}: {what}: target {disk.target!r} is a pool: give a volume in it, like zroot/vm/web1")
    device = find_device(bus, "disks", disk.id, "path", path)
    if device is None and path is None:
        raise Problem(f"{want.name}: {what} is new: give its target")
    if device is not None and "port.1.path" in device.props:
        raise Problem(f"{want.name}: {what}: its AHCI controller has several ports, which this module leaves alone")
    place = _settle(bus, want, what, device, disk.slot, reserved)
    there = path or (device.path if device is not None else "")
    owner = have.others.disks.get(there)
    if owner is not None and not disk.read_only:  # bhyve locks nothing (15.1)
        raise Problem(f"{want.name}: {what}: {owner} writes to {there} already, and two guests would destroy it")
    before = dict(device.props) if device is not None else {}
    kind = disk.type or (device.type if device is not None else "virtio-blk")
    props: Props = {"device": "ahci" if kind.startswith("ahci") else kind, "id": disk.id}
    if disk.dev is not None or device is None:
        props["storage"] = disk.dev or "file"
    if disk.seed is not None:
        props["seed"] = disk.seed
    props.update(_block_props(disk, kind, before, path))
    moved = before if device is not None and place != device.place else {}
    bus.put(place, {**moved, **props})


def _block_props(disk: WantDisk, kind: str, before: t.Mapping[str, str], path: str | None) -> Props:
    """What a disk is on, below the first port of an AHCI controller; it moves when the device becomes another."""
    old = "port.0." if before.get("device") == "ahci" else ""
    new = "port.0." if kind.startswith("ahci") else ""
    block: Props = {key: before.get(old + key) for key in ("path", *_BLOCK)}
    if disk.opts is not None:
        block.update({**dict.fromkeys((*FLAGS, *VALUED)), **dict(disk.opts)})
    if disk.read_only is not None:
        block["ro"] = "true" if disk.read_only else None
    block["path"] = path or block["path"]
    props: Props = {"port.0.type": kind[5:]} if new else {}
    if new != old:
        props.update({old + key: None for key in ("type", *block) if old + key in before})
    props.update({new + key: value for key, value in block.items() if value is not None or new + key in before})
    return props


def _put_nic(bus: Bus, have: Have, want: WantGuest, nic: WantNic, reserved: frozenset[int]) -> None:
    what = f"network {nic.id}"
    device = find_device(bus, "networks", nic.id, "mac", nic.mac)
    before = dict(device.props) if device is not None else {}
    backend = nic.backend or _backend_of(before)
    place = _settle(bus, want, what, device, nic.slot, reserved)
    mac = nic.mac or before.get("mac") or made_mac(want.name, nic.id)
    owner = have.others.macs.get(mac.lower())
    if owner is not None:
        raise Problem(f"{want.name}: {what}: the MAC address {mac} is that of the guest {owner} already")
    props: Props = {"device": nic.type or before.get("device") or "virtio-net", "id": nic.id, "mac": mac}
    bridge = before.get("bridge") if nic.bridge is None else (nic.bridge or None)
    owner = have.others.taps.get(nic.device or "")
    if owner is not None:
        raise Problem(f"{want.name}: {what}: {nic.device} is that of the guest {owner} already")
    if backend == "tap":
        props.update(backend=nic.device or _tap_of(bus, have, before), bridge=bridge, path=None, peerhook=None)
    elif backend == "vale":
        switch = nic.bridge or before.get("backend", "").partition(":")[0]
        if not switch.startswith("vale"):
            raise Problem(f"{want.name}: {what}: the backend vale needs bridge, the name of a switch such as vale0")
        port = nic.port or before.get("backend", "").partition(":")[2] or f"{want.name}_{nic.id}"
        props.update(backend=f"{switch}:{port}", bridge=None, path=None, peerhook=None)
    else:
        node, hook = nic.node or before.get("path"), nic.hook or before.get("peerhook")
        if node is None or hook is None:
            raise Problem(f"{want.name}: {what}: the backend netgraph needs node and hook")
        props.update(backend="netgraph", path=node, peerhook=hook, bridge=None)
    if nic.mtu is not None:
        props["mtu"] = str(nic.mtu)
    moved = before if device is not None and place != device.place else {}
    bus.put(place, {**moved, **{key: value for key, value in props.items() if value is not None or key in before}})


def _backend_of(before: t.Mapping[str, str]) -> str:
    said = before.get("type") or before.get("backend", "tap")
    return "vale" if said.startswith(("vale", "netmap")) else "netgraph" if said.startswith("netgraph") else "tap"


def _tap_of(bus: Bus, have: Have, before: t.Mapping[str, str]) -> str:
    """Its own, or a number that no guest has; small ones are those of `ifconfig tap create`."""
    if before.get("backend", "").startswith(("tap", "vmnet")):
        return before["backend"]
    here = {str(value) for key, value in bus.edits.items() if key.endswith(".backend")}
    here.update(device.props.get("backend", "") for device in bus.of("networks"))
    number = _FIRST_TAP
    while f"tap{number}" in {*have.others.taps, *here}:
        number += 1
    return f"tap{number}"


def _put_passthru(bus: Bus, want: WantGuest, reserved: frozenset[int]) -> None:
    if want.passthru is None:
        return
    there = {passthru_name(device): device for device in bus.of("passthru")}
    for name, device in there.items():
        if name not in want.passthru:
            bus.drop(device)
    for name in want.passthru:
        if name not in there:
            keys = {"pptdev": name} if name.startswith("ppt") else dict(zip(("bus", "slot", "func"), name.split("/")))
            bus.put(_place(bus, want, f"passthru {name}", None, reserved), {"device": "passthru", **keys})
        else:
            bus.put(there[name].place, {"device": "passthru"})


def passthru_name(device: Device) -> str:
    return device.props.get("pptdev") or "/".join(device.props.get(key, "0") for key in ("bus", "slot", "func"))


def _put_shares(bus: Bus, want: WantGuest, reserved: frozenset[int]) -> None:
    there = {device.id: device for device in bus.of("shares")}
    for share in want.shares:
        if share.present:
            device = there.get(share.name)
            place = device.place if device else _place(bus, want, f"share {share.name}", None, reserved)
            props: Props = {"device": "virtio-9p", "sharename": share.name, "path": share.path}
            if share.read_only or (device is not None and "ro" in device.props):
                props["ro"] = "true" if share.read_only else None
            bus.put(place, props)


def _put_screen(bus: Bus, have: Have, want: WantGuest, reserved: frozenset[int]) -> None:
    """Devices of which there is one at most; the screen and its tablet have places of their own when these are free."""
    plain = want.plain
    singles: list[tuple[str, bool | None, Props, str]] = [
        ("graphics", plain.get("graphics"), {"device": "fbuf"}, "0.29.0"),
        ("xhci_mouse", plain.get("xhci_mouse"), {"device": "xhci", "slot.1.device": "tablet"}, "0.30.0"),
        ("virt_random", plain.get("virt_random"), {"device": "virtio-rnd"}, ""),
        ("virt_consoles", *_consoles(bus, have, plain.get("virt_consoles")), ""),
    ]
    places = {}
    for kind, on, props, place in singles:
        there = bus.of(kind)
        if on is False:
            for device in there:
                bus.drop(device)
        elif on:
            free = place if place and place not in bus.taken else ""
            places[kind] = there[0].place if there else free or _place(bus, want, kind, None, reserved)
            bus.put(places[kind], props)
    screen = bus.of("graphics")
    if screen or "graphics" in places:
        bus.put(places.get("graphics") or screen[0].place, _screen(have, plain, screen[0].props if screen else {}))
    elif any(option.startswith("graphics_") or option == "vnc_password" for option in plain):
        raise Problem(f"{want.name}: the guest has no screen: give graphics=true too")


def _consoles(bus: Bus, have: Have, number: int | None) -> tuple[bool | None, Props]:
    props: Props = {"device": "virtio-console"}
    for port in range(number or 0):
        name = f"vconsole{port}"
        props.update({f"port.{port}.name": name, f"port.{port}.path": f"{have.folder}/{name}.sock"})
    for device in bus.of("virt_consoles"):
        props.update({key: None for key in device.props if key.startswith("port.") and key not in props})
    return None if number is None else number > 0, props


def _screen(have: Have, plain: t.Mapping[str, t.Any], before: t.Mapping[str, str]) -> Props:
    old = before.get("rfb") or before.get("tcp") or ""
    address, _colon, port = old.rpartition(":")
    props: Props = {}
    if not old or "graphics_listen" in plain or "graphics_port" in plain:
        listen = str(plain.get("graphics_listen") or address.strip("[]") or "127.0.0.1")
        number = plain.get("graphics_port") or port
        if not number:
            number = next(free for free in range(_VNC, 65536) if free not in have.others.ports)
        props["rfb"] = f"[{listen}]:{number}" if ":" in listen else f"{listen}:{number}"
        if "tcp" in before:
            props["tcp"] = None
    if "graphics_res" in plain:
        props["w"], props["h"] = plain["graphics_res"].split("x")
    if "graphics_wait" in plain:
        props["wait"] = "true" if plain["graphics_wait"] else "false"
    if "vnc_password" in plain:
        props["password"] = plain["vnc_password"] or None
    return props
