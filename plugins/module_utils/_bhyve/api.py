# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``bhyve`` interface of the engine's host: what takes more than one command, and waiting. Private."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import LOGS, RUNNER, STATE
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.processes import (
    PROCESSES,
    Processes,
    parse_processes,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Run
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost

PACKAGES = {"vm": "vm-bhyve", "grub-bhyve": "grub2-bhyve"}
_LAST = 15.0  # for bhyve to end when its power was cut
_AGAIN = 20.0


def bhyve_api(method: str, *args: t.Any) -> t.Any:
    return _METHODS[method](*args)


def survey(paths: t.Sequence[str]) -> dict[str, list[t.Any]]:
    """Kind, size and time of change of what is there."""
    found = {}
    for path in paths:
        try:
            seen = os.stat(path)
        except OSError:
            continue
        kind = "folder" if stat.S_ISDIR(seen.st_mode) else "file" if stat.S_ISREG(seen.st_mode) else "device"
        found[path] = [kind, seen.st_size, seen.st_mtime]
    return found


def look() -> Processes:
    return parse_processes(LocalHost({}, {}).query(PROCESSES, ok=(0, 1)).out)


def start(name: str, engine: str, timeout: float) -> str:
    """Start a guest and see that bhyve runs it; the reason of a failure is in its log."""
    host = LocalHost(PACKAGES, {})
    if engine == "base":  # why it ended the last time, which may be a moment ago
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{STATE}/{name}.reason")
    argv = ("vm", "start", name) if engine == "vm-bhyve" else (RUNNER, "start", name)
    said = host.perform(Run(argv, timeout=timeout)).strip()
    deadline = time.monotonic() + timeout
    seen = 0
    while seen < 3:  # devices that cannot be had end it at once, after it has its name
        seen = seen + 1 if name in look().running else 0
        ended = _why_ended(name) if engine == "base" else None
        if ended is not None:
            raise Problem(f"it ended at once, {ended}: {_log(name)}")
        if time.monotonic() > deadline:
            where = f"{LOGS}/{name}.log" if engine == "base" else "vm-bhyve.log in its folder"
            raise Problem(
                f"bhyve does not run it after {timeout:g} s: {_log(name) or said or 'no reason is known'} (see {where})"
            )
        time.sleep(0.3)
    return ""


def _why_ended(name: str) -> str | None:
    try:
        with open(f"{STATE}/{name}.reason", encoding="utf-8") as stream:
            code, _blank, reason = stream.read().strip().partition(" ")
    except OSError:
        return None
    return f"{reason} (exit code {code})"


def _log(name: str) -> str:
    try:
        with open(f"{LOGS}/{name}.log", encoding="utf-8", errors="replace") as stream:
            lines = [line.strip() for line in stream.readlines()[-40:]]
    except OSError:
        return ""
    words = [line for line in lines if line and not line.endswith(": starts")]
    text = "; ".join(dict.fromkeys(words[-5:]))
    if "vm_openf: No such file" in text or "vm_create" in text:
        text += "; this CPU, or the machine that lends it, has no virtualization that vmm.ko can use: see dmesg"
    if "vm_set_topology" in text:  # 15.1
        text += "; no guest gets more CPUs than hw.vmm.maxcpu, which are those of the host unless loader.conf says more"
    return text


def stop(name: str, engine: str, timeout: float, force: bool) -> str:
    """Press the power button and wait until bhyve and what stays with it have ended."""
    mark = f"{STATE}/{name}.stop"
    if engine == "base":  # a guest that resets now shall not come back
        os.makedirs(STATE, mode=0o700, exist_ok=True)
        with open(mark, "w", encoding="utf-8"):
            pass
    try:
        left = timeout
        while left > 0:
            _press(name)
            if _is_gone(name, min(left, _AGAIN)):
                return ""
            left -= _AGAIN
        if not force:
            raise Problem(
                f"it is not off after {timeout:g} s: its system must obey the power button (ACPI); give it more time,"
                " or cut its power with force_stop=true"
            )
        _cut(name)
    finally:
        _clean(name, engine)
        if engine == "base" and os.path.exists(mark) and name in look().running:
            os.unlink(mark)
    return ""


def _clean(name: str, engine: str) -> None:
    """What is left of a guest whose script was killed before; the script does it itself else."""
    if engine == "base" and os.path.exists(f"{STATE}/{name}.conf") and name not in look().names:
        LocalHost({}, {}).query((RUNNER, "clean", name), ok=(0, 1))


def _press(name: str) -> None:
    pid = look().running.get(name)
    if pid is not None:
        _signal(pid, signal.SIGTERM)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _is_gone(name: str, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while name in look().names:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True


def _cut(name: str) -> None:
    """Power off as its kernel does it, then without the guest; what stays with it goes last."""
    host = LocalHost(PACKAGES, {})
    any_code = tuple(range(256))
    host.query(("bhyvectl", f"--vm={name}", "--force-poweroff"), ok=any_code)
    if _is_gone(name, _LAST):
        return
    host.query(("bhyvectl", f"--vm={name}", "--destroy"), ok=any_code)
    if _is_gone(name, _LAST):
        return
    for pid in look().pids(name):
        _signal(pid, signal.SIGKILL)
    if not _is_gone(name, _LAST):
        raise Problem("its power was cut, and its processes are still there")


def restart(name: str, engine: str, timeout: float, force: bool) -> str:
    stop(name, engine, timeout, force)
    return start(name, engine, timeout)


_METHODS: t.Mapping[str, t.Callable[..., t.Any]] = {
    "survey": survey,
    "start": start,
    "stop": stop,
    "restart": restart,
}
