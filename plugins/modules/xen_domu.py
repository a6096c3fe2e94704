#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_domu
short_description: Manage a Xen guest (DomU) with xl
version_added: 0.1.0
description:
  - Defines, changes, starts, stops, saves, renames and removes one guest of a Xen host, with its C(xl.cfg) file and
    C(xl).
  - Three things are compared, the task, the file and the running guest, and each is repaired. What a running guest
    takes is changed live and written to the file; the rest is written to the file and returned in RV(pending).
  - A file that exists is edited in place. Comments, the order of the keys and everything that the task does not
    name stay as they are. A file that xl could not read is an error that names the line; it is never overwritten.
  - An option that is not given is not managed.
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
      - O(state=restarted) restarts the guest each time.
  platform:
    support: full
    platforms: debian
requirements:
  - Xen 4.17 or newer, booted; C(xl) and C(xenstore-ls) (Debian packages C(xen-system-amd64) and C(xenstore-utils)).
  - C(ssh) for O(peers).
options:
  name:
    description:
      - Name of the guest.
      - Letters, digits and C(_), inside also C(.), C(+) and C(-); at most 64, and not a number, which xl takes for
        a domain ID.
    type: str
    required: true
  state:
    description:
      - V(present) defines the guest and leaves its power as it is. Memory is needed to define one, and what it
        boots from.
      - V(started) starts it, restores it when it was saved, and unpauses it when it was paused.
      - V(stopped) shuts it down and waits until it is gone. A saved guest is discarded, which needs O(force_stop).
      - V(restarted) shuts it down and starts it with its present file, each time that the task runs.
      - V(paused) starts it if needed and pauses it.
      - V(saved) writes its memory to O(save_file) and ends it. The guest must run.
      - V(absent) stops it, and removes its file and its links in C(/etc/xen/auto). Disks are never touched.
    type: str
    choices: [present, started, stopped, restarted, paused, saved, absent]
    default: present
  type:
    description:
      - Kind of virtualization, V(pvh) for a new guest. Takes effect at a restart.
    type: str
    choices: [pv, pvh, hvm]
  kernel:
    description:
      - Kernel that Xen boots, a file of this host. An empty text removes it. Takes effect at a restart.
    type: str
  ramdisk:
    description:
      - Initial ramdisk of O(kernel), a file of this host. An empty text removes it. Takes effect at a restart.
    type: str
  extra:
    description:
      - Command line of O(kernel), such as V(console=hvc0). It replaces a C(cmdline) of the file. Takes effect at a
        restart.
    type: str
  root:
    description:
      - Root device for O(kernel), put in front of O(extra) as C(root=). Takes effect at a restart.
    type: str
  bootloader:
    description:
      - Program that finds the kernel on the guest's disk, such as V(pygrub); instead of O(kernel). Takes effect at
        a restart.
    type: str
  bootloader_args:
    description:
      - Arguments of O(bootloader). Takes effect at a restart.
    type: list
    elements: str
  firmware:
    description:
      - Firmware of an hvm guest, such as V(uefi) or V(bios), or V(pvgrub64) for a pv guest. Takes effect at a
        restart.
    type: str
  memory:
    description:
      - Memory, such as V(512M) or V(2G). A bare number counts MiB.
      - Takes effect live up to the O(max_memory) that the guest was started with, else at a restart.
    type: str
  max_memory:
    description:
      - Most memory that the guest can be given while it runs. xl takes O(memory) when the file has none. Takes
        effect at a restart.
    type: str
    aliases: [maxmem]
  vcpus:
    description:
      - Number of virtual CPUs that are switched on.
      - Takes effect live up to the O(max_vcpus) that the guest was started with, else at a restart. A guest must
        switch an added CPU on by itself, by a udev rule for example.
    type: int
  max_vcpus:
    description:
      - Number of virtual CPUs that the guest can have while it runs. xl takes O(vcpus) when the file has none.
        Takes effect at a restart.
    type: int
    aliases: [maxvcpus]
  cpu_weight:
    description:
      - Share of CPU time against other guests, from 1 to 65535; Xen's default is 256. Takes effect live.
    type: int
  cap:
    description:
      - Most CPU time in percent of one CPU, 0 for no limit. Takes effect live.
    type: int
  cpus:
    description:
      - CPUs of the host that the virtual CPUs may run on, such as V(0-3,^1) or V(all), or a list with one such text
        for each.
      - Takes effect live.
    type: raw
  pool:
    description:
      - Pool of CPUs that the guest belongs to. The pool must exist. Takes effect live.
    type: str
  disks:
    description:
      - Disks of the guest, known by their O(disks[].vdev). A disk that is not listed stays, see O(purge_disks).
      - Adding and removing a disk takes effect live, another target or mode of one that the guest has at a restart.
    type: list
    elements: dict
    suboptions:
      vdev:
        description:
          - Name of the disk in the guest, such as V(xvda).
        type: str
        required: true
      target:
        description:
          - Device or file of this host. Needed for a new disk; it must exist when the guest starts.
        type: str
        aliases: [path]
      format:
        description:
          - Format of the target; V(raw) when nothing is said. V(empty) is a drive without a medium.
        type: str
        choices: [raw, qcow, qcow2, vhd, qed, empty]
      access:
        description:
          - Whether the guest may write; V(rw) when nothing is said.
        type: str
        choices: [rw, ro]
        aliases: [mode]
      backendtype:
        description:
          - Which backend serves the disk; xl chooses when nothing is said.
        type: str
        choices: [phy, qdisk, tap, standalone]
      script:
        description:
          - Script of C(/etc/xen/scripts) that makes the target available. The target need not be a path then.
        type: str
      devtype:
        description:
          - Kind of drive that the guest sees.
        type: str
        choices: [disk, cdrom]
      state:
        description:
          - V(absent) removes the disk from the guest; what is stored on it is not touched.
        type: str
        choices: [present, absent]
        default: present
  networks:
    description:
      - Network interfaces of the guest, known by their O(networks[].mac). One that is not listed stays, see
        O(purge_networks).
      - Adding and removing an interface takes effect live, a change of one that the guest has at a restart.
    type: list
    elements: dict
    aliases: [nics, vifs]
    suboptions:
      mac:
        description:
          - MAC address. Without it, this is the interface at the same place in the file, and a new one gets an
            address in C(00:16:3e) that follows from the guest's name and the place.
        type: str
      bridge:
        description:
          - Bridge of this host that the interface is attached to.
        type: str
        aliases: [switch]
      vlan:
        description:
          - VLAN of an access port on an Open vSwitch bridge, written as C(bridge=br0.42). It brings
            O(networks[].script=vif-openvswitch) along.
        type: int
      trunks:
        description:
          - VLANs that the port carries with their tags, on an Open vSwitch bridge.
        type: list
        elements: int
      script:
        description:
          - Script of C(/etc/xen/scripts) that attaches the interface, such as V(vif-openvswitch).
        type: str
      vifname:
        description:
          - Name of the interface on this host.
        type: str
      model:
        description:
          - Model of the card that an hvm guest sees.
        type: str
      ip:
        description:
          - Address for the script.
        type: str
      rate:
        description:
          - Most that the guest can send, such as V(10Mb/s) or V(1MB/s@20ms).
        type: str
      type:
        description:
          - V(vif) for a paravirtual interface only, V(ioemu) for an emulated one too.
        type: str
        choices: [vif, ioemu]
      state:
        description:
          - V(absent) removes the interface, which must be named by its O(networks[].mac).
        type: str
        choices: [present, absent]
        default: present
  purge_disks:
    description:
      - Removes disks that O(disks) does not list from the guest. What is stored on them is not touched.
    type: bool
    default: false
  purge_networks:
    description:
      - Removes interfaces that O(networks) does not list.
    type: bool
    default: false
  autostart:
    description:
      - Whether the guest starts when the host boots, by a link in C(/etc/xen/auto). Takes effect live.
    type: bool
    aliases: [boot, onboot]
  start_order:
    description:
      - Place among the guests that start at boot, from 0 to 999; it is put in front of the link's name. Implies
        O(autostart=true).
      - Takes effect live.
    type: int
  on_poweroff:
    description:
      - What Xen does when the guest shuts down. Takes effect at a restart.
    type: str
    choices: [destroy, restart, rename-restart, preserve, coredump-destroy, coredump-restart, soft-reset]
  on_reboot:
    description:
      - What Xen does when the guest reboots. Takes effect at a restart.
    type: str
    choices: [destroy, restart, rename-restart, preserve, coredump-destroy, coredump-restart, soft-reset]
  on_crash:
    description:
      - What Xen does when the guest crashes. Takes effect at a restart.
    type: str
    choices: [destroy, restart, rename-restart, preserve, coredump-destroy, coredump-restart, soft-reset]
  description:
    description:
      - What the guest is for, kept in a comment of its file. Takes effect live.
    type: str
  tags:
    description:
      - A list of texts, or a dictionary of texts, kept in a comment of the file; inventories group by it. Takes
        effect live.
    type: raw
  config:
    description:
      - Further keys of C(xl.cfg), with a text, a number, a boolean or a list of them. V(null) removes a key.
      - Keys that have an option of their own are refused. Takes effect at a restart.
    type: dict
  uuid:
    description:
      - UUID of the guest; a new guest gets a random one that stays. Takes effect at a restart.
    type: str
  config_file:
    description:
      - The guest's file, C(/etc/xen/NAME.cfg) by default.
    type: path
  save_file:
    description:
      - Where a saved guest is kept, C(/var/lib/xen/save/NAME) by default, where Debian's C(xendomains) looks too.
    type: path
  renamed_from:
    description:
      - Former name of the guest. When a guest of that name is defined and none of O(name), it is renamed, also
        while it runs. Takes effect live.
    type: str
  host:
    description:
      - Host that the guest belongs to, by its own name, kept in a comment of its file. The guest is not started on
        another host. With O(migration) it is brought there.
      - Takes effect live.
    type: str
  migration:
    description:
      - Brings the guest to O(host), when the task runs on the host that has the guest and O(host) is another one. On
        any other host nothing is done. The other options but O(state) are for the host that the guest belongs to; a
        task there brings them about.
      - V(live) moves it while it runs. A guest of type pv can only where Xen has shadow paging, which Debian's has not,
        one of type pvh or hvm only when its memory equals its O(max_memory). The task says so before it starts.
      - V(cold) saves it, sends its memory, and restores it there.
      - V(auto) is V(live) where that is possible, else V(cold).
      - First it is made sure that the target has the memory, the bridges, the CPU features, a Xen that is not older,
        and every disk, which must be the same device there. Then the file and the links that start the guest at boot
        follow the guest.
      - A guest that does not run moves with its file. With O(state=started) it is started there then.
      - A move that broke off is finished by the same task, and undone by one with O(host) set to this host. Until then
        no other task changes the guest. What may have run on both hosts is not guessed, see O(force_stop).
      - Takes effect live.
    type: str
    choices: [live, cold, auto]
    version_added: 0.1.0
  peers:
    description:
      - Other Dom0s, as destinations for ssh, that are asked with C(xl list) before the guest is started or moved.
        When the guest, its UUID or one of its devices is active there, the task fails.
      - O(migration) finds its target among them by the name that each says it has. Root of this host must reach root
        there with a key and without a question, as the role C(hostwright.virt.dom0) sets it up.
    type: list
    elements: str
  allow_unreachable_peers:
    description:
      - Starts the guest although a peer does not answer, and undoes a move to it. For a peer that is down for certain.
    type: bool
    default: false
  timeout:
    description:
      - How many seconds the guest may take to shut down.
    type: int
    default: 60
  force_stop:
    description:
      - Kills a guest that has not shut down after O(timeout), removes one that has crashed and was kept, and lets a
        saved guest be discarded.
      - With O(migration), discards the memory of a guest that a transfer left frozen and that the other host may have
        used.
    type: bool
    default: false
