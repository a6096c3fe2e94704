# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: freebsd_host
short_description: Settings, modules, bridges and shared addresses of a FreeBSD host
version_added: 0.1.0
description:
  - Keeps what a FreeBSD host has now and what it starts with alike. Tunables of the loader, kernel modules,
    variables of the kernel, variables of rc.conf(5), bridges, VLANs and addresses of carp(4).
  - One task reads the host once, whatever number of settings it names.
  - Nothing that is not named is changed. Other lines of the files stay as they are, comments included.
  - The host is never rebooted. What needs that is returned in RV(reboot_required) and RV(reboot_reasons).
  - A module that brings ipfw(4) is loaded only after C(net.inet.ip.fw.default_to_accept) is 1, for it would cut the
    host off otherwise.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: freebsd
options:
  loader:
    description:
      - Tunables by name, such as V(kern.racct.enable) or V(vmm_load). V(null) removes one. True and false are 1 and
        0, and C(YES) and C(NO) for names that end with C(_load).
      - They are written to O(loader_file) and take effect at a reboot, which is like a restart of the host. Until
        the kernel has the value RV(reboot_required) is true.
    type: dict
    default: {}
  loader_file:
    description:
      - The file of the loader.
    type: path
    default: /boot/loader.conf
  modules:
    description:
      - Kernel modules, without C(.ko). A change takes effect live, and C(kld_list) of rc.conf(5) loads them at each
        boot.
      - Modules that are not in the list are neither unloaded nor taken from C(kld_list).
    type: list
    elements: str
    default: []
  sysctl:
    description:
      - Variables of the kernel by name. A change takes effect live, and is written to O(sysctl_file).
      - V(null) takes a variable out of the file; the kernel keeps its value until the next boot.
    type: dict
    default: {}
  sysctl_file:
    description:
      - The file that is read at boot.
    type: path
    default: /etc/sysctl.conf
  rc:
    description:
      - Variables of rc.conf(5) by name. True and false are C(YES) and C(NO), a list is its words, V(null) removes a
        variable.
      - A dictionary with C(add) and C(remove), each a word or a list of words, changes a list such as C(ntpd_flags)
        and leaves its other words.
      - rc.conf is a shell script, so values cannot have double quotes, dollar signs, backquotes and backslashes.
      - A change takes effect live in the file. No service is started or stopped by this module.
    type: dict
    default: {}
  interfaces:
    description:
      - Bridges, VLANs and other interfaces that the host makes for itself. A change takes effect live, and is kept in
        C(cloned_interfaces), C(vlans_IF) and C(ifconfig_IF) of rc.conf(5). Words of C(ifconfig_IF) that are about
        something else stay.
      - Interfaces that are not in the list are left alone.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Its name, such as V(bridge0), V(lo1), V(tap3) or V(em0.20). Of an epair(4) each end is named, V(epair5a) and
            V(epair5b); both are made together.
        type: str
        required: true
      members:
        description:
          - Interfaces of the host on this bridge. One that C(ifconfig_IF) names and this list does not is taken off.
            Interfaces of jails and guests, which only the kernel knows, stay.
          - An interface with addresses is refused where the kernel refuses it, as FreeBSD 15 does, for its addresses
            would have to move and the host might be cut off.
        type: list
        elements: str
      parent:
        description: The interface that the VLAN is on.
        type: str
      vlan:
        description: The number of the VLAN.
        type: int
      mac:
        description:
          - Its MAC address. A bridge without one gets another at each boot, and neighbours believe that the host is
            gone.
        type: str
      mtu:
        description: Its MTU.
        type: int
      addresses:
        description: Addresses that it has, each with its C(/prefix). Others stay.
        type: list
        elements: str
      state:
        description:
          - V(absent) removes it, and what rc.conf says of it. Its members stay, and a bridge with interfaces of jails
            or guests is refused.
        type: str
        choices: [present, absent]
        default: present
  carp:
    description:
      - Addresses that this host shares with another one by carp(4), whose module must be loaded. A change takes
        effect live, and is kept in C(ifconfig_IF_aliasN) of rc.conf(5).
    type: list
    elements: dict
    default: []
    suboptions:
      interface:
        description: The interface.
        type: str
        required: true
      vhid:
        description: The number of the group, 1 to 254, the same on both hosts.
        type: int
        required: true
      address:
        description: The address, with its C(/prefix).
        type: str
        required: true
      advskew:
        description: How late the host speaks. The one with the lower number has the address.
        type: int
        default: 0
      advbase:
        description: Seconds between two advertisements.
        type: int
        default: 1
      password:
        description:
          - The password of the group, 8 to 19 characters. It is handed to the kernel without a command line, and
            kept in C(/etc/start_if.IF), which root alone may read.
          - At boot and with C(service netif) that file runs ifconfig(8), which takes a password as an argument only.
            At boot nobody is logged in; for the rest set C(security.bsd.see_other_uids) and
            C(security.bsd.see_other_gids) to 0.
        type: str
      state:
        description: V(absent) takes the address away.
        type: str
        choices: [present, absent]
        default: present
