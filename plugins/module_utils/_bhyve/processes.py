# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which guests run: processes of bhyve, which bear the guest's name, and those that stay with them. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import HELPER

# bhyve calls itself by the guest once its devices are there, `21653 bhyve: t1` (FreeBSD 15.1). One that has a share has
# helpers beside it, `4473 bhyve: system.pwd`, which are services of libcasper(3).
PROCESSES = ("pgrep", "-lf", "bhyve|vm _run")


class Processes(t.NamedTuple):
    """``running`` has the number of bhyve by guest, ``keepers`` that of the script or of vm-bhyve, or of a loader."""

    running: t.Mapping[str, int]
    keepers: t.Mapping[str, tuple[int, ...]]

    @property
    def names(self) -> set[str]:
        return {*self.running, *self.keepers}

    def pids(self, name: str) -> list[int]:
        return [*self.keepers.get(name, ()), *([self.running[name]] if name in self.running else [])]


def parse_processes(text: str) -> Processes:
    running: dict[str, int] = {}
    keepers: dict[str, tuple[int, ...]] = {}
    for line in text.splitlines():
        guest = re.fullmatch(r"([0-9]+) bhyve: (\S+)", line.strip())
        if guest and not guest.group(2).startswith(HELPER):
            running[guest.group(2)] = int(guest.group(1))
        keeper = re.fullmatch(
            r"([0-9]+) (?:\S*sh )?(?:\S*/hostwright_bhyve run|\S*/vm (?:-\S+ )*_run) (?:\"?)([^\s\"]+).*", line.strip()
        )
        if keeper:
            name = keeper.group(2)
            keepers[name] = (*keepers.get(name, ()), int(keeper.group(1)))
    return Processes(running, keepers)
