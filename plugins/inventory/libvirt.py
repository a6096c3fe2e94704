# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
from __future__ import annotations

DOCUMENTATION = r"""
name: libvirt
short_description: List the domains of any number of libvirt connections
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Asks libvirt itself, by its library on the controller, for the domains of each URI, all URIs at once.
  - Any driver will do, as C(qemu), C(xen), C(lxc), C(bhyve), C(openvz), C(vbox), C(esx) or C(test), also over C(ssh)
    or TLS.
  - States and what starts at boot are read with five calls for any number of domains. The rest is in the XML of each
    domain, of which libvirt tells no two in one call, so that takes a call for each, five of them at once.
  - Where C(virsh) is on the hosts and Ansible gets there anyway, P(hostwright.virt.hypervisors#inventory) needs no
    library.
  - The file must end in C(.hostwright.yml) or C(.hostwright.yaml).
notes:
  - Nobody can type a password here. Names and passwords for drivers that want them are in libvirt's own C(auth.conf).
requirements:
  - libvirt-python on the controller (Debian package C(python3-libvirt))
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
  - hostwright.virt._inventory
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [hostwright.virt.libvirt]
  uris:
    description:
      - The URIs. Instead of one also a dictionary with the keys C(uri) and C(host). The host is what the inventory
        calls the host of this libvirt; it is listed then, in the group C(hypervisors), and its guests are of it.
      - Guests of a URI without C(host) are of the host by the name that libvirt has for it.
    type: list
    elements: raw
    required: true
  details:
    description:
      - Also read the XML of each domain. Without it nothing is known of MAC addresses, tags, descriptions and
        configured addresses, and of memory and processors only where the driver tells of all domains at once.
    type: bool
    default: true
  address_sources:
    description:
      - Where addresses of guests come from, the most trusted first. What is left out is not read.
      - V(config) is the XML, V(lease) what the networks of libvirt leased. V(arp) and V(agent) take a call for each
        domain that runs; V(agent) is what the guest says of itself, within 5 seconds, and needs a connection that
        may write.
    type: list
    elements: str
    choices: [config, lease, arp, agent]
    default: [config, lease]
"""

EXAMPLES = r"""
# kvm.hostwright.yml: two hosts, one of them also with containers
plugin: hostwright.virt.libvirt
uris:
  - uri: qemu+ssh://root@fy.example.org/system
    host: fy
  - uri: qemu:///system
    host: here
  - uri: lxc:///system
    host: here
include_states: [started]
keyed_groups:
  - key: virt_guest.uri.split(':')[0]
    prefix: driver
"""

import functools
import re
import typing as t

from ansible.errors import AnsibleParserError

from ansible_collections.hostwright.virt.plugins.plugin_utils.library import Question, ask_library, load_library
from ansible_collections.hostwright.virt.plugins.plugin_utils.listing import GuestInventory
from ansible_collections.hostwright.virt.plugins.plugin_utils.parallel import Job


class InventoryModule(GuestInventory):
    """Its sources are URIs."""

    NAME = "hostwright.virt.libvirt"
    ENDINGS = (".hostwright.yml", ".hostwright.yaml")

    def list_sources(self) -> dict[str, Job]:
        load_library()
        return {question.uri: functools.partial(ask_library, question) for question in self.questions()}

    def questions(self) -> list[Question]:
        sources = tuple(self.get_option("address_sources"))
        found = []
        for entry in self.get_option("uris"):
            asked = entry if isinstance(entry, dict) else {"uri": entry}
            uri, host = asked.get("uri"), asked.get("host")
            if set(asked) - {"uri", "host"} or not isinstance(uri, str) or not re.fullmatch(r"[a-z][!-~]*", uri):
                raise AnsibleParserError(f"uris: {entry!r} is neither a URI nor a dictionary of uri and host")
            if host is not None and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,252}", str(host)):
                raise AnsibleParserError(f"uris: {host!r} is no name of a host")
            found.append(Question(uri, host, self.get_option("details"), sources))
        return found

    def host_variables(self, name: str) -> dict[str, t.Any]:
        return {}

    def unknown_host(self, source: str) -> dict[str, t.Any] | None:
        host = next(question.host for question in self.questions() if question.uri == source)
        return {"name": host, "types": [], "lacks": []} if host else None

    def describe_question(self) -> str:
        return repr(self.questions())
