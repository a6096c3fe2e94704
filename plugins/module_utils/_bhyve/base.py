# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declaration in the words of bhyve_config(5): which keys it sets, given those that are there. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.base_devices import device_edits
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import Values
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import (
    FIRMWARES,
    GLOBAL_KEYS,
    OURS,
    check_key,
    words,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.pci import Bus
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest, rule_of
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_size, render_size

# What a new guest has of which its task says nothing
_NEW: t.Mapping[str, t.Any] = {
    "cpu": 1,
    "memory": 512 * 2**20,
    "loader": "uefi",
    "utctime": True,
    "comports": ("com1",),
}
_FIXED: t.Mapping[str, str] = {
    "acpi_tables": "true",
    "x86.strictmsr": "false",
    "x86.vmexit_on_hlt": "true",
    "x86.vmexit_on_pause": "true",
    "pci.0.0.0.device": "hostbridge",
    "pci.0.31.0.device": "lpc",
}
_KEYS: t.Mapping[str, str] = {
    "cpu": "cpus",
    "cpu_sockets": "sockets",
    "cpu_cores": "cores",
    "cpu_threads": "threads",
    "uuid": "uuid",
    "grub_run_partition": f"{OURS}grub.partition",
    "grub_run_dir": f"{OURS}grub.dir",
}
# Keys that are options of the module; giving them in config too would be two opinions
_TAKEN: t.Mapping[str, str] = {
    **{key: option for option, key in _KEYS.items() if key in GLOBAL_KEYS},
    "name": "name",
    "memory.size": "memory",
    "memory.wired": "wired_memory",
    "rtc.use_localtime": "utctime",
    **dict.fromkeys(("bootrom", "lpc.bootrom"), "loader"),
    **dict.fromkeys(("bootvars", "lpc.bootvars"), "uefi_vars"),
    **{f"lpc.com{number}.path": "comports" for number in range(1, 5)},
    **dict.fromkeys(("tpm.type", "tpm.path", "tpm.version"), "tpm"),
}
_YES, _NO = words("true on yes 1"), words("false off no 0")
_SWITCHES = words(
    "acpi_tables acpi_tables_in_memory destroy_on_poweroff enable_bars virtio_msix wired guest_in_core wait mptable"
    " use_localtime x2apic strictio strictmsr verbosemsr vmexit_on_hlt vmexit_on_pause pc-testdev nocache nodelete"
    " direct sync ro"
)


def base_edits(values: Values, have: Have, want: WantGuest) -> dict[str, str | None]:
    """What each key that the task names must have, None for nothing; one that means the same already is as it is."""
    fresh = not values
    plain = {**(_NEW if fresh else {}), **want.plain}
    edits: dict[str, str | None] = {}
    if fresh:
        edits.update({"name": want.name, **_FIXED})
    edits.update(_plain_edits(values, have, want, plain))
    for resource, amount in want.limits.items():
        edits[f"{OURS}limits.{resource}"] = None if amount is None else rule_of(resource, amount).partition(":")[2]
    for option in ("start_order", "start_delay"):
        number = getattr(want, option)
        if number is not None:
            edits[OURS + option] = str(number)
    edits.update(_config_edits(want))
    edits.update(device_edits(Bus(values, edits), have, want))
    return {key: values.get(key) if same(key, values.get(key), value) else value for key, value in edits.items()}


def _plain_edits(
    values: Values, have: Have, want: WantGuest, plain: t.Mapping[str, t.Any]
) -> t.Iterator[tuple[str, str | None]]:
    for option, key in _KEYS.items():
        if option in plain:
            yield key, str(plain[option])
    if "memory" in plain:
        yield "memory.size", render_size(plain["memory"])
    if "wired_memory" in plain or want.passthru:
        yield "memory.wired", "true" if plain.get("wired_memory", True) or want.passthru else "false"
    if "utctime" in plain:
        yield "rtc.use_localtime", "false" if plain["utctime"] else "true"
    yield from _loader_edits(values, have, want, plain)
    yield from _line_edits(values, want, plain)
    if want.tpm is not None:
        yield from zip(("tpm.type", "tpm.path", "tpm.version"), want.tpm)


def _line_edits(values: Values, want: WantGuest, plain: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, str | None]]:
    """Serial ports, and what grub is told: all of them."""
    if "comports" in plain:
        for number in range(1, 5):
            on = f"com{number}" in plain["comports"]
            yield f"lpc.com{number}.path", f"/dev/nmdm-{want.name}-{number}A" if on else None
    if "grub_commands" in plain:
        there = [key for key in values if re.fullmatch(rf"{re.escape(OURS)}grub\.command\.[0-9]+", key)]
        yield from dict.fromkeys(there).items()
        yield from ((f"{OURS}grub.command.{number}", line) for number, line in enumerate(plain["grub_commands"]))


