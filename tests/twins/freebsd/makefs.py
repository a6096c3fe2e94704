# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""makefs(8): of a CD what is in it, one file after the other, under a head that says its label. No ISO 9660."""

from __future__ import annotations

from pathlib import Path

from .world import Fail, World


def main(_world: World, words: list[str]) -> int:
    image, folder = Path(words[-2]), Path(words[-1])
    if words[:2] != ["-t", "cd9660"] or not folder.is_dir():
        raise Fail(f"makefs: Can't stat `{folder}': No such file or directory")
    label = next(word.partition("=")[2] for word in words if word.startswith("label="))
    parts = [f"== {place.name}\n{place.read_text(encoding='utf-8')}" for place in sorted(folder.iterdir())]
    with image.open("w", encoding="utf-8") as stream:  # an image that is there keeps its mode
        stream.write(f"CD001 {label}\n" + "".join(parts))
    return 0
