# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Xen host is and has left, for xen_host_info. Private."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen import observe_host as machine
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._xen.site import read_info


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    lines = params["dmesg_lines"]
    if not 0 <= lines <= 10000:
        raise Problem(f"dmesg_lines must be from 0 to 10000, not {lines}")
    info = dict(read_info(machine.ask_xl(host, "info")))
    domains = machine.read_domains(host)
    return {
        "node": machine.read_node(host),
        "version": info.get("xen_version"),
        "scheduler": info.get("xen_scheduler"),
        "capabilities": info.get("xen_caps", "").split(),
        "virt_caps": info.get("virt_caps", "").split(),
        "live_migration": describe_live(info.get("virt_caps", "").split()),
        "memory": {key: number(info, f"{key}_memory") for key in ("total", "free")},
        "cpus": {"total": number(info, "nr_cpus"), "vcpus": sum(vcpus_of(run) for run in domains.values())},
        "pools": read_pools(machine.ask_xl(host, "cpupool-list")),
        "domains": len(domains),
        "dmesg": machine.ask_xl(host, "dmesg").splitlines()[-lines:] if lines else [],
        "info": info,
    }


def number(info: t.Mapping[str, str], key: str) -> int | None:
    text = info.get(key, "")
    return int(text) if text.isdigit() else None


def vcpus_of(run: Runtime) -> int:
    return run.settings.vcpus if run.settings else 0


def describe_live(virt_caps: t.Sequence[str]) -> dict[str, bool]:
    """Which types of guest can move while they run, as far as the hypervisor goes."""
    return {"pv": "shadow" in virt_caps, "pvh": bool({"hap", "shadow"} & {*virt_caps})}


def read_pools(out: str) -> list[dict[str, t.Any]]:
    """The table of ``xl cpupool-list``: name, CPUs, scheduler, active, domains."""
    rows = re.findall(r"^(\S.*?)\s+(\d+)\s+(\S+)\s+([yn])\s+(\d+)\s*$", out, re.MULTILINE)
    return [
        {"name": name, "cpus": int(cpus), "scheduler": scheduler, "domains": int(count)}
        for name, cpus, scheduler, _active, count in rows
    ]
