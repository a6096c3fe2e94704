# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible inventory of the running machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit import guest, places
from labkit.machines import GUEST_NET, MACHINES, STORAGE_NET, Machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COMMON = {
    "ansible_host": "127.0.0.1",
    "ansible_user": "root",
    # In place of Ansible's own -o ControlPersist=60s, which ssh would prefer because it comes first
    "ansible_ssh_args": '"-o ControlMaster=auto -o ControlPersist=600"',
    "ansible_python_interpreter": "/usr/bin/python3",
    "ansible_pipelining": "true",
    "storage_interface": "eth1",
    "storage_network": f"{STORAGE_NET}.0/24",
    "guest_interface": "eth2",
    "guest_network": f"{GUEST_NET}.0/24",
}


def path(names: Sequence[str] = ()) -> Path:
    """The inventory of all machines that run, or of these."""
    return places.state() / f"{'-'.join(('inventory', *names))}.yml"


def write(ports: dict[str, int], names: Sequence[str] = ()) -> Path:
    partial = path(names).with_suffix(".partial")
    partial.write_text(_text({name: port for name, port in ports.items() if not names or name in names}))
    return partial.rename(path(names))


def _text(ports: dict[str, int]) -> str:
    lines = ["# Written by tests/lab/lab for the machines that run now.", "all:", "  children:"]
    for group in dict.fromkeys(machine.group for machine in MACHINES):
        lines += [f"    {group}:", "      hosts:"]
        members = [m for m in MACHINES if m.group == group and m.name in ports]
        for machine in members:
            lines += [f"        {machine.name}:", *_host(machine, ports[machine.name])]
        if not members:
            lines[-1] += " {}"
    lines += ["  vars:"]
    lines += [f"    {name}: {value}" for name, value in COMMON.items()]
    return "\n".join(lines) + "\n"


def _host(machine: Machine, port: int) -> list[str]:
    common = f"-o ControlPath={guest.control_path(machine)} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    values: dict[str, object] = {
        "ansible_port": port,
        "ansible_ssh_private_key_file": guest.key(machine),
        "ansible_ssh_common_args": f'"{common} -o IdentitiesOnly=yes -o LogLevel=ERROR"',
        "storage_address": machine.storage_address,
    }
    if machine.guest_address:
        values["guest_address"] = f"{GUEST_NET}.{machine.number}"
    return [f"          {name}: {value}" for name, value in values.items()]
