# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Debian packages come from: where this host's own apt gets them."""

from __future__ import annotations

import subprocess

from labkit.report import LabError


def debian_mirror() -> str:
    """The URI of the main archive. apt itself reads the sources, in the old format and in deb822."""
    try:
        listing = subprocess.run(
            ("apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"),
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError("apt-get does not work here: the lab needs a Debian host") from error
    for line in listing.splitlines():
        release, _blank, uri = line.partition(" ")
        # The archive of security updates has another layout; -updates and -backports lie in the main one.
        if "security" not in release and "security" not in uri and "debian" in uri:
            return uri
    raise LabError("apt has no Debian archive in its sources (/etc/apt/sources.list, /etc/apt/sources.list.d)")


def proxy_settings() -> list[str]:
    """apt's proxy settings of this host: packages may only be reachable through them."""
    dump = subprocess.run(("apt-config", "dump"), capture_output=True, text=True, check=True).stdout
    return [line for line in dump.splitlines() if line.startswith("Acquire::http") and "::Proxy" in line]
