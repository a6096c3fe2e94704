# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the module, how each takes effect, and which package has which tool."""

from __future__ import annotations

import typing as t

BACKING: dict[str, t.Any] = {
    "type": {"type": "str", "choices": ["lvm", "zfs", "file"], "required": True},
    "vg": {"type": "str"},
    "dataset": {"type": "str"},
    "directory": {"type": "path"},
}

ARGUMENT_SPEC: dict[str, t.Any] = {
    "name": {"type": "str", "required": True, "aliases": ["volume"]},
    "state": {"type": "str", "choices": ["present", "absent", "attached", "detached"], "default": "present"},
    "target": {"type": "str", "required": True, "aliases": ["targetname"]},
    "lun": {"type": "int"},
    "size": {"type": "str"},
    "provider": {"type": "str", "choices": ["auto", "lio", "tgt", "ctld"], "default": "auto"},
    "backing": {"type": "dict", "options": BACKING},
    "initiators": {"type": "list", "elements": "str"},
    "node_auth": {"type": "str", "choices": ["CHAP", "None"]},
    "node_user": {"type": "str"},
    "node_pass": {"type": "str", "no_log": True},
    "node_user_in": {"type": "str"},
    "node_pass_in": {"type": "str", "no_log": True},
    "portal": {"type": "str", "aliases": ["ip"]},
    "port": {"type": "int", "default": 3260},
    "portals": {"type": "list", "elements": "str"},
    "discover": {"type": "bool", "default": False},
    "auto_node_startup": {"type": "bool", "aliases": ["automatic"]},
    "node_settings": {"type": "dict"},
    "multipath": {"type": "bool"},
    "delete_storage": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 60},
    "restart_policy": {"type": "str", "choices": ["never", "if_needed", "always"], "default": "never"},
}

# How a change of the option reaches what runs.
EFFECTS = {
    "lun": "live",
    "size": "live",
    "backing": "live",
    "initiators": "live",
    "portal": "live",
    "port": "live",
    "portals": "live",
    "auto_node_startup": "live",
    "multipath": "live",
    "node_auth": "restart",
    "node_user": "restart",
    "node_pass": "restart",
    "node_user_in": "restart",
    "node_pass_in": "restart",
    "node_settings": "restart",
}

PACKAGES = {
    "iscsiadm": "open-iscsi (Linux); the initiator of FreeBSD is not managed",
    "targetctl": "targetcli-fb (Linux), which brings python3-rtslib-fb; FreeBSD has ctld instead",
    "modprobe": "kmod",
    "tgtadm": "tgt (Linux); FreeBSD has ctld instead",
    "tgt-admin": "tgt (Linux); FreeBSD has ctld instead",
    **dict.fromkeys(
        ("lvm", "lvcreate", "lvextend", "lvremove"), "lvm2 (Linux); FreeBSD keeps volumes in ZFS volumes or files"
    ),
    "zfs": "zfsutils-linux (Debian); FreeBSD has it in its base system",
    "udevadm": "udev",
    "multipath": "multipath-tools",
    "multipathd": "multipath-tools",
    "truncate": "coreutils",
    "ctld": "FreeBSD's base system",
    "ctladm": "FreeBSD's base system",
}
