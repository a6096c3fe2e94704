# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small ISO 9660 image with a few files, names in Joliet; the same files give the same bytes. Private; pure.

ECMA-119 has the format. cloud-init finds the image by its label and reads the files that lie in it.
"""

from __future__ import annotations

import struct
import typing as t

SECTOR = 2048
# Where the parts are: two descriptors and their end, tables of paths, a folder for each kind of names, then the files
_PATHS, _FOLDERS, _FILES = (19, 21), (23, 24), 25
_DATE = bytes((126, 1, 1, 0, 0, 0, 0))  # 2026-01-01: a real one would change the image from run to run
_LONG_DATE = b"2026010100000000\x00"
_NO_DATE = b"0" * 16 + b"\x00"


def build(label: str, files: t.Mapping[str, bytes]) -> bytes:
    names = sorted(files)
    places, place = {}, _FILES
    for name in names:
        places[name] = place
        place += _sectors(len(files[name]))
    total = place
    parts = [bytes(16 * SECTOR)]
    parts += [_descriptor(kind, label, total) for kind in (0, 1)]
    parts.append(_pad(b"\xffCD001\x01"))
    for kind in (0, 1):
        parts += [_pad(_path_table(kind, order)) for order in "<>"]
    for kind in (0, 1):
        root = [_record(b"\x00", _FOLDERS[kind], SECTOR, 2), _record(b"\x01", _FOLDERS[kind], SECTOR, 2)]
        spelled = sorted((_spell(kind, name), name) for name in names)
        root += [_record(word, places[name], len(files[name]), 0) for word, name in spelled]
        parts.append(_pad(b"".join(root)))
    parts += [_pad(files[name]) for name in names]
    return b"".join(parts)


def _sectors(size: int) -> int:
    return -(-size // SECTOR)


def _pad(data: bytes) -> bytes:
    return data + bytes(_sectors(len(data)) * SECTOR - len(data))


def _spell(kind: int, name: str) -> bytes:
    """Joliet has the name itself, the plain kind capitals that every system can read."""
    if kind:
        return name.encode("utf-16-be")
    return name.upper().replace("-", "_").encode("ascii")[:30] + b".;1"


def _both(number: int, size: str) -> bytes:
    return struct.pack("<" + size, number) + struct.pack(">" + size, number)


def _record(name: bytes, place: int, size: int, flags: int) -> bytes:
    middle = _both(place, "I") + _both(size, "I") + _DATE + bytes((flags, 0, 0)) + _both(1, "H")
    record = b"\x00" + middle + bytes((len(name),)) + name
    record += bytes((len(record) + 1) % 2)
    return bytes((len(record) + 1,)) + record


def _path_table(kind: int, order: str) -> bytes:
    return struct.pack(order + "BBIH", 1, 0, _FOLDERS[kind], 1) + b"\x00\x00"


def _descriptor(kind: int, label: str, total: int) -> bytes:
    def text(value: str, length: int) -> bytes:
        if kind:
            return (value.encode("utf-16-be") + b"\x00 " * length)[: length // 2 * 2].ljust(length, b"\x00")
        return value.encode("ascii").ljust(length)[:length]

    data = bytes((1 + kind,)) + b"CD001\x01\x00" + text("", 32) + text(label, 32) + bytes(8)
    data += _both(total, "I") + (b"%/E" if kind else b"").ljust(32, b"\x00")
    data += _both(1, "H") + _both(1, "H") + _both(SECTOR, "H") + _both(len(_path_table(kind, "<")), "I")
    data += struct.pack("<II", _PATHS[kind], 0) + struct.pack(">II", _PATHS[kind] + 1, 0)
    data += _record(b"\x00", _FOLDERS[kind], SECTOR, 2)
    data += b"".join(text("", length) for length in (128, 128, 128, 128, 37, 37, 37))
    return _pad(data + _LONG_DATE * 2 + _NO_DATE * 2 + b"\x01")
