# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest is made of, in one record for both its configuration file and what runs. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import Disk, parse_disk, read_disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.nic import Nic, parse_nic, read_nic
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import Document, Value, as_int

Cpus = t.Union[str, t.Tuple[str, ...]]
ACTIONS = (
    "destroy",
    "restart",
    "rename-restart",
    "preserve",
    "coredump-destroy",
    "coredump-restart",
    "soft-reset",
)
# Options by the key that they have in xl.cfg
KEYS: t.Mapping[str, str] = {
    "type": "type",
    "kernel": "kernel",
    "ramdisk": "ramdisk",
    "extra": "extra",
    "root": "root",
    "bootloader": "bootloader",
    "bootloader_args": "bootloader_args",
    "firmware": "firmware",
    "memory": "memory",
    "max_memory": "maxmem",
    "vcpus": "vcpus",
    "max_vcpus": "maxvcpus",
    "cpu_weight": "cpu_weight",
    "cap": "cap",
    "cpus": "cpus",
    "pool": "pool",
    "on_poweroff": "on_poweroff",
    "on_reboot": "on_reboot",
    "on_crash": "on_crash",
    "uuid": "uuid",
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """A guest's settings with xl's defaults filled in; memory in MiB. ``cpus`` of what runs is that of its start."""

    type: str = "pv"
    kernel: str | None = None
    ramdisk: str | None = None
    extra: str | None = None
    root: str | None = None
    cmdline: str | None = None
    bootloader: str | None = None
    bootloader_args: tuple[str, ...] = ()
    firmware: str | None = None
    memory: int | None = None
    max_memory: int | None = None
    vcpus: int = 1
    max_vcpus: int = 1
    cpu_weight: int = 256
    cap: int = 0
    cpus: Cpus = "all"
    pool: str = "Pool-0"
    on_poweroff: str = "destroy"
    on_reboot: str = "restart"
    on_crash: str = "destroy"
    uuid: str | None = None
    disks: tuple[Disk, ...] = ()
    nics: tuple[Nic, ...] = ()

    def disk(self, vdev: str) -> Disk | None:
        return next((disk for disk in self.disks if disk.vdev == vdev), None)

    def nic(self, mac: str | None) -> Nic | None:
        return next((nic for nic in self.nics if nic.mac == mac), None)


def read_settings(document: Document) -> Settings:
    """What xl would make of a configuration file."""

    def text(key: str) -> str | None:
        value = document.get(key)
        return None if value is None or isinstance(value, tuple) else str(value)

    def number(key: str) -> int | None:
        value = document.get(key)
        found = as_int(value)
        if value is not None and found is None:
            raise Problem(f"{document.path}: {key} is {value!r}, not a number; correct the file by hand")
        return found

    memory, vcpus = number("memory"), max(number("vcpus") or 1, 1)
    args = document.get("bootloader_args")
    return Settings(
        type=text("type") or ("hvm" if text("builder") == "hvm" else "pv"),
        **{key: text(key) for key in ("kernel", "ramdisk", "extra", "root", "bootloader", "firmware")},
        cmdline=text("cmdline") or make_cmdline(text("root"), text("extra")),
        bootloader_args=tuple(map(str, args)) if isinstance(args, tuple) else tuple(str(args or "").split()),
        memory=memory,
        max_memory=memory if number("maxmem") is None else number("maxmem"),
        vcpus=vcpus,
        max_vcpus=number("maxvcpus") or vcpus,
        cpu_weight=number("cpu_weight") or 256,
        cap=number("cap") or 0,
        cpus=_read_cpus(document.get("cpus")),
        pool=text("pool") or "Pool-0",
        on_poweroff=text("on_poweroff") or "destroy",
        on_reboot=text("on_reboot") or "restart",
        on_crash=text("on_crash") or "destroy",
        uuid=(text("uuid") or "").lower() or None,
        disks=tuple(parse_disk(spec) for spec in list_specs(document, "disk")),
        nics=tuple(parse_nic(spec) for spec in list_specs(document, "vif")),
    )


def list_specs(document: Document, key: str) -> tuple[str, ...]:
    """The device specifications under one key."""
    value = document.get(key)
    if value is None:
        return ()
    if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
        raise Problem(f"{document.path}: {key} must be a list of quoted texts; correct the file by hand")
    return value


def make_cmdline(root: str | None, extra: str | None) -> str | None:
    """The kernel's command line, as xl joins it."""
    words = [f"root={root}" if root else "", extra or ""]
    return " ".join(filter(None, words)) or None


def _read_cpus(value: Value | None) -> Cpus:
    if isinstance(value, tuple):
        return tuple(str(item) for item in value)
    return "all" if value in (None, "") else str(value)


def read_running(config: t.Mapping[str, t.Any], pool: str = "Pool-0") -> Settings:
    """The ``config`` part of ``xl list -l``; libxl leaves defaults out of it."""
    about, build = config.get("c_info", {}), config.get("b_info", {})
    scheduling = build.get("sched_params", {})
    return Settings(
        type=about.get("type", "pv"),
        **{key: build.get(key) for key in ("kernel", "ramdisk", "cmdline", "bootloader")},
        bootloader_args=tuple(build.get("bootloader_args") or ()),
        memory=_mebi(build.get("target_memkb")),
        max_memory=_mebi(build.get("max_memkb")),
        vcpus=len(build.get("avail_vcpus", [0])),
        max_vcpus=build.get("max_vcpus", 1),
        cpu_weight=scheduling.get("weight", 256),
        cap=scheduling.get("cap", 0),
        pool=pool,
        on_poweroff=_action(config.get("on_poweroff")),
        on_reboot=_action(config.get("on_reboot")),
        on_crash=_action(config.get("on_crash")),
        uuid=about.get("uuid"),
        disks=tuple(read_disk(entry) for entry in config.get("disks", ())),
        nics=tuple(read_nic(entry) for entry in config.get("nics", ())),
    )


def _mebi(kibi: int | None) -> int | None:
    return None if kibi is None else (kibi + 512) // 1024


def _action(word: str | None) -> str:
    """libxl writes restart_rename for xl's rename-restart, and nothing for destroy."""
    return {"restart_rename": "rename-restart"}.get(word or "", (word or "destroy").replace("_", "-"))


@dataclasses.dataclass(frozen=True)
class Processors:
    """The host's CPUs and the NUMA node of each."""

    nodes: tuple[int, ...]

    def expand(self, spec: str) -> frozenset[int]:
        """The CPUs of ``0-3,^2,node:1`` or ``all``; raises Problem for what names none."""
        chosen: set[int] = set()
        for word in filter(None, spec.replace(" ", "").split(",")):
            match = re.fullmatch(r"(\^?)(nodes?:)?(?:(all)|(\d+)(?:-(\d+))?)", word)
            if match is None:
                raise Problem(f"cpus {spec!r} is not a list of CPUs: write it like 0-3,^2 or all")
            negative, node, everything, first, last = match.groups()
            span = range(int(first or 0), int(last or first or 0) + 1)
            found = {cpu for cpu, place in enumerate(self.nodes) if everything or (place if node else cpu) in span}
            chosen = chosen - found if negative else chosen | found
        if not chosen:
            raise Problem(f"cpus {spec!r} names none of the {len(self.nodes)} CPUs of this host")
        return frozenset(chosen)
