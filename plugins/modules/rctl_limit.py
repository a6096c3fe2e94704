#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rctl_limit
short_description: Limit the resources of jails, users, login classes and processes with rctl
version_added: 0.1.0
description:
  - Sets, changes and removes limits of FreeBSD's rctl(8), in the kernel and in the file that is loaded at boot.
  - Any number of rules is one task, which reads the state once. Rules that the task does not speak of stay.
  - A rule with another amount replaces the one that is there, whatever its action. The kernel itself does so for
    C(deny) only, and would keep an old C(log), C(throttle), C(devctl) or signal beside the new one.
  - What the kernel would refuse, such as to deny C(readbps), is refused before anything is done.
  - Rules may name jails and login classes that do not exist yet. They stay when a jail is removed.
  - In the file, rules of this module are in a block of its own. A line elsewhere in it that has a rule which the task
    manages is taken out when its amount is not as declared. All other lines stay as they are.
  - Users are compared by number, so C(user:www) and C(user:80) are the same.
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
requirements:
  - FreeBSD with RACCT and RCTL in its kernel, as GENERIC has them, and C(kern.racct.enable=1); see O(enable_racct).
options:
  jail:
    description:
      - Limit this jail. The name of a jail in a jail has dots.
    type: str
  user:
    description:
      - Limit this user, by login name or number.
    type: str
  loginclass:
    description:
      - Limit this class of login.conf(5).
    type: str
  process:
    description:
      - Limit this process, by number. Such a rule is never written to O(config_file).
    type: int
  subject:
    description:
      - Kind of the subject, with O(subject_id), in place of one of the four options above.
    type: str
    choices: [process, user, loginclass, jail]
  subject_id:
    description:
      - Name or number of the subject.
    type: str
  resource:
    description:
      - What is limited, as rctl(8) calls it, such as V(memoryuse), V(vmemoryuse), V(swapuse), V(maxproc), V(nthr),
        V(openfiles), V(pcpu), V(cputime), V(wallclock), V(readbps), V(writebps), V(readiops) or V(writeiops).
    type: str
  action:
    description:
      - What happens at the limit, V(deny), V(log), V(devctl), V(throttle) or a signal such as V(sigterm).
      - V(deny) is not possible for C(cputime), C(wallclock) and the four rates. V(throttle) is possible for the four
        rates only.
      - Without it, V(deny) is set; with O(state=absent) every action is meant.
    type: str
  amount:
    description:
      - How much, in the unit of the resource. A change takes effect live.
      - Bytes and bytes a second may have a unit in powers of 1024, like V(512M) or V(1.5G).
      - Seconds may have C(s), C(m), C(h) or C(d). Percent of a processor may have a percent sign; two processors are
        V(200%). Counts are whole numbers, and V(1k) is 1024.
    type: str
  per:
    description:
      - Whose usage is compared with the amount, one of V(process), V(user), V(loginclass) and V(jail).
      - Without it, the subject's own as a whole; with O(state=absent) every one is meant.
      - Rules that differ in this are different rules.
    type: str
  rule:
    description:
      - A rule as rctl(8) spells it, V(subject:subject-id:resource:action=amount/per), in place of the options above.
        The amount is read as rctl(8) reads it. A change takes effect live.
      - With O(state=absent) it may end after any of its fields.
    type: str
  rules:
    description:
      - Several rules. Each has the options above; one without a subject is about the subject of the task. A
        change takes effect live.
      - With an empty list, O(purge) removes every rule of the subject.
    type: list
    elements: dict
    suboptions:
      jail:
        description: As O(jail).
        type: str
      user:
        description: As O(user).
        type: str
      loginclass:
        description: As O(loginclass).
        type: str
      process:
        description: As O(process).
        type: int
      subject:
        description: As O(subject).
        type: str
        choices: [process, user, loginclass, jail]
      subject_id:
        description: As O(subject_id).
        type: str
      resource:
        description: As O(resource).
        type: str
      action:
        description: As O(action).
        type: str
      amount:
        description: As O(amount).
        type: str
      per:
        description: As O(per).
        type: str
      rule:
        description: As O(rule).
        type: str
      state:
        description: As O(state), which is its default.
        type: str
        choices: [present, absent]
  state:
    description:
      - V(present) sets the rules.
      - V(absent) removes the rules that agree with what is given. A subject alone means all of its rules.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Remove every other rule of the subjects that the task names, from the kernel and from O(config_file). It takes
        effect live. Rules of other subjects are never touched.
    type: bool
    default: false
  persistent:
    description:
      - Keep the rules in O(config_file) as well, which C(rc.d/rctl) loads at boot. The service is never restarted, for
        that would remove every rule of the host.
      - With V(false) the file is not managed.
    type: bool
    default: true
  config_file:
    description:
      - The file of rules, C(rctl_rules) of rc.conf(5).
    type: path
    default: /etc/rctl.conf
  enable_racct:
    description:
      - Set C(kern.racct.enable) in C(/boot/loader.conf), so that the kernel counts resources. FreeBSD's default is not
        to count. This needs a reboot, which this module never does, and so is like a restart of the host.
      - While the kernel does not count, rules are written to O(config_file) only and RV(reboot_required) is returned.
        Without this option the task fails then.
    type: bool
    default: false