seealso:
  - module: hostwright.virt.pf_rules
  - module: hostwright.virt.jail
  - name: rc.conf(5)
    description: The manual of what a host starts with.
    link: https://man.freebsd.org/cgi/man.cgi?query=rc.conf&sektion=5
"""

EXAMPLES = r"""
- name: A host of jails and guests of bhyve
  hostwright.virt.freebsd_host:
    loader:
      kern.racct.enable: 1
      vmm_load: true
    modules: [vmm, nmdm, if_bridge, if_epair]
    sysctl:
      net.inet.ip.forwarding: 1
    rc:
      gateway_enable: true
      jail_enable: true
      ntpd_enable: true
  register: host

- name: Reboot when that is needed
  ansible.builtin.reboot:
  when: host.reboot_required

- name: A bridge with a VLAN of the network card, with an address of the host
  hostwright.virt.freebsd_host:
    interfaces:
      - name: em1.20
        parent: em1
        vlan: 20
      - name: bridge20
        mac: "02:00:5e:00:53:14"
        members: [em1.20]
        addresses: [192.0.2.1/24, "2001:db8:14::1/64"]

- name: Another bridge goes
  hostwright.virt.freebsd_host:
    interfaces:
      - name: bridge7
        state: absent

- name: An address that two hosts share
  hostwright.virt.freebsd_host:
    loader:
      carp_load: true
    modules: [carp]
    carp:
      - interface: em0
        vhid: 7
        address: 192.0.2.100/32
        advskew: 100
        password: "{{ carp_password }}"

- name: A word more in a list of rc.conf
  hostwright.virt.freebsd_host:
    rc:
      devfs_load_rulesets: true
      syslogd_flags:
        add: ["-ss"]
"""

RETURN = r"""
name:
  description: Always V(host).
  type: str
  returned: success
  sample: host
state:
  description: Always V(present).
  type: str
  returned: success
  sample: present
config:
  description: What the host starts with, of the names in the task.
  type: dict
  returned: success
  sample:
    loader: {kern.racct.enable: "1"}
    rc: {jail_enable: "YES"}
runtime:
  description: What it has now, C(sysctl), C(modules) and C(carp), a list with C(interface), C(vhid), C(state) and
    C(addresses).
  type: dict
  returned: success
  sample:
    sysctl: {net.inet.ip.forwarding: "1"}
    modules: [pf, vmm]
    carp: []
reboot_required:
  description: Whether a tunable of the task takes effect only at the next boot.
  type: bool
  returned: success
  sample: false
reboot_reasons:
  description: Which ones.
  type: list
  elements: str
  returned: success
  sample: []
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: set jail_enable in rc.conf
      how: live
      destructive: false
      command: sysrc jail_enable=YES
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: ["sysrc jail_enable=YES"]
pending:
  description: What takes effect only after a restart that the task does not allow.
  type: list
  elements: dict
  returned: success
  sample: []
restart_required:
  description: Whether anything is pending.
  type: bool
  returned: success
  sample: false
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_module
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.resource import FREEBSD_HOST

RESOURCE = FREEBSD_HOST


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
