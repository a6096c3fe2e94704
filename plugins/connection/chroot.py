# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: chroot
short_description: Enter root trees on their host
version_added: 0.1.0
description:
  - Runs commands and moves files in a root tree in which no system runs, such as one that C(debootstrap) made,
    through C(chroot) on its host.
  - Nothing is mounted in it. Modules that want C(/proc) or C(/dev) need it mounted before.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._guest_connection
requirements:
  - In the root C(/bin/sh), C(cat) and C(/usr/bin/env), and C(su) for an O(remote_user) other than V(root).
options:
  host:
    description:
      - The host of the root, as C(ssh) knows it.
    type: str
    default: localhost
    vars:
      - name: ansible_chroot_host
  remote_addr:
    description:
      - Folder of the root on the host. A host of the inventory may be called by it.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_chroot_path
  remote_user:
    description:
      - The user in the root that commands run as. The user that logs in on the host is C(ansible_user).
    type: str
    default: root
    vars:
      - name: ansible_chroot_user
"""

EXAMPLES = r"""
# An inventory
roots:
  hosts:
    new-guest:
      ansible_chroot_path: /mnt/new-guest
  vars:
    ansible_connection: hostwright.virt.chroot
    ansible_chroot_host: fy.example.org
    ansible_user: root
"""

import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.plugin_utils._guest_connection import GuestConnection

CLEAN = ("/usr/bin/env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


class Connection(GuestConnection):
    """A root is as ready as it gets."""

    transport = "hostwright.virt.chroot"
    kind, noun, tool, named = "chroot", "root", "chroot", "ansible_chroot_path"
    package = "it is part of every system, is this the right host?"
    forbidden = ""

    def enter(self, script: str) -> t.Sequence[str]:
        return ("chroot", self.guest, *CLEAN, "/bin/sh", "-c", self.as_user(script))

    def look(self) -> str:
        return f"$as test -d {shlex.quote(self.guest)} && echo running"
