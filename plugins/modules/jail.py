#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: jail
short_description: Manage a FreeBSD jail with jail(8) and jail.conf
version_added: 0.1.0
description:
  - Defines, changes, starts, stops and removes one jail of a FreeBSD host, with jail(8) and jail.conf(5) and no jail
    manager.
  - Three things are compared, the task, the file and the running jail, and each is repaired. What the kernel lets
    change is changed live with C(jail -m); the kernel itself is asked what is fixed at creation.
  - A new jail gets a file of its own, C(/etc/jail.conf.d/NAME.conf). A definition that is there is edited in place.
    Comments and all that the task does not name stay as they are.
  - What the files say is read as jail(8) reads it, with defaults, wildcards, variables, C(+=) and includes. A
    parameter that has the declared value already is not written again.
  - Values are taken as they are. A dollar sign in one is a dollar sign, not a variable.
  - An option that is not given is not managed. The root of the jail is never created, changed or removed.
  - A jail of iocage, Bastille, AppJail, pot, CBSD or ezjail is recognised and never touched.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._common.restart_policy
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - O(state=restarted) restarts the jail each time.
  platform:
    support: full
    platforms: freebsd
requirements:
  - FreeBSD 14 or newer; all tools are in its base system.
options:
  name:
    description:
      - Name of the jail. Letters, digits and C(_), inside also C(-); at most 63, and not a number.
    type: str
    required: true
  state:
    description:
      - V(present) defines the jail and leaves it running or not.
      - V(started) starts it, and before it the jails that it depends on.
      - V(stopped) stops it and leaves it defined.
      - V(restarted) restarts it, each time that the task runs.
      - V(absent) stops it and removes its definition, and its file when nothing else is in it. It is taken from the
        jails that start at boot. Its root stays.
    type: str
    choices: [present, started, stopped, restarted, absent]
    default: present
  path:
    description:
      - Root of the jail, a directory that exists. It is fixed when a jail is created, so a running jail is made anew
        for another one when O(restart_policy) allows it.
    type: str
  hostname:
    description:
      - Its host name, C(host.hostname). A change takes effect live.
    type: str
  ip4_addr:
    description:
      - Its IPv4 addresses, each with or without C(interface|) before it and C(/prefix) behind it.
      - A change takes effect live. Addresses are put on the interface and taken from it. A jail that shares all
        addresses of the host (C(ip4=inherit)) is made anew.
    type: list
    elements: str
  ip6_addr:
    description:
      - Its IPv6 addresses, likewise. A change takes effect live.
    type: list
    elements: str
  interface:
    description:
      - The interface for addresses that name none. A change needs a restart of the jail, which is not forced.
    type: str
  vnet:
    description:
      - Whether it has a network stack of its own. This is fixed when a jail is created; a running one is made anew.
    type: bool
  vnet_interface:
    description:
      - Interfaces that are moved into it. A change needs a restart of the jail, which is not forced.
    type: list
    elements: str
  persist:
    description:
      - Whether it stays when it has no processes. Turning it on takes effect live; turning it off waits for a restart,
        for the kernel would remove an empty jail at once.
    type: bool
  depend:
    description:
      - Jails that must run before it. A change takes effect live, at the next start or stop.
    type: list
    elements: str
  exec_start:
    description:
      - Commands that start what runs in it. A change needs a restart of the jail, which is not forced.
    type: list
    elements: str
  exec_stop:
    description:
      - Commands that stop what runs in it. A change takes effect live, at the next stop.
    type: list
    elements: str
  exec_clean:
    description:
      - Run commands in a clean environment. A change needs a restart of the jail, which is not forced.
    type: bool
  mount_devfs:
    description:
      - Whether it has a C(/dev). A change needs a restart of the jail; see O(restart_policy).
    type: bool
  devfs_ruleset:
    description:
      - Number of the rules for its devices. A change takes effect live, for mounts made from then on.
    type: int
  enforce_statfs:
    description:
      - Which mounts it sees, 0 to 2. A change takes effect live.
    type: int
  children_max:
    description:
      - How many jails it may have in it. A change takes effect live.
    type: int
  securelevel:
    description:
      - Its securelevel. A change takes effect live.
    type: int
  params:
    description:
      - Any other parameters by jail(8)'s own names, such as C(allow.raw_sockets), C(sysvshm), C(exec.prestart),
        C(mount) or C(meta.owner). A name that this host's jail(8) and kernel do not have is refused.
      - A list is several values. V(null) removes a parameter from the file and sets it back on the running jail.
      - A change takes effect live, but for what the kernel fixes at creation (C(path), C(vnet), C(ip4), C(ip6),
        C(osrelease), C(osreldate)), and C(exec.*), C(mount.*) and the like, which jail(8) uses at start and stop.
    type: dict
    aliases: [config]
  purge:
    description:
      - Remove parameters of the jail's own definition that the task does not name. It takes effect live in the file;
        the running jail keeps them until it is restarted. Variables and jails in the jail stay.
    type: bool
    default: false
  autostart:
    description:
      - Whether it starts at boot, by C(jail_list) and C(jail_enable) of rc.conf(5). A change takes effect live.
      - An empty C(jail_list) means every jail of jail.conf. When such a list gets its first entry the others are
        written into it, so that none is lost.
    type: bool
    aliases: [boot]
  adopt:
    description:
      - Change a jail that is defined in a file that it shares with other jails, in place; or define one that runs
        and is in no file.
    type: bool
    default: false
  timeout:
    description:
      - How many seconds starting or stopping may take.
    type: int
    default: 120
