# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the files of containers. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import DEEPEST, effective, list_nets, parse
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Neighbour, Snapshot

Reader = t.Any  # a Host, or the part of one that reads files


def read_includes(host: Reader, texts: t.Iterable[str]) -> dict[str, str]:
    """The files that these texts include, and those that they include in turn."""
    found: dict[str, str] = {}
    waiting = list(texts)
    for _level in range(DEEPEST):
        level, waiting = waiting, []
        for text in level:
            for line in parse(text, "an included file"):
                if line.key == "lxc.include" and line.value:
                    waiting += _read_include(host, line.value, found)
    return found


def _read_include(host: Reader, value: str, found: dict[str, str]) -> list[str]:
    folder = value.rstrip("/")
    paths = [f"{folder}/{entry}" for entry in host.entries(value) if entry.endswith(".conf")]
    if not paths and not host.exists(f"{folder}/."):  # an empty folder is no file
        paths = [value]
    fresh = []
    for path in paths:
        text = None if path in found else host.read(path)
        if text is not None:
            found[path] = text
            fresh.append(text)
    return fresh


def read_snapshots(host: Host, folder: str) -> tuple[Snapshot, ...]:
    """LXC keeps them as folders snap0, snap1 and so on, with the time and the comment in files."""
    found = []
    for entry in host.entries(f"{folder}/snaps"):
        place = f"{folder}/snaps/{entry}"
        if entry.startswith("snap") and host.exists(f"{place}/config"):
            comment, taken = host.read(f"{place}/comment"), host.read(f"{place}/ts")
            found.append(Snapshot(entry, (comment or "").strip(), (taken or "").strip()))
    return tuple(sorted(found, key=lambda snapshot: snapshot.number))


def read_neighbours(host: Host, lxc_path: str, name: str) -> tuple[Neighbour, ...]:
    """What the other containers of this path have for themselves; one that LXC cannot read either has nothing."""
    found = []
    for entry in host.entries(lxc_path):
        text = None if entry == name else host.read(f"{lxc_path}/{entry}/config")
        if text is None:
            continue
        try:
            values = effective(text, read_includes(host, [text]))
        except Problem:
            continue
        nets = [f"lxc.net.{index}." for index in list_nets(values)]
        addresses = [one for net in nets for key in ("ipv4", "ipv6") for one in values.get(f"{net}{key}.address", ())]
        found.append(
            Neighbour(
                entry,
                values.get("lxc.idmap", ()),
                frozenset(one.lower() for net in nets for one in values.get(net + "hwaddr", ())),
                frozenset(one.split()[0].split("/")[0] for one in addresses if one.strip()),
            )
        )
    return tuple(found)
