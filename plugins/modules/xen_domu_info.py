#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_domu_info
short_description: Show the Xen guests (DomUs) of a host
version_added: 0.1.0
description:
  - Returns every guest that is defined in C(/etc/xen), saved or running, whoever made it, and what the host has left.
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
  name:
    description:
      - Show only the guests of these names. A name that does not exist is returned with RV(domus[].state=absent).
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Everything on this Dom0
  hostwright.virt.xen_domu_info:
  register: xen

- name: One guest
  hostwright.virt.xen_domu_info:
    name: toto
"""

RETURN = r"""
domus:
  description: The guests, sorted by name, each with the return values of M(hostwright.virt.xen_domu) that describe it.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the guest.
      type: str
      returned: always
      sample: toto
    state:
      description: State of the guest.
      type: str
      returned: always
      sample: started
    config:
      description: What its file says.
      type: dict
      returned: always
      sample: {memory: 512M, vcpus: 1}
    runtime:
      description: What runs.
      type: dict
      returned: always
      sample: {memory: 512M, vcpus: 1}
  sample: [{name: toto, state: started, domid: 4, config: {memory: 512M}, runtime: {memory: 512M}}]
guests:
  description: >-
    The same in the form that all kinds of guests share, which RV(hostwright.virt.virt_host_info#module:guests)
    documents. One that cannot be read is left out.
  type: list
  elements: dict
  returned: success
  sample: [{host: dom0a, name: toto, type: xen, state: started}]
unreadable:
  description: Files of C(/etc/xen) that xl could not read, with the line of the error.
  type: list
  elements: str
  returned: success
  sample: []
xen:
  description: What C(xl info) says of the host, by its own names; memory is in MiB.
  type: dict
  returned: success
  sample: {xen_version: 4.20.4-pre, nr_cpus: "4", total_memory: "16384", free_memory: "2048", xen_scheduler: credit2}
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._xen.info import query
from ansible_collections.hostwright.virt.plugins.module_utils._xen.resource import APIS, PACKAGES


def main() -> None:
    run_info(
        query,
        argument_spec={"name": {"type": "list", "elements": "str"}},
        packages=PACKAGES,
        apis=APIS,
    )


if __name__ == "__main__":
    main()
