# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a FreeBSD host: files that it starts with, and what its kernel has now. Private."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.files import read_settings, same_value
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.want import ACCEPT, WantHost
from ansible_collections.hostwright.virt.plugins.module_utils._jail.links import Link, parse_ifconfig

MEMBER_ADDRESSES = "net.link.bridge.member_ifaddrs"
MODULE_PATH = "kern.module_path"
ALIASES = 16  # how many places for aliases of an interface are looked at


@dataclasses.dataclass(frozen=True)
class Vhid:
    """A carp(4) group on an interface; ``key`` is its password, which the kernel shows to root."""

    advbase: int = 1
    advskew: int = 0
    key: str | None = None
    addresses: frozenset[str] = frozenset()
    state: str = dataclasses.field(default="INIT", compare=False)


@dataclasses.dataclass(frozen=True)
class HostState:
    """What is there. ``rc`` has the variables that were asked for and are set, ``missing`` modules without a file.

    ``keys`` has the files start_if.IF by interface; ``loose`` are those that others than root may read.
    """

    loader: str = ""
    sysctl_conf: str = ""
    kenv: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    sysctl: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    stuck: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    rc: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    links: t.Mapping[str, Link] = dataclasses.field(default_factory=dict)
    carp: t.Mapping[tuple[str, int], Vhid] = dataclasses.field(default_factory=dict)
    keys: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    loose: frozenset[str] = frozenset()
    tunables: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()

    def in_effect(self, name: str) -> bool:
        """Whether the kernel was booted with what loader.conf says, or is as if it were."""
        value = read_settings(self.loader).get(name)
        if value is None:
            return True
        if name.endswith("_load"):
            return (name[: -len("_load")] in self.modules) == (value.upper() == "YES")
        return same_value(value, self.kenv.get(name)) or same_value(value, self.sysctl.get(name))


def variable(device: str) -> str:
    """An interface's name as rc.conf(5) has it in the names of variables."""
    return re.sub(r"[.+/-]", "_", device)


def asked_rc(want: WantHost) -> tuple[str, ...]:
    """The variables of rc.conf that the task could change."""
    names = [*want.rc, *(["kld_list"] if want.modules else [])]
    for item in want.interfaces:
        device = variable(item.name)
        names += [f"vlans_{variable(item.parent)}", f"ifconfig_{variable(item.parent)}"] if item.parent else []
        names += [] if item.parent else ["cloned_interfaces"]
        names += [f"ifconfig_{device}", f"ifconfig_{device}_ipv6"]
        names += [f"ifconfig_{variable(member)}" for member in item.members or ()]
    dressed = [item.name for item in want.interfaces if item.addresses or not item.present]
    for device in dressed + [item.interface for item in want.carp]:
        names += [f"ifconfig_{variable(device)}_alias{number}" for number in range(ALIASES)]
        names.append(f"ifconfig_{variable(device)}_ipv6")
    return tuple(dict.fromkeys(names))


def observe(host: Host, wants: t.Sequence[WantHost]) -> dict[str, HostState]:
    return {want.name: _observe(host, want) for want in wants}


def _observe(host: Host, want: WantHost) -> HostState:
    if not host.has("sysrc") or not host.has("kldstat"):
        raise Problem("sysrc and kldstat are not on this host: it is no FreeBSD, which this module is for")
    tunables = frozenset({*want.loader, ACCEPT})
    kenv = _kenv(host)
    names = {*tunables, *want.sysctl, MEMBER_ADDRESSES, MODULE_PATH}
    sysctl = _sysctl(host, sorted(name for name in names if not name.endswith("_load")))
    modules = _modules(host)
    links, carp = _links(host, bool(want.secrets)) if want.interfaces or want.carp else ({}, {})
    folders = [folder for folder in sysctl.get(MODULE_PATH, "").split(";") if folder and host.entries(folder)]
    files = {f"{folder}/{name}" for folder in folders for name in host.entries(folder)}
    missing = frozenset(
        name
        for name in want.modules
        if folders and name not in modules and not any(f"{folder}/{name}.ko" in files for folder in folders)
    )
    starts = {item.interface: f"/etc/start_if.{item.interface}" for item in want.carp}
    return HostState(
        loader=host.read(want.loader_file) or "",
        sysctl_conf=host.read(want.sysctl_file) or "",
        kenv=kenv,
        sysctl=sysctl,
        stuck=_stuck(host, want, sysctl),
        modules=modules,
        missing=missing,
        rc=_rc(host, want),
        links=links,
        carp=carp,
        keys={device: host.read(path) or "" for device, path in starts.items()},
        loose=frozenset(device for device, path in starts.items() if (host.mode(path) or 0) & 0o077),
        tunables=frozenset(want.loader),
        asked=frozenset(want.modules),
    )


