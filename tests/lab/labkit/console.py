# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A terminal on a machine's serial console."""

from __future__ import annotations

import os
import select
import socket
import sys
import termios
import tty
from typing import TYPE_CHECKING

from labkit.report import LabError, say

if TYPE_CHECKING:
    from pathlib import Path

LEAVE = b"\x1d"  # ctrl-]


def attach(path: Path) -> None:
    if not sys.stdin.isatty():
        raise LabError("`lab console` needs a terminal; the console's log is console.log in the state directory")
    say("console: ctrl-] leaves it, return shows a prompt")
    saved = termios.tcgetattr(sys.stdin)
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(path))
        try:
            tty.setraw(sys.stdin)
            _relay(link)
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)
            print()


def _relay(link: socket.socket) -> None:
    while True:
        ready = select.select([sys.stdin, link], [], [])[0]
        if link in ready:
            data = link.recv(4096)
            if not data:
                return
            os.write(sys.stdout.fileno(), data)
        if sys.stdin in ready:
            typed = os.read(sys.stdin.fileno(), 4096)
            if LEAVE in typed:
                return
            link.sendall(typed)
