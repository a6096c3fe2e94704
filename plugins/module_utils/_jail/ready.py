# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a jail is ready: something in it listens on a port, or a command in it ends well. Private."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost

SPEC = {"type": "dict", "options": {"port": {"type": "int"}, "command": {"type": "list", "elements": "str"}}}


@dataclasses.dataclass(frozen=True)
class Ready:
    """What shall be so before the task goes on; both when both are given."""

    port: int | None = None
    command: tuple[str, ...] = ()


def parse_ready(jail: str, given: t.Mapping[str, t.Any]) -> Ready:
    port, command = given.get("port"), tuple(given.get("command") or ())
    if port is None and not command:
        raise Problem(f"jail {jail}: wait_for waits for nothing: give a port, a command, or both")
    if port is not None and not 0 < port < 65536:
        raise Problem(f"jail {jail}: wait_for: {port} is no TCP port, 1 to 65535")
    if command and not command[0]:
        raise Problem(f"jail {jail}: wait_for: the first word of command is the program, and it is empty")
    return Ready(port, command)


def is_ready(jail: str, port: int | None, command: t.Sequence[str]) -> bool:
    return not _lacks(jail, port, command)


def await_ready(jail: str, port: int | None, command: t.Sequence[str], timeout: int) -> str:
    """Ask twice a second until it is ready; when the time is over say what it is not."""
    deadline = time.monotonic() + timeout
    while True:
        lacks = _lacks(jail, port, command)
        if not lacks:
            return ""
        if time.monotonic() > deadline:
            raise Problem(f"jail {jail} runs, but after {timeout} s {lacks}: look at its services")
        time.sleep(0.5)


def _lacks(jail: str, port: int | None, command: t.Sequence[str]) -> str:
    """Why it is not ready, or nothing. sockstat(1) looks into the network stack of a jail with vnet too (15.1)."""
    if port is not None and not _ask(("sockstat", "-q", "-l", "-P", "tcp", "-p", str(port), "-j", jail)).out.strip():
        return f"nothing in it listens on TCP port {port}"
    if command:
        reply = _ask(("jexec", "-l", jail, *command))
        if reply.rc:
            said = (reply.err or reply.out).strip()[-200:]
            return f"`{' '.join(command)[:100]}` ends with {reply.rc} in it" + (f" ({said})" if said else "")
    return ""


def _ask(argv: Argv) -> Reply:
    return LocalHost({}, {}).query(argv, ok=tuple(range(256)))
