# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every guest of bhyve on this host, for bhyve_vm_info. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.goal import disks_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.guests import list_seen
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import VMM, check_guest_name
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.observe import (
    Seen,
    look,
    read_have,
    read_volumes,
    read_zvols,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.show import facts
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    seen = look(host)
    asked = [check_guest_name(name) for name in params["name"] or ()]
    strange = sorted({*seen.processes.running} - {*seen.base, *seen.vm_bhyve})
    names = asked or sorted({*seen.base, *seen.vm_bhyve, *strange})
    haves = {name: read_have(host, seen, WantGuest(name)) for name in names}
    paths = [disk.path for have in haves.values() for disk in disks_of(have.values, have)]
    volumes = {**read_volumes(host, paths), **read_zvols(host, paths)}
    vms = []
    for name, have in haves.items():
        found = {"name": name, **facts(dataclasses.replace(have, volumes=volumes))}
        vms.append({**found, "in_kernel": host.exists(f"{VMM}/{name}")})
    left = [name for name in host.entries(VMM) if name not in seen.processes.names]
    guests = [guest for guest in list_seen(host, seen).show() if not asked or guest["name"] in asked]
    return {"vms": vms, "guests": guests, "left_in_kernel": left, "usable": _is_usable(host, seen)}


def _is_usable(host: Host, seen: Seen) -> bool:
    """vmm.ko makes its device only where the CPU can be used (FreeBSD 15); before the first start it is not loaded."""
    return host.exists("/dev/vmmctl") or bool(seen.processes.running) or host.exists(VMM)
