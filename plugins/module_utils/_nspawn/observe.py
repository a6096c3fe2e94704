# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading containers: three commands for any number of them, and their files. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, read_output
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.api import PACKAGES
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.parse import (
    USAGE,
    leaders_argv,
    list_argv,
    parse_leaders,
    parse_list,
    parse_show,
    read_limits,
    show_argv,
)
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.power import marker, record, spare
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import MACHINES, WantContainer, unit_of

BOOT_TARGET = "machines.target"
_SETTLED = ("active", "inactive", "failed")
Properties = t.Mapping[str, str]


class Seen(t.NamedTuple):
    """What the commands said of all containers: units, and of those that run addresses and first processes."""

    units: t.Mapping[str, Properties]
    addresses: t.Mapping[str, tuple[str, ...]]
    leaders: t.Mapping[str, int]


def observe(host: Host, wants: t.Sequence[WantContainer]) -> dict[str, Have]:
    seen = look(host, sorted({want.name for want in wants}))
    found = {}
    for want in wants:
        state = seen.units[want.unit]["ActiveState"]
        if state not in _SETTLED:
            raise Problem(
                f"{want.name}: {want.unit} is {state} right now: run the task again when it is active or inactive"
            )
        found[want.name] = read_have(host, want, seen)
    return found


def look(host: Host, names: t.Sequence[str]) -> Seen:
    """What systemd says of these containers, in a constant number of commands."""
    if not host.has("machinectl"):
        raise Problem(f"machinectl is not on this host: install {PACKAGES['machinectl']}")
    units = parse_show(host.query(show_argv([*map(unit_of, names), BOOT_TARGET])).out)
    addresses = read_output(list_argv(), host.query(list_argv()).out, parse_list)
    running = [name for name in names if name in addresses]
    leaders = parse_leaders(host.query(leaders_argv(running), ok=(0, 1)).out) if running else {}
    return Seen(units, addresses, leaders)


def read_have(host: Host, want: WantContainer, seen: Seen) -> Have:
    unit, name = seen.units[want.unit], want.name
    text, root = host.read(want.config_file), find_root(host, name)
    active = unit["ActiveState"] == "active"
    return Have(
        name,
        text,
        mode=host.mode(want.config_file) or 0o644,
        root=root,
        target=(host.link(root) if root else "") or "",
        half=host.exists(spare(name)),
        enabled=unit.get("UnitFileState") == "enabled" and seen.units[BOOT_TARGET].get("UnitFileState") == "enabled",
        limits=read_limits(unit),
        tuned=any("/systemd/system.control/" in path for path in unit.get("DropInPaths", "").split()),
        runtime=_read_runtime(host, want, unit, text, seen) if active else None,
        restarting=host.exists(marker(name)),
        stray=name in seen.addresses and not active,
        controllers=frozenset((host.read("/sys/fs/cgroup/cgroup.controllers") or "").split()),
        source_there=bool(root) or want.source is None or _is_there(host, *want.source),
    )


def find_root(host: Host, name: str) -> str:
    """Its directory or image, as systemd finds it; a link that leads nowhere is there too."""
    for path in (f"{MACHINES}/{name}", f"{MACHINES}/{name}.raw"):
        if host.exists(path) or host.link(path) is not None:
            return path
    return ""


def _is_there(host: Host, option: str, source: str) -> bool:
    return bool(find_root(host, source)) if option == "clone_from" else host.exists(source)


def _read_runtime(host: Host, want: WantContainer, unit: Properties, text: str | None, seen: Seen) -> Runtime:
    started = int(unit["ExecMainStartTimestampMonotonic"]) / 10**6
    invocation, _newline, settings = (host.read(record(want.name)) or "").partition("\n")
    recorded = bool(invocation) and invocation == unit["InvocationID"]
    known: str | None = settings
    if not recorded:
        changed = text is not None and host.ask("nspawn", "changed_at", want.config_file) > started
        known = None if changed else text or ""
    return Runtime(
        pid=seen.leaders.get(want.name, 0),
        frozen=unit.get("FreezerState") == "frozen",
        started=started,
        invocation=unit["InvocationID"],
        settings=known,
        recorded=recorded,
        addresses=seen.addresses.get(want.name, ()),
        usage={name: unit[name] for name in USAGE if unit.get(name, "").isdigit()},
    )
