#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of iscsi_volume_info; the work is in plugins/module_utils/_iscsi."""

from __future__ import annotations

DOCUMENTATION = r"""
module: iscsi_volume_info
short_description: List iSCSI volumes, sessions and what a portal offers
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Lists the volumes that this host exports, as LIO, tgt or ctld runs them, and the volumes that it has attached.
  - Asks a portal which targets it offers to this host, without leaving node records behind.
  - Secrets are never returned.
requirements:
  - open-iscsi, for O(portal).
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._attributes.info_module
attributes:
  platform:
    platforms: linux
    support: full
options:
  portal:
    description:
      - Address of a portal to ask, with or without a port, like V(10.0.0.2), V(10.0.0.2:3260) or V([fd00::2]:3260).
      - Needs C(iscsiadm) and a bay that answers.
    type: str
  port:
    description:
      - Port of O(portal) where it has none.
    type: int
    default: 3260
seealso:
  - module: hostwright.virt.iscsi_volume
"""

EXAMPLES = r"""
- name: What is exported and attached here
  hostwright.virt.iscsi_volume_info:
  register: iscsi

- name: Which targets the bay offers to this host
  hostwright.virt.iscsi_volume_info:
    portal: 10.77.0.2
  register: offers
"""

RETURN = r"""
initiator:
  description:
    - The iSCSI name of this host as an initiator, for the bay's O(hostwright.virt.iscsi_volume#module:initiators).
  type: str
  returned: success
  sample: iqn.1993-08.org.debian:01:dom0a
exported:
  description: Volumes that this host serves.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the volume. Empty where tgt serves one that this collection did not make.
      type: str
      sample: toto_slash
    target:
      description: The target that has it.
      type: str
      sample: iqn.2026-01.org.example:bay
    lun:
      description: Its number.
      type: int
      sample: 0
    path:
      description: Where its data is.
      type: str
      sample: /dev/vg0/toto_slash
    provider:
      description: What serves it, V(lio), V(tgt) or V(ctld). Of ctld only what this collection made.
      type: str
      sample: lio
    initiators:
      description: Who may reach it.
      type: list
      elements: str
      sample: [iqn.1993-08.org.debian:01:dom0a]
sessions:
  description: Sessions of this host with targets.
  type: list
  elements: dict
  returned: success
  contains:
    target:
      description: The target.
      type: str
      sample: iqn.2026-01.org.example:bay
    portal:
      description: Through which portal.
      type: str
      sample: 10.77.0.2:3260
    sid:
      description: Number of the session.
      type: int
      sample: 1
    state:
      description: State as the kernel says it.
      type: str
      sample: LOGGED_IN
    disks:
      description: The disks that it brought, each with its name, number, size in bytes and more.
      type: list
      elements: dict
      sample: [{name: sda, lun: 0, size: 2147483648, model: toto_slash}]
attached:
  description: Volumes with a lasting link on this host, by name, each with its target and device.
  type: dict
  returned: success
  sample: {toto_slash: {target: "iqn.2026-01.org.example:bay", device: /dev/iscsi_toto_slash, lun: 0}}
offered:
  description: What the portal offers, the portals by target.
  type: dict
  returned: when O(portal) is given
  sample: {"iqn.2026-01.org.example:bay": ["10.77.0.2:3260"]}
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.info import ARGUMENT_SPEC, query
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.spec import PACKAGES


def main() -> None:
    run_info(query, argument_spec=ARGUMENT_SPEC, packages=PACKAGES)


if __name__ == "__main__":
    main()