seealso:
  - module: hostwright.virt.jail_info
  - module: hostwright.virt.rctl_limit
  - name: jail(8)
    description: The manual of the tool and its parameters.
    link: https://man.freebsd.org/cgi/man.cgi?query=jail&sektion=8
"""

EXAMPLES = r"""
- name: A jail that runs
  hostwright.virt.jail:
    name: web1
    state: started
    path: /jails/web1
    exec_start: [/bin/sh /etc/rc]
    exec_stop: [/bin/sh /etc/rc.shutdown jail]

- name: One with addresses, rights and a place at boot
  hostwright.virt.jail:
    name: web1
    state: started
    path: /jails/web1
    hostname: web1.example.org
    ip4_addr: ["vtnet0|192.0.2.10/24", "192.0.2.11"]
    mount_devfs: true
    devfs_ruleset: 4
    exec_clean: true
    exec_start: [/bin/sh /etc/rc]
    exec_stop: [/bin/sh /etc/rc.shutdown jail]
    autostart: true
    params:
      allow.raw_sockets: true
      sysvshm: new
      meta.owner: ops

- name: Another address and no raw sockets, while it runs
  hostwright.virt.jail:
    name: web1
    ip4_addr: ["vtnet0|192.0.2.12/24"]
    params:
      allow.raw_sockets: null

- name: Another root, with a restart
  hostwright.virt.jail:
    name: web1
    path: /jails/web1-new
    restart_policy: if_needed

- name: Gone, but for its root
  hostwright.virt.jail:
    name: web1
    state: absent
"""

RETURN = r"""
name:
  description: Name of the jail.
  type: str
  returned: success
  sample: web1
state:
  description: One of V(started), V(stopped) and V(absent).
  type: str
  returned: success
  sample: started
config:
  description: Its parameters as jail(8) reads them from the files.
  type: dict
  returned: success
  sample: {path: /jails/web1, exec.clean: true, host.hostname: web1.example.org}
runtime:
  description: The parameters of the running jail, as the kernel has them.
  type: dict
  returned: success
  sample: {path: /jails/web1, children.max: "0", allow.raw_sockets: false}
jid:
  description: Its number; null when it does not run, or in check mode when it would be started.
  type: int
  returned: success
  sample: 3
config_file:
  description: The file that has its definition.
  type: str
  returned: success
  sample: /etc/jail.conf.d/web1.conf
autostart:
  description: Whether it starts at boot.
  type: bool
  returned: success
  sample: true
dying:
  description: Numbers of jails of this name that are stopped but not gone yet.
  type: list
  elements: int
  returned: success
  sample: []
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: start jail web1
      how: live
      destructive: false
      command: jail -f /etc/jail.conf.d/web1.conf -c web1
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [jail -f /etc/jail.conf.d/web1.conf -c web1]
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
from ansible_collections.hostwright.virt.plugins.module_utils._jail.resource import JAIL

RESOURCE = JAIL


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
