# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transaction (RFC 7047) that turns one state into another. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import EXPORTS, SETTINGS, Columns, encode
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.refs import list_ports, list_qos, list_unused
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Bridge, Port, Qos, Record, Site

Operation = t.Dict[str, t.Any]
Refs = t.Dict[str, t.Any]


class Transaction:
    """Operations in the making. Rows that are new get a name, by which the others refer to them."""

    def __init__(self, ports: t.Mapping[str, str]) -> None:
        self.operations: list[Operation] = []
        self.old_ports = {name: ["uuid", uuid] for name, uuid in ports.items()}
        self.ports = dict(self.old_ports)

    def insert(self, table: str, columns: Columns, **refs: t.Any) -> list[str]:
        """Insert a row and return the reference to it; empty columns are left to the database."""
        name = f"row{len(self.operations)}"
        row = {key: encode(value) for key, value in columns.items() if value != SETTINGS[table][key]}
        row.update(refs)
        self.operations.append({"op": "insert", "table": table, "row": row, "uuid-name": name})
        return ["named-uuid", name]

    def expect(self, table: str, uuid: str, row: Columns) -> None:
        """Give up the whole transaction if the row has gone or these columns have changed since they were read."""
        self._on(table, uuid, op="wait", timeout=0, columns=list(row), until="==", rows=[row])

    def update(self, table: str, uuid: str, row: Columns) -> None:
        self._on(table, uuid, op="update", row=row)

    def mutate(self, table: str, uuid: str, mutations: list[list[t.Any]]) -> None:
        if mutations:
            self._on(table, uuid, op="mutate", mutations=mutations)

    def delete(self, table: str, uuid: str) -> None:
        self._on(table, uuid, op="delete")

    def _on(self, table: str, uuid: str, **rest: t.Any) -> None:
        where = [["_uuid", "==", ["uuid", uuid]]] if table != "Open_vSwitch" else []  # which has one row
        operation = {"table": table, "where": where, **rest}
        self.operations.append({"op": operation.pop("op"), **operation})

    def change(self, table: str, old: Record | Port | Bridge | Qos, new: Columns) -> None:
        """Bring the settings of a row from those of ``old`` to ``new``: maps key by key, so that others' keys stay."""
        row: dict[str, t.Any] = {}
        mutations: list[list[t.Any]] = []
        for column, value in new.items():
            before = old.columns[column]
            if value == before:
                continue
            if isinstance(value, dict):
                mutations += _mutate_map(column, before, value)
            else:
                row[column] = value
        if row or mutations:
            # `type` has two spellings of the same and is left out
            columns = [column for column in row if column != "type"]
            known = {column: _encode(column, old.columns[column], self.old_ports) for column in columns}
            self.expect(table, old.uuid, {"_uuid": ["uuid", old.uuid], **known})
        if row:
            self.update(table, old.uuid, {column: _encode(column, value, self.ports) for column, value in row.items()})
        self.mutate(table, old.uuid, mutations)

    def insert_mirror(self, columns: Columns) -> list[str]:
        refs = ("select_src_port", "select_dst_port", "output_port")
        plain = {key: value for key, value in columns.items() if key not in refs}
        return self.insert(
            "Mirror", plain, **{key: _encode(key, columns[key], self.ports) for key in refs if columns[key]}
        )


def _encode(column: str, value: t.Any, ports: t.Mapping[str, list[str]]) -> t.Any:
    """A column's value as it is sent. Ports go by reference, and one that is made anew has another than before."""
    if column == "output_port":
        return encode(None) if value is None else ports[value]
    if column in ("select_src_port", "select_dst_port"):
        return ["set", [ports[name] for name in value]]
    return encode(value)


def _mutate_map(column: str, before: Columns, after: Columns) -> list[list[t.Any]]:
    """`insert` leaves keys that are there alone, so a key whose value changes is deleted first."""
    lost = sorted(key for key in before if before[key] != after.get(key))
    found = {key: value for key, value in after.items() if before.get(key) != value}
    mutations: list[list[t.Any]] = []
    if lost:
        mutations.append([column, "delete", ["set", lost]])
    if found:
        mutations.append([column, "insert", encode(found)])
    return mutations


def _ref(uuid: str) -> list[str]:
    return ["uuid", uuid]


def _mutate_set(column: str, before: t.Sequence[t.Any], after: t.Sequence[t.Any]) -> list[list[t.Any]]:
    mutations: list[list[t.Any]] = []
    gone, new = [ref for ref in before if ref not in after], [ref for ref in after if ref not in before]
    if gone:
        mutations.append([column, "delete", ["set", gone]])
    if new:
        mutations.append([column, "insert", ["set", new]])
    return mutations


def list_operations(before: Site, after: Site, comment: str) -> list[Operation]:
    """Nothing when both are the same; else one transaction that also asks Open vSwitch to take it."""
    if before.bridges == after.bridges:
        return []
    uuids = {name: port.uuid for bridge in before.bridges.values() for name, port in bridge.ports.items()}
    work = Transaction(uuids)
    old_qos = list_qos(before)
    known = {port.uuid: port for bridge in before.bridges.values() for port in bridge.ports.values()}
    faces = {face.uuid: face for port in known.values() for face in port.interfaces.values()}
    for bridge in after.bridges.values():
        for name, port in bridge.ports.items():
            work.ports[name] = _write_port(work, known, faces, old_qos, port)
    for name in {**before.bridges, **after.bridges}:
        _write_bridge(work, before, after, name)
    _delete_unused(work, before, after)
    if work.operations:
        work.mutate("Open_vSwitch", before.uuid, [["next_cfg", "+=", 1]])
        work.operations.append({"op": "comment", "comment": comment})
    return work.operations


