# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits in the words of cgroup v1 and v2, by what the host runs. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

ROOT = "/sys/fs/cgroup"
PERIOD = 100000
OPTIONS = ("memory", "swap", "cpus", "cpu_quota", "cpu_weight", "pids", "io_weight")
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_PAGE = 4096
_ENDLESS = 2**62  # cgroup v1 shows the largest multiple of a page instead of -1
# What a file says of a container that was never limited
_UNLIMITED = {"cpu.shares": "1024", "cpu.weight": "100", "io.weight": "default 100", "cpu.max": "max 100000"}
_PAYLOAD = re.compile(r"(/.*?)?/(lxc\.payload\.[^/]+|lxc\.payload/[^/]+|lxc/[^/]+)")


@dataclasses.dataclass(frozen=True)
class Cgroups:
    """``version`` is what LXC takes its limits from; ``places`` where each controller is mounted.

    ``features``: files that not every kernel has.
    """

    version: int = 1
    places: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    features: frozenset[str] = frozenset()
    all_cpus: str = "0"

    @property
    def prefix(self) -> str:
        return "lxc.cgroup." if self.version == 1 else "lxc.cgroup2."

    def file_of(self, key: str, within: str) -> str | None:
        """The file of a limit of a container; ``within`` is the text of /proc/PID/cgroup."""
        controller = key.split(".", maxsplit=1)[0]
        place = self.places.get(controller)
        for line in within.splitlines():
            number, names, path = line.split(":", 2)
            mine = number == "0" if self.version == 2 else controller in names.split(",")
            match = _PAYLOAD.match(path) if mine else None
            if match is not None and place is not None:
                return f"{place}{match.group(0)}/{key}"
        return None


def read_cgroups(mounts: str, read: t.Callable[[str], str | None]) -> Cgroups:
    """From /proc/self/mounts, and what the root of the cgroups says of the host."""
    found: dict[str, str] = {}
    for line in mounts.splitlines():
        _device, place, kind, options = line.split()[:4]
        if kind == "cgroup2" and place == ROOT:
            # the last ones need no controller
            names = [*(read(f"{ROOT}/cgroup.controllers") or "").split(), "devices", "freezer", "cgroup"]
            every = (read(f"{ROOT}/cpuset.cpus.effective") or "0").strip()
            return Cgroups(2, dict.fromkeys(names, ROOT), all_cpus=every)
        if kind == "cgroup" and place.startswith(ROOT + "/"):
            for name in options.split(","):
                found.setdefault(name, place)
    optional = (("memory", "memory.memsw.limit_in_bytes"), ("blkio", "blkio.weight"))
    features = frozenset(key for name, key in optional if name in found and read(f"{found[name]}/{key}") is not None)
    cpus = read(f"{found['cpuset']}/cpuset.cpus") if "cpuset" in found else None
    return Cgroups(1, found, features, (cpus or "0").strip())


def limit_keys(limits: t.Mapping[str, t.Any], cgroups: Cgroups, memory: int | None, name: str) -> dict[str, str | None]:
    """Keys of lxc.conf for the options, None for one that shall not be there; ``memory`` is the one that holds."""
    keys: dict[str, str | None] = {}
    for option, value in limits.items():
        made = (_FIRST if cgroups.version == 1 else _SECOND)[option](value)
        if option == "swap" and cgroups.version == 1:
            made = {"memory.memsw.limit_in_bytes": _with_memory(value, memory, name)}
        for key, text in made.items():
            _check_there(key, cgroups, f"{name}: {option}")
            keys[cgroups.prefix + key] = text
    return keys


def _with_memory(swap: int | None, memory: int | None, name: str) -> str | None:
    """cgroup v1 limits the sum of both, and only next to a limit of memory."""
    if swap is None:
        return None
    if memory is None:
        raise Problem(f"{name}: swap needs a limit of memory on this host (cgroup v1): give memory too")
    return str(memory + swap)


def _check_there(key: str, cgroups: Cgroups, what: str) -> None:
    controller = key.split(".", maxsplit=1)[0]
    if controller not in cgroups.places:
        raise Problem(
            f"{what}: this host has no controller {controller} in cgroup v{cgroups.version}, so nothing would limit it"
        )
    optional = key in ("memory.memsw.limit_in_bytes", "blkio.weight")
    if optional and key not in cgroups.features:
        raise Problem(f"{what}: the kernel of this host has no {key}")


def _plain(key: str) -> t.Callable[[t.Any], dict[str, str | None]]:
    return lambda value: {key: None if value is None else str(value)}


def _quota_first(value: float | None) -> dict[str, str | None]:
    if value is None:
        return {"cpu.cfs_period_us": None, "cpu.cfs_quota_us": None}
    return {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(round(value * PERIOD))}


