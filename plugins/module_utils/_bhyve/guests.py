# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guests for the list of guests: those that run, and those that have a file of ours or of vm-bhyve. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import BASE, VM_BHYVE, values_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import CONFIGS, VMM
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.observe import Seen, look
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import (
    Found,
    Guest,
    gather,
    to_int,
    to_mebi,
)


def list_guests(host: Host) -> Found:
    return list_seen(host, look(host))


def list_seen(host: Host, seen: Seen) -> Found:
    """Every guest that runs or is defined; one whose device is left over in /dev/vmm is stopped."""
    left = [name for name in host.entries(VMM) if name not in seen.processes.names]
    names = {*seen.base, *seen.vm_bhyve, *seen.processes.names, *left}

    def describe(name: str) -> Guest:
        path, text = seen.vm_bhyve.get(name, (None, None))
        owner, boot, values = "vm-bhyve", "vm_list", values_of(text, VM_BHYVE)
        if name in seen.base:
            path, owner, boot = f"{CONFIGS}/{name}.conf", "hostwright", "hostwright_bhyve_list"
            values = values_of(seen.base[name], BASE)
        return Guest(
            name=name,
            type="bhyve",
            state="started" if name in seen.processes.names else "stopped",
            owner=owner if path else "base",
            id=seen.processes.running.get(name),
            uuid=values.get("uuid"),
            macs=tuple(value for key, value in values.items() if key.endswith((".mac", "_mac"))),
            memory=to_mebi(values.get("memory.size") or values.get("memory"), "M"),
            vcpus=to_int(values.get("cpus") or values.get("cpu")),
            autostart=name in seen.rc.get(boot, "").split() if path else None,
            config_file=path,
        )

    return gather(sorted(names), describe, "guest")
