#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nspawn_container
short_description: Manage a container of systemd-nspawn
version_added: 0.1.0
description:
  - Makes, changes, starts, stops, freezes and removes one container of systemd-nspawn, with its C(.nspawn) file in
    C(/etc/systemd/nspawn), its unit C(systemd-nspawn@NAME.service) and its root in C(/var/lib/machines).
  - A container to come is made, then configured, then started, so it never runs with settings that are not its own.
  - Three things are compared, the task, the file and what runs, and each is repaired. Limits are properties of the unit
    and are changed live; what the C(.nspawn) file says takes effect at a start, and stands in RV(pending) until then.
  - systemd does not tell what a container was started with. This module writes it down in C(/run/hostwright) before it
    changes the file of a running one. When somebody else has changed the file since the start, what runs is unknown,
    and what the task names of the file counts as pending.
  - The file is edited in place. Comments, the order of the lines, unknown sections and keys, and everything that the
    task does not name stay as they are. A key that has several values is owned as a whole, but mounts are told apart
    by their targets.
  - An option that is not given is not managed. The unit of systemd starts a container that has no C(.nspawn) file with
    users of its own and a C(veth).
  - A container that somebody has started without its unit is shown, and refused where it would have to be stopped.
  - The name is the identity. Renaming is not done; see C(machinectl rename).
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
      - A value that only systemd-nspawn can judge is refused at the start, in the real run.
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
  - systemd 252 or newer with its container tools (Debian package C(systemd-container)), as the init of the host.
  - cgroup v2 for the limits.
  - C(tar) for O(archive).
