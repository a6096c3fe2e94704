# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guests of bhyve for the list of guests: those that run, and those that vm-bhyve keeps files of. Private."""

from __future__ import annotations

import re

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather, to_int

DEVICES = "/dev/vmm"
PROCESSES = ("ps", "-axww", "-o", "pid=", "-o", "command=")
RC = ("sysrc", "-in", "vm_dir", "vm_list")
_RUNS = re.compile(r"^\s*(\d+) bhyve: (.+?)(?: \(bhyve\))?\s*$", re.MULTILINE)
_LINE = re.compile(r"""^\s*([\w.]+)=(?:"([^"]*)"|'([^']*)'|(\S*))""", re.MULTILINE)


def list_guests(host: Host) -> Found:
    """Every guest that runs or is defined; one whose device is left over in /dev/vmm is stopped."""
    running = {name: int(pid) for pid, name in _RUNS.findall(host.query(PROCESSES).out)}
    lines = host.query(RC, ok=(0, 1)).out.split("\n") if host.has("sysrc") else []
    folder = read_folder(host, lines[0].strip() if lines else "")
    boot = lines[1].split() if len(lines) > 1 else []
    texts = {name: host.read(f"{folder}/{name}/{name}.conf") for name in host.entries(folder)} if folder else {}
    defined = {name: text for name, text in texts.items() if text is not None and not name.startswith(".")}
    left = [name for name in host.entries(DEVICES) if name not in running]
    known = {*running, *defined, *left}

    def describe(name: str) -> Guest:
        conf = parse_conf(defined.get(name, ""))
        macs = [value for key, value in conf.items() if re.fullmatch(r"network\d+_mac", key)]
        return Guest(
            name=name,
            type="bhyve",
            state="started" if name in running else "stopped",
            owner="vm-bhyve" if name in defined else "base",
            id=running.get(name),
            uuid=conf.get("uuid"),
            macs=tuple(macs),
            memory=_mebi(conf.get("memory")),
            vcpus=to_int(conf.get("cpu", "")),
            autostart=name in boot if name in defined else None,
            config_file=f"{folder}/{name}/{name}.conf" if name in defined else None,
        )

    return gather(sorted(known), describe, "guest")


def read_folder(host: Host, place: str) -> str:
    """The folder of vm-bhyve, which rc.conf may name by its dataset."""
    if not place.startswith("zfs:"):
        return place.rstrip("/")
    try:
        return host.query(("zfs", "list", "-H", "-o", "mountpoint", place[len("zfs:") :])).out.strip()
    except Problem:
        return ""


def parse_conf(text: str) -> dict[str, str]:
    """The assignments of a file for sh(1), as vm-bhyve writes it; the last one of a name counts."""
    return {name: double or single or bare for name, double, single, bare in _LINE.findall(text)}


def _mebi(text: str | None) -> int | None:
    try:
        return parse_size(text, "M") >> 20 if text else None
    except Problem:
        return None
