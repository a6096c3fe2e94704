# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of bhyve_vm and how each takes effect. Private; data."""

from __future__ import annotations

import typing as t

STATES = ("present", "started", "stopped", "restarted", "suspended", "absent")
ENGINES = ("auto", "base", "vm-bhyve")
LOADERS = ("uefi", "uefi-csm", "uefi-custom", "bhyveload", "grub")
DISK_TYPES = ("virtio-blk", "nvme", "ahci-hd", "ahci-cd")
STORAGE = ("file", "zvol", "sparse-zvol", "custom", "iscsi")
NET_TYPES = ("virtio-net", "e1000")
BACKENDS = ("tap", "vale", "netgraph")
LIMITS = ("pcpu", "readbps", "writebps", "readiops", "writeiops")
_PRESENCE: t.Mapping[str, t.Any] = {"type": "str", "choices": ["present", "absent"], "default": "present"}

DISK_OPTIONS: t.Mapping[str, t.Any] = {
    "id": {"type": "str", "required": True, "aliases": ["name", "vdev"]},
    "target": {"type": "str", "aliases": ["path"]},
    "dev": {"type": "str", "choices": list(STORAGE)},
    "type": {"type": "str", "choices": list(DISK_TYPES)},
    "size": {"type": "str"},
    "source": {"type": "path"},
    "read_only": {"type": "bool"},
    "opts": {"type": "list", "elements": "str"},
    "slot": {"type": "int"},
    "state": _PRESENCE,
}
NETWORK_OPTIONS: t.Mapping[str, t.Any] = {
    "id": {"type": "str", "required": True, "aliases": ["name"]},
    "backend": {"type": "str", "choices": list(BACKENDS)},
    "bridge": {"type": "str", "aliases": ["switch"]},
    "device": {"type": "str", "aliases": ["tap"]},
    "type": {"type": "str", "choices": list(NET_TYPES), "aliases": ["model"]},
    "mac": {"type": "str"},
    "mtu": {"type": "int"},
    "port": {"type": "str"},
    "node": {"type": "str"},
    "hook": {"type": "str"},
    "slot": {"type": "int"},
    "state": _PRESENCE,
}
SHARE_OPTIONS: t.Mapping[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "path": {"type": "str"},
    "read_only": {"type": "bool", "default": False},
    "state": _PRESENCE,
}
TPM_OPTIONS: t.Mapping[str, t.Any] = {
    "type": {"type": "str", "choices": ["passthru", "swtpm"], "default": "passthru"},
    "path": {"type": "str", "required": True},
    "version": {"type": "str", "choices": ["2.0"], "default": "2.0"},
}
CLOUD_OPTIONS: t.Mapping[str, t.Any] = {
    "user_data": {"type": "raw", "no_log": True},
    "meta_data": {"type": "raw"},
    "network_config": {"type": "raw"},
}
ARGUMENT_SPEC: t.Mapping[str, t.Any] = {
    "name": {"type": "str", "required": True, "aliases": ["guest"]},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "engine": {"type": "str", "choices": list(ENGINES), "default": "auto"},
    "directory": {"type": "path"},
    "cpu": {"type": "int", "aliases": ["vcpus"]},
    "cpu_sockets": {"type": "int"},
    "cpu_cores": {"type": "int"},
    "cpu_threads": {"type": "int"},
    "memory": {"type": "str"},
    "wired_memory": {"type": "bool"},
    "loader": {"type": "str", "choices": list(LOADERS)},
    "firmware": {"type": "path"},
    "uefi_vars": {"type": "bool"},
    "grub_run_partition": {"type": "str"},
    "grub_run_dir": {"type": "str"},
    "grub_commands": {"type": "list", "elements": "str"},
    "uuid": {"type": "str"},
    "utctime": {"type": "bool"},
    "comports": {"type": "list", "elements": "str", "choices": ["com1", "com2", "com3", "com4"]},
    "disks": {"type": "list", "elements": "dict", "options": dict(DISK_OPTIONS)},
    "purge_disks": {"type": "bool", "default": False},
    "networks": {"type": "list", "elements": "dict", "options": dict(NETWORK_OPTIONS), "aliases": ["nics"]},
    "purge_networks": {"type": "bool", "default": False},
    # Addresses of PCI devices; Ansible would take the name for that of a secret
    "passthru": {"type": "list", "elements": "str", "aliases": ["passthrough"], "no_log": False},
    "graphics": {"type": "bool"},
    "graphics_listen": {"type": "str"},
    "graphics_port": {"type": "int"},
    "graphics_res": {"type": "str"},
    "graphics_wait": {"type": "bool"},
    "vnc_password": {"type": "str", "no_log": True},
    "xhci_mouse": {"type": "bool"},
    "virt_random": {"type": "bool", "aliases": ["rng"]},
    "virt_consoles": {"type": "int"},
    "shares": {"type": "list", "elements": "dict", "options": dict(SHARE_OPTIONS)},
    "tpm": {"type": "dict", "options": dict(TPM_OPTIONS)},
    "cloud_init": {"type": "dict", "options": dict(CLOUD_OPTIONS)},
    "limits": {"type": "dict", "options": {name: {"type": "str"} for name in LIMITS}},
    "autostart": {"type": "bool", "aliases": ["boot", "onboot"]},
    "start_order": {"type": "int"},
    "start_delay": {"type": "int"},
    "config": {"type": "dict"},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
    "timeout": {"type": "int", "default": 60},
    "force_stop": {"type": "bool", "default": False},
    "delete_storage": {"type": "bool", "default": False},
}

# How a change of each option takes effect on a running guest; the module's documentation says the same in words.
EFFECTS: t.Mapping[str, str] = {
    **dict.fromkeys(("limits", "autostart", "start_order", "start_delay"), "live"),
    **dict.fromkeys(("cpu", "cpu_sockets", "cpu_cores", "cpu_threads", "memory", "wired_memory"), "restart"),
    **dict.fromkeys(("loader", "firmware", "uefi_vars", "grub_run_partition", "grub_run_dir"), "restart"),
    **dict.fromkeys(("grub_commands", "uuid", "utctime", "comports", "disks", "networks", "passthru"), "restart"),
    **dict.fromkeys(("graphics", "graphics_listen", "graphics_port", "graphics_res", "graphics_wait"), "restart"),
    **dict.fromkeys(("vnc_password", "xhci_mouse", "virt_random", "virt_consoles", "shares", "tpm"), "restart"),
    **dict.fromkeys(("cloud_init", "config"), "restart"),
}
