# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
from __future__ import annotations

DOCUMENTATION = r"""
name: hypervisors
short_description: List the guests of any number of hosts, whatever runs them
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Asks hosts which guests they have, all at once, and with one command each whatever the number of guests.
  - It finds jails, guests of bhyve, Xen and libvirt, containers of LXC, systemd-nspawn and Docker, and instances of
    LXD and Incus. It says which of them belong to iocage, Bastille, vm-bhyve and their like.
  - The hosts are reached as by a task, with their own connection and become plugins, variables and passwords. They
    need C(sh), C(awk), C(sed) and C(head), and no Python.
  - The file must end in C(.hostwright.yml) or C(.hostwright.yaml).
notes:
  - A host that was asked is in the groups C(hypervisors) and C(hypervisors_TYPE), with the variables C(virt_host),
    which is what M(hostwright.virt.virt_host_info) says of it, and C(virt_guests), the names of its guests.
  - Passwords for become come from variables such as C(ansible_become_password). The option C(--ask-become-pass) is
    not known to inventory plugins.
  - A host that was reached as a user who is not root shows what that user can see, and a warning says so.
  - An answer is cut off after 10 MB, with a warning.
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
    choices: [hostwright.virt.hypervisors]
  hosts:
    description:
      - Names of hosts or groups of an earlier source, or of new hosts.
      - Instead of a name also a dictionary with the key C(name), whose other keys are variables of the host.
    type: list
    elements: raw
    required: true
  types:
    description:
      - Kinds of guests to ask for. All that a host has by default; a kind that is named and does not answer is a
        warning.
    type: list
    elements: str
    choices: [jail, bhyve, xen, lxc, nspawn, libvirt, lxd, incus, docker]
  lxc_paths:
    description:
      - Folders of LXC containers.
    type: list
    elements: str
    default: [/var/lib/lxc]
  libvirt_uris:
    description:
      - What to ask C(virsh) for, on the host. Domains of Xen are listed by C(xl) already.
    type: list
    elements: str
    default: [qemu:///system, lxc:///system]
  address_sources:
    description:
      - Where addresses of guests come from, the most trusted first. What is left out is not read.
      - V(runtime) is what the tool says of the running guest, V(config) its configuration, V(lease) leases of DHCP
        servers on the host, V(arp) the host's table of neighbours, and V(agent) what the guest says of itself, for
        instance in XenStore.
      - A guest can claim any address by V(arp) and V(agent). Leave them out, or set O(address_networks), where guests
        are not trusted.
    type: list
    elements: str
    choices: [runtime, config, lease, arp, agent]
    default: [runtime, config, lease, arp, agent]
  depth:
    description:
      - How deep to look. With V(2) the guests that run and can be entered are asked for guests of their own, and so
        on. One that cannot be reached is passed over; C(-vvv) says why. What is found there is entered by ssh only.
    type: int
    default: 1
"""

EXAMPLES = r"""
# services.hostwright.yml: running guests of a group's hosts and of a new one, in groups by their type and owner
plugin: hostwright.virt.hypervisors
hosts:
  - hypervisor_hosts
  - name: jailer
    ansible_host: 192.0.2.4
    ansible_user: admin
    ansible_become: true
    ansible_become_method: doas
include_states: [started]
filters:
  - "'web' in virt_guest.tags or virt_guest.memory | default(0, true) > 1024"
address_sources: [runtime, config, lease]
address_networks: [192.0.2.0/24]
compose:
  guest_memory: virt_guest.memory
groups:
  jails: virt_guest.type == 'jail'
keyed_groups:
  - key: virt_guest.owner
    prefix: owner
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/hostwright
"""

import functools
import re
import typing as t

from ansible.errors import AnsibleParserError

from ansible_collections.hostwright.virt.plugins.module_utils._guests import schema
from ansible_collections.hostwright.virt.plugins.module_utils._guests.find import Scope
from ansible_collections.hostwright.virt.plugins.plugin_utils.ask import ask_host
from ansible_collections.hostwright.virt.plugins.plugin_utils.listing import Answer, GuestInventory
from ansible_collections.hostwright.virt.plugins.plugin_utils.parallel import Job, run_all
from ansible_collections.hostwright.virt.plugins.plugin_utils.reach import read_variables, template_ways


