#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rctl_limit_info
short_description: List limits of rctl and how much of them is used
version_added: 0.1.0
description:
  - Lists the rules of FreeBSD's rctl(8), in the kernel and in the file that is loaded at boot, and what their subjects
    use of them.
  - A jail or login class that does not exist has a usage of zero, for so the kernel answers.
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
  subjects:
    description:
      - Whom to look at, like V(jail:web1), V(user:www), V(loginclass:daemon) or V(process:4711).
      - Without it, every subject that has a rule.
    type: list
    elements: str
  usage:
    description:
      - Ask the kernel what each subject uses.
    type: bool
    default: true
  config_file:
    description:
      - The file of rules that is loaded at boot.
    type: path
    default: /etc/rctl.conf
seealso:
  - module: hostwright.virt.rctl_limit
"""

EXAMPLES = r"""
- name: All limits of this host
  hostwright.virt.rctl_limit_info:
  register: limits

- name: Jails that use more than 90 % of a limit
  ansible.builtin.debug:
    msg: "{{ rules | selectattr('percent') | selectattr('percent', '>', 90) | map(attribute='rule') }}"
  vars:
    rules: "{{ limits.subjects | map(attribute='rules') | flatten }}"

- name: What one jail uses, limited or not
  hostwright.virt.rctl_limit_info:
    subjects: [jail:web1]
"""

RETURN = r"""
racct:
  description: Whether the kernel counts resources. If not, it has no rules and there is no usage.
  type: bool
  returned: success
  sample: true
loaded_at_boot:
  description: Whether C(rctl_enable) of rc.conf(5) is on; null when that is not known.
  type: bool
  returned: success
  sample: true
subjects:
  description: The subjects, each with its rules.
  type: list
  elements: dict
  returned: success
  contains:
    subject:
      description: One of V(process), V(user), V(loginclass) and V(jail).
      type: str
      sample: jail
    subject_id:
      description: Its name or number.
      type: str
      sample: web1
    usage:
      description: What it uses of each resource, in the unit of the resource; null when not known.
      type: dict
      sample: {memoryuse: 26214400, maxproc: 12}
    rules:
      description: Its rules.
      type: list
      elements: dict
      contains:
        rule:
          description: As rctl(8) spells it.
          type: str
          sample: jail:web1:memoryuse:deny=536870912
        resource:
          description: What is limited.
          type: str
          sample: memoryuse
        action:
          description: What happens at the limit.
          type: str
          sample: deny
        amount:
          description: How much.
          type: int
          sample: 536870912
        unit:
          description: Unit of the amount, one of V(bytes), V(seconds), V(percent) and V(count).
          type: str
          sample: bytes
        per:
          description: Whose usage is compared.
          type: str
          sample: jail
        in_kernel:
          description: Whether it is in force.
          type: bool
          sample: true
        in_file:
          description: Whether it is loaded at boot.
          type: bool
          sample: true
        used:
          description: How much of it is used; null where C(per) is not the subject itself.
          type: int
          sample: 26214400
        percent:
          description: The same in percent.
          type: float
          sample: 4.9
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.info import ARGUMENT_SPEC, query


def main() -> None:
    run_info(query, argument_spec=ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
