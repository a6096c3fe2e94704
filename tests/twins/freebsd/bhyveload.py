# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""bhyveload(8): puts a loader into a new VM, which bhyve then runs without a ROM."""

from __future__ import annotations

from . import bhyve, vmm
from .world import Fail, World


def main(world: World, words: list[str]) -> int:
    if not words:
        raise Fail("usage: bhyveload ...")
    name = words[-1]
    disk = next((words[number + 1] for number, word in enumerate(words) if word == "-d"), None)
    if disk is not None and bhyve.find(world, disk) is None:
        raise Fail(f"bhyveload: Could not open '{disk}'", 64)
    if not vmm.is_usable(world):
        raise Fail(f"bhyveload: vm_open: {vmm.NO_DEVICE}")
    vmm.vms_of(world)[name] = {"pid": 0, "loaded": True}
    return 0
