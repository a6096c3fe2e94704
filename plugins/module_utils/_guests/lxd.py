# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances of LXD and Incus for the list of guests: both print the same. Private."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import (
    Found,
    Guest,
    gather,
    to_int,
    to_mebi,
)

COMMANDS: t.Mapping[str, Argv] = {
    "lxd": ("lxc", "list", "--format", "json"),
    "incus": ("incus", "list", "--all-projects", "--format", "json"),
}
_STATES = {"running": "started", "stopped": "stopped", "frozen": "frozen"}


def list_guests(host: Host, kind: str) -> Found:
    rows = json.loads(host.query(COMMANDS[kind]).out)
    return gather([json.dumps(row) for row in rows], lambda row: describe(json.loads(row), kind), "instance")


def describe(row: t.Any, kind: str) -> Guest:
    config = row.get("expanded_config") or row.get("config") or {}
    state = row.get("state") or {}
    links = [link for name, link in (state.get("network") or {}).items() if name != "lo"]
    project = row.get("project") or "default"
    return Guest(
        name=row["name"],
        type=kind,
        state=_STATES.get(row["status"].lower(), row["status"].lower()),
        owner=kind,
        id=to_int(state.get("pid")) or None,
        uuid=config.get("volatile.uuid"),
        addresses={"runtime": [one["address"] for link in links for one in link.get("addresses") or ()]},
        macs=tuple(value for key, value in sorted(config.items()) if key.endswith(".hwaddr")),
        memory=to_mebi(config.get("limits.memory"), "B"),
        vcpus=to_int(config.get("limits.cpu")),
        autostart=config.get("boot.autostart", "false") == "true",
        tags=tuple(key[len("user.tag.") :] for key in config if key.startswith("user.tag.")),
        description=row.get("description") or None,
        parent=None if project == "default" else project,
    )
