# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
from __future__ import annotations

DOCUMENTATION = r"""
name: lxc
short_description: Enter LXC containers from their host
version_added: 0.1.0
description:
  - Runs commands and moves files in an LXC container, without an ssh server in it, through C(lxc-attach) on its host.
  - This is for LXC, not for LXD or Incus.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._guest_connection
requirements:
  - LXC 3.0 or newer on the host. In the container C(/bin/sh) and C(cat), and C(su) for an O(remote_user) other than
    V(root).
options:
  host:
    description:
      - The host of the container, as C(ssh) knows it. It is not the name of the container, as it is in
        community.general.
    type: str
    default: localhost
    vars:
      - name: ansible_lxc_host
  remote_addr:
    description:
      - Name of the container.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_lxc_name
  remote_user:
    description:
      - The user in the container that commands run as. The user that logs in on the host is C(ansible_user).
    type: str
    default: root
    vars:
      - name: ansible_lxc_user
  lxc_path:
    description:
      - Folder of the containers, when it is not the one that LXC of O(host_become_user) has.
    type: str
    vars:
      - name: ansible_lxc_path
"""

EXAMPLES = r"""
# An inventory
containers:
  hosts:
    toto:
    tata:
      ansible_lxc_name: tata-new
  vars:
    ansible_connection: hostwright.virt.lxc
    ansible_lxc_host: fy.example.org
    ansible_user: admin
    ansible_host_become: sudo
    ansible_host_become_password: "{{ vault_admin_password }}"
    ansible_ssh_common_args: -J jump.example.org
"""

import shlex
import typing as t

from ansible_collections.hostwright.virt.plugins.plugin_utils._guest_connection import GuestConnection


class Connection(GuestConnection):
    """lxc-attach gives a command the limits and the rights of the container, but no user."""

    transport = "hostwright.virt.lxc"
    kind, noun, tool, named = "lxc", "container", "lxc-attach", "ansible_lxc_name"
    package = "install LXC (Debian package lxc)"
    remedies: t.ClassVar[t.Mapping[str, str]] = {"frozen": "let it go on with lxc-unfreeze"}

    def _at(self, tool: str, *words: str) -> t.Sequence[str]:
        path = self.get_option("lxc_path")
        return (tool, *(("-P", path) if path else ()), "-n", self.guest, *words)

    def enter(self, script: str) -> t.Sequence[str]:
        return self._at("lxc-attach", "--clear-env", "--", "/bin/sh", "-c", self.as_user(script))

    def look(self) -> str:
        return f"$as {shlex.join(self._at('lxc-info', '-sH'))} 2>/dev/null"

    def guard(self) -> str:
        # lxc-attach 5.0 would wait until it goes on.
        return f'[ "$({self.look()} </dev/null)" = FROZEN ] || '

    def start(self) -> t.Sequence[str]:
        return self._at("lxc-start")
