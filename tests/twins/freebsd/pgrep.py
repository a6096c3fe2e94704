# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pgrep(1) of FreeBSD for guests: bhyve calls itself by its guest, and scripts are there with all their words."""

from __future__ import annotations

import re
from pathlib import Path

from . import vmm
from .world import World


def main(world: World, words: list[str]) -> int:
    flags = {flag for word in words if word.startswith("-") for flag in word[1:]}
    pattern = [word for word in words if not word.startswith("-")][-1]
    found = [(pid, text) for pid, text in processes(world) if matches(pattern, text, "x" in flags)]
    for pid, text in found:
        print(f"{pid} {text}" if "l" in flags else pid)
    return 0 if found else 1


def matches(pattern: str, text: str, whole: bool) -> bool:
    return bool(re.fullmatch(pattern, text) if whole else re.search(pattern, text))


def processes(world: World) -> list[tuple[int, str]]:
    rows = []
    for name, vm in vmm.vms_of(world).items():
        if vmm.alive(vm):
            pid = abs(vm["pid"])
            rows += [(pid - 1, f"daemon: bhyve[{pid}]")] if vm["pid"] < 0 else []
            rows.append((pid, f"bhyve: {name}"))
    for place in () if world.data.get("inline") else Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if re.match(r"(\S*sh )?\S*/hostwright_bhyve run ", line):
            rows.append((int(place.parent.name), line))
    return sorted(rows)
