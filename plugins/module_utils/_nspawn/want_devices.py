# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces, mounts and capabilities of a declaration, in the words of .nspawn files. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.conf import Edit, joins
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.names import Key

# linux/capability.h up to Linux 6.12
_CAPABILITIES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct "
    "sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control "
    "setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
)
CAPABILITIES = tuple(f"CAP_{word.upper()}" for word in _CAPABILITIES.split())
MOUNT_KEYS: tuple[Key, ...] = (("Files", "Bind"), ("Files", "BindReadOnly"), ("Files", "TemporaryFileSystem"))


class WantMount(t.NamedTuple):
    """``key`` and ``value`` make its line; none, and there is no mount there."""

    target: str
    key: Key | None = None
    value: str = ""


def read_caps(name: str, option: str, given: t.Iterable[str]) -> list[str]:
    caps = []
    for word in given:
        cap = str(word).upper()
        cap = cap if cap.startswith("CAP_") else f"CAP_{cap}"
        if cap == "CAP_ALL" and option == "cap_drop":
            cap = "all"
        elif cap not in CAPABILITIES:
            raise Problem(f"{name}: {option}: {word!r} is not a capability; write it like sys_time or CAP_SYS_TIME")
        caps.append(cap)
    return sorted(set(caps))


def read_networks(name: str, given: t.Sequence[t.Mapping[str, t.Any]] | None) -> t.Iterator[Edit]:
    """All keys that say which interfaces there are: what is not listed goes."""
    if given is None:
        return
    kinds = [nic["type"] for nic in given]
    if len(kinds) > 1 and {"none", "empty"} & set(kinds):
        raise Problem(f"{name}: networks: none and empty stand alone")
    for number, nic in enumerate(given):
        _check_fields(nic, f"{name}: network {number}")
    main = [nic for nic in given if nic["type"] == "veth" and not nic["veth_pair"]]
    if len(main) > 1:
        raise Problem(f"{name}: networks: systemd makes one veth of its own names; give the others a veth_pair")
    yield ("Network", "Private"), ("no" if kinds == ["none"] else "yes",)
    yield ("Network", "VirtualEthernet"), ("yes" if main else "no",)
    yield ("Network", "Bridge"), tuple(nic["link"] for nic in main if nic["link"])
    yield ("Network", "Zone"), tuple(nic["zone"] for nic in main if nic["zone"])
    yield ("Network", "VirtualEthernetExtra"), tuple(_pair(nic, "veth_pair") for nic in given if nic["veth_pair"])
    for kind, key in (("macvlan", "MACVLAN"), ("ipvlan", "IPVLAN"), ("phys", "Interface")):
        words = [_pair(nic, "link") for nic in given if nic["type"] == kind]
        yield ("Network", key), (" ".join(words),) if words else ()


def _pair(nic: t.Mapping[str, t.Any], outer: str) -> str:
    """The name on the host, and the one in the container when it is another."""
    return f"{nic[outer]}:{nic['name']}" if nic["name"] else str(nic[outer])


_MAY: t.Mapping[str, tuple[str, ...]] = {
    "empty": (),
    "none": (),
    "veth": ("link", "zone", "veth_pair", "name"),
    "macvlan": ("link", "name"),
    "ipvlan": ("link", "name"),
    "phys": ("link", "name"),
}


def _check_fields(nic: t.Mapping[str, t.Any], what: str) -> None:
    kind = nic["type"]
    for option in ("link", "zone", "name", "veth_pair"):
        value, longest = nic[option], 12 if option == "zone" else 15
        if value is None:
            continue
        if option not in _MAY[kind]:
            raise Problem(f"{what}: {option} is not for the type {kind}")
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", value) or len(value) > longest:
            raise Problem(f"{what}: {option} {value[:40]!r} must be at most {longest} letters, digits, _, . and -")
    if kind in ("macvlan", "ipvlan", "phys") and not nic["link"]:
        raise Problem(f"{what}: {kind} needs link, the interface of this host")
    if (
        kind == "veth"
        and (nic["link"] or nic["zone"])
        and (nic["name"] or nic["veth_pair"] or nic["zone"] and nic["link"])
    ):
        raise Problem(
            f"{what}: systemd joins only the veth of its own names to a bridge or zone: give link or zone alone"
        )
    if kind == "veth" and nic["name"] and not nic["veth_pair"]:
        raise Problem(f"{what}: name needs veth_pair, its other end on the host; systemd calls its own veth host0")


def read_ports(
    name: str, given: t.Sequence[str] | None, networks: t.Sequence[t.Mapping[str, t.Any]] | None
) -> t.Iterator[Edit]:
    if given is None:
        return
    for port in given:
        match = re.fullmatch(r"(?:(?:tcp|udp):)?([0-9]{1,5})(?::([0-9]{1,5}))?", str(port))
        if match is None or not all(1 <= int(number) <= 65535 for number in match.groups() if number):
            raise Problem(f"{name}: port {port!r} is not one: write it like tcp:8080:80, the port of the host first")
    if given and networks is not None and [nic["type"] for nic in networks] == ["none"]:
        raise Problem(f"{name}: ports need a network of the container's own, but networks has the type none")
    yield ("Network", "Port"), tuple(str(port) for port in given)


def read_mounts(name: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[WantMount, ...]:
    mounts = tuple(_read_mount(f"{name}: mount {options['target']!r}", options) for options in given)
    if len({mount.target for mount in mounts}) < len(mounts):
        raise Problem(f"{name}: mounts: the same target is given twice")
    return mounts


def _read_mount(what: str, options: t.Mapping[str, t.Any]) -> WantMount:
    target = "/" + _path(options["target"], f"{what}: target").strip("/")
    if target == "/":
        raise Problem(f"{what}: target must be a path below the root of the container")
    if options["state"] == "absent":
        return WantMount(target)
    source, words = options["source"], [str(word) for word in options["options"] or ()]
    if not all(re.fullmatch(r"[A-Za-z0-9_=%.-]+", word) for word in words):
        raise Problem(f"{what}: options must be plain words, such as norbind or size=10%")
    if (source is None) != (options["fstype"] == "tmpfs"):
        raise Problem(f"{what}: a bind mount needs source, a path of this host, and a tmpfs has none")
    if source is None:
        key, paths = MOUNT_KEYS[2], [target]
        words += ["ro"] if options["read_only"] else []
    else:
        key, paths = MOUNT_KEYS[options["read_only"]], [_path(source, f"{what}: source"), target]
    return WantMount(target, key, ":".join([*map(_escape, paths), *([",".join(words)] if words else [])]))


def _path(value: str, what: str) -> str:
    plain = re.fullmatch(r"/[^\x00-\x1f\x7f\u0085\u2028\u2029]*", value) and value == value.strip()
    if not plain or ".." in value.split("/") or joins(value) or len(value) > 1000:
        raise Problem(f"{what} {value[:60]!r} must be an absolute path, without .. and line breaks")
    return value


def _escape(path: str) -> str:
    return re.sub(r"([:\\])", r"\\\1", path)
