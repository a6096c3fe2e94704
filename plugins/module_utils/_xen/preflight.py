# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a guest can live on another host, found out before anything is done. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.checks import check_peer
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import Disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import INCOMING, Have, Peer, Site, Target, Thing
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.site import bridges_of, paths_of
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu


def check_target(have: Have, want: WantDomu, target: Target, settings: Settings) -> None:
    """Raises Problem with everything that stands against it at once."""
    here, there = have.around.site, target.site
    found = [
        *_check_hypervisor(have, here, there),
        *_check_memory(settings, there),
        *(f"it has no bridge {bridge}" for bridge in bridges_of(settings) if bridge not in there.bridges),
        *_check_paths(settings, here, there),
    ]
    if found:
        raise Problem(f"{want.name}: cannot move to {target.node}: {'; '.join(found)}")
    for peer in have.around.peers:
        check_peer(have, want, settings, _without_copy(peer, target, want.name + INCOMING))


def _without_copy(peer: Peer, target: Target, copy: str) -> Peer:
    """The target without what an earlier try left there, which ends before this one begins."""
    if peer.destination != target.destination:
        return peer
    guests = tuple(guest for guest in peer.guests if guest[0] != copy)
    return dataclasses.replace(peer, guests=guests, disks=tuple(disk for disk in peer.disks if disk[0] != copy))


def _check_hypervisor(have: Have, here: Site, there: Site) -> t.Iterator[str]:
    ours, theirs = dict(here.info), dict(there.info)
    versions = [(int(info.get("xen_major", 0)), int(info.get("xen_minor", 0))) for info in (ours, theirs)]
    if versions[1] < versions[0]:
        yield "its Xen {}.{} is older than {}.{} here, which Xen does not support".format(*versions[1], *versions[0])
    if have.document.get("cpuid") is None:
        words = [info.get("hw_caps", "").split(":") for info in (ours, theirs)]
        missing = [
            f"{int(one, 16) & ~int(other, 16):08x} of word {number}"
            for number, (one, other) in enumerate(zip(*words))
            if one and other and int(one, 16) & ~int(other, 16)
        ]
        if missing:
            yield (
                f"its CPU lacks features of this one ({', '.join(missing)} of hw_caps in `xl info`): "
                "start the guest with a cpuid in config that both have"
            )


def _check_memory(settings: Settings, there: Site) -> t.Iterator[str]:
    """What Xen itself needs for a guest: page tables, and a little for each vcpu."""
    need = (settings.memory or 0) + (settings.memory or 0) // 128 + settings.max_vcpus + 4
    free = dict(there.info).get("free_memory", "0")
    if int(free) < need:
        yield f"it has {free} MiB of free memory, and the guest needs {need} MiB there"


def _check_paths(settings: Settings, here: Site, there: Site) -> t.Iterator[str]:
    ours, theirs = dict(here.things), dict(there.things)
    disks = {disk.target: disk for disk in settings.disks if not disk.script}
    for path in paths_of(settings):
        one, other = ours.get(path), theirs.get(path)
        if other is None:
            yield f"it has no {path}" + (": attach the volume there" if path in disks else "")
        elif path in disks and one is not None:
            yield from _check_same(disks[path], one, other)


def _check_same(disk: Disk, one: Thing, other: Thing) -> t.Iterator[str]:
    what = f"{disk.target} of disk {disk.vdev}"
    if one.kind != other.kind:
        yield f"{what} is a {one.kind} here and a {other.kind} there"
    elif one.identity and one.identity == other.identity and one.size != other.size:
        yield f"{what} has {one.size} bytes here and {other.size} there: rescan the volume there"
    elif one.identity != other.identity:
        yield f"{what} is another device there"
    elif not one.identity and (disk.access == "rw" or one.size != other.size):
        yield f"{what} is a {one.kind} of this host, which the other one cannot share: put it on a shared volume"


def why_not_live(settings: Settings, site: Site) -> str | None:
    """What keeps this guest from moving while it runs; Xen would find out halfway."""
    caps = dict(site.info).get("virt_caps", "").split()
    if settings.type == "pv" and "shadow" not in caps:
        return (
            "a guest of type pv moves live only where Xen has shadow paging, and this one was built without "
            "(no shadow in virt_caps of `xl info`, as Debian builds it)"
        )
    if settings.type != "pv" and not {"hap", "shadow"} & {*caps}:
        return "Xen has neither hap nor shadow paging here (virt_caps of `xl info`)"
    if settings.type != "pv" and settings.memory != settings.max_memory:
        return (
            f"a guest of type {settings.type} moves live only when its memory ({settings.memory}M) equals the "
            f"max_memory ({settings.max_memory}M) that it was started with"
        )
    return None


def choose_mode(have: Have, want: WantDomu, settings: Settings) -> str:
    reason = why_not_live(settings, have.around.site)
    if want.migration == "live" and reason:
        raise Problem(f"{want.name}: cannot move live: {reason}; migration=cold or auto moves it with a pause")
    for key in ("nomigrate", "pci"):
        if have.document.get(key) not in (None, 0, ()):
            raise Problem(f"{want.name}: cannot move: its configuration has {key}; stop it, then its definition moves")
    return "cold" if want.migration == "cold" or reason else "live"
