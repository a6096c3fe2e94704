# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of zfs_dataset, as data. Private."""

from __future__ import annotations

import typing as t

SNAPSHOT_OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    "recursive": {"type": "bool", "default": False},
    "also": {"type": "list", "elements": "str", "default": []},
    "prefix": {"type": "str"},
    "keep": {"type": "int"},
}
DELEGATION_OPTIONS: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "group": {"type": "str"},
    "set": {"type": "str"},
    "everyone": {"type": "bool", "default": False},
    "create": {"type": "bool", "default": False},
    "scope": {"type": "str", "choices": ["both", "local", "descendent"], "default": "both"},
    "permissions": {"type": "list", "elements": "str", "required": True},
}
# What differs between the datasets of one task; everything else is said once for all.
EACH_OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "properties": {"type": "dict", "default": {}},
    "volsize": {"type": "str"},
    "origin": {"type": "str"},
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    "datasets": {"type": "list", "elements": "dict", "options": EACH_OPTIONS},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "type": {"type": "str", "choices": ["filesystem", "volume"]},
    "properties": {"type": "dict", "default": {}, "aliases": ["extra_zfs_properties"]},
    "inherited": {"type": "list", "elements": "str", "default": []},
    "source": {"type": "str", "choices": ["any", "local"], "default": "any"},
    "volsize": {"type": "str"},
    "sparse": {"type": "bool", "default": False},
    "allow_shrink": {"type": "bool", "default": False},
    "origin": {"type": "str"},
    "promoted": {"type": "bool", "default": False},
    "renamed_from": {"type": "str"},
    "create_parents": {"type": "bool", "default": True},
    "mounted": {"type": "bool"},
    "key": {"type": "str", "no_log": True},
    "old_key": {"type": "str", "no_log": True},
    "key_state": {"type": "str", "choices": ["loaded", "unloaded"]},
    "change_key": {"type": "bool", "default": False, "no_log": False},
    "inherit_key": {"type": "bool", "default": False, "no_log": False},
    "rollback_to": {"type": "str"},
    "destroy_newer": {"type": "bool", "default": False},
    "snapshots": {"type": "list", "elements": "dict", "options": SNAPSHOT_OPTIONS, "default": []},
    "holds": {"type": "list", "elements": "str"},
    "purge_holds": {"type": "bool", "default": False},
    "delegations": {"type": "list", "elements": "dict", "options": DELEGATION_OPTIONS},
    "purge_delegations": {"type": "bool", "default": False},
    "recursive": {"type": "bool", "default": False},
    "destroy_dependents": {"type": "bool", "default": False},
    "recreate": {"type": "bool", "default": False},
    "jail": {"type": "str"},
    "jail_state": {"type": "str", "choices": ["attached", "detached"], "default": "attached"},
    "force": {"type": "bool", "default": False},
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("name", "datasets")],
    "mutually_exclusive": [("name", "datasets"), ("rollback_to", "snapshots"), ("change_key", "inherit_key")],
    "required_by": {"renamed_from": ("name",)},
}
# When each option takes effect; compared with the module's documentation.
EFFECTS = {
    **dict.fromkeys(("properties", "inherited", "volsize", "promoted", "renamed_from", "mounted", "key_state"), "live"),
    **dict.fromkeys(("change_key", "inherit_key", "rollback_to", "snapshots", "holds", "delegations", "jail"), "live"),
    **dict.fromkeys(("type", "sparse", "origin", "recreate"), "recreate"),
}
PACKAGES = {
    "zfs": "zfsutils-linux and a zfs kernel module (zfs-dkms) on Debian; FreeBSD has it in its base system",
    "zpool": "zfsutils-linux",
    "jexec": "nothing, for there are jails on FreeBSD only, whose base system has it",
}
