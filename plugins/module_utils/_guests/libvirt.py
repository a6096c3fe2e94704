# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains of libvirt for the list of guests, by virsh or by the library. Private."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from xml.etree import ElementTree

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest, gather, to_int
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import MARK

URIS = ("qemu:///system", "lxc:///system")
_PARTS = ("running", "paused", "shutoff", "other")
LISTING = "; ".join(
    [
        *(f"echo :{part}:; list --all --uuid --state-{part}" for part in _PARTS),
        "echo :autostart:; list --all --uuid --autostart",
        "echo :all:; list --all --uuid",
    ]
)
BATCH = 20  # domains for one virsh
_STATES = {"running": "started", "shutoff": "stopped"}
_WORD = re.compile(r":([a-z]+):|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_KIBI = {"b": 1 / 1024, "bytes": 1 / 1024, "kib": 1, "k": 1, "mib": 1 << 10, "m": 1 << 10, "gib": 1 << 20, "g": 1 << 20}


def list_argv(uri: str) -> Argv:
    return ("virsh", "-q", "-c", uri, LISTING)


def dump_argvs(uri: str, uuids: t.Sequence[str]) -> list[Argv]:
    batches = [uuids[start : start + BATCH] for start in range(0, len(uuids), BATCH)]
    return [("virsh", "-q", "-c", uri, "; ".join(f"dumpxml {uuid}" for uuid in batch)) for batch in batches]


def parse_listing(text: str) -> dict[str, list[str]]:
    """UUIDs by the words before them; what virsh 9.0 echoes has no end of line."""
    found: dict[str, list[str]] = {}
    part = ""
    for word, uuid in _WORD.findall(text):
        part = word or part
        if uuid:
            found.setdefault(part, []).append(uuid)
    return found


def list_guests(host: Host, uri: str) -> Found:
    listed = parse_listing(host.query(list_argv(uri)).out)
    states = {uuid: _STATES.get(part, part) for part in _PARTS for uuid in listed.get(part, ())}
    boot = {*listed.get("autostart", ())}
    # virsh goes on after a domain that went away in between, and ends with 1
    texts = [host.query(argv, ok=(0, 1)).out for argv in dump_argvs(uri, listed.get("all", ()))]

    def describe(xml: str) -> Guest:
        guest = parse_domain(xml, uri)
        state = states.get(guest.uuid or "", "stopped")
        return dataclasses.replace(guest, state=state, autostart=guest.uuid in boot)

    xmls = re.findall(r"<domain\b.*?^</domain>", "\n".join(texts), re.DOTALL | re.MULTILINE)
    return gather(xmls, describe, "domain")


def parse_domain(xml: str, uri: str) -> Guest:
    """A guest of the XML of a domain; what the XML does not say is left for others."""
    if "<!" in re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", "", xml, flags=re.DOTALL):
        raise Problem("libvirt printed XML with a document type, which no domain has")
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise Problem(f"libvirt printed XML that cannot be read: {error}") from None
    memory = root.find("currentMemory") if root.find("currentMemory") is not None else root.find("memory")
    vcpu = root.find("vcpu")
    current = vcpu.get("current") if vcpu is not None else None
    name, kind = root.findtext("name") or "", root.get("type") or ""
    source = root.find("devices/filesystem[@type='mount']/source")
    return Guest(
        name=name,
        type="libvirt",
        state="stopped",
        owner="hostwright" if root.find(f"metadata/{{{MARK}}}domain") is not None else "base",
        id=to_int(root.get("id")),
        uuid=root.findtext("uuid"),
        addresses={"config": [one.get("address") or "" for one in root.findall("devices/interface/ip")]},
        macs=tuple(mac.get("address") or "" for mac in root.findall("devices/interface/mac")),
        memory=None if memory is None else _mebi(memory),
        vcpus=to_int(current or root.findtext("vcpu")),
        tags=tuple(_tags(root)),
        description=root.findtext("title") or root.findtext("description"),
        root=source.get("dir") if source is not None and kind == "lxc" else None,
        uri=uri,
    )


def _tags(root: ElementTree.Element) -> list[str]:
    """Texts of the elements ``tag`` in the metadata, whoever's they are."""
    metadata = root.find("metadata")
    found = metadata.iter() if metadata is not None else ()
    return [(one.text or "").strip() for one in found if isinstance(one.tag, str) and one.tag.split("}")[-1] == "tag"]


def _mebi(element: ElementTree.Element) -> int | None:
    number, unit = to_int((element.text or "").strip()), (element.get("unit") or "KiB").lower()
    return None if number is None or unit not in _KIBI else int(number * _KIBI[unit]) >> 10
