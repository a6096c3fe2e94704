#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of zfs_replication; the work is in plugins/module_utils/_zfs_replication."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zfs_replication
short_description: Keep a copy of ZFS datasets in another pool or on another host
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Brings snapshots of a dataset, or of a tree of datasets, to another pool, on the same host or over ssh, with
    C(zfs send) and C(zfs receive). Only what the other end does not have goes over.
  - A stream that breaks is resumed by the next run where it was interrupted.
  - The target is never destroyed or rolled back unless O(rollback_target) or O(destroy_target) says so. What is gone at
    the source stays at the target, save for snapshots beyond O(target_keep).
  - What is common is found by the GUIDs of snapshots and bookmarks, not by their names.
  - The managed host may be either end. With O(source_host) it fetches, with O(target_host) it sends, and with neither
    both ends are on it. A host that fetches is the better place for backups, for nobody on the source can touch them
    then.
requirements:
  - OpenZFS 2.0 or newer at both ends.
  - For another host C(ssh), which must log in there without a question, and its host key must be known.
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
attributes:
  check_mode:
    support: full
    details:
      - Says how much would be sent, as C(zfs send -nvP) estimates it.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    platforms: linux, freebsd
    support: full
options:
  source:
    description:
      - The dataset to copy, by its full name.
    type: str
    required: true
  target:
    description:
      - The dataset that is the copy, by its full name. It is made by the first run; the dataset above it must exist.
    type: str
    required: true
  source_host:
    description:
      - Another host that has O(source), as ssh reaches it from the managed host; V(host) or V(user@host).
      - Left out, O(source) is on the managed host.
    type: str
  target_host:
    description:
      - Another host that has O(target). Left out, O(target) is on the managed host.
    type: str
  ssh_options:
    description:
      - Options of ssh for the other host, as in C(ssh_config(5)), like C(Port) or C(IdentityFile).
      - They cannot change that ssh asks no question (C(BatchMode)).
    type: dict
    default: {}
  recursive:
    description:
      - Of all datasets below as well. New ones are made at the target.
    type: bool
    default: false
  snapshot:
    description:
      - A snapshot to take of the source first, unless it exists. With O(recursive) of all datasets in one instant.
      - Takes effect live.
    type: str
  prefix:
    description:
      - Only snapshots whose names begin so are sent, and are subject to O(source_keep) and O(target_keep).
      - Left out, all snapshots are sent.
    type: str
  source_keep:
    description:
      - So many snapshots of the series stay at the source. Those that are held or cloned, and the newest that both ends
        have, stay as well.
      - Needs O(prefix). Nothing is destroyed before all that is new has arrived.
      - Takes effect live.
    type: int
  target_keep:
    description:
      - So many snapshots of the series stay at the target. No more than so many are sent.
      - Takes effect live.
    type: int
  bookmarks:
    description:
      - Bookmark at the source the newest snapshot that both ends have. The source can then send on from there when that
        snapshot is gone.
      - Takes effect live.
    type: bool
    default: true
  bookmarks_keep:
    description:
      - So many bookmarks of the series stay at the source. Mind other targets that may still need them.
      - Takes effect live.
    type: int
  raw:
    description:
      - Send blocks as they are on disk. Encrypted datasets stay encrypted, and the target needs no key.
      - With V(false) they are sent in clear, and need their key at the source.
      - A target is made anew to change this.
    type: bool
    default: true
  send_properties:
    description:
      - Send the properties of the source along; at the target they count as received. They go over when a snapshot
        does.
    type: bool
    default: false
  properties:
    description:
      - Properties of the target and of all datasets in it, like V(readonly=on) and V(canmount=noauto), which keep a
        copy from being mounted and changed. A volume is spared those that only file systems have.
      - Takes effect live.
    type: dict
    default: {}
  rollback_target:
    description:
      - Allow the target to be rolled back to the newest snapshot that both ends have. What was written there since, and
        newer snapshots there, are lost.
    type: bool
    default: false
  destroy_target:
    description:
      - Allow a target that has no snapshot in common with the source to be destroyed, with all that is in it, and made
        anew.
    type: bool
    default: false
notes:
  - The target is received without being mounted. After a reboot it is mounted, unless C(canmount) in O(properties) or
    the dataset above it says otherwise.
  - The other host runs C(env ... zfs ...). A user who is not root needs permissions there, see
    O(hostwright.virt.zfs_dataset#module:delegations).
seealso:
  - module: hostwright.virt.zfs_dataset
  - name: zfs-send(8)
    description: Manual of the command.
    link: https://openzfs.github.io/openzfs-docs/man/master/8/zfs-send.8.html
  - name: zfs-receive(8)
    description: Manual of the command.
    link: https://openzfs.github.io/openzfs-docs/man/master/8/zfs-receive.8.html
"""

EXAMPLES = r"""
- name: A copy of all guests every night, fetched by the host that keeps it; a week here, a month there
  hostwright.virt.zfs_replication:
    source: tank/guests
    source_host: root@fy.example.org
    target: backup/fy-guests
    recursive: true
    snapshot: "daily-{{ ansible_facts['date_time']['date'] }}"
    prefix: daily-
    source_keep: 7
    target_keep: 30
    properties:
      readonly: true
      canmount: noauto

- name: Send to another host, through a port and with a key of its own
  hostwright.virt.zfs_replication:
    source: tank/guests/toto
    target: tank/copies/toto
    target_host: zfs-receiver@zee.example.org
    ssh_options:
      Port: 2222
      IdentityFile: /root/.ssh/replication

- name: To a second pool of the same host, in clear
  hostwright.virt.zfs_replication:
    source: tank/secret
    target: spare/open
    snapshot: once
    raw: false

- name: A target that was written to goes back to what it was and takes the news
  hostwright.virt.zfs_replication:
    source: tank/guests/toto
    target: spare/toto
    rollback_target: true
"""

RETURN = r"""
name:
  description: Both ends.
  type: str
  returned: success
  sample: root@fy.example.org:tank/guests to backup/fy-guests
state:
  description: V(present) when there is a target, else V(absent).
  type: str
  returned: success
  sample: present
config:
  description: Always empty; the runs of a task are all there is to a replication.
  type: dict
  returned: success
  sample: {}
runtime:
  description: How far it has come.
  type: dict
  returned: success
  contains:
    datasets:
      description:
        - One entry for each dataset of the source, with its names at both ends, whether the target C(exists), the
          newest snapshot that both have (C(common)), how many newer ones the source has (C(behind)), and whether a
          stream was interrupted (C(partial)).
      type: list
      elements: dict
      returned: success
      sample:
        - {source: tank/a, target: backup/a, exists: true, common: daily-2026-01-31, behind: 0, partial: false}
actions:
  description: What was done, or would be in check mode, with the size of each stream.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: send tank/a@daily-2026-01-31 since @daily-2026-01-30 to backup/a, about 3.0 MiB
      how: live
      destructive: false
      changes: [{field: target, before: daily-2026-01-30, after: daily-2026-01-31}]
      api: replication
      method: copy
      args:
        - [zfs, send, -w, -i, "@daily-2026-01-30", "tank/a@daily-2026-01-31"]
        - [zfs, receive, -s, -u, backup/a]
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: ["zfs snapshot tank/a@daily-2026-01-31"]
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
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.resource import REPLICATION

RESOURCE = REPLICATION


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
