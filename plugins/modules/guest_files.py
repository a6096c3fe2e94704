#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of guest_files; the work is in plugins/module_utils/_guest_files."""

from __future__ import annotations

DOCUMENTATION = r"""
module: guest_files
short_description: Manage files inside the root tree of a guest
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Writes, links and removes files below a directory that is the root of a guest, such as a mounted volume of a Xen
    guest, the path of a jail or the rootfs of a container.
  - No symbolic link in that tree leads out of it. A link on the way to a file is followed with O(root) as C(/), and a
    link at the end of a path is replaced and never followed. So a guest whose C(/etc) points to the host's C(/etc), or
    whose C(/etc/fstab) points to the host's, cannot make the host's administrator write there, which
    M(ansible.builtin.copy) and M(ansible.builtin.template) would do.
  - A changed file is always a new one that is renamed over the old, so hard links of the old one keep their content.
  - Everything takes effect when the guest reads the file, see O(files).
requirements:
  - A managed host with POSIX file systems.
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Of O(root_password), O(files[].secret_content) and O(files[].source) only whether they are as declared.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
options:
  root:
    description:
      - The directory of the host that is the guest's root. It must exist, and may not be the host's own root.
      - Never give the mount point of a volume that a running guest uses as well.
    type: str
    required: true
  files:
    description:
      - The files, each with its path. What is not listed is left alone.
      - Takes effect live, that is when the guest reads the file.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description:
          - Absolute path as the guest sees it.
          - Missing directories on the way are made, owned by root and with mode C(0755).
        type: str
        required: true
      state:
        description:
          - V(present) is a regular file, V(directory) a directory, V(link) a symbolic link to O(files[].target).
          - V(absent) removes a file, a link or an empty directory. A directory that holds anything is refused.
          - V(directory) refuses a symbolic link, even one to a directory.
        type: str
        choices:
          - present
          - directory
          - link
          - absent
        default: present
      content:
        description:
          - The whole text of the file.
        type: str
      secret_content:
        description:
          - The whole text of the file, not shown anywhere.
        type: str
      source:
        description:
          - A file of the managed host, outside of the guest, to copy. Its content is not shown.
        type: str
      lines:
        description:
          - Lines that the file must have. Those that it lacks are added at its end.
        type: list
        elements: str
      target:
        description:
          - Where the link points to, as the guest sees it.
        type: str
      mode:
        description:
          - Permissions in octal digits, in quotes.
          - A new file has C(0644) and a new directory C(0755); else they are kept.
        type: raw
      owner:
        description:
          - Number of the owner. Names would mean the host's users, not the guest's.
          - A new file belongs to the user that the module runs as, which is root as a rule; else the owner is kept.
        type: int
      group:
        description:
          - Number of the group; a new file belongs to the group that the module runs as.
        type: int
      keep:
        description:
          - Give the file its content only when there is no such regular file. For what is made once, like host keys.
        type: bool
        default: false
      create:
        description:
          - When V(false), leave a path alone at which there is nothing.
        type: bool
        default: true
  root_password:
    description:
      - Hash of root's password, as in C(/etc/shadow), or V(*) for a password that nothing matches. Never the password.
      - Takes effect live, that is at the next login.
    type: str
seealso:
  - module: ansible.builtin.copy
  - module: hostwright.virt.xen_domu
"""

EXAMPLES = r"""
- name: Give the guest its name
  hostwright.virt.guest_files:
    root: /mnt/toto
    files:
      - path: /etc/hostname
        content: "toto\n"

- name: Configure the guest on its mounted volumes
  hostwright.virt.guest_files:
    root: /mnt/toto
    root_password: "{{ vault_toto_root_hash }}"
    files:
      - path: /etc/fstab
        content: |
          /dev/xvda / ext4 errors=remount-ro 0 1
          /dev/xvdb /var ext4 defaults 0 2
          /dev/xvdc none swap sw 0 0
      - path: /root/.ssh
        state: directory
        mode: '0700'
        owner: 0
        group: 0
      - path: /root/.ssh/authorized_keys
        mode: '0600'
        lines:
          - ssh-ed25519 AAAAC3Nza... admin@example.org
      - path: /etc/securetty
        create: false
        lines:
          - hvc0
      - path: /etc/systemd/system/multi-user.target.wants/ssh.service
        state: link
        target: /usr/lib/systemd/system/ssh.service

- name: Give the guest a host key once
  hostwright.virt.guest_files:
    root: /mnt/toto
    files:
      - path: /etc/ssh/ssh_host_ed25519_key
        source: /run/keys/toto/ssh_host_ed25519_key
        mode: '0600'
        keep: true

- name: Remove a file of a jail
  hostwright.virt.guest_files:
    root: /var/jail/www
    files:
      - path: /etc/motd
        state: absent
"""

RETURN = r"""
name:
  description: The directory that is the guest's root.
  type: str
  returned: success
  sample: /mnt/toto
state:
  description: Always V(present), for the directory must exist.
  type: str
  returned: success
  sample: present
config:
  description: What is at the listed paths.
  type: dict
  returned: success
  contains:
    files:
      description: One entry for each path, without contents.
      type: list
      elements: dict
      returned: success
      contains:
        path:
          description: Path as the guest sees it.
          type: str
          returned: success
          sample: /etc/hostname
        kind:
          description: One of V(file), V(directory), V(link), V(other), V(missing).
          type: str
          returned: success
          sample: file
        owner:
          description: Number of the owner.
          type: int
          returned: success
          sample: 0
        group:
          description: Number of the group.
          type: int
          returned: success
          sample: 0
        mode:
          description: Permissions in octal digits.
          type: str
          returned: success
          sample: "0644"
runtime:
  description: Always empty, for files do not run.
  type: dict
  returned: success
  sample: {}
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: write /etc/hostname
      how: live
      destructive: false
      api: root
      method: write
      args: [/mnt/toto, /etc/hostname, {content: "toto\n"}]
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: []
pending:
  description: What takes effect only after a restart that the task does not allow.
  type: list
  elements: dict
  returned: success
  sample: []
restart_required:
  description: Whether anything is pending.
  type: bool
  returned: success
  sample: false
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_module
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.resource import GUEST_FILES

RESOURCE = GUEST_FILES


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
