# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guests of Xen for the list of guests: three commands and their files, whatever their number. Private."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather
from ansible_collections.hostwright.virt.plugins.module_utils._xen import observe_host as machine
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._xen.observe import FOLDER
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse

SAVES = "/var/lib/xen/save"
XENSTORE = ("xenstore-ls", "-f", "/local/domain")
# What agents in a guest write of themselves: xe-guest-utilities, xenstore drivers of Windows, cloud images.
_SAID = re.compile(r'^/local/domain/(\d+)/(?:attr/[\w/.]*ip[\w/.]*|data/[\w/.]*ip[\w/.]*) = "(.*)"$', re.MULTILINE)


def list_guests(host: Host) -> Found:
    """Every guest that is defined, saved or runs."""
    domains = machine.read_domains(host)
    defined, unreadable = find_defined(host)
    links = machine.read_auto_links(host)
    saves, said = {*host.entries(SAVES)}, read_xenstore(host)
    known = {*defined, *domains, *saves} - {"(null)"}

    def describe(name: str) -> Guest:
        path = defined.get(name, f"{FOLDER}/{name}.cfg")
        have = Have(name, path, text=host.read(path) if name in defined else None, runtime=domains.get(name))
        saved = name in saves and have.runtime is None
        return describe_guest(have, saved, path in links.values(), said)

    found = gather(sorted(known), describe, "guest")
    return Found(found.guests, (*unreadable.values(), *found.problems))


def describe_guest(have: Have, saved: bool, autostart: bool, said: t.Mapping[int, tuple[str, ...]]) -> Guest:
    run, mark = have.runtime, have.mark
    settings = (run.settings if run else None) or have.settings
    nics = settings.nics if settings else ()
    fixed = [word for nic in nics for word in (nic.ip or "").split()]
    return Guest(
        name=have.name,
        type="xen",
        state="saved" if saved else have.power,
        owner="hostwright" if mark else "base",
        id=run.domid if run else None,
        uuid=_uuid(run, have),
        addresses={"agent": said.get(run.domid, ()) if run else (), "config": fixed},
        macs=tuple(nic.mac for nic in nics if nic.mac),
        memory=settings.memory if settings else None,
        vcpus=settings.vcpus if settings else None,
        autostart=autostart,
        tags=tuple(map(str, mark.get("tags") or ())),
        description=mark.get("description"),
        config_file=None if have.text is None else have.path,
    )


def _uuid(run: Runtime | None, have: Have) -> str | None:
    return (run.uuid if run else None) or (have.settings.uuid if have.settings else None)


def read_xenstore(host: Host) -> dict[int, tuple[str, ...]]:
    """Addresses that guests have written into XenStore, by domid; many guests write none."""
    try:
        out = host.query(XENSTORE, ok=machine.ANY).out
    except Problem:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    for domid, value in _SAID.findall(out):
        found[int(domid)] = (*found.get(int(domid), ()), *value.split())
    return found


def find_defined(host: Host) -> tuple[dict[str, str], dict[str, str]]:
    """The file of each defined guest by its name, and the errors of files that cannot be read."""
    defined, unreadable = {}, {}
    for entry in host.entries(FOLDER):
        path = f"{FOLDER}/{entry}"
        text = host.read(path) if entry.endswith(".cfg") else None
        if text is None:
            continue
        try:
            defined[str(parse(text, path).get("name") or entry[: -len(".cfg")])] = path
        except Problem as problem:
            unreadable[path] = str(problem)
    return defined, unreadable
