# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ctladm(8): ``devlist -x``, which is what the kernel writes (ctl.c, CTL_LUN_LIST), values unescaped."""

from __future__ import annotations

from . import ctld
from .world import Fail, World

OWN = ("id", "size", "given")


def main(world: World, words: list[str]) -> int:
    ctld.settle(world)
    if not world.data.get("loaded"):
        raise Fail("ctladm: error opening /dev/cam/ctl: No such file or directory")
    if words != ["devlist", "-x"]:
        raise Fail(f"this twin knows no ctladm {' '.join(words)}")
    print("<ctllunlist>")
    for lun in world.data.get("luns", []):
        print(f'<lun id="{lun["id"]}">')
        rows = {"backend_type": "block", "lun_type": 0, "size": lun["size"], "blocksize": 512}
        rows.update({"serial_number": "", "device_id": "", "num_threads": 14})
        rows.update({key: value for key, value in lun.items() if key not in OWN}, scsiname=lun["ctld_name"])
        for key, value in rows.items():
            print(f"\t<{key}>{value}</{key}>")
        print("</lun>")
    print("</ctllunlist>")
    return 0
