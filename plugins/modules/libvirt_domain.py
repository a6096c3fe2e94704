#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: libvirt_domain
short_description: Manage the guests (domains) of libvirt
version_added: 0.1.0
description:
  - Keeps a guest's definition, the running guest and the images of its disks as declared, with C(virsh). Guests of
    QEMU and KVM, LXC, Xen, bhyve and every other driver of libvirt.
  - What libvirt and others wrote into the definition stays, and what the task does not name is not compared. Sizes and
    names are compared by what they mean.
  - A running guest is changed live where libvirt can. What it cannot takes effect when the guest was stopped and
    started again; the return value RV(pending) names it until O(restart_policy) allows the restart. A reboot from
    inside the guest is not enough.
  - Networks and pools are those of the role P(hostwright.virt.kvm_host#role), or made by others.
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
    support: partial
    details:
      - O(state=restarted) restarts the guest each time.
  platform:
    support: full
    platforms: debian, freebsd
requirements:
  - libvirt 7.0 or newer with its daemon running; C(virsh) (Debian package C(libvirt-clients)).
  - C(qemu-img) (Debian package C(qemu-utils)) for images that are made or grown as files.
seealso:
  - module: hostwright.virt.libvirt_domain_info
  - module: hostwright.virt.zfs_dataset
  - module: hostwright.virt.iscsi_volume
  - name: The XML of a domain
    description: libvirt's own description of all that O(xml_patch) can reach.
    link: https://libvirt.org/formatdomain.html
options:
  name:
    description:
      - Name of the guest.
    type: str
    required: true
    aliases: [guest]
  state:
    description:
      - V(present) defines the guest and leaves it running or not as it is. V(started) starts it, restores it when it is
        saved, and resumes it when it is paused. V(stopped) shuts it down and waits. V(restarted) stops and starts it.
        V(paused) starts it paused or pauses it. V(saved) writes its memory to disk (managed save), V(started)
        restores it.
      - V(absent) stops the guest, discards saved memory (with O(force_stop)), removes the definition and only then
        the storage, with O(delete_storage).
    type: str
    choices: [present, started, stopped, restarted, paused, saved, absent]
    default: present
  uri:
    description:
      - Connection of libvirt, such as V(qemu:///system), V(lxc:///), V(xen:///system), V(bhyve:///system) or
        V(qemu+ssh://root@kvm1/system). It is always used as given.
      - With one that leads to another host, files of disks are neither made nor grown nor deleted; volumes are.
    type: str
    default: qemu:///system
  type:
    description:
      - Type of the domain, such as V(kvm), V(qemu) (emulation), V(lxc), V(xen) or V(bhyve). A new guest of a C(qemu)
        connection is of type V(kvm) when the host has C(/dev/kvm), and of type V(qemu) when not.
      - Takes effect at a restart.
    type: str
  os_type:
    description:
      - What the guest boots. V(exe) for containers and V(hvm) for all others when the task says nothing.
      - Takes effect at a restart.
    type: str
    choices: [hvm, exe, xen, xenpvh, linux]
  arch:
    description:
      - Architecture, such as V(x86_64); the host's own when nothing is said. Takes effect at a restart.
    type: str
  machine:
    description:
      - Machine, such as V(q35), V(pc) or V(virt). libvirt writes the newest version of it, such as C(pc-q35-7.2), and
        keeps that.
      - Takes effect at a restart.
    type: str
  emulator:
    description:
      - Path of the emulator. Takes effect at a restart.
    type: str
  uuid:
    description:
      - UUID of a new guest; a random one when nothing is said. libvirt cannot change it.
    type: str
  title:
    description:
      - A short title; an empty text removes it. Takes effect live.
    type: str
  description:
    description:
      - What the guest is for; an empty text removes it. Takes effect live.
    type: str
  tags:
    description:
      - A list of texts, or a dictionary, whose entries become texts like C(rack=7). They are kept in the metadata of
        the domain, where inventories find them. Takes effect live.
    type: raw
  vcpus:
    description:
      - Number of virtual CPUs. More than the guest can have raises O(max_vcpus) too, when the task does not name that.
      - Takes effect live up to O(max_vcpus). QEMU takes away only what was added after the start.
    type: int
  max_vcpus:
    description:
      - Number of virtual CPUs that the guest can have while it runs. Takes effect at a restart.
    type: int
    aliases: [maxvcpus]
  cpu_mode:
    description:
      - V(host-passthrough) shows the guest the CPU of the host, V(host-model) one like it that can move to similar
        hosts, V(maximum) all that the emulator can, V(custom) the O(cpu_model). Takes effect at a restart.
    type: str
    choices: [host-passthrough, host-model, maximum, custom]
  cpu_model:
    description:
      - Model of the CPU, such as V(EPYC); implies O(cpu_mode=custom). Takes effect at a restart.
    type: str
  cpu_features:
    description:
      - Features of the CPU, each with V(force), V(require), V(optional), V(disable) or V(forbid); V(null) leaves one
        to the model again. Takes effect at a restart.
    type: dict
  cpu_topology:
    description:
      - Sockets, cores and threads that the guest sees. Their product must be O(max_vcpus). Takes effect at a restart.
    type: dict
    suboptions:
      sockets:
        description:
          - Number of sockets.
        type: int
        default: 1
      cores:
        description:
          - Number of cores of each socket.
        type: int
        default: 1
      threads:
        description:
          - Number of threads of each core.
        type: int
        default: 1
  nested:
    description:
      - Whether the guest can run guests of its own, by the CPU feature C(vmx) or C(svm) of the host. The module of
        KVM must allow it too, see the role P(hostwright.virt.kvm_host#role). Takes effect at a restart.
    type: bool
  memory:
    description:
      - Memory, such as V(2G); a bare number counts MiB. Needed for a new guest. More than the guest can have raises
        O(max_memory) too, when the task does not name that.
      - Takes effect live up to O(max_memory), by the balloon driver of the guest. A guest without one that runs
        keeps all its memory, and a change fails after O(timeout).
    type: str
  max_memory:
    description:
      - Memory that the guest can have while it runs. Takes effect at a restart.
    type: str
    aliases: [maxmem]
  hugepages:
    description:
      - Whether the memory is of huge pages of the host (V(true), V(false)), or the size of these pages, such as
        V(1G). Takes effect at a restart.
    type: str
  firmware:
    description:
      - V(efi) lets libvirt choose a UEFI of the host, with a file of variables (nvram) for this guest. V(bios) is the
        emulator's own.
      - Takes effect at a restart.
    type: str
    choices: [bios, efi]
  secure_boot:
    description:
      - Whether the UEFI is one with Secure Boot. Takes effect at a restart.
    type: bool
  kernel:
    description:
      - Kernel of the host that the guest boots; an empty text removes it. Takes effect at a restart.
    type: str
  initrd:
    description:
      - Initial RAM disk for O(kernel); an empty text removes it. Takes effect at a restart.
    type: str
    aliases: [ramdisk]
  cmdline:
    description:
      - Arguments for O(kernel); an empty text removes them. Takes effect at a restart.
    type: str
    aliases: [extra]
  boot:
    description:
      - Kinds of devices that the guest boots from, the first first. It excludes O(disks[].boot_order) and
        O(networks[].boot_order). Takes effect at a restart.
    type: list
    elements: str
    choices: [hd, cdrom, network, fd]
  init:
    description:
      - Program that a container starts. Takes effect at a restart.
    type: str
  disks:
    description:
      - Disks of the guest, known by their O(disks[].vdev). A disk that is not listed stays, see O(purge_disks).
      - Adding, removing and growing a disk, and another medium in a drive, takes effect live, where the bus can
        (V(virtio), V(scsi), V(usb)) and the machine has a slot left. Other changes take effect at a restart.
    type: list
    elements: dict
    suboptions:
      vdev:
        description:
          - Name of the disk, such as V(vda) or V(sda). It need not be the name that the guest gives it.
        type: str
        required: true
      target:
        description:
          - File or device of the host, or for O(disks[].type=network) the name there, such as
            C(iqn.2026-01.org.example:vol/1).
          - An empty text takes the medium out of a drive.
        type: str
        aliases: [path]
      type:
        description:
          - What O(disks[].target) is; a path below C(/dev) is a V(block) device and any other a V(file) when nothing
            is said.
        type: str
        choices: [file, block, volume, network]
      format:
        description:
          - Format of the image. One that is made is V(qcow2) when nothing is said, and one that is there counts as
            V(raw), as an image is never trusted to say it itself.
        type: str
        choices: [raw, qcow2, vmdk, vdi, vpc, vhdx, qed]
      access:
        description:
          - Whether the guest may write.
        type: str
        choices: [rw, ro]
        aliases: [mode]
      devtype:
        description:
          - Kind of drive that the guest sees; V(disk) when nothing is said.
        type: str
        choices: [disk, cdrom, floppy, lun]
      bus:
        description:
          - Bus of the disk. When nothing is said it follows from the name, C(vd) V(virtio), C(sd) V(sata), C(hd)
            V(ide), C(xvd) V(xen).
        type: str
        choices: [virtio, scsi, sata, ide, usb, fdc, xen]
      size:
        description:
          - Size of the image or volume, such as V(20G); a bare number counts GiB. An image that is not there is made,
            one that is smaller grows, one that is larger is refused.
          - Of a block device, the least size that it must have. A running guest is told when it has grown.
        type: str
      backing:
        description:
          - Image that a new one is laid over; it must not change afterwards. One that is there is not compared.
        type: str
        aliases: [base_image]
      backing_format:
        description:
          - Format of O(disks[].backing).
        type: str
        choices: [raw, qcow2]
      pool:
        description:
          - Storage pool of libvirt that O(disks[].volume) is in.
          - With AppArmor, as Debian has it, libvirt 11.3 lets no guest open a volume that is named so. Give the path of
            the volume as O(disks[].target) there.
        type: str
      volume:
        description:
          - Volume of O(disks[].pool).
        type: str
      protocol:
        description:
          - How the emulator itself reaches a disk of O(disks[].type=network).
        type: str
        choices: [iscsi, nbd, rbd, http, https]
      portal:
        description:
          - Host of a disk of O(disks[].type=network), with a port if needed, such as V(192.0.2.7:3260).
        type: str
      auth_user:
        description:
          - User for a disk of O(disks[].type=network).
        type: str
      auth_secret:
        description:
          - Usage name of the secret of libvirt that has the password of O(disks[].auth_user).
        type: str
      cache:
        description:
          - How the host caches the disk.
        type: str
        choices: [default, none, writethrough, writeback, directsync, unsafe]
      discard:
        description:
          - Whether blocks that the guest frees are given back.
        type: str
        choices: [ignore, unmap]
      serial:
        description:
          - Serial number that the guest sees; an empty text removes it.
        type: str
      shareable:
        description:
          - Whether several guests may have the disk.
        type: bool
      boot_order:
        description:
          - Place among the devices that the guest boots from, 1 first; 0 takes it out.
        type: int
      state:
        description:
          - V(absent) takes the disk from the guest; what is stored on it is not touched.
        type: str
        choices: [present, absent]
        default: present
  networks:
    description:
      - Network interfaces, known by their O(networks[].mac). One that is not listed stays, see O(purge_networks).
      - Adding, removing and plugging an interface into another network or bridge takes effect live, other changes
        take effect at a restart.
    type: list
    elements: dict
    aliases: [nics, vifs]
    suboptions:
      mac:
        description:
          - MAC address. Without it, this is the interface at the same place in the definition, and a new one gets an
            address in C(52:54:00) that follows from the guest's name and the place.
        type: str
      network:
        description:
          - Network of libvirt.
        type: str
      portgroup:
        description:
          - Port group of O(networks[].network).
        type: str
      bridge:
        description:
          - Bridge of the host.
        type: str
        aliases: [switch]
      link:
        description:
          - Interface of the host that the guest is attached to by macvtap.
        type: str
      link_mode:
        description:
          - How guests on the same O(networks[].link) reach each other.
        type: str
        choices: [bridge, vepa, private, passthrough]
      ovs:
        description:
          - Whether O(networks[].bridge) is one of Open vSwitch. O(networks[].vlan) and O(networks[].trunks) imply it.
        type: bool
      vlan:
        description:
          - VLAN of an access port, or the untagged one beside O(networks[].trunks); 0 removes VLANs.
        type: int
      trunks:
        description:
          - VLANs that the port carries with their tags.
        type: list
        elements: int
      model:
        description:
          - Card that the guest sees; V(virtio) when nothing is said.
        type: str
      vifname:
        description:
          - Name of the interface on the host.
        type: str
      mtu:
        description:
          - MTU of the interface.
        type: int
      link_state:
        description:
          - Whether the cable is plugged in.
        type: str
        choices: [up, down]
      boot_order:
        description:
          - Place among the devices that the guest boots from, 1 first; 0 takes it out.
        type: int
      state:
        description:
          - V(absent) removes the interface, which must be named by its O(networks[].mac).
        type: str
        choices: [present, absent]
        default: present
  filesystems:
    description:
      - Folders of the host in the guest, known by their O(filesystems[].target). Takes effect at a restart.
    type: list
    elements: dict
    suboptions:
      source:
        description:
          - Folder of the host.
        type: str
      target:
        description:
          - Where a container mounts it, V(/) for its root; for a virtual machine, the tag that it mounts.
        type: str
        required: true
      driver:
        description:
          - V(virtiofs) is fast and needs C(virtiofsd); the guest then gets memory that the host can share. V(path) is
            9p.
        type: str
        choices: [path, virtiofs]
      access:
        description:
          - Whether the guest may write.
        type: str
        choices: [rw, ro]
        aliases: [mode]
      state:
        description:
          - V(absent) takes the folder from the guest.
        type: str
        choices: [present, absent]
        default: present
  graphics:
    description:
      - Screens of the guest, known by their O(graphics[].type).
      - O(graphics[].password) takes effect live, the others at a restart.
    type: list
    elements: dict
    suboptions:
      type:
        description:
          - Protocol of the screen.
        type: str
        choices: [vnc, spice]
        required: true
      listen:
        description:
          - Address that it listens on; V(127.0.0.1) when nothing is said.
        type: str
      port:
        description:
          - Port; libvirt chooses a free one when nothing is said.
        type: int
      password:
        description:
          - Password; an empty text removes it. It is handed to libvirt through standard input, and libvirt keeps it
            where only root reads. VNC knows at most 8 characters.
        type: str
      state:
        description:
          - V(absent) removes the screen.
        type: str
        choices: [present, absent]
        default: present
  hostdevs:
    description:
      - Devices of the host that the guest gets, while it runs. Takes effect live.
    type: list
    elements: dict
    suboptions:
      pci:
        description:
          - Address of a PCI device, such as V(0000:03:00.0).
        type: str
      usb:
        description:
          - Vendor and product of a USB device, such as V(046d:c52b).
        type: str
      state:
        description:
          - V(absent) gives the device back to the host.
        type: str
        choices: [present, absent]
        default: present
  purge_disks:
    description:
      - Takes disks that O(disks) does not list from the guest. What is stored on them is not touched.
    type: bool
    default: false
  purge_networks:
    description:
      - Removes interfaces that O(networks) does not list.
    type: bool
    default: false
  video:
    description:
      - Graphics card, such as V(virtio), V(qxl), V(vga) or V(none). Takes effect at a restart.
    type: str
  console:
    description:
      - Whether the guest has a console, for C(virsh console). A new one has when nothing is said. Takes effect at a
        restart.
    type: bool
  guest_agent:
    description:
      - Whether the guest has a channel for the agent of QEMU. Takes effect live when the guest has a controller for
        channels, else at a restart.
    type: bool
  watchdog:
    description:
      - A watchdog device. Takes effect live where the machine has a slot left, else at a restart.
    type: dict
    suboptions:
      model:
        description:
          - Model of the device; V(i6300esb) when nothing is said.
        type: str
        choices: [i6300esb, ib700, diag288, itco]
      action:
        description:
          - What happens when the guest hangs; V(reset) when nothing is said.
        type: str
        choices: [reset, shutdown, poweroff, pause, none, dump, inject-nmi]
      state:
        description:
          - V(absent) removes the device.
        type: str
        choices: [present, absent]
        default: present
  rng:
    description:
      - A source of random numbers for the guest, such as V(/dev/urandom), which V(true) means too, or V(builtin).
        V(false) removes the device. Takes effect live where the machine has a slot left, else at a restart.
    type: str
  tpm:
    description:
      - A TPM. Takes effect at a restart.
    type: dict
    suboptions:
      type:
        description:
          - V(emulator) needs C(swtpm) and C(swtpm_setup) (Debian package C(swtpm-tools)), V(passthrough) gives the
            guest that of the host.
        type: str
        choices: [emulator, passthrough]
        default: emulator
      model:
        description:
          - Model of the device.
        type: str
        choices: [tpm-crb, tpm-tis, tpm-spapr]
      version:
        description:
          - Version of the emulated TPM.
        type: str
        choices: ["1.2", "2.0"]
      path:
        description:
          - Device of the host for O(tpm.type=passthrough), such as V(/dev/tpm0).
        type: str
      state:
        description:
          - V(absent) removes the TPM.
        type: str
        choices: [present, absent]
        default: present
  cloud_init:
    description:
      - An image with the data that cloud-init reads at the first boot, in a drive of the guest. It is written by the
        module itself; only root can read it. Another content takes effect at a restart, and cloud-init looks at
        it only when C(instance-id) in O(cloud_init.meta_data) is another.
    type: dict
    suboptions:
      user_data:
        description:
          - What the guest shall be, usually a text that begins with C(#cloud-config).
        type: str
      meta_data:
        description:
          - The name of the guest and of this instance; made from O(name) when nothing is said.
        type: str
      network_config:
        description:
          - Network configuration.
        type: str
      vendor_data:
        description:
          - Defaults of the provider.
        type: str
      path:
        description:
          - The image, C(/var/lib/libvirt/images/NAME-seed.iso) by default.
        type: path
      vdev:
        description:
          - Name of the drive.
        type: str
        default: sdf
      bus:
        description:
          - Bus of the drive.
        type: str
        choices: [virtio, scsi, sata, ide, usb]
        default: sata
  on_poweroff:
    description:
      - What happens when the guest shuts down. Takes effect at a restart.
    type: str
    choices: [destroy, restart, preserve, rename-restart]
  on_reboot:
    description:
      - What happens when the guest reboots. Takes effect at a restart.
    type: str
    choices: [destroy, restart, preserve, rename-restart]
  on_crash:
    description:
      - What happens when the guest crashes. Takes effect at a restart.
    type: str
    choices: [destroy, restart, preserve, rename-restart]
  autostart:
    description:
      - Whether the guest starts with the host. Takes effect live.
    type: bool
    aliases: [onboot]
  xml_patch:
    description:
      - For all that has no option of its own, places in the XML of the domain and what shall be there. Takes effect
        at a restart.
    type: list
    elements: dict
    suboptions:
      path:
        description:
          - Names of elements with slashes between, each with attributes that tell it from others if needed, such as
            C(devices/controller[@type='scsi'][@index='0']). It is the part of XPath that Python's C(ElementTree)
            knows too. What is not there is made.
          - Known prefixes are C(qemu:), C(lxc:), C(xen:), C(bhyve:) and C(libosinfo:).
        type: str
        required: true
      attribute:
        description:
          - Attribute that gets O(xml_patch[].value). Without it, the value is the text of the element.
        type: str
      value:
        description:
          - The value. Without one, and without an attribute, the element itself shall be there.
        type: str
      state:
        description:
          - V(absent) removes the attribute, or every element at this place.
        type: str
        choices: [present, absent]
        default: present
  delete_storage:
    description:
      - With O(state=absent), deletes the images and volumes of the guest after its definition is gone, not those that
        are read-only or shareable, nor block devices, nor what lies below an image. One that another guest has too is
        refused.
    type: bool
    default: false
  delete_nvram:
    description:
      - With O(state=absent), deletes the variables of the UEFI and the state of an emulated TPM too. They stay
        otherwise.
    type: bool
    default: false
  delete_snapshots:
    description:
      - With O(state=absent), lets libvirt forget the snapshots of the guest. A guest with snapshots is not removed
        otherwise.
    type: bool
    default: false
  timeout:
    description:
      - How many seconds the guest may take to shut down, to let go of a device, or to give memory back.
    type: int
    default: 60
  force_stop:
    description:
      - Kills a guest that has not shut down after O(timeout), removes one that has crashed and was kept, and lets the
        memory of a saved guest be discarded.
    type: bool
    default: false
notes:
  - The guide to libvirt says of each option what was seen on a real one. Xen and bhyve by libvirt were not.
  - Definitions reach C(virsh) through standard input.
"""

EXAMPLES = r"""
- name: A guest with a disk of its own on a network of libvirt
  hostwright.virt.libvirt_domain:
    name: web
    state: started
    memory: 2G
    vcpus: 2
    machine: q35
    cpu_mode: host-passthrough
    disks:
      - vdev: vda
        target: /var/lib/libvirt/images/web.qcow2
        size: 20G
        backing: /var/lib/libvirt/images/debian-13.qcow2
        backing_format: qcow2
    networks:
      - network: default
    graphics:
      - type: vnc
    rng: /dev/urandom
    guest_agent: true
    cloud_init:
      user_data: |
        #cloud-config
        ssh_authorized_keys: [ssh-ed25519 AAAA admin]
    autostart: true

- name: More memory, live as far as the guest can
  hostwright.virt.libvirt_domain:
    name: web
    memory: 3G
  register: web

- name: Restart when that was not enough
  hostwright.virt.libvirt_domain:
    name: web
    state: restarted
  when: web.restart_required

- name: A larger disk, also while the guest runs
  hostwright.virt.libvirt_domain:
    name: web
    disks:
      - {vdev: vda, target: /var/lib/libvirt/images/web.qcow2, size: 40G}

- name: UEFI with Secure Boot, a TPM, huge pages, disks of a pool, of iSCSI and of ZFS, ports of Open vSwitch
  hostwright.virt.libvirt_domain:
    name: db
    memory: 8G
    max_memory: 16G
    vcpus: 4
    max_vcpus: 8
    machine: q35
    firmware: efi
    secure_boot: true
    hugepages: 2M
    tpm:
      model: tpm-crb
      version: "2.0"
    disks:
      - {vdev: vda, pool: fast, volume: db.qcow2, size: 40G}
      - {vdev: vdb, target: /dev/iscsi_db, cache: none}
      - {vdev: vdc, target: /dev/zvol/tank/db, discard: unmap}
    networks:
      - {bridge: ovsbr0, vlan: 10}
      - {bridge: ovsbr0, trunks: [20, 30]}
    watchdog:
      action: reset
    tags: [database, production]

- name: What has no option of its own
  hostwright.virt.libvirt_domain:
    name: db
    xml_patch:
      - {path: clock, attribute: offset, value: localtime}
      - {path: "devices/controller[@type='scsi'][@index='0']", attribute: model, value: virtio-scsi}
      - {path: devices/sound, state: absent}

- name: A container of libvirt
  hostwright.virt.libvirt_domain:
    name: box
    uri: lxc:///
    state: started
    memory: 256M
    init: /sbin/init
    filesystems:
      - {source: /srv/box, target: /}
    networks:
      - {bridge: br0}

- name: Shut down, and kill after two minutes
  hostwright.virt.libvirt_domain:
    name: web
    state: stopped
    timeout: 120
    force_stop: true

- name: Remove the guest with all that it had
  hostwright.virt.libvirt_domain:
    name: web
    state: absent
    delete_storage: true
    delete_nvram: true
"""

RETURN = r"""
name:
  description: Name of the guest.
  type: str
  returned: success
  sample: web
state:
  description:
    - C(absent), C(stopped), C(started), C(paused) or C(saved), and what no task can ask for, C(crashed), C(shutdown)
      (is shutting down) and C(suspended) (sleeps by its own doing).
  type: str
  returned: success
  sample: started
config:
  description: The definition for the next start, by the names of the options.
  type: dict
  returned: success
  sample: {type: kvm, memory: 2G, max_memory: 2G, vcpus: 2, disks: [{vdev: vda, target: /dev/zvol/tank/web}]}
runtime:
  description: The same of the running guest; empty when it does not run.
  type: dict
  returned: success
  sample: {type: kvm, memory: 2G, max_memory: 2G, vcpus: 2, disks: [{vdev: vda, target: /dev/zvol/tank/web}]}
uuid:
  description: UUID of the guest.
  type: str
  returned: when the guest exists
  sample: 5919a7b9-358b-4acc-8bbe-b3e6d9fb3d90
id:
  description: Number of the running guest.
  type: int
  returned: when the guest exists
  sample: 4
autostart:
  description: Whether the guest starts with the host.
  type: bool
  returned: when the guest exists
  sample: true
persistent:
  description: Whether libvirt keeps the definition when the guest has ended.
  type: bool
  returned: when the guest exists
  sample: true
has_snapshots:
  description: Whether the guest has snapshots.
  type: bool
  returned: when the guest exists
  sample: false
title:
  description: Title of the guest.
  type: str
  returned: when the guest exists
  sample: The web server
description:
  description: What the guest is for.
  type: str
  returned: when the guest exists
  sample: web server of the club
tags:
  description: Tags of the guest.
  type: list
  elements: str
  returned: when the guest exists
  sample: [web, rack=7]
actions:
  description: What was done, or would be in check mode, step by step.
  type: list
  elements: dict
  returned: success
  sample: [{summary: define the guest, how: live, destructive: false, command: virsh define /dev/stdin}]
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
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.resource import LIBVIRT_DOMAIN

RESOURCE = LIBVIRT_DOMAIN


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
