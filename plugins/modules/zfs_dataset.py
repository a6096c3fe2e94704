#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of zfs_dataset; the work is in plugins/module_utils/_zfs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zfs_dataset
short_description: Manage ZFS file systems, volumes, snapshots, clones and bookmarks
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Makes, sets, renames, clones, promotes, rolls back, mounts and destroys ZFS datasets, takes and keeps snapshots,
    loads and changes keys, holds snapshots and delegates permissions.
  - What kind of object O(name) is follows from the name itself. C(pool/data) is a file system, or a volume with
    O(volsize); C(pool/data@name) is a snapshot and C(pool/data#name) a bookmark.
  - Properties are compared by what they mean. V(10G), V(10240M) and V(10737418240) are one quota, and so are V(none)
    and V(0).
  - All datasets of a task are read with one C(zfs get), however many there are.
  - Nothing is destroyed but what the task names. What depends on it needs O(recursive) or O(destroy_dependents), and
    check mode lists what would go.
  - Pools are never made, changed or destroyed.
requirements:
  - OpenZFS 2.0 or newer, with its kernel module loaded and the pool imported.
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
attributes:
  check_mode:
    support: full
    details:
      - What ZFS itself refuses, such as an unknown value of a property, is found out when it is done.
  diff_mode:
    support: full
    details:
      - Of keys only whether they are as declared.
  idempotent:
    support: partial
    details:
      - With O(rollback_to) a dataset that was written to after the snapshot is rolled back again.
  platform:
    platforms: linux, freebsd
    support: full
options:
  name:
    description:
      - Full name of the dataset, of a snapshot behind a V(@) or of a bookmark behind a V(#).
      - One of this and O(datasets) is needed.
    type: str
  datasets:
    description:
      - Several datasets at once, to which all other options of the task apply.
      - Parents are made before what is in them, and removed after it.
      - The result then has RV(results), one for each; a single one too.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Full name, as in O(name).
        type: str
        required: true
      properties:
        description:
          - Properties of this one, on top of those of the task.
        type: dict
        default: {}
      volsize:
        description:
          - Size of this volume.
        type: str
      origin:
        description:
          - Snapshot that this one is a clone of.
        type: str
  state:
    description:
      - V(present) makes what is not there. V(absent) destroys it.
    type: str
    choices:
      - present
      - absent
    default: present
  type:
    description:
      - What a dataset must be. It follows from O(volsize) where that is given.
      - A dataset of the other type is made anew with O(recreate), and else the task fails.
    type: str
    choices:
      - filesystem
      - volume
  properties:
    description:
      - Properties to set. Those that are not named are left alone.
      - Native properties, user properties with a V(:) in their name, and quotas like V(userquota@alice).
      - Sizes in bytes or with a unit of 1024, V(true) and V(false) for V(on) and V(off).
      - A property without a value (null) is inherited as if it were in O(inherited).
      - Takes effect live, save for C(encryption), C(casesensitivity), C(normalization), C(utf8only) and
        C(volblocksize), which ZFS takes only when a dataset is made. If they differ the task fails and says so, or
        makes the dataset anew with O(recreate).
    type: dict
    default: {}
    aliases:
      - extra_zfs_properties
  inherited:
    description:
      - Properties that shall not be set here, so that the value comes from the dataset above or is the default.
      - A received value counts as set.
      - Takes effect live.
    type: list
    elements: str
    default: []
  source:
    description:
      - With V(any) a property is right when it has the right value. With V(local) it must also be set at the dataset
        itself, so that a change above does not reach it.
    type: str
    choices:
      - any
      - local
    default: any
  volsize:
    description:
      - Size of a volume, in bytes or with a unit, like V(10G). ZFS rounds it up to whole blocks.
      - Growing takes effect live. Shrinking needs O(allow_shrink).
    type: str
  sparse:
    description:
      - Make the volume without reserving its space.
      - An existing volume is made anew to change this; or set C(refreservation) in O(properties).
    type: bool
    default: false
  allow_shrink:
    description:
      - Allow a volume to become smaller. What is behind its new end is lost.
    type: bool
    default: false
  origin:
    description:
      - The snapshot that a clone is made of, or the snapshot or bookmark that a bookmark marks.
      - A clone of something else is not made anew by itself; the task fails and says so.
    type: str
  promoted:
    description:
      - Promote a clone, so that it no longer depends on its origin and the origin's dataset becomes the clone.
      - Takes effect live.
    type: bool
    default: false
  renamed_from:
    description:
      - The name that the dataset or snapshot may still have. If O(name) does not exist and this does, it is renamed.
      - Takes effect live; file systems are mounted at their new place.
    type: str
  create_parents:
    description:
      - Make the datasets above that do not exist, each as a step of its own.
    type: bool
    default: true
  mounted:
    description:
      - Whether the file system is mounted.
      - Takes effect live.
    type: bool
  key:
    description:
      - Passphrase for C(keyformat=passphrase), or 64 hex digits for C(keyformat=hex), given to ZFS through its
        standard input.
      - It makes an encrypted dataset, loads its key with O(key_state=loaded), and is the new key with
        O(change_key=true).
      - A raw key goes into a file that the property C(keylocation) names.
    type: str
  old_key:
    description:
      - The key before O(change_key), for a dataset whose key is not loaded.
    type: str
  key_state:
    description:
      - Whether the key of an encrypted dataset is loaded. A mounted file system keeps its key.
      - Takes effect live.
    type: str
    choices:
      - loaded
      - unloaded
  change_key:
    description:
      - Change the key when O(key) does not open the dataset, or when C(keyformat), C(keylocation) or C(pbkdf2iters)
        of O(properties) differ.
      - With it the key is tried in each run, which takes a second for a passphrase.
      - Takes effect live. The data are not encrypted again.
    type: bool
    default: false
  inherit_key:
    description:
      - Give up the key of an encrypted dataset, so that it is opened by the key of the dataset above. Both must be
        loaded; O(old_key) loads the one that goes.
      - To go back, give O(change_key) with O(key) and the property C(keyformat).
      - Takes effect live. The data are not encrypted again.
    type: bool
    default: false
  rollback_to:
    description:
      - A snapshot of this dataset that it shall be as. All changes after it are lost.
      - Nothing is done when there was no change. Newer snapshots and bookmarks need O(destroy_newer).
      - Takes effect live.
    type: str
  destroy_newer:
    description:
      - Allow O(rollback_to) to destroy newer snapshots and bookmarks. Clones of them need O(destroy_dependents) as
        well.
    type: bool
    default: false
  snapshots:
    description:
      - Snapshots to take unless they exist, and series of which only the newest are kept.
      - Each is taken in one instant of all datasets that it is taken of.
      - Takes effect live.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the snapshot, without the dataset.
        type: str
      recursive:
        description:
          - Of all datasets below as well. Whether it exists is decided by that of the dataset itself.
        type: bool
        default: false
      also:
        description:
          - Other datasets of the pool to take it of in the same instant, so that they fit together.
          - Fails when one of them has such a snapshot already and this dataset has not.
        type: list
        elements: str
        default: []
      prefix:
        description:
          - How the names of a series begin, for O(snapshots[].keep).
        type: str
      keep:
        description:
          - Destroy the oldest snapshots of the series but for so many. Those that are held or cloned count, and stay.
        type: int
  holds:
    description:
      - Tags that hold a snapshot, so that it cannot be destroyed.
      - Takes effect live.
    type: list
    elements: str
  purge_holds:
    description:
      - Release the tags that are not in O(holds).
    type: bool
    default: false
  delegations:
    description:
      - Permissions given to users with C(zfs allow). Each entry has all that its user, group or set may do in its
        scope; other entries are left alone.
      - Takes effect live.
    type: list
    elements: dict
    suboptions:
      user:
        description:
          - Name of a user. One of this and the other four is needed.
        type: str
      group:
        description:
          - Name of a group.
        type: str
      set:
        description:
          - Name of a permission set to define, with or without its V(@).
        type: str
      everyone:
        description:
          - For all users.
        type: bool
        default: false
      create:
        description:
          - For whoever creates a dataset below, on that dataset.
        type: bool
        default: false
      scope:
        description:
          - Whether it is for this dataset, for those below, or V(both).
        type: str
        choices:
          - both
          - local
          - descendent
        default: both
      permissions:
        description:
          - Permissions of C(zfs allow), names of properties, and sets with their V(@).
        type: list
        elements: str
        required: true
  purge_delegations:
    description:
      - Take away all permissions that are not in O(delegations).
    type: bool
    default: false
  recursive:
    description:
      - With O(state=absent), destroy also all datasets and snapshots below; of a snapshot, also those of the same
        name below.
      - With a snapshot that is made, take it of all datasets below as well.
    type: bool
    default: false
  destroy_dependents:
    description:
      - With O(state=absent) and O(rollback_to), destroy also the clones that depend on what is destroyed, wherever
        they are.
    type: bool
    default: false
  recreate:
    description:
      - Allow the dataset to be destroyed and made anew when O(type), or a property that is decided when a dataset is
        made, differs. All data in it are lost.
      - Snapshots and datasets below need O(recursive), and clones elsewhere O(destroy_dependents) as well.
      - The properties that were set stay, save for quotas of users. Holds, delegations and bookmarks are lost.
    type: bool
    default: false
  jail:
    description:
      - The name or number of a running jail of FreeBSD that manages the dataset itself. The property C(jailed) must be
        V(on). It ends with the jail; a jail gets it at each start by C(zfs.dataset) in its configuration.
      - Takes effect live.
    type: str
  jail_state:
    description:
      - Whether O(jail) has the dataset.
    type: str
    choices:
      - attached
      - detached
    default: attached
  force:
    description:
      - Unmount file systems that are in use where that is needed.
    type: bool
    default: false
notes:
  - C(jailed) on FreeBSD and C(zoned) on Linux are properties like others.
  - The raw keys of ZFS may hold any byte and are therefore read from files only.
seealso:
  - module: hostwright.virt.zfs_dataset_info
  - module: hostwright.virt.iscsi_volume
  - name: zfs(8)
    description: Manual of the command.
    link: https://openzfs.github.io/openzfs-docs/man/master/8/zfs.8.html
  - name: zfsprops(7)
    description: Manual of the properties.
    link: https://openzfs.github.io/openzfs-docs/man/master/7/zfsprops.7.html
"""

EXAMPLES = r"""
- name: A file system for guests
  hostwright.virt.zfs_dataset:
    name: tank/guests
    properties:
      mountpoint: /srv/guests
      compression: lz4
      quota: 200G
      org.example:owner: virt

- name: The disk of a guest, and later a larger one
  hostwright.virt.zfs_dataset:
    name: tank/guests/toto
    volsize: 20G
    sparse: true

- name: A hundred file systems with one read
  hostwright.virt.zfs_dataset:
    datasets: "{{ guests | map('regex_replace', '^', 'tank/jails/') | map('community.general.dict_kv', 'name') }}"
    properties:
      quota: 10G

- name: The same quota as above for this one, and the compression of the parent
  hostwright.virt.zfs_dataset:
    name: tank/jails/web
    properties:
      quota:
      userquota@alice: 1G
    inherited: [compression]

- name: A clone that becomes independent
  hostwright.virt.zfs_dataset:
    name: tank/guests/titi
    origin: tank/guests/toto@golden
    promoted: false

- name: A daily snapshot of all guests in one instant, for a week
  hostwright.virt.zfs_dataset:
    name: tank/guests
    snapshots:
      - name: "daily-{{ ansible_facts['date_time']['date'] }}"
        recursive: true
        prefix: daily-
        keep: 7

- name: A snapshot that nobody may destroy, and a bookmark of it
  hostwright.virt.zfs_dataset:
    name: "{{ item.name }}"
    origin: "{{ item.origin | default(omit) }}"
    holds: "{{ item.holds | default(omit) }}"
  loop:
    - name: tank/guests/toto@golden
      holds: [keep]
    - name: tank/guests/toto#golden
      origin: tank/guests/toto@golden

- name: Back to how it was, with the newer snapshots gone
  hostwright.virt.zfs_dataset:
    name: tank/guests/toto
    rollback_to: golden
    destroy_newer: true

- name: An encrypted file system whose key is loaded and which is mounted
  hostwright.virt.zfs_dataset:
    name: tank/secret
    properties:
      encryption: true
      keyformat: passphrase
    key: "{{ vault_zfs_passphrase }}"
    key_state: loaded
    mounted: true

- name: The same key as for the dataset above, from now on
  hostwright.virt.zfs_dataset:
    name: tank/secret/more
    inherit_key: true

- name: Larger blocks need a new volume; what is on it is lost
  hostwright.virt.zfs_dataset:
    name: tank/guests/scratch
    volsize: 10G
    properties:
      volblocksize: 64K
    recreate: true

- name: A jail that makes its own datasets
  hostwright.virt.zfs_dataset:
    name: tank/jails/web/data
    properties:
      jailed: true
    jail: web

- name: Let a user take snapshots and send them
  hostwright.virt.zfs_dataset:
    name: tank/guests
    delegations:
      - user: backup
        permissions: [snapshot, hold, send]

- name: Destroy a dataset with its snapshots, but nothing that depends on them
  hostwright.virt.zfs_dataset:
    name: tank/old
    state: absent
    recursive: true
"""

RETURN = r"""
name:
  description: Name of the dataset, snapshot or bookmark.
  type: str
  returned: success and O(name)
  sample: tank/guests/toto
results:
  description: The values below for each of O(datasets).
  type: list
  elements: dict
  returned: success and O(datasets)
state:
  description: V(present) or V(absent).
  type: str
  returned: success and O(name)
  sample: present
type:
  description: One of V(filesystem), V(volume), V(snapshot), V(bookmark).
  type: str
  returned: success and O(name)
  sample: volume
config:
  description: What was set; in check mode, of what would be made only what the task names.
  type: dict
  returned: success and O(name)
  contains:
    properties:
      description: Each property that can be set with its value, sizes in bytes, and where it comes from.
      type: dict
      returned: when it exists
      sample: {compression: {value: lz4, source: inherited from tank}}
    snapshots:
      description: Snapshots of the dataset from the oldest on, when the task speaks of snapshots.
      type: list
      elements: str
      returned: when it exists
      sample: [golden]
    holds:
      description: Tags that hold a snapshot.
      type: list
      elements: str
      returned: when it exists
      sample: [keep]
    delegations:
      description: Who may do what, when the task speaks of it.
      type: list
      elements: dict
      returned: when it exists
      sample: [{kind: user, who: backup, scope: both, permissions: [hold, send, snapshot]}]
runtime:
  description: What ZFS tells of it, sizes in bytes.
  type: dict
  returned: success and O(name)
  sample: {used: 24576, mounted: "yes", creation: 1795230989}
devices:
  description: The device of a volume.
  type: list
  elements: str
  returned: when it exists
  sample: [/dev/zvol/tank/guests/toto]
actions:
  description: What was done, or would be in check mode. A destructive step lists in its changes what goes with it.
  type: list
  elements: dict
  returned: success and O(name)
  sample:
    - summary: set quota=1073741824 of tank/guests
      how: live
      destructive: false
      changes: [{field: quota, before: none, after: 1G}]
      command: zfs set quota=1073741824 tank/guests
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success and O(name)
  sample: ["zfs set quota=1073741824 tank/guests"]
pending:
  description: What takes effect only after a restart that the task does not allow.
  type: list
  elements: dict
  returned: success and O(name)
  sample: []
restart_required:
  description: Whether anything is pending.
  type: bool
  returned: success and O(name)
  sample: false
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_module
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.resource import DATASET

RESOURCE = DATASET


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
