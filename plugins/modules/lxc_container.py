#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lxc_container
short_description: Manage an LXC container with the lxc tools
version_added: 0.1.0
description:
  - Makes, changes, starts, stops, freezes, snapshots and removes one container of plain LXC, with the C(lxc-*) tools
    and its C(config) file. No Python binding is needed.
  - A container to come is made, then configured, then started, so it never runs with a configuration that is not its
    own.
  - Three things are compared, the task, the file and what runs, and each is repaired. What a running container takes is
    changed live and written to the file; the rest is written to the file and returned in RV(pending).
  - The file is edited in place. Comments, the order of the lines, included files and everything that the task does not
    name stay as they are. LXC must be able to read the new file before it takes the place of the old one.
  - Keys of LXC 2 are understood, and written with the names that they have had since LXC 3 as soon as the file changes
    or the container starts.
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
    details:
      - What a template will write into the file of a new container is not known before, so RV(config) of a container to
        come holds only what the task brings about. A value that only LXC can judge is refused by the real run.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - O(state=restarted) restarts the container each time.
  platform:
    support: full
    platforms: debian
requirements:
  - LXC 4.0 or newer (Debian package C(lxc)); for O(template) also C(lxc-templates) and what the template needs.
  - C(rsync) for O(clone_from) and O(snapshots) of a container whose files are in a folder.
  - C(iproute2) and C(nsenter) for O(networks) and O(wait_for_ip_address), C(uidmap) for O(unprivileged), and C(lxcfs)
    for O(lxcfs).
