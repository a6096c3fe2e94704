# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes more than one command: starting with a reason, stopping without a kill, waiting. Private."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Run
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError, LocalHost
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.parse import has_address, list_argv, parse_list

PACKAGES = {
    "machinectl": "systemd-container (Debian); there is systemd on Linux only",
    "systemctl": "systemd (Debian), which is for Linux only",
    "tar": "tar",
}
_KILL_TIME = 30.0
_AGAIN = 10.0


def nspawn_api(method: str, *args: t.Any) -> t.Any:
    return _METHODS[method](*args)


def changed_at(path: str) -> float:
    """When a file was changed, on the clock that systemd notes starts with; 0 for a file that is not there."""
    try:
        changed = os.stat(path).st_mtime
    except OSError:
        return 0.0
    return changed - time.time() + time.monotonic()


def start(unit: str, timeout: float) -> str:
    """systemctl says only that it failed; the reason is in the journal of this start."""
    host = LocalHost(PACKAGES, {})
    try:
        host.perform(Run(("systemctl", "start", unit), timeout=timeout))
    except CommandError:
        raise Problem(f"{_reason(host, unit)} (more in journalctl --unit={unit})") from None
    return ""


def _reason(host: LocalHost, unit: str) -> str:
    number = _show(host, unit, "InvocationID")
    journal = ("journalctl", "--quiet", "--output=cat", "--no-pager", "--lines=20")
    words = (f"_SYSTEMD_INVOCATION_ID={number}",) if number else (f"--unit={unit}",)
    said = host.query((*journal, *words), ok=(0, 1)).out.strip().splitlines()
    return "; ".join(dict.fromkeys(line.strip() for line in said[-4:])) or "systemd gave no reason"


def _show(host: LocalHost, unit: str, name: str) -> str:
    return host.query(("systemctl", "show", "--value", f"--property={name}", "--", unit)).out.strip()


def stop(unit: str, ask: t.Sequence[str], timeout: float, force: bool) -> str:
    """Ask a container to halt and wait until its unit has ended."""
    host = LocalHost(PACKAGES, {})
    # An init that has just begun does not hear its signal yet; a command might take a second one for an order to die.
    again = _AGAIN if "poweroff" in ask else timeout
    left = timeout
    while left > 0:
        host.query(tuple(ask), ok=(0, 1))  # 1: it has ended meanwhile
        if _ends(host, unit, min(left, again)):
            return ""
        left -= again
    if not force:
        raise Problem("it does not halt; give it more timeout, or kill it with force_stop=true")
    host.query(("systemctl", "kill", "--signal=SIGKILL", "--", unit))
    if not _ends(host, unit, _KILL_TIME):
        raise Problem(f"it was killed, and {unit} has not ended after {_KILL_TIME:g} s")
    return ""


def _ends(host: LocalHost, unit: str, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while _show(host, unit, "ActiveState") not in ("inactive", "failed"):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def wait_for_address(name: str, timeout: float) -> str:
    """Wait until a running container has an address that others can reach."""
    host = LocalHost(PACKAGES, {})
    deadline = time.monotonic() + timeout
    while not has_address(parse_list(host.query(list_argv()).out).get(name, ())):
        if time.monotonic() > deadline:
            raise Problem(f"it has no address after {timeout:g} s; see whether its network is set up, inside and here")
        time.sleep(0.5)
    return ""


_METHODS: t.Mapping[str, t.Callable[..., t.Any]] = {
    "changed_at": changed_at,
    "start": start,
    "stop": stop,
    "wait_for_address": wait_for_address,
}
