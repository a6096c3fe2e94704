#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bhyve_vm_info
short_description: Show the virtual machines of bhyve of a host
version_added: 0.1.0
description:
  - Returns every guest that has a file in C(/usr/local/etc/bhyve) or in a datastore of vm-bhyve, and every other one
    that bhyve runs, with its settings, its devices and why it ended. The number of commands does not grow with them.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._attributes.info_module
attributes:
  platform:
    support: full
    platforms: FreeBSD
requirements:
  - FreeBSD 14 or newer, as root.
options:
  name:
    description:
      - Show only the guests of these names. One that does not exist is returned with RV(vms[].state=absent).
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Every guest of this host
  hostwright.virt.bhyve_vm_info:
  register: bhyve

- name: One guest
  hostwright.virt.bhyve_vm_info:
    name: web1
"""

RETURN = r"""
vms:
  description:
    - The guests, sorted by name, each with the return values of M(hostwright.virt.bhyve_vm) that describe it.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the guest.
      type: str
      returned: always
      sample: web1
    state:
      description: State of the guest, V(started), V(stopped) or V(absent).
      type: str
      returned: always
      sample: started
    engine:
      description: What runs the guest, V(base) or V(vm-bhyve).
      type: str
      returned: when the guest exists
      sample: base
    config:
      description: What its file says, by key; passwords are left out.
      type: dict
      returned: always
      sample: {cpus: "4", memory.size: 4G}
    runtime:
      description: What it was started with, by key, and its process; empty when it does not run.
      type: dict
      returned: always
      sample: {pid: 4711, config: {cpus: "4"}}
    reason:
      description: Why it ended the last time.
      type: str
      returned: when the guest exists
      sample: poweroff
    disks:
      description: Its disks, as its file says.
      type: list
      elements: dict
      returned: when the guest exists
      sample: [{id: root, type: virtio-blk, path: /var/db/bhyve/web1/root.img, place: 0.3.0, size: 21474836480}]
    networks:
      description: Its interfaces, as its file says.
      type: list
      elements: dict
      returned: when the guest exists
      sample: [{id: lan, type: virtio-net, backend: tap1000, bridge: bridge0, mac: "58:9c:fc:0a:0b:0c", place: 0.4.0}]
    in_kernel:
      description: Whether the kernel has a VM of this name, which stays there when bhyve was killed.
      type: bool
      returned: always
      sample: true
  sample: [{name: web1, state: started, engine: base}]
guests:
  description: >-
    The same in the form that all kinds of guests share, which RV(hostwright.virt.virt_host_info#module:guests)
    documents. One that cannot be read or does not exist is left out.
  type: list
  elements: dict
  returned: success
  sample: [{host: jailer, name: web1, type: bhyve, state: started}]
left_in_kernel:
  description: Names of VMs that the kernel has and no process runs; C(bhyvectl --destroy) removes one.
  type: list
  elements: str
  returned: success
  sample: []
usable:
  description: Whether C(vmm.ko) is loaded and can use the CPU.
  type: bool
  returned: success
  sample: true
"""

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.api import PACKAGES, bhyve_api
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.info import query
from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info


def main() -> None:
    run_info(
        query,
        argument_spec={"name": {"type": "list", "elements": "str"}},
        packages=PACKAGES,
        apis={"bhyve": bhyve_api},
    )


if __name__ == "__main__":
    main()
