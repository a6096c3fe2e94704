# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tools of a Dom0 say of all its domains. Private."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host, read_output
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import AUTO, Have, Neighbour, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Processors, read_running

_ROW = re.compile(
    r"(?P<name>\S.*?)\s+(?P<id>\d+)\s+\d+\s+\d+\s+(?P<flags>[-rbpscdwS?]{6})\s+[\d.]+\s+(?P<uuid>[0-9a-f-]{36})"
    r".*?(?P<pool>\S+)\s*$"
)
# Without the hypervisor: libxc's words, and those of Debian's wrapper around xl.
_NO_XEN = ("privileged command interface", "hypervisor information in sysfs", "cannot init xl context")
LIST: Argv = ("xl", "list", "-v", "-c")
DETAILS: Argv = ("xl", "list", "-l")
ANY = tuple(range(256))


def ask_xl(host: Host, *words: str) -> str:
    """What a reading command of xl prints; explains a host that was not booted under Xen."""
    argv: Argv = ("xl", *words)
    reply = host.query(argv, ok=ANY)
    if reply.rc == 0:
        return reply.out
    if any(sign in reply.err + reply.out for sign in _NO_XEN):
        raise Problem(
            "Xen is not running on this host: reboot it with the Xen entry of the boot menu "
            "(Debian: the package xen-system-amd64 brings it, update-grub lists it); xl says: "
            + (reply.err or reply.out).strip().split("\n")[0]
        )
    raise Problem("{}: rc={}: {}".format(" ".join(argv), reply.rc, (reply.err or reply.out).strip()[-500:]))


def read_domains(host: Host) -> dict[str, Runtime]:
    """Every domain but Domain-0 by name. One that is being built or torn down has no settings."""
    boot = (host.read("/proc/sys/kernel/random/boot_id") or "").strip()
    return read_rows(ask_xl(host, *LIST[1:]), ask_xl(host, *DETAILS[1:]), boot)


def read_rows(rows: str, listed: str, boot: str = "") -> dict[str, Runtime]:
    """The same from what ``xl list -v -c`` and ``xl list -l`` printed on any host."""
    table = read_output(LIST, rows, parse_list)
    return read_output(DETAILS, listed, lambda text: _read_domains(table, text, boot))


def _read_domains(table: t.Iterable[t.Mapping[str, str]], listed: str, boot: str) -> dict[str, Runtime]:
    details = {entry["domid"]: entry["config"] for entry in parse_details(listed)}
    domains = {}
    for row in table:
        domid = int(row["id"])
        if domid == 0 or row["flags"][5] == "d":
            continue
        config = details.get(domid)
        domains[row["name"]] = Runtime(
            name=row["name"],
            domid=domid,
            uuid=row["uuid"],
            flags=row["flags"],
            token=f"{boot}/{domid}",
            settings=None if config is None else read_running(config, row["pool"]),
            scheduler=(config or {}).get("b_info", {}).get("sched_params", {}).get("sched", "credit2"),
        )
    return domains


def parse_list(out: str) -> list[dict[str, str]]:
    """The rows of ``xl list -v -c``; a domain that is not seen would be started a second time."""
    title, *lines = out.splitlines()
    rows = [match for match in map(_ROW.match, lines) if match]
    if title.split()[:1] != ["Name"] or len(rows) < len(lines):
        raise ValueError("not this table")
    return [match.groupdict() for match in rows]


def parse_details(out: str) -> list[dict[str, t.Any]]:
    """The array of ``xl list -l``; libxl's warnings go to stderr."""
    return [entry for entry in json.loads(out or "[]") if isinstance(entry, dict)]


def add_pins(host: Host, domains: t.Mapping[str, Runtime]) -> dict[str, Runtime]:
    """The hard affinity of each vcpu."""
    pins: dict[int, list[str]] = {}
    for line in ask_xl(host, "vcpu-list").splitlines()[1:]:
        match = re.search(r"\s(\d+)\s+\d+\s+\S+\s+\S+\s+[\d.]+\s+(\S+) / \S+\s*$", line)
        if match:
            pins.setdefault(int(match.group(1)), []).append(match.group(2))
    return {name: dataclasses.replace(run, pins=tuple(pins.get(run.domid, ()))) for name, run in domains.items()}


