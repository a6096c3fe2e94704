# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jails for the list of guests, those of the jail managers too. Private."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import find_jails
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import (
    FOLDER,
    MAIN,
    Jail,
    jail_of,
    owner_of,
    read_host,
)
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import Values, bare_address
from ansible_collections.hostwright.virt.plugins.module_utils._jail.plan import state_of

Params = t.Mapping[str, Values]
_PAIR = re.compile(r"([\w.-]+)=(.*?)(?=\s+[\w.-]+=|\s*\Z)", re.DOTALL)


def list_guests(host: Host) -> Found:
    """Every jail that runs or is defined."""
    _known, running, shared = read_host(host)
    defined, broken = list_defined(shared)
    names = dict.fromkeys([*(name for name, _jail in running), *defined])
    found = gather(names, lambda name: describe_jail(jail_of(shared, name, running)), "jail")
    return Found(found.guests, (*broken, *found.problems))


def describe_jail(jail: Jail) -> Guest:
    live = jail.running.params if jail.running else {}
    filed: Params = jail.declared or {}
    meta = {**dict(_meta(live)), **dict(_meta(filed))}
    path = (live.get("path") or filed.get("path") or ("",))[-1]
    parent, _dot, _child = jail.name.rpartition(".")
    return Guest(
        name=jail.name,
        type="jail",
        state="dying" if jail.dying and not jail.running and jail.source is None else state_of(jail),
        owner=owner_of(jail.name, path, jail.ezjails),
        id=jail.running.jid if jail.running and jail.running.jid > 0 else None,
        hostname=(live.get("host.hostname") or filed.get("host.hostname") or (None,))[-1],
        addresses={"runtime": _addresses(live), "config": _addresses(filed)},
        autostart=jail.starts_at_boot,
        tags=tuple(meta.get("tags", "").replace(",", " ").split()),
        description=meta.get("description"),
        config_file=jail.home if jail.source else None,
        root=path or None,
        parent=parent or None,
    )


def _addresses(params: Params) -> list[str]:
    return [bare_address(value) for key in ("ip4.addr", "ip6.addr") for value in params.get(key, ())]


def _meta(params: Params) -> t.Iterator[tuple[str, str]]:
    """In the file each is ``meta.NAME``; a jail that runs has all of them in one, NAME=VALUE NAME=VALUE."""
    for key, values in params.items():
        if key == "meta":
            yield from _PAIR.findall("\n".join(values))
        elif key.startswith("meta."):
            yield key[len("meta.") :], "".join(values[-1:])


def list_defined(shared: Jail) -> tuple[list[str], list[str]]:
    """Names of defined jails, and what jail(8) could not read."""
    names: list[str] = []
    broken: list[str] = []
    paths = [path for path in shared.files if path == MAIN or path.startswith((FOLDER + "/", "/etc/jail."))]
    for path in sorted(paths):
        try:
            names += [source.name for source in find_jails(shared.nodes(path))]
        except Problem as error:
            broken.append(str(error))
    return names, broken
