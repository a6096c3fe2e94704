#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of ovs_bridge_info; the work is in plugins/module_utils/_ovs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ovs_bridge_info
short_description: Read Open vSwitch bridges with their ports, bonds and mirrors
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Reads all bridges of a host in one transaction, whatever their number.
requirements:
  - Open vSwitch 2.10 or newer on the managed host (Debian package C(openvswitch-switch)).
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._attributes.info_module
attributes:
  platform:
    platforms: linux
    support: full
options:
  name:
    description:
      - Bridges to read; all without it. One that does not exist is left out.
    type: list
    elements: str
    aliases:
      - bridge
      - names
  database_socket:
    description:
      - Where the database of Open vSwitch listens, as C(unix:/path), C(/path) or C(tcp:host:port).
      - Without it the first of C(/run/openvswitch/db.sock), C(/var/run/openvswitch/db.sock) and
        C(/usr/local/var/run/openvswitch/db.sock) that exists. C(ssl:) is not supported.
    type: str
  timeout:
    description:
      - How many seconds to wait for the database and for C(ovs-vswitchd).
    type: int
    default: 60
seealso:
  - module: hostwright.virt.ovs_bridge
"""

EXAMPLES = r"""
- name: Read all bridges
  hostwright.virt.ovs_bridge_info:
  register: switches

- name: Stop if a port of br0 does not work
  ansible.builtin.assert:
    that: not switches.bridges.br0.runtime.port_errors
"""

RETURN = r"""
bridges:
  description: The bridges by name.
  type: dict
  returned: success
  sample:
    br0:
      name: br0
      state: present
      config:
        ports:
          br0:
            type: internal
          eth2:
            tag: 10
      runtime:
        datapath_id: "00003a2b5c6d7e8f"
        datapath_version: "<built-in>"
        controllers: {}
        interfaces:
          br0:
            admin_state: up
            error: null
            ifindex: 6
            link_state: up
            mac_in_use: "02:00:00:00:00:01"
            mtu: 1500
            ofport: 65534
        port_errors: []
switch:
  description: Open vSwitch itself.
  type: dict
  returned: success
  contains:
    ovs_version:
      description: Version of Open vSwitch.
      type: str
      returned: success
      sample: 3.1.0
    db_version:
      description: Version of the database's schema.
      type: str
      returned: success
      sample: 8.3.1
    iface_types:
      description: Types of interfaces that there are.
      type: list
      elements: str
      returned: success
      sample: [internal, patch, vxlan]
    datapath_types:
      description: Types of datapaths that there are.
      type: list
      elements: str
      returned: success
      sample: [netdev, system]
    cur_cfg:
      description: Number of the configuration that C(ovs-vswitchd) has taken.
      type: int
      returned: success
      sample: 54
    next_cfg:
      description: Number of the configuration in the database.
      type: int
      returned: success
      sample: 54
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.api import ovsdb_api
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.info import query_bridges
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.spec import INFO_SPEC


def main() -> None:
    run_info(query_bridges, argument_spec=INFO_SPEC, apis={"ovsdb": ovsdb_api})


if __name__ == "__main__":
    main()
