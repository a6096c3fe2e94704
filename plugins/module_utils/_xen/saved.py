# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the head of a file that ``xl save`` wrote: the guest's configuration at that time. Private."""

from __future__ import annotations

import json
import os
import struct
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

MAGIC = b"Xen saved domain, xl format\n \0 \r"
_HEAD = struct.Struct("<IIII")
_BYTE_ORDER = 0x01020304
_JSON = 1
_LARGEST = 4 * 1024 * 1024


def saved_api(method: str, path: str) -> t.Any:
    """``config``: the configuration in the form of ``xl list -l``; the memory of the guest is not read."""
    if method != "config":
        raise ValueError(method)
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as stream:
        return parse_saved(stream.read(_LARGEST), path)


def parse_saved(head: bytes, path: str) -> dict[str, t.Any]:
    start = len(MAGIC) + _HEAD.size
    if not head.startswith(MAGIC) or len(head) < start + 4:
        raise Problem(f"{path} is not a guest saved by xl: move it away")
    order, flags, _optional, length = _HEAD.unpack_from(head, len(MAGIC))
    (size,) = struct.unpack_from("<I", head, start)
    text = head[start + 4 : start + 4 + size].rstrip(b"\0")
    try:
        config = json.loads(text) if order == _BYTE_ORDER and flags & _JSON and size <= length else None
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise Problem(f"{path} was saved in a form that is not known here: start the guest with xl restore")
    return config