notes:
  - Each change is one of C(xl)'s own commands, returned in RV(commands).
  - A change that waits for a restart is also handed to xl (C(xl config-update)), so that it takes effect when the
    guest reboots by itself.
"""

EXAMPLES = r"""
- name: A guest that boots a kernel of the Dom0
  hostwright.virt.xen_domu:
    name: toto
    state: started
    kernel: /boot/vmlinuz
    ramdisk: /boot/initrd.img
    root: /dev/xvda
    extra: ro console=hvc0
    memory: 512M
    disks:
      - { vdev: xvda, target: /dev/iscsi_toto_slash }
      - { vdev: xvdb, target: /dev/iscsi_toto_var }
      - { vdev: xvdc, target: /dev/iscsi_toto_swap }
    networks:
      - { bridge: br0, vlan: 42 }
    autostart: true

- name: More memory, live as far as the guest can
  hostwright.virt.xen_domu:
    name: toto
    memory: 1G
  register: toto

- name: Restart when that was not enough
  hostwright.virt.xen_domu:
    name: toto
    state: restarted
  when: toto.restart_required

- name: Never the same guest on two Dom0s
  hostwright.virt.xen_domu:
    name: toto
    state: started
    peers: [root@dom0b.example.org]

- name: Move it to dom0b, where it may be already
  hostwright.virt.xen_domu:
    name: toto
    host: dom0b
    migration: auto
    peers: [root@dom0b.example.org]

