# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every container of a path, for lxc_container_info: one lxc-ls and files, whatever their number. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_path
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.guests import describe_all
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.observe import list_containers, read_have
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.parse import Listed
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.show import facts
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import LVS, files_of, read_rootfs
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import (
    WantContainer,
    check_container_name,
)

_LIMITS: t.Mapping[int, tuple[str, ...]] = {
    1: ("memory.limit_in_bytes", "pids.max", "cpu.shares", "cpuset.cpus"),
    2: ("memory.max", "memory.swap.max", "pids.max", "cpu.max", "cpu.weight", "cpuset.cpus"),
}
# Where each number is, and how many of its units make one
_USAGE: t.Mapping[int, t.Mapping[str, tuple[str, int]]] = {
    1: {"memory": ("memory.usage_in_bytes", 1), "cpu": ("cpuacct.usage", 10**9), "pids": ("pids.current", 1)},
    2: {"memory": ("memory.current", 1), "cpu": ("cpu.stat", 10**6), "pids": ("pids.current", 1)},
}
# Kinds of storage, the command that measures any number of roots, and its columns before the name of the root
_MEASURES: tuple[tuple[tuple[str, ...], Argv, tuple[str, ...]], ...] = (
    (("dir", "btrfs", "overlay", "overlayfs", "loop"), ("du", "-sxB1", "--"), ("rootfs_used",)),
    (("loop",), ("stat", "--printf", "%s\\t%n\\n", "--"), ("rootfs_size",)),
    (("zfs",), ("zfs", "list", "-Hp", "-o", "used,refquota,name", "--"), ("rootfs_used", "rootfs_size")),
    (("lvm",), (*LVS, "--separator", "\t", "-o", "lv_size,lv_path", "--"), ("rootfs_size",)),
)


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    asked = [check_container_name(name) for name in params["name"] or ()]
    lxc_path = parse_path(params["lxc_path"], "lxc_path")
    listed = list_containers(host, lxc_path, asked, addresses=True)
    names = asked or sorted({*listed, *(name for name in host.entries(lxc_path) if _is_defined(host, lxc_path, name))})
    found, unreadable = [], []
    for name in names:
        try:
            found.append({"name": name, **_describe(host, lxc_path, name, listed.get(name))})
        except Problem as problem:
            unreadable.append(str(problem))
    if params["sizes"]:
        roots = {one["name"]: one["rootfs"] for one in found if one["state"] != "absent"}
        sizes = read_sizes(host, roots)
        found = [{**one, **sizes.get(one["name"], {})} for one in found]
    guests = describe_all(host, lxc_path, [one["name"] for one in found if one["state"] != "absent"], listed)
    return {"containers": found, "unreadable": unreadable, "guests": guests.show()}


def read_sizes(host: Host, roots: t.Mapping[str, str]) -> dict[str, dict[str, int]]:
    """What the roots take and may take, in bytes: one command for each kind of storage, whatever their number."""
    places = {name: read_rootfs({"lxc.rootfs.path": (path,)}) for name, path in roots.items()}
    found: dict[str, dict[str, int]] = {name: {} for name in roots}
    for kinds, argv, names in _MEASURES:
        named = {files_of(*place): name for name, place in places.items() if place[0] in kinds}
        text = host.query((*argv, *sorted(named)), ok=tuple(range(6))).out if named else ""
        for line in text.splitlines():
            *numbers, place = line.strip().split("\t", len(names))
            found[named[place]].update(zip(names, map(int, numbers)))
    return found


def _is_defined(host: Host, lxc_path: str, name: str) -> bool:
    return host.exists(f"{lxc_path}/{name}/config")


def _describe(host: Host, lxc_path: str, name: str, row: Listed | None) -> dict[str, t.Any]:
    have = read_have(host, WantContainer(name, lxc_path=lxc_path))
    if row is None or row.state == "STOPPED" or have.text is None:
        return facts(have)
    files = _read_files(host, have, row.pid)
    limits = {
        have.around.cgroups.prefix + key: files[key] for key in _LIMITS[have.around.cgroups.version] if key in files
    }
    shown = facts(dataclasses.replace(have, runtime=Runtime(row.pid, frozen=row.state == "FROZEN", limits=limits)))
    shown["addresses"] = list(row.addresses)
    shown["runtime"].pop("interfaces")
    shown["runtime"]["usage"] = {
        word: number(files[key]) / unit if unit > 1 else number(files[key])
        for word, (key, unit) in _USAGE[have.around.cgroups.version].items()
        if key in files
    }
    return shown


def number(text: str) -> int:
    """The first one: cpu.stat has a line for each kind of time, the sum first."""
    return int(next(word for word in text.split() if word.isdigit()))


def _read_files(host: Host, have: Have, pid: int) -> dict[str, str]:
    cgroups = have.around.cgroups
    within = host.read(f"/proc/{pid}/cgroup") or ""
    keys = [*_LIMITS[cgroups.version], *(key for key, _unit in _USAGE[cgroups.version].values())]
    paths = {key: cgroups.file_of(key, within) for key in keys}
    texts = {key: host.read(path) for key, path in paths.items() if path is not None}
    return {key: text.strip() for key, text in texts.items() if text is not None}
