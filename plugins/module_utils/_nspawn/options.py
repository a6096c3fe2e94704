# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of nspawn_container and how each takes effect. Private; data."""

from __future__ import annotations

import typing as t

STATES = ("present", "started", "stopped", "restarted", "frozen", "absent")
NET_TYPES = ("empty", "none", "veth", "macvlan", "ipvlan", "phys")
_MODES = ("copy-host", "copy-static", "copy-uplink", "copy-stub")
RESOLV_CONF = (
    "auto",
    "off",
    "delete",
    *_MODES,
    *(mode.replace("copy", "replace") for mode in _MODES),
    *(mode.replace("copy", "bind") for mode in _MODES),
)
TIMEZONES = ("auto", "off", "delete", "copy", "bind", "symlink")

NETWORK_OPTIONS: t.Mapping[str, t.Any] = {
    "type": {"type": "str", "choices": list(NET_TYPES), "default": "veth"},
    "link": {"type": "str", "aliases": ["bridge", "parent", "switch"]},
    "zone": {"type": "str"},
    "name": {"type": "str"},
    "veth_pair": {"type": "str"},
}
MOUNT_OPTIONS: t.Mapping[str, t.Any] = {
    "target": {"type": "str", "required": True},
    "source": {"type": "str"},
    "fstype": {"type": "str", "choices": ["none", "tmpfs"], "default": "none"},
    "read_only": {"type": "bool", "default": False},
    "options": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
IO_OPTIONS: t.Mapping[str, t.Any] = {
    "device": {"type": "path", "required": True},
    "read_bps": {"type": "str"},
    "write_bps": {"type": "str"},
    "read_iops": {"type": "int"},
    "write_iops": {"type": "int"},
}
ARGUMENT_SPEC: t.Mapping[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "archive": {"type": "path"},
    "template": {"type": "path"},
    "clone_from": {"type": "str"},
    "directory": {"type": "path"},
    "image": {"type": "path"},
    "command": {"type": "list", "elements": "str"},
    "environment": {"type": "dict"},
    "hostname": {"type": "str"},
    "resolv_conf": {"type": "str", "choices": list(RESOLV_CONF)},
    "timezone": {"type": "str", "choices": list(TIMEZONES)},
    "ephemeral": {"type": "bool"},
    "private_users": {"type": "str"},
    "private_users_ownership": {"type": "str", "choices": ["auto", "off", "chown", "map"]},
    "cap_add": {"type": "list", "elements": "str"},
    "cap_drop": {"type": "list", "elements": "str"},
    "cap_keep": {"type": "list", "elements": "str"},
    "networks": {"type": "list", "elements": "dict", "options": dict(NETWORK_OPTIONS), "aliases": ["nics"]},
    "ports": {"type": "list", "elements": "str"},
    "mounts": {"type": "list", "elements": "dict", "options": dict(MOUNT_OPTIONS)},
    "config": {"type": "dict"},
    "memory": {"type": "str"},
    "memory_high": {"type": "str"},
    "swap": {"type": "str"},
    "cpus": {"type": "str"},
    "cpu_quota": {"type": "str"},
    "cpu_weight": {"type": "int"},
    "pids": {"type": "str"},
    "io_weight": {"type": "int"},
    "io_limits": {"type": "list", "elements": "dict", "options": dict(IO_OPTIONS)},
    "autostart": {"type": "bool", "aliases": ["boot", "onboot"]},
    "wait_for_ip_address": {"type": "bool", "default": False},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
    "timeout": {"type": "int", "default": 60},
    "force_stop": {"type": "bool", "default": False},
    "delete_storage": {"type": "bool", "default": False},
}
CONSTRAINTS: t.Mapping[str, t.Any] = {
    "mutually_exclusive": [
        ("archive", "template", "clone_from", "directory", "image"),
        ("cap_keep", "cap_add"),
        ("cap_keep", "cap_drop"),
    ],
}

LIMITS = ("memory", "memory_high", "swap", "cpus", "cpu_quota", "cpu_weight", "pids", "io_weight", "io_limits")
# How a change of each option takes effect on a running container; the module's documentation says the same in words.
EFFECTS: t.Mapping[str, str] = {
    **dict.fromkeys((*LIMITS, "autostart"), "live"),
    **dict.fromkeys(("command", "environment", "hostname", "resolv_conf", "timezone", "ephemeral"), "restart"),
    **dict.fromkeys(("private_users", "private_users_ownership", "cap_add", "cap_drop", "cap_keep"), "restart"),
    **dict.fromkeys(("networks", "ports", "mounts", "config"), "restart"),
}
