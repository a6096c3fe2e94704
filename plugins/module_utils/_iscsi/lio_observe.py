# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What LIO runs (configfs) and what it restores at boot (saveconfig.json), read without a process."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.configfs import ROOT
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal, parse_portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Acl, Backstore, Lun, Target
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import Chap

SAVED = ("/etc/rtslib-fb-target/saveconfig.json", "/etc/target/saveconfig.json")
MARK = "hostwright"  # TargetAlias of targets that we made
_SLOT = re.compile(r"(iblock|fileio)_([0-9]+)")


def read_attribute(host: Host, path: str) -> str:
    """An attribute below ROOT; what is not there or unset (LIO's word is NULL) reads empty."""
    text = (host.read(f"{ROOT}/{path}") or "").strip().strip("\x00")
    return "" if text == "NULL" else text


def read_backstores(host: Host) -> tuple[dict[str, Backstore], str]:
    """Every backstore by name, and the number of a free slot (one slot holds one backstore, as rtslib wants it)."""
    found, numbers = {}, {-1}
    for slot in host.entries(f"{ROOT}/core"):
        match = re.fullmatch(r"[a-z]+_([0-9]+)", slot)
        numbers.add(int(match.group(1)) if match else -1)
        if not _SLOT.fullmatch(slot):
            continue
        for name in host.entries(f"{ROOT}/core/{slot}"):
            if name in ("hba_info", "hba_mode"):
                continue
            info = read_attribute(host, f"core/{slot}/{name}/info")
            size = re.search(r"File: \S+\s+Size: ([0-9]+)", info)
            path = read_attribute(host, f"core/{slot}/{name}/udev_path")
            found[name] = Backstore(path, int(size.group(1)) if size else 0, slot)
    return found, str(max(numbers) + 1)


def read_target(host: Host, iqn: str, backstores: t.Mapping[str, Backstore]) -> Target | None:
    """The first portal group of a target."""
    base = f"iscsi/{iqn}/tpgt_1"
    if not host.exists(f"{ROOT}/{base}"):
        return None
    return Target(
        luns=tuple(
            Lun(number, backstores[name].path if name in backstores else "", name)
            for number, name in _read_links(host, f"{base}/lun")
        ),
        portals=tuple(parse_portal(text, what="LIO portal") for text in host.entries(f"{ROOT}/{base}/np")),
        acls=tuple(_read_acl(host, f"{base}/acls/{name}", name) for name in host.entries(f"{ROOT}/{base}/acls")),
        ours=read_attribute(host, f"{base}/param/TargetAlias") == MARK,
        enabled=read_attribute(host, f"{base}/enable") == "1",
    )


def _read_links(host: Host, folder: str) -> list[tuple[int, str]]:
    """(number, last word of what it links to) of each lun_N in a folder."""
    links = []
    for entry in host.entries(f"{ROOT}/{folder}"):
        if not entry.startswith("lun_"):
            continue
        for name in host.entries(f"{ROOT}/{folder}/{entry}"):
            goal = host.link(f"{ROOT}/{folder}/{entry}/{name}")
            if goal is not None:
                links.append((int(entry[4:]), goal.rsplit("/", 1)[-1]))
    return sorted(links)


def _read_acl(host: Host, folder: str, initiator: str) -> Acl:
    luns = tuple((seen, int(name[4:])) for seen, name in _read_links(host, folder))
    words = (read_attribute(host, f"{folder}/auth/{key}") for key in AUTH_FILES)
    return Acl(initiator, luns, Chap(*words))


# In the order of Chap's fields; LIO's "mutual" is what the target answers with, open-iscsi's username_in.
AUTH_FILES = ("userid", "password", "userid_mutual", "password_mutual")
AUTH_KEYS = ("chap_userid", "chap_password", "chap_mutual_userid", "chap_mutual_password")


def read_saved(host: Host) -> dict[str, t.Any]:
    """saveconfig.json, or an empty configuration."""
    for path in SAVED:
        text = host.read(path)
        if text is not None:
            try:
                loaded: dict[str, t.Any] = json.loads(text)
            except ValueError as error:
                raise Problem(
                    f"{path} is not JSON ({error}): repair it, or put back a copy from its backup folder"
                ) from None
            return loaded
    return {}


def saved_backstores(saved: t.Mapping[str, t.Any]) -> dict[str, Backstore]:
    return {
        row["name"]: Backstore(row["dev"], row.get("size", 0) if row["plugin"] == "fileio" else 0)
        for row in saved.get("storage_objects", ())
        if row["plugin"] in ("block", "fileio")
    }


def saved_target(saved: t.Mapping[str, t.Any], iqn: str, backstores: t.Mapping[str, Backstore]) -> Target | None:
    for row in saved.get("targets", ()):
        if row["fabric"] == "iscsi" and row["wwn"] == iqn:
            for group in row["tpgs"]:
                if group["tag"] == 1:
                    return _saved_group(group, backstores)
    return None


def _saved_group(group: t.Mapping[str, t.Any], backstores: t.Mapping[str, Backstore]) -> Target:
    luns = []
    for row in sorted(group["luns"], key=lambda row: int(row["index"])):
        name = row["storage_object"].rsplit("/", 1)[-1]
        luns.append(Lun(row["index"], backstores[name].path if name in backstores else "", name))
    return Target(
        luns=tuple(luns),
        portals=tuple(sorted_portals(parse_portal(row["ip_address"], row["port"]) for row in group["portals"])),
        acls=tuple(_saved_acl(row) for row in sorted(group["node_acls"], key=lambda row: str(row["node_wwn"]))),
        ours=group.get("parameters", {}).get("TargetAlias") == MARK,
        enabled=bool(group["enable"]),
    )


def _saved_acl(row: t.Mapping[str, t.Any]) -> Acl:
    luns = tuple(sorted((mapped["index"], mapped["tpg_lun"]) for mapped in row["mapped_luns"]))
    return Acl(row["node_wwn"], luns, Chap(*(row.get(key, "") for key in AUTH_KEYS)))


def sorted_portals(portals: t.Iterable[Portal]) -> list[Portal]:
    """As configfs lists them: by their text."""
    return sorted(portals, key=str)
