# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disks and networks of a declaration. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import Disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.nic import (
    OVS_SCRIPT,
    Nic,
    credit,
    parse_mac,
    tag_bridge,
)

_VDEV = re.compile(r"(xvd|hd|sd|vd)[a-z]{1,3}[0-9]{0,2}|d[0-9]{1,5}p[0-9]{1,3}")


def check_text(value: str, what: str) -> str:
    """A text that fits on one line of a file."""
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise Problem(f"{what} {value!r} holds a control character, such as a newline: write it on one line")
    return value


@dataclasses.dataclass(frozen=True)
class WantDisk:
    """One disk; what is None stays as it is."""

    vdev: str
    target: str | None = None
    format: str | None = None
    access: str | None = None
    backendtype: str | None = None
    script: str | None = None
    cdrom: bool | None = None
    present: bool = True

    def onto(self, old: Disk | None) -> Disk:
        """The disk that comes of laying this declaration over ``old``."""
        named = {
            key: getattr(self, key)
            for key in ("target", "format", "access", "backendtype", "script", "cdrom")
            if getattr(self, key) is not None
        }
        return dataclasses.replace(old or Disk(self.vdev), **named)


@dataclasses.dataclass(frozen=True)
class WantNic:
    """One interface; ``mac`` None: the one at this place in the list."""

    mac: str | None = None
    bridge: str | None = None
    script: str | None = None
    vifname: str | None = None
    model: str | None = None
    ip: str | None = None
    rate: str | None = None
    type: str | None = None
    present: bool = True

    def onto(self, old: Nic) -> Nic:
        named = {
            key: getattr(self, key)
            for key in ("bridge", "script", "vifname", "model", "ip", "rate", "type")
            if getattr(self, key) is not None
        }
        return dataclasses.replace(old, **named)


def read_disks(name: str, entries: t.Sequence[t.Mapping[str, t.Any]] | None) -> tuple[WantDisk, ...] | None:
    if entries is None:
        return None
    disks = tuple(_read_disk(name, entry) for entry in entries)
    vdevs = [disk.vdev for disk in disks]
    for vdev in vdevs:
        if vdevs.count(vdev) > 1:
            raise Problem(f"{name}: disks name {vdev} twice: each vdev once")
    targets = [disk.target for disk in disks if disk.target and disk.present]
    for target in targets:
        if targets.count(target) > 1:
            raise Problem(f"{name}: disks use the target {target} twice")
    return disks


def _read_disk(name: str, entry: t.Mapping[str, t.Any]) -> WantDisk:
    vdev, target, script = entry["vdev"], entry["target"], entry["script"]
    if not _VDEV.fullmatch(vdev):
        raise Problem(f"{name}: vdev {vdev!r} is not the name of a guest's disk: write xvda, xvdb, ... or hda, sda")
    if target is not None:
        check_text(target, f"{name}: target of {vdev}")
        if target.endswith(",") or target != target.strip():
            raise Problem(f"{name}: target {target!r} of {vdev} ends in a comma or blanks, which xl drops")
        if target and not target.startswith("/") and not script:
            raise Problem(f"{name}: target {target!r} of {vdev} must be an absolute path (or name a script)")
    for key in ("script", "format", "backendtype"):
        if entry[key] and re.search(r"[,\s]", entry[key]):
            raise Problem(f"{name}: {key} {entry[key]!r} of {vdev} holds a comma or a blank")
    return WantDisk(
        **{key: entry[key] for key in ("vdev", "target", "format", "access", "backendtype", "script")},
        cdrom=None if entry["devtype"] is None else entry["devtype"] == "cdrom",
        present=entry["state"] == "present",
    )


def read_networks(name: str, entries: t.Sequence[t.Mapping[str, t.Any]] | None) -> tuple[WantNic, ...] | None:
    if entries is None:
        return None
    nics = tuple(_read_network(name, entry) for entry in entries)
    macs = [nic.mac for nic in nics if nic.mac]
    for mac in macs:
        if macs.count(mac) > 1:
            raise Problem(f"{name}: networks name the MAC {mac} twice: each address once")
    return nics


def _read_network(name: str, entry: t.Mapping[str, t.Any]) -> WantNic:
    for key in ("vifname", "script", "model", "ip", "rate"):
        if entry[key] is not None and not re.fullmatch(r"[^,\x00-\x1f\x7f]+", entry[key]):
            raise Problem(f"{name}: {key} {entry[key]!r} of a network is empty or holds a comma or a control character")
    if entry["vifname"] and len(parse_name(entry["vifname"], f"{name}: vifname")) > 15:
        raise Problem(f"{name}: vifname {entry['vifname']!r} is longer than the 15 characters of an interface name")
    credit(entry["rate"])
    if entry["state"] == "absent" and entry["mac"] is None:
        raise Problem(f"{name}: a network with state=absent must be named by its mac")
    bridge, script = _read_bridge(name, entry)
    return WantNic(
        mac=None if entry["mac"] is None else parse_mac(entry["mac"]),
        bridge=bridge,
        script=script,
        **{key: entry[key] for key in ("vifname", "model", "ip", "rate", "type")},
        present=entry["state"] == "present",
    )


def _read_bridge(name: str, entry: t.Mapping[str, t.Any]) -> tuple[str | None, str | None]:
    """Bridge and script; VLANs are what Xen's Open vSwitch script understands, so they bring it along."""
    vlan, trunks, script = entry["vlan"], entry["trunks"] or [], entry["script"]
    bridge = entry["bridge"]
    if bridge is not None:
        parse_name(bridge, f"{name}: bridge", more="._:-")
    tags = [tag for tag in [vlan, *trunks] if tag is not None]
    for tag in tags:
        if not 1 <= tag <= 4094:
            raise Problem(f"{name}: VLAN {tag} must be from 1 to 4094")
    if not tags:
        return bridge, script
    if bridge is None or re.search("[.:]", bridge):
        raise Problem(f"{name}: vlan and trunks need the plain name of a bridge, not {bridge!r}")
    if script is not None and not script.endswith(OVS_SCRIPT):
        raise Problem(f"{name}: vlan and trunks need script={OVS_SCRIPT}; with {script} name the VLAN's own bridge")
    return tag_bridge(bridge, vlan, trunks), script or OVS_SCRIPT
