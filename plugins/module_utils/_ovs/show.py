# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges as the user writes them: for the diff, for the results and for the words of a step. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.diff import HIDDEN
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import (
    EXPORTS,
    SECRET_OPTIONS,
    SETTINGS,
    Columns,
    option_name,
)
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.merge import purgeable
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import (
    Bridge,
    Port,
    Qos,
    Record,
    Site,
    find_errors,
    find_port,
)
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.uplink import show_links
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.want import Fields, WantBridge, WantPort, WantQos

Shown = t.Dict[str, t.Any]


def _plain(column: str, value: t.Any) -> t.Any:
    """Lists for tuples; secrets masked."""
    if isinstance(value, dict):
        return {key: HIDDEN if column == "options" and key in SECRET_OPTIONS else value[key] for key in sorted(value)}
    return list(value) if isinstance(value, tuple) else value


def describe_row(table: str, columns: Columns) -> Shown:
    """The settings of a row that are not empty, without its name."""
    return {
        option_name(table, column): _plain(column, value)
        for column, value in columns.items()
        if column not in ("name", "target") and value != SETTINGS[table][column]
    }


def describe_bridge(bridge: Bridge) -> Shown:
    """A bridge by the names of the module's options."""
    shown = describe_row("Bridge", bridge.columns)
    shown["ports"] = {name: describe_port(bridge.ports[name]) for name in sorted(bridge.ports)}
    if bridge.mirrors:
        shown["mirrors"] = {name: describe_row("Mirror", record.columns) for name, record in bridge.mirrors.items()}
    if bridge.controllers:
        shown["controller"] = sorted(bridge.controllers)
    for column, record in bridge.exports.items():
        shown[column] = describe_row(EXPORTS[column], record.columns)
    return shown


def describe_port(port: Port) -> Shown:
    shown = describe_row("Port", port.columns)
    faces = {name: describe_row("Interface", face.columns) for name, face in port.interfaces.items()}
    if list(faces) == [port.columns["name"]]:
        shown.update(faces[port.columns["name"]])
    else:
        shown["interfaces"] = faces
    if port.qos is not None:
        shown["qos"] = _describe_qos(port.qos)
    return shown


def _describe_qos(qos: Qos) -> Shown:
    shown = describe_row("QoS", qos.columns)
    if qos.queues:
        shown["queues"] = {str(number): describe_row("Queue", queue.columns) for number, queue in qos.queues.items()}
    return shown


def facts(site: Site | None) -> Shown:
    bridge = site.bridge if site else None
    if site is None or bridge is None:
        return {"state": "absent", "config": {}, "runtime": {}}
    return {"state": "present", "config": describe_bridge(bridge), "runtime": describe_runtime(site, bridge)}


def describe_runtime(site: Site, bridge: Bridge) -> Shown:
    """What Open vSwitch reports; empty for what it has not told yet."""
    faces = {name: dict(face.status) for port in bridge.ports.values() for name, face in port.interfaces.items()}
    errors = find_errors(site, bridge.ports, strict=False)
    return {
        **bridge.status,
        "interfaces": {name: faces[name] for name in sorted(faces)},
        "controllers": {target: dict(record.status) for target, record in bridge.controllers.items()},
        "port_errors": [{"port": e.port, "interface": e.interface, "error": e.error} for e in errors],
    }


def show(site: Site | None, want: WantBridge) -> Shown:
    """The fields that the declaration names."""
    site = site or Site(name=want.name)
    bridge = site.bridge
    if bridge is None:
        return {"state": "absent", **(show_links(site, want) if want.present else {})}
    if not want.present:
        return {"state": "present"}
    shown: Shown = {"state": "present", **_show_fields("Bridge", bridge.columns, want.fields)}
    ports = {port.name: _show_port(site, port) for port in want.ports}
    ports.update({name: {"state": "present"} for name in purgeable(bridge, want)})
    if ports:
        shown["ports"] = ports
    mirrors = {
        mirror.name: _show_record("Mirror", bridge.mirrors.get(mirror.name), mirror.fields, mirror.present)
        for mirror in want.mirrors
    }
    if want.purge_mirrors:
        mirrors.update({name: {"state": "present"} for name in bridge.mirrors if name not in mirrors})
    if mirrors:
        shown["mirrors"] = mirrors
    if want.controllers is not None:
        shown["controller"] = sorted(bridge.controllers)
    for column, fields in want.exports.items():
        shown[column] = _show_record(EXPORTS[column], bridge.exports.get(column), fields or Fields(), bool(fields))
    return {**shown, **show_links(site, want)}