- name: Exactly one disk
  hostwright.virt.xen_domu:
    name: toto
    disks:
      - { vdev: xvda, target: /dev/iscsi_toto_slash }
    purge_disks: true

- name: Limit the CPU time and say what the guest is for
  hostwright.virt.xen_domu:
    name: toto
    cpu_weight: 512
    cap: 150
    cpus: 0-3
    description: mail relay
    tags: [mail, production]

- name: Shut down, and kill after two minutes
  hostwright.virt.xen_domu:
    name: toto
    state: stopped
    timeout: 120
    force_stop: true

- name: Remove the guest; its disks stay
  hostwright.virt.xen_domu:
    name: toto
    state: absent
"""

RETURN = r"""
name:
  description: Name of the guest.
  type: str
  returned: success
  sample: toto
runs_on:
  description: Host that runs the guest, this one or the one that it was moved to; null when neither does.
  type: str
  returned: success
  sample: dom0a
state:
  description:
    - C(absent), C(stopped), C(started), C(paused) or C(saved), and what no task can ask for, C(crashed),
      C(shutdown) (has ended, is being removed), C(suspended) (is being saved or sent).
  type: str
  returned: success
  sample: started
config:
  description: What the guest's file says, with xl's defaults, by the names of the options.
  type: dict
  returned: success
  sample: {type: pvh, memory: 512M, vcpus: 1, disks: [{vdev: xvda, target: /dev/iscsi_toto_slash, access: rw}]}
