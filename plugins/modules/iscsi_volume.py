#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of iscsi_volume; the work is in plugins/module_utils/_iscsi."""

from __future__ import annotations

DOCUMENTATION = r"""
module: iscsi_volume
short_description: Manage a volume on an iSCSI storage bay and its use on an initiator
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - One declaration for both ends of a volume. On the bay, O(state=present) makes the backing store, exports it as a LUN
    of a target and lets the named initiators in. On a virtualization host, O(state=attached) logs in and gives the disk
    a lasting name, C(/dev/iscsi_NAME).
  - Three truths are compared on the bay (the task, what the server runs, what it restores at boot), and three on the
    initiator (the task, the node database, the sessions and disks of the kernel). Each is repaired.
  - The bay is served by LIO, through the kernel's own interface in configfs, by tgt, or by ctld of FreeBSD. With ctld
    it has been run on a stand-in that was written from its manuals and its source, not on a real one.
  - Volumes are kept in LVM logical volumes, ZFS volumes or files. LVM and files are tested on real systems, ZFS volumes
    on recorded answers of OpenZFS 2.3.
  - Shrinking is always refused.
requirements:
  - On a bay with LIO, C(targetctl) (Debian package C(targetcli-fb)), and its service enabled so that the configuration
    is restored at boot (C(rtslib-fb-targetctl) on Debian, C(target) elsewhere).
  - On a bay with tgt, C(tgtadm) and the running daemon (Debian package C(tgt)).
  - On a bay with ctld, FreeBSD 12 or newer, and the running daemon.
  - On a bay with volumes in LVM, C(lvm2); in ZFS, C(zfsutils-linux).
  - On an initiator, C(iscsiadm) (Debian package C(open-iscsi)) and udev.
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Secrets are never shown, only whether the stored one is as declared.
  idempotent:
    support: full
  platform:
    platforms: linux, freebsd
    support: full
    details:
      - On FreeBSD only the bay's side with O(provider=ctld).
options:
  name:
    description:
      - Name of the volume, and of its logical volume, ZFS volume or file.
      - The SCSI product name is the same, cut to 16 characters, which is how an initiator finds the LUN without O(lun).
    type: str
    required: true
    aliases: [volume]
  state:
    description:
      - On the bay, V(present) or V(absent). V(absent) keeps the backing store unless O(delete_storage=true).
      - On an initiator, V(attached) or V(detached). V(detached) is refused while the disk is mounted in any namespace,
        used as swap space, held by LVM or another device, part of a ZFS pool, used by a running guest, or open in a
        program, unless O(force=true).
      - V(detached) logs out and deletes the node records when no other volume of the target is attached here. Else only
        the disk of this volume is taken away.
    type: str
    choices: [present, absent, attached, detached]
    default: present
  target:
    description:
      - Name of the target, an IQN. Several volumes may share a target. It is made with its first volume and, if this
        module made it, removed with its last.
    type: str
    required: true
    aliases: [targetname]
  lun:
    description:
      - Number of the volume in the target.
      - On the bay, the lowest free number when the volume is new. A number is never changed afterwards. Takes effect
        live.
      - On an initiator, found by the volume's name when left out, else the only LUN of the target.
    type: int
  size:
    description:
      - Size with a unit, like V(512M) or V(2G). A bare number counts in GB. Units are powers of 1024.
      - LVM rounds up to whole extents.
      - On the bay, a bigger one grows the volume. Takes effect live; initiators see it when they scan again.
      - On an initiator, the session is scanned again when the disk is smaller, and a multipath device is resized.
        Takes effect live.
    type: str
  provider:
    description:
      - What serves the volume on the bay. V(auto) takes the first that is installed, in the order LIO, tgt, ctld.
      - With V(tgt) and V(ctld), O(initiators) and CHAP belong to the target as a whole, so volumes of one target must
        agree on them (O(force) changes them for all), and O(portals) are the daemon's own and are not managed. With
        V(ctld) they choose the portal group of a new target.
    type: str
    choices: [auto, lio, tgt, ctld]
    default: auto
  backing:
    description:
      - Where the bay keeps the volume. Needed to make it, and to remove the storage of one that is no longer exported.
      - Takes effect live when the volume is made. It is never moved afterwards.
    type: dict
    suboptions:
      type:
        description: Kind of storage.
        type: str
        choices: [lvm, zfs, file]
        required: true
      vg:
        description: Volume group, with O(backing.type=lvm).
        type: str
      dataset:
        description: Parent dataset, with O(backing.type=zfs).
        type: str
      directory:
        description: Directory that exists, with O(backing.type=file). The file is C(NAME.img) and has holes.
        type: path
  initiators:
    description:
      - Names of the initiators that may reach the volume. Others lose access to this volume only.
      - An empty list takes access from all. A new volume for which the option is left out is closed to all.
      - Takes effect live.
    type: list
    elements: str
  node_auth:
    description:
      - Whether initiator and target prove who they are with CHAP. V(CHAP) follows from O(node_user).
      - On the bay it is set for each of O(initiators), and takes effect live, at their next login.
      - On an initiator it is written to the node record, and a running session needs a restart, that is a new login.
        See O(restart_policy).
    type: str
    choices: [CHAP, None]
  node_user:
    description:
      - CHAP user of the initiator. A session takes it over at a restart, see O(node_auth).
    type: str
  node_pass:
    description:
      - CHAP secret of the initiator. A session takes it over at a restart, see O(node_auth).
      - It is handed over through files of mode 0600 and through the interfaces of the kernel and of tgtd, never as an
        argument of a program.
    type: str
  node_user_in:
    description:
      - User with which the target answers (mutual CHAP). A session takes it over at a restart, see O(node_auth).
    type: str
  node_pass_in:
    description:
      - Secret with which the target answers. It must differ from O(node_pass). A session takes it over at a restart.
    type: str
  portal:
    description:
      - Address of the bay, IPv4 or IPv6, with or without a port. The initiator logs in to this portal and no other.
      - On the bay, LIO listens on it too. Without any portal a new target listens on all IPv4 addresses.
      - Takes effect live.
    type: str
    aliases: [ip]
  port:
    description:
      - Port of portals that do not name one. Takes effect live.
    type: int
    default: 3260
  portals:
    description:
      - Several portals, like V(10.0.0.2:3260) and V([fd00::2]:3260). Takes effect live.
    type: list
    elements: str
  discover:
    description:
      - On an initiator whose node database does not know the target, ask the first portal for all portals of the target
        and use them as well. A known target is not discovered again.
      - Without it the node record is made from the declaration, and nothing else is recorded.
    type: bool
    default: false
  auto_node_startup:
    description:
      - Whether the initiator logs in at boot. Takes effect live, in the node record.
    type: bool
    aliases: [automatic]
  node_settings:
    description:
      - Further settings of the node record, like V(node.session.timeo.replacement_timeout).
      - Takes effect live in the record, and at a restart of the session, that is a new login.
    type: dict
  multipath:
    description:
      - Whether the volume is used through its multipath device. When left out, it is if C(multipathd) runs and there
        are several portals, or if the disk has a multipath device. Takes effect live.
    type: bool
  delete_storage:
    description:
      - Lets O(state=absent) delete the backing store with its data.
    type: bool
    default: false
  force:
    description:
      - Lets O(state=detached), or a new login, take away a disk that is in use.
      - With O(provider=tgt) and O(provider=ctld), lets O(initiators) and CHAP change for the other volumes of the
        target as well.
    type: bool
    default: false
  timeout:
    description:
      - How many seconds to wait for a login, a logout or the device.
    type: int
    default: 60
  restart_policy:
    description:
      - Whether to log out and in again when a session runs with other settings than the declared ones.
      - V(never) writes the node record and says RV(restart_required=true).
      - V(if_needed) and V(always) do it, unless the disks of the session are in use.
    type: str
    choices: [never, if_needed, always]
    default: never
notes:
  - C(targetcli) and this module may be mixed. Before the module saves, it makes sure that the saved
    configuration holds nothing that does not run, because saving would lose it.
  - At boot tgt-admin hands the CHAP secrets of its files to tgtadm as arguments. Prefer LIO where others can log in.
seealso:
  - module: hostwright.virt.iscsi_volume_info
  - module: hostwright.virt.xen_domu
  - name: open-iscsi
    description: The initiator and its node database.
    link: https://github.com/open-iscsi/open-iscsi
  - name: targetcli
    description: The shell of LIO.
    link: https://github.com/open-iscsi/targetcli-fb
"""

