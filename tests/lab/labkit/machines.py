# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machines there are. Everything about a machine follows from its line in MACHINES."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from labkit.report import LabError

STORAGE_NET = "10.77.0"
GUEST_NET = "10.78.0"

# Each is a virtual Ethernet switch. eth1 and eth2 of every machine are plugged into them, in this order.
SWITCHES = ("storage", "guest")


@dataclass(frozen=True)
class Machine:
    """One virtual machine; `number` is its last address byte, so it must be unique."""

    name: str
    number: int
    kind: Literal["xen", "plain"]
    group: str  # in the inventory
    image: Literal["xen", "host"]  # image.py has what is on each
    memory: int  # MiB
    guest_address: bool  # hosts of guests have none on eth2: it becomes the uplink of a bridge

    @property
    def storage_address(self) -> str:
        return f"{STORAGE_NET}.{self.number}"

    def mac(self, card: int) -> str:
        return f"52:54:00:77:{card:02x}:{self.number:02x}"

    @property
    def identity(self) -> str:
        """Kernel arguments that lab-identity and systemd turn into this machine's name, addresses and machine-id."""
        machine_id = hashlib.md5(self.name.encode(), usedforsecurity=False).hexdigest()
        words = [f"lab.name={self.name}", f"lab.storage={self.storage_address}/24", f"systemd.machine_id={machine_id}"]
        if self.guest_address:
            words.append(f"lab.guest={GUEST_NET}.{self.number}/24")
        return " ".join(words)


MACHINES = (
    # Dom0 itself has 1280 MiB (qemu.py); the rest is for Xen, one Debian guest of 256 MiB and some tiny ones.
    Machine("dom0a", 11, "xen", "dom0", "xen", 2560, guest_address=False),
    Machine("dom0b", 12, "xen", "dom0", "xen", 2560, guest_address=False),
    Machine("baya", 2, "plain", "bay", "xen", 768, guest_address=True),
    # A Linux host with a newer kernel than the host tier has: cgroup v2, systemd, ZFS.
    Machine("hosta", 21, "plain", "hosts", "host", 1536, guest_address=False),
)
DEFAULT = ("dom0a", "baya")


def find(name: str) -> Machine:
    for machine in MACHINES:
        if machine.name == name:
            return machine
    raise LabError(f"no machine {name!r}: there are {', '.join(m.name for m in MACHINES)}")