runtime:
  description: The same of the running guest; empty when it does not run.
  type: dict
  returned: success
  sample: {type: pvh, memory: 512M, vcpus: 1, disks: [{vdev: xvda, target: /dev/iscsi_toto_slash, access: rw}]}
uuid:
  description: UUID of the guest.
  type: str
  returned: success
  sample: 468d1862-2a3c-4cd5-aec8-705d9300ef5e
domid:
  description: Number of the running domain.
  type: int
  returned: success
  sample: 4
config_file:
  description: The guest's file.
  type: str
  returned: success
  sample: /etc/xen/toto.cfg
save_file:
  description: Where the saved guest is, if it is saved.
  type: str
  returned: success
  sample: /var/lib/xen/save/toto
autostart:
  description: Whether the guest starts when the host boots.
  type: bool
  returned: success
  sample: true
autostart_links:
  description: The links that start it.
  type: list
  elements: str
  returned: success
  sample: [/etc/xen/auto/toto.cfg]
description:
  description: What the guest is for.
  type: str
  returned: success
  sample: mail relay
tags:
  description: Tags of the guest.
  type: raw
  returned: success
  sample: [mail, production]
host:
  description: Host that the guest belongs to.
  type: str
  returned: success
  sample: dom0a
guest_action_required:
  description: What only the guest can do, such as to take notice of a disk that has grown.
  type: list
  elements: str
  returned: success
  sample: []
actions:
  description: What was done, or would be in check mode, step by step.
  type: list
  elements: dict
  returned: success
  sample: [{summary: start the guest, how: live, destructive: false, command: xl create -- /etc/xen/toto.cfg}]
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
from ansible_collections.hostwright.virt.plugins.module_utils._xen.resource import XEN_DOMU

RESOURCE = XEN_DOMU


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
