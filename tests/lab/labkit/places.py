# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the lab keeps its files.

The cache is shared by all checkouts of a user: images and snapshots, each named by a hash of what it was made from.
The state belongs to one checkout: running machines, their disks, logs, sockets and the inventory.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.report import LabError, say

if TYPE_CHECKING:
    from collections.abc import Iterator

LAB = Path(__file__).resolve().parent.parent

# sun_path holds 108 bytes; ssh adds 17 while it makes its control socket, and the longest name is "/dom0a.console".
SOCKET_ROOM = 108 - 17 - 16

# Builds of the same thing that stay in the cache: enough for a few branches at once, about 1.5 GB each.
KEPT = 3


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "hostwright-virt" / "lab"


def state() -> Path:
    """This checkout's state. HOSTWRIGHT_LAB_STATE gives a second, independent lab of the same checkout."""
    chosen = os.environ.get("HOSTWRIGHT_LAB_STATE")
    if chosen:
        return Path(chosen).absolute()
    return cache() / "run" / hashlib.sha256(str(LAB).encode()).hexdigest()[:8]


def machine_dir(name: str) -> Path:
    return state() / name


def sockets() -> Path:
    """A directory for unix sockets: in the state when the path is short enough, else in the temporary directory."""
    wanted = state() / "s"
    if len(str(wanted)) > SOCKET_ROOM:
        mark = hashlib.sha256(str(wanted).encode()).hexdigest()[:8]
        wanted = Path(tempfile.gettempdir()) / f"hostwright-lab-{os.getuid()}-{mark}"
    wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    if wanted.stat().st_uid != os.getuid():
        raise LabError(f"{wanted} belongs to somebody else: set HOSTWRIGHT_LAB_STATE to a short path of yours")
    return wanted


def prune(pattern: str) -> None:
    """Keep the images or snapshots that were used last. A running machine holds its files open and needs no name."""
    found = sorted(cache().glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def locked(directory: Path, why: str) -> Iterator[None]:
    """One at a time in `directory`; says so when it has to wait."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another lab command is busy in {directory}: waiting for it ({why})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
