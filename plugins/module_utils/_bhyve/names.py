# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names: of keys that bhyve_config(5) knows, of files and folders, and of what a guest may be called. Private; data."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_name, parse_path


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONFIGS = "/usr/local/etc/bhyve"
STORE = "/var/db/bhyve"
STATE = "/var/run/hostwright_bhyve"
VMM = "/dev/vmm"
LOGS = "/var/log/bhyve"
RUNNER = "/usr/local/libexec/hostwright_bhyve"
RC_SCRIPT = "/usr/local/etc/rc.d/hostwright_bhyve"
FIRMWARE = "/usr/local/share/uefi-firmware"
FIRMWARES: t.Mapping[str, str] = {
    "uefi": f"{FIRMWARE}/BHYVE_UEFI.fd",
    "uefi-csm": f"{FIRMWARE}/BHYVE_UEFI_CSM.fd",
}
FIRMWARE_VARS = f"{FIRMWARE}/BHYVE_UEFI_VARS.fd"
OURS = "hostwright."  # keys of ours; bhyve passes over variables that it does not know
# A VM is a file in /dev/vmm; VM_MAX_NAMELEN was 32 up to FreeBSD 13, and interfaces are described by the name
LONGEST_NAME = 31
HELPER = "system."  # processes of a guest with a share have such names, and are no guests

# bhyve_config(5) of FreeBSD 15.1, and those that its parser of the command line sets
GLOBAL_KEYS = words(
    "name cpus cores threads sockets acpi_tables acpi_tables_in_memory destroy_on_poweroff uuid virtio_msix bootrom"
    " bootvars console fdt.bootargs pci.enable_bars"
    " memory.size memory.wired memory.guest_in_core gdb.address gdb.port gdb.wait keyboard.layout"
    " rtc.use_localtime bios.vendor bios.version bios.release_date system.family_name system.manufacturer"
    " system.product_name system.serial_number system.sku system.version board.manufacturer board.product_name"
    " board.version board.serial_number board.asset_tag board.location chassis.manufacturer chassis.version"
    " chassis.serial_number chassis.asset_tag chassis.sku x86.mptable x86.x2apic x86.strictio x86.strictmsr"
    " x86.verbosemsr x86.vmexit_on_hlt x86.vmexit_on_pause lpc.bootrom lpc.bootvars lpc.fwcfg lpc.pc-testdev"
    " lpc.com1.path lpc.com2.path lpc.com3.path lpc.com4.path tpm.type tpm.path tpm.version tpm.intf"
)
_PATTERNS = (
    r"pci\.[0-9]{1,3}\.[0-9]{1,2}\.[0-7]\.[A-Za-z0-9_]+(\.[A-Za-z0-9_-]+)*",
    r"vcpu\.[0-9]+\.cpuset",
    r"domains\.[0-9]+\.(size|cpus|domain_policy)",
    r"lpc\.pcireg\.[a-z]+",
)


def check_guest_name(value: str) -> str:
    if value.startswith(HELPER):
        raise Problem(f"name {value[:40]!r} cannot be used: bhyve has helpers whose names begin with {HELPER}")
    return parse_name(value, "name", longest=LONGEST_NAME, more="._-")


def check_key(key: t.Any, what: str) -> str:
    """A key that bhyve knows: it takes any other without a word."""
    text = str(key)
    if text not in GLOBAL_KEYS and not any(re.fullmatch(pattern, text) for pattern in _PATTERNS):
        hint = nearest(text, GLOBAL_KEYS) or "; see bhyve_config(5)"
        raise Problem(f"{what}: bhyve knows no key {text[:60]!r}{hint}")
    return text


def check_line(value: t.Any, what: str, bad: str = "") -> str:
    """One line that means the same to the program as to the user."""
    if isinstance(value, (dict, list)):
        raise Problem(f"{what} must be one text, not {value!r}")
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if not text or not text.isprintable() or text != text.strip() or len(text) > 1000:
        raise Problem(f"{what} {text[:60]!r} cannot be one line of its file: no line breaks, no blanks around it")
    for char in bad:
        if char in text:
            raise Problem(f"{what} {text[:60]!r} cannot have {char!r} in it")
    return text


def check_path(value: t.Any, what: str) -> str:
    return parse_path(check_line(value, what, bad='%\\"#'), what)


def check_words(value: str, what: str, pattern: str, like: str) -> str:
    if not re.fullmatch(pattern, value):
        raise Problem(f"{what} {value[:60]!r} must be like {like}")
    return value
