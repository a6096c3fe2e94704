#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: virt_host_info
short_description: Show what a host can do for guests, what it lacks, and which it has
version_added: 0.1.0
description:
  - Says which kinds of guests a host can have, what is in the way of the others and how to get it, and what it has
    left.
  - Lists the guests of all kinds in one form, whoever made them. The other modules whose names end in C(_info) and the
    inventories return guests in the same form.
  - Reads only, with a number of commands that does not grow with the number of guests, except for libvirt, of whose
    domains twenty are read by one command.
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
options:
  types:
    description:
      - Kinds of guests to look for.
    type: list
    elements: str
    choices: [jail, bhyve, xen, lxc, nspawn, libvirt, lxd, incus, docker]
    default: [jail, bhyve, xen, lxc, nspawn, libvirt, lxd, incus, docker]
  lxc_paths:
    description:
      - Folders of LXC containers.
    type: list
    elements: path
    default: [/var/lib/lxc]
  libvirt_uris:
    description:
      - What to ask C(virsh) for.
    type: list
    elements: str
    default: ["qemu:///system", "lxc:///system"]
seealso:
  - module: hostwright.virt.xen_host_info
  - plugin: hostwright.virt.hypervisors
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: This host
  hostwright.virt.virt_host_info:
  register: virt

- name: Fail early, and say how to help it
  ansible.builtin.assert:
    that: "'lxc' in virt.host.types and virt.host.memory.free > 2048"
    fail_msg: "{{ virt.host.lacks }}"

- name: Guests that start at boot and do not run
  ansible.builtin.debug:
    msg: "{{ idle | map(attribute='name') | join(', ') }}"
  vars:
    idle: "{{ virt.guests | selectattr('autostart') | rejectattr('state', 'equalto', 'started') }}"

- name: Only containers, also those of another folder
  hostwright.virt.virt_host_info:
    types: [lxc, nspawn]
    lxc_paths: [/var/lib/lxc, /srv/lxc]
"""

RETURN = r"""
host:
  description: The host.
  type: dict
  returned: success
  contains:
    name:
      description: Name that the host has for itself; in an inventory the name that it has there.
      type: str
      sample: fy
    node:
      description: Name that the host has for itself.
      type: str
      sample: fy
    types:
      description: Kinds of guests that it can have as it is.
      type: list
      elements: str
      sample: [lxc, libvirt]
    lacks:
      description: What is in the way of the other kinds, and of more, such as limits by rctl(8) or KVM.
      type: list
      elements: dict
      contains:
        for:
          description: A kind of guests or a feature.
          type: str
          sample: xen
        lack:
          description: What is missing.
          type: str
          sample: xl is not there
        how:
          description: How to get it, with the name of the package on Debian or FreeBSD.
          type: str
          sample: install xen-system-amd64 (Debian)
    system:
      description: Name of the kernel.
      type: str
      sample: Linux
    os:
      description: Name of the system, as in os-release(5).
      type: str
      sample: debian
    os_version:
      description: Its version.
      type: str
      sample: "12"
    kernel:
      description: Version of the kernel.
      type: str
      sample: 6.1.0-40-amd64
    architecture:
      description: Architecture of the machine.
      type: str
      sample: x86_64
    cpus:
      description: CPUs that the host sees. Those of a whole Xen host are in M(hostwright.virt.xen_host_info).
      type: int
      sample: 8
    memory:
      description: Memory that the host sees and what is left of it, in MiB.
      type: dict
      sample: {total: 16384, free: 9216}
    cgroup:
      description: Version of the control groups, V(0) where there are none, and the controllers of version 2.
      type: dict
      sample: {version: 2, controllers: [cpuset, cpu, io, memory, pids]}
    features:
      description: >-
        Of Linux whether there is KVM, whether it runs under Xen, and whether systemd is its init. Of FreeBSD whether
        racct counts for limits by rctl(8), whether jails may have a network of their own, and whether vmm is loaded.
      type: dict
      sample: {kvm: true, xen: false, systemd: true}
    pools:
      description: Pools of ZFS, in bytes.
      type: list
      elements: dict
      sample: [{name: tank, size: 10737418240, free: 5368709120, health: ONLINE}]
    volume_groups:
      description: Volume groups of LVM, in bytes.
      type: list
      elements: dict
      sample: [{name: bay, size: 10737418240, free: 5368709120}]
    tools:
      description: Tools of this field, and whether they are there.
      type: dict
      sample: {lxc-ls: true, xl: false}
guests:
  description: All guests of the host.
  type: list
  elements: dict
  returned: success
  contains:
    host:
      description: Name of the host that it is on.
      type: str
      sample: fy
    name:
      description: Name of the guest.
      type: str
      sample: web
    type:
      description: Kind of the guest, one of the choices of O(types).
      type: str
      sample: lxc
    state:
      description: >-
        V(started), V(stopped), V(paused), V(frozen) or V(saved), or the tool's own word for what passes or went wrong,
        such as V(crashed), V(dying) or V(starting).
      type: str
      sample: started
    owner:
      description: >-
        What keeps it when it is not the tool itself (V(base)), for instance V(hostwright), V(iocage), V(bastille),
        V(vm-bhyve) or V(docker).
      type: str
      sample: base
    id:
      description: Its number while it runs, a jid, a domid or its first process.
      type: int
      sample: 4711
    uuid:
      description: Its UUID, or the identifier of a container of Docker.
      type: str
      sample: 2a66c6ad-ae29-482a-ac8b-04f2684fb642
    hostname:
      description: What it calls itself.
      type: str
      sample: web.example.org
    addresses:
      description: >-
        Addresses that lead to it from elsewhere. Those that the tool tells come first, then those of its
        configuration, of leases, of the host's table of neighbours, and those that only the guest itself tells.
      type: list
      elements: str
      sample: [192.0.2.10]
    macs:
      description: MAC addresses of its interfaces.
      type: list
      elements: str
      sample: ["00:16:3e:00:00:12"]
    memory:
      description: Its memory, or the limit on it, in MiB.
      type: int
      sample: 512
    vcpus:
      description: Its virtual CPUs.
      type: int
      sample: 2
    autostart:
      description: Whether it starts at boot.
      type: bool
      sample: true
    tags:
      description: >-
        Its tags; of LXC its groups, of a jail the words of C(meta.tags), of libvirt the elements C(tag) of the
        metadata, of Docker labels without a value.
      type: list
      elements: str
      sample: [web, prod]
    description:
      description: A line for people; of Docker the image.
      type: str
      sample: the website
    config_file:
      description: File of its definition on the host.
      type: str
      sample: /var/lib/lxc/web/config
    root:
      description: Its root on the host, when that is a folder or an image.
      type: str
      sample: /var/lib/lxc/web/rootfs
    parent:
      description: The jail that it is in, or the project of LXD and Incus.
      type: str
      sample: null
    uri:
      description: Of a domain of libvirt its URI.
      type: str
      sample: null
  sample: [{host: fy, name: web, type: lxc, state: started, addresses: [192.0.2.10], tags: [web]}]
problems:
  description: What could not be read, and which guests may be missing for it.
  type: list
  elements: str
  returned: success
  sample: []
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._guests.info import ARGUMENT_SPEC, query


def main() -> None:
    run_info(query, argument_spec=ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
