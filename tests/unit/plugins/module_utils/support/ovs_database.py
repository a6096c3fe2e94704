# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small OVSDB server in memory: RFC 7047's operations on the rows of Open vSwitch, written from the RFC.

Rows hold decoded values: a frozenset for a set, a dict for a map, and ``Ref`` for a reference. Whatever is not a root
row and not referred to is collected, weak references to lost rows vanish, and names are unique, as on a real server;
tests/integration/targets/module_ovs_bridge shows the same on the real one.
"""

from __future__ import annotations

import copy
import itertools
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import TABLES, known_columns
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Bridge, Port, Record, Site

ROOTS = ("Open_vSwitch", "QoS", "Queue")
WEAK = (("Mirror", "select_src_port"), ("Mirror", "select_dst_port"), ("Mirror", "output_port"))
UNIQUE = ("Bridge", "Port", "Interface")
REFERS = {
    ("Open_vSwitch", "bridges"): "Bridge",
    ("Bridge", "ports"): "Port",
    ("Bridge", "mirrors"): "Mirror",
    ("Bridge", "controller"): "Controller",
    ("Bridge", "netflow"): "NetFlow",
    ("Bridge", "sflow"): "sFlow",
    ("Bridge", "ipfix"): "IPFIX",
    ("Port", "interfaces"): "Interface",
    ("Port", "qos"): "QoS",
    ("QoS", "queues"): "Queue",
}
Row = t.Dict[str, t.Any]
Tables = t.Dict[str, t.Dict[str, Row]]


class Refused(Exception):
    """The transaction was not carried out."""


class Ref(str):
    """A reference to the row with this UUID."""


def load(value: t.Any, names: t.Mapping[str, str] | None = None) -> t.Any:
    """From the wire. A set of one is the bare element there, so every set is a frozenset here."""
    if isinstance(value, list):
        kind, rest = value
        if kind == "set":
            return frozenset(load(item, names) for item in rest)
        if kind == "map":
            return {load(key, names): load(item, names) for key, item in rest}
        return Ref((names or {})[rest] if kind == "named-uuid" else rest)
    return value


def dump(value: t.Any) -> t.Any:
    if isinstance(value, frozenset):
        items = [dump(item) for item in sorted(value)]
        return items[0] if len(items) == 1 else ["set", items]
    if isinstance(value, dict):
        return ["map", [[key, dump(item)] for key, item in value.items()]]
    return ["uuid", str(value)] if isinstance(value, Ref) else value


def as_set(value: t.Any) -> frozenset[t.Any]:
    return value if isinstance(value, frozenset) else frozenset([value])


def blank(table: str) -> Row:
    """A row as the server makes it: optional columns are empty sets."""
    row = {}
    for column, empty in known_columns(table).items():
        row[column] = frozenset() if empty is None or isinstance(empty, tuple) else copy.copy(empty)
    return row


def reply(tables: Tables) -> dict[str, list[Row]]:
    """What ``ovsdb.read`` answers."""
    return {
        table: [
            {"_uuid": ["uuid", uuid], **{column: dump(value) for column, value in row.items()}}
            for uuid, row in tables[table].items()
        ]
        for table in TABLES
    }


def transact(tables: Tables, operations: t.Sequence[t.Mapping[str, t.Any]]) -> Tables:
    """The tables after all operations; raises Refused when one fails, and then nothing has changed."""
    new = copy.deepcopy(tables)
    taken = {uuid for rows in tables.values() for uuid in rows}
    fresh = (f"new-{number}" for number in itertools.count())
    names = {op["uuid-name"]: next(u for u in fresh if u not in taken) for op in operations if "uuid-name" in op}
    for op in operations:
        if op["op"] == "insert":
            row = blank(op["table"])
            for column, value in op["row"].items():
                assert column in row, f"no column {column} in {op['table']}"
                row[column] = _fit(row[column], load(value, names))
            new[op["table"]][names[op["uuid-name"]]] = row
        elif op["op"] != "comment":
            _on_row(new, op, names)
    _check_refs(new)  # the server counts references before it collects
    _collect(new)
    _check(new)
    return new


def _fit(old: t.Any, value: t.Any) -> t.Any:
    return as_set(value) if isinstance(old, frozenset) else value


def _on_row(tables: Tables, op: t.Mapping[str, t.Any], names: t.Mapping[str, str]) -> None:
    rows = tables[op["table"]]
    ((column, function, wanted),) = op["where"] or [("_uuid", "==", ["uuid", next(iter(rows))])]
    assert (column, function) == ("_uuid", "==")
    assert op["where"] or len(rows) == 1
    uuid = load(wanted)
    if op["op"] == "wait":
        assert (op["until"], op["timeout"]) == ("==", 0)
        (expected,) = op["rows"]
        row = {"_uuid": uuid, **rows[uuid]} if uuid in rows else {}
        if any(_fit(row.get(key), load(expected[key])) != row.get(key) for key in op["columns"]):
            raise Refused("timed out")
        return
    assert uuid in rows, f"{op['op']} of a row that is not there"
    if op["op"] == "delete":
        del rows[uuid]
    elif op["op"] == "update":
        for key, value in op["row"].items():
            rows[uuid][key] = _fit(rows[uuid][key], load(value, names))
    else:
        assert op["op"] == "mutate"
        for key, mutator, value in op["mutations"]:
            rows[uuid][key] = _mutate(rows[uuid][key], mutator, load(value, names))


def _mutate(old: t.Any, mutator: str, value: t.Any) -> t.Any:
    if mutator == "+=":
        return old + value
    if isinstance(old, dict):
        if mutator == "insert":
            return {**value, **old}
        return {key: item for key, item in old.items() if key not in as_set(value)}
    return old | as_set(value) if mutator == "insert" else old - as_set(value)


def _refs(value: t.Any) -> set[str]:
    items = value.values() if isinstance(value, dict) else as_set(value)
    return {item for item in items if isinstance(item, Ref)}


def _collect(tables: Tables) -> None:
    while True:
        held = {ref for (table, column) in REFERS for row in tables[table].values() for ref in _refs(row[column])}
        lost = [(table, uuid) for table in TABLES if table not in ROOTS for uuid in tables[table] if uuid not in held]
        if not lost:
            break
        for table, uuid in lost:
            del tables[table][uuid]
    for table, column in WEAK:
        for row in tables[table].values():
            row[column] = frozenset(ref for ref in row[column] if ref in tables["Port"])


def _check_refs(tables: Tables) -> None:
    for (table, column), target in REFERS.items():
        for row in tables[table].values():
            if not _refs(row[column]) <= set(tables[target]):
                raise Refused(f"referential integrity violation: {table}.{column}")


def _check(tables: Tables) -> None:
    for table in UNIQUE:
        names = [row["name"] for row in tables[table].values()]
        if len(set(names)) < len(names):
            raise Refused(f"constraint violation: a name twice in {table}")
    if any(not row["interfaces"] for row in tables["Port"].values()):
        raise Refused("constraint violation: a port without interfaces")


def tables_of(site: Site) -> Tables:
    """The rows of a site whose records all have UUIDs."""
    tables: Tables = {table: {} for table in TABLES}
    _put(tables, "Open_vSwitch", site.uuid, site.status, bridges=[b.uuid for b in site.bridges.values()])
    ports = {name: port.uuid for bridge in site.bridges.values() for name, port in bridge.ports.items()}
    for bridge in site.bridges.values():
        _put_bridge(tables, bridge, ports)
    for number, queue in enumerate(sorted(site.kept)):
        _put(tables, "QoS", f"loose-{number}", {}, queues={0: queue})
        if queue not in tables["Queue"]:
            _put(tables, "Queue", queue, {})
    return tables


def _put(tables: Tables, table: str, uuid: str, columns: t.Mapping[str, t.Any], **refs: t.Any) -> None:
    assert uuid, "a record without UUID"
    row = blank(table)
    for column, value in columns.items():
        row[column] = _fit(row[column], frozenset(value) if isinstance(value, tuple) else value)
        if value is None:
            row[column] = frozenset()
    for column, value in refs.items():
        if isinstance(value, dict):
            row[column] = {key: Ref(item) for key, item in value.items()}
        else:
            row[column] = frozenset(map(Ref, value))
    tables[table][uuid] = row


def _put_bridge(tables: Tables, bridge: Bridge, ports: t.Mapping[str, str]) -> None:
    exports = {"netflow": "NetFlow", "sflow": "sFlow", "ipfix": "IPFIX"}
    _put(
        tables,
        "Bridge",
        bridge.uuid,
        bridge.columns,
        ports=[port.uuid for port in bridge.ports.values()],
        mirrors=[record.uuid for record in bridge.mirrors.values()],
        controller=[record.uuid for record in bridge.controllers.values()],
        **{column: [record.uuid] for column, record in bridge.exports.items()},
    )
    for port in bridge.ports.values():
        _put_port(tables, port)
    for record in bridge.controllers.values():
        _put(tables, "Controller", record.uuid, record.columns)
    for column, record in bridge.exports.items():
        _put(tables, exports[column], record.uuid, record.columns)
    for record in bridge.mirrors.values():
        _put_mirror(tables, record, ports)


def _put_mirror(tables: Tables, record: Record, ports: t.Mapping[str, str]) -> None:
    plain = dict(record.columns)
    output = plain.pop("output_port")
    refs = {column: [ports[name] for name in plain.pop(column)] for column in ("select_src_port", "select_dst_port")}
    _put(tables, "Mirror", record.uuid, plain, output_port=[ports[output]] if output else [], **refs)


def _put_port(tables: Tables, port: Port) -> None:
    qos = port.qos
    _put(
        tables,
        "Port",
        port.uuid,
        port.columns,
        interfaces=[face.uuid for face in port.interfaces.values()],
        qos=[qos.uuid] if qos else [],
    )
    for face in port.interfaces.values():
        _put(tables, "Interface", face.uuid, {**face.columns, **face.status})
    if qos:
        _put(tables, "QoS", qos.uuid, qos.columns, queues={number: q.uuid for number, q in qos.queues.items()})
        for queue in qos.queues.values():
            _put(tables, "Queue", queue.uuid, queue.columns)
