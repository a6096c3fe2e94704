# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declaration laid over what is there: the state that must come of it. Private; no I/O.

Nothing but what the declaration names differs from before, so the plan is the difference between the two states.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import EXPORTS, MARK, SETTINGS, Columns, fill
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.refs import Refs, count_refs
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import (
    Bridge,
    Port,
    Qos,
    Record,
    Site,
    is_guests,
    is_ours,
    is_vif,
    new_bridge,
    new_interface,
    new_port,
)
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.want import Fields, WantBridge, WantMirror, WantPort

Ports = t.Dict[str, t.Dict[str, Port]]


@dataclasses.dataclass(frozen=True)
class Merged:
    """``taken``: what other ports and bridges lose to this declaration, in words; only ``force`` allows that."""

    site: Site
    taken: tuple[str, ...] = ()


def merge(site: Site, want: WantBridge) -> Merged:
    """The state after the declaration has come about."""
    if not want.present:
        return _without_bridge(site, want.name)
    bridges = dict(site.bridges)
    old = bridges.setdefault(want.name, new_bridge(want.name))
    refs = count_refs(site)
    ports: Ports = {name: dict(bridge.ports) for name, bridge in bridges.items()}
    for port in want.ports:
        if not port.present:
            ports[want.name].pop(port.name, None)
    taken = [words for port in want.present_ports for words in _place(ports, want.name, port)]
    mine = ports[want.name]
    for port in want.present_ports:
        mine[port.name] = _merge_port(mine[port.name], port, refs)
    for name in purgeable(old, want):
        mine.pop(name, None)
    bridges = {name: dataclasses.replace(bridge, ports=ports[name]) for name, bridge in bridges.items()}
    bridges[want.name] = dataclasses.replace(
        bridges[want.name],
        columns=merge_columns("Bridge", old.columns, want.fields),
        mirrors=_merge_mirrors(old.mirrors, want),
        exports=_merge_exports(old.exports, want, refs),
        controllers=_merge_controllers(old.controllers, want),
    )
    return Merged(dataclasses.replace(site, bridges=_drop_lost_ports(bridges)), tuple(taken))


def _without_bridge(site: Site, name: str) -> Merged:
    gone = site.bridges.get(name)
    taken = [f"cut off port {port} of a guest" for port, row in (gone.ports if gone else {}).items() if is_guests(row)]
    left = {key: bridge for key, bridge in site.bridges.items() if key != name}
    return Merged(dataclasses.replace(site, bridges=_drop_lost_ports(left)), tuple(taken))


def purgeable(bridge: Bridge, want: WantBridge) -> tuple[str, ...]:
    """Ports that are not listed and that the purge may remove: never a running guest's, unless it is ours."""
    listed = {want.name, *(port.name for port in want.ports)}
    if want.purge_ports == "false":
        return ()
    return tuple(
        name
        for name, port in bridge.ports.items()
        if name not in listed
        and not is_vif(port)
        and (is_ours(port) or (want.purge_ports == "all" and not is_guests(port)))
    )


def merge_columns(table: str, columns: Columns, fields: Fields) -> dict[str, t.Any]:
    """The settings of a row after ``fields``."""
    merged = {**columns, **{column: SETTINGS[table][column] for column in fields.cleared}}
    for column, value in fields.values.items():
        if isinstance(value, dict):
            union = {**merged[column], **value}
            merged[column] = {key: item for key, item in union.items() if item is not None}
        else:
            merged[column] = value
    return merged


def _place(ports: Ports, owner: str, want: WantPort) -> t.Iterator[str]:
    """Bring a port and its interfaces to the bridge; yields what others lose by it."""
    mine = ports[owner]
    for other, theirs in ports.items():
        if other != owner and want.name in theirs:
            yield f"take port {want.name} from bridge {other}"
            mine[want.name] = _mark(theirs.pop(want.name), owner)
    port = mine.get(want.name)
    if port is None:
        type_ = "internal" if want.name == owner else ""
        port = _mark(dataclasses.replace(new_port(want.name, type_), interfaces={}), owner)
        faces: tuple[str, ...] = want.interfaces or (want.name,)
    else:
        faces = want.interfaces or tuple(port.interfaces)
    kept = {name: face for name, face in port.interfaces.items() if name in faces}
    mine[want.name] = dataclasses.replace(port, interfaces=kept)
    for face in faces:
        if face not in kept:
            found = _take_interface(ports, face)
            if found is not None:
                yield found[0]
            kept[face] = found[1] if found else new_interface(face)
    mine[want.name] = dataclasses.replace(port, interfaces=dict(sorted(kept.items())))


