# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of Docker for the list of guests. Private."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather, to_int

LIST = ("docker", "ps", "--all", "--quiet", "--no-trunc")
FORMAT = (
    '{"Id":{{json .Id}},"Name":{{json .Name}},"State":{{json .State}},"Hostname":{{json .Config.Hostname}},'
    '"Image":{{json .Config.Image}},"Labels":{{json .Config.Labels}},"Networks":{{json .NetworkSettings.Networks}},'
    '"Memory":{{json .HostConfig.Memory}},"Restart":{{json .HostConfig.RestartPolicy.Name}}}'
)
_STATES = {"running": "started", "exited": "stopped", "created": "stopped", "paused": "paused", "dead": "stopped"}


def list_guests(host: Host) -> Found:
    ids = host.query(LIST).out.split()
    if not ids:
        return Found()
    # rc 1 when one of them went away in between; the others are shown all the same
    out = host.query(("docker", "inspect", "--type", "container", "--format", FORMAT, *ids), ok=(0, 1)).out
    return gather([line for line in out.splitlines() if line.strip()], describe, "container")


def describe(line: str) -> Guest:
    row = json.loads(line)
    state, networks = row["State"], row["Networks"] or {}
    return Guest(
        name=str(row["Name"]).lstrip("/"),
        type="docker",
        state=_STATES.get(state["Status"], str(state["Status"])),
        owner="docker",
        id=to_int(state.get("Pid")) or None,
        uuid=str(row["Id"]),
        hostname=row.get("Hostname") or None,
        addresses={"runtime": [str(net[key]) for net in networks.values() for key in _KEYS if net.get(key)]},
        macs=tuple(str(net["MacAddress"]) for net in networks.values() if net.get("MacAddress")),
        memory=(to_int(row.get("Memory")) or 0) >> 20 or None,
        autostart=row.get("Restart") in ("always", "unless-stopped"),
        tags=read_tags(row.get("Labels")),
        description=row.get("Image"),
    )


_KEYS = ("IPAddress", "GlobalIPv6Address")


def read_tags(labels: t.Any) -> tuple[str, ...]:
    """Of labels those that have no value, and the words of a label ``tags``."""
    if not isinstance(labels, dict):
        return ()
    plain = [str(name) for name, value in labels.items() if not value]
    return (*plain, *str(labels.get("tags") or "").replace(",", " ").split())
