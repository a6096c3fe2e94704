#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nspawn_container_info
short_description: Show the systemd-nspawn containers of a host
version_added: 0.1.0
description:
  - Returns every container that has a root in C(/var/lib/machines), whoever made it, with its settings, its limits and
    its addresses. Three commands, whatever their number.
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
  - systemd 252 or newer with its container tools (Debian package C(systemd-container)), as the init of the host.
options:
  name:
    description:
      - Show only the containers of these names. One that does not exist is returned with
        RV(containers[].state=absent).
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Every container of this host
  hostwright.virt.nspawn_container_info:
  register: nspawn

- name: One container
  hostwright.virt.nspawn_container_info:
    name: web
"""

RETURN = r"""
containers:
  description:
    - The containers, sorted by name, each with the return values of M(hostwright.virt.nspawn_container) that describe
      it.
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
      sample: {Exec: {Hostname: web}}
    limits:
      description: Limits of its unit.
      type: dict
      returned: when the container exists
      sample: {MemoryMax: infinity}
    runtime:
      description: What runs, with the memory and the processes in use.
      type: dict
      returned: always
      sample: {pid: 4711, addresses: [192.0.2.10], MemoryCurrent: "20971520"}
  sample: [{name: web, state: started, config: {Exec: {Hostname: web}}}]
guests:
  description: >-
    The same in the form that all kinds of guests share, which RV(hostwright.virt.virt_host_info#module:guests)
    documents. One that cannot be read is left out.
  type: list
  elements: dict
  returned: success
  sample: [{host: fy, name: web, type: nspawn, state: started}]
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.api import PACKAGES, nspawn_api
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.info import query


def main() -> None:
    run_info(
        query,
        argument_spec={"name": {"type": "list", "elements": "str"}},
        packages=PACKAGES,
        apis={"nspawn": nspawn_api},
    )


if __name__ == "__main__":
    main()
