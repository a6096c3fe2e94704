# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers for the list of guests: two commands and their files, whatever their number. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, read_output
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather, to_int
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.observe import BOOT_TARGET, find_root
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.parse import (
    list_argv,
    parse_list,
    parse_show,
    show_argv,
)
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import (
    MACHINES,
    check_machine_name,
    unit_of,
)

Properties = t.Mapping[str, str]
SETTINGS = "/etc/systemd/nspawn"
_STATES = {"active": "started", "inactive": "stopped", "failed": "stopped"}


def list_names(host: Host) -> list[str]:
    """Those that have a root; systemd itself is the machine .host."""
    names = set()
    for entry in host.entries(MACHINES):
        try:
            names.add(check_machine_name(entry[: -len(".raw")] if entry.endswith(".raw") else entry))
        except Problem:  # no name of a machine, so systemd does not start it either
            continue
    return sorted(names)


def list_guests(host: Host) -> Found:
    names = list_names(host)
    if not names:
        return Found()
    units = parse_show(host.query(show_argv([*map(unit_of, names), BOOT_TARGET])).out)
    addresses = read_output(list_argv(), host.query(list_argv()).out, parse_list)
    return describe_all(host, names, units, addresses)


def describe_all(
    host: Host, names: t.Iterable[str], units: t.Mapping[str, Properties], addresses: t.Mapping[str, tuple[str, ...]]
) -> Found:
    booted = units.get(BOOT_TARGET, {}).get("UnitFileState") == "enabled"

    def describe(name: str) -> Guest:
        unit, file = units.get(unit_of(name), {}), f"{SETTINGS}/{name}.nspawn"
        state = unit.get("ActiveState", "inactive")
        frozen = state == "active" and unit.get("FreezerState") == "frozen"
        limit = to_int(unit.get("MemoryMax", ""))
        return Guest(
            name=name,
            type="nspawn",
            state="frozen" if frozen else _STATES.get(state, state),
            addresses={"runtime": addresses.get(name, ())},
            memory=limit >> 20 if limit and limit >> 20 < 1 << 40 else None,
            autostart=booted and unit.get("UnitFileState") == "enabled",
            config_file=file if host.exists(file) else None,
            root=find_root(host, name) or None,
        )

    return gather(names, describe, "machine")
