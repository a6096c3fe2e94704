# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""bhyvectl(8), as far as our module uses it, and what was recorded of its short answers."""

from __future__ import annotations

import re

from . import vmm
from .world import Fail, World


def main(world: World, words: list[str]) -> int:
    name, verbs = "", []
    for word in words:
        found = re.fullmatch(r"--vm=(.*)", word)
        name = found.group(1) if found else name
        verbs += [] if found else [word]
    unknown = next((verb for verb in verbs if verb not in VERBS), None)
    if unknown is not None:
        raise Fail(f"bhyvectl: unrecognized option `{unknown}'")
    if verbs == ["--create"]:
        if not vmm.is_usable(world):
            raise Fail(f"vm_open: {name} could not be opened: {vmm.NO_DEVICE}")
        vmm.vms_of(world).setdefault(name, {"pid": 0})
        return 0
    return act(world, name, vmm.open_vm(world, name), verbs)


def act(world: World, name: str, vm: vmm.Vm, verbs: list[str]) -> int:
    if verbs == ["--destroy"]:
        if vmm.alive(vm):
            vmm.tell(world, name, "destroyed")
        del vmm.vms_of(world)[name]
    elif verbs in (["--force-poweroff"], ["--force-reset"]):
        return suspend(world, name, vm, verbs[0][len("--force-") :])
    elif verbs == ["--get-active-cpus"]:
        print("active cpus:\t 0")
    elif verbs == ["--get-suspended-cpus"]:
        print("suspended cpus:\t (none)")
    return 0


def suspend(world: World, name: str, vm: vmm.Vm, how: str) -> int:
    """A VM that nobody runs takes it once."""
    if vmm.alive(vm):
        vmm.tell(world, name, how)
    elif vm.get("suspended"):
        print("errno = 37")
        return 255
    else:
        vm["suspended"] = True
    return 0


VERBS = (
    *("--create", "--destroy", "--force-poweroff", "--force-reset", "--get-active-cpus", "--get-suspended-cpus"),
    *("--get-all", "--get-stats", "--get-memmap", "--get-cpu-topology"),
)
