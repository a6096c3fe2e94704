# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kenv(1): the environment that the loader gave to the twin's kernel."""

from __future__ import annotations

from .world import Fail, World


def main(world: World, words: list[str]) -> int:
    values = world.data.setdefault("kenv", {})
    operands = [word for word in words if not word.startswith("-")]
    if not operands:
        for name in sorted(values):
            print(f'{name}="{values[name]}"')
        return 0
    name, equals, value = operands[0].partition("=")
    if equals:
        values[name] = value
        print(f'{name}="{value}"')
    elif name in values:
        print(values[name])
    else:
        raise Fail("" if "-q" in words else f"kenv: unable to get {name}")
    return 0
