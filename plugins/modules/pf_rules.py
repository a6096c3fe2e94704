# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pf_rules
short_description: Rules of FreeBSD's packet filter pf, of the host or of an anchor
version_added: 0.1.0
description:
  - Keeps the rules of one anchor, such as that of a jail, or those of the host itself, in the kernel and in a file
    that is loaded at boot.
  - Rules are checked by pfctl(8) before anything is done, also in check mode. They are loaded all at once or not at
    all, and connections that the kernel knows go on.
  - The kernel shows rules in another spelling than they were written in. So the module notes what the kernel made of
    them in the first line of their file, and loads them again when the file, the task or the kernel has changed.
  - The contents of tables are not compared, for they change while the host runs. Loading the rules again sets tables
    to what the rules say.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
attributes:
  check_mode:
    support: full
    details:
      - Without the kernel module C(pf) the rules cannot be checked by pfctl(8), and check mode takes them as they are.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: freebsd
requirements:
  - The kernel module C(pf); see M(hostwright.virt.freebsd_host).
options:
  anchor:
    description:
      - The anchor, such as V(jail/web1). The rules of the host must call it, as C(anchor "jail/*"), C(nat-anchor
        "jail/*") and C(rdr-anchor "jail/*") do; RV(attached) says which of them do.
      - Without it the task is about the rules of the host.
    type: str
  rules:
    description:
      - The lines, in order, as pf.conf(5) has them. They are all that the anchor or the host has. A change takes
        effect live.
      - Of the host, the block in O(config_file) that loads anchors at boot stays.
    type: list
    elements: str
  state:
    description:
      - V(absent) empties the anchor and removes its file. States that its rules made stay until they end.
    type: str
    choices: [present, absent]
    default: present
  enabled:
    description:
      - Whether the host filters at all. A change takes effect live. At boot C(pf_enable) of rc.conf(5) decides.
      - Connections that are there when pf is turned on have no state yet, and a rule with C(keep state) does not let
        them through in the middle. Have a rule with C(flags any) for your own, or one that passes all.
    type: bool
  adopt:
    description:
      - Replace a file of rules that this module did not write. Its rules are lost.
    type: bool
    default: false
  config_file:
    description:
      - The rules of the host, C(pf_rules) of rc.conf(5).
    type: path
    default: /etc/pf.conf
  anchor_dir:
    description:
      - Where the files of anchors are.
    type: path
    default: /etc/pf.anchors
seealso:
  - module: hostwright.virt.freebsd_host
  - name: pf.conf(5)
    description: The manual of the rules.
    link: https://man.freebsd.org/cgi/man.cgi?query=pf.conf&sektion=5
"""

EXAMPLES = r"""
- name: Load the module, now and at boot
  hostwright.virt.freebsd_host:
    modules: [pf]
    rc:
      pf_enable: true

- name: Rules of a host with jails
  hostwright.virt.pf_rules:
    enabled: true
    rules:
      - set skip on lo
      - nat-anchor "jail/*"
      - rdr-anchor "jail/*"
      - anchor "jail/*"
      - pass all

- name: A web server in a jail
  hostwright.virt.pf_rules:
    anchor: jail/web1
    rules:
      - nat on em0 from 10.9.0.2 to any -> (em0)
      - rdr on em0 proto tcp to port 80 -> 10.9.0.2
      - pass in proto tcp to 10.9.0.2 port 80

- name: The jail is gone
  hostwright.virt.pf_rules:
    anchor: jail/web1
    state: absent
"""

RETURN = r"""
name:
  description: The anchor, or V(pf) for the host.
  type: str
  returned: success
  sample: jail/web1
state:
  description: V(present) when there are rules in the file or in the kernel.
  type: str
  returned: success
  sample: present
config:
  description: The C(rules) of the file.
  type: dict
  returned: success
  sample: {rules: ["pass in proto tcp to 10.9.0.2 port 80"]}
runtime:
  description: The C(rules) of the kernel, as it shows them.
  type: dict
  returned: success
  sample: {rules: ["pass in inet proto tcp from any to 10.9.0.2 port = http flags S/SA keep state"]}
enabled:
  description: Whether pf filters.
  type: bool
  returned: success
  sample: true
attached:
  description: Which kinds of rules of the host call the anchor. Rules of a kind that is not called have no effect.
  type: list
  elements: str
  returned: success
  sample: [anchor, nat-anchor, rdr-anchor]
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: load the rules of jail/web1
      how: live
      destructive: false
      api: pf
      method: load
      args: [jail/web1, /etc/pf.anchors/jail/web1.conf, "pass all\n"]
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: []
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
from ansible_collections.hostwright.virt.plugins.module_utils._pf.plan import PF_RULES

RESOURCE = PF_RULES


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