def _quota_second(value: float | None) -> dict[str, str | None]:
    return {"cpu.max": None if value is None else f"{round(value * PERIOD)} {PERIOD}"}


def _shares(value: int | None) -> dict[str, str | None]:
    """100 is the default of cgroup v2 and 1024 that of v1."""
    return {"cpu.shares": None if value is None else str(max(2, round(value * 1024 / 100)))}


_Maker = t.Callable[[t.Any], t.Dict[str, t.Optional[str]]]
_FIRST: t.Mapping[str, _Maker] = {
    "memory": _plain("memory.limit_in_bytes"),
    "swap": _plain("memory.memsw.limit_in_bytes"),
    "cpus": _plain("cpuset.cpus"),
    "cpu_quota": _quota_first,
    "cpu_weight": _shares,
    "pids": _plain("pids.max"),
    "io_weight": _plain("blkio.weight"),
}
_SECOND: t.Mapping[str, _Maker] = {
    "memory": _plain("memory.max"),
    "swap": _plain("memory.swap.max"),
    "cpus": _plain("cpuset.cpus"),
    "cpu_quota": _quota_second,
    "cpu_weight": _plain("cpu.weight"),
    "pids": _plain("pids.max"),
    "io_weight": _plain("io.weight"),
}


def check_key_counts(key: str, cgroups: Cgroups, name: str) -> None:
    """LXC ignores limits of the other version without an error (5.0.2: a warning in its log)."""
    match = re.match(r"lxc\.(cgroup2?)\.([^.]+)", key)
    if match is None or key.startswith("lxc.cgroup.dir") or key in ("lxc.cgroup.relative", "lxc.cgroup.systemd"):
        return
    if key.endswith(".freezer.state") or key.endswith("cgroup.freeze"):
        raise Problem(f"{name}: config: a container with {key} never starts; use state=frozen")
    version = 2 if match.group(1) == "cgroup2" else 1
    if version != cgroups.version:
        other = key.replace(f"lxc.{match.group(1)}.", cgroups.prefix)
        raise Problem(
            f"{name}: config: this host runs cgroup v{cgroups.version}, where LXC ignores {key} without an error; "
            f"give {other} in the words of cgroup v{cgroups.version}, or an option such as memory, which fits both"
        )
    _check_there(key.split(".", 2)[2], cgroups, f"{name}: config: {key}")


def is_live(key: str) -> bool:
    """Whether this key of lxc.conf is a limit that can be written while the container runs."""
    words = key.split(".", 2)
    if words[0] != "lxc" or words[1] not in ("cgroup", "cgroup2") or len(words) < 3:
        return False
    name = words[2]
    return not name.startswith(("dir", "devices.", "blkio.throttle", "io.max", "io.latency")) and "." in name


def live_key(key: str) -> str:
    return key.split(".", 2)[2]


def unlimited(key: str, cgroups: Cgroups) -> str:
    """What to write into a limit that shall hold no more."""
    key = live_key(key)
    if key == "cpuset.cpus":
        return cgroups.all_cpus
    if key in _UNLIMITED:
        return _UNLIMITED[key].replace("default ", "")
    if key == "cpu.cfs_period_us":
        return str(PERIOD)
    return "-1" if key.endswith(("_in_bytes", "quota_us")) else "max"


def normal(key: str, value: str) -> t.Any:
    """A value that compares equal however it is spelled."""
    key, value = live_key(key), " ".join(value.split())
    if value in ("max", "-1", "-1B"):
        return "max"
    if key in ("cpuset.cpus", "cpuset.mems"):
        return frozenset(_expand(value))
    if key == "io.weight":
        return value.replace("default ", "").partition(" ")[0]
    match = re.fullmatch(r"([0-9]+)([kmgtKMGT]?)[bB]?", value)
    if match is None or not key.startswith("memory."):
        return value
    size = int(match.group(1)) * _UNITS[match.group(2).lower()]
    return "max" if size >= _ENDLESS else size // _PAGE * _PAGE


def _expand(value: str) -> t.Iterator[int]:
    for word in filter(None, value.split(",")):
        first, _dash, last = word.partition("-")
        if first.isdigit() and (last or first).isdigit():
            yield from range(int(first), int(last or first) + 1)


def same(key: str, cgroups: Cgroups, one: str | None, other: str | None) -> bool:
    """Whether two values of a limit mean the same, None for no limit."""
    texts = [value or unlimited(key, cgroups) for value in (one, other)]  # cgroup v2 shows nothing for all CPUs
    return bool(normal(key, texts[0]) == normal(key, texts[1]))
