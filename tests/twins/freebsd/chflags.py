# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""chflags(1): this machine's files have no such flags, so there is nothing to take from them."""

from __future__ import annotations

from pathlib import Path

from .world import Fail, World


def main(_world: World, words: list[str]) -> int:
    path = words[-1]
    if not Path(path).exists():
        raise Fail(f"chflags: {path}: No such file or directory")
    return 0
