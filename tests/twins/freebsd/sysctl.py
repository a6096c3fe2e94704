# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sysctl(8): values of the twin's kernel."""

from __future__ import annotations

from pathlib import Path

from .world import World

# The jail parameters of 15.1, by kind (-t) and those that are fixed at creation (-T), as they were recorded.
CAPTURES = Path(__file__).resolve().parents[2] / "unit" / "captures" / "freebsd"
RECORDED = {"-t": "jail-param-types.txt", "-T": "jail-param-fixed.txt"}
HOST = {"kern.hostuuid": "00000000-0000-0000-0000-525400123456"}


def main(world: World, words: list[str]) -> int:
    if words[1:] == ["security.jail.param"] and words[0] in RECORDED:
        print((CAPTURES / RECORDED[words[0]]).read_text(encoding="utf-8"), end="")
        return 0
    values = {
        "kern.racct.enable": "1" if world.data.get("racct", True) else "0",
        **HOST,
        **world.data.get("sysctl", {}),
    }
    bare = "-n" in words
    failed = 0
    for name in [word for word in words if not word.startswith("-")]:
        if "=" in name:
            world.complain(f"sysctl: oid '{name.split('=')[0]}' is a read only tunable")
            world.complain("sysctl: Tunable values are set in /boot/loader.conf")
            failed = 1
        elif name in values:
            print(values[name] if bare else f"{name}: {values[name]}")
        else:
            world.complain(f"sysctl: unknown oid '{name}'")
            failed = 1
    return failed
