# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All jails of a host, running or defined, and whose they are. Private; nothing is changed."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found
from ansible_collections.hostwright.virt.plugins.module_utils._jail.guests import describe_jail, list_defined
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import Jail, jail_of, owner_of, read_host
from ansible_collections.hostwright.virt.plugins.module_utils._jail.plan import facts

ARGUMENT_SPEC: dict[str, t.Any] = {"names": {"type": "list", "elements": "str"}}


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    _known, running, shared = read_host(host)
    defined, broken = list_defined(shared)
    names = dict.fromkeys([*(name for name, _jail in running), *defined])
    wanted = params["names"]
    shown = [name for name in names if wanted is None or name in wanted]
    jails, guests = [], []
    for name in shown:
        jail = jail_of(shared, name, running)
        try:
            found = facts(jail)
            guests.append(describe_jail(jail))
        except Problem as error:
            found = {**facts(dataclasses.replace(jail, files={})), "error": str(error)}
        mounts = sorted(point for point in shared.mounted if is_below(point, jail))
        jails.append(
            {"name": name, "owner": owner_of(name, _path(jail, found), jail.ezjails), **found, "mounts": mounts}
        )
    return {
        "jails": jails,
        "errors": broken,
        "boot": {"enabled": shared.boot, "list": list(shared.boot_list)},
        "guests": Found(tuple(guests)).show(),
    }


def _path(jail: Jail, found: t.Mapping[str, t.Any]) -> str:
    return str(found["runtime"].get("path") or found["config"].get("path") or "")


def is_below(point: str, jail: Jail) -> bool:
    """Whether something is mounted in the jail's root, which is what keeps a jail dying."""
    path = jail.running.params["path"][0].rstrip("/") if jail.running else ""
    return bool(path) and point.startswith(path + "/")