EXAMPLES = r"""
- name: A volume of 2 GB for one host
  hostwright.virt.iscsi_volume:
    name: toto_slash
    target: iqn.2026-01.org.example:bay
    size: 2
    backing:
      type: lvm
      vg: vg0
    initiators:
      - iqn.1993-08.org.debian:01:dom0a

- name: Its disk on that host, as /dev/iscsi_toto_slash
  hostwright.virt.iscsi_volume:
    name: toto_slash
    state: attached
    target: iqn.2026-01.org.example:bay
    portal: 10.77.0.2

- name: Swap space that two hosts may use, with mutual CHAP
  hostwright.virt.iscsi_volume:
    name: toto_swap
    target: iqn.2026-01.org.example:bay
    size: 512M
    backing:
      type: zfs
      dataset: tank/volumes
    initiators:
      - iqn.1993-08.org.debian:01:dom0a
      - iqn.1993-08.org.debian:01:dom0b
    node_user: dom0
    node_pass: "{{ vault_iscsi_secret }}"
    node_user_in: bay
    node_pass_in: "{{ vault_iscsi_secret_in }}"

- name: Two ways to the bay, again after every boot, with patience for a bay that restarts
  hostwright.virt.iscsi_volume:
    name: toto_var
    state: attached
    target: iqn.2026-01.org.example:bay
    portals:
      - 10.77.0.2:3260
      - "[fd00:77::2]:3260"
    auto_node_startup: true
    node_settings:
      node.session.timeo.replacement_timeout: 600

- name: Grow it on the bay
  hostwright.virt.iscsi_volume:
    name: toto_slash
    target: iqn.2026-01.org.example:bay
    size: 4

- name: See it on the host
  hostwright.virt.iscsi_volume:
    name: toto_slash
    state: attached
    target: iqn.2026-01.org.example:bay
    portal: 10.77.0.2
    size: 4

- name: Take it away from the host
  hostwright.virt.iscsi_volume:
    name: toto_slash
    state: detached
    target: iqn.2026-01.org.example:bay

- name: Remove it from the bay, with its data
  hostwright.virt.iscsi_volume:
    name: toto_slash
    state: absent
    target: iqn.2026-01.org.example:bay
    delete_storage: true
"""

