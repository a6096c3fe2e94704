# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP accounts of tgt over its management socket: tgtadm would take the password as an argument, for all to read.

The request is what tgtadm 1.0.85 itself sends: a header of 120 bytes and ``user=NAME,password=WORD`` with a zero byte.
"""

from __future__ import annotations

import socket
import struct
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

SOCKET = "/var/run/tgtd/socket.0"
ACCOUNT, NEW, DELETE = 7, 0, 1
# mode, operation, driver, length of all, target, session, LUN, connection, host, device type, and what we leave zero
HEADER = struct.Struct("=ii64sIiQQI16x4x")
REPLY = struct.Struct("=II")
NOT_THERE = 10


def call(method: str, *args: t.Any) -> str:
    """Resource API: ``set_account`` with user and password."""
    if method != "set_account":
        raise Problem(f"tgt has no method {method}")
    user, password = args
    ask(DELETE, f"user={user}")  # an account cannot be changed; one that is not there is fine
    error = ask(NEW, f"user={user},password={password}")
    if error:
        raise Problem(f"tgtd does not take the CHAP account {user} (error {error})")
    return ""


def request(operation: int, words: str) -> bytes:
    data = words.encode() + b"\x00"
    header = bytearray(120)
    struct.pack_into("=ii64sIi", header, 0, ACCOUNT, operation, b"iscsi", 120 + len(data), -1)
    struct.pack_into("=Q", header, 88, 2**64 - 1)
    return bytes(header) + data


def ask(operation: int, words: str) -> int:
    """The daemon's error number, zero for none."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(10)
            link.connect(SOCKET)
            link.sendall(request(operation, words))
            reply = link.recv(REPLY.size, socket.MSG_WAITALL)
    except OSError as error:
        raise Problem(f"tgtd does not answer at {SOCKET} ({error}): does the service tgt run?") from None
    if len(reply) != REPLY.size:
        raise Problem(f"tgtd answered with {len(reply)} bytes at {SOCKET}")
    code: int = REPLY.unpack(reply)[0]
    return code
