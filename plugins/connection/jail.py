# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: jail
short_description: Enter FreeBSD jails from their host
version_added: 0.1.0
description:
  - Runs commands and moves files in a FreeBSD jail, without an ssh server in it, through C(jexec) on its host.
  - It does not matter what manages the jail.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._guest_connection
requirements:
  - FreeBSD on the host. In the jail C(/bin/sh) and C(cat).
options:
  host:
    description:
      - The host of the jail, as C(ssh) knows it.
    type: str
    default: localhost
    vars:
      - name: ansible_jail_host
  remote_addr:
    description:
      - Name or number (jid) of the jail.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_jail_name
  remote_user:
    description:
      - The user in the jail that commands run as. The user that logs in on the host is C(ansible_user).
    type: str
    default: root
    vars:
      - name: ansible_jail_user
  host_become:
    description:
      - What makes the user that logs in on the host O(host_become_user) there.
      - C(ansible_jail_privilege_escalation) is the name that other connection plugins for jails have for it.
    type: str
    choices:
      auto: Nothing for O(host_become_user) itself, else C(doas) when there is a C(doas.conf), else C(sudo).
      none: Nothing. That is for a root that logs in.
      sudo: Uses C(sudo).
      doas: Uses C(doas), which must not want a password, since it takes one from a terminal only.
    default: auto
    vars:
      - name: ansible_jail_privilege_escalation
      - name: ansible_host_become
"""

EXAMPLES = r"""
# An inventory
jails:
  hosts:
    web1:
    db1:
      ansible_jail_name: "3"
      ansible_jail_user: postgres
  vars:
    ansible_connection: hostwright.virt.jail
    ansible_jail_host: jailer.example.org
    ansible_user: admin
    ansible_host_become: doas
"""

import re
import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.plugin_utils._guest_connection import (
    GuestConnection,
    NotEnteredError,
    Result,
)


class Connection(GuestConnection):
    """jexec sets up everything itself."""

    transport = "hostwright.virt.jail"
    kind, noun, tool, named = "jail", "jail", "jexec", "ansible_jail_name"
    package = "it is part of FreeBSD, is this the right host?"
    forbidden = ""
    remedies: t.ClassVar[t.Mapping[str, str]] = {"dying": "it was removed, and something still holds it"}

    folder: tuple[str, ...] = ()

    def enter(self, script: str) -> t.Sequence[str]:
        return ("jexec", "-l", *self.folder, "-U", self.user, self.guest, "/bin/sh", "-c", script)

    def _attempt(self, command: str, in_data: bytes | None, sudoable: bool) -> Result:
        """Users as www and nobody have no home, where jexec goes first; that of FreeBSD 15 can go elsewhere."""
        try:
            return super()._attempt(command, in_data, sudoable)
        except NotEnteredError as failure:
            if self.folder or "jexec: chdir: " not in failure.said:
                raise
            self.folder = ("-d", "/")
            try:
                return super()._attempt(command, in_data, sudoable)
            except NotEnteredError:
                self.folder = ()
                raise failure from None

    def look(self) -> str:
        jail = shlex.quote(self.guest)
        block = shlex.quote(f"^[[:space:]]*[\"']?{re.escape(self.guest)}[\"']?[[:space:]]*[{{]")
        files = "/etc/jail.conf /etc/jail.*.conf /etc/jail.conf.d/*.conf"
        return (
            f"if jls -j {jail} jid >/dev/null 2>&1; then echo running; "
            f"elif jls -d -j {jail} jid >/dev/null 2>&1; then echo dying; "
            f"elif cat {files} 2>/dev/null | grep -Eq {block}; then echo stopped; fi"
        )

    def start(self) -> t.Sequence[str]:
        return ("service", "jail", "onestart", self.guest)
