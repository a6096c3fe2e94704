# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The PCI bus of a guest of the base system: its devices by name, and places that are free. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import Edits, Values

KINDS: t.Mapping[str, str] = {
    **dict.fromkeys(("virtio-blk", "nvme", "ahci", "ahci-hd", "ahci-cd"), "disks"),
    **dict.fromkeys(("virtio-net", "e1000"), "networks"),
    "passthru": "passthru",
    "fbuf": "graphics",
    "xhci": "xhci_mouse",
    "virtio-rnd": "virt_random",
    "virtio-console": "virt_consoles",
    "virtio-9p": "shares",
}
FIRST_SLOT, LAST_SLOT = 3, 28
_OFF = ("false", "off", "no", "0")
_PLACE = re.compile(r"pci\.(0\.[0-9]+\.[0-7])\.(.+)")


class Device(t.NamedTuple):
    """``props``: its keys without what is before them."""

    place: str
    props: t.Mapping[str, str]

    @property
    def kind(self) -> str:
        return KINDS.get(self.props.get("device", ""), "")

    @property
    def id(self) -> str:
        return self.props.get("id") or self.props.get("sharename") or self.place

    @property
    def path(self) -> str:
        return self.props.get("port.0.path" if self.props.get("device") == "ahci" else "path", "")

    @property
    def writes(self) -> bool:
        """Of a disk, whether its guest can write to it."""
        lead = "port.0." if self.props.get("device") == "ahci" else ""
        read_only = self.props.get(lead + "ro", "false").lower() not in _OFF
        return self.props.get(lead + "type") != "cd" and not read_only

    @property
    def type(self) -> str:
        """Of a disk, in the words of the option."""
        device = self.props.get("device", "")
        return f"ahci-{self.props.get('port.0.type', 'hd')}" if device == "ahci" else device


class Bus:
    """Devices of the file, and those that are being added; ``put`` and ``drop`` collect what is to be edited."""

    def __init__(self, values: Values, edits: Edits) -> None:
        nodes: dict[str, dict[str, str]] = {}
        for key, value in values.items():
            found = _PLACE.fullmatch(key)
            if found:
                nodes.setdefault(found.group(1), {})[found.group(2)] = value
        self.devices = {place: Device(place, props) for place, props in nodes.items()}
        self.edits: dict[str, str | None] = {}
        taken = [found.group(1) for found in map(_PLACE.fullmatch, edits) if found]
        self.taken = {*self.devices, *taken, "0.0.0", "0.31.0"}
        self.left: set[str] = set()  # free for whom they are named, for the others from the next time on

    def of(self, kind: str) -> list[Device]:
        found = [device for device in self.devices.values() if device.kind == kind]
        return sorted(found, key=lambda device: [int(number) for number in device.place.split(".")])

    def disks(self) -> list[Device]:
        return self.of("disks")

    def free(self, wanted: int | None = None, reserved: t.AbstractSet[int] = frozenset()) -> str | None:
        """A place for a new device: the slot that is asked for, or the lowest; full slots have more functions."""
        slots = [wanted] if wanted is not None else [n for n in range(FIRST_SLOT, LAST_SLOT + 1) if n not in reserved]
        functions = range(1) if wanted is not None else range(8)
        places = (f"0.{slot}.{function}" for function in functions for slot in slots)
        mine = self.left if wanted is not None else set()
        return next((place for place in places if place not in self.taken or place in mine), None)

    def put(self, place: str, props: t.Mapping[str, str | None]) -> None:
        """Set keys of a device; those that are None go, the others stay."""
        self.taken.add(place)
        self.left.discard(place)
        self.edits.update({f"pci.{place}.{key}": value for key, value in props.items()})

    def drop(self, device: Device) -> None:
        self.left.add(device.place)
        del self.devices[device.place]
        self.edits.update({f"pci.{device.place}.{key}": None for key in device.props})