class InventoryModule(GuestInventory):
    """Its sources are hosts."""

    NAME = "hostwright.virt.hypervisors"
    ENDINGS = (".hostwright.yml", ".hostwright.yaml")

    def list_sources(self) -> dict[str, Job]:
        names = dict.fromkeys(name for entry in self.get_option("hosts") for name in self.add_entry(entry))
        for name in names:
            self.add_to(name, "hypervisors")
        return {name: self.make_job(name) for name in names}

    def add_answers(self, answers: t.Mapping[str, Answer]) -> list[str]:
        """Also what runs inside of guests, level by level."""
        names = new = super().add_answers(answers)
        for _level in range(self.get_option("depth") - 1):
            inside = {name: self.make_job(name) for name in new if self.can_be_asked(name)}
            asked = run_all(inside, self.get_option("parallel"), self.get_option("time_limit"))
            for name, answer in asked.items():
                self.display.vvv(f"{name}: {answer.get('error') or answer['problems']}")
            found = {name: {**answer, "problems": []} for name, answer in asked.items() if answer.get("guests")}
            new = super().add_answers(found)
            names = names + new
        return names

    def can_be_asked(self, name: str) -> bool:
        variables = self.inventory.hosts[name].vars
        way = {"ansible_connection", "ansible_host"} & set(variables)
        return bool(way) and variables["virt_guest"]["state"] == "started" and not variables["virt_guest"]["stale"]

    def add_entry(self, entry: t.Any) -> list[str]:
        """The hosts that one item of the option means."""
        variables = dict(entry) if isinstance(entry, dict) else {"name": entry}
        name = variables.pop("name", None)
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,252}", name):
            raise AnsibleParserError(f"hosts: {entry!r} is neither the name of a host or group nor has one as its name")
        if name in self.inventory.groups and not variables:
            return [host.name for host in self.inventory.groups[name].get_hosts()]
        self.inventory.add_host(name)
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        return [name]

    def make_job(self, name: str) -> Job:
        return functools.partial(ask_host, self.way_to(name), self.loader, self.scope(), self.get_option("time_limit"))

    def way_to(self, name: str, seen: tuple[str, ...] = ()) -> dict[str, t.Any]:
        """The variables of a host; those of a guest point to what its host has, and that may be a guest too."""
        variables = self.host_variables(name)
        guest = variables.get("virt_guest")
        if isinstance(guest, dict) and guest["host"] in self.inventory.hosts and guest["host"] not in seen:
            outer = self.way_to(guest["host"], (*seen, name))
            variables["hostvars"] = {guest["host"]: template_ways(outer, self.loader)}
        return variables

    def scope(self) -> Scope:
        for path in self.get_option("lxc_paths"):
            if not re.fullmatch(r"/[^\x00-\x1f\x7f]*", path):
                raise AnsibleParserError(f"lxc_paths: {path!r} must be an absolute path")
        for uri in self.get_option("libvirt_uris"):
            if not re.fullmatch(r"[A-Za-z0-9+:/@._?=&%-]+", uri):
                raise AnsibleParserError(f"libvirt_uris: {uri!r} is not a URI of libvirt")
        return Scope(
            types=tuple(self.get_option("types") or schema.TYPES),
            lxc_paths=tuple(path.rstrip("/") or "/" for path in self.get_option("lxc_paths")),
            uris=tuple(self.get_option("libvirt_uris")),
            sources=tuple(self.get_option("address_sources")),
            named=bool(self.get_option("types")),
        )

    def host_variables(self, name: str) -> dict[str, t.Any]:
        return read_variables(self.inventory, self.loader, name, self._vars or {})

    def unknown_host(self, source: str) -> dict[str, t.Any]:
        return {"name": source, "types": [], "lacks": []}

    def describe_question(self) -> str:
        return repr(self.scope())
