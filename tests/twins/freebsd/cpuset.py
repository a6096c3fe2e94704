# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cpuset(1): the CPUs of a jail."""

from __future__ import annotations

from . import kernel
from .world import Fail, World

CPUS = (0, 1)


def main(world: World, words: list[str]) -> int:
    name = words[words.index("-j") + 1] if "-j" in words else ""
    jail = kernel.find(world, name) if name else None
    if name and jail is None:
        raise Fail("cpuset: getaffinity: No such process" if name == "0" else f'cpuset: jail "{name}" not found')
    sets = world.data.setdefault("cpus", {})
    if "-l" in words and jail is not None:
        wanted = words[words.index("-l") + 1]
        cpus = [n for part in wanted.split(",") for n in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)]
        if not set(cpus) <= set(CPUS):
            raise Fail("cpuset: setaffinity: Invalid argument")
        sets[jail["jid"]] = sorted(set(cpus))
        return 0
    who = f"jail {jail['jid']}" if jail else "pid -1"
    mask = ", ".join(str(number) for number in (sets.get(jail["jid"], CPUS) if jail else CPUS))
    print(f"{who} mask: {mask}\n{who} domain policy: first-touch mask: 0")
    return 0
