# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of xen_domu and how each takes effect. Private; data."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import FORMATS
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import ACTIONS

STATES = ("present", "started", "stopped", "restarted", "paused", "saved", "absent")

DISK_OPTIONS: t.Mapping[str, t.Any] = {
    "vdev": {"type": "str", "required": True},
    "target": {"type": "str", "aliases": ["path"]},
    "format": {"type": "str", "choices": list(FORMATS)},
    "access": {"type": "str", "choices": ["rw", "ro"], "aliases": ["mode"]},
    "backendtype": {"type": "str", "choices": ["phy", "qdisk", "tap", "standalone"]},
    "script": {"type": "str"},
    "devtype": {"type": "str", "choices": ["disk", "cdrom"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
NETWORK_OPTIONS: t.Mapping[str, t.Any] = {
    "mac": {"type": "str"},
    "bridge": {"type": "str", "aliases": ["switch"]},
    "vlan": {"type": "int"},
    "trunks": {"type": "list", "elements": "int"},
    "script": {"type": "str"},
    "vifname": {"type": "str"},
    "model": {"type": "str"},
    "ip": {"type": "str"},
    "rate": {"type": "str"},
    "type": {"type": "str", "choices": ["vif", "ioemu"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
_ON_EVENT: t.Mapping[str, t.Any] = {"type": "str", "choices": list(ACTIONS)}
ARGUMENT_SPEC: t.Mapping[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "type": {"type": "str", "choices": ["pv", "pvh", "hvm"]},
    "kernel": {"type": "str"},
    "ramdisk": {"type": "str"},
    "extra": {"type": "str"},
    "root": {"type": "str"},
    "bootloader": {"type": "str"},
    "bootloader_args": {"type": "list", "elements": "str"},
    "firmware": {"type": "str"},
    "memory": {"type": "str"},
    "max_memory": {"type": "str", "aliases": ["maxmem"]},
    "vcpus": {"type": "int"},
    "max_vcpus": {"type": "int", "aliases": ["maxvcpus"]},
    "cpu_weight": {"type": "int"},
    "cap": {"type": "int"},
    "cpus": {"type": "raw"},
    "pool": {"type": "str"},
    "disks": {"type": "list", "elements": "dict", "options": dict(DISK_OPTIONS)},
    "networks": {"type": "list", "elements": "dict", "options": dict(NETWORK_OPTIONS), "aliases": ["nics", "vifs"]},
    "purge_disks": {"type": "bool", "default": False},
    "purge_networks": {"type": "bool", "default": False},
    "autostart": {"type": "bool", "aliases": ["boot", "onboot"]},
    "start_order": {"type": "int"},
    "on_poweroff": _ON_EVENT,
    "on_reboot": _ON_EVENT,
    "on_crash": _ON_EVENT,
    "description": {"type": "str"},
    "tags": {"type": "raw"},
    "config": {"type": "dict"},
    "uuid": {"type": "str"},
    "config_file": {"type": "path"},
    "save_file": {"type": "path"},
    "renamed_from": {"type": "str"},
    "host": {"type": "str"},
    "migration": {"type": "str", "choices": ["live", "cold", "auto"]},
    "peers": {"type": "list", "elements": "str"},
    "allow_unreachable_peers": {"type": "bool", "default": False},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
    "timeout": {"type": "int", "default": 60},
    "force_stop": {"type": "bool", "default": False},
}

# How a change of each option takes effect on a running guest; the module's documentation says the same in words.
EFFECTS: t.Mapping[str, str] = {
    **dict.fromkeys(("memory", "vcpus", "cpu_weight", "cap", "cpus", "pool", "disks", "networks"), "live"),
    **dict.fromkeys(("autostart", "start_order", "description", "tags", "host", "migration", "renamed_from"), "live"),
    **dict.fromkeys(("type", "kernel", "ramdisk", "extra", "root", "bootloader", "bootloader_args"), "restart"),
    **dict.fromkeys(("firmware", "max_memory", "max_vcpus", "uuid", "config"), "restart"),
    **dict.fromkeys(("on_poweroff", "on_reboot", "on_crash"), "restart"),
}
