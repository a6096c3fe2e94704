# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab says while it works: a line when a step starts, one when it ends, and a sign of life in between."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG_LINES = 15


class LabError(Exception):
    """Something the user has to know. `log` is the file that says more."""

    def __init__(self, text: str, log: Path | None = None) -> None:
        super().__init__(text)
        self.log = log


# Set when the user interrupts: whatever waits in another thread gives up soon.
stopping = threading.Event()

_lock = threading.Lock()
_running: dict[str, float] = {}


def say(text: str) -> None:
    """Print one line; safe from any thread, and over a heartbeat line."""
    with _lock:
        erase = "\r\033[K" if sys.stderr.isatty() else ""
        sys.stderr.write(f"{erase}lab: {text}\n")
        sys.stderr.flush()


def check_stopping() -> None:
    if stopping.is_set():
        raise LabError("interrupted")


@contextmanager
def step(name: str, expect: str = "") -> Iterator[None]:
    """Report the start, the end and the seconds of one long piece of work."""
    start = time.monotonic()
    say(f"{name} ..." + (f" ({expect})" if expect else ""))
    with _lock:
        _running[name] = start
    try:
        yield
    except BaseException:
        say(f"{name}: FAILED after {time.monotonic() - start:.1f} s")
        raise
    finally:
        with _lock:
            del _running[name]
    say(f"{name}: done in {time.monotonic() - start:.1f} s")


@contextmanager
def heartbeat() -> Iterator[None]:
    """While inside, show on a terminal which steps run and for how long."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(done,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(done: threading.Event) -> None:
    while not done.wait(1):
        with _lock:
            now = time.monotonic()
            text = ", ".join(f"{name} {now - start:.0f} s" for name, start in _running.items())
            sys.stderr.write(f"\r\033[K{text[:150]}")
            sys.stderr.flush()
    sys.stderr.write("\r\033[K")


def show_error(error: LabError) -> None:
    """Say what went wrong, which log to read, and its last lines."""
    say(f"error: {error}")
    if error.log is None or not error.log.exists():
        return
    lines = error.log.read_text(errors="replace").splitlines()
    say(f"log: {error.log}, its last lines:")
    for line in lines[-LOG_LINES:]:
        sys.stderr.write(f"    {line}\n")
