# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dnctl(8): pipes with bandwidth and delay. A unit that it does not know counts as bit/s, and -n checks nothing."""

from __future__ import annotations

import re
import typing as t

from .kldload import loaded
from .world import Fail, World

HZ = 100  # kern.hz of the recorded system: a delay is a whole number of ticks
SCALES = {"k": 10**3, "m": 10**6, "g": 10**9}
REFUSED = "dnctl: rule 1: setsockopt(IP_DUMMYNET3): Invalid argument"


def main(world: World, words: list[str]) -> int:
    if words[:1] == ["-n"]:
        return 0
    if "dummynet" not in loaded(world):
        raise Fail("dnctl: setsockopt(IP_DUMMYNET3): Protocol not available")
    pipes: dict[str, dict[str, int]] = world.data.setdefault("pipes", {})
    if words == ["pipe", "list"]:
        print("".join(spell(int(number), pipes[number]) for number in pipes), end="")  # in no order
    elif words[:2] == ["pipe", "delete"]:
        if pipes.pop(words[2], None) is None:
            world.complain(REFUSED)  # and the exit code is 0
    elif words[:1] == ["pipe"] and words[2:3] == ["config"]:
        pipes[words[1]] = read(int(words[1]), words[3:])
    else:
        raise Fail(f"dnctl: the twin does not know {words}", 64)
    return 0


def read(number: int, words: t.Sequence[str]) -> dict[str, int]:
    pipe = {"bw": 0, "delay": 0}
    for name, value in zip(words[::2], words[1::2]):
        if name not in pipe:
            raise Fail(f"dnctl: unrecognised option ``{name}''", 65)
        pipe[name] = bandwidth(value) if name == "bw" else int(value.rstrip("ms"))
    if pipe["bw"] > 2**32 - 1:
        raise Fail("dnctl: bandwidth too large", 65)
    if pipe["delay"] >= 10000:
        raise Fail("dnctl: delay must be < 10000", 65)
    if not 0 < number < 65536:
        raise Fail("dnctl: setsockopt(IP_DUMMYNET3): Invalid argument")
    return pipe


def bandwidth(text: str) -> int:
    """read_bandwidth() of sbin/ipfw/dummynet.c."""
    digits, scale, unit = re.fullmatch(r"(\d*)([KkMmGg]?)(.*)", text).groups()  # type: ignore[union-attr]
    in_bytes = unit.startswith("by") or (unit.startswith("B") and not unit.startswith("Bi"))
    return int(digits or 0) * SCALES.get(scale.lower(), 1) * (8 if in_bytes else 1)


def spell(number: int, pipe: t.Mapping[str, int]) -> str:
    size = pipe["bw"]
    for least, unit in ((10**9, "Gbit/s"), (10**6, "Mbit/s"), (10**3, "Kbit/s"), (0, "bit/s ")):
        if size >= least:
            shown = f"{size / max(least, 1):7.3f} {unit}" if size else "unlimited     "
            break
    ticks = pipe["delay"] * HZ // 1000
    return (
        f"{number:05d}: {shown} {ticks * 1000 // HZ:4d} ms burst 0 \n"
        f"q{131072 + number}  50 sl. 0 flows (1 buckets) sched {65536 + number} weight 0 lmax 0 pri 0 droptail\n"
        f" sched {65536 + number} type FIFO flags 0x0 0 buckets 0 active\n"
    )
