# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugins share: which guests are listed, by what names, in what groups, and how to enter them."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
notes:
  - Each guest is a host with the variable C(virt_guest), a dictionary in the form that
    RV(hostwright.virt.virt_host_info#module:guests) documents, and C(stale). What a guest or a host says is data -
    nothing in it is ever a template.
  - Each guest is in the groups C(guests_of_HOST) (which are in C(guests)), C(type_TYPE), C(state_STATE), and
    C(tag_TAG) for each of its tags. Names of groups are made of letters, digits and C(_).
  - With a cache, what a host said last is kept for ever beside it. A host that does not answer is asked at every run,
    and until it answers its guests are listed from there, in the group C(stale).
  - Trouble with one host is a warning and hides nothing of the others. With O(strict) it is an error.
options:
  parallel:
    description:
      - How many are asked at once.
    type: int
    default: 10
  time_limit:
    description:
      - Seconds that each may take until it counts as dead.
    type: float
    default: 60
  include_states:
    description:
      - List only guests in these states, for instance V(started), V(stopped), V(paused), V(frozen) or V(saved).
        Without it, guests in all states.
    type: list
    elements: str
    default: []
  filters:
    description:
      - Jinja expressions over C(virt_guest) and C(inventory_hostname). A guest is listed when all of them are true.
        One that cannot be evaluated is not true, and with O(strict) an error.
    type: list
    elements: str
    default: []
  query:
    description:
      - A JMESPath expression over the list of all guests that selects whole guests. It is evaluated before O(filters).
      - It needs the Python library C(jmespath) on the controller.
    type: str
  inventory_hostname:
    description:
      - What guests are called. A character that is no letter, digit, C(.), C(_) or C(-) becomes C(_).
    type: str
    choices:
      auto: >-
        By their names. All guests that share one are called C(NAME.HOST), whatever their state and before anything is
        filtered, so that no name passes from one to another. So are those that are called like a host that was asked,
        a group or C(localhost). With two types of the same name on one host it is C(NAME.TYPE.HOST).
      qualified: Always C(NAME.HOST).
    default: auto
  connection:
    description:
      - Which way into the guests to set. Variables that an earlier source has set for a guest stay.
    type: str
    choices:
      auto: >-
        Jails, LXC containers and machines of systemd-nspawn are entered from their host, by
        P(hostwright.virt.jail#connection), P(hostwright.virt.lxc#connection) or P(hostwright.virt.nspawn#connection),
        with what the host has for its own connection; all others as with V(ssh).
      ssh: C(ansible_host) is the first address.
      none: None.
    default: auto
  address_networks:
    description:
      - Networks such as V(192.0.2.0/24) that C(ansible_host) must be in; without them any will do.
    type: list
    elements: str
    default: []
  address_version:
    description:
      - Which addresses C(ansible_host) is taken from first.
    type: str
    choices: [ipv4, ipv6]
    default: ipv4
"""
