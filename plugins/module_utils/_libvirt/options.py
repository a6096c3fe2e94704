# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of libvirt_domain and how each takes effect. Private; data."""

from __future__ import annotations

import typing as t

STATES = ("present", "started", "stopped", "restarted", "paused", "saved", "absent")
DEFAULT_URI = "qemu:///system"

_STATE: t.Mapping[str, t.Any] = {"type": "str", "choices": ["present", "absent"], "default": "present"}
DISK_OPTIONS: t.Mapping[str, t.Any] = {
    "vdev": {"type": "str", "required": True},
    "target": {"type": "str", "aliases": ["path"]},
    "type": {"type": "str", "choices": ["file", "block", "volume", "network"]},
    "format": {"type": "str", "choices": ["raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "qed"]},
    "access": {"type": "str", "choices": ["rw", "ro"], "aliases": ["mode"]},
    "devtype": {"type": "str", "choices": ["disk", "cdrom", "floppy", "lun"]},
    "bus": {"type": "str", "choices": ["virtio", "scsi", "sata", "ide", "usb", "fdc", "xen"]},
    "size": {"type": "str"},
    "backing": {"type": "str", "aliases": ["base_image"]},
    "backing_format": {"type": "str", "choices": ["raw", "qcow2"]},
    "pool": {"type": "str"},
    "volume": {"type": "str"},
    "protocol": {"type": "str", "choices": ["iscsi", "nbd", "rbd", "http", "https"]},
    "portal": {"type": "str"},
    "auth_user": {"type": "str"},
    "auth_secret": {"type": "str", "no_log": False},
    "cache": {"type": "str", "choices": ["default", "none", "writethrough", "writeback", "directsync", "unsafe"]},
    "discard": {"type": "str", "choices": ["ignore", "unmap"]},
    "serial": {"type": "str"},
    "shareable": {"type": "bool"},
    "boot_order": {"type": "int"},
    "state": _STATE,
}
NETWORK_OPTIONS: t.Mapping[str, t.Any] = {
    "mac": {"type": "str"},
    "network": {"type": "str"},
    "portgroup": {"type": "str"},
    "bridge": {"type": "str", "aliases": ["switch"]},
    "link": {"type": "str"},
    "link_mode": {"type": "str", "choices": ["bridge", "vepa", "private", "passthrough"]},
    "ovs": {"type": "bool"},
    "vlan": {"type": "int"},
    "trunks": {"type": "list", "elements": "int"},
    "model": {"type": "str"},
    "vifname": {"type": "str"},
    "mtu": {"type": "int"},
    "link_state": {"type": "str", "choices": ["up", "down"]},
    "boot_order": {"type": "int"},
    "state": _STATE,
}
FILESYSTEM_OPTIONS: t.Mapping[str, t.Any] = {
    "source": {"type": "str"},
    "target": {"type": "str", "required": True},
    "driver": {"type": "str", "choices": ["path", "virtiofs"]},
    "access": {"type": "str", "choices": ["rw", "ro"], "aliases": ["mode"]},
    "state": _STATE,
}
GRAPHICS_OPTIONS: t.Mapping[str, t.Any] = {
    "type": {"type": "str", "choices": ["vnc", "spice"], "required": True},
    "listen": {"type": "str"},
    "port": {"type": "int"},
    "password": {"type": "str", "no_log": True},
    "state": _STATE,
}
HOSTDEV_OPTIONS: t.Mapping[str, t.Any] = {
    "pci": {"type": "str"},
    "usb": {"type": "str"},
    "state": _STATE,
}
CPU_TOPOLOGY_OPTIONS: t.Mapping[str, t.Any] = {
    "sockets": {"type": "int", "default": 1},
    "cores": {"type": "int", "default": 1},
    "threads": {"type": "int", "default": 1},
}
WATCHDOG_OPTIONS: t.Mapping[str, t.Any] = {
    "model": {"type": "str", "choices": ["i6300esb", "ib700", "diag288", "itco"]},
    "action": {
        "type": "str",
        "choices": ["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"],
    },
    "state": _STATE,
}
TPM_OPTIONS: t.Mapping[str, t.Any] = {
    "type": {"type": "str", "choices": ["emulator", "passthrough"], "default": "emulator"},
    "model": {"type": "str", "choices": ["tpm-crb", "tpm-tis", "tpm-spapr"]},
    "version": {"type": "str", "choices": ["1.2", "2.0"]},
    "path": {"type": "str"},
    "state": _STATE,
}
CLOUD_INIT_OPTIONS: t.Mapping[str, t.Any] = {
    "user_data": {"type": "str", "no_log": True},
    "meta_data": {"type": "str"},
    "network_config": {"type": "str"},
    "vendor_data": {"type": "str"},
    "path": {"type": "path"},
    "vdev": {"type": "str", "default": "sdf"},
    "bus": {"type": "str", "choices": ["virtio", "scsi", "sata", "ide", "usb"], "default": "sata"},
}
PATCH_OPTIONS: t.Mapping[str, t.Any] = {
    "path": {"type": "str", "required": True},
    "attribute": {"type": "str"},
    "value": {"type": "str"},
    "state": _STATE,
}
_ON_EVENT: t.Mapping[str, t.Any] = {"type": "str", "choices": ["destroy", "restart", "preserve", "rename-restart"]}


def _list_of(options: t.Mapping[str, t.Any], *aliases: str) -> dict[str, t.Any]:
    spec: dict[str, t.Any] = {"type": "list", "elements": "dict", "options": dict(options)}
    return {**spec, "aliases": list(aliases)} if aliases else spec


ARGUMENT_SPEC: t.Mapping[str, t.Any] = {
    "name": {"type": "str", "required": True, "aliases": ["guest"]},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "uri": {"type": "str", "default": DEFAULT_URI},
    "type": {"type": "str"},
    "os_type": {"type": "str", "choices": ["hvm", "exe", "xen", "xenpvh", "linux"]},
    "arch": {"type": "str"},
    "machine": {"type": "str"},
    "emulator": {"type": "str"},
    "uuid": {"type": "str"},
    "title": {"type": "str"},
    "description": {"type": "str"},
    "tags": {"type": "raw"},
    "vcpus": {"type": "int"},
    "max_vcpus": {"type": "int", "aliases": ["maxvcpus"]},
    "cpu_mode": {"type": "str", "choices": ["host-passthrough", "host-model", "maximum", "custom"]},
    "cpu_model": {"type": "str"},
    "cpu_features": {"type": "dict"},
    "cpu_topology": {"type": "dict", "options": dict(CPU_TOPOLOGY_OPTIONS)},
    "nested": {"type": "bool"},
    "memory": {"type": "str"},
    "max_memory": {"type": "str", "aliases": ["maxmem"]},
    "hugepages": {"type": "str"},
    "firmware": {"type": "str", "choices": ["bios", "efi"]},
    "secure_boot": {"type": "bool"},
    "kernel": {"type": "str"},
    "initrd": {"type": "str", "aliases": ["ramdisk"]},
    "cmdline": {"type": "str", "aliases": ["extra"]},
    "boot": {"type": "list", "elements": "str", "choices": ["hd", "cdrom", "network", "fd"]},
    "init": {"type": "str"},
    "disks": _list_of(DISK_OPTIONS),
    "networks": _list_of(NETWORK_OPTIONS, "nics", "vifs"),
    "filesystems": _list_of(FILESYSTEM_OPTIONS),
    "graphics": _list_of(GRAPHICS_OPTIONS),
    "hostdevs": _list_of(HOSTDEV_OPTIONS),
    "purge_disks": {"type": "bool", "default": False},
    "purge_networks": {"type": "bool", "default": False},
    "video": {"type": "str"},
    "console": {"type": "bool"},
    "guest_agent": {"type": "bool"},
    "watchdog": {"type": "dict", "options": dict(WATCHDOG_OPTIONS)},
    "rng": {"type": "str"},
    "tpm": {"type": "dict", "options": dict(TPM_OPTIONS)},
    "cloud_init": {"type": "dict", "options": dict(CLOUD_INIT_OPTIONS)},
    "on_poweroff": _ON_EVENT,
    "on_reboot": _ON_EVENT,
    "on_crash": _ON_EVENT,
    "autostart": {"type": "bool", "aliases": ["onboot"]},
    "xml_patch": _list_of(PATCH_OPTIONS),
    "delete_storage": {"type": "bool", "default": False},
    "delete_nvram": {"type": "bool", "default": False},
    "delete_snapshots": {"type": "bool", "default": False},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
    "timeout": {"type": "int", "default": 60},
    "force_stop": {"type": "bool", "default": False},
}

# How a change of each option takes effect on a running guest; the module's documentation says the same in words.
EFFECTS: t.Mapping[str, str] = {
    **dict.fromkeys(("memory", "vcpus", "disks", "networks", "hostdevs", "rng", "watchdog", "guest_agent"), "live"),
    **dict.fromkeys(("title", "description", "tags", "autostart", "graphics"), "live"),
    **dict.fromkeys(
        ("type", "os_type", "arch", "machine", "emulator", "max_vcpus", "max_memory", "hugepages"), "restart"
    ),
    **dict.fromkeys(("cpu_mode", "cpu_model", "cpu_features", "cpu_topology", "nested"), "restart"),
    **dict.fromkeys(("firmware", "secure_boot", "kernel", "initrd", "cmdline", "boot", "init"), "restart"),
    **dict.fromkeys(("filesystems", "video", "console", "tpm", "cloud_init", "xml_patch"), "restart"),
    **dict.fromkeys(("on_poweroff", "on_reboot", "on_crash"), "restart"),
}
