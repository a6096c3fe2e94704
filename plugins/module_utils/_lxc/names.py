# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of lxc.conf: their names in LXC 2 and since, and which of them collect lines. Private; data."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest

# LXC 3 dropped the left ones; lxc-update-config of LXC 3 converts by the same table.
RENAMED: t.Mapping[str, str] = {
    "lxc.aa_allow_incomplete": "lxc.apparmor.allow_incomplete",
    "lxc.aa_profile": "lxc.apparmor.profile",
    "lxc.console": "lxc.console.path",
    "lxc.devttydir": "lxc.tty.dir",
    "lxc.haltsignal": "lxc.signal.halt",
    "lxc.id_map": "lxc.idmap",
    "lxc.init_cmd": "lxc.init.cmd",
    "lxc.init_gid": "lxc.init.gid",
    "lxc.init_uid": "lxc.init.uid",
    "lxc.logfile": "lxc.log.file",
    "lxc.loglevel": "lxc.log.level",
    "lxc.mount": "lxc.mount.fstab",
    "lxc.pts": "lxc.pty.max",
    "lxc.rebootsignal": "lxc.signal.reboot",
    "lxc.rootfs": "lxc.rootfs.path",
    "lxc.se_context": "lxc.selinux.context",
    "lxc.seccomp": "lxc.seccomp.profile",
    "lxc.stopsignal": "lxc.signal.stop",
    "lxc.syslog": "lxc.log.syslog",
    "lxc.tty": "lxc.tty.max",
    "lxc.utsname": "lxc.uts.name",
}
_RENAMED_NET: t.Mapping[str, str] = {"ipv4": "ipv4.address", "ipv6": "ipv6.address"}
_OLD_NET = re.compile(r"lxc\.network\.(?:(?P<index>[0-9]+)\.)?(?P<rest>[a-z0-9_.]+)")
NET = re.compile(r"lxc\.net\.(?P<index>[0-9]+)\.(?P<rest>[a-z0-9_.]+)")
_LIMITS = re.compile(r"lxc\.(?:cgroup2?|prlimit|sysctl|proc|namespace\.share)\.[A-Za-z0-9_.-]+")
_LINES = re.compile(
    r"lxc\.(?:cap\.(?:drop|keep)|environment|environment\.(?:runtime|hooks)|group|hook\.[a-z-]+|idmap|include"
    r"|mount\.(?:auto|entry)|rootfs\.ignored|apparmor\.raw"
    r"|cgroup2?\.(?:devices\.(?:allow|deny)|blkio\.throttle\..*|io\.max|io\.latency)"
    r"|net\.[0-9]+\.(?:ipv[46]\.address|veth\.vlan\.tagged\.id|veth\.ipv[46]\.route))"
)
NET_KEYS = frozenset(
    [
        "type",
        "link",
        "l2proxy",
        "flags",
        "hwaddr",
        "mtu",
        "name",
        "ipv4.address",
        "ipv4.gateway",
        "ipv6.address",
        "ipv6.gateway",
        "script.up",
        "script.down",
        "macvlan.mode",
        "ipvlan.mode",
        "ipvlan.isolation",
        "vlan.id",
        "veth.pair",
        "veth.mode",
        "veth.ipv4.route",
        "veth.ipv6.route",
        "veth.vlan.id",
        "veth.vlan.tagged.id",
        "veth.n_rxqueues",
        "veth.n_txqueues",
    ]
)
# Every plain key of lxc.container.conf(5) from LXC 3.0 to 6.0
KNOWN = frozenset(
    f"lxc.{key}"
    for key in [
        "apparmor.allow_incomplete",
        "apparmor.allow_nesting",
        "apparmor.profile",
        "apparmor.raw",
        "arch",
        "autodev",
        "autodev.tmpfs.size",
        "cap.drop",
        "cap.keep",
        "cgroup.dir",
        "cgroup.dir.container",
        "cgroup.dir.container.inner",
        "cgroup.dir.monitor",
        "cgroup.dir.monitor.pivot",
        "cgroup.relative",
        "cgroup.systemd",
        "console.buffer.size",
        "console.logfile",
        "console.path",
        "console.rotate",
        "console.size",
        "environment",
        "environment.hooks",
        "environment.runtime",
        "ephemeral",
        "execute.cmd",
        "group",
        "hook.autodev",
        "hook.clone",
        "hook.destroy",
        "hook.mount",
        "hook.post-stop",
        "hook.pre-mount",
        "hook.pre-start",
        "hook.start",
        "hook.start-host",
        "hook.stop",
        "hook.version",
        "idmap",
        "include",
        "init.cmd",
        "init.cwd",
        "init.gid",
        "init.groups",
        "init.uid",
        "keyring.session",
        "log.file",
        "log.level",
        "log.syslog",
        "monitor.signal.pdeath",
        "monitor.unshare",
        "mount.auto",
        "mount.entry",
        "mount.fstab",
        "namespace.clone",
        "namespace.keep",
        "no_new_privs",
        "pty.max",
        "rootfs.managed",
        "rootfs.mount",
        "rootfs.options",
        "rootfs.path",
        "sched.core",
        "seccomp.allow_nesting",
        "seccomp.notify.cookie",
        "seccomp.notify.proxy",
        "seccomp.profile",
        "selinux.context",
        "selinux.context.keyring",
        "signal.halt",
        "signal.reboot",
        "signal.stop",
        "start.auto",
        "start.delay",
        "start.order",
        "time.offset.boot",
        "time.offset.monotonic",
        "tty.dir",
        "tty.max",
        "uts.name",
    ]
)


def collects(key: str) -> bool:
    """Whether each line of this key adds to the ones before; of the others the last one counts."""
    return _LINES.fullmatch(key) is not None


def modern(key: str, net: int = 0) -> str:
    """The name of a key since LXC 3; ``net`` is the interface that an unnumbered key of LXC 2 belongs to."""
    old = _OLD_NET.fullmatch(key)
    if old is not None:
        rest = old.group("rest")
        return f"lxc.net.{old.group('index') or net}.{_RENAMED_NET.get(rest, rest)}"
    if key.startswith("lxc.limit."):
        return "lxc.prlimit." + key[len("lxc.limit.") :]
    return RENAMED.get(key, key)


def check_key(key: str, what: str) -> str:
    """The modern name of a key that LXC knows; raises Problem for any other."""
    if not isinstance(key, str) or not re.fullmatch(r"lxc\.[A-Za-z0-9_.-]+", key):
        raise Problem(f"{what}: {key!r} is not a key of lxc.conf: they look like lxc.tty.max")
    if key.startswith("lxc.network."):
        raise Problem(f"{what}: write {modern(key)} instead of {key}, whose interface depends on the lines around it")
    name = modern(key)
    net = NET.fullmatch(name)
    if name in KNOWN or _LIMITS.fullmatch(name) or (net is not None and net.group("rest") in NET_KEYS):
        return name
    raise Problem(f"{what}: LXC has no key {key}{nearest(key, KNOWN | set(RENAMED))}")
