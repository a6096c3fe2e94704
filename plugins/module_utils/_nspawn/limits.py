# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of a unit: from options to properties of systemd, and how systemctl show prints them. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_size

UNLIMITED = ("none", "max", "unlimited", "infinity")
# The property to set, the one that systemctl show prints, and the controller of cgroup v2 that it takes
PROPERTIES: t.Mapping[str, tuple[str, str, str]] = {
    "memory": ("MemoryMax", "MemoryMax", "memory"),
    "memory_high": ("MemoryHigh", "MemoryHigh", "memory"),
    "swap": ("MemorySwapMax", "MemorySwapMax", "memory"),
    "cpus": ("AllowedCPUs", "AllowedCPUs", "cpuset"),
    "cpu_quota": ("CPUQuota", "CPUQuotaPerSecUSec", "cpu"),
    "cpu_weight": ("CPUWeight", "CPUWeight", "cpu"),
    "pids": ("TasksMax", "TasksMax", "pids"),
    "io_weight": ("IOWeight", "IOWeight", "io"),
}
IO_PROPERTIES: t.Mapping[str, str] = {
    "read_bps": "IOReadBandwidthMax",
    "write_bps": "IOWriteBandwidthMax",
    "read_iops": "IOReadIOPSMax",
    "write_iops": "IOWriteIOPSMax",
}
SHOWN = (*(shown for _set, shown, _controller in PROPERTIES.values()), *IO_PROPERTIES.values())
_SPANS = {"us": 1, "ms": 1000, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6}


class WantLimit(t.NamedTuple):
    """``written``: the property to set, ``shown``: the one that systemctl show prints.

    ``value``: its canonical text, ``infinity`` for no limit.
    """

    option: str
    written: str
    shown: str
    value: str
    controller: str

    @property
    def arguments(self) -> list[str]:
        """For systemctl set-property; lists are emptied first, for they collect."""
        if self.shown in IO_PROPERTIES.values():
            return [f"{self.written}=", *(f"{self.written}={item}" for item in self.value.split(", ") if item)]
        return [f"{self.written}={self._spelled()}"]

    def _spelled(self) -> str:
        if self.value == "infinity" and self.option in ("cpus", "cpu_quota"):
            return ""
        if self.option == "cpu_quota":
            return f"{int(self.value) / 10**4:.10g}%"
        return self.value


def read_limits(name: str, params: t.Mapping[str, t.Any]) -> tuple[WantLimit, ...]:
    found = []
    for option, (written, shown, controller) in PROPERTIES.items():
        if params[option] is not None:
            value = _READERS[option](params[option], f"{name}: {option}")
            found.append(WantLimit(option, written, shown, value, controller))
    return (*found, *_read_io(name, params["io_limits"]))


def _read_io(name: str, given: t.Sequence[t.Mapping[str, t.Any]] | None) -> list[WantLimit]:
    """All four lists, so that what is not given is lifted."""
    if given is None:
        return []
    found: dict[str, list[str]] = {option: [] for option in IO_PROPERTIES}
    devices = [one["device"] for one in given]
    for one in given:
        device = one["device"]
        if not re.fullmatch(r"/dev/[^\x00-\x20\x7f\"'\\,]+", device) or ".." in device.split("/"):
            raise Problem(f"{name}: io_limits: device {device!r} must be a path below /dev, without blanks")
        if devices.count(device) > 1:
            raise Problem(f"{name}: io_limits: {device} is given twice")
        if all(one[option] is None for option in IO_PROPERTIES):
            raise Problem(f"{name}: io_limits: {device} has no limit: give {', '.join(IO_PROPERTIES)}")
        for option in IO_PROPERTIES:
            if one[option] is not None:
                what = f"{name}: io_limits: {device}: {option}"
                amount = parse_size(one[option], "B", what) if option.endswith("bps") else _whole(one[option], what)
                found[option].append(f"{device} {amount}")
    return [
        WantLimit("io_limits", prop, prop, ", ".join(sorted(found[option])), "io")
        for option, prop in IO_PROPERTIES.items()
    ]


def _whole(value: int, what: str) -> int:
    if not 1 <= value <= 2**40:
        raise Problem(f"{what} must be from 1 to {2**40}, not {value}")
    return value


def _read_size(value: str, what: str) -> str:
    """In whole pages, as the kernel counts."""
    if value.lower() in UNLIMITED:
        return "infinity"
    return str(parse_size(value, "M", what, zero=what.endswith("swap")) // 4096 * 4096)


def _read_pids(value: str, what: str) -> str:
    if value.lower() in UNLIMITED:
        return "infinity"
    if not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise Problem(f"{what} {value!r} is not a number of processes, nor none for no limit")
    return value


def _read_cpus(value: str, what: str) -> str:
    text = value.replace(" ", "")
    if text in ("", "all", "none"):
        return ""
    spans = [re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", word) for word in text.split(",")]
    if not all(span and int(span.group(1)) <= int(span.group(2) or span.group(1)) for span in spans):
        raise Problem(f"{what} {value!r} is not a list of CPUs: write it like 0-3,6, or all")
    return _cpus(text)


def _cpus(text: str) -> str:
    """The same CPUs always spelled the same."""
    numbers: set[int] = set()
    for word in re.split(r"[ ,]+", text.strip()):
        first, dash, last = word.partition("-")
        numbers |= set(range(int(first), int(last if dash else first) + 1))
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _read_quota(value: str, what: str) -> str:
    """Microseconds of CPU time in a second."""
    if value.lower() in UNLIMITED:
        return "infinity"
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", value) or not 0.01 <= float(value) <= 4096:
        raise Problem(f"{what} {value!r} is not a number of CPUs: write it like 0.5 or 2, or none")
    return str(round(float(value) * 10**6))


def _read_weight(value: int, what: str) -> str:
    if not 1 <= value <= 10000:
        raise Problem(f"{what} must be from 1 to 10000, not {value}")
    return str(value)


_READERS: t.Mapping[str, t.Callable[[t.Any, str], str]] = {
    "memory": _read_size,
    "memory_high": _read_size,
    "swap": _read_size,
    "cpus": _read_cpus,
    "cpu_quota": _read_quota,
    "cpu_weight": _read_weight,
    "pids": _read_pids,
    "io_weight": _read_weight,
}


def canonical(shown: str, text: str) -> str:
    """What systemctl show prints of a property, in the spelling of :class:`WantLimit`."""
    if shown == "AllowedCPUs":
        return _cpus(text) if text.strip() else ""
    if shown == "CPUQuotaPerSecUSec" and text != "infinity":
        parts = re.findall(r"([0-9.]+)(us|ms|s|min|h)\b", text)
        return str(round(sum(float(number) * _SPANS[unit] for number, unit in parts)))
    if text == "[not set]":
        return "100" if shown.endswith("Weight") else ""
    return text
