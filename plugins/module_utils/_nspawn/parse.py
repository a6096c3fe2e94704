# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemctl and machinectl print. Private; pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.limits import SHOWN, canonical

_STATE = (
    "Id",
    "ActiveState",
    "SubState",
    "FreezerState",
    "UnitFileState",
    "InvocationID",
    "ExecMainStartTimestampMonotonic",
    "DropInPaths",
)
USAGE = ("MemoryCurrent", "TasksCurrent", "CPUUsageNSec")


def show_argv(units: t.Sequence[str]) -> tuple[str, ...]:
    """One call for any number of units; one that systemd has never heard of is answered too."""
    return ("systemctl", "show", f"--property={','.join((*_STATE, *USAGE, *SHOWN))}", "--", *units)


def parse_show(text: str) -> dict[str, dict[str, str]]:
    """The properties by the names of the units; a list such as IOReadBandwidthMax has a line for each item."""
    found: dict[str, dict[str, str]] = {}
    for block in text.split("\n\n"):
        properties: dict[str, list[str]] = {}
        for line in block.splitlines():
            name, equals, value = line.partition("=")
            if equals:
                properties.setdefault(name, []).append(value)
        joined = {name: ", ".join(sorted(values)) for name, values in properties.items()}
        if "Id" in joined:
            found[joined["Id"]] = joined
    return found


def read_limits(properties: t.Mapping[str, str]) -> dict[str, str]:
    return {name: canonical(name, properties.get(name, "")) for name in SHOWN}


def list_argv() -> tuple[str, ...]:
    return ("machinectl", "list", "--output=json", "--max-addresses=all")


def parse_list(text: str) -> dict[str, tuple[str, ...]]:
    """The addresses by the names of the machines that run."""
    rows = json.loads(text or "[]")
    return {row["machine"]: tuple((row.get("addresses") or "").split()) for row in rows}


def leaders_argv(names: t.Sequence[str]) -> tuple[str, ...]:
    return ("machinectl", "show", "--property=Name", "--property=Leader", *names)


def parse_leaders(text: str) -> dict[str, int]:
    """The first process of each machine that runs."""
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
    return {block["Name"]: int(block.get("Leader", "0")) for block in blocks if block.get("Name")}


def has_address(addresses: t.Iterable[str]) -> bool:
    """Whether one reaches further than its own link."""
    return any(not one.startswith(("fe80:", "169.254.")) for one in addresses)
