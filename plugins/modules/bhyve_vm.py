#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bhyve_vm
short_description: Manage a virtual machine of bhyve
version_added: 0.1.0
description:
  - Makes, changes, starts, stops and removes one virtual machine of bhyve on FreeBSD.
  - A guest of the base system is one file of C(bhyve_config(5)), C(/usr/local/etc/bhyve/NAME.conf), and is run by the
    service C(hostwright_bhyve), which this module installs. The service starts bhyve again when the guest resets, ends
    when the guest is off, makes and removes its C(tap) interfaces, and notes why it ended, see RV(reason).
  - A guest of vm-bhyve is managed in the file of vm-bhyve and started by C(vm). Its comments and the keys that the task
    does not name stay.
  - Three things are compared, the task, the file and what runs. What needs a restart is written, and stands in
    RV(pending) until the guest was restarted. A guest of the base system that reboots by itself takes it too.
  - An option that is not given is not managed. Keys of the file that no option names, comments and their order stay.
  - Devices are known by names of their own, and keep their PCI slots when others come or go.
  - The name is the identity. Renaming is not done.
author:
  - Hostwright contributors (@hostwright)
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
  - hostwright.virt._common.restart_policy
attributes:
  check_mode:
    support: full
    details:
      - A value that only bhyve or the guest's loader can judge is refused at the start, in the real run.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - O(state=restarted) restarts the guest each time.
  platform:
    support: full
    platforms: FreeBSD
requirements:
  - FreeBSD 14 or newer, as root. C(vmm.ko) and C(nmdm.ko) are loaded when a guest starts.
  - For the loaders V(uefi) the package C(edk2-bhyve), for V(grub) C(grub2-bhyve).
  - For O(engine=vm-bhyve) the package C(vm-bhyve), set up.
