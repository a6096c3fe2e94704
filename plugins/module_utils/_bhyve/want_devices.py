# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks, interfaces, shares and other devices of a declaration, checked. Private; pure."""

from __future__ import annotations

import hashlib
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import (
    check_line,
    check_path,
    check_words,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, parse_name, parse_size

# Options of block devices that a task may give; bhyve_config(5) of FreeBSD 15.1
FLAGS = ("nocache", "nodelete", "direct", "sync")
VALUED = ("sectorsize", "ser", "rev", "model", "nmrr", "maxq", "qsz", "ioslots", "sectsz", "eui64", "dsm")
SEED_DISK = "cloud-init"
_MAC = r"([0-9a-f]{2}:){5}[0-9a-f]{2}"


class WantDisk(t.NamedTuple):
    """``size`` in bytes. ``opts`` are all further options when given; a switch has the value true."""

    id: str
    present: bool = True
    target: str | None = None
    dev: str | None = None
    type: str | None = None
    size: int | None = None
    source: str | None = None
    read_only: bool | None = None
    opts: tuple[tuple[str, str], ...] | None = None
    slot: int | None = None
    seed: str | None = None


class WantNic(t.NamedTuple):
    id: str
    present: bool = True
    backend: str | None = None
    bridge: str | None = None
    device: str | None = None
    type: str | None = None
    mac: str | None = None
    mtu: int | None = None
    port: str | None = None
    node: str | None = None
    hook: str | None = None
    slot: int | None = None


class WantShare(t.NamedTuple):
    name: str
    present: bool = True
    path: str = ""
    read_only: bool = False


def _check_id(value: str, what: str) -> str:
    return parse_name(value, what, longest=40, more="._:-")


def _once(names: t.Sequence[str], what: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Problem(f"{what}: {twice!r} is listed twice")


def _check_slot(slot: int | None, what: str) -> int | None:
    if slot is not None and not 1 <= slot <= 28:
        raise Problem(
            f"{what}: slot {slot} cannot be used: 1 to 28, the others are the host bridge's, VNC's and the LPC's"
        )
    return slot


def read_disks(name: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[WantDisk, ...]:
    disks = tuple(_read_disk(f"{name}: disk {options['id'][:40]!r}", options) for options in given)
    _once([disk.id for disk in disks], f"{name}: disks")
    _once([f"slot {disk.slot}" for disk in disks if disk.slot is not None and disk.present], f"{name}: disks")
    return disks


def _read_disk(what: str, options: t.Mapping[str, t.Any]) -> WantDisk:
    ident = _check_id(options["id"], what)
    if ident == SEED_DISK:
        raise Problem(f"{what}: this name is kept for the option cloud_init")
    if options["state"] == "absent":
        return WantDisk(ident, present=False)
    dev, target = options["dev"], options["target"]
    if target is not None:
        target = _check_target(target, dev, what)
    size = None if options["size"] is None else parse_size(options["size"], "M", f"{what}: size")
    if size is not None and (dev in ("custom", "iscsi") or options["type"] == "ahci-cd"):
        raise Problem(f"{what}: size is for disks that this module makes, files and zvols")
    if size is not None and size % 512:
        raise Problem(f"{what}: size {options['size']!r} is not a multiple of 512 bytes")
    source = None if options["source"] is None else check_path(options["source"], f"{what}: source")
    return WantDisk(
        ident,
        target=target,
        dev=dev,
        type=options["type"],
        size=size,
        source=source,
        read_only=True if options["type"] == "ahci-cd" else options["read_only"],
        opts=None if options["opts"] is None else tuple(_read_opts(options["opts"], what)),
        slot=_check_slot(options["slot"], what),
    )


def _check_target(target: str, dev: str | None, what: str) -> str:
    if dev in ("zvol", "sparse-zvol"):
        pattern = r"[A-Za-z0-9][A-Za-z0-9_.:-]*(/[A-Za-z0-9][A-Za-z0-9_.:-]*)*"
        return check_words(target, f"{what}: target", pattern, "zroot/vm/web1, a volume in a pool")
    if target.startswith("/"):
        return check_path(target, f"{what}: target")
    if dev in ("custom", "iscsi"):
        raise Problem(f"{what}: target {target[:60]!r} must be the path of a file or device")
    return parse_name(target, f"{what}: target", longest=100)


def _read_opts(words: t.Sequence[str], what: str) -> t.Iterator[tuple[str, str]]:
    for word in words:
        key, equals, value = str(word).partition("=")
        if key == "ro" and not equals:
            raise Problem(f"{what}: opts: give read_only instead of ro")
        if (key not in FLAGS or equals) and (key not in VALUED or not equals):
            raise Problem(f"{what}: opts: bhyve knows no option {word[:40]!r}{nearest(key, (*FLAGS, *VALUED))}")
        if equals:
            value = check_line(value, f"{what}: opts: {key}", bad='%,"#')
        yield key, value or "true"


def read_networks(name: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[WantNic, ...]:
    nics = tuple(_read_nic(f"{name}: network {options['id'][:40]!r}", options) for options in given)
    _once([nic.id for nic in nics], f"{name}: networks")
    _once([nic.mac for nic in nics if nic.mac], f"{name}: networks: mac")
    _once([nic.device for nic in nics if nic.device], f"{name}: networks: device")
    return nics


def _read_nic(what: str, options: t.Mapping[str, t.Any]) -> WantNic:
    ident = _check_id(options["id"], what)
    if options["state"] == "absent":
        return WantNic(ident, present=False)
    backend = options["backend"]
    for option, kind in (("device", "tap"), ("port", "vale"), ("node", "netgraph"), ("hook", "netgraph")):
        if options[option] is not None and backend not in (kind, *((None,) if kind == "tap" else ())):
            raise Problem(f"{what}: {option} is for the backend {kind}")
    if backend == "netgraph" and options["bridge"]:
        raise Problem(f"{what}: bridge is not for the backend netgraph: give node and hook")
    mtu = options["mtu"]
    if mtu is not None and not 68 <= mtu <= 65535:
        raise Problem(f"{what}: mtu {mtu} must be from 68 to 65535")
    word = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}"
    patterns = {
        "bridge": (r"|" + word, "bridge0"),
        "device": (r"(tap|vmnet)[0-9]{1,5}", "tap5"),
        "port": (r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,50}", "web1_lan"),
        "node": (r"[A-Za-z0-9_\[\]:.-]{1,60}", "vmbridge:"),
        "hook": (r"[A-Za-z0-9_-]{1,31}", "link2"),
    }
    for option, (pattern, like) in patterns.items():
        if options[option] is not None:
            check_words(options[option], f"{what}: {option}", pattern, like)
    mac = None if options["mac"] is None else _check_mac(options["mac"], what)
    plain = {key: options[key] for key in ("backend", "bridge", "device", "type", "port", "node", "hook")}
    return WantNic(ident, mac=mac, mtu=mtu, slot=_check_slot(options["slot"], what), **plain)


def _check_mac(value: str, what: str) -> str:
    mac = check_words(value.lower(), f"{what}: mac", _MAC, "58:9c:fc:0a:0b:0c")
    if int(mac[:2], 16) & 1 or mac == "00:00:00:00:00:00":
        raise Problem(f"{what}: mac {value!r} is not the address of one interface")
    return mac


def made_mac(name: str, ident: str) -> str:
    """An address in the range of bhyve (58:9c:fc:0), the same each time for a guest and an interface."""
    digest = hashlib.sha256(f"{name}/{ident}".encode()).hexdigest()
    return f"58:9c:fc:0{digest[0]}:{digest[1:3]}:{digest[3:5]}"


def read_shares(name: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[WantShare, ...]:
    shares = tuple(_read_share(f"{name}: share {options['name'][:40]!r}", options) for options in given)
    _once([share.name for share in shares], f"{name}: shares")
    return shares


def _read_share(what: str, options: t.Mapping[str, t.Any]) -> WantShare:
    ident = parse_name(options["name"], what, longest=31, more="._-")
    if options["state"] == "absent":
        return WantShare(ident, present=False)
    if options["path"] is None:
        raise Problem(f"{what}: path is missing, a folder of this host")
    return WantShare(ident, True, check_path(options["path"], f"{what}: path"), options["read_only"])


def read_passthru(name: str, given: t.Sequence[str]) -> tuple[str, ...]:
    pattern, like = r"[0-9]{1,3}/[0-9]{1,2}/[0-7]|ppt[0-9]{1,3}", "2/0/0 or ppt0"
    devices = [check_words(str(word), f"{name}: passthru", pattern, like) for word in given]
    _once(devices, f"{name}: passthru")
    return tuple(re.sub(r"\b0+(?=[0-9])", "", device) for device in devices)
