# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every guest of this host, for xen_domu_info. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found
from ansible_collections.hostwright.virt.plugins.module_utils._xen import observe_host as machine
from ansible_collections.hostwright.virt.plugins.module_utils._xen.guests import (
    SAVES,
    describe_guest,
    find_defined,
    read_xenstore,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._xen.observe import FOLDER, observe
from ansible_collections.hostwright.virt.plugins.module_utils._xen.show import facts
from ansible_collections.hostwright.virt.plugins.module_utils._xen.site import read_info
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu, check_guest_name


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    asked = params["name"] and [check_guest_name(name, "name") for name in params["name"]]
    defined, unreadable = find_defined(host)
    names = asked or sorted({*defined, *machine.read_domains(host), *host.entries(SAVES)} - {"(null)"})
    wants = [
        WantDomu(name, config_file=defined.get(name, f"{FOLDER}/{name}.cfg"), save_file=f"{SAVES}/{name}")
        for name in names
        if f"{FOLDER}/{name}.cfg" not in unreadable
    ]
    found = observe(host, wants) if wants else {}
    there = [have for have in found.values() if have.power != "absent"]
    said = read_xenstore(host) if any(have.runtime for have in there) else {}
    guests = [describe_guest(have, have.power == "saved", bool(have.links), said) for have in there]
    return {
        "domus": [{"name": want.name, **_describe(found[want.name])} for want in wants],
        "unreadable": list(unreadable.values()),
        "guests": Found(tuple(guests)).show(),
        "xen": dict(read_info(machine.ask_xl(host, "info"))),
    }


def _describe(have: Have) -> dict[str, t.Any]:
    shown = facts(have)
    shown.pop("warnings", None)
    return shown
