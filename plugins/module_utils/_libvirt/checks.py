# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a definition must keep, before anything is done. Private; pure."""

from __future__ import annotations

import functools
import operator
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import render_size
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.definition import (
    MAX_MEMORY,
    MAX_VCPUS,
    MEMORY,
    VCPUS,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import key_of, list_devices
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.observe import source_of
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import at, parse, read, read_at
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain


def check_definition(have: Have, want: WantDomain, text: str) -> None:
    root = parse(text)
    _check_sizes(want, root)
    _check_disks(want, root)
    declared = {device.key for device in want.devices if device.kind == "interface" and device.present}
    for neighbour in have.neighbours:
        for mac in sorted(declared & neighbour.macs):
            raise Problem(f"{want.name}: the MAC {mac} belongs to the guest {neighbour.name} too: give another mac")
    _check_sharing(have, want, root)


def _check_sizes(want: WantDomain, root: ET.Element) -> None:
    memory, most = (int(str(read(root, leaf) or 0)) for leaf in (MEMORY, MAX_MEMORY))
    if memory > most:
        sizes = render_size(memory), render_size(most)
        raise Problem("{}: memory {} is more than max_memory {}: raise max_memory too".format(want.name, *sizes))
    vcpus, limit = (int(str(read(root, leaf) or 1)) for leaf in (VCPUS, MAX_VCPUS))
    if vcpus > limit:
        raise Problem(f"{want.name}: vcpus {vcpus} is more than max_vcpus {limit}: raise max_vcpus too")
    topology = root.find("cpu/topology")
    parts = [int(value) for value in (topology.attrib if topology is not None else {}).values() if value.isdigit()]
    product = functools.reduce(operator.mul, parts, 1)
    named = any(leaf.field.startswith(("cpu_topology", "vcpus", "max_vcpus")) for leaf in want.leaves)
    if parts and named and product != limit:
        raise Problem(f"{want.name}: cpu_topology makes {product} CPUs, but max_vcpus is {limit}: they must be equal")


def _check_disks(want: WantDomain, root: ET.Element) -> None:
    named = {device.key: device for device in want.devices if device.kind == "disk" and device.present}
    for disk in list_devices(root, "disk"):
        key = key_of(disk)
        bare = key in named and disk.find("source") is None and disk.get("device", "disk") in ("disk", "lun")
        if bare:
            raise Problem(f"{want.name}: disk {key} is new and needs a target, or pool and volume")
    for nic in list_devices(root, "interface"):
        bare = nic.find("source") is None and nic.get("type") in (None, "network", "bridge", "direct")
        if bare and any(device.key == key_of(nic) for device in want.devices if device.kind == "interface"):
            raise Problem(f"{want.name}: network {key_of(nic)} is new and needs network, bridge or link")


def _check_sharing(have: Have, want: WantDomain, root: ET.Element) -> None:
    """Two guests that write to one disk destroy it."""
    named = {device.key for device in want.devices if device.kind == "disk" and device.present}
    for disk in list_devices(root, "disk"):
        shared = disk.find("readonly") is not None or disk.find("shareable") is not None
        place = source_of(disk)
        if (
            key_of(disk) not in named
            or shared
            or not place
            or read_at(disk, at("@device")) not in (None, "disk", "lun")
        ):
            continue
        for neighbour in have.neighbours:
            if place in neighbour.disks:
                raise Problem(
                    f"{want.name}: disk {key_of(disk)} ({place}) is a disk of the guest {neighbour.name} too: "
                    "give another one, or set access=ro or shareable=true"
                )
