# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this host needs for the lab, installed from its own Debian archive."""

from __future__ import annotations

import os
import subprocess

from labkit.report import LabError, say, step

NEEDED = (
    "qemu-system-x86",  # the machines
    "qemu-utils",  # their disks
    "seabios",  # their firmware
    "vde-switch",  # the network between them
    "mmdebstrap",  # the image
    "mount",  # not on every minimal Debian 13
    "debian-archive-keyring",  # the keys of the archive, also of a newer release than this host's
    "e2fsprogs",  # mke2fs -d, debugfs: file systems without mounting
    "cpio",
    "gzip",
    "xz-utils",
    "zstd",
    "openssh-client",
)
# Without root, mmdebstrap works in a user namespace and needs newuidmap.
NEEDED_WITHOUT_ROOT = ("uidmap",)


def missing() -> list[str]:
    wanted = NEEDED if os.getuid() == 0 else NEEDED + NEEDED_WITHOUT_ROOT
    return [name for name in wanted if not _installed(name)]


def _installed(name: str) -> bool:
    try:
        answer = subprocess.run(
            ("dpkg-query", "-W", "-f", "${db:Status-Status}", "--", name), capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise LabError("dpkg-query is missing: the lab needs a Debian host") from error
    return answer.stdout.strip() == "installed"


def install() -> None:
    """Install what is missing; says what it runs, and does nothing when all is there."""
    names = missing()
    if not names:
        say("all packages of the lab are installed")
        return
    sudo = () if os.getuid() == 0 else ("sudo",)
    for action in (("update",), ("install", "--yes", "--no-install-recommends", "--", *names)):
        argv = (*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", *action)
        with step(" ".join(argv)):
            code = subprocess.run(argv, check=False).returncode
        if code != 0:
            raise LabError(f"apt-get {action[0]} failed (rc {code})")


def check() -> None:
    names = missing()
    if names:
        raise LabError(f"missing packages: {' '.join(names)}. Run `tests/lab/lab packages`")
