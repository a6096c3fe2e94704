#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_host_info
short_description: Show what a Xen host (Dom0) is and has left
version_added: 0.1.0
description:
  - Returns what C(xl info), C(xl cpupool-list) and C(xl dmesg) say of the host, with numbers as numbers. For its guests
    there is M(hostwright.virt.xen_domu_info).
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
  - Xen 4.17 or newer, booted; C(xl) (Debian package C(xen-system-amd64)).
options:
  dmesg_lines:
    description:
      - How many of the last lines of the hypervisor's messages to return, from 0 to 10000.
    type: int
    default: 20
seealso:
  - module: hostwright.virt.xen_domu_info
"""

EXAMPLES = r"""
- name: This Dom0
  hostwright.virt.xen_host_info:
  register: xen

- name: Room for one more guest
  ansible.builtin.assert:
    that: xen.memory.free > 600

- name: What the hypervisor said last, as with xl dmesg
  hostwright.virt.xen_host_info:
    dmesg_lines: 200
"""

RETURN = r"""
node:
  description: Name that the host has for itself, which the option O(hostwright.virt.xen_domu#module:host) means.
  type: str
  returned: success
  sample: dom0a
version:
  description: Version of Xen.
  type: str
  returned: success
  sample: 4.20.4-pre
scheduler:
  description: Scheduler of the CPUs.
  type: str
  returned: success
  sample: credit2
capabilities:
  description: Kinds of guests, in Xen's words.
  type: list
  elements: str
  returned: success
  sample: [xen-3.0-x86_64, hvm-3.0-x86_64]
virt_caps:
  description: What the hypervisor and the hardware can do.
  type: list
  elements: str
  returned: success
  sample: [pv, hvm, hap]
live_migration:
  description: Which types of guest this host can send away while they run.
  type: dict
  returned: success
  sample: {pv: false, pvh: true}
memory:
  description: Memory of the machine and what no domain has, in MiB.
  type: dict
  returned: success
  sample: {total: 16383, free: 2048}
cpus:
  description: CPUs of the machine, and virtual CPUs of the guests that run.
  type: dict
  returned: success
  sample: {total: 4, vcpus: 7}
pools:
  description: Pools of CPUs.
  type: list
  elements: dict
  returned: success
  sample: [{name: Pool-0, cpus: 4, scheduler: credit2, domains: 3}]
domains:
  description: Number of guests that exist in the hypervisor, without the Dom0.
  type: int
  returned: success
  sample: 2
dmesg:
  description: Last lines of the hypervisor's messages.
  type: list
  elements: str
  returned: success
  sample: ["(XEN) Xen version 4.20.4-pre"]
info:
  description: Everything that C(xl info) says, by its own names.
  type: dict
  returned: success
  sample: {nr_nodes: "1", xen_major: "4"}
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._xen.host_info import query
from ansible_collections.hostwright.virt.plugins.module_utils._xen.resource import PACKAGES


def main() -> None:
    run_info(query, argument_spec={"dmesg_lines": {"type": "int", "default": 20}}, packages=PACKAGES)


if __name__ == "__main__":
    main()
