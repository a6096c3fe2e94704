# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jails of the twin's kernel: parameters, their defaults and what jail(8) may do to them."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from pathlib import Path

from .world import Fail, World

Jail = t.Dict[str, t.Any]
# In the order of `jls -n` on 15.1, with the values of a jail of which nothing is said.
DEFAULTS: dict[str, t.Any] = {
    "devfs_ruleset": "0",
    "dying": False,
    "enforce_statfs": "2",
    "env": "",
    "host": "new",
    "ip4": "disable",
    "ip6": "disable",
    "jid": "0",
    "linux": "new",
    "meta": "",
    "name": "",
    "osreldate": "1501000",
    "osrelease": "15.1-RELEASE-p1",
    "parent": "0",
    "path": "/",
    "persist": False,
    "securelevel": "0",
    "sysvmsg": "disable",
    "sysvsem": "disable",
    "sysvshm": "disable",
    "vnet": "inherit",
    "zfs": "new",
    **dict.fromkeys(
        (
            f"allow.{name}"
            for name in re.findall(
                r"[\w.]+",
                "adjtime chflags extattr mlock mount mount.devfs mount.fdescfs mount.linprocfs mount.nullfs"
                " mount.procfs mount.tmpfs mount.zfs nfsd quotas raw_sockets read_msgbuf reserved_ports routing"
                " set_hostname setaudit settime socket_af suser sysvipc unprivileged_parent_tampering"
                " unprivileged_proc_debug vmm vmm_ppt",
            )
        ),
        False,
    ),
    "allow.reserved_ports": True,
    "allow.set_hostname": True,
    "allow.suser": True,
    "allow.unprivileged_proc_debug": True,
    "children.cur": "0",
    "children.max": "0",
    "cpuset.id": "3",
    "host.domainname": "",
    "host.hostid": "0",
    "host.hostname": "",
    "host.hostuuid": "00000000-0000-0000-0000-000000000000",
    "ip4.addr": [],
    "ip4.saddrsel": True,
    "ip6.addr": [],
    "ip6.saddrsel": True,
    "linux.osname": "Linux",
    "linux.osrelease": "5.15.0",
    "linux.oss_version": "198144",
    "zfs.mount_snapshot": "0",
}
JAILSYS = {
    **dict.fromkeys(
        ("host", "linux", "zfs", "ip4", "ip6", "sysvmsg", "sysvsem", "sysvshm"), ("disable", "new", "inherit")
    ),
    "vnet": ("new", "inherit"),
}
FIXED = ("path", "vnet", "ip4", "ip6", "osrelease", "osreldate")
STRINGS = ("env", "meta", "name", "osrelease", "path", "host.domainname", "host.hostname", "host.hostuuid")


def jails_of(world: World) -> list[Jail]:
    return t.cast("list[Jail]", world.data.setdefault("jails", []))


def find(world: World, name: str) -> Jail | None:
    for jail in jails_of(world):
        if not jail["dying"] and name in (jail["name"], jail["jid"]):
            return jail
    return None


def convert(name: str, values: list[str], said: str) -> t.Any:
    """A value as the kernel keeps it; ``said`` is what stands before the message of an error."""
    if name not in DEFAULTS and not name.startswith(("meta.", "env.")):
        raise Fail(f"{said}unknown parameter: {name}")
    default, last = DEFAULTS.get(name, ""), values[-1] if values else None
    if isinstance(default, bool):
        return to_bool(name, last, said)
    if isinstance(default, list):
        return [check_address(name, text, said) for text in ",".join(values).split(",") if text]
    if name in JAILSYS:
        if last is not None and last not in JAILSYS[name]:
            raise Fail(f'{said}{name}: unknown jailsys value "{last}"')
        return last or "new"
    text = name in STRINGS or name.startswith(("meta.", "env.", "linux.os"))
    if not text and not re.fullmatch(r"-?\d+", last or ""):
        raise Fail(f'{said}{name}: non-integer value "{last}"')
    return last or ""


def to_bool(name: str, text: str | None, said: str) -> bool:
    if text is not None and text.lower() not in ("true", "false") and not text.isdigit():
        raise Fail(f'{said}{name}: unknown boolean value "{text}"')
    return text is None or text.lower() not in ("false", "0")


def check_address(name: str, text: str, said: str) -> str:
    bare = re.sub(r"^.*\||/.*$", "", text)
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        raise Fail(f"{said}{name}: not an IPv{name[2]} address: {bare}") from None


def set_line(text: str, key: str, value: str) -> str:
    """``meta.k=v``: the line goes before the others, as the kernel puts it."""
    rest = [line for line in text.split("\n") if line and not line.startswith(key + "=")]
    return "\n".join([f"{key}={value}", *rest])


def put(jail: Jail, name: str, value: t.Any) -> None:
    tree, _dot, key = name.partition(".")
    if tree in ("meta", "env") and key:
        jail[tree] = set_line(jail[tree], key, value)
    else:
        jail[name] = value


def create(world: World, values: dict[str, t.Any], said: str) -> Jail:
    """jail_set(2) with JAIL_CREATE. Whether it lasts is for the caller to know."""
    path = values.get("path", "/")
    if not path.startswith("/"):
        raise Fail(f"{said}path {path}: No such file or directory")
    if path != "/" and not world.file(path).exists() and not Path(path).exists():
        raise Fail(f"{said}path {path}: No such file or directory")
    parent, _dot, _last = values.get("name", "").rpartition(".")
    above = find(world, parent)
    if parent and above is None:
        raise Fail(f'{said}jail "{parent}" not found')
    if values.get("vnet") == "new" and (values.get("ip4.addr") or values.get("ip6.addr")):
        raise Fail(f"{said}vnet jails cannot have IP address restrictions")
    world.data["jid"] = world.data.get("jid", 0) + 1
    number = values.get("jid") or (values["name"] if values.get("name", "").isdigit() else str(world.data["jid"]))
    jail = {**DEFAULTS, "jid": number, "name": number, "ip4.addr": [], "ip6.addr": []}
    jail["parent"] = above["jid"] if parent and above else "0"
    if values.get("vnet") == "new":
        jail.update(ip4="inherit", ip6="inherit")
    for name, value in values.items():
        put(jail, name, value)
    jails_of(world).append(jail)
    jails_of(world).sort(key=lambda one: int(one["jid"]))
    return jail


def modify(world: World, jail: Jail, values: dict[str, t.Any], said: str) -> None:
    if "." in jail["name"] and "name" in values:
        raise Fail(f"{said}cannot change jail's parent")
    for name, value in values.items():
        allowed = name in ("ip4", "ip6") and value == "disable"
        if name in FIXED and value != jail[name] and not allowed:
            raise Fail(f"{said}{name} cannot be changed after creation")
    for name, value in values.items():
        if not (name in ("ip4", "ip6") and value == "disable"):
            put(jail, name, value)
    if values.get("persist") is False:
        jails_of(world).remove(jail)