options:
  name:
    description:
      - Name of the container.
      - Letters, digits and C(_), inside also C(.) and C(-); at most 63.
    type: str
    required: true
  state:
    description:
      - V(present) makes the container when it is not there, and leaves its power as it is.
      - V(started) starts it, and unfreezes it when it was frozen.
      - V(stopped) asks it to halt and waits until it has, see O(timeout) and O(force_stop).
      - V(restarted) stops it and starts it with its present file, each time that the task runs.
      - V(frozen) starts it if needed and freezes it.
      - V(absent) stops it and destroys it with its files, which needs O(delete_storage).
    type: str
    choices: [present, started, stopped, restarted, frozen, absent]
    default: present
  lxc_path:
    description:
      - Folder of the containers, each in a folder of its own name.
    type: path
    default: /var/lib/lxc
  template:
    description:
      - Template that makes the files of a new container, such as V(busybox), V(debian), V(download) or V(local), or the
        path of one. Not looked at when the container is there.
    type: str
  template_options:
    description:
      - Options of O(template) by their names, C(release) for C(--release). A value V(true) gives only the name, a list
        gives it several times.
      - V(local) takes C(metadata) and C(fstree), V(download) needs C(dist), C(release) and C(arch).
      - They are arguments of a command, so no secret belongs into them.
    type: dict
  archive:
    description:
      - Archive of a root file system on this host, unpacked with C(tar) for a new container. Its file begins with
        C(/etc/lxc/default.conf) and LXC's common settings. Not looked at when the container is there.
      - With O(unprivileged) or O(idmap) everybody must be able to read it, as the users of the container unpack it.
    type: path
  clone_from:
    description:
      - Container of the same O(lxc_path) that a new one is a copy of. It must be stopped. Its interfaces get new
        addresses when O(networks) names them. Not looked at when the container is there.
    type: str
  clone_snapshot:
    description:
      - Make the copy share the files of O(clone_from) as far as O(backing_store) can, which must be V(overlay),
        V(btrfs),
        V(zfs) or V(lvm). The origin cannot be removed then.
    type: bool
    default: false
  backing_store:
    description:
      - Where the files of a new container are kept. LXC takes V(dir) by default.
    type: str
    choices: [dir, btrfs, loop, lvm, overlay, zfs, rbd, best]
  directory:
    description:
      - Folder for the files of a new container with O(backing_store=dir), instead of C(rootfs) in its own folder.
    type: path
  fs_size:
    description:
      - How large the root may become, such as V(2G); a bare number counts MiB.
      - With O(backing_store=loop), V(lvm) and V(rbd) it is the size of the volume. One of the first two grows, with a
        file system of ext4 (with V(lvm) also of XFS), while the container is stopped; it never shrinks. That of V(rbd)
        is not changed afterwards.
      - With O(backing_store=zfs) and V(btrfs) it is a quota, C(refquota) or that of the C(qgroup), which takes effect
        live; V(none) lifts it. For a new container on ZFS O(zfs_root) must be given too, on btrfs quotas must be on.
    type: str
  fs_type:
    description:
      - Type of that file system, such as V(ext4).
    type: str
  vg_name:
    description:
      - Volume group for O(backing_store=lvm).
    type: str
  lv_name:
    description:
      - Logical volume for O(backing_store=lvm). LXC takes the name of the container by default.
    type: str
  thinpool:
    description:
      - Thin pool for O(backing_store=lvm).
    type: str
  zfs_root:
    description:
      - Dataset below which O(backing_store=zfs) makes that of the container.
    type: str
  unprivileged:
    description:
      - Whether the users of the container are others on the host, so that its root is nobody there. A new container
        gets
        the first 65536 users and groups of root in C(/etc/subuid) and C(/etc/subgid) that no other container of
        O(lxc_path) has.
      - Its files belong to these users, so a container that is there must be made anew to change it; the task fails
        then.
    type: bool
  idmap:
    description:
      - The map itself, such as V(u 0 100000 65536) and V(g 0 100000 65536). It must lie in the ranges of root, and must
        not overlap with that of another container. Like O(unprivileged), it is changed only when the container is made
        anew.
    type: list
    elements: str
  allow_shared_idmap:
    description:
      - Allow O(idmap) to overlap with the map of another container. Each can then touch the files of the other.
    type: bool
    default: false
  memory:
    description:
      - Most memory, such as V(512M); a bare number counts MiB, V(none) lifts the limit.
      - This and the other limits are written as C(lxc.cgroup) or C(lxc.cgroup2) keys, whichever the host obeys. A limit
        that the host could not obey is refused. Takes effect live.
    type: str
  swap:
    description:
      - Most swap beside O(memory), such as V(512M), V(0), or V(none) for no limit. Takes effect live. With cgroup v1
        O(memory) must be limited too.
    type: str
  cpus:
    description:
      - CPUs of the host that the container may run on, such as V(0-3,6). V(all) lifts the limit. Takes effect live.
    type: str
  cpu_quota:
    description:
      - Most CPU time, counted in CPUs, such as V(0.5) or V(2); V(none) lifts the limit. Takes effect live.
    type: str
  cpu_weight:
    description:
      - Share of CPU time against others, from 1 to 10000; 100 is the default of the kernel. Takes effect live.
    type: int
  pids:
    description:
      - Most processes, or V(none). Takes effect live.
    type: str
  io_weight:
    description:
      - Share of disk time against others, from 1 to 10000 (10 to 1000 with cgroup v1). Not every kernel has it. Takes
        effect live.
    type: int
  networks:
    description:
      - The interfaces of the container. Those that are not listed are left as they are, see O(purge_networks).
      - Interfaces of the types V(veth), V(macvlan), V(ipvlan) and V(vlan) are put into a running container and taken
        out
        of it. That takes effect live; a change of an interface that the container was started with takes effect at a
        restart, and so do the types V(phys), V(empty) and V(none), VLANs of V(veth), scripts and Open vSwitch.
    type: list
    elements: dict
    aliases: [nics]
    suboptions:
      index:
        description:
          - Number of the interface in the file, C(lxc.net.NUMBER). By default its place in the list, from 0.
        type: int
      type:
        description:
          - Kind of interface. V(empty) is only a loopback, V(none) shares the network of the host, V(phys) moves
            O(networks[].link) into the container.
        type: str
        choices: [empty, none, phys, vlan, veth, macvlan, ipvlan]
        default: veth
      link:
        description:
          - Bridge of a V(veth), of Linux or Open vSwitch; of the other types the interface of the host.
        type: str
        aliases: [bridge, parent, switch]
      name:
        description:
          - Name in the container. Where the file has none, V(eth) and the number.
        type: str
      mac:
        description:
          - Ethernet address. Where the file has none, one made from the names of container and interface, always the
            same. No other container of O(lxc_path) may have it.
        type: str
        aliases: [hwaddr]
      mtu:
        description:
          - Largest packet.
        type: int
      up:
        description:
          - Whether LXC switches it on.
        type: bool
        default: true
      ipv4:
        description:
          - IPv4 addresses with the lengths of their networks, such as V(192.0.2.10/24). No other container of
            O(lxc_path) may have them.
        type: list
        elements: str
      ipv4_gateway:
        description:
          - Gateway; V(auto) takes the address of the bridge, an empty text removes it.
        type: str
      ipv6:
        description:
          - IPv6 addresses with the lengths of their networks.
        type: list
        elements: str
      ipv6_gateway:
        description:
          - Gateway for IPv6.
        type: str
      vlan:
        description:
          - VLAN of a V(vlan), or the untagged VLAN of a V(veth) on a bridge that knows VLANs.
        type: int
      trunks:
        description:
          - Tagged VLANs of a V(veth).
        type: list
        elements: int
      mode:
        description:
          - V(private), V(vepa), V(bridge) or V(passthru) of a V(macvlan), V(l2), V(l3) or V(l3s) of an V(ipvlan),
            V(bridge) or V(router) of a V(veth).
        type: str
      isolation:
        description:
          - Isolation of an V(ipvlan).
        type: str
        choices: [bridge, private, vepa]
      veth_pair:
        description:
          - Name of the other end of a V(veth), on the host.
        type: str
      script_up:
        description:
          - Script that LXC runs when the interface was made; an empty text removes it.
        type: path
      script_down:
        description:
          - Script that LXC runs before the interface goes.
        type: path
      state:
        description:
          - Whether there is such an interface.
        type: str
        choices: [present, absent]
        default: present
  purge_networks:
    description:
      - Remove the interfaces of the file that are not in O(networks).
    type: bool
    default: false
  mounts:
    description:
      - What is mounted into the container, by O(mounts[].target). Other mounts stay. Takes effect at a restart.
    type: list
    elements: dict
    suboptions:
      target:
        description:
          - Path in the container.
        type: str
        required: true
      source:
        description:
          - Path on the host, or what O(mounts[].fstype) mounts. C(\040) stands for a blank.
        type: str
      fstype:
        description:
          - Type of the file system; V(none) for a bind mount.
        type: str
        default: none
      options:
        description:
          - Options; V(bind) and V(create=dir) by default, V(defaults) with another O(mounts[].fstype).
        type: list
        elements: str
      state:
        description:
          - Whether it is mounted.
        type: str
        choices: [present, absent]
        default: present
  devices:
    description:
      - Devices of the host that the container may use. One that is added takes effect live, one that is removed at a
        restart.
    type: list
    elements: dict
    suboptions:
      path:
        description:
          - Path of the device, the same inside.
        type: path
        required: true
      access:
        description:
          - V(r) to read, V(w) to write, V(m) to make the node.
        type: str
        default: rwm
      state:
        description:
          - Whether the container has it.
        type: str
        choices: [present, absent]
        default: present
  cap_drop:
    description:
      - Capabilities that the container must not have, such as V(sys_time). Those that its file drops already stay
        dropped. Takes effect at a restart.
    type: list
    elements: str
  cap_keep:
    description:
      - The only capabilities that the container has. An empty list removes the key. Takes effect at a restart.
    type: list
    elements: str
  seccomp_profile:
    description:
      - File of the seccomp profile; an empty text removes the key. Takes effect at a restart.
    type: str
  apparmor_profile:
    description:
      - AppArmor profile, such as V(generated) or V(unconfined). Takes effect at a restart.
    type: str
  tty:
    description:
      - Number of terminals. Takes effect at a restart.
    type: int
  pts:
    description:
      - Number of pseudo terminals. Takes effect at a restart.
    type: int
  hostname:
    description:
      - Name that the container gives itself at first. Takes effect at a restart.
    type: str
  lxcfs:
    description:
      - Whether C(/proc) of the container shows its own limits instead of those of the host, by LXCFS, which must run.
        Takes effect at a restart.
    type: bool
  autostart:
    description:
      - Whether C(lxc-autostart) starts it when the host boots. Takes effect live.
    type: bool
    aliases: [boot, onboot]
  start_order:
    description:
      - Place in the order of the start at boot; lower numbers start first. Takes effect live.
    type: int
  start_delay:
    description:
      - Seconds to wait after its start before the next one starts. Takes effect live.
    type: int
  groups:
    description:
      - Groups of C(lxc-autostart) that it belongs to, all of them. Takes effect live.
    type: list
    elements: str
  config:
    description:
      - Further keys of C(lxc.container.conf). A key replaces its lines in the file. A list gives a key that collects
        lines all its own lines; those of included files stay, unless the list begins with an empty text, which takes
        them back. V(null) removes the key.
      - Keys that are options of this module are refused, and limits of the cgroup version that the host does not run,
        which LXC would ignore without an error.
      - Takes effect at a restart, but limits live.
    type: dict
  snapshots:
    description:
      - Names of snapshots that there must be. LXC numbers its snapshots, so the name is kept as the comment. A
        missing one is
        taken, for which the container must be stopped.
    type: list
    elements: str
  snapshots_keep:
    description:
      - Destroy the oldest snapshots of the container beyond this number, none that O(snapshots) names.
    type: int
  rollback_to:
    description:
      - Name of a snapshot that the files of the container shall be as. All changes after it are lost. Its configuration
        stays as the task has it. The container must be stopped.
      - Nothing is done when no file was changed since the last time.
      - For roots in a folder, on btrfs and overlay. LXC would lose the size of a loop, and destroys what is on LVM and
        ZFS before it finds that it cannot go back.
    type: str
  wait_for_ip_address:
    description:
      - With O(state=started) and V(restarted), wait until the container has an address that is not only link-local,
        at most
        O(timeout) seconds.
    type: bool
    default: false
  timeout:
    description:
      - How many seconds to wait for a start, a stop, or an address.
    type: int
    default: 60
  force_stop:
    description:
      - Kill the container when it has not halted after O(timeout) seconds.
    type: bool
    default: false
  delete_storage:
    description:
      - Allow O(state=absent) to destroy the container with its files.
    type: bool
    default: false
  delete_snapshots:
    description:
      - Allow O(state=absent) to destroy its snapshots too.
    type: bool
    default: false
