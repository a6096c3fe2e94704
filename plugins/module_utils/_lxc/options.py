# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of lxc_container and how each takes effect. Private; data."""

from __future__ import annotations

import typing as t

STATES = ("present", "started", "stopped", "restarted", "frozen", "absent")
NET_TYPES = ("empty", "none", "phys", "vlan", "veth", "macvlan", "ipvlan")
BACKINGS = ("dir", "btrfs", "loop", "lvm", "overlay", "zfs", "rbd", "best")
_PRESENCE: t.Mapping[str, t.Any] = {"type": "str", "choices": ["present", "absent"], "default": "present"}

NETWORK_OPTIONS: t.Mapping[str, t.Any] = {
    "index": {"type": "int"},
    "type": {"type": "str", "choices": list(NET_TYPES), "default": "veth"},
    "link": {"type": "str", "aliases": ["bridge", "parent", "switch"]},
    "name": {"type": "str"},
    "mac": {"type": "str", "aliases": ["hwaddr"]},
    "mtu": {"type": "int"},
    "up": {"type": "bool", "default": True},
    "ipv4": {"type": "list", "elements": "str"},
    "ipv4_gateway": {"type": "str"},
    "ipv6": {"type": "list", "elements": "str"},
    "ipv6_gateway": {"type": "str"},
    "vlan": {"type": "int"},
    "trunks": {"type": "list", "elements": "int"},
    "mode": {"type": "str"},
    "isolation": {"type": "str", "choices": ["bridge", "private", "vepa"]},
    "veth_pair": {"type": "str"},
    "script_up": {"type": "path"},
    "script_down": {"type": "path"},
    "state": _PRESENCE,
}
MOUNT_OPTIONS: t.Mapping[str, t.Any] = {
    "target": {"type": "str", "required": True},
    "source": {"type": "str"},
    "fstype": {"type": "str", "default": "none"},
    "options": {"type": "list", "elements": "str"},
    "state": _PRESENCE,
}
DEVICE_OPTIONS: t.Mapping[str, t.Any] = {
    "path": {"type": "path", "required": True},
    "access": {"type": "str", "default": "rwm"},
    "state": _PRESENCE,
}
ARGUMENT_SPEC: t.Mapping[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "lxc_path": {"type": "path", "default": "/var/lib/lxc"},
    "template": {"type": "str"},
    "template_options": {"type": "dict"},
    "archive": {"type": "path"},
    "clone_from": {"type": "str"},
    "clone_snapshot": {"type": "bool", "default": False},
    "backing_store": {"type": "str", "choices": list(BACKINGS)},
    "directory": {"type": "path"},
    "fs_size": {"type": "str"},
    "fs_type": {"type": "str"},
    "vg_name": {"type": "str"},
    "lv_name": {"type": "str"},
    "thinpool": {"type": "str"},
    "zfs_root": {"type": "str"},
    "unprivileged": {"type": "bool"},
    "idmap": {"type": "list", "elements": "str"},
    "allow_shared_idmap": {"type": "bool", "default": False},
    "memory": {"type": "str"},
    "swap": {"type": "str"},
    "cpus": {"type": "str"},
    "cpu_quota": {"type": "str"},
    "cpu_weight": {"type": "int"},
    "pids": {"type": "str"},
    "io_weight": {"type": "int"},
    "networks": {"type": "list", "elements": "dict", "options": dict(NETWORK_OPTIONS), "aliases": ["nics"]},
    "purge_networks": {"type": "bool", "default": False},
    "mounts": {"type": "list", "elements": "dict", "options": dict(MOUNT_OPTIONS)},
    "devices": {"type": "list", "elements": "dict", "options": dict(DEVICE_OPTIONS)},
    "cap_drop": {"type": "list", "elements": "str"},
    "cap_keep": {"type": "list", "elements": "str"},
    "seccomp_profile": {"type": "str"},
    "apparmor_profile": {"type": "str"},
    "tty": {"type": "int"},
    "pts": {"type": "int"},
    "hostname": {"type": "str"},
    "lxcfs": {"type": "bool"},
    "autostart": {"type": "bool", "aliases": ["boot", "onboot"]},
    "start_order": {"type": "int"},
    "start_delay": {"type": "int"},
    "groups": {"type": "list", "elements": "str"},
    "config": {"type": "dict"},
    "snapshots": {"type": "list", "elements": "str"},
    "snapshots_keep": {"type": "int"},
    "rollback_to": {"type": "str"},
    "wait_for_ip_address": {"type": "bool", "default": False},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
    "timeout": {"type": "int", "default": 60},
    "force_stop": {"type": "bool", "default": False},
    "delete_storage": {"type": "bool", "default": False},
    "delete_snapshots": {"type": "bool", "default": False},
}
CONSTRAINTS: t.Mapping[str, t.Any] = {
    "mutually_exclusive": [
        ("template", "archive", "clone_from"),
        ("cap_drop", "cap_keep"),
        ("rollback_to", "snapshots"),
    ],
    "required_by": {"template_options": ["template"], "snapshots_keep": ["snapshots"]},
}

# How a change of each option takes effect on a running container; the module's documentation says the same in words.
EFFECTS: t.Mapping[str, str] = {
    **dict.fromkeys(("memory", "swap", "cpus", "cpu_quota", "cpu_weight", "pids", "io_weight"), "live"),
    **dict.fromkeys(("networks", "devices"), "live"),
    **dict.fromkeys(("autostart", "start_order", "start_delay", "groups", "fs_size"), "live"),
    **dict.fromkeys(("mounts", "cap_drop", "cap_keep", "seccomp_profile", "apparmor_profile", "tty", "pts"), "restart"),
    **dict.fromkeys(("hostname", "lxcfs", "config"), "restart"),
    **dict.fromkeys(("unprivileged", "idmap"), "recreate"),
}
