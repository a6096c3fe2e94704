# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host has around one jail: interfaces, CPUs, device rules, mount points, its root, its datasets. Private."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._jail import devfs, networks
from ansible_collections.hostwright.virt.plugins.module_utils._jail.links import Links, parse_gateway, parse_ifconfig
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import Values
from ansible_collections.hostwright.virt.plugins.module_utils._jail.roots import RootState
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import UP, WantJail

BY_SWITCH = ("/dev", "/dev/fd", "/proc")  # where jail(8) mounts something by a switch of its own


@dataclasses.dataclass(frozen=True)
class Around:
    """Only what the declaration speaks of is read; the rest is as here.

    ``kinds``: what is where a file system shall be mounted in the jail, None when nobody looked. ``real``: paths
    without symbolic links. ``datasets``: those that are there, with their ``jailed``; ``attached``: those that the
    running jail has. ``ready``: it runs, and what the task waits for is there.
    """

    links: Links = dataclasses.field(default_factory=Links)
    host_id: str = ""
    cpus: frozenset[int] = frozenset()
    host_cpus: frozenset[int] = frozenset()
    rules: tuple[devfs.Rule, ...] = ()
    texts: tuple[str, ...] = ()
    kinds: t.Mapping[str, str] | None = None
    real: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    root: RootState = dataclasses.field(default_factory=RootState)
    datasets: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    attached: frozenset[str] = frozenset()
    ready: bool = False


def observe_around(
    host: Host, want: WantJail, declared: t.Mapping[str, Values], path: str, vnet: bool | None
) -> Around:
    """``vnet``: whether the jail runs with a network stack of its own; None when it does not run."""
    around = Around()
    if want.networks is not None or networks.claimed(declared) or want.state in ("stopped", "absent"):
        around = dataclasses.replace(around, links=_read_links(host, want.name, vnet))
    if want.networks:
        around = dataclasses.replace(around, host_id=host.query(("sysctl", "-n", "kern.hostuuid")).out.strip())
    if want.cpuset is not None:
        inside = host.query(("cpuset", "-g", "-j", want.name)).out if vnet is not None else ""
        mine = host.query(("cpuset", "-g")).out
        around = dataclasses.replace(around, cpus=parse_mask(inside), host_cpus=parse_mask(mine))
    if want.devfs_rules is not None:
        shown = host.query(("devfs", "rule", "-s", str(want.params.get("devfs_ruleset")), "show")).out
        texts = tuple(host.read(name) or "" for name in (devfs.DEFAULTS, devfs.RULES))
        around = dataclasses.replace(around, rules=devfs.parse_shown(shown), texts=texts)
    if want.zfs_datasets is not None:
        around = _with_datasets(host, around, want, declared, vnet is not None)
    if want.waits is not None and vnet is not None:
        ready = host.ask("jail", "is_ready", want.name, want.waits.port, want.waits.command)
        around = dataclasses.replace(around, ready=ready)
    starts = want.state in UP and vnet is None
    if path and (starts or want.mounts is not None or want.root is not None or want.params.get("mount.devfs")):
        around = _with_survey(host, around, want, path)
    return around


def _read_links(host: Host, name: str, vnet: bool | None) -> Links:
    outside, filtering = parse_ifconfig(host.query(("ifconfig", "-a")).out)
    if not vnet:
        return Links(outside, filtering=filtering)
    inside, _filtering = parse_ifconfig(host.query(("ifconfig", "-j", name, "-a")).out)
    routes = {}
    for family in ("inet", "inet6"):
        # 255 without such a route (seen on 15.1).
        reply = host.query(("route", "-j", name, "-n", "get", f"-{family}", "default"), ok=(0, 1, 255))
        gateway = parse_gateway(reply.out) if reply.rc == 0 else ""
        routes.update({family: gateway} if gateway else {})
    return Links(outside, inside, routes, filtering)


def parse_mask(text: str) -> frozenset[int]:
    """Of ``cpuset -g``: ``jail 1 mask: 0, 1``."""
    found = re.search(r"^(?:jail|pid) -?[0-9]+ mask: ([0-9, ]+)$", text, re.MULTILINE)
    return frozenset(int(word) for word in found.group(1).split(",")) if found else frozenset()


def _with_datasets(
    host: Host, around: Around, want: WantJail, declared: t.Mapping[str, Values], running: bool
) -> Around:
    """No tool of the host tells which datasets a jail has; in it zfs(8) does, where the jail has that (15.1)."""
    there = {}
    if want.zfs_datasets:
        reply = host.query(("zfs", "get", "-Hp", "-o", "name,value", "jailed", *want.zfs_datasets), ok=(0, 1))
        there = dict(line.split("\t", 1) for line in reply.out.splitlines() if "\t" in line)
    attached: frozenset[str] = frozenset()
    if running:
        reply = host.query(("jexec", want.name, "zfs", "list", "-H", "-o", "name,jailed"), ok=tuple(range(256)))
        rows = [line.split("\t") for line in reply.out.splitlines()]  # a jail also sees what is above its datasets
        names = [row[0] for row in rows if row[1:] == ["on"]] if reply.rc == 0 else declared.get("zfs.dataset", ())
        attached = frozenset(names)
    return dataclasses.replace(around, datasets=there, attached=attached)


def _with_survey(host: Host, around: Around, want: WantJail, path: str) -> Around:
    root = want.root
    mounts = [*(want.mounts or ()), *(root.mounts if root else ())]
    given = root.options if root else {}
    places = [path, *(mount.src for mount in mounts if mount.src.startswith("/"))]
    places += [given[name] for name in ("base", "skeleton", "data") if name in given]
    archive = str(given.get("src", ""))
    points = [*(mount.path for mount in mounts if mount.path != "/"), *BY_SWITCH]
    spots = {point: root.find(point) if root else (path, point) for point in points}
    said = host.ask("jail", "survey", spots, places, archive)
    states: t.Mapping[str, str] = said["states"]
    state = RootState(
        place=states[root.place] if root else "made",
        path=states[path],
        checksum=said["checksum"],
        snapshot=all(states[given[name]] == "made" for name in ("base", "skeleton") if name in given),
    )
    if root is not None and root.type == "clone":
        state = dataclasses.replace(state, **_read_clone(host, given["dataset"], given["snapshot"]))
    return dataclasses.replace(around, kinds=said["kinds"], real=said["real"], root=state)


def _read_clone(host: Host, dataset: str, snapshot: str) -> dict[str, t.Any]:
    argv = ("zfs", "list", "-H", "-o", "name,mountpoint", "-t", "all", dataset, snapshot)
    rows = dict(line.split("\t", 1) for line in host.query(argv, ok=(0, 1)).out.splitlines() if "\t" in line)
    return {"dataset": rows.get(dataset), "snapshot": snapshot in rows}
