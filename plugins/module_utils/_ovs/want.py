# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task declares of one bridge, and what of it cannot be. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_name
from ansible_collections.hostwright.virt.plugins.module_utils._ovs import spec
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import EXPORTS, column_name
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.values import (
    DEVICE_NAME,
    parse_controllers,
    parse_port_name,
    parse_text,
    parse_value,
)

Params = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Fields:
    """Columns of one row. A map names some of its keys, None removes one; ``cleared`` columns are emptied before."""

    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    cleared: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.values, *self.cleared)))


@dataclasses.dataclass(frozen=True)
class WantQos:
    """``queues`` None: those that are there stay as they are; else they are all."""

    fields: Fields = Fields()
    queues: t.Mapping[int, Fields] | None = None


@dataclasses.dataclass(frozen=True)
class WantPort:
    name: str
    present: bool = True
    fields: Fields = Fields()
    face: Fields = Fields()
    interfaces: tuple[str, ...] | None = None
    qos: WantQos | None = None
    clear_qos: bool = False


@dataclasses.dataclass(frozen=True)
class WantMirror:
    name: str
    present: bool = True
    fields: Fields = Fields()


@dataclasses.dataclass(frozen=True)
class WantBridge:
    """One bridge; None is not managed. ``exports`` maps netflow, sflow, ipfix to their columns, None removes one."""

    name: str
    present: bool = True
    fields: Fields = Fields()
    ports: tuple[WantPort, ...] = ()
    purge_ports: str = "false"
    mirrors: tuple[WantMirror, ...] = ()
    purge_mirrors: bool = False
    exports: t.Mapping[str, Fields | None] = dataclasses.field(default_factory=dict)
    controllers: tuple[str, ...] | None = None
    force: bool = False
    allow_uplink_move: bool = False
    ignore_port_errors: bool = False
    wait: bool = True
    timeout: int = 60
    database_socket: str | None = None
    secrets: frozenset[str] = frozenset()
    restart_policy: RestartPolicy = "never"

    @property
    def switches(self) -> frozenset[str]:
        return frozenset(name for name in ("force", "allow_uplink_move") if getattr(self, name))

    @property
    def present_ports(self) -> tuple[WantPort, ...]:
        return tuple(port for port in self.ports if port.present)


def parse_wants(params: Params) -> tuple[WantBridge, ...]:
    name = parse_name(params["name"], "bridge", DEVICE_NAME, "._+-")
    ports = tuple(_parse_port(entry, name) for entry in params["ports"] or ())
    mirrors = tuple(_parse_mirror(entry, name) for entry in params["mirrors"] or ())
    clear = _parse_clear(params, "bridge", name)
    _check_names(name, ports, mirrors)
    if params["stp_enable"] and params["rstp_enable"]:
        raise Problem(f"{name}: stp_enable and rstp_enable exclude each other: turn on one of them")
    if params["timeout"] < 1:
        raise Problem(f"{name}: timeout must be at least one second")
    exports: dict[str, Fields | None] = {column: None for column in EXPORTS if column in clear}
    for column in EXPORTS:
        if params[column] is not None:
            exports[column] = _parse_fields("bridge", spec.EXPORT_OPTIONS[column], params[column], f"{name}: {column}")
    controllers = None if params["controller"] is None else parse_controllers(params["controller"], name)
    return (
        WantBridge(
            name=name,
            present=params["state"] == "present",
            fields=_parse_fields("bridge", spec.BRIDGE_COLUMNS, params, name),
            ports=ports,
            purge_ports=params["purge_ports"],
            mirrors=mirrors,
            purge_mirrors=params["purge_mirrors"] or "mirrors" in clear,
            exports=exports,
            controllers=() if "controller" in clear and controllers is None else controllers,
            secrets=frozenset(entry["psk"] for entry in params["ports"] or () if entry["psk"]),
            **{key: params[key] for key in ("force", "allow_uplink_move", "ignore_port_errors", "wait", "timeout")},
            database_socket=params["database_socket"],
        ),
    )


def _parse_clear(entry: Params, kind: str, where: str) -> tuple[str, ...]:
    clear = tuple(dict.fromkeys(entry.get("clear") or ()))
    for word in clear:
        if word not in spec.CLEARABLE[kind]:
            hint = nearest(word, spec.CLEARABLE[kind])
            raise Problem(f"{where}: clear cannot name {word!r}{hint}; it takes {', '.join(spec.CLEARABLE[kind])}")
    return clear


