# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The QEMU command line of a machine, and why each setting is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from labkit import places
from labkit.machines import SWITCHES, Machine

if TYPE_CHECKING:
    from pathlib import Path

Accel = Literal["kvm", "tcg"]

DOM0_MEMORY = "1280M"
DATA_DISK_SIZE = "8G"

# Emulated CPUs. Each missing feature is one that QEMU 7.2 (Debian 12) or Xen on TCG gets wrong:
#   cx16    after cmpxchg16b the flags can hold garbage (seen as 0484c086). Its NT bit makes the next iret fault: at
#           random, kernels die in do_sync_core. Linux's allocator uses the instruction all the time when it is there.
#   smap    QEMU 7.2's iret from ring 3 ignores it, a PV Dom0 dies at its first page fault
#   la57    five-level paging: slower, and never needed
#   xsave   TCG misses #NM for it, see eager-fpu below
#   rdtscp  SVM in TCG cannot decode it when intercepted: PVH guests die
CPU = {
    ("xen", "tcg"): "max,-cx16,-smap,-la57,-xsave,-rdtscp",
    ("plain", "tcg"): "max,-cx16,-smap,-la57",
    ("xen", "kvm"): "host",
    ("plain", "kvm"): "host",
}

XEN_ARGUMENTS = (
    f"dom0_mem={DOM0_MEMORY},max:{DOM0_MEMORY}",
    "dom0_max_vcpus=1",
    "console=com1",
    "com1=115200,8n1",
    "loglvl=warning",
    "guest_loglvl=warning",
    # Scrubbing would touch all memory: slow, and QEMU's process grows to its full size.
    "bootscrub=0",
    # Xen switches FPU registers lazily by trapping on first use. TCG misses that trap for some instructions and one
    # guest's registers leak into another: random crashes in Dom0 as soon as a guest runs. Eager switching has no trap.
    "spec-ctrl=eager-fpu",
)
KERNEL_ARGUMENTS = (
    "root=/dev/vda",
    "rw",
    "quiet",
    "net.ifnames=0",  # eth0, eth1, eth2 in the order of the cards below
    "mitigations=off",  # nothing to protect, and each costs time when emulated
    "panic=-1",
)


@dataclass(frozen=True)
class Boot:
    """What QEMU loads, and how it runs it."""

    image: Path  # directory with xen, vmlinuz and initrd.img
    accel: Accel


def shape(machine: Machine, boot: Boot) -> list[str]:
    """All that a snapshot depends on: it can only be restored into a QEMU started with the same."""
    argv = ["qemu-system-x86_64", "-name", f"hostwright-lab-{machine.name}", "-nodefaults", "-no-user-config"]
    # One virtual CPU: emulated with two, everything is slower and libxl's hotplug runs into its 40 s timeout.
    # tb-size: translated code may take this much memory (MiB) on top of the machine's; QEMU's default is 1024.
    argv += ["-M", "q35", "-accel", "kvm" if boot.accel == "kvm" else "tcg,tb-size=512"]
    argv += ["-cpu", CPU[machine.kind, boot.accel], "-smp", "1", "-m", str(machine.memory)]
    argv += ["-display", "none", "-rtc", "base=utc", "-no-reboot"]
    argv += ["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"]
    return argv + _kernel(machine, boot)


def _kernel(machine: Machine, boot: Boot) -> list[str]:
    kernel, initrd = boot.image / "vmlinuz", boot.image / "initrd.img"
    arguments = " ".join((*KERNEL_ARGUMENTS, machine.identity))
    if machine.kind == "plain":
        return ["-kernel", str(kernel), "-initrd", str(initrd), "-append", f"console=ttyS0 {arguments}"]
    # Multiboot: Xen is the kernel, Dom0's kernel with its arguments and its initrd are modules, separated by commas.
    # A comma inside an argument would have to be doubled; there is none.
    modules = f"{kernel} console=hvc0 {arguments},{initrd}"
    return ["-kernel", str(boot.image / "xen"), "-append", " ".join(XEN_ARGUMENTS), "-initrd", modules]


def devices(machine: Machine, port: int) -> list[str]:
    """Disks, cards and sockets. Their paths and ports may differ from one start to the next, their order may not."""
    directory, sockets = places.machine_dir(machine.name), places.sockets()
    argv: list[str] = []
    for name in ("root", "data"):
        # unsafe: a machine lives as long as its QEMU, a lost write of a lost machine is no loss
        drive = f"if=none,id={name},format=qcow2,cache=unsafe,discard=unmap,file={directory}/{name}.qcow2"
        argv += ["-drive", drive, "-device", f"virtio-blk-pci,drive={name},serial=lab-{name}"]
    # restrict: nothing of the outside is reachable, a test cannot depend on it by accident
    user = f"user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22"
    argv += ["-netdev", user, "-device", f"virtio-net-pci,netdev=net0,mac={machine.mac(0)},romfile="]
    for card, switch in enumerate(SWITCHES, start=1):
        argv += ["-netdev", f"vde,id=net{card},sock={sockets / switch}"]
        argv += ["-device", f"virtio-net-pci,netdev=net{card},mac={machine.mac(card)},romfile="]
    console = f"socket,id=console,server=on,wait=off,path={sockets}/{machine.name}.console"
    argv += ["-chardev", f"{console},logfile={directory}/console.log", "-serial", "chardev:console"]
    return argv + ["-qmp", f"unix:{sockets}/{machine.name}.qmp,server=on,wait=off"]
