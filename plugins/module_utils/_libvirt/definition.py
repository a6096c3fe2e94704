# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition that comes of a declaration laid over what is there. Private; pure."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import (
    DEVICES,
    Device,
    key_of,
    lay_device,
    list_devices,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import (
    Leaf,
    at,
    drop,
    lay,
    make,
    parse,
    read,
    read_at,
    render,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want_leaves import feature_leaf

MAX_MEMORY, MEMORY = Leaf(at("memory"), None, "max_memory", "size"), Leaf(at("currentMemory"), None, "memory", "size")
MAX_VCPUS, VCPUS = Leaf(at("vcpu"), None, "max_vcpus", "most"), Leaf(at("vcpu"), None, "vcpus", "count")
# What a new guest of each driver is, when the task does not say
_TYPES = {"qemu": "qemu", "xen": "xen", "lxc": "lxc", "bhyve": "bhyve", "test": "test", "vbox": "vbox", "vz": "vz"}
_PC = ("x86_64", "amd64", "i686")
_OS_TYPES = {"lxc": "exe", "vz": "exe", "openvz": "exe"}


def settle(have: Have, want: WantDomain) -> WantDomain:
    """The declaration with everything decided that depends on this host: addresses, the CPU's word for nesting."""
    if want.state == "absent":
        return want
    devices = tuple(_settle_nics(have, want))
    leaves = want.leaves
    if want.nested is not None:
        if not have.nesting:
            raise Problem(f"{want.name}: nested: the CPU of this host has neither vmx nor svm")
        leaves = (*leaves, feature_leaf(have.nesting, "require" if want.nested else "disable"))
    return dataclasses.replace(want, devices=devices, leaves=leaves, nested=None)


def _settle_nics(have: Have, want: WantDomain) -> t.Iterator[Device]:
    """An interface without a MAC is the one at its place among those that no other entry names."""
    named = {device.key for device in want.devices if device.kind == "interface"}
    root = parse(have.text) if have.text else None
    here = [key_of(nic) for nic in list_devices(root, "interface")] if root is not None else []
    place = 0
    for device in want.devices:
        if device.kind != "interface":
            yield device
            continue
        key = device.key
        if not key:
            key = here[place] if place < len(here) and here[place] not in named else derive_mac(want.name, place)
        place += 1
        mac = Leaf(at("mac@address"), key)
        yield dataclasses.replace(device, key=key, defaults=(mac, *device.defaults))


def derive_mac(name: str, place: int) -> str:
    digest = hashlib.sha256(f"{name}\n{place}".encode()).digest()
    return f"52:54:00:{digest[0]:02x}:{digest[1]:02x}:{digest[2]:02x}"


def define(have: Have, want: WantDomain) -> str:
    """The definition as it shall be; the very text that is there when nothing differs. ``want`` is settled."""
    root = parse(have.text) if have.text else _new(have, want)
    _check_uuid(have, want, root)
    if have.text:
        _raise_bounds(root, want)
    lay(root, want.leaves)
    for device in want.devices:
        lay_device(root, device)
    for device in purged(root, want):
        lay_device(root, device)
    _settle_boot(root, want)
    return render(root)


def _new(have: Have, want: WantDomain) -> ET.Element:
    kind = "kvm" if want.driver == "qemu" and have.kvm else _TYPES.get(want.driver, want.driver)
    root = ET.Element("domain", {"type": kind})
    make(root, at("name").tags).text = want.name
    make(root, at("uuid").tags).text = want.fresh_uuid
    make(root, at("metadata/hostwright:domain").tags).set("owner", "hostwright")
    named = {leaf.field: leaf for leaf in want.leaves}
    if "memory" not in named and "max_memory" not in named:
        raise Problem(f"{want.name}: memory is needed to define a guest, for example memory=512M")
    for most, now in ((MAX_MEMORY, MEMORY), (MAX_VCPUS, VCPUS)):
        value = (named.get(most.field) or named.get(now.field) or Leaf(now.at, "1")).value
        lay(root, [dataclasses.replace(most, value=value), dataclasses.replace(now, value=value)])
    os_type = _OS_TYPES.get(want.driver, "hvm")
    make(root, at("os/type").tags).text = os_type
    if "os_type" not in named and os_type == "hvm":
        for feature in ("acpi", "apic") if want.driver in ("qemu", "bhyve") and want.processor in _PC else ():
            make(root, at(f"features/{feature}").tags)
    make(root, DEVICES)
    if want.console is None and want.driver in ("qemu", "lxc"):
        lay_device(root, Device("console", "", (), (Leaf(at("@type"), "pty"),)))
    return root


def _check_uuid(have: Have, want: WantDomain, root: ET.Element) -> None:
    for leaf in want.leaves:
        if leaf.field == "uuid" and have.text and read(root, leaf) != leaf.value:
            raise Problem(f"{want.name}: has the uuid {read(root, leaf)}, which libvirt cannot change: leave uuid out")


def _raise_bounds(root: ET.Element, want: WantDomain) -> None:
    """A size that grows beyond what the guest can have takes the bound along, unless the task names that too."""
    named = {leaf.field: int(str(leaf.value)) for leaf in want.leaves if leaf.kind in ("size", "count")}
    for most, now in ((MAX_MEMORY, MEMORY), (MAX_VCPUS, VCPUS)):
        declared = any(leaf.field == most.field for leaf in want.leaves)
        if not declared and named.get(now.field, 0) > int(str(read(root, most) or 0)):
            lay(root, [dataclasses.replace(most, value=str(named[now.field]), resets=("vcpus?",))])


def purged(root: ET.Element, want: WantDomain) -> list[Device]:
    """Disks and interfaces that the task has not named and wants to be gone."""
    found = []
    for kind, on in (("disk", want.purge_disks), ("interface", want.purge_networks)):
        named = {device.key for device in want.devices if device.kind == kind}
        keys = [key_of(element) for element in list_devices(root, kind)] if on else []
        found += [Device(kind, key, present=False) for key in keys if key not in named]
    return found


def _settle_boot(root: ET.Element, want: WantDomain) -> None:
    """libvirt refuses an order of devices beside an order of kinds."""
    ordered = any(
        read_at(element, at("boot@order")) for kind in ("disk", "interface") for element in list_devices(root, kind)
    )
    if not ordered:
        return
    if any(leaf.field == "boot" and leaf.value for leaf in want.leaves):
        raise Problem(f"{want.name}: boot, an order of kinds, and boot_order of a device exclude each other")
    drop(root, at("os/boot").tags)
