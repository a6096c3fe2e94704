# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kldstat(8). What -v adds, the modules in each file, is from its source: a file has one of its own name here."""

from __future__ import annotations

from .kldload import loaded
from .world import Fail, World

HEAD = "Id Refs Address                Size Name"


def main(world: World, words: list[str]) -> int:
    names = loaded(world)
    operands = [word for word in words if not word.startswith("-")]
    flags = {flag for word in words if word.startswith("-") for flag in word[1:]}
    if operands:
        name = operands[0][:-3] if operands[0].endswith(".ko") else operands[0]
        if name not in names:
            raise Fail("" if "q" in flags else f"kldstat: can't find file {name}: No such file or directory")
        if "q" in flags:
            return 0
        names = [name]
    print(HEAD)
    for number, name in enumerate(names, 2):
        print(
            f"{number:2} {1:4} 0x{0xFFFFFFFF81A00000 + number:x} {0x1000:8x} {name}.ko" + verbose(flags, number, name)
        )
    return 0


def verbose(flags: set[str], number: int, name: str) -> str:
    return (
        f" (/boot/kernel/{name}.ko)\n\tContains modules:\n\t\t Id Name\n\t\t{number:3} {name}" if "v" in flags else ""
    )
