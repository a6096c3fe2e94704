# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All volumes that a host exports and has attached; nothing is changed."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import ctld, ctld_conf, lio_observe, tgt, udev
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.configfs import ROOT
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.initiator_observe import (
    ask_portal,
    read_initiator,
    read_rules,
    read_sessions,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import parse_portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Target

ARGUMENT_SPEC: dict[str, t.Any] = {"portal": {"type": "str"}, "port": {"type": "int", "default": 3260}}


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {
        "initiator": read_initiator(host),
        "exported": [*_list_lio(host), *_list_tgt(host), *_list_ctld(host)],
        "sessions": [_describe_session(iqn, session) for iqn, session in read_sessions(host)],
        "attached": {name: _describe_rule(host, name, text) for name, text in sorted(read_rules(host).items())},
    }
    if params["portal"]:
        offered: dict[str, list[str]] = {}
        for iqn, portal in sorted(ask_portal(host, parse_portal(params["portal"], params["port"]))):
            offered.setdefault(iqn, []).append(str(portal))
        found["offered"] = offered
    return found


def _describe_session(iqn: str, session: t.Any) -> dict[str, t.Any]:
    return {
        "target": iqn,
        "portal": str(session.portal),
        "sid": session.sid,
        "state": session.state,
        "disks": [dataclasses.asdict(disk) for disk in session.disks],
    }


def _describe_rule(host: Host, name: str, text: str) -> dict[str, t.Any]:
    device = f"/dev/iscsi_{name}"
    there = host.link(device) is not None
    return {"target": udev.target_of_rule(text), "lun": udev.pinned_lun(text), "device": device if there else None}


def _list_lio(host: Host) -> list[dict[str, t.Any]]:
    backstores, _spare = lio_observe.read_backstores(host)
    rows = []
    for iqn in host.entries(f"{ROOT}/iscsi"):
        target = lio_observe.read_target(host, iqn, backstores)
        if target is not None:
            rows += _describe_target(iqn, target, "lio", {})
    return rows


def _list_tgt(host: Host) -> list[dict[str, t.Any]]:
    if not host.has("tgtadm"):
        return []
    reply = host.query(tgt.SHOW, ok=(0, 107))  # 107: the daemon does not run, so nothing is served
    rows = []
    for iqn, live in tgt.parse_show(reply.out).items():
        _saved, names = tgt.parse_conf(host.read(tgt.file_of(iqn)) or "")
        rows += _describe_target(iqn, live.target, "tgt", names)
    return rows


def _list_ctld(host: Host) -> list[dict[str, t.Any]]:
    """What the kernel exports of our targets; who may reach those of others, their owner knows."""
    if not host.has("ctld") or host.query(ctld.STATUS, ok=(0, 1)).rc:
        return []
    text, rows = host.read(ctld_conf.PATH) or "", []
    for iqn, luns in sorted(ctld.list_served(host).items()):
        saved = ctld_conf.parse_block(ctld_conf.split_conf(text, iqn).block)
        target = ctld.live_target(luns, saved)
        rows += _describe_target(iqn, target, "ctld", {}) if target and saved else []
    return rows


def _describe_target(iqn: str, target: Target, provider: str, names: t.Mapping[int, str]) -> list[dict[str, t.Any]]:
    return [
        {
            "name": lun.name or names.get(lun.number, ""),
            "target": iqn,
            "lun": lun.number,
            "path": lun.path,
            "provider": provider,
            "initiators": sorted(acl.initiator for acl in target.acls if provider != "lio" or acl.sees(lun.number)),
        }
        for lun in target.luns
    ]