def _delete_unused(work: Transaction, before: Site, after: Site) -> None:
    """A port that is about to be collected still holds its QoS while the database counts references, so it lets go."""
    left = {port.uuid for port in list_ports(after)}
    for port in list_ports(before):
        if port.qos is not None and port.uuid not in left:
            work.update("Port", port.uuid, {"qos": ["set", []]})
    for table, uuid in list_unused(before, after):
        work.delete(table, uuid)


def _write_port(
    work: Transaction,
    known: t.Mapping[str, Port],
    faces: t.Mapping[str, Record],
    old_qos: dict[str, Qos],
    port: Port,
) -> list[str]:
    """Insert or change a port with its interfaces and QoS; returns the reference to it."""
    refs = []
    for face in port.interfaces.values():
        if face.uuid:
            work.change("Interface", faces[face.uuid], face.columns)
        refs.append(_ref(face.uuid) if face.uuid else work.insert("Interface", face.columns))
    old = known.get(port.uuid) if port.uuid else None
    qos = None
    if port.qos is not None:
        qos = _write_qos(work, old_qos, port.qos)
    if old is None:
        extra = {} if qos is None else {"qos": qos}
        return work.insert("Port", port.columns, interfaces=["set", refs], **extra)
    work.change("Port", old, port.columns)
    links: dict[str, t.Any] = {}
    expected: dict[str, t.Any] = {}
    held = [_ref(face.uuid) for face in old.interfaces.values()]
    if sorted(held) != sorted(refs):
        links["interfaces"], expected["interfaces"] = ["set", refs], ["set", held]
    had = _ref(old.qos.uuid) if old.qos else None
    if had != qos:
        links["qos"], expected["qos"] = qos or ["set", []], had or ["set", []]
    if links:
        work.expect("Port", old.uuid, expected)
        work.update("Port", old.uuid, links)
    return _ref(old.uuid)


def _write_qos(work: Transaction, known: dict[str, Qos], qos: Qos) -> list[str]:
    """A row that several ports share is written by the first of them."""
    old = known.get(qos.uuid)
    if qos == old:
        return _ref(qos.uuid)
    queues: dict[int, list[str]] = {}
    held = {queue.uuid: queue for row in known.values() for queue in row.queues.values()}
    for number, queue in qos.queues.items():
        if queue.uuid:
            work.change("Queue", held[queue.uuid], queue.columns)
        queues[number] = _ref(queue.uuid) if queue.uuid else work.insert("Queue", queue.columns)
    pairs = ["map", [[number, ref] for number, ref in queues.items()]]
    if old is None:
        return work.insert("QoS", qos.columns, **({"queues": pairs} if queues else {}))
    work.change("QoS", old, qos.columns)
    if {number: _ref(queue.uuid) for number, queue in old.queues.items()} != queues:
        work.update("QoS", qos.uuid, {"queues": pairs})
    known[qos.uuid] = qos
    return _ref(qos.uuid)


def _write_bridge(work: Transaction, before: Site, after: Site, name: str) -> None:
    old, new = before.bridges.get(name), after.bridges.get(name)
    if old is not None and new is None:
        work.expect("Bridge", old.uuid, {"name": name})
        work.mutate("Open_vSwitch", before.uuid, [["bridges", "delete", _ref(old.uuid)]])
    if new is None:
        return
    mirrors = [_write_record(work, "Mirror", old.mirrors if old else {}, key, new.mirrors[key]) for key in new.mirrors]
    controllers = [
        _write_record(work, "Controller", old.controllers if old else {}, key, new.controllers[key])
        for key in new.controllers
    ]
    exports = {
        column: _write_record(work, EXPORTS[column], old.exports if old else {}, column, record)
        for column, record in new.exports.items()
    }
    ports = [work.ports[port] for port in new.ports]
    if old is None:
        sets = {"ports": ports, "mirrors": mirrors, "controller": controllers}
        links = {column: ["set", refs] for column, refs in sets.items() if refs}
        row = work.insert("Bridge", new.columns, **links, **exports)
        work.mutate("Open_vSwitch", before.uuid, [["bridges", "insert", ["set", [row]]]])
        return
    work.change("Bridge", old, new.columns)
    held = {column: _ref(record.uuid) for column, record in old.exports.items()}
    changed = [column for column in EXPORTS if held.get(column) != exports.get(column)]
    if changed:
        none = ["set", []]
        work.expect("Bridge", old.uuid, {column: held.get(column, none) for column in changed})
        work.update("Bridge", old.uuid, {column: exports.get(column, none) for column in changed})
    mutations = _mutate_set("ports", [_ref(port.uuid) for port in old.ports.values()], ports)
    mutations += _mutate_set("mirrors", [_ref(record.uuid) for record in old.mirrors.values()], mirrors)
    mutations += _mutate_set("controller", [_ref(record.uuid) for record in old.controllers.values()], controllers)
    if mutations:
        work.expect("Bridge", old.uuid, {"name": name})
        work.mutate("Bridge", old.uuid, mutations)


def _write_record(work: Transaction, table: str, known: t.Mapping[str, Record], key: str, record: Record) -> list[str]:
    if not record.uuid:
        return work.insert_mirror(record.columns) if table == "Mirror" else work.insert(table, record.columns)
    work.change(table, known[key], record.columns)
    return _ref(record.uuid)
