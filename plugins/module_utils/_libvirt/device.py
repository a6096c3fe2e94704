# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices of a domain: how each kind is known, found, laid over and shown. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import (
    Leaf,
    Tag,
    at,
    find,
    lay,
    make,
    read,
    read_at,
)

DEVICES = (Tag("devices"),)
# What a task calls the devices of each kind
GROUPS: t.Mapping[str, str] = {
    "disk": "disks",
    "interface": "networks",
    "filesystem": "filesystems",
    "hostdev": "hostdevs",
    "channel": "channels",
}


@dataclasses.dataclass(frozen=True)
class Image:
    """Where a disk's data is, and what is to be made when it is not there. ``size`` is in bytes."""

    path: str = ""
    pool: str = ""
    volume: str = ""
    format: str = "raw"
    size: int | None = None
    backing: str = ""
    backing_format: str = ""
    device: bool = False

    @property
    def place(self) -> str:
        return f"{self.pool}/{self.volume}" if self.pool else self.path


@dataclasses.dataclass(frozen=True)
class Device:
    """One declared device. ``key`` tells it from others of its kind, empty for one that is alone.

    ``defaults`` are leaves that only a new one gets. An interface without a MAC has its place in the list as key.
    """

    kind: str
    key: str = ""
    leaves: tuple[Leaf, ...] = ()
    defaults: tuple[Leaf, ...] = ()
    present: bool = True
    image: Image | None = None

    @property
    def name(self) -> str:
        group = GROUPS.get(self.kind, self.kind)
        return f"{group}.{self.key}" if self.key else group


def _pci(element: ET.Element) -> str:
    parts = element.find("source/address")
    if parts is None or element.get("type") != "pci":
        return ""
    domain, bus, slot, function = (int(parts.get(key, "0"), 0) for key in ("domain", "bus", "slot", "function"))
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"


def _hostdev(element: ET.Element) -> str:
    vendor, product = (read_at(element, at(f"source/{word}@id")) for word in ("vendor", "product"))
    if vendor and product:
        return f"{int(str(vendor), 0):04x}:{int(str(product), 0):04x}"
    return _pci(element)


_KEYS: t.Mapping[str, t.Callable[[ET.Element], str]] = {
    "disk": lambda element: str(read_at(element, at("target@dev")) or ""),
    "interface": lambda element: str(read_at(element, at("mac@address")) or "").lower(),
    "filesystem": lambda element: str(read_at(element, at("target@dir")) or ""),
    "graphics": lambda element: element.get("type", ""),
    "channel": lambda element: str(read_at(element, at("target@name")) or ""),
    "hostdev": _hostdev,
}


def key_of(element: ET.Element) -> str:
    return _KEYS[element.tag](element) if element.tag in _KEYS else ""


def list_devices(root: ET.Element, kind: str) -> list[ET.Element]:
    devices = find(root, DEVICES)
    return [] if devices is None else devices.findall(kind)


def find_device(root: ET.Element, kind: str, key: str) -> ET.Element | None:
    return next((element for element in list_devices(root, kind) if key_of(element) == key), None)


def new_device(device: Device) -> ET.Element:
    element = ET.Element(device.kind)
    lay(element, (*device.defaults, *device.leaves))
    return element


def lay_device(root: ET.Element, device: Device) -> None:
    """Bring one declared device about in the XML of a domain."""
    element = find_device(root, device.kind, device.key)
    if element is not None and device.present:
        lay(element, device.leaves)
    elif device.present:
        make(root, DEVICES).append(new_device(device))
    elif element is not None:
        make(root, DEVICES).remove(element)


def show_device(root: ET.Element, device: Device) -> dict[str, t.Any] | None:
    """What is declared of a device, as it is; None when it is not there."""
    element = find_device(root, device.kind, device.key)
    if element is None:
        return None
    return {leaf.name: show_leaf(element, leaf) for leaf in device.leaves if device.present}


def show_leaf(root: ET.Element, leaf: Leaf) -> t.Any:
    found = read(root, leaf)
    if leaf.kind == "secret":
        return "as declared" if found == leaf.value else "another" if found else None
    return list(found) if isinstance(found, tuple) else found