options:
  name:
    description:
      - Name of the guest.
      - Letters, digits and C(_), inside also C(.) and C(-); at most 31. It cannot begin with C(system.).
    type: str
    required: true
    aliases: [guest]
  state:
    description:
      - V(present) writes its file and makes its disks, and leaves its power as it is.
      - V(started) starts it.
      - V(stopped) presses its power button (ACPI) and waits until it is off, see O(timeout) and O(force_stop). A guest
        that has not switched ACPI on yet, as in its firmware, is ended by that at once; this is how bhyve is.
      - V(restarted) stops it and starts it with its present file, each time that the task runs.
      - V(suspended) is refused. bhyve of FreeBSD 14 and 15 is built without suspend, and guests do not move between
        hosts while they run.
      - V(absent) removes its file and its start at boot. One that runs is refused unless O(force_stop=true). Its disks
        stay unless O(delete_storage=true).
    type: str
    choices: [present, started, stopped, restarted, suspended, absent]
    default: present
  engine:
    description:
      - V(base) is bhyve with the service of this module, V(vm-bhyve) a guest that C(vm create) has made.
      - V(auto) is V(vm-bhyve) when vm-bhyve has a guest of this name, otherwise V(base).
    type: str
    choices: [auto, base, vm-bhyve]
    default: auto
  directory:
    description:
      - Folder for the guest's own files, its disks of type file, variables of its firmware, and seed of cloud-init.
        C(/var/db/bhyve/NAME) for a guest of the base system; vm-bhyve has its own.
    type: path
  cpu:
    description:
      - Number of virtual CPUs, at most C(hw.vmm.maxcpu), which is the number of the host's unless C(loader.conf) says
        more. Must be O(cpu_sockets) times O(cpu_cores) times O(cpu_threads) where these are given.
        V(1) for a new guest. Takes effect at a restart.
    type: int
    aliases: [vcpus]
  cpu_sockets:
    description:
      - Number of virtual sockets. Takes effect at a restart.
    type: int
  cpu_cores:
    description:
      - Number of cores in a socket. Takes effect at a restart.
    type: int
  cpu_threads:
    description:
      - Number of threads in a core. Takes effect at a restart.
    type: int
  memory:
    description:
      - Memory, such as V(2G); a bare number counts MiB. V(512M) for a new guest. Takes effect at a restart.
    type: str
  wired_memory:
    description:
      - Whether its memory stays in the memory of the host. O(passthru) needs it and turns it on. Takes effect at a
        restart.
    type: bool
  loader:
    description:
      - What starts the guest. V(uefi) is the firmware of C(edk2-bhyve), V(uefi-csm) the one with a BIOS, which new
        packages do not have, V(uefi-custom) the file in O(firmware).
      - V(bhyveload) loads FreeBSD from the first disk, V(grub) what C(grub-bhyve) finds.
      - V(uefi) for a new guest. Takes effect at a restart.
    type: str
    choices: [uefi, uefi-csm, uefi-custom, bhyveload, grub]
  firmware:
    description:
      - File of the firmware for O(loader=uefi-custom). Takes effect at a restart.
    type: path
  uefi_vars:
    description:
      - Whether the firmware keeps its variables in a file of the guest, which is a copy of that of C(edk2-bhyve) at
        first and is never replaced. Takes effect at a restart.
    type: bool
  grub_run_partition:
    description:
      - Partition that C(grub-bhyve) starts from, such as V(msdos1). Takes effect at a restart.
    type: str
  grub_run_dir:
    description:
      - Folder of C(grub.cfg), such as V(/grub). Takes effect at a restart.
    type: str
  grub_commands:
    description:
      - Lines that C(grub-bhyve) is told instead of looking for a C(grub.cfg), the last one usually V(boot). An empty
        list removes them. Takes effect at a restart.
    type: list
    elements: str
  uuid:
    description:
      - UUID that the guest sees. Takes effect at a restart.
    type: str
  utctime:
    description:
      - Whether the clock of the guest is in UTC, V(true) for a new guest. Takes effect at a restart.
    type: bool
  comports:
    description:
      - Serial ports that have a console on the host, all of them; V([com1]) for a new guest. The console of com1 is
        C(/dev/nmdm-NAME-1B), for instance for C(cu -l). An empty list removes them. Takes effect at a restart.
    type: list
    elements: str
    choices: [com1, com2, com3, com4]
  disks:
    description:
      - Disks of the guest, known by their O(disks[].id). A disk that is not listed stays, see O(purge_disks).
      - One that another guest of the base system writes to is refused, unless it is read-only here; bhyve locks none.
      - Adding, removing and changing a disk takes effect at a restart. A V(virtio-blk) disk that grows is live, for
        bhyve tells the guest.
    type: list
    elements: dict
    suboptions:
      id:
        description:
          - Name of the disk in this file, such as V(root). A disk that somebody else wrote is known by its
            O(disks[].target), or as C(0.4.0) by its place on the PCI bus, or as C(disk0) in a file of vm-bhyve.
        type: str
        required: true
        aliases: [name, vdev]
      target:
        description:
          - Where its content is. Needed for a new disk.
          - For V(file) a path, or the name of a file in O(directory). For V(zvol) and V(sparse-zvol) the name of the
            volume, such as V(zroot/vm/web1). For V(custom) and V(iscsi) the path of a file or device.
        type: str
        aliases: [path]
      dev:
        description:
          - Kind of storage, V(file) for a new disk. Files and volumes are made when they are not there, and removed
            with O(delete_storage). V(custom) and V(iscsi) are never made nor removed, but must be there at a start; see
            M(hostwright.virt.iscsi_volume).
        type: str
        choices: [file, zvol, sparse-zvol, custom, iscsi]
      type:
        description:
          - Device that the guest sees, V(virtio-blk) for a new disk. V(ahci-cd) is a CD drive.
        type: str
        choices: [virtio-blk, nvme, ahci-hd, ahci-cd]
      size:
        description:
          - Size such as V(20G); a bare number counts MiB. Needed to make a file or volume. A larger one grows it, a
            smaller one is refused.
        type: str
      source:
        description:
          - Raw image that a new file or volume is a copy of. Not looked at when it is there.
        type: path
      read_only:
        description:
          - Whether the guest can only read it. Always so for V(ahci-cd).
        type: bool
      opts:
        description:
          - Further options of the device, all of them, such as V(nocache), V(direct), V(nodelete),
            V(sectorsize=512/4096) or V(ser=SERIAL).
        type: list
        elements: str
      slot:
        description:
          - PCI slot of the disk, 1 to 28. By default the lowest that is free, from 3 on, and it stays.
        type: int
      state:
        description:
          - V(absent) removes the disk from the guest; what is stored on it is not touched.
        type: str
        choices: [present, absent]
        default: present
  purge_disks:
    description:
      - Removes disks that O(disks) does not list from the guest. What is stored on them is not touched.
    type: bool
    default: false
  networks:
    description:
      - Network interfaces of the guest, known by their O(networks[].id). One that is not listed stays, see
        O(purge_networks). A change takes effect at a restart.
    type: list
    elements: dict
    aliases: [nics]
    suboptions:
      id:
        description:
          - Name of the interface in this file, such as V(lan). One that somebody else wrote is known by its
            O(networks[].mac), or as C(0.5.0) by its place on the PCI bus, or as C(network0) in a file of vm-bhyve.
        type: str
        required: true
        aliases: [name]
      backend:
        description:
          - V(tap) is an interface of the host, which the service makes at a start, adds to O(networks[].bridge), and
            removes afterwards. V(vale) is a port of the VALE switch O(networks[].bridge), V(netgraph) a hook of a
            netgraph node.
          - V(tap) for a new interface.
        type: str
        choices: [tap, vale, netgraph]
      bridge:
        description:
          - Bridge of the host, such as V(bridge0). For V(vale) the name of the switch, such as V(vale0), for a guest of
            vm-bhyve the name of the switch in C(vm switch list). An empty text takes it out of its bridge.
        type: str
        aliases: [switch]
      device:
        description:
          - C(tap) interface to use. One that is there at the start is used, and stays. By default one of its own, with
            a number from 1000 on.
        type: str
        aliases: [tap]
      type:
        description:
          - Device that the guest sees, V(virtio-net) for a new interface.
        type: str
        choices: [virtio-net, e1000]
        aliases: [model]
      mac:
        description:
          - MAC address in the guest. A new interface gets one that follows from its name and the guest's, and keeps it.
        type: str
      mtu:
        description:
          - Largest packet that a V(virtio-net) tells its guest, and that of its C(tap). In a bridge all members have
            that of the bridge, which is that of its first member; the log of the guest says when it is another one.
        type: int
      port:
        description:
          - Port of the V(vale) switch; by default the guest's name and that of the interface.
        type: str
      node:
        description:
          - Node of V(netgraph) that it is connected with, such as V("vmbridge:").
        type: str
      hook:
        description:
          - Hook of that node, such as V(link2).
        type: str
      slot:
        description:
          - PCI slot of the interface, 1 to 28. By default the lowest that is free, from 3 on, and it stays.
        type: int
      state:
        description:
          - V(absent) removes the interface from the guest.
        type: str
        choices: [present, absent]
        default: present
  purge_networks:
    description:
      - Removes interfaces that O(networks) does not list.
    type: bool
    default: false
  passthru:
    description:
      - PCI devices of the host that the guest gets, all of them, as V(2/0/0) or V(ppt0). The driver C(ppt) must have
        them, see C(pptdevs) in C(loader.conf(5)). Takes effect at a restart.
    type: list
    elements: str
    aliases: [passthrough]
  graphics:
    description:
      - Whether the guest has a screen, shown by VNC. Takes effect at a restart.
    type: bool
  graphics_listen:
    description:
      - Address that VNC listens on, V(127.0.0.1) for a new screen. VNC is not encrypted; reach it through SSH.
        Takes effect at a restart.
    type: str
  graphics_port:
    description:
      - Port of VNC. A new screen gets the lowest from 5900 on that no other guest of this module has. Takes effect at a
        restart.
    type: int
  graphics_res:
    description:
      - Resolution such as V(1280x720). Takes effect at a restart.
    type: str
  graphics_wait:
    description:
      - Whether the guest waits for a viewer before it starts. Takes effect at a restart.
    type: bool
  vnc_password:
    description:
      - Password of VNC, at most 8 characters. An empty text removes it. It is kept in the file of the guest, which only
        root can read. Takes effect at a restart.
    type: str
  xhci_mouse:
    description:
      - Whether the guest has a USB tablet, so that the pointer of VNC is where it should be. Takes effect at a restart.
    type: bool
  virt_random:
    description:
      - Whether the guest gets random numbers from the host. Takes effect at a restart.
    type: bool
    aliases: [rng]
  virt_consoles:
    description:
      - Number of virtio consoles, 0 to 16, each a socket C(vconsoleN.sock) in O(directory). Takes effect at a restart.
    type: int
  shares:
    description:
      - Folders of the host that the guest can mount by virtio-9p, known by their O(shares[].name). Takes effect at a
        restart.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the share in the guest.
        type: str
        required: true
      path:
        description:
          - Folder on the host. Needed unless O(shares[].state=absent).
        type: str
      read_only:
        description:
          - Whether the guest can only read it.
        type: bool
        default: false
      state:
        description:
          - Whether it is shared.
        type: str
        choices: [present, absent]
        default: present
  tpm:
    description:
      - Trusted Platform Module of the guest. Takes effect at a restart.
    type: dict
    suboptions:
      type:
        description:
          - V(passthru) is a device of the host, V(swtpm) the socket of a C(swtpm) that runs.
        type: str
        choices: [passthru, swtpm]
        default: passthru
      path:
        description:
          - Device or socket, such as V(/dev/tpm0).
        type: str
        required: true
      version:
        description:
          - Version of the TPM.
        type: str
        choices: ['2.0']
        default: '2.0'
  cloud_init:
    description:
      - Seed of cloud-init, a CD called C(cidata) that is made with C(makefs). It is made anew when the content changes.
        Only root can read it. Takes effect at a restart.
    type: dict
    suboptions:
      user_data:
        description:
          - The file C(user-data), as text or as data, which becomes C(#cloud-config).
          - It is never shown. Of data each single text in it is hidden in all that the task returns, so give text, as
            the filter C(to_nice_yaml) makes it, when that hides too much.
        type: raw
      meta_data:
        description:
          - The file C(meta-data). By default C(instance-id) and C(local-hostname) are the guest's name.
        type: raw
      network_config:
        description:
          - The file C(network-config).
        type: raw
  limits:
    description:
      - Limits of C(rctl(8)) on the process of bhyve, by resource; V(none) lifts one. They are set when the guest starts
        and when it resets, and a change takes effect live. C(kern.racct.enable) must be on, see
        M(hostwright.virt.rctl_limit).
    type: dict
    suboptions:
      pcpu:
        description:
          - Most CPU time in percent of one CPU.
        type: str
      readbps:
        description:
          - Most bytes that are read in a second, such as V(50M).
        type: str
      writebps:
        description:
          - Most bytes that are written in a second.
        type: str
      readiops:
        description:
          - Most reads in a second.
        type: str
      writeiops:
        description:
          - Most writes in a second.
        type: str
  autostart:
    description:
      - Whether it starts when the host boots, in C(hostwright_bhyve_list) or C(vm_list) of C(rc.conf). V(true) enables
        the service too. Takes effect live.
    type: bool
    aliases: [boot, onboot]
  start_order:
    description:
      - Place in that list. Guests with a lower number start before it; one without a number counts as 100. Takes effect
        live.
    type: int
  start_delay:
    description:
      - Seconds that the host waits after the start of this guest, before the next one. vm-bhyve has one number for all
        its guests, C(vm_delay). Takes effect live.
    type: int
  config:
    description:
      - Further keys of C(bhyve_config(5)), or of the file of vm-bhyve. V(null) removes a key. A value can refer to
        another key with C(%(key\)) in the base system.
      - Keys that are options of this module are refused, and keys that bhyve does not know.
      - Takes effect at a restart.
    type: dict
  timeout:
    description:
      - How many seconds to wait for a start or a stop.
    type: int
    default: 60
  force_stop:
    description:
      - Cut the power of a guest that is not off after O(timeout) seconds, and allow O(state=absent) to stop one.
    type: bool
    default: false
  delete_storage:
    description:
      - Allow O(state=absent) to destroy the disks of types V(file), V(zvol) and V(sparse-zvol), the variables of the
        firmware and the seed of cloud-init.
    type: bool
    default: false
seealso:
  - module: hostwright.virt.bhyve_vm_info
  - module: hostwright.virt.rctl_limit
  - module: hostwright.virt.zfs_dataset
  - module: hostwright.virt.iscsi_volume
  - name: bhyve_config(5)
    description: Every key of the file.
    link: https://man.freebsd.org/cgi/man.cgi?query=bhyve_config
"""

EXAMPLES = r"""
- name: A guest from a cloud image, with a disk on ZFS
  hostwright.virt.bhyve_vm:
    name: web1
    state: started
    cpu: 4
    cpu_sockets: 1
    cpu_cores: 4
    memory: 4G
    disks:
      - {id: root, target: zroot/vm/web1, dev: zvol, size: 20G, source: /srv/images/debian-13.raw}
      - {id: data, target: data.img, size: 100G, type: nvme}
    networks:
      - {id: lan, bridge: bridge0}
    cloud_init:
      user_data:
        users: [{name: ops, ssh_authorized_keys: ["ssh-ed25519 AAAA ops"]}]
    autostart: true
    start_order: 10

- name: More memory, at the next start or reboot of the guest
  hostwright.virt.bhyve_vm:
    name: web1
    memory: 8G

- name: A larger disk, now, and limits
  hostwright.virt.bhyve_vm:
    name: web1
    disks:
      - {id: root, size: 40G}
    limits: {pcpu: "200", writebps: 50M}

- name: Install from a CD, with a screen on the loopback of the host
  hostwright.virt.bhyve_vm:
    name: desk
    state: started
    memory: 4G
    loader: uefi
    uefi_vars: true
    disks:
      - {id: root, target: root.img, size: 60G}
      - {id: cd, target: /srv/images/install.iso, dev: custom, type: ahci-cd}
    networks:
      - {id: lan, bridge: bridge0, type: e1000}
    graphics: true
    graphics_port: 5905
    vnc_password: "{{ vault_vnc_password }}"
    xhci_mouse: true

- name: The CD goes, the other disk stays in its slot
  hostwright.virt.bhyve_vm:
    name: desk
    disks:
      - {id: cd, state: absent}
    restart_policy: if_needed

- name: A FreeBSD guest with a card of the host and keys that have no option
  hostwright.virt.bhyve_vm:
    name: router
    loader: bhyveload
    disks:
      - {id: root, target: /dev/da10, dev: iscsi}
    passthru: ["2/0/0"]
    config:
      x86.strictmsr: false
      system.serial_number: "R-17"

- name: A guest of vm-bhyve
  hostwright.virt.bhyve_vm:
    name: old
    engine: vm-bhyve
    memory: 2G
    graphics_listen: 127.0.0.1

- name: Remove it with its disks, whether it runs or not
  hostwright.virt.bhyve_vm:
    name: desk
    state: absent
    force_stop: true
    delete_storage: true
"""

RETURN = r"""
name:
  description: Name of the guest.
  type: str
  returned: success
  sample: web1
state:
  description: State of the guest, V(started), V(stopped) or V(absent).
  type: str
  returned: success
  sample: started
engine:
  description: What runs the guest, V(base) or V(vm-bhyve).
  type: str
  returned: success
  sample: base
config:
  description: What its file says, by key; passwords are left out.
  type: dict
  returned: success
  sample: {cpus: "4", memory.size: 4G, pci.0.3.0.device: virtio-blk}
runtime:
  description: What it was started with, by key, and its process; empty when it does not run.
  type: dict
  returned: success
  sample: {pid: 4711, config: {cpus: "4", memory.size: 2G}}
reason:
  description:
    - Why it ended the last time, V(reset), V(poweroff), V(halt), V(triple fault), V(error), V(suspended) or a signal;
      empty when that is not known. Guests of vm-bhyve have it in C(vm-bhyve.log).
  type: str
  returned: when the guest exists
  sample: poweroff
exit_code:
  description: Exit code of bhyve the last time.
  type: int
  returned: when the guest exists and has ended once
  sample: 1
disks:
  description: Its disks, as its file says.
  type: list
  elements: dict
  returned: when the guest exists
  sample: [{id: root, type: virtio-blk, path: /dev/zvol/zroot/vm/web1, place: 0.3.0, size: 21474836480}]
networks:
  description: Its interfaces, as its file says.
  type: list
  elements: dict
  returned: when the guest exists
  sample: [{id: lan, type: virtio-net, backend: tap1000, bridge: bridge0, mac: "58:9c:fc:0a:0b:0c", place: 0.4.0}]
consoles:
  description: The consoles of its serial ports, and the address of its screen.
  type: dict
  returned: when the guest exists
  sample: {com1: /dev/nmdm-web1-1B, vnc: "127.0.0.1:5900"}
config_file:
  description: Its file.
  type: str
  returned: when the guest exists
  sample: /usr/local/etc/bhyve/web1.conf
autostart:
  description: Whether it starts at boot.
  type: bool
  returned: when the guest exists
  sample: true
actions:
  description: What was done, or would be in check mode, step by step.
  type: list
  elements: dict
  returned: success
  sample:
    - {summary: start the guest, how: live, api: bhyve, method: start, args: [web1, 60.0]}
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

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.resource import BHYVE_VM
from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_module

RESOURCE = BHYVE_VM


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
