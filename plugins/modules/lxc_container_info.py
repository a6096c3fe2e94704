#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lxc_container_info
short_description: Show the LXC containers of a host
version_added: 0.1.0
description:
  - Returns every container below a path, whoever made it, with its configuration, its limits and its addresses.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._attributes.info_module
attributes:
  platform:
    support: full
    platforms: debian
requirements:
  - LXC 4.0 or newer (Debian package C(lxc)).
options:
  name:
    description:
      - Show only the containers of these names. One that does not exist is returned with
        RV(containers[].state=absent).
    type: list
    elements: str
  lxc_path:
    description:
      - Folder of the containers.
    type: path
    default: /var/lib/lxc
  sizes:
    description:
      - Also measure the roots. That reads every folder that a root is in, so it takes its time.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Every container of this host
  hostwright.virt.lxc_container_info:
  register: lxc

- name: One container, with the size of its root
  hostwright.virt.lxc_container_info:
    name: web
    sizes: true
"""

RETURN = r"""
containers:
  description:
    - The containers, sorted by name, each with the return values of M(hostwright.virt.lxc_container) that describe it.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the container.
      type: str
      returned: always
      sample: web
    state:
      description: State of the container.
      type: str
      returned: always
      sample: started
    config:
      description: What its file says.
      type: dict
      returned: always
      sample: {lxc.uts.name: web}
    addresses:
      description: Addresses of a running container.
      type: list
      elements: str
      returned: when the container exists
      sample: [192.0.2.10]
    runtime:
      description:
        - What runs. The limits are those of memory, processes and CPU; the usage is memory in bytes, CPU in seconds,
          and the number of processes.
      type: dict
      returned: always
      sample: {pid: 4711, limits: {memory.max: max}, usage: {memory: 9437184, cpu: 1.25, pids: 12}}
    rootfs_used:
      description: Bytes that its root takes; not known for LVM.
      type: int
      returned: with O(sizes=true)
      sample: 2195456
    rootfs_size:
      description: Bytes of the volume that its root is, or of the C(refquota) on ZFS (V(0) without one).
      type: int
      returned: with O(sizes=true), for roots on LVM, ZFS and in a loop
      sample: 2147483648
  sample: [{name: web, state: started, addresses: [192.0.2.10], config: {lxc.uts.name: web}}]
guests:
  description: >-
    The same in the form that all kinds of guests share, which RV(hostwright.virt.virt_host_info#module:guests)
    documents. One that cannot be read is left out.
  type: list
  elements: dict
  returned: success
  sample: [{host: fy, name: web, type: lxc, state: started}]
unreadable:
  description: Containers whose file LXC cannot read, with the line of the error.
  type: list
  elements: str
  returned: success
  sample: []
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.api import PACKAGES
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.info import query


def main() -> None:
    run_info(
        query,
        argument_spec={
            "name": {"type": "list", "elements": "str"},
            "lxc_path": {"type": "path", "default": "/var/lib/lxc"},
            "sizes": {"type": "bool", "default": False},
        },
        packages=PACKAGES,
    )


if __name__ == "__main__":
    main()
