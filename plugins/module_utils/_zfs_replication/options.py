# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of zfs_replication, as data. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._zfs.options import PACKAGES as ZFS

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "source": {"type": "str", "required": True},
    "target": {"type": "str", "required": True},
    "source_host": {"type": "str"},
    "target_host": {"type": "str"},
    "ssh_options": {"type": "dict", "default": {}},
    "recursive": {"type": "bool", "default": False},
    "snapshot": {"type": "str"},
    "prefix": {"type": "str"},
    "source_keep": {"type": "int"},
    "target_keep": {"type": "int"},
    "bookmarks": {"type": "bool", "default": True},
    "bookmarks_keep": {"type": "int"},
    "raw": {"type": "bool", "default": True},
    "send_properties": {"type": "bool", "default": False},
    "properties": {"type": "dict", "default": {}},
    "rollback_target": {"type": "bool", "default": False},
    "destroy_target": {"type": "bool", "default": False},
}
CONSTRAINTS: dict[str, t.Any] = {"mutually_exclusive": [("source_host", "target_host")]}
# When each option takes effect; compared with the module's documentation.
EFFECTS = {
    **dict.fromkeys(("snapshot", "source_keep", "target_keep", "bookmarks", "bookmarks_keep", "properties"), "live"),
    "raw": "recreate",
}
PACKAGES = {**ZFS, "ssh": "openssh-client"}
