# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IQNs, portals and CHAP words: what may be typed, and how each tool spells it."""

from __future__ import annotations

import dataclasses
import ipaddress
import re

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

DEFAULT_PORT = 3260
LONGEST_NAME = 223  # RFC 3720
_IQN = re.compile(r"iqn\.[0-9]{4}-(0[1-9]|1[0-2])\.[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[a-z0-9.:_-]+)?")
_EUI = re.compile(r"eui\.[0-9a-f]{16}|naa\.(?:[0-9a-f]{16}|[0-9a-f]{32})")


def parse_iscsi_name(value: str, what: str) -> str:
    """An iSCSI name in lower case (initiators and targets compare it byte by byte)."""
    name = value.strip().lower()
    if len(name) > LONGEST_NAME:
        raise Problem(f"{what} {name[:30]!r}... is too long: {len(name)} characters, at most {LONGEST_NAME}")
    if not (_IQN.fullmatch(name) or _EUI.fullmatch(name)):
        raise Problem(
            f"{what} {value!r} is not an iSCSI name: give one like iqn.2026-01.org.example:bay, or eui. or naa. "
            "with hexadecimal digits"
        )
    return name


@dataclasses.dataclass(frozen=True, order=True)
class Portal:
    """An address and a TCP port, the address in its shortest spelling and without brackets."""

    address: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        """As users, iscsiadm, tgtadm and LIO spell it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def wildcard(self) -> bool:
        return self.address in ("0.0.0.0", "::")

    @property
    def path_id(self) -> str:
        """As udev's path_id spells it: IPv6 without brackets, as the kernel prints the address."""
        return f"{self.address}:{self.port}"


def parse_portal(value: str, port: int = DEFAULT_PORT, what: str = "portal") -> Portal:
    """``10.0.0.1``, ``10.0.0.1:3260``, ``fd00::1``, ``[fd00::1]`` or ``[fd00::1]:3260``."""
    text = value.strip()
    match = re.fullmatch(r"\[([^\]]+)\](?::([0-9]+))?|([^:]+)(?::([0-9]+))?", text)
    address, number = text, str(port)
    if match:
        address = match.group(1) or match.group(3)
        number = match.group(2) or match.group(4) or number
    try:
        short = str(ipaddress.ip_address(address))
    except ValueError:
        raise Problem(
            f"{what} {value!r} is not an address: give an IPv4 or IPv6 address, like 10.0.0.2:3260 or [fd00::2]:3260"
        ) from None
    if not 0 < int(number) < 65536:
        raise Problem(f"{what} {value!r}: port {number} is not between 1 and 65535")
    return Portal(short, int(number))


def parse_lun(value: int | None, longest: int = 16383) -> int | None:
    if value is not None and not 0 <= value <= longest:
        raise Problem(f"lun {value} is not between 0 and {longest}")
    return value


def parse_chap_word(value: str | None, what: str, secret: bool = False) -> str:
    """A user or a secret that every tool's file can hold: printable ASCII without spaces, quotes, backslash or #."""
    word = value or ""
    shown = "it" if secret else repr(word)
    if re.search(r"[^!-~]|[\"'\\#]", word):
        raise Problem(f"{what}: {shown} may only hold printable ASCII without spaces, quotes, backslash or #")
    if len(word) > 255:
        raise Problem(f"{what} is too long: {len(word)} characters, at most 255")
    if word.startswith("NULL"):  # LIO takes it for "unset"
        raise Problem(f"{what} must not begin with NULL")
    return word


def escape_udev(text: str) -> str:
    """Text for a udev match value; the characters that udev takes for patterns are what iSCSI names cannot hold."""
    if re.search(r'["*?\[\]|\\\n]', text):
        raise Problem(f"{text!r} cannot be used in a udev rule")
    return text