options:
  name:
    description:
      - Name of the container.
      - Letters, digits and C(_), inside also C(.) and C(-); at most 64, and not C(.raw) at the end.
    type: str
    required: true
  state:
    description:
      - V(present) makes the container when it is not there, and leaves its power as it is.
      - V(started) starts it, and thaws it when it was frozen.
      - V(stopped) asks its init system to power off, as C(machinectl poweroff) does, and waits until it has, see
        O(timeout) and O(force_stop). An init that is not systemd's may want another signal, C(KillSignal) in O(config).
      - V(restarted) stops it and starts it with its present file, each time that the task runs.
      - V(frozen) starts it if needed and freezes it.
      - V(absent) stops it, and removes its file, its limits, its start at boot and its root. The last needs
        O(delete_storage), unless the root is a link that O(directory) or O(image) made.
    type: str
    choices: [present, started, stopped, restarted, frozen, absent]
    default: present
  archive:
    description:
      - Archive of a root file system on this host, unpacked with C(tar) for a new container. Not looked at when the
        container is there.
    type: path
  template:
    description:
      - Directory, or image that ends with C(.raw), on this host, which is copied for a new container; blocks are shared
        where the file system can. Not looked at when the container is there.
    type: path
  clone_from:
    description:
      - Container that a new one is a copy of, as C(machinectl clone) makes it. Its C(.nspawn) file is not copied. Not
        looked at when the container is there.
    type: str
  directory:
    description:
      - Directory that a new container has as its root, where it is; C(/var/lib/machines) gets a link to it. It stays
        when the container is removed. Not looked at when the container is there.
    type: path
  image:
    description:
      - Image that ends with C(.raw), or block device, that a new container has as its root, where it is. Its partitions
        must tell what they are by their types, or there is only one. It stays when the container is removed. Not looked
        at when the container is there.
    type: path
  command:
    description:
      - Words of a command that runs in the container instead of booting it. An empty list boots its init system, which
        is what systemd's unit does by default. Takes effect at a restart.
      - A command is asked to end with SIGTERM, or what C(KillSignal) in O(config) says. The first process of a
        container gets only signals that it handles; C(ProcessTwo) in O(config) gives it a parent that does.
    type: list
    elements: str
  environment:
    description:
      - Variables of the init system or of O(command), all of them. They are in a file that everybody can read, so no
        secret belongs into them. Takes effect at a restart.
    type: dict
  hostname:
    description:
      - Host name inside; that of the container by default, and again with an empty text. Takes effect at a restart.
    type: str
  resolv_conf:
    description:
      - What becomes of C(/etc/resolv.conf) inside. Takes effect at a restart.
    type: str
    choices:
      - auto
      - 'off'
      - delete
      - copy-host
      - copy-static
      - copy-uplink
      - copy-stub
      - replace-host
      - replace-static
      - replace-uplink
      - replace-stub
      - bind-host
      - bind-static
      - bind-uplink
      - bind-stub
  timezone:
    description:
      - What becomes of C(/etc/localtime) inside. Takes effect at a restart.
    type: str
    choices: [auto, 'off', delete, copy, bind, symlink]
  ephemeral:
    description:
      - Whether it runs on a copy of its root that is gone when it stops. Takes effect at a restart.
    type: bool
  private_users:
    description:
      - Whether the users of the container are others on the host. V(pick) takes free ones, V(no) none, V(identity) maps
        each to itself, a number such as V(524288) or V(524288:65536) says from where on. Takes effect at a restart.
    type: str
  private_users_ownership:
    description:
      - How the files get these owners. V(chown) changes those of the root for good, V(map) shows them so. Takes effect
        at a restart.
    type: str
    choices: [auto, 'off', chown, map]
  cap_add:
    description:
      - Capabilities that the container has beside those that systemd-nspawn leaves it, all of them. An empty list
        removes the key. Takes effect at a restart.
    type: list
    elements: str
  cap_drop:
    description:
      - Capabilities that the container must not have, such as V(sys_time), all of them; V(all) for each one. An empty
        list removes the key. Takes effect at a restart.
    type: list
    elements: str
  cap_keep:
    description:
      - The only capabilities that the container has. Written as C(Capability) and, for all others that Linux 6.12
        knows, C(DropCapability). An empty list removes both. Takes effect at a restart.
    type: list
    elements: str
  networks:
    description:
      - The interfaces of the container, all of them. Takes effect at a restart.
    type: list
    elements: dict
    aliases: [nics]
    suboptions:
      type:
        description:
          - Kind of interface. V(veth) is a pair, of which the container has C(host0) and the host C(ve-NAME), or
            C(vb-NAME) in a bridge or zone.
          - V(empty) is only a loopback, V(none) shares the network of the host; each stands alone.
          - V(phys) moves O(networks[].link) into the container.
        type: str
        choices: [empty, none, veth, macvlan, ipvlan, phys]
        default: veth
      link:
        description:
          - Bridge of a V(veth); of the other types the interface of the host.
        type: str
        aliases: [bridge, parent, switch]
      zone:
        description:
          - Zone of a V(veth), a bridge C(vz-ZONE) that systemd makes when its first container starts and removes after
            the last one.
        type: str
      name:
        description:
          - Name in the container, of a V(macvlan), V(ipvlan) or V(phys), or of a V(veth) with O(networks[].veth_pair).
        type: str
      veth_pair:
        description:
          - Name on the host of a further V(veth), which belongs to no bridge.
        type: str
  ports:
    description:
      - Ports of the host that lead to the container, such as V(tcp:8080:80) for 8080 of the host, all of them. systemd
        needs an address in the container for it, and leaves local connections alone. Takes effect at a restart.
    type: list
    elements: str
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
          - Path on the host. Needed unless O(mounts[].fstype=tmpfs).
        type: str
      fstype:
        description:
          - V(none) for a bind mount, V(tmpfs) for an empty file system in memory.
        type: str
        choices: [none, tmpfs]
        default: none
      read_only:
        description:
          - Whether the container can only read it.
        type: bool
        default: false
      options:
        description:
          - Options, such as V(norbind), V(idmap) and V(rootidmap) of a bind mount, V(size=10%) of a tmpfs.
        type: list
        elements: str
      state:
        description:
          - Whether it is mounted.
        type: str
        choices: [present, absent]
        default: present
  config:
    description:
      - Further keys of C(systemd.nspawn(5)), by section. A key replaces its lines in the file, a list gives a key that
        collects lines all its own. V(null) removes the key.
      - Keys that are options of this module are refused, and keys that systemd does not know.
      - Takes effect at a restart.
    type: dict
  memory:
    description:
      - Most memory, such as V(512M); a bare number counts MiB, V(none) lifts the limit.
      - This and the other limits are properties of the unit, kept by C(systemctl set-property), so they hold at the
        next start too. They are compared with what counts for the unit, wherever it was set. A limit that the host
        could not obey is refused. Takes effect live.
    type: str
  memory_high:
    description:
      - Memory above which the container is slowed down and made to give some back, such as V(400M), or V(none). Takes
        effect live.
    type: str
  swap:
    description:
      - Most swap beside O(memory), such as V(512M), V(0), or V(none) for no limit. Takes effect live.
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
      - Most processes, or V(none); systemd's unit has V(16384). Takes effect live.
    type: str
  io_weight:
    description:
      - Share of disk time against others, from 1 to 10000. Only some of the kernel's schedulers obey it. Takes effect
        live.
    type: int
  io_limits:
    description:
      - Most that is read from and written to devices, all of these limits; an empty list lifts them. Takes effect live.
    type: list
    elements: dict
    suboptions:
      device:
        description:
          - Device of the host, such as V(/dev/vda).
        type: path
        required: true
      read_bps:
        description:
          - Most bytes read in a second, such as V(10M); a bare number counts bytes.
        type: str
      write_bps:
        description:
          - Most bytes written in a second.
        type: str
      read_iops:
        description:
          - Most reads in a second.
        type: int
      write_iops:
        description:
          - Most writes in a second.
        type: int
  autostart:
    description:
      - Whether systemd starts it when the host boots; V(true) enables C(machines.target) too. Takes effect live.
    type: bool
    aliases: [boot, onboot]
  wait_for_ip_address:
    description:
      - With O(state=started) and V(restarted), wait until the container has an address that is not only link-local,
        at most O(timeout) seconds.
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
      - Allow O(state=absent) to destroy the files of the container.
    type: bool
    default: false