seealso:
  - module: hostwright.virt.rctl_limit_info
  - name: rctl(8)
    description: The manual of the tool.
    link: https://man.freebsd.org/cgi/man.cgi?query=rctl&sektion=8
"""

EXAMPLES = r"""
- name: A jail may use 512 MB
  hostwright.virt.rctl_limit:
    jail: web1
    resource: memoryuse
    amount: 512M

- name: All limits of a jail, and no others
  hostwright.virt.rctl_limit:
    jail: web1
    purge: true
    rules:
      - resource: memoryuse
        amount: 1.5G
      - resource: memoryuse
        action: log
        amount: 1G
      - resource: maxproc
        amount: 200
      - resource: pcpu
        amount: 150%
      - resource: readbps
        action: throttle
        amount: 20M

- name: No process of a user may open more than 1000 files
  hostwright.virt.rctl_limit:
    user: www
    resource: openfiles
    amount: 1000
    per: process

- name: Rules as rctl(8) spells them, on a host that does not count resources yet
  hostwright.virt.rctl_limit:
    enable_racct: true
    rules:
      - rule: loginclass:daemon:maxproc:deny=300
      - rule: jail:db1:vmemoryuse:deny=4G
  register: limits

- name: Reboot when that is needed
  ansible.builtin.reboot:
  when: limits.reboot_required

- name: Remove the logs of a jail, whatever their resource and amount
  hostwright.virt.rctl_limit:
    jail: web1
    action: log
    state: absent

- name: Remove every rule of a jail
  hostwright.virt.rctl_limit:
    jail: web1
    state: absent
"""

RETURN = r"""
name:
  description: The subject, or how many there are.
  type: str
  returned: success
  sample: jail:web1
state:
  description: V(present) when the subjects have any rule after the task, else V(absent).
  type: str
  returned: success
  sample: present
config:
  description: What is loaded at boot.
  type: dict
  returned: success
  contains:
    rules:
      description: The rules of the subjects in O(config_file), amounts in the unit of the resource.
      type: list
      elements: str
      returned: success
      sample: ["jail:web1:memoryuse:deny=536870912"]
    loaded_at_boot:
      description: Whether C(rctl_enable) of rc.conf(5) is on; null when that is not known.
      type: bool
      returned: success
      sample: true
runtime:
  description: What the kernel has.
  type: dict
  returned: success
  contains:
    rules:
      description: The rules of the subjects.
      type: list
      elements: str
      returned: success
      sample: ["jail:web1:memoryuse:deny=536870912"]
racct:
  description: Whether the kernel counts resources.
  type: bool
  returned: success
  sample: true
reboot_required:
  description: Whether the kernel will count resources, and so take the rules, only after a reboot.
  type: bool
  returned: success
  sample: false
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: add jail:web1:memoryuse:deny=536870912
      how: live
      destructive: false
      command: rctl -a jail:web1:memoryuse:deny=536870912
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: ["rctl -a jail:web1:memoryuse:deny=536870912"]
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
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.resource import RCTL_LIMIT

RESOURCE = RCTL_LIMIT


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
