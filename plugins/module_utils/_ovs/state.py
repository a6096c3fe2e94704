# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bridges of a host as a tree of plain records. Private; no I/O.

The same records say what is there and what will be: a record that has no ``uuid`` is not in the database yet.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import MARK, Columns, fill

# Interfaces of guests, by the names that hypervisors give them: Xen, libvirt, and LXC's two patterns.
_VIF = re.compile(r"vif[0-9]+\.[0-9]+(-emu)?")
_GUEST = re.compile(r"(vif|vnet|tap)[0-9].*|veth[0-9A-Za-z]{6}|veth[0-9]+_.*")
_GUEST_IDS = ("iface-id", "attached-mac", "iface-status", "vm-id", "vm-uuid", "vm-name", "container_id")


@dataclasses.dataclass(frozen=True)
class Record:
    """A row that has no rows of its own; ``status`` is what Open vSwitch reports of it."""

    columns: Columns
    uuid: str = ""
    status: Columns = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Qos:
    columns: Columns
    queues: t.Mapping[int, Record] = dataclasses.field(default_factory=dict)
    uuid: str = ""


@dataclasses.dataclass(frozen=True)
class Port:
    columns: Columns
    interfaces: t.Mapping[str, Record]
    qos: Qos | None = None
    uuid: str = ""


@dataclasses.dataclass(frozen=True)
class Bridge:
    """Ports and mirrors by name, controllers by target, exports by the column that refers to them."""

    columns: Columns
    ports: t.Mapping[str, Port]
    mirrors: t.Mapping[str, Record] = dataclasses.field(default_factory=dict)
    controllers: t.Mapping[str, Record] = dataclasses.field(default_factory=dict)
    exports: t.Mapping[str, Record] = dataclasses.field(default_factory=dict)
    uuid: str = ""
    status: Columns = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Link:
    """What the kernel's network knows of one device: lines that `ip` would take, without the device."""

    addresses: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Site:
    """All bridges of a host, seen for the sake of the one called ``name``, which may be absent.

    ``kept`` are Queue rows that a QoS row without a port refers to: they cannot be removed.
    """

    name: str
    bridges: t.Mapping[str, Bridge] = dataclasses.field(default_factory=dict)
    uuid: str = ""
    links: t.Mapping[str, Link] = dataclasses.field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    status: Columns = dataclasses.field(default_factory=dict)

    @property
    def bridge(self) -> Bridge | None:
        return self.bridges.get(self.name)


def new_port(name: str, type_: str = "") -> Port:
    return Port(fill("Port", name=name), {name: new_interface(name, type_)})


def new_interface(name: str, type_: str = "") -> Record:
    return Record(fill("Interface", name=name, type=type_))


def new_bridge(name: str) -> Bridge:
    """Every bridge has a port of its own name, which is an internal one."""
    return Bridge(fill("Bridge", name=name), {name: new_port(name, "internal")})


def find_port(site: Site, name: str) -> tuple[str, Port] | None:
    """The bridge that has the port, and the port."""
    for owner, bridge in site.bridges.items():
        if name in bridge.ports:
            return owner, bridge.ports[name]
    return None


def is_ours(port: Port) -> bool:
    return MARK in port.columns["external_ids"]


def is_vif(port: Port) -> bool:
    return any(_VIF.fullmatch(name) for name in (port.columns["name"], *port.interfaces))


def is_guests(port: Port) -> bool:
    """Whether a hypervisor made this port for one of its guests."""
    if any(_GUEST.fullmatch(name) for name in (port.columns["name"], *port.interfaces)):
        return True
    ids = [port.columns["external_ids"], *(face.columns["external_ids"] for face in port.interfaces.values())]
    return any(key in _GUEST_IDS or key.startswith("xen-") for keys in ids for key in keys)


@dataclasses.dataclass(frozen=True)
class PortError:
    port: str
    interface: str
    error: str


def find_errors(site: Site, names: t.Iterable[str], strict: bool) -> list[PortError]:
    """Interfaces of ports of ``site.bridge`` that Open vSwitch could not open.

    A patch port whose other end is not declared yet is no error, for one end must be first. ``strict`` also counts
    interfaces that have no number yet: after a transaction was taken each must have one.
    """
    bridge, errors = site.bridge, []
    for name in names:
        port = bridge.ports.get(name) if bridge else None
        for face_name, face in port.interfaces.items() if port else ():
            ofport, error = face.status.get("ofport"), face.status.get("error")
            if error and face.columns["type"] == "patch" and not _has_peer(site, face_name, face):
                continue
            if error or ofport == -1 or (strict and ofport is None):
                errors.append(PortError(name, face_name, error or "it got no OpenFlow port number"))
    return errors


def _has_peer(site: Site, name: str, face: Record) -> bool:
    peer = face.columns["options"].get("peer", "")
    for bridge in site.bridges.values():
        for port in bridge.ports.values():
            if peer in port.interfaces:
                return bool(port.interfaces[peer].columns["options"].get("peer") == name)
    return False
