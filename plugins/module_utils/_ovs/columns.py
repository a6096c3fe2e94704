# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables and columns of Open vSwitch's database that we know, and their values on the wire. Private; no I/O.

A value is a plain Python one: None for an optional column without a value, a sorted tuple for a set, a dict for a map.
"""

from __future__ import annotations

import typing as t

Columns = t.Mapping[str, t.Any]

# Column: its empty value, which also tells its kind. Written from the schema 8.3.1 of Open vSwitch 3.1.
SETTINGS: dict[str, dict[str, t.Any]] = {
    "Bridge": {
        "name": "",
        "datapath_type": "",
        "fail_mode": None,
        "protocols": (),
        "stp_enable": False,
        "rstp_enable": False,
        "mcast_snooping_enable": False,
        "flood_vlans": (),
        "external_ids": {},
        "other_config": {},
    },
    "Port": {
        "name": "",
        "tag": None,
        "trunks": (),
        "cvlans": (),
        "vlan_mode": None,
        "bond_mode": None,
        "lacp": None,
        "bond_updelay": 0,
        "bond_downdelay": 0,
        "protected": False,
        "external_ids": {},
        "other_config": {},
    },
    "Interface": {
        "name": "",
        "type": "",
        "options": {},
        "mtu_request": None,
        "mac": None,
        "ofport_request": None,
        "ingress_policing_rate": 0,
        "ingress_policing_burst": 0,
        "ingress_policing_kpkts_rate": 0,
        "ingress_policing_kpkts_burst": 0,
        "bfd": {},
        "lldp": {},
        "external_ids": {},
        "other_config": {},
    },
    "Mirror": {
        "name": "",
        "select_all": False,
        "select_src_port": (),
        "select_dst_port": (),
        "select_vlan": (),
        "output_port": None,
        "output_vlan": None,
        "snaplen": None,
    },
    "NetFlow": {
        "targets": (),
        "active_timeout": 0,
        "engine_id": None,
        "engine_type": None,
        "add_id_to_interface": False,
    },
    "sFlow": {"targets": (), "agent": None, "header": None, "polling": None, "sampling": None},
    "IPFIX": {
        "targets": (),
        "sampling": None,
        "obs_domain_id": None,
        "obs_point_id": None,
        "cache_active_timeout": None,
        "cache_max_flows": None,
        "other_config": {},
    },
    "Controller": {"target": ""},
    "QoS": {"type": "", "other_config": {}},
    "Queue": {"dscp": None, "other_config": {}},
}
# Columns that refer to rows of other tables.
LINKS: dict[str, dict[str, t.Any]] = {
    "Open_vSwitch": {"bridges": ()},
    "Bridge": {"ports": (), "mirrors": (), "controller": (), "netflow": None, "sflow": None, "ipfix": None},
    "Port": {"interfaces": (), "qos": None},
    "QoS": {"queues": {}},
}
# What Open vSwitch tells us; never written.
STATUS: dict[str, dict[str, t.Any]] = {
    "Open_vSwitch": {
        "cur_cfg": 0,
        "next_cfg": 0,
        "iface_types": (),
        "datapath_types": (),
        "ovs_version": None,
        "db_version": None,
    },
    "Bridge": {"datapath_id": None, "datapath_version": ""},
    "Interface": {
        "ofport": None,
        "error": None,
        "admin_state": None,
        "link_state": None,
        "mac_in_use": None,
        "mtu": None,
        "ifindex": None,
    },
    "Controller": {"is_connected": False, "role": None},
}
TABLES = ("Open_vSwitch", *SETTINGS)
# Export tables by the column of Bridge that refers to them.
EXPORTS = {"netflow": "NetFlow", "sflow": "sFlow", "ipfix": "IPFIX"}
# The options of the module whose columns are called otherwise.
INTERFACE_OPTIONS = {
    "mtu_request": "mtu",
    "ofport_request": "ofport",
    "external_ids": "interface_external_ids",
    "other_config": "interface_other_config",
}
MARK = "hostwright"
# Keys of Interface.options that must not be shown.
SECRET_OPTIONS = ("psk",)


def known_columns(table: str) -> dict[str, t.Any]:
    """Every column that we read from a table, with its empty value."""
    return {**SETTINGS.get(table, {}), **LINKS.get(table, {}), **STATUS.get(table, {})}


def decode(value: t.Any, empty: t.Any) -> t.Any:
    """The plain value of one on the wire, where a set of one is the bare element; a reference becomes its UUID."""
    if isinstance(value, list):
        kind, items = value
        if kind == "map":
            return {_atom(key): _atom(item) for key, item in items}
        if kind == "set":
            atoms = [_atom(item) for item in items]
            return tuple(sorted(atoms)) if isinstance(empty, tuple) else (atoms[0] if atoms else None)
        value = items
    return (value,) if isinstance(empty, tuple) else value


def _atom(value: t.Any) -> t.Any:
    return value[1] if isinstance(value, list) else value


def decode_row(table: str, row: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The known columns of a row; those that an older Open vSwitch does not have get their empty value."""
    known = known_columns(table)
    return {name: decode(row[name], empty) if name in row else empty for name, empty in known.items()}


def encode(value: t.Any) -> t.Any:
    """The value as the wire wants it. A list is taken for one that is encoded already, such as a reference."""
    if value is None:
        return ["set", []]
    if isinstance(value, tuple):
        return ["set", [encode(item) for item in value]]
    if isinstance(value, dict):
        return ["map", [[key, encode(item)] for key, item in sorted(value.items())]]
    return value


def fill(table: str, **values: t.Any) -> dict[str, t.Any]:
    """The settings of a new row."""
    return {**SETTINGS[table], **values}


def option_name(table: str, column: str) -> str:
    """What the module calls a column."""
    return INTERFACE_OPTIONS.get(column, column) if table == "Interface" else column


def column_name(table: str, option: str) -> str:
    """The column that an option of the module sets."""
    if table != "Interface":
        return option
    return {name: column for column, name in INTERFACE_OPTIONS.items()}.get(option, option)
