#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: libvirt_domain_info
short_description: Show the guests (domains) of libvirt
version_added: 0.1.0
description:
  - Returns every guest of a connection of libvirt, running or not, whoever made it. Two runs of C(virsh) whatever
    their number.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._attributes.info_module
attributes:
  platform:
    support: full
    platforms: debian, freebsd
requirements:
  - libvirt 7.0 or newer with its daemon running; C(virsh) (Debian package C(libvirt-clients)).
options:
  name:
    description:
      - Show only the guests of these names. A name that does not exist is returned with RV(domains[].state=absent).
    type: list
    elements: str
  uri:
    description:
      - Connection of libvirt.
    type: str
    default: qemu:///system
  xml:
    description:
      - Whether the XML of each guest is returned too, without its passwords.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Everything on this host
  hostwright.virt.libvirt_domain_info:
  register: libvirt

- name: Containers
  hostwright.virt.libvirt_domain_info:
    uri: lxc:///

- name: One guest
  hostwright.virt.libvirt_domain_info:
    name: web
    xml: true
"""

RETURN = r"""
domains:
  description: >-
    The guests, sorted by name, each with the return values of M(hostwright.virt.libvirt_domain) that describe it.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the guest.
      type: str
      returned: always
      sample: web
    state:
      description: State of the guest.
      type: str
      returned: always
      sample: started
    config:
      description: The definition for the next start.
      type: dict
      returned: always
      sample: {memory: 2G, vcpus: 2}
    runtime:
      description: What runs.
      type: dict
      returned: always
      sample: {memory: 2G, vcpus: 2}
    xml:
      description: The definition for the next start as libvirt has it, without passwords.
      type: str
      returned: when O(xml=true)
      sample: <domain type="kvm">...</domain>
  sample: [{name: web, state: started, id: 4, config: {memory: 2G}, runtime: {memory: 2G}}]
guests:
  description: >-
    The same in the form that all kinds of guests share, which RV(hostwright.virt.virt_host_info#module:guests)
    documents.
  type: list
  elements: dict
  returned: success
  sample: [{host: vala, name: web, type: libvirt, state: started}]
uri:
  description: The connection that was asked.
  type: str
  returned: success
  sample: qemu:///system
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.api import PACKAGES
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.info import INFO_SPEC, query


def main() -> None:
    run_info(query, argument_spec=INFO_SPEC, packages=PACKAGES)


if __name__ == "__main__":
    main()
