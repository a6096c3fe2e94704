# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VMs of the twin's kernel, and the guests in them, which do what a small ROM or `guest` says.

A VM is in ``world.data["vms"]`` by its name: ``pid`` of the bhyve that runs it, ``left`` when one was killed.
"""

from __future__ import annotations

import os
import signal
import time
import typing as t
from pathlib import Path

from . import kldload
from .world import Fail, World

Vm = t.Dict[str, t.Any]
EXITS = {"reset": 0, "poweroff": 1, "halt": 2, "triple": 3, "destroyed": 4}
NO_DEVICE = "No such file or directory"


def vms_of(world: World) -> dict[str, Vm]:
    return t.cast("dict[str, Vm]", world.data.setdefault("vms", {}))


def is_usable(world: World) -> bool:
    """Whether vmm.ko is there and found a CPU that it can use."""
    return "vmm" in kldload.loaded(world) and bool(world.data.get("vmm_usable", True))


def open_vm(world: World, name: str) -> Vm:
    """As libvmmapi says it (15.1)."""
    vm = vms_of(world).get(name)
    if vm is None or not is_usable(world):
        raise Fail(f"vm_open: {name} could not be opened: {NO_DEVICE}")
    return vm


def alive(vm: Vm) -> bool:
    pid = int(vm.get("pid") or 0)
    return bool(pid) and (pid < 0 or Path(f"/proc/{pid}").exists())


def order(world: World, name: str) -> Path:
    """Where a guest is told what to do."""
    return world.folder / "orders" / name.replace("/", "%")


def tell(world: World, name: str, what: str) -> None:
    """What happens to a guest; one without a process of its own, in a replay, obeys at once."""
    vm = vms_of(world)[name]
    if vm["pid"] < 0:
        leave(world, name)
        return
    path = order(world, name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(what, encoding="utf-8")
    with world.let_go():
        for _try in range(100):
            if not Path(f"/proc/{vm['pid']}").exists():
                return
            time.sleep(0.05)


def leave(world: World, name: str) -> None:
    """bhyve has ended; its VM stays, and its interfaces are free."""
    for item in world.data.get("interfaces", ()):
        if item.get("opened") == vms_of(world)[name]["pid"]:
            item["opened"] = None
    vms_of(world)[name]["pid"] = 0


def run_guest(world: World, name: str, acpi: bool) -> int:
    """Stay until the guest ends. A guest without ACPI does not hear the power button, and TERM ends bhyve (pm.c)."""
    path = order(world, name)
    path.unlink(missing_ok=True)
    pressed: list[int] = []
    if acpi:
        signal.signal(signal.SIGTERM, lambda number, _frame: pressed.append(number))
    with world.let_go():
        while not path.exists() and not pressed:
            time.sleep(0.05)
            if pressed and (world.folder / "deaf").exists():
                pressed.clear()
        what = path.read_text(encoding="utf-8") if path.exists() else "poweroff"
    if name in vms_of(world):
        leave(world, name)
    if what == "destroyed":
        world.complain("vm_run error -1, errno 6")
    return EXITS[what]


def pid_of(world: World) -> int:
    """Replays have no processes: a number that cannot be one."""
    world.data["pids"] = world.data.get("pids", 21650) + 3
    return -int(world.data["pids"]) if world.data.get("inline") else os.getpid()
