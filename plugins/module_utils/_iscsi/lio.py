# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""LIO, the kernel's own target, as a server of volumes."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import lio_observe
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.configfs import ROOT
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Bay, Side
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import WantVolume


def observe_lio(host: Host, wants: t.Sequence[WantVolume]) -> dict[str, Bay]:
    """Both truths of every volume; storage is filled in by the caller."""
    live, spare = lio_observe.read_backstores(host)
    saved_text = lio_observe.read_saved(host)
    saved = lio_observe.saved_backstores(saved_text)
    loaded = host.exists(f"{ROOT}/iscsi")
    missing = _not_running(host, saved_text, set(live))
    bays = {}
    for want in wants:
        running = Side(lio_observe.read_target(host, want.target, live), live.get(want.name))
        on_file = Side(lio_observe.saved_target(saved_text, want.target, saved), saved.get(want.name))
        bays[want.name] = Bay(
            name=want.name,
            iqn=want.target,
            provider="lio",
            live=running,
            saved=on_file,
            spare=spare,
            strangers=tuple(sorted(missing - {want.name, want.target})),
            loaded=loaded,
            folder=next(
                (path.rsplit("/", 1)[0] for path in lio_observe.SAVED if host.exists(path.rsplit("/", 1)[0])), ""
            ),
        )
    return bays


def _not_running(host: Host, saved: t.Mapping[str, t.Any], live: set[str]) -> set[str]:
    """Names of backstores and targets that only the file has."""
    stores = {str(row["name"]) for row in saved.get("storage_objects", ())}
    if stores - live:  # other plugins than block and fileio have other folders
        live = live | {name for slot in host.entries(f"{ROOT}/core") for name in host.entries(f"{ROOT}/core/{slot}")}
    targets = {str(row["wwn"]) for row in saved.get("targets", ()) if row["fabric"] == "iscsi"}
    return (stores - live) | (targets - set(host.entries(f"{ROOT}/iscsi")))