seealso:
  - module: hostwright.virt.nspawn_container_info
  - module: hostwright.virt.lxc_container
  - module: hostwright.virt.guest_files
  - name: systemd.nspawn(5)
    description: Every key of the file.
    link: https://www.freedesktop.org/software/systemd/man/latest/systemd.nspawn.html
"""

EXAMPLES = r"""
- name: A container from an archive, on a bridge
  hostwright.virt.nspawn_container:
    name: web
    state: started
    archive: /srv/images/trixie.tar.zst
    networks:
      - link: br0
    autostart: true

- name: One with limits, mounts and users of its own
  hostwright.virt.nspawn_container:
    name: shop
    state: started
    clone_from: base
    private_users: pick
    memory: 1G
    swap: 0
    cpu_quota: 1.5
    pids: 500
    io_limits:
      - {device: /dev/vda, write_bps: 20M}
    networks:
      - zone: shops
    ports: ["tcp:8080:80"]
    mounts:
      - {source: /srv/shop, target: /srv/shop}
      - {source: /etc/ssl/certs, target: /etc/ssl/certs, read_only: true}
    cap_drop: [net_raw]

- name: More memory, now and after a restart
  hostwright.virt.nspawn_container:
    name: shop
    memory: 2G

- name: Keys that have no option, restarting the container if it runs
  hostwright.virt.nspawn_container:
    name: shop
    config:
      Exec: {NotifyReady: true, LimitNOFILE: 4096, Personality: null}
      Files: {Volatile: overlay}
    restart_policy: if_needed

- name: One command in a tree of this host, without a network
  hostwright.virt.nspawn_container:
    name: worker
    state: started
    directory: /srv/worker
    command: [/usr/bin/worker, --queue, main]
    networks: [{type: empty}]
    cap_keep: [chown, setuid, setgid]

- name: Remove it with everything
  hostwright.virt.nspawn_container:
    name: shop
    state: absent
    delete_storage: true
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
  description: What its file says, by section, a list for each key that can have several values.
  type: dict
  returned: success
  sample: {Exec: {Hostname: web, DropCapability: [CAP_NET_RAW]}, Network: {Bridge: br0}}
runtime:
  description: What runs, empty when nothing does; numbers of systemd are as it prints them.
  type: dict
  returned: success
  sample: {pid: 4711, addresses: [192.0.2.10], MemoryCurrent: "20971520", TasksCurrent: "12"}
addresses:
  description: Addresses of the running container.
  type: list
  elements: str
  returned: when the container exists
  sample: [192.0.2.10]
limits:
  description: Limits of its unit by the names of C(systemd.resource-control(5)), in bytes and microseconds.
  type: dict
  returned: when the container exists
  sample: {MemoryMax: "536870912", TasksMax: "500", CPUQuotaPerSecUSec: infinity}
config_file:
  description: Its file.
  type: str
  returned: when the container exists
  sample: /etc/systemd/nspawn/web.nspawn
unit:
  description: Its unit.
  type: str
  returned: when the container exists
  sample: systemd-nspawn@web.service
root:
  description: Its directory or image.
  type: str
  returned: when the container exists
  sample: /var/lib/machines/web
root_target:
  description: Where that leads when it is a link, empty otherwise.
  type: str
  returned: when the container exists
  sample: ""
autostart:
  description: Whether it starts at boot.
  type: bool
  returned: when the container exists
  sample: true
outside_unit:
  description: Whether a container of this name runs that its unit has not started.
  type: bool
  returned: when the container exists
  sample: false
actions:
  description: What was done, or would be in check mode, step by step.
  type: list
  elements: dict
  returned: success
  sample:
    - {summary: freeze the container, how: live, command: systemctl freeze systemd-nspawn@web.service}
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
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.resource import NSPAWN_CONTAINER

RESOURCE = NSPAWN_CONTAINER


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