seealso:
  - module: hostwright.virt.lxc_container_info
  - module: hostwright.virt.ovs_bridge
  - module: hostwright.virt.guest_files
  - name: lxc.container.conf(5)
    description: Every key of the configuration.
    link: https://linuxcontainers.org/lxc/manpages/man5/lxc.container.conf.5.html
"""

EXAMPLES = r"""
- name: A small container
  hostwright.virt.lxc_container:
    name: web
    state: started
    template: download
    template_options: {dist: debian, release: trixie, arch: amd64}
    networks:
      - link: br0

- name: One with limits, an address of its own and users of its own
  hostwright.virt.lxc_container:
    name: shop
    state: started
    archive: /srv/images/trixie.tar.zst
    unprivileged: true
    memory: 1G
    swap: 0
    cpu_quota: 1.5
    pids: 500
    networks:
      - link: br0
        vlan: 20
        ipv4: [192.0.2.10/24]
        ipv4_gateway: 192.0.2.1
    mounts:
      - source: /srv/shop
        target: /srv/shop
    cap_drop: [net_raw]
    autostart: true
    start_order: 10
    groups: [onboot]
    wait_for_ip_address: true

- name: More memory, now and after a restart
  hostwright.virt.lxc_container:
    name: shop
    memory: 2G

- name: Keys that have no option, restarting the container if it runs
  hostwright.virt.lxc_container:
    name: shop
    config:
      lxc.environment: [TZ=UTC, LANG=C.UTF-8]
      lxc.prlimit.nofile: 4096
      lxc.hook.start: null
    restart_policy: if_needed

