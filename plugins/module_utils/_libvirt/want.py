# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's parameters as a declaration, checked and in libvirt's own words. Private; pure."""

from __future__ import annotations

import dataclasses
import json
import platform
import re
import typing as t
import uuid

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt import want_devices as devices
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import Device, Image
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.iso import build
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.options import DEFAULT_URI
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import Leaf, at
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want_disks import (
    check_path,
    read_disks,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want_leaves import read_leaves

_URI = re.compile(
    r"(?P<scheme>[a-z][a-z0-9]*)(?:\+(?P<transport>[a-z0-9]+))?://(?P<host>[^/\x00-\x20\x7f?#]*)(?:/[^\x00-\x20\x7f]*)?"
)


@dataclasses.dataclass(frozen=True)
class Seed:
    """The image that cloud-init reads, and where it is kept."""

    path: str
    content: str


@dataclasses.dataclass(frozen=True)
class WantDomain:
    """``leaves`` are settings of the domain, ``devices`` what is below its devices, in the order of the task."""

    name: str
    uri: str = DEFAULT_URI
    state: str = "present"
    leaves: tuple[Leaf, ...] = ()
    devices: tuple[Device, ...] = ()
    nested: bool | None = None
    seed: Seed | None = None
    console: bool | None = None
    purge_disks: bool = False
    purge_networks: bool = False
    autostart: bool | None = None
    delete_storage: bool = False
    delete_nvram: bool = False
    delete_snapshots: bool = False
    restart_policy: RestartPolicy = "never"
    timeout: int = 60
    force_stop: bool = False
    secrets: frozenset[str] = frozenset()
    processor: str = "x86_64"
    fresh_uuid: str = "00000000-0000-4000-8000-000000000000"
    # Number of the running domain when this task began: libvirt does not know when a guest was started.
    first: dict[str, str] = dataclasses.field(default_factory=dict, compare=False)

    @property
    def switches(self) -> frozenset[str]:
        names = ("force_stop", "delete_storage", "delete_nvram", "delete_snapshots", "purge_disks", "purge_networks")
        return frozenset(name for name in names if getattr(self, name))

    @property
    def is_local(self) -> bool:
        """Whether the driver is on this host and real, so that its files are within reach."""
        match = _URI.fullmatch(self.uri)
        here = match and not match.group("host") and match.group("transport") in (None, "unix")
        return bool(here and self.driver != "test")

    @property
    def driver(self) -> str:
        return re.split("[+:]", self.uri)[0]

    def images(self) -> list[tuple[Device, Image]]:
        """Declared disks of which we may have to make or grow the image."""
        return [(disk, disk.image) for disk in self.devices if disk.present and disk.image and disk.image.place]


def read_wants(params: t.Mapping[str, t.Any]) -> tuple[WantDomain, ...]:
    name = check_guest_name(params["name"], "name")
    check_uri(params["uri"])
    if params["timeout"] < 1:
        raise Problem(f"{name}: timeout must be at least 1 second, not {params['timeout']}")
    graphics, secrets = devices.read_graphics(name, params["graphics"])
    seed, seed_disk = _read_seed(name, params["cloud_init"])
    found = (
        *read_disks(name, params["disks"]),
        *seed_disk,
        *devices.read_networks(name, params["networks"]),
        *devices.read_filesystems(name, params["filesystems"]),
        *graphics,
        *devices.read_hostdevs(name, params["hostdevs"]),
        *devices.read_singles(name, params),
    )
    for number, device in enumerate(found):
        if device.key and any((one.kind, one.key) == (device.kind, device.key) for one in found[:number]):
            raise Problem(f"{name}: {device.name} is declared twice")
    want = WantDomain(
        name=name,
        leaves=(*read_leaves(name, params), *_sharing(found)),
        devices=found,
        seed=seed,
        secrets=secrets,
        processor=params["arch"] or platform.machine(),
        fresh_uuid=str(uuid.uuid4()),
        **{key: params[key] for key in _PLAIN},
    )
    return (want,)


_PLAIN = (
    "uri",
    "state",
    "nested",
    "console",
    "purge_disks",
    "purge_networks",
    "autostart",
    "delete_storage",
    "delete_nvram",
    "delete_snapshots",
    "restart_policy",
    "timeout",
    "force_stop",
)


def check_uri(uri: str) -> str:
    if not _URI.fullmatch(uri):
        raise Problem(f"uri {uri!r} is not a URI of libvirt, like qemu:///system")
    return uri


def check_guest_name(value: str, what: str) -> str:
    """A name that virsh takes for neither an option nor the number or UUID of a domain."""
    name = parse_name(value, what, longest=64, more="._+-:@")
    if name.isdigit() or re.fullmatch(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", name):
        raise Problem(f"{what} {name!r} cannot be used: virsh would take it for the number or UUID of a domain")
    return name


def _sharing(found: t.Sequence[Device]) -> tuple[Leaf, ...]:
    """virtiofs reads the memory of the guest."""
    virtiofs = any(leaf.value == "virtiofs" for device in found if device.present for leaf in device.leaves)
    if not virtiofs:
        return ()
    places = {"memoryBacking/source@type": "memfd", "memoryBacking/access@mode": "shared"}
    return tuple(Leaf(at(place), value) for place, value in places.items())


def _read_seed(name: str, entry: t.Mapping[str, t.Any] | None) -> tuple[Seed | None, tuple[Device, ...]]:
    if entry is None:
        return None, ()
    path = check_path(entry["path"] or f"/var/lib/libvirt/images/{name}-seed.iso", f"{name}: path of cloud_init")
    meta = entry["meta_data"]
    if meta is None:
        meta = json.dumps({"instance-id": name, "local-hostname": name}) + "\n"
    files = {"user-data": entry["user_data"] or "#cloud-config\n{}\n", "meta-data": meta}
    files.update({"network-config": entry["network_config"], "vendor-data": entry["vendor_data"]})
    image = build("cidata", {key: text.encode() for key, text in files.items() if text is not None})
    drive = [Leaf(at("@type"), "file"), Leaf(at("@device"), "cdrom"), Leaf(at("target@dev"), entry["vdev"])]
    bus = Leaf(at("target@bus"), entry["bus"])
    leaves = (Leaf(at("source@file"), path, "target", resets=("source?", "backingStore?")),)
    disk = Device("disk", entry["vdev"], leaves, (*drive, bus, Leaf(at("readonly?"), "yes")))
    return Seed(path, image.decode("utf-8", "surrogateescape")), (disk,)