def _take_interface(ports: Ports, face: str) -> tuple[str, Record] | None:
    """Take an interface out of the port that has it; a port that has no other goes with it."""
    for owner, theirs in ports.items():
        for name, port in theirs.items():
            if face not in port.interfaces:
                continue
            left = {key: record for key, record in port.interfaces.items() if key != face}
            if left:
                theirs[name] = dataclasses.replace(port, interfaces=left)
            else:
                del theirs[name]
            return f"take interface {face} from port {name} of bridge {owner}", port.interfaces[face]
    return None


def _mark(port: Port, owner: str) -> Port:
    ids = {**port.columns["external_ids"], MARK: owner}
    return dataclasses.replace(port, columns={**port.columns, "external_ids": ids})


def _merge_port(port: Port, want: WantPort, refs: Refs) -> Port:
    faces = {
        name: dataclasses.replace(face, columns=merge_columns("Interface", face.columns, want.face))
        for name, face in port.interfaces.items()
    }
    qos = None if want.clear_qos else _merge_qos(port.qos, want, refs)
    return dataclasses.replace(
        port, columns=merge_columns("Port", port.columns, want.fields), interfaces=faces, qos=qos
    )


def _merge_qos(old: Qos | None, want: WantPort, refs: Refs) -> Qos | None:
    """A row that other ports share is not changed under them: this port gets one of its own."""
    if want.qos is None:
        return old
    have = old or Qos(fill("QoS"))
    columns = merge_columns("QoS", have.columns, want.qos.fields)
    declared = want.qos.queues
    queues = dict(have.queues)
    if declared is not None:
        blank = Record(fill("Queue"))
        queues = {
            number: _own(queues.get(number, blank), merge_columns("Queue", queues.get(number, blank).columns, f), refs)
            for number, f in sorted(declared.items())
        }
    if (columns, queues) == (have.columns, have.queues):
        return have
    if not refs.shared(have.uuid):
        return Qos(columns, queues, have.uuid)
    # the queues stay with the row of the others, so a changed one must be new as well
    queues = {
        number: queue if queue == have.queues.get(number) else Record(queue.columns) for number, queue in queues.items()
    }
    return Qos(columns, queues)


def _own(record: Record, columns: Columns, refs: Refs) -> Record:
    """The record with other columns; a new one when others share it."""
    if columns == record.columns:
        return record
    return Record(columns, "" if refs.shared(record.uuid) else record.uuid, record.status)


def _merge_mirrors(mirrors: t.Mapping[str, Record], want: WantBridge) -> dict[str, Record]:
    merged = dict(mirrors)
    declared: dict[str, WantMirror] = {mirror.name: mirror for mirror in want.mirrors}
    for name, mirror in declared.items():
        if mirror.present:
            old = merged.get(name) or Record(fill("Mirror", name=name))
            merged[name] = dataclasses.replace(old, columns=merge_columns("Mirror", old.columns, mirror.fields))
        else:
            merged.pop(name, None)
    if want.purge_mirrors:
        merged = {name: record for name, record in merged.items() if name in declared}
    return merged


def _merge_exports(exports: t.Mapping[str, Record], want: WantBridge, refs: Refs) -> dict[str, Record]:
    merged = dict(exports)
    for column, fields in want.exports.items():
        if fields is None:
            merged.pop(column, None)
            continue
        old = merged.get(column) or Record(fill(EXPORTS[column]))
        merged[column] = _own(old, merge_columns(EXPORTS[column], old.columns, fields), refs)
    return {column: merged[column] for column in EXPORTS if column in merged}


def _merge_controllers(controllers: t.Mapping[str, Record], want: WantBridge) -> dict[str, Record]:
    if want.controllers is None:
        return dict(controllers)
    return {target: controllers.get(target) or Record(fill("Controller", target=target)) for target in want.controllers}


def _drop_lost_ports(bridges: t.Mapping[str, Bridge]) -> dict[str, Bridge]:
    """The database takes a removed port out of the mirrors that name it."""
    names = {name for bridge in bridges.values() for name in bridge.ports}
    return {key: dataclasses.replace(bridge, mirrors=_keep(bridge.mirrors, names)) for key, bridge in bridges.items()}


def _keep(mirrors: t.Mapping[str, Record], names: t.AbstractSet[str]) -> dict[str, Record]:
    kept = {}
    for name, record in mirrors.items():
        columns = dict(record.columns)
        for column in ("select_src_port", "select_dst_port"):
            columns[column] = tuple(port for port in columns[column] if port in names)
        if columns["output_port"] not in names:
            columns["output_port"] = None
        kept[name] = dataclasses.replace(record, columns=columns)
    return kept
