# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host is, what it can do, and what it lacks for more. Private; nothing is changed."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import to_int

SYSCTL = (
    *("sysctl", "-e", "kern.hostname", "kern.osrelease", "hw.model", "hw.ncpu", "hw.physmem", "hw.pagesize"),
    *("vm.stats.vm.v_free_count", "vm.stats.vm.v_inactive_count", "kern.racct.enable", "kern.features.vimage"),
    *("hw.vmm.vmx.initialized", "hw.vmm.svm.features"),
)
ZPOOLS = ("zpool", "list", "-Hp", "-o", "name,size,free,health")
VGS = (*("vgs", "--noheadings", "--nosuffix", "--units", "b", "--separator", "|"), *("-o", "vg_name,vg_size,vg_free"))
ANY = tuple(range(256))
# What brings a tool: the Debian package, and the FreeBSD package or (base) for its base system
PACKAGES: t.Mapping[str, tuple[str, str]] = {
    "jls": ("", "(base)"),
    "jail": ("", "(base)"),
    "jexec": ("", "(base)"),
    "rctl": ("", "(base)"),
    "bhyve": ("", "(base)"),
    "bhyvectl": ("", "(base)"),
    "vm": ("", "vm-bhyve"),
    "iocage": ("", "py311-iocage"),
    "bastille": ("", "bastille"),
    "xl": ("xen-system-amd64", ""),
    "lxc-ls": ("lxc", ""),
    "machinectl": ("systemd-container", ""),
    "systemd-nspawn": ("systemd-container", ""),
    "virsh": ("libvirt-clients, and libvirt-daemon-system for the service", "libvirt"),
    "qemu-system-x86_64": ("qemu-system-x86", "qemu"),
    "qemu-img": ("qemu-utils", "qemu-tools"),
    "lxc": ("lxd", ""),
    "incus": ("incus", ""),
    "docker": ("docker.io", ""),
    "zfs": ("zfsutils-linux and zfs-dkms", "(base)"),
    "lvs": ("lvm2", ""),
    "ovs-vsctl": ("openvswitch-switch", "openvswitch"),
    "targetcli": ("targetcli-fb", ""),
    "iscsiadm": ("open-iscsi", ""),
    "debootstrap": ("debootstrap", "debootstrap"),
    "mmdebstrap": ("mmdebstrap", ""),
}


def ask(host: Host, *argv: str) -> str:
    """What a command printed, or nothing when it could not be run."""
    try:
        return host.query(argv, ok=ANY).out if host.has(argv[0]) else ""
    except Problem:
        return ""


def read_machine(host: Host) -> dict[str, t.Any]:
    """The machine itself: system, processors, memory, storage, and what the kernel offers guests."""
    uname = ask(host, "uname", "-a").split()
    freebsd = uname[:1] == ["FreeBSD"]
    kernel = _read_freebsd(host) if freebsd else _read_linux(host)
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', host.read("/etc/os-release") or "", re.MULTILINE))
    return {
        "system": uname[0] if uname else None,
        "os": release.get("ID"),
        "os_version": release.get("VERSION_ID"),
        "kernel": uname[2] if len(uname) > 2 else None,
        "architecture": next((w for w in uname if w in ("x86_64", "amd64", "aarch64", "arm64", "riscv64")), None),
        **kernel,
        "pools": list(read_pools(ask(host, *ZPOOLS))),
        "volume_groups": list(read_groups(ask(host, *VGS))),
        "tools": {name: host.has(name) for name in PACKAGES},
    }


def _read_linux(host: Host) -> dict[str, t.Any]:
    memory = dict(re.findall(r"^(\w+):\s+(\d+) kB", host.read("/proc/meminfo") or "", re.MULTILINE))
    mounts = [line.split()[1:3] for line in (host.read("/proc/mounts") or "").splitlines() if line.count(" ") > 2]
    version = 2 if ["/sys/fs/cgroup", "cgroup2"] in mounts else 1 if any("cgroup" in kind for _p, kind in mounts) else 0
    return {
        "node": (host.read("/proc/sys/kernel/hostname") or "").strip() or None,
        "cpus": to_int(ask(host, "nproc").strip()),
        "memory": {"total": _mebi(memory.get("MemTotal"), 1024), "free": _mebi(memory.get("MemAvailable"), 1024)},
        "cgroup": {
            "version": version,
            "controllers": (host.read("/sys/fs/cgroup/cgroup.controllers") or "").split(),
        },
        "features": {
            "kvm": host.exists("/dev/kvm"),
            "xen": (host.read("/sys/hypervisor/type") or "").strip() == "xen",
            "systemd": host.exists("/run/systemd/system"),
        },
    }


def _read_freebsd(host: Host) -> dict[str, t.Any]:
    values = dict(re.findall(r"^([\w.]+)=(.*)$", ask(host, *SYSCTL), re.MULTILINE))
    page = to_int(values.get("hw.pagesize")) or 4096
    free = [to_int(values.get(f"vm.stats.vm.v_{kind}_count")) or 0 for kind in ("free", "inactive")]
    return {
        "node": values.get("kern.hostname"),
        "cpus": to_int(values.get("hw.ncpu")),
        "memory": {"total": _mebi(values.get("hw.physmem"), 1), "free": sum(free) * page >> 20},
        "cgroup": {"version": 0, "controllers": []},
        "features": {
            "racct": values.get("kern.racct.enable") == "1",
            "vnet": values.get("kern.features.vimage") == "1",
            "vmm": host.exists("/dev/vmm") or "hw.vmm.vmx.initialized" in values,
        },
    }


def _mebi(text: str | None, unit: int) -> int | None:
    number = to_int(text)
    return None if number is None else number * unit >> 20


def read_pools(text: str) -> t.Iterator[dict[str, t.Any]]:
    for line in text.splitlines():
        words = line.split("\t")
        if len(words) == 4:
            yield {"name": words[0], "size": to_int(words[1]), "free": to_int(words[2]), "health": words[3]}


def read_groups(text: str) -> t.Iterator[dict[str, t.Any]]:
    for line in text.splitlines():
        words = line.strip().split("|")
        if len(words) == 3:
            yield {"name": words[0], "size": to_int(words[1]), "free": to_int(words[2])}
