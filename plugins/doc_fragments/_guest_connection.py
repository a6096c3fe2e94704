# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the connections into guests share: the way to the host, and what is done there."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
notes:
  - The way to the host is Ansible's own P(ansible.builtin.ssh#connection) or P(ansible.builtin.local#connection).
    Every option of P(ansible.builtin.ssh#connection) is in force, with its variables, keywords, environment variables
    and keys of C(ansible.cfg) - for instance C(ansible_user), C(ansible_port), C(ansible_password),
    C(ansible_ssh_common_args) with a jump host, C(ansible_ssh_private_key_file) and C(ansible_ssh_timeout) - but
    O(ignore:host) and O(ignore:use_tty). So the keyword C(remote_user) and C(--user) are the user on the host too.
  - There are two privilege escalations. O(host_become) is on the host, to enter the guest. C(become) is Ansible's
    own, inside the guest. Whoever enters as root and wants to be root there needs none inside.
  - Files go through a command that runs in the guest. No path of the guest is ever looked up on the host, so links in
    the guest lead nowhere but into the guest.
  - A command in the guest begins with a clean environment, in the home of O(remote_user).
  - A guest that does not run, or is not there, makes the task unreachable, so that
    M(ansible.builtin.wait_for_connection) waits for it.
  - The login shell on the host may be a C(csh) as on FreeBSD; nothing that such a shell and C(sh) read differently is
    sent.
  - No terminal is asked for. A become method inside that needs one, such as C(su) with a password, does not work.
options:
  host_connection:
    description:
      - How the host is reached.
    type: str
    choices:
      auto: Like V(local) when O(host) is V(localhost), and like V(ssh) otherwise.
      ssh: By P(ansible.builtin.ssh#connection).
      local: The host is the machine that Ansible runs on.
    default: auto
    vars:
      - name: ansible_host_connection
  host_become:
    description:
      - What makes the user that logs in on the host O(host_become_user) there.
    type: str
    choices:
      auto: Nothing for O(host_become_user) itself, else C(doas) when there is a C(doas.conf), else C(sudo).
      none: Nothing. That is for a root that logs in, and for unprivileged containers of the user.
      sudo: Uses C(sudo).
      doas: Uses C(doas), which must not want a password, since it takes one from a terminal only.
    default: auto
    vars:
      - name: ansible_host_become
  host_become_user:
    description:
      - The user on the host who may enter the guest.
    type: str
    default: root
    vars:
      - name: ansible_host_become_user
  host_become_password:
    description:
      - The password that C(sudo) on the host wants. It is sent on its standard input.
      - Without it, only the command that enters the guest and the one that looks for its state need to be allowed;
        with it, C(sudo) runs C(/bin/sh).
    type: str
    vars:
      - name: ansible_host_become_password
      - name: ansible_host_become_pass
  autostart:
    description:
      - Start a guest that is there and does not run, instead of failing.
    type: bool
    default: false
    vars:
      - name: ansible_guest_autostart
  pipelining:
    description:
      - Send modules on the standard input of Python in the guest instead of as files. It makes tasks about twice as
        fast, and nothing speaks against it here, so it is on unless it is turned off.
    type: bool
    default: true
    env:
      - name: ANSIBLE_PIPELINING
      - name: ANSIBLE_SSH_PIPELINING
    ini:
      - section: defaults
        key: pipelining
      - section: connection
        key: pipelining
      - section: ssh_connection
        key: pipelining
    vars:
      - name: ansible_pipelining
      - name: ansible_ssh_pipelining
"""
