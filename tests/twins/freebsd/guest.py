# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No tool of FreeBSD: makes a guest do something. `guest NAME reset|poweroff|halt|kill|term`, `guest deaf yes|no`.

A kill leaves the VM busy until it is destroyed; a deaf guest does not hear the power button.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from . import vmm
from .world import World


def main(world: World, words: list[str]) -> int:
    name, what = words
    if name == "deaf":
        (world.folder / "deaf").touch() if what == "yes" else (world.folder / "deaf").unlink(missing_ok=True)
        return 0
    vm = vmm.open_vm(world, name)
    if what in vmm.EXITS:
        vmm.tell(world, name, what)
        vm = vmm.vms_of(world)[name]
        vm["left"] = False
        return 0
    pid = vm["pid"]
    if pid > 0:
        with world.let_go():
            os.kill(pid, signal.SIGKILL if what == "kill" else signal.SIGTERM)
            while Path(f"/proc/{pid}").exists() and what == "kill":
                time.sleep(0.05)
        vm = vmm.vms_of(world)[name]
    if pid < 0 or what == "kill":
        vmm.leave(world, name)
        vm["left"] = True
    return 0