def _show_fields(table: str, columns: Columns, fields: Fields) -> Shown:
    return {option_name(table, column): _show_value(columns, column, fields) for column in fields.names}


def _show_value(columns: Columns, column: str, fields: Fields) -> t.Any:
    """Of a map only the keys that are named, unless the whole of it is cleared."""
    value, named = columns[column], fields.values.get(column)
    if isinstance(named, dict) and column not in fields.cleared:
        value = {key: value[key] for key in named if key in value}
    return _plain(column, value)


def _show_record(table: str, record: Record | None, fields: Fields, managed: bool) -> Shown:
    if record is None:
        return {"state": "absent"}
    return {"state": "present", **(_show_fields(table, record.columns, fields) if managed else {})}


def _show_port(site: Site, want: WantPort) -> Shown:
    found = find_port(site, want.name)
    if found is None or (not want.present and found[0] != site.name):
        return {"state": "absent"}
    owner, port = found
    if owner != site.name:
        return {"state": f"in bridge {owner}"}
    if not want.present:
        return {"state": "present"}
    shown: Shown = {"state": "present", **_show_fields("Port", port.columns, want.fields)}
    if want.interfaces is not None:
        shown["interfaces"] = sorted(port.interfaces)
    for column in want.face.names:
        values = {name: _show_value(face.columns, column, want.face) for name, face in port.interfaces.items()}
        same = all(value == next(iter(values.values())) for value in values.values())
        shown[option_name("Interface", column)] = next(iter(values.values())) if same and values else values
    if want.qos is not None or want.clear_qos:
        shown["qos"] = _show_qos(port.qos, want.qos)
    return shown


def _show_qos(qos: Qos | None, want: WantQos | None) -> Shown:
    if qos is None:
        return {"state": "absent"}
    shown: Shown = {"state": "present"}
    if want is None:
        return shown
    shown.update(_show_fields("QoS", qos.columns, want.fields))
    if want.queues is not None:
        shown["queues"] = {
            str(number): _show_fields("Queue", queue.columns, want.queues.get(number, Fields()))
            for number, queue in sorted(qos.queues.items())
        }
    return shown


def list_changes(before: Site, after: Site) -> tuple[model.Change, ...]:
    """Every field that differs, by its path; other bridges' fields begin with the bridge's name and a colon."""
    changes = []
    for name in {**before.bridges, **after.bridges}:
        one, two = (_flatten(site.bridges.get(name)) for site in (before, after))
        prefix = "" if name == before.name else f"{name}:"
        for path in dict.fromkeys((*one, *two)):
            if one.get(path) != two.get(path):
                changes.append(model.Change(prefix + path, one.get(path), two.get(path)))
    return tuple(changes)


def _flatten(bridge: Bridge | None) -> Shown:
    flat: Shown = {}
    if bridge is not None:
        flat["state"] = "present"
        _flatten_into(flat, "", describe_bridge(bridge))
    return flat


def _flatten_into(flat: Shown, prefix: str, data: Shown) -> None:
    for key, value in data.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            parent = prefix.rstrip(".").rsplit(".", 1)[-1]
            if parent in ("ports", "mirrors", "interfaces", "queues") or key in ("qos", *EXPORTS):
                flat[path] = "present"
            _flatten_into(flat, f"{path}.", value)
        else:
            flat[path] = value


def summarise(changes: t.Sequence[model.Change], before: Site, after: Site) -> str:
    """The first changes in words; the rest as a number."""
    if after.bridge is None:
        return f"remove bridge {before.name}"
    words = [] if before.bridge else [f"create bridge {before.name}"]
    fresh: list[str] = []
    for change in changes:
        verb = "add" if change.after == "present" else "remove" if change.before == "present" else ""
        if change.field == "state" or any(change.field.startswith(path) for path in fresh):
            continue
        if verb:
            words.append(f"{verb} {_spell(change.field)}")
            fresh.append(change.field + ".")
        elif change.before is True:
            words.append(f"turn {_spell(change.field)} off")
        elif change.after is None:
            words.append(f"clear {_spell(change.field)}")
        else:
            words.append(f"set {_spell(change.field)} to {_spell_value(change.after)}")
    many = len(words) - 4
    return "; ".join(words[:4]) + (f"; and {many} more changes" if many > 0 else "") or f"change {before.name}"


def _spell(path: str) -> str:
    where, _colon, field = path.rpartition(":")
    spelled = field.replace("ports.", "port ", 1) if field.startswith("ports.") else field
    spelled = spelled.replace("mirrors.", "mirror ", 1) if field.startswith("mirrors.") else spelled
    return f"{spelled} of bridge {where}" if where else spelled


def _spell_value(value: t.Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
