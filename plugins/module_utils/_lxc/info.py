# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every container of a path, for lxc_container_info: one lxc-ls and files, whatever their number. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.observe import list_containers, read_have
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.parse import Listed
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.show import facts
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import (
    WantContainer,
    check_container_name,
    check_path,
)

_FILES: t.Mapping[int, tuple[str, ...]] = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "pids.max", "cpu.shares", "cpuset.cpus"),
    2: ("memory.max", "memory.current", "memory.swap.max", "pids.max", "cpu.max", "cpu.weight", "cpuset.cpus"),
}


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    asked = [check_container_name(name) for name in params["name"] or ()]
    lxc_path = check_path(params["lxc_path"], "lxc_path")
    listed = list_containers(host, lxc_path, asked, addresses=True)
    names = asked or sorted({*listed, *(name for name in host.entries(lxc_path) if _is_defined(host, lxc_path, name))})
    found, unreadable = [], []
    for name in names:
        try:
            found.append({"name": name, **_describe(host, lxc_path, name, listed.get(name))})
        except Problem as problem:
            unreadable.append(str(problem))
    return {"containers": found, "unreadable": unreadable}


def _is_defined(host: Host, lxc_path: str, name: str) -> bool:
    return host.exists(f"{lxc_path}/{name}/config")


def _describe(host: Host, lxc_path: str, name: str, row: Listed | None) -> dict[str, t.Any]:
    have = read_have(host, WantContainer(name, lxc_path=lxc_path))
    if row is None or row.state == "STOPPED" or have.text is None:
        return facts(have)
    runtime = Runtime(row.pid, frozen=row.state == "FROZEN", limits=_read_limits(host, have, row.pid))
    shown = facts(dataclasses.replace(have, runtime=runtime))
    shown["addresses"] = list(row.addresses)
    shown["runtime"].pop("interfaces")
    return shown


def _read_limits(host: Host, have: Have, pid: int) -> dict[str, str]:
    cgroups = have.around.cgroups
    within = host.read(f"/proc/{pid}/cgroup") or ""
    paths = {cgroups.prefix + key: cgroups.file_of(key, within) for key in _FILES[cgroups.version]}
    texts = {key: host.read(path) for key, path in paths.items() if path is not None}
    return {key: text.strip() for key, text in texts.items() if text is not None}