RETURN = r"""
name:
  description: Name of the volume.
  type: str
  returned: success
  sample: toto_slash
state:
  description:
    - State that was found at the end. V(partly attached) is a volume of which only a record, a session, a rule or a
      link is there.
  type: str
  returned: success
  sample: attached
target:
  description: The target.
  type: str
  returned: success
  sample: iqn.2026-01.org.example:bay
lun:
  description: Number of the volume in the target.
  type: int
  returned: success
  sample: 0
size:
  description: Size in bytes, of the backing store or of the disk.
  type: int
  returned: success
  sample: 2147483648
portals:
  description: Where the target listens, or the portals that the node database knows.
  type: list
  elements: str
  returned: success
  sample: ["10.77.0.2:3260"]
provider:
  description: What serves the volume.
  type: str
  returned: on the bay
  sample: lio
storage:
  description: Path of the backing store, if there is one.
  type: str
  returned: on the bay
  sample: /dev/vg0/toto_slash
initiators:
  description: Who may reach the volume.
  type: list
  elements: str
  returned: on the bay
  sample: [iqn.1993-08.org.debian:01:dom0a]
device:
  description: The lasting name of the disk.
  type: str
  returned: on an initiator
  sample: /dev/iscsi_toto_slash
wwn:
  description: World wide name of the disk.
  type: str
  returned: on an initiator
  sample: naa.6001405a1b2c3d4e5f60718293a4b5c6
multipath:
  description: The multipath device, if the disk has one.
  type: str
  returned: on an initiator
  sample: /dev/mapper/mpatha
uses:
  description: What uses the disks of the target here. Only looked for when that matters.
  type: list
  elements: str
  returned: on an initiator
  sample: ["sda: mounted on /mnt"]
config:
  description: What is persisted, the server's saved configuration or the node records without secrets.
  type: dict
  returned: success
  sample: {lun: 0, path: /dev/vg0/toto_slash, portals: ["0.0.0.0:3260"], initiators: {}}
runtime:
  description: What runs, the server's live configuration or the sessions with their disks.
  type: dict
  returned: success
  sample: {lun: 0, path: /dev/vg0/toto_slash, portals: ["0.0.0.0:3260"], initiators: {}}
actions:
  description: Every step that was taken, or in check mode would be, with how it takes effect.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: save the configuration that LIO restores at boot
      how: live
      destructive: false
      command: targetctl save
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [targetctl save]
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
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.resource import RESOURCE


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
