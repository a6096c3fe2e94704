# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one twin: `python3 -m freebsd FOLDER TOOL ARGUMENTS...`, which is what the commands made by `install` do."""

from __future__ import annotations

import importlib
import sys
import typing as t
from pathlib import Path

from .world import Fail, World, open_world

TOOLS = (
    "bhyve",
    "bhyvectl",
    "bhyveload",
    "chflags",
    "cpuset",
    "ctl_login",
    "ctladm",
    "ctld",
    "daemon",
    "devfs",
    "dnctl",
    "guest",
    "ifconfig",
    "ipfw",
    "jail",
    "jexec",
    "jls",
    "kenv",
    "kldload",
    "kldstat",
    "makefs",
    "mount",
    "pciconf",
    "pfctl",
    "pgrep",
    "rctl",
    "route",
    "service",
    "sysctl",
    "sysrc",
    "umount",
    "zfs",
)


def run(world: World, tool: str, words: t.Sequence[str]) -> int:
    module = importlib.import_module(f".{tool}", __package__)
    try:
        return int(module.main(world, list(words)))
    except Fail as error:
        if error.text:
            world.complain(error.text)
        return error.code


if __name__ == "__main__":
    with open_world(Path(sys.argv[1])) as opened:
        code = run(opened, sys.argv[2], sys.argv[3:])
    sys.exit(code)
