#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of zfs_dataset_info; the work is in plugins/module_utils/_zfs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zfs_dataset_info
short_description: List ZFS datasets with their properties
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Lists file systems, volumes, snapshots and bookmarks, each with all its properties, in two commands for all.
requirements:
  - OpenZFS 2.0 or newer.
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._attributes.info_module
attributes:
  platform:
    platforms: linux, freebsd
    support: full
options:
  names:
    description:
      - Datasets, snapshots and bookmarks to list. Without any, all of O(types) on the host.
      - What does not exist is left out of the answer.
    type: list
    elements: str
    default: []
  recursive:
    description:
      - Also what is below O(names), as far as it is of O(types).
    type: bool
    default: false
  types:
    description:
      - What to list besides what is named.
    type: list
    elements: str
    choices:
      - filesystem
      - volume
      - snapshot
      - bookmark
    default:
      - filesystem
      - volume
seealso:
  - module: hostwright.virt.zfs_dataset
"""

EXAMPLES = r"""
- name: All file systems and volumes
  hostwright.virt.zfs_dataset_info:
  register: zfs

- name: Snapshots of the guests
  hostwright.virt.zfs_dataset_info:
    names: [tank/guests]
    recursive: true
    types: [snapshot]
  register: zfs
"""

RETURN = r"""
datasets:
  description: What was found, by name.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Full name.
      type: str
      returned: success
      sample: tank/guests/toto
    state:
      description: Always V(present).
      type: str
      returned: success
      sample: present
    type:
      description: One of V(filesystem), V(volume), V(snapshot), V(bookmark).
      type: str
      returned: success
      sample: volume
    config:
      description: See RV(hostwright.virt.zfs_dataset#module:config).
      type: dict
      returned: success
      sample: {properties: {compression: {value: lz4, source: local}}}
    runtime:
      description: What ZFS tells of it, sizes in bytes.
      type: dict
      returned: success
      sample: {used: 24576, creation: 1795230989}
    devices:
      description: The device of a volume.
      type: list
      elements: str
      returned: success
      sample: [/dev/zvol/tank/guests/toto]
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_info
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.info import ARGUMENT_SPEC, query
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.options import PACKAGES


def main() -> None:
    run_info(query, argument_spec=ARGUMENT_SPEC, packages=PACKAGES)


if __name__ == "__main__":
    main()