def _kenv(host: Host) -> dict[str, str]:
    """All of the kernel's environment; values are quoted, and end at the line (kenv(1) of 15.1)."""
    return dict(re.findall(r'^([^=\n]+)="(.*)"$', host.query(("kenv",)).out, re.MULTILINE))


def _stuck(host: Host, want: WantHost, sysctl: t.Mapping[str, str]) -> frozenset[str]:
    """Of the variables that shall change those that nobody can set: read only, or not there (-W, sysctl(8) of 15.1)."""
    other = [n for n, value in want.sysctl.items() if value is not None and not same_value(sysctl.get(n), value)]
    writable = host.query(("sysctl", "-i", "-N", "-W", *sorted(other))).out.split() if other else ()
    return frozenset(other) - frozenset(writable)


def _sysctl(host: Host, names: t.Sequence[str]) -> dict[str, str]:
    """Values of those that are there. Without -i it ends with the number of those that are not."""
    out = host.query(("sysctl", "-i", *names), ok=(0, 1)).out
    found = re.findall(r"^([A-Za-z0-9_.%-]+): ?(.*)$", out, re.MULTILINE)
    return {name: value.strip() for name, value in found if name in names}


def _modules(host: Host) -> frozenset[str]:
    """Files and the modules in them, for what is built into the kernel has no file of its own."""
    out = host.query(("kldstat", "-v")).out
    files = re.findall(r"^\s*\d+\s+\d+ 0x\S+\s+\S+ (\S+)\.ko\b", out, re.MULTILINE)
    inside = re.findall(r"^\s+[0-9]+ (\S+)\s*$", out, re.MULTILINE)
    return frozenset([*files, *inside])


def _rc(host: Host, want: WantHost) -> dict[str, str]:
    names = asked_rc(want)
    if not names:
        return {}
    found = parse_rc(host.query(("sysrc", "-i", *names), ok=(0, 1)).out, names)
    gone = [name for name, value in want.rc.items() if value is None]
    if gone:  # a default is not in a file, so it cannot be taken out
        written = parse_rc(host.query(("sysrc", "-a")).out, gone)
        found = {name: value for name, value in found.items() if name not in gone or name in written}
    return found


def parse_rc(out: str, names: t.Collection[str]) -> dict[str, str]:
    """Of ``sysrc NAME...``: a value with several lines goes on until the next name that was asked for."""
    found: dict[str, str] = {}
    name = ""
    for line in out.split("\n"):
        head, colon, value = line.partition(":")
        if colon and head in names and head not in found:
            name = head
            found[name] = value[1:]
        elif name and line:
            found[name] += "\n" + line
    return found


def _links(host: Host, keys: bool) -> tuple[dict[str, Link], dict[tuple[str, int], Vhid]]:
    out = host.query(("ifconfig", "-k", "-a") if keys else ("ifconfig", "-a")).out
    links, _filtering = parse_ifconfig(out)
    return links, parse_carp(out)


def parse_carp(out: str) -> dict[tuple[str, int], Vhid]:
    """The carp groups of ``ifconfig -a``, and which addresses are theirs."""
    found: dict[tuple[str, int], Vhid] = {}
    addresses: dict[tuple[str, int], set[str]] = {}
    device = ""
    for line in out.splitlines():
        head = re.match(r"(\S+): flags=", line)
        device = head.group(1) if head else device
        shared = re.match(r"\s+inet6? (\S+) .*\bvhid (\d+)", line)
        if shared:
            addresses.setdefault((device, int(shared.group(2))), set()).add(shared.group(1))
        group = re.match(r'\s+carp: (\S+) vhid (\d+) advbase (\d+) advskew (\d+)(?: key "(.*)")?', line)
        if group:
            state, vhid, base, skew, key = group.groups()
            found[device, int(vhid)] = Vhid(int(base), int(skew), key, state=state)
    return {at: dataclasses.replace(vhid, addresses=frozenset(addresses.get(at, ()))) for at, vhid in found.items()}
