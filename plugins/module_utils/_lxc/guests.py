# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers for the list of guests: one lxc-ls and their files, whatever their number. Private."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Effective, effective
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.observe import list_containers
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.observe_files import read_includes
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.parse import Listed
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import files_of, read_rootfs
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import read_nets

LXC_PATH = "/var/lib/lxc"
_STATES = {"RUNNING": "started"}
_LIMITS = ("lxc.cgroup2.memory.max", "lxc.cgroup.memory.limit_in_bytes")


def list_guests(host: Host, lxc_path: str = LXC_PATH) -> Found:
    """Every container below a path."""
    listed = list_containers(host, lxc_path, (), addresses=True)
    defined = [name for name in host.entries(lxc_path) if host.exists(f"{lxc_path}/{name}/config")]
    return describe_all(host, lxc_path, sorted({*listed, *defined}), listed)


def describe_all(host: Host, lxc_path: str, names: t.Iterable[str], listed: t.Mapping[str, Listed]) -> Found:
    def describe(name: str) -> Guest:
        path = f"{lxc_path}/{name}/config"
        text = host.read(path) or ""
        return describe_container(name, effective(text, read_includes(host, [text]), path), path, listed.get(name))

    return gather(names, describe, "container")


def describe_container(name: str, values: Effective, path: str, row: Listed | None) -> Guest:
    def last(key: str) -> str | None:
        return values.get(key, (None,))[-1]

    nets = read_nets(values).values()
    fixed = [address for net in nets for key in ("ipv4.address", "ipv6.address") for address in net.get(key, ())]
    limit = next((size for size in map(_mebi, map(last, _LIMITS)) if size), None)
    state = row.state if row else "STOPPED"
    return Guest(
        name=name,
        type="lxc",
        state=_STATES.get(state, state.lower()),
        id=(row.pid or None) if row else None,
        hostname=last("lxc.uts.name"),
        addresses={"runtime": row.addresses if row else (), "config": fixed},
        macs=tuple(mac for net in nets for mac in net.get("hwaddr", ())),
        memory=limit,
        autostart=last("lxc.start.auto") == "1",
        tags=values.get("lxc.group", ()),
        config_file=path,
        root=files_of(*read_rootfs(values)) or None,
    )


def _mebi(text: str | None) -> int | None:
    """MiB of a limit on memory such as 512M; none of one that limits nothing or is no number."""
    match = re.fullmatch(r"([0-9]{1,15})([KMGT]?)", (text or "").strip().upper())
    return (int(match.group(1)) << 10 * " KMGT".index(match.group(2) or " ")) >> 20 or None if match else None
