# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: nspawn
short_description: Enter machines of systemd-nspawn from their host
version_added: 0.1.0
description:
  - Runs commands and moves files in a running machine of systemd-nspawn, without an ssh server in it, through
    C(systemd-run) on its host. A command is a service of the machine's own systemd then, within its limits and with no
    more rights than the machine has.
  - C(machinectl shell) would run it on a terminal, which changes what goes through it, and hides the exit code.
    C(nsenter) would leave the command all rights of the host.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._guest_connection
requirements:
  - systemd 239 or newer on the host (Debian package C(systemd-container)), and systemd with D-Bus in the machine.
    There also C(/bin/sh) and C(cat).
options:
  host:
    description:
      - The host of the machine, as C(ssh) knows it.
    type: str
    default: localhost
    vars:
      - name: ansible_nspawn_host
  remote_addr:
    description:
      - Name of the machine.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_nspawn_name
  remote_user:
    description:
      - The user in the machine that commands run as. The user that logs in on the host is C(ansible_user).
    type: str
    default: root
    vars:
      - name: ansible_nspawn_user
"""

EXAMPLES = r"""
# An inventory
machines:
  hosts:
    toto:
  vars:
    ansible_connection: hostwright.virt.nspawn
    ansible_nspawn_host: hosta.example.org
    ansible_user: root
"""

import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.plugin_utils._guest_connection import GuestConnection


class Connection(GuestConnection):
    """systemd in the machine runs the command, as the user and in its home."""

    transport = "hostwright.virt.nspawn"
    kind, noun, tool, named = "nspawn", "machine", "systemd-run", "ansible_nspawn_name"
    package = "the host needs systemd and machinectl (Debian package systemd-container)"

    def enter(self, script: str) -> t.Sequence[str]:
        # What a command leaves behind, such as a job in the background, goes on.
        options = ("--quiet", "--pipe", "--wait", "--collect", "--property=KillMode=process", f"--uid={self.user}")
        return ("systemd-run", f"--machine={self.guest}", *options, "--", "/bin/sh", "-c", script)

    def look(self) -> str:
        machine = shlex.quote(self.guest)
        return (
            f"if machinectl show {machine} >/dev/null 2>&1; then echo running; "
            f"elif $as machinectl show-image {machine} >/dev/null 2>&1; then echo stopped; fi"
        )

    def start(self) -> t.Sequence[str]:
        return ("machinectl", "start", self.guest)
