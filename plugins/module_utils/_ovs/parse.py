# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the rows of the database to the records of ``state``. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import EXPORTS, SETTINGS, STATUS, decode_row
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Bridge, Link, Port, Qos, Record, Site

Tables = t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]]
Rows = t.Dict[str, t.Dict[str, t.Any]]


def parse_site(name: str, tables: Tables, links: t.Mapping[str, Link] | None = None) -> Site:
    """All bridges, as ``ovsdb.read`` answered them."""
    rows: dict[str, Rows] = {
        table: {row["_uuid"][1]: decode_row(table, row) for row in tables[table]} for table in tables
    }
    (uuid, top), *_rest = rows["Open_vSwitch"].items()
    bridges = [_parse_bridge(rows, bridge) for bridge in top["bridges"]]
    used = {row["qos"] for row in rows["Port"].values()}
    return Site(
        name=name,
        bridges={bridge.columns["name"]: bridge for bridge in sorted(bridges, key=lambda b: str(b.columns["name"]))},
        uuid=uuid,
        links=dict(links or {}),
        kept=frozenset(
            queue for key, row in rows["QoS"].items() if key not in used for queue in row["queues"].values()
        ),
        status={column: top[column] for column in STATUS["Open_vSwitch"]},
    )


def _settings(table: str, row: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {column: row[column] for column in SETTINGS[table]}


def _status(table: str, row: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {column: row[column] for column in STATUS.get(table, {})}


def _record(rows: t.Mapping[str, Rows], table: str, uuid: str) -> Record:
    row = rows[table][uuid]
    columns = _settings(table, row)
    if table == "Interface" and columns["type"] == "system":
        columns["type"] = ""  # two spellings of the same
    return Record(columns, uuid, _status(table, row))


def _parse_bridge(rows: t.Mapping[str, Rows], uuid: str) -> Bridge:
    row = rows["Bridge"][uuid]
    controllers = [_record(rows, "Controller", key) for key in row["controller"]]
    ports = sorted((_parse_port(rows, key) for key in row["ports"]), key=lambda port: str(port.columns["name"]))
    return Bridge(
        columns=_settings("Bridge", row),
        ports={port.columns["name"]: port for port in ports},
        mirrors=_parse_mirrors(rows, row["mirrors"]),
        controllers={record.columns["target"]: record for record in controllers},
        exports={column: _record(rows, table, row[column]) for column, table in EXPORTS.items() if row[column]},
        uuid=uuid,
        status=_status("Bridge", row),
    )


def _parse_port(rows: t.Mapping[str, Rows], uuid: str) -> Port:
    row = rows["Port"][uuid]
    faces = [_record(rows, "Interface", key) for key in row["interfaces"]]
    return Port(
        columns=_settings("Port", row),
        interfaces={face.columns["name"]: face for face in sorted(faces, key=lambda f: str(f.columns["name"]))},
        qos=_parse_qos(rows, row["qos"]) if row["qos"] else None,
        uuid=uuid,
    )


def _parse_qos(rows: t.Mapping[str, Rows], uuid: str) -> Qos:
    row = rows["QoS"][uuid]
    queues = {number: _record(rows, "Queue", key) for number, key in sorted(row["queues"].items())}
    return Qos(_settings("QoS", row), queues, uuid)


def _parse_mirrors(rows: t.Mapping[str, Rows], uuids: t.Sequence[str]) -> dict[str, Record]:
    """Mirrors by name, with the names of their ports. The database allows a name twice: the second gets its UUID."""
    mirrors: dict[str, Record] = {}
    names = {key: row["name"] for key, row in rows["Port"].items()}
    for uuid in uuids:
        columns = _settings("Mirror", rows["Mirror"][uuid])
        for column in ("select_src_port", "select_dst_port"):
            columns[column] = tuple(sorted(names[port] for port in columns[column]))
        columns["output_port"] = names.get(columns["output_port"])
        name = columns["name"]
        mirrors[f"{name} {uuid}" if name in mirrors else name] = Record(columns, uuid)
    return mirrors
