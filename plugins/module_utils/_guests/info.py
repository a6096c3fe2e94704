# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host with all its guests, for virt_host_info and the inventory. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._guests.find import Scope, list_guests
from ansible_collections.hostwright.virt.plugins.module_utils._guests.lacks import list_lacks
from ansible_collections.hostwright.virt.plugins.module_utils._guests.machine import read_machine
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import TYPES

ARGUMENT_SPEC: dict[str, t.Any] = {
    "types": {"type": "list", "elements": "str", "choices": list(TYPES), "default": list(TYPES)},
    "lxc_paths": {"type": "list", "elements": "path", "default": list(Scope.lxc_paths)},
    "libvirt_uris": {"type": "list", "elements": "str", "default": list(Scope.uris)},
}


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    scope = Scope(tuple(params["types"]), tuple(params["lxc_paths"]), tuple(params["libvirt_uris"]))
    found = describe_host(host, scope)
    return {name: found[name] for name in ("host", "guests", "problems")}


def describe_host(host: Host, scope: Scope, name: str | None = None) -> dict[str, t.Any]:
    """``name``: what guests shall say they are on, when it is not what the host calls itself."""
    machine, listed = read_machine(host), list_guests(host, scope)
    lacks = list_lacks(machine, listed.silent)
    out = {lack["for"] for lack in lacks}
    known = {guest.type for guest in listed.guests}
    name = name or str(machine["node"] or "localhost")
    return {
        "host": {
            "name": name,
            **machine,
            "types": [kind for kind in scope.types if kind in known or kind not in out],
            "lacks": lacks,
        },
        "guests": [guest.show(name, scope.sources) for guest in listed.guests],
        "problems": list(listed.problems),
        "silent": dict(listed.silent),
    }
