# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jails that Bastille and iocage keep: what is stopped is in their own files only. Private."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import effective, find_jails, load
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import bare_address

BASTILLE = "/usr/local/bastille/jails"


def list_guests(host: Host, known: t.Collection[str]) -> Found:
    """Those that are not ``known`` to run."""
    folders = [f"{BASTILLE}/{name}" for name in host.entries(BASTILLE)]
    pools = ["/iocage/jails", *(f"/{pool}/iocage/jails" for pool in host.entries("/"))]
    folders += [f"{place}/{name}" for place in pools for name in host.entries(place)]
    found = gather(folders, lambda folder: _read(host, folder), "jail")
    return Found(tuple(one for one in found.guests if one.name and one.name not in known), found.problems)


def _read(host: Host, folder: str) -> Guest:
    if folder.startswith(BASTILLE):
        return _read_bastille(host, folder, host.read(f"{folder}/jail.conf"))
    return _read_iocage(folder, host.read(f"{folder}/config.json"))


def _read_bastille(host: Host, folder: str, text: str | None) -> Guest:
    path = f"{folder}/jail.conf"
    nodes = load(path, lambda name: text if name == path else None, host.entries)
    names = [source.name for source in find_jails(nodes)]
    params = effective(nodes, names[0]) if names else None
    if not params:
        return Guest("", "jail", "stopped")
    return Guest(
        name=names[0],
        type="jail",
        state="stopped",
        owner="bastille",
        hostname=(params.get("host.hostname") or (None,))[-1],
        addresses={"config": [bare_address(one) for key in ("ip4.addr", "ip6.addr") for one in params.get(key, ())]},
        config_file=path,
        root=(params.get("path") or (None,))[-1],
    )


def _read_iocage(folder: str, text: str | None) -> Guest:
    try:
        conf = json.loads(text or "{}")
        get = conf.get
    except (ValueError, AttributeError):
        raise Problem(f"{folder}/config.json is not JSON as iocage writes it") from None
    if not conf:
        return Guest("", "jail", "stopped")
    addresses = [one for key in ("ip4_addr", "ip6_addr") for one in re.split("[, ]+", str(get(key) or ""))]
    notes = str(get("notes") or "none")
    return Guest(
        name="ioc-" + str(get("host_hostuuid") or folder.rsplit("/", 1)[-1]).replace(".", "_"),
        type="jail",
        state="stopped",
        owner="iocage",
        hostname=get("host_hostname") or None,
        addresses={"config": addresses},
        autostart=str(get("boot")) in ("1", "on", "yes"),
        description=None if notes == "none" else notes,
        config_file=f"{folder}/config.json",
        root=f"{folder}/root",
    )
