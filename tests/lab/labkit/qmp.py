# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""QEMU's control socket."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

from labkit.report import LabError

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 300  # seconds; a snapshot is written while the caller waits


def ask(path: Path, command: str, **arguments: str) -> Any:
    """Send one QMP command and return its answer."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(PATIENCE)
        try:
            link.connect(str(path))
        except OSError as error:
            raise LabError(f"QEMU does not answer on {path}: {error.strerror}") from error
        with link.makefile("rw") as stream:
            stream.readline()  # the greeting
            _send(stream, "qmp_capabilities", {})
            return _send(stream, command, arguments)


def _send(stream: Any, command: str, arguments: dict[str, str]) -> Any:
    stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    stream.flush()
    for line in stream:
        reply = json.loads(line)
        if "error" in reply:
            raise LabError(f"QEMU refuses {command}: {reply['error']['desc']}")
        if "return" in reply:
            return reply["return"]
        # anything else is an event
    raise LabError(f"QEMU closed its control socket during {command}")


def monitor(path: Path, line: str) -> None:
    """A command that only the human monitor has (savevm). It says nothing when all went well."""
    answer = ask(path, "human-monitor-command", **{"command-line": line})
    if answer.strip():
        raise LabError(f"QEMU, {line}: {answer.strip()}")
