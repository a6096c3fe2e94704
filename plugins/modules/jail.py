#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: jail
short_description: Manage a FreeBSD jail with jail(8) and jail.conf
version_added: 0.1.0
description:
  - Defines, changes, starts, stops and removes one jail of a FreeBSD host, with jail(8) and jail.conf(5) and no jail
    manager.
  - Three things are compared, the task, the file and the running jail, and each is repaired. What the kernel lets
    change is changed live with C(jail -m); the kernel itself is asked what is fixed at creation.
  - A new jail gets a file of its own, C(/etc/jail.conf.d/NAME.conf). A definition that is there is edited in place.
    Comments and all that the task does not name stay as they are.
  - What the files say is read as jail(8) reads it, with defaults, wildcards, variables, C(+=) and includes. A
    parameter that has the declared value already is not written again.
  - Values are taken as they are. A dollar sign in one is a dollar sign, not a variable.
  - An option that is not given is not managed. The root of a jail is made when O(root) says how and nothing is there
    yet; it is never changed after that, and never removed.
  - A network stack of its own gets its interfaces by commands in the jail's definition, which end with
    C(# hostwright.virt network); so they come and go with the jail also when C(service jail) starts it.
  - A jail of iocage, Bastille, AppJail, pot, CBSD or ezjail is recognised and never touched.
  - Limits on memory, processors and processes are M(hostwright.virt.rctl_limit)'s.
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
      - O(state=restarted) restarts the jail each time.
  platform:
    support: full
    platforms: freebsd
requirements:
  - FreeBSD 14 or newer; all tools are in its base system.
options:
  name:
    description:
      - Name of the jail. Letters, digits and C(_), inside also C(-); at most 63, and not a number.
      - A jail in a jail has the other's name and a dot before its own, such as V(web1.inner), and its O(path) is that
        on the host. The other one must run, or be defined in the same file, and have C(children.max).
    type: str
    required: true
  state:
    description:
      - V(present) defines the jail and leaves it running or not.
      - V(started) starts it, and before it the jails that it depends on.
      - V(stopped) stops it and leaves it defined. It waits until the jail is really gone; when O(timeout) is over the
        task fails and says what may hold it, such as a file system that was mounted in it. The next task waits again.
      - V(restarted) restarts it, each time that the task runs.
      - V(absent) stops it and removes its definition, and its file when nothing else is in it. It is taken from the
        jails that start at boot. Its root stays.
    type: str
    choices: [present, started, stopped, restarted, absent]
    default: present
  path:
    description:
      - Root of the jail, a directory that exists, or that O(root) makes. It is fixed when a jail is created, so a
        running jail is made anew for another one when O(restart_policy) allows it.
    type: str
  root:
    description:
      - How the directory O(path) is filled when it is missing or empty. What has files in it is left as it is, so a
        change makes no difference for a jail that has a root; it must be made anew by hand.
      - A run that was stopped in the middle leaves C(.hostwright-unfinished) in the root, and the next one goes on.
    type: dict
    suboptions:
      type:
        description:
          - V(dir) is a directory that must be there.
          - V(archive) unpacks O(root.src), such as C(base.txz) of a release, when it has O(root.checksum).
          - V(clone) clones O(root.snapshot) as O(root.dataset), mounted on O(path).
          - V(thin) mounts O(root.base) read only on O(path), and O(root.data), which is a copy of O(root.skeleton), on
            C(/skeleton) in it. The base has links into that, C(etc) to C(skeleton/etc) and so on.
          - V(pkgbase) installs O(root.packages) of FreeBSD's base system with C(pkg --rootdir). The repository need not
            be on; the host's keys in C(/usr/share/keys) are copied to the root, where C(pkg) looks for them.
          - V(linux) installs a Linux with C(debootstrap), a package. It runs the Linux's own programs, so the kernel
            must be able to, which C(linux_enable) of rc.conf(5) is for.
        type: str
        required: true
        choices: [dir, archive, clone, thin, pkgbase, linux]
      src:
        description: The archive, a file of the host.
        type: path
      checksum:
        description: The SHA-256 of the archive, with or without C(sha256:) before it.
        type: str
      snapshot:
        description: The ZFS snapshot of a template.
        type: str
      dataset:
        description: Name of the clone.
        type: str
      base:
        description: The directory that thin jails share.
        type: path
      skeleton:
        description: The directory that is copied for each thin jail.
        type: path
      data:
        description: Where the copy is.
        type: path
      packages:
        description: Packages to install, such as V(FreeBSD-set-minimal-jail).
        type: list
        elements: str
      repository:
        description: The repository of the packages; V(FreeBSD-base) without one.
        type: str
      suite:
        description: The release of the Linux, such as V(bookworm).
        type: str
      mirror:
        description: The server of the Linux, for C(debootstrap).
        type: str
      arch:
        description: The architecture of the Linux, such as V(amd64).
        type: str
  hostname:
    description:
      - Its host name, C(host.hostname). A change takes effect live.
    type: str
  ip4_addr:
    description:
      - Its IPv4 addresses, each with or without C(interface|) before it and C(/prefix) behind it.
      - A change takes effect live. Addresses are put on the interface and taken from it. A jail that shares all
        addresses of the host (C(ip4=inherit)) is made anew.
    type: list
    elements: str
  ip6_addr:
    description:
      - Its IPv6 addresses, likewise. A change takes effect live.
    type: list
    elements: str
  interface:
    description:
      - The interface for addresses that name none. A change needs a restart of the jail, which is not forced.
    type: str
  vnet:
    description:
      - Whether it has a network stack of its own. This is fixed when a jail is created; a running one is made anew.
    type: bool
  vnet_interface:
    description:
      - Interfaces that are moved into it. A change needs a restart of the jail, which is not forced.
    type: list
    elements: str
  networks:
    description:
      - Its interfaces, in order; the jail gets a network stack of its own by them (C(vnet)), for which a running jail
        is made anew. An empty list removes those that this option made. The order matters, for it is in their names.
      - On a jail that has its own stack a change takes effect live. Interfaces are added, removed, moved to another
        bridge, and given other addresses without a restart.
      - The bridge and the interfaces of the host must be there. FreeBSD 14 or newer is needed, for C(ifconfig -j).
      - Addresses that the jail gives its interfaces itself are removed when O(networks[].ipv4) or O(networks[].ipv6) is
        given; leave both out for a jail that is configured from inside, such as by DHCP.
    type: list
    elements: dict
    aliases: [nics]
    suboptions:
      bridge:
        description:
          - Connect the jail to this bridge by an epair. In the jail the first one is C(e0b_NAME), on the host
            C(e0a_NAME); of a name with more than 11 characters the end is a hash.
        type: str
      parent:
        description:
          - Give the jail the VLAN O(networks[].vlan) of this interface of the host. In the jail it is C(v0_NAME).
        type: str
      interface:
        description:
          - Give the jail this interface of the host. It goes back to the host before C(exec.stop), so that it is not
            lost with a jail that does not die.
        type: str
      vlan:
        description:
          - The VLAN, 1 to 4094. Of an interface on a bridge it is the untagged one; such a bridge must filter VLANs,
            which FreeBSD 15 can.
        type: int
      mac:
        description:
          - The MAC address in the jail. For an O(networks[].bridge) without one the module makes one of the host's
            UUID, the jail's name and the place in the list, which is the same each time. Others keep their own, and an
            interface of the host must be promiscuous to receive frames for another one.
        type: str
      mtu:
        description:
          - The MTU in the jail. The end of an epair that is in a bridge has the bridge's.
        type: int
      ipv4:
        description: The IPv4 addresses, each with its C(/prefix).
        type: list
        elements: str
      ipv6:
        description: The IPv6 addresses, each with its C(/prefix). Those of the link are the kernel's.
        type: list
        elements: str
      gateway:
        description: The IPv4 default route of the jail.
        type: str
      gateway6:
        description: The IPv6 default route of the jail.
        type: str
  mounts:
    description:
      - File systems in the jail, all of them but those of C(mount.devfs), C(mount.fdescfs) and C(mount.procfs). They
        are C(mount) of jail.conf(5). Folders to mount on are made, without following a link in the jail.
      - A change takes effect live. What is not in the list any more is unmounted, and what is new is mounted.
    type: list
    elements: dict
    suboptions:
      src:
        description: What is mounted; a directory of the host for V(nullfs). File systems of the kernel need none.
        type: str
      path:
        description: Where, as the jail sees it.
        type: str
        required: true
      fstype:
        description: The kind of file system, such as V(nullfs), V(linprocfs), V(linsysfs), V(tmpfs) or V(fdescfs).
        type: str
        default: nullfs
      opts:
        description:
          - Options of mount(8). Only V(ro), V(nosuid), V(noexec) and V(noatime) are compared with what is mounted.
        type: list
        elements: str
  cpuset:
    description:
      - The CPUs that it may use, such as V(0-3,5), or V(all). A change takes effect live, and the definition has a
        command that sets it at each start.
    type: str
  zfs_datasets:
    description:
      - ZFS datasets that the jail manages itself. They get C(jailed=on) and must be there; for a jail to mount them
        C(allow.mount), C(allow.mount.zfs) and C(enforce_statfs) 1 are needed in O(params).
      - A change takes effect live. Which datasets a running jail has only C(zfs) in the jail tells; without that the
        definition is believed.
    type: list
    elements: str
  persist:
    description:
      - Whether it stays when it has no processes. Turning it on takes effect live; turning it off waits for a restart,
        for the kernel would remove an empty jail at once.
    type: bool
  depend:
    description:
      - Jails that must run before it. A change takes effect live, at the next start or stop.
      - They are defined in the file that C(jail) reads for it, which is C(/etc/jail.conf) or includes theirs. For jails
        with a file each there is O(autostart_after).
    type: list
    elements: str
  exec_start:
    description:
      - Commands that start what runs in it. A change needs a restart of the jail, which is not forced.
    type: list
    elements: str
  exec_stop:
    description:
      - Commands that stop what runs in it. A change takes effect live, at the next stop.
    type: list
    elements: str
  exec_clean:
    description:
      - Run commands in a clean environment. A change needs a restart of the jail, which is not forced.
    type: bool
  mount_devfs:
    description:
      - Whether it has a C(/dev). A change needs a restart of the jail; see O(restart_policy).
    type: bool
  devfs_ruleset:
    description:
      - Number of the rules for its devices. A change takes effect live, also on a C(/dev) that is mounted.
    type: int
  devfs_rules:
    description:
      - The rules of O(devfs_ruleset), which must be a number of its own, 6 or more. Each is a rule of devfs(8), such as
        V(include $devfsrules_hide_all) or V(path tun* unhide mode 0660 group operator); users and groups by name.
      - They are a section of C(/etc/devfs.rules), which is read at boot. A change takes effect live, in the kernel and
        on the C(/dev) of the running jail.
    type: list
    elements: str
  enforce_statfs:
    description:
      - Which mounts it sees, 0 to 2. A change takes effect live.
    type: int
  children_max:
    description:
      - How many jails it may have in it. A change takes effect live.
    type: int
  securelevel:
    description:
      - Its securelevel, -1 to 3 and not below the host's. A change takes effect live.
    type: int
  params:
    description:
      - Any other parameters by jail(8)'s own names, such as C(allow.raw_sockets), C(sysvshm), C(exec.prestart),
        C(mount) or C(meta.owner). A name that this host's jail(8) and kernel do not have is refused.
      - A list is several values. V(null) removes a parameter from the file and sets it back on the running jail.
      - A change takes effect live, but for what the kernel fixes at creation (C(path), C(vnet), C(ip4), C(ip6),
        C(osrelease), C(osreldate)), and C(exec.*), C(mount.*) and the like, which jail(8) uses at start and stop.
    type: dict
    aliases: [config]
  purge:
    description:
      - Remove parameters of the jail's own definition that the task does not name. It takes effect live in the file;
        the running jail keeps them until it is restarted. Variables and jails in the jail stay.
    type: bool
    default: false
  autostart:
    description:
      - Whether it starts at boot, by C(jail_list) and C(jail_enable) of rc.conf(5). A change takes effect live.
      - An empty C(jail_list) means every jail of jail.conf. When such a list gets its first entry the others are
        written into it, so that none is lost.
    type: bool
    aliases: [boot]
  autostart_after:
    description:
      - Jails that start before it at boot, for C(rc.d/jail) starts them in the order of C(jail_list). Those that do not
        start at boot are of no matter. A change takes effect live, in rc.conf(5).
    type: list
    elements: str
  adopt:
    description:
      - Change a jail that is defined in a file that it shares with other jails, in place; or define one that runs
        and is in no file.
    type: bool
    default: false
  wait_for:
    description:
      - With O(state=started) and V(restarted), what shall be so before the task ends; both when both are given.
      - After O(timeout) seconds the task fails and says what is missing. The jail runs on.
    type: dict
    suboptions:
      port:
        description:
          - Something in the jail listens on this TCP port, as sockstat(1) of the host sees it.
        type: int
      command:
        description:
          - A program and its arguments that ends with 0 in the jail, as root and in a clean environment. It runs in
            check mode too, so it must change nothing.
        type: list
        elements: str
  timeout:
    description:
      - How many seconds starting or stopping may take, and becoming ready.
    type: int
    default: 120
seealso:
  - module: hostwright.virt.jail_info
  - module: hostwright.virt.rctl_limit
  - name: jail(8)
    description: The manual of the tool and its parameters.
    link: https://man.freebsd.org/cgi/man.cgi?query=jail&sektion=8
"""

EXAMPLES = r"""
- name: A jail that runs
  hostwright.virt.jail:
    name: web1
    state: started
    path: /jails/web1
    exec_start: [/bin/sh /etc/rc]
    exec_stop: [/bin/sh /etc/rc.shutdown jail]

- name: One with addresses, rights and a place at boot
  hostwright.virt.jail:
    name: web1
    state: started
    path: /jails/web1
    hostname: web1.example.org
    ip4_addr: ["vtnet0|192.0.2.10/24", "192.0.2.11"]
    mount_devfs: true
    devfs_ruleset: 4
    exec_clean: true
    exec_start: [/bin/sh /etc/rc]
    exec_stop: [/bin/sh /etc/rc.shutdown jail]
    autostart: true
    params:
      allow.raw_sockets: true
      sysvshm: new
      meta.owner: ops

- name: Another address and no raw sockets, while it runs
  hostwright.virt.jail:
    name: web1
    ip4_addr: ["vtnet0|192.0.2.12/24"]
    params:
      allow.raw_sockets: null

- name: The task ends when the server in the jail answers
  hostwright.virt.jail:
    name: web1
    state: started
    wait_for:
      port: 80
      command: [fetch, -qo, /dev/null, "http://localhost/health"]

- name: One with an interface on a bridge, its root from a release
  hostwright.virt.jail:
    name: db1
    state: started
    path: /jails/db1
    root:
      type: archive
      src: /jails/media/15.1-base.txz
      checksum: sha256:3f6c4b0d2f7f1a5b9f0c2f4f7c8c1d6a1e0b5d9a4c3e2f1a0b9c8d7e6f5a4b3c
    networks:
      - bridge: bridge0
        ipv4: [192.0.2.20/24]
        gateway: 192.0.2.1
    mounts:
      - {src: /data/db1, path: /var/db}
    cpuset: "2-3"
    mount_devfs: true
    devfs_ruleset: 100
    devfs_rules:
      - include $devfsrules_hide_all
      - include $devfsrules_unhide_basic
      - path bpf* unhide
    exec_start: [/bin/sh /etc/rc]
    exec_stop: [/bin/sh /etc/rc.shutdown jail]
    autostart: true
    autostart_after: [web1]

- name: A clone of a template, with a VLAN of a network card, and a dataset of its own
  hostwright.virt.jail:
    name: build
    path: /jails/build
    root: {type: clone, snapshot: zroot/templates/15.1@base, dataset: zroot/jails/build}
    networks:
      - {parent: ix0, vlan: 30, ipv4: [198.51.100.7/24]}
    zfs_datasets: [zroot/build]
    enforce_statfs: 1
    exec_start: [/bin/sh /etc/rc]
    params: {allow.mount: true, allow.mount.zfs: true}

- name: A Linux
  hostwright.virt.jail:
    name: deb
    path: /jails/deb
    root: {type: linux, suite: bookworm}
    mount_devfs: true
    mounts:
      - {path: /proc, fstype: linprocfs}
      - {path: /sys, fstype: linsysfs}
      - {path: /tmp, fstype: tmpfs}
    persist: true

- name: A jail in a jail
  hostwright.virt.jail:
    name: web1.inner
    state: started
    path: /jails/web1/jails/inner
    persist: true

- name: Another root, with a restart
  hostwright.virt.jail:
    name: web1
    path: /jails/web1-new
    restart_policy: if_needed

- name: Gone, but for its root
  hostwright.virt.jail:
    name: web1
    state: absent
"""

RETURN = r"""
name:
  description: Name of the jail.
  type: str
  returned: success
  sample: web1
state:
  description: One of V(started), V(stopped) and V(absent).
  type: str
  returned: success
  sample: started
config:
  description: Its parameters as jail(8) reads them from the files.
  type: dict
  returned: success
  sample: {path: /jails/web1, exec.clean: true, host.hostname: web1.example.org}
runtime:
  description: The parameters of the running jail, as the kernel has them.
  type: dict
  returned: success
  sample: {path: /jails/web1, children.max: "0", allow.raw_sockets: false}
jid:
  description: Its number; null when it does not run, or in check mode when it would be started.
  type: int
  returned: success
  sample: 3
config_file:
  description: The file that has its definition.
  type: str
  returned: success
  sample: /etc/jail.conf.d/web1.conf
autostart:
  description: Whether it starts at boot.
  type: bool
  returned: success
  sample: true
dying:
  description: Numbers of jails of this name that are stopped but not gone yet.
  type: list
  elements: int
  returned: success
  sample: []
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: start jail web1
      how: live
      destructive: false
      command: jail -f /etc/jail.conf.d/web1.conf -c web1
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [jail -f /etc/jail.conf.d/web1.conf -c web1]
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
from ansible_collections.hostwright.virt.plugins.module_utils._jail.resource import JAIL

RESOURCE = JAIL


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
