# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two Ethernet segments between the machines: one vde_switch process each, on unix sockets.

QEMU's own multicast segments would need no process, but there every machine hears its own frames again. A bridge then
learns its guests' addresses on the wrong port, and guests behind it lose their network.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from labkit import places, process
from labkit.machines import SWITCHES
from labkit.report import LabError

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 5.0


def start() -> None:
    for switch in SWITCHES:
        if process.running(_record(switch)) is None:
            _start(switch)


def check() -> None:
    for switch in SWITCHES:
        if process.running(_record(switch)) is None:
            raise LabError(f"the {switch} switch has ended, and the machines do not find a new one")


def stop() -> None:
    for switch in SWITCHES:
        process.stop(_record(switch))
        shutil.rmtree(places.sockets() / switch, ignore_errors=True)


def _record(switch: str) -> Path:
    return places.state() / f"switch-{switch}.json"


def _start(switch: str) -> None:
    directory, pidfile = places.sockets() / switch, places.state() / f"switch-{switch}.pid"
    shutil.rmtree(directory, ignore_errors=True)
    pidfile.unlink(missing_ok=True)
    # As a daemon: in the foreground it ends at the end of its standard input.
    argv = ("vde_switch", "--sock", str(directory), "--mode", "0600", "--daemon", "--pidfile", str(pidfile))
    process.run(argv, places.state() / f"switch-{switch}.log", f"starting the {switch} switch")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if pidfile.exists() and pidfile.read_text().strip() and (directory / "ctl").exists():
            process.remember(int(pidfile.read_text()), _record(switch))
            return
        time.sleep(0.02)
    raise LabError(f"vde_switch for {switch} wrote no {pidfile} in {PATIENCE:.0f} s")