def _loader_edits(
    values: Values, have: Have, want: WantGuest, plain: t.Mapping[str, t.Any]
) -> t.Iterator[tuple[str, str | None]]:
    """FreeBSD 14 reads lpc.bootrom, 15 bootrom, and each passes over the other."""
    loader = "uefi-custom" if "firmware" in plain else plain.get("loader")
    if loader is not None:
        rom = plain.get("firmware") if loader == "uefi-custom" else FIRMWARES.get(loader)
        if loader == "uefi-custom" and rom is None:
            rom = values.get("bootrom") or values.get("lpc.bootrom")
            if rom is None:
                raise Problem(f"{want.name}: loader=uefi-custom needs firmware, the file of the firmware")
        yield f"{OURS}loader", loader
        yield "bootrom", rom
        yield "lpc.bootrom", rom
    if "uefi_vars" in plain:
        path = f"{have.folder}/uefi-vars.fd" if plain["uefi_vars"] else None
        yield "bootvars", path
        yield "lpc.bootvars", path


def _config_edits(want: WantGuest) -> t.Iterator[tuple[str, str | None]]:
    for key, value in want.config.items():
        check_key(key, f"{want.name}: config")
        if key in _TAKEN:
            raise Problem(f"{want.name}: config: {key} is the option {_TAKEN[key]}: give that instead")
        yield key, value


def check_base(values: Values, have: Have, want: WantGuest) -> None:
    """What bhyve would refuse at a start, of the file to be."""
    numbers = {
        key: int(values[key]) for key in ("cpus", "sockets", "cores", "threads") if values.get(key, "").isdigit()
    }
    cpus, cores, threads = numbers.get("cpus", 1), numbers.get("cores", 1), numbers.get("threads", 1)
    sockets = numbers.get("sockets", cpus)
    if "cpus" in numbers and sockets * cores * threads != cpus:
        raise Problem(
            f"{want.name}: {sockets} sockets, {cores} cores and {threads} threads are not {cpus} CPUs, and bhyve starts"
            " only when they agree: give cpu, cpu_sockets, cpu_cores and cpu_threads"
        )
    nodes = {key.rsplit(".", 1)[0] for key in values if "." in key}
    clash = next((key for key in values if key in nodes), None)
    if clash is not None:
        raise Problem(f"{want.name}: {clash} cannot have a value, for there are keys below it")
    if values.get(f"{OURS}loader") in ("bhyveload", "grub") and want.goes_up and not Bus(values, {}).disks():
        raise Problem(f"{want.name}: loader={values[f'{OURS}loader']} has no disk to load from")


def same(key: str, one: str | None, other: str | None) -> bool:
    """Whether two spellings mean the same to bhyve."""
    if one is None or other is None or one == other:
        return one == other
    if key == "memory.size":
        return _size(one) == _size(other)
    both = {one.lower(), other.lower()}
    return key.rsplit(".", 1)[-1] in _SWITCHES and (both <= _YES or both <= _NO)


def _size(text: str) -> int:
    try:
        number = parse_size(text, "B")
    except Problem:
        return 0
    # vm_parse_memsize(3): a small number without a unit counts megabytes
    return number * 2**20 if text.isdigit() and number < 2**20 else number