- name: A snapshot before the upgrade, of the three that are kept
  hostwright.virt.lxc_container:
    name: shop
    state: stopped
    snapshots: [before-2026-11]
    snapshots_keep: 3

- name: Back to it, because the upgrade failed
  hostwright.virt.lxc_container:
    name: shop
    state: stopped
    rollback_to: before-2026-11

- name: Remove it with everything
  hostwright.virt.lxc_container:
    name: shop
    state: absent
    delete_storage: true
    delete_snapshots: true
"""

RETURN = r"""
name:
  description: Name of the container.
  type: str
  returned: success
  sample: web
state:
  description: State of the container, V(started), V(frozen), V(stopped) or V(absent).
  type: str
  returned: success
  sample: started
config:
  description: What its file says with the files that it includes, a list for each key that collects lines.
  type: dict
  returned: success
  sample: {lxc.uts.name: web, lxc.tty.max: "4", lxc.cap.drop: [sys_time]}
runtime:
  description: What runs, empty when nothing does. The limits and interfaces that the task speaks of.
  type: dict
  returned: success
  sample:
    pid: 4711
    limits: {memory.max: "536870912"}
    interfaces: [{name: eth0, mac: "00:16:3e:00:00:01", mtu: 1500, addresses: [192.0.2.10/24]}]
addresses:
  description: Addresses of the running container, when the task has O(networks) or O(wait_for_ip_address).
  type: list
  elements: str
  returned: when the container exists
  sample: [192.0.2.10]
config_file:
  description: Its file.
  type: str
  returned: when the container exists
  sample: /var/lib/lxc/web/config
rootfs:
  description: Where its files are, in the words of LXC.
  type: str
  returned: when the container exists
  sample: dir:/var/lib/lxc/web/rootfs
autostart:
  description: Whether it starts at boot.
  type: bool
  returned: when the container exists
  sample: true
unprivileged:
  description: Whether it has a map of users.
  type: bool
  returned: when the container exists
  sample: false
cgroup_version:
  description: The version of cgroups that this host takes limits from.
  type: int
  returned: when the container exists
  sample: 2
ignored_keys:
  description: Limits in its file that LXC ignores on this host, because they are of the other version of cgroups.
  type: list
  elements: str
  returned: when the container exists
  sample: [lxc.cgroup.memory.limit_in_bytes]
snapshots:
  description: Its snapshots, by their names, with LXC's own number and their time.
  type: list
  elements: dict
  returned: when the container exists
  sample: [{name: before-2026-11, id: snap0, taken: "2026:11:21 03:09:43"}]
actions:
  description: What was done, or would be in check mode, step by step.
  type: list
  elements: dict
  returned: success
  sample: [{summary: freeze the container, how: live, destructive: false, command: lxc-freeze -P /var/lib/lxc -n web}]
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
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.resource import LXC_CONTAINER

RESOURCE = LXC_CONTAINER


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
