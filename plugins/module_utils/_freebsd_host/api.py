# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``carp`` interface of the engine's host. Private.

ifconfig(8) takes the password of carp(4) as an argument, which every user of the host can read as long as it runs. So
the password goes to the kernel as ifconfig itself hands it on, by ioctl(2).
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

SIOCSVH = 0xC02069F5  # _IOWR('i', 245, struct ifreq) of netinet/ip_carp.h; a struct ifreq has 32 bytes
_REQUEST = "=iiiii20s"  # struct carpreq: count, vhid, state, advskew, advbase, key


def carp_api(method: str, *args: t.Any) -> t.Any:
    return {"set_key": set_key}[method](*args)


def set_key(interface: str, vhid: int, advskew: int, advbase: int, password: str) -> str:
    """Make the group, or change it. State 0 leaves it master or backup."""
    # An array has an address too, and ctypes is missing where Python was built without libffi.
    wanted = array.array("B", struct.pack(_REQUEST, 1, vhid, 0, advskew, advbase, password.encode()))
    request = struct.pack("=16sQ8x", interface.encode(), wanted.buffer_info()[0])
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            fcntl.ioctl(channel, SIOCSVH, request)
    except OSError as error:
        raise Problem(
            f"the kernel did not take vhid {vhid} on {interface}: {error.strerror}; is carp(4) loaded?"
        ) from None
    return ""
