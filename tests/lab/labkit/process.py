# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long-running programs of the lab: started, recognised and stopped by their pid, and never by name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from labkit.report import LabError, check_stopping, stopping

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STOP_PATIENCE = 5.0  # seconds between asking and killing


def start(argv: Sequence[str], record: Path, log: Path) -> None:
    """Start a program that outlives us; its output goes to `log`, who it is goes to `record`."""
    with log.open("ab") as output:
        # Its own session, so that Ctrl-C at the lab command does not reach it.
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    remember(child.pid, record)


def remember(pid: int, record: Path) -> None:
    record.write_text(json.dumps({"pid": pid, "born": _born(pid)}))


def _born(pid: int) -> str | None:
    """When the kernel started this process, in its own ticks; None when it is gone, or dead and not yet reaped."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as handle:
            # The program's name, in brackets, may hold spaces; fields are counted after it.
            fields = handle.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def running(record: Path) -> int | None:
    """The pid if the recorded process still lives. A later process with the same number was born at another time."""
    try:
        known = json.loads(record.read_text())
    except (OSError, ValueError):
        return None
    born = _born(known["pid"])
    return known["pid"] if born is not None and born == known["born"] else None


def stop(record: Path) -> bool:
    """Stop the recorded process; True when there was one."""
    pid = running(record)
    if pid is None:
        record.unlink(missing_ok=True)
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if _gone(record, STOP_PATIENCE):
            record.unlink(missing_ok=True)
            return True
    raise LabError(f"process {pid} does not end, not even by SIGKILL")


def _gone(record: Path, patience: float) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if running(record) is None:
            return True
        time.sleep(0.05)
    return False


def run(argv: Sequence[str], log: Path, what: str) -> None:
    """Run a program to its end with its output in `log`; a failure is an error that names the log."""
    with log.open("ab") as output:
        output.write(f"$ {' '.join(argv)}\n".encode())
        output.flush()
        try:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        except FileNotFoundError as error:
            raise LabError(f"{argv[0]} is not installed: run `tests/lab/lab packages`") from error
        code = wait(child)
    if code != 0:
        raise LabError(f"{what} failed (rc {code})", log)


def wait(child: subprocess.Popen[bytes], patience: float = float("inf")) -> int | None:
    """Its exit code; None when it had to be stopped because it took longer than `patience` seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            return child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            pass
        if stopping.is_set():
            break
    child.terminate()  # not kill: mmdebstrap cleans up after itself
    child.wait()
    check_stopping()
    return None
