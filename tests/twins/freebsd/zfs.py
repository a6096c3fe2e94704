# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""zfs(8), no more than which datasets are there: folders below ``datasets``. Words as recorded in captures/zfs."""

from __future__ import annotations

from .world import Fail, World


def main(world: World, words: list[str]) -> int:
    if words[:5] != ["list", "-H", "-o", "name", "--"]:
        raise Fail(f"this twin knows no zfs {' '.join(words)}")
    code = 0
    for name in words[5:]:
        if (world.folder / "datasets" / name).is_dir():
            print(name)
        else:
            world.complain(f"cannot open '{name}': dataset does not exist")
            code = 1
    return code