def _parse_fields(kind: str, options: spec.Spec, entry: Params, where: str, table: str = "") -> Fields:
    """The columns that an entry names, out of those that ``options`` list."""
    clear = _parse_clear(entry, kind, where) if "clear" in entry else ()
    values = {
        column_name(table, option): parse_value(option, entry[option], where)
        for option in options
        if entry.get(option) is not None
    }
    return Fields(values, tuple(column_name(table, option) for option in clear if option in options))


def _parse_port(entry: Params, bridge: str) -> WantPort:
    name = parse_port_name(entry["name"], f"{bridge}: port")
    where = f"{bridge}: port {name}"
    interfaces = None
    if entry["interfaces"] is not None:
        interfaces = tuple(sorted(parse_port_name(face, f"{where}: interface") for face in entry["interfaces"]))
        if not interfaces or len(set(interfaces)) < len(interfaces):
            raise Problem(f"{where}: interfaces must name at least one interface, and each once")
    clear = _parse_clear(entry, "port", where)
    qos = None if entry["qos"] is None else _parse_qos(entry["qos"], where)
    face = _parse_fields("port", spec.INTERFACE_COLUMNS, entry, where, "Interface")
    if entry["psk"] is not None or "psk" in clear:
        psk = None if entry["psk"] is None else parse_text(entry["psk"], f"{where}: psk")
        face = Fields({**face.values, "options": {**face.values.get("options", {}), "psk": psk}}, face.cleared)
    if interfaces is not None and len(interfaces) > 1:
        for option in ("mac", "ofport", "psk"):
            if entry[option] is not None:
                raise Problem(f"{where}: {option} is a matter of one interface, and this port has {len(interfaces)}")
    return WantPort(
        name=name,
        present=entry["state"] == "present",
        fields=_parse_fields("port", spec.PORT_COLUMNS, entry, where),
        face=face,
        interfaces=interfaces,
        qos=qos,
        clear_qos="qos" in clear and qos is None,
    )


def _parse_qos(entry: Params, where: str) -> WantQos:
    queues: dict[int, Fields] | None = None
    if entry["queues"] is not None:
        queues = {}
        for queue in entry["queues"]:
            number = parse_value("id", queue["id"], f"{where}: queue")
            if number in queues:
                raise Problem(f"{where}: queue {number} is listed twice")
            queues[number] = _parse_fields("queue", spec.QUEUE_COLUMNS, queue, f"{where}: queue {number}")
    return WantQos(_parse_fields("qos", spec.QOS_COLUMNS, entry, f"{where}: qos"), queues)


def _parse_mirror(entry: Params, bridge: str) -> WantMirror:
    name = parse_port_name(entry["name"], f"{bridge}: mirror")
    where = f"{bridge}: mirror {name}"
    fields = _parse_fields("mirror", spec.MIRROR_COLUMNS, entry, where)
    if "output_port" in fields.values and "output_vlan" in fields.values:
        raise Problem(f"{where}: output_port and output_vlan exclude each other: name one of them")
    # One replaces the other, for Open vSwitch ignores a mirror that has both.
    other = {"output_port": "output_vlan", "output_vlan": "output_port"}
    cleared = [other[column] for column in other if column in fields.values]
    return WantMirror(name, entry["state"] == "present", Fields(fields.values, (*fields.cleared, *cleared)))


def _check_names(bridge: str, ports: t.Sequence[WantPort], mirrors: t.Sequence[WantMirror]) -> None:
    """Each port, mirror and interface has one place."""
    for kind, names in (("port", [p.name for p in ports]), ("mirror", [m.name for m in mirrors])):
        for name in names:
            if names.count(name) > 1:
                raise Problem(f"{bridge}: {kind} {name} is listed twice")
    places: dict[str, str] = {}
    for port in ports:
        for face in (port.interfaces or (port.name,)) if port.present else ():
            if face in places:
                raise Problem(f"{bridge}: interface {face} cannot be in port {places[face]} and in port {port.name}")
            places[face] = port.name
    _check_local(bridge, ports)


def _check_local(bridge: str, ports: t.Sequence[WantPort]) -> None:
    local = next((port for port in ports if port.name == bridge), None)
    if local is None:
        return
    if not local.present:
        raise Problem(f"{bridge}: the port of the bridge's own name cannot be removed")
    if local.interfaces not in (None, (bridge,)) or local.face.values.get("type", "internal") != "internal":
        raise Problem(f"{bridge}: the port of the bridge's own name is one internal interface")
