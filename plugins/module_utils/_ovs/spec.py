# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules as data. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import EXPORTS

Spec = t.Dict[str, t.Dict[str, t.Any]]

PORT_COLUMNS: Spec = {
    "tag": {"type": "int"},
    "trunks": {"type": "list", "elements": "str"},
    "cvlans": {"type": "list", "elements": "str"},
    "vlan_mode": {"type": "str", "choices": ["access", "trunk", "native-tagged", "native-untagged", "dot1q-tunnel"]},
    "bond_mode": {"type": "str", "choices": ["active-backup", "balance-slb", "balance-tcp"]},
    "lacp": {"type": "str", "choices": ["active", "passive", "off"]},
    "bond_updelay": {"type": "int"},
    "bond_downdelay": {"type": "int"},
    "protected": {"type": "bool"},
    "external_ids": {"type": "dict"},
    "other_config": {"type": "dict"},
}
INTERFACE_COLUMNS: Spec = {
    "type": {"type": "str"},
    "options": {"type": "dict"},
    "mtu": {"type": "int"},
    "mac": {"type": "str"},
    "ofport": {"type": "int"},
    "ingress_policing_rate": {"type": "int"},
    "ingress_policing_burst": {"type": "int"},
    "ingress_policing_kpkts_rate": {"type": "int"},
    "ingress_policing_kpkts_burst": {"type": "int"},
    "bfd": {"type": "dict"},
    "lldp": {"type": "dict"},
    "interface_external_ids": {"type": "dict"},
    "interface_other_config": {"type": "dict"},
}
QUEUE_COLUMNS: Spec = {"dscp": {"type": "int"}, "other_config": {"type": "dict"}}
QOS_COLUMNS: Spec = {"type": {"type": "str"}, "other_config": {"type": "dict"}}
QOS_OPTIONS: Spec = {
    **QOS_COLUMNS,
    "queues": {
        "type": "list",
        "elements": "dict",
        "options": {"id": {"type": "int", "required": True}, **QUEUE_COLUMNS},
    },
}
PORT_OPTIONS: Spec = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "interfaces": {"type": "list", "elements": "str", "aliases": ["members"]},
    **PORT_COLUMNS,
    **INTERFACE_COLUMNS,
    "psk": {"type": "str", "no_log": True},
    "qos": {"type": "dict", "options": QOS_OPTIONS},
    "clear": {"type": "list", "elements": "str"},
}
MIRROR_COLUMNS: Spec = {
    "select_all": {"type": "bool"},
    "select_src_port": {"type": "list", "elements": "str"},
    "select_dst_port": {"type": "list", "elements": "str"},
    "select_vlan": {"type": "list", "elements": "str"},
    "output_port": {"type": "str"},
    "output_vlan": {"type": "int"},
    "snaplen": {"type": "int"},
}
MIRROR_OPTIONS: Spec = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **MIRROR_COLUMNS,
    "clear": {"type": "list", "elements": "str"},
}
_TARGETS = {"type": "list", "elements": "str"}
EXPORT_OPTIONS: dict[str, Spec] = {
    "netflow": {
        "targets": _TARGETS,
        "active_timeout": {"type": "int"},
        "engine_id": {"type": "int"},
        "engine_type": {"type": "int"},
        "add_id_to_interface": {"type": "bool"},
    },
    "sflow": {
        "targets": _TARGETS,
        "agent": {"type": "str"},
        "header": {"type": "int"},
        "polling": {"type": "int"},
        "sampling": {"type": "int"},
    },
    "ipfix": {
        "targets": _TARGETS,
        "sampling": {"type": "int"},
        "obs_domain_id": {"type": "int"},
        "obs_point_id": {"type": "int"},
        "cache_active_timeout": {"type": "int"},
        "cache_max_flows": {"type": "int"},
        "other_config": {"type": "dict"},
    },
}
BRIDGE_COLUMNS: Spec = {
    "datapath_type": {"type": "str"},
    "fail_mode": {"type": "str", "choices": ["standalone", "secure"]},
    "protocols": {"type": "list", "elements": "str"},
    "stp_enable": {"type": "bool"},
    "rstp_enable": {"type": "bool"},
    "mcast_snooping_enable": {"type": "bool"},
    "flood_vlans": {"type": "list", "elements": "str"},
    "external_ids": {"type": "dict"},
    "other_config": {"type": "dict"},
}
SHARED: Spec = {
    "database_socket": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
}
ARGUMENT_SPEC: Spec = {
    "name": {"type": "str", "required": True, "aliases": ["bridge"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "ports": {"type": "list", "elements": "dict", "options": PORT_OPTIONS},
    "purge_ports": {"type": "str", "choices": ["false", "true", "all"], "default": "false"},
    "mirrors": {"type": "list", "elements": "dict", "options": MIRROR_OPTIONS},
    "purge_mirrors": {"type": "bool", "default": False},
    **{name: {"type": "dict", "options": options} for name, options in EXPORT_OPTIONS.items()},
    "controller": {"type": "list", "elements": "str"},
    **BRIDGE_COLUMNS,
    "clear": {"type": "list", "elements": "str"},
    "force": {"type": "bool", "default": False},
    "allow_uplink_move": {"type": "bool", "default": False},
    "ignore_port_errors": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    **SHARED,
}
INFO_SPEC: Spec = {"name": {"type": "list", "elements": "str", "aliases": ["bridge", "names"]}, **SHARED}
# When each option takes effect; compared with the module's documentation.
EFFECTS = dict.fromkeys(
    (*BRIDGE_COLUMNS, *EXPORTS, "ports", "purge_ports", "mirrors", "purge_mirrors", "controller", "clear"), "live"
)
# What `clear` may name. external_ids are left out: others keep notes there, and a key is removed by its null.
CLEARABLE = {
    "bridge": (*(name for name in BRIDGE_COLUMNS if name != "external_ids"), *EXPORTS, "controller", "mirrors"),
    "port": (
        *(name for name in (*PORT_COLUMNS, *INTERFACE_COLUMNS) if not name.endswith("external_ids") and name != "type"),
        *("psk", "qos"),
    ),
    "mirror": tuple(MIRROR_COLUMNS),
}
# The least and the most of each number, from the schema; what has no upper bound there is bound by its type.
BIG = 2**31 - 1
RANGES = {
    "tag": (0, 4095),
    "output_vlan": (1, 4095),
    "snaplen": (14, 65535),
    "mtu": (68, 65535),
    "ofport": (1, 65279),
    "bond_updelay": (0, BIG),
    "bond_downdelay": (0, BIG),
    "ingress_policing_rate": (0, BIG),
    "ingress_policing_burst": (0, BIG),
    "ingress_policing_kpkts_rate": (0, BIG),
    "ingress_policing_kpkts_burst": (0, BIG),
    "id": (0, 2**32 - 1),
    "dscp": (0, 63),
    "active_timeout": (-1, BIG),
    "engine_id": (0, 255),
    "engine_type": (0, 255),
    "header": (1, BIG),
    "polling": (0, BIG),
    "sampling": (1, 2**32 - 1),
    "obs_domain_id": (0, 2**32 - 1),
    "obs_point_id": (0, 2**32 - 1),
    "cache_active_timeout": (0, 4200),
    "cache_max_flows": (0, 2**32 - 1),
}
# VLAN lists, which may hold ranges, and lists in which the order means nothing.
VLAN_LISTS = ("trunks", "cvlans", "select_vlan", "flood_vlans")
PROTOCOLS = ("OpenFlow10", "OpenFlow11", "OpenFlow12", "OpenFlow13", "OpenFlow14", "OpenFlow15")
