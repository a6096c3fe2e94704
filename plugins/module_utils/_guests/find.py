# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All guests of a host, of every kind that it has. Private; nothing is changed."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve import guests as bhyve
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Garbage, Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests import (
    docker,
    libvirt,
    lxd,
    managers,
    neighbours,
)
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import (
    SOURCES,
    TYPES,
    UNREADABLE,
    Found,
    Guest,
    explain,
)
from ansible_collections.hostwright.virt.plugins.module_utils._jail import guests as jail
from ansible_collections.hostwright.virt.plugins.module_utils._lxc import guests as lxc
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn import guests as nspawn
from ansible_collections.hostwright.virt.plugins.module_utils._xen import guests as xen


@dataclasses.dataclass(frozen=True)
class Scope:
    """What to look for: kinds, paths of LXC, URIs of libvirt, and where addresses may come from.

    ``named``: the user named the kinds, and wants to hear of those that do not answer.
    """

    types: tuple[str, ...] = TYPES
    lxc_paths: tuple[str, ...] = (lxc.LXC_PATH,)
    uris: tuple[str, ...] = libvirt.URIS
    sources: tuple[str, ...] = SOURCES
    named: bool = False


@dataclasses.dataclass(frozen=True)
class Listed:
    """``silent``: what did not answer although its tool is there, and what was said."""

    guests: tuple[Guest, ...]
    problems: tuple[str, ...]
    silent: t.Mapping[str, str]


# The tool that shows that a host may have guests of a kind
TOOLS = {
    "jail": "jls",
    "bhyve": "bhyvectl",
    "xen": "xl",
    "lxc": "lxc-ls",
    "nspawn": "machinectl",
    "libvirt": "virsh",
    "lxd": "lxc",
    "incus": "incus",
    "docker": "docker",
}


Lister = t.Callable[[Host], Found]


def _list_jails(host: Host) -> Found:
    found = jail.list_guests(host)
    more = managers.list_guests(host, [guest.name for guest in found.guests])
    return Found(found.guests + more.guests, found.problems + more.problems)


_LISTERS: t.Mapping[str, Lister] = {
    "xen": xen.list_guests,
    "nspawn": nspawn.list_guests,
    "bhyve": bhyve.list_guests,
    "docker": docker.list_guests,
    "jail": _list_jails,
}


def listers(kind: str, scope: Scope) -> dict[str, Lister]:
    """What lists the guests of a kind, by what is asked."""
    if kind == "lxc":
        return {f"lxc below {path}": functools.partial(lxc.list_guests, lxc_path=path) for path in scope.lxc_paths}
    if kind == "libvirt":
        return {f"libvirt {uri}": functools.partial(libvirt.list_guests, uri=uri) for uri in scope.uris}
    if kind in lxd.COMMANDS:
        return {kind: functools.partial(lxd.list_guests, kind=kind)}
    return {kind: _LISTERS[kind]}


def list_guests(host: Host, scope: Scope) -> Listed:
    """One that cannot be read hides no other, nor does a kind that does not answer."""
    guests: list[Guest] = []
    problems: list[str] = []
    silent: dict[str, str] = {}
    for kind in scope.types:
        for what, lister in listers(kind, scope).items() if host.has(TOOLS[kind]) else ():
            try:
                found = lister(host)
            except UNREADABLE as error:
                if isinstance(error, Problem) and not isinstance(error, Garbage):
                    silent[what] = str(error)
                    continue
                problems.append(f"{what}: {explain(error)}")
                continue
            guests += found.guests
            problems += [f"{what}: {problem}" for problem in found.problems]
    readers = {"lease": neighbours.read_leases, "arp": neighbours.read_arp}
    for source, read in readers.items():
        known = read(host) if source in scope.sources and guests else {}
        guests = [guest.with_addresses(source, known) for guest in guests]
    return Listed(tuple(guests), tuple(problems), silent)
