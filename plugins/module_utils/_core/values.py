# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spellings of sizes, switches, durations and names, parsed strictly and in one place."""

from __future__ import annotations

import difflib
import re
import typing as t
from fractions import Fraction

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

UNITS = "BKMGTPEZ"
_SIZE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[BKMGTPEZ]?)(?:I?B)?", re.IGNORECASE)
_DURATION = re.compile(r"(?P<number>[0-9]+)\s*(?P<unit>[smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUE, _FALSE = ("on", "yes", "true", "1"), ("off", "no", "false", "0")


def parse_size(value: str | int, bare: str, what: str = "size", zero: bool = False) -> int:
    """Bytes of ``2G``, ``512 MiB``, ``1.5T`` or a bare whole number, which counts in ``bare`` (a letter of UNITS).

    Units are powers of 1024 in every spelling. Raises Problem for zero (unless ``zero``), for less, for a fraction
    without a unit or of a byte, and for anything else.
    """
    text = str(value).strip()
    match = _SIZE.fullmatch(text)
    if match is None or isinstance(value, bool):
        raise Problem(f"{what} {value!r} is not a size: give a number with a unit, like 512M or 2G")
    unit = match.group("unit").upper()
    if not unit and "." in text:
        raise Problem(f"{what} {value!r} is ambiguous: give a whole number or add a unit, like 1.5G")
    plain_bytes = not unit and text[-1] in "bB"
    size = Fraction(match.group("number")) * 1024 ** UNITS.index("B" if plain_bytes else unit or bare)
    if size.denominator != 1:
        raise Problem(f"{what} {value!r} is not a whole number of bytes")
    if size == 0 and not zero:
        raise Problem(f"{what} must be greater than zero, not {value!r}")
    return int(size)


def render_size(size: int) -> str:
    """The shortest exact spelling of bytes, in powers of 1024."""
    power = 0
    while size and size % 1024 == 0 and power < len(UNITS) - 1:
        size, power = size // 1024, power + 1
    return f"{size}{UNITS[power] if power else ''}"


def parse_switch(value: str | bool | int, what: str = "value") -> bool:
    """True or False of on/off, yes/no, true/false, 1/0."""
    text = str(value).lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise Problem(f"{what} {value!r} is neither on nor off")


def parse_duration(value: str | int, what: str = "duration") -> int:
    """Seconds of ``90``, ``90s``, ``5m``, ``2h`` or ``1d``."""
    match = _DURATION.fullmatch(str(value).strip())
    if match is None or isinstance(value, bool):
        raise Problem(f"{what} {value!r} is not a duration: give seconds, or a number with s, m, h or d")
    return int(match.group("number")) * _SECONDS[match.group("unit")]


def parse_name(value: str, what: str = "name", longest: int = 64, more: str = "._+-") -> str:
    """A name that no tool can take for an option, a path or two words: ASCII letters, digits and ``more`` inside."""
    pattern = rf"[A-Za-z0-9_][A-Za-z0-9{re.escape(more)}]*"
    if not re.fullmatch(pattern, value) or ".." in value:
        allowed = " ".join(more)
        raise Problem(f"{what} {value!r} cannot be used: letters, digits, _ and inside also {allowed} (but not ..)")
    if len(value) > longest:
        raise Problem(f"{what} {value[:20]!r}... is too long: {len(value)} characters, at most {longest}")
    return value


def parse_path(value: str, what: str = "path") -> str:
    """An absolute path in one line that does not climb, without a slash at its end."""
    if not re.fullmatch(r"/[^\x00-\x1f\x7f-\x9f\u2028\u2029]*", value) or ".." in value.split("/"):
        raise Problem(f"{what} {value[:60]!r} must be an absolute path, without ..")
    return value.rstrip("/") or "/"


def nearest(word: str, valid: t.Iterable[str]) -> str:
    """`` (did you mean X?)`` for a mistyped word, or nothing."""
    close = difflib.get_close_matches(word, list(valid), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