def add_start_times(host: Host, domains: t.Mapping[str, Runtime]) -> dict[str, Runtime]:
    out = host.query(("xenstore-ls", "-f", "/vm"), ok=ANY).out
    times = dict(re.findall(r'^/vm/([0-9a-f-]+)/start_time = "([\d.]+)"$', out, re.MULTILINE))
    return {
        name: dataclasses.replace(run, started=float(times[run.uuid]) if run.uuid in times else None)
        for name, run in domains.items()
    }


def add_updated(host: Host, run: Runtime) -> Runtime:
    """What ``xl config-update`` left; xl reads it when the guest reboots by itself, and removes it then."""
    return dataclasses.replace(run, updated=host.read(f"/var/lib/xen/userdata-d.{run.domid}.{run.uuid}.xl"))


def read_auto_links(host: Host) -> dict[str, str]:
    """The links that start guests at boot, with what they point to."""
    links = {}
    for entry in host.entries(AUTO):
        target = host.link(f"{AUTO}/{entry}")
        if target is not None:
            links[f"{AUTO}/{entry}"] = os.path.normpath(os.path.join(AUTO, target))
    return links


def read_node(host: Host) -> str:
    return (host.read("/proc/sys/kernel/hostname") or "").strip()


def read_processors(host: Host) -> Processors:
    """From the table ``cpu: core socket node`` of ``xl info -n``; another table of it looks much alike."""
    out = ask_xl(host, "info", "-n")
    table = out.partition("cpu_topology")[2].partition("topology")[0]
    nodes = re.findall(r"^\s*\d+:\s+\d+\s+\d+\s+(\d+)\s*$", table, re.MULTILINE)
    if not nodes:  # a Dom0 that sees no topology, as under emulation: still so many CPUs
        count = re.search(r"^nr_cpus\s*:\s*(\d+)", out, re.MULTILINE)
        return Processors((0,) * (int(count.group(1)) if count else 1))
    return Processors(tuple(int(node) for node in nodes))


def describe_running(run: Runtime) -> Neighbour:
    settings = run.settings
    if settings is None:
        return Neighbour(run.name, True)
    return Neighbour(
        name=run.name,
        running=True,
        macs=frozenset(nic.mac for nic in settings.nics if nic.mac),
        disks=tuple((disk.target, disk.access) for disk in settings.disks if disk.target),
    )


def add_growth(host: Host, found: t.Mapping[str, Have]) -> dict[str, Have]:
    """Disks whose device is larger than what the guest was told."""
    if not any(have.runtime and have.runtime.settings and have.runtime.settings.disks for have in found.values()):
        return dict(found)
    out = host.query(("xenstore-ls", "-f", "/local/domain/0/backend/vbd"), ok=ANY).out
    nodes: dict[tuple[int, str], dict[str, str]] = {}
    for domid, device, key, value in re.findall(r'/vbd/(\d+)/(\d+)/([a-z-]+) = "(.*)"$', out, re.MULTILINE):
        nodes.setdefault((int(domid), device), {})[key] = value
    return {
        name: dataclasses.replace(have, grown=_list_grown(host, have.runtime, nodes)) for name, have in found.items()
    }


def _list_grown(
    host: Host, run: Runtime | None, nodes: t.Mapping[tuple[int, str], t.Mapping[str, str]]
) -> tuple[tuple[str, int, int], ...]:
    grown = []
    for (domid, _device), node in sorted(nodes.items()):
        if run is None or run.domid != domid or not node.get("sectors", "").isdigit():
            continue
        numbers = [str(int(part, 16)) for part in node.get("physical-device", "").split(":") if part]
        size = host.read("/sys/dev/block/{}/size".format(":".join(numbers))) if len(numbers) == 2 else None
        told, real = int(node["sectors"]) * 512, int((size or "0").strip() or 0) * 512
        if real > told:
            grown.append((node.get("dev", "?"), told, real))
    return tuple(grown)
