#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: jail_info
short_description: List the jails of a FreeBSD host, running or defined
version_added: 0.1.0
description:
  - Lists every jail that runs and every jail that jail.conf(5) defines, with what the files and the kernel say of it.
  - Says which jail manager a jail belongs to, if any.
  - Files that jail(8) could not read are returned as errors and do not hide the other jails.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._attributes.info_module
attributes:
  platform:
    support: full
    platforms: freebsd
options:
  names:
    description:
      - Only these jails. A jail in a jail has the other's name and a dot before its own.
    type: list
    elements: str
seealso:
  - module: hostwright.virt.jail
"""

EXAMPLES = r"""
- name: All jails
  hostwright.virt.jail_info:
  register: found

- name: Jails that differ from their file in their host name
  ansible.builtin.debug:
    msg: "{{ item.name }}"
  loop: "{{ found.jails | selectattr('state', 'equalto', 'started') }}"
  when: item.config['host.hostname'] | default('') != item.runtime['host.hostname']
"""

RETURN = r"""
jails:
  description: The jails.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the jail.
      type: str
      sample: web1
    owner:
      description: What made it, V(base) for jail(8) itself, else the name of a jail manager.
      type: str
      sample: base
    state:
      description: One of V(started), V(stopped) and V(absent), the last for one that is only dying.
      type: str
      sample: started
    config:
      description: Its parameters as jail(8) reads them from the files.
      type: dict
      sample: {path: /jails/web1}
    runtime:
      description: The parameters of the running jail.
      type: dict
      sample: {path: /jails/web1}
    jid:
      description: Its number.
      type: int
      sample: 3
    config_file:
      description: The file that has its definition.
      type: str
      sample: /etc/jail.conf.d/web1.conf
    autostart:
      description: Whether it starts at boot.
      type: bool
      sample: true
    dying:
      description: Numbers of jails of this name that are stopped but not gone yet.
      type: list
      elements: int
      sample: []
    mounts:
      description: What is mounted in its root while it runs.
      type: list
      elements: str
      sample: [/jails/web1/dev]
    error:
      description: Why its definition could not be read.
      type: str
      returned: when it could not
      sample: "jail web1: path: variable 'x' not found"
guests:
  description: >-
    The same in the form that all kinds of guests share, which RV(hostwright.virt.virt_host_info#module:guests)
    documents. One that cannot be read is left out.
  type: list
  elements: dict
  returned: success
  sample: [{host: jailer, name: web1, type: jail, state: started}]
errors:
  description: Files that could not be read, with the line.
  type: list
  elements: str
  returned: success
  sample: []
boot:
  description: What rc.conf(5) says of jails.
  type: dict
  returned: success
  contains:
    enabled:
      description: Whether any jail starts at boot.
      type: bool
      sample: true
    list:
      description: Which; an empty list means every jail of jail.conf.
      type: list
      elements: str
      sample: [web1]
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._jail.info import ARGUMENT_SPEC, query


def main() -> None:
    run_info(query, argument_spec=ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
