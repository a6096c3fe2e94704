# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bay's side of the resource: which server, what is there, what to do, what to show."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.ctld import ctld_steps, observe_ctld
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.lio import observe_lio
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.lio_steps import lio_steps
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.spec import PACKAGES
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.storage import (
    Room,
    delete_step,
    observe_storage,
    store_steps,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import (
    Bay,
    Side,
    goal_of,
    missing_portals,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.tgt import observe_tgt
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.tgt_steps import tgt_steps
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, Chap, WantVolume

_OBSERVE: dict[str, t.Callable[[Host, t.Sequence[WantVolume]], dict[str, Bay]]] = {
    "lio": observe_lio,
    "tgt": observe_tgt,
    "ctld": observe_ctld,
}
_STEPS: dict[str, t.Callable[[Bay, Bay], list[model.Step]]] = {"lio": lio_steps, "tgt": tgt_steps, "ctld": ctld_steps}
_TOOL = {"lio": "targetctl", "tgt": "tgtadm", "ctld": "ctld"}


def choose_provider(host: Host) -> str:
    """The first server that is installed."""
    for provider, tool in _TOOL.items():
        if host.has(tool):
            return provider
    raise model.Problem(
        "no iSCSI server is on this host: install targetcli-fb (LIO) or tgt; FreeBSD has ctld in the base system"
    )


def observe_bays(host: Host, wants: t.Sequence[WantVolume]) -> dict[str, Bay]:
    chosen = {want.name: want.provider if want.provider != "auto" else choose_provider(host) for want in wants}
    bays: dict[str, Bay] = {}
    for provider in sorted(set(chosen.values())):
        if not host.has(_TOOL[provider]):
            raise model.Problem(f"{_TOOL[provider]} is not on this host: install {PACKAGES[_TOOL[provider]]}")
        bays.update(_OBSERVE[provider](host, [want for want in wants if chosen[want.name] == provider]))
    return _with_storage(host, wants, bays)


def _with_storage(host: Host, wants: t.Sequence[WantVolume], bays: dict[str, Bay]) -> dict[str, Bay]:
    paths = {want.name: _path_of(bays[want.name], want) for want in wants}
    backings = [want.backing for want in wants if want.backing is not None]
    storage = observe_storage(host, {path for path in paths.values() if path}, backings)
    filled = {}
    for want in wants:
        bay, path = bays[want.name], paths[want.name]
        store = storage.stores.get(path)
        room = storage.room_of(store) if store else Room(False)
        if store is None and want.backing is not None:
            room = storage.rooms.get((want.backing.type, want.backing.place), Room(False))
        kind = "fileio" if path and not path.startswith("/dev/") else "iblock"
        spare = f"{kind}_{bay.spare}" if bay.provider == "lio" else bay.spare
        filled[want.name] = dataclasses.replace(bay, path=path, store=store, room=room, spare=spare)
    return filled


def _path_of(bay: Bay, want: WantVolume) -> str:
    """Where the data is: as declared, or else as exported."""
    if want.backing is not None:
        return want.backing.path_of(want.name)
    for side in bay.sides:
        if side.backstore is not None:
            return side.backstore.path
    return ""


def plan_bay(have: Bay, want: WantVolume) -> model.Plan:
    goal = goal_of(have, want)
    served = _STEPS[have.provider](have, goal)
    if want.state == "absent":
        dropped = have.store is not None and goal.store is None
        return (*served, *([delete_step(have.store)] if dropped and have.store else ()))
    return (*(store_steps(have.store, goal.store) if goal.store else ()), *served)


def predict_bay(have: Bay, want: WantVolume) -> Bay:
    return goal_of(have, want)


def show_bay(have: Bay | None, want: WantVolume) -> dict[str, t.Any]:
    if have is None or have.state == "absent":
        shown: dict[str, t.Any] = {"state": "absent"}
        if want.delete_storage and want.state == "absent":
            shown["storage"] = have.store.path if have and have.store else None
        return shown
    side = have.running
    shown = {"state": "present", "lun": have.lun, "saved": have.view(have.saved) == have.view(side)}
    if want.size is not None:
        shown["size"] = have.store.size if have.store else None
    if want.initiators is not None:
        shown["initiators"] = sorted(acl.initiator for acl in have.acls_in(side))
    if want.chap is not None:
        shown["node_auth"] = {acl.initiator: show_chap(acl.chap, want.chap) for acl in have.acls_in(side)}
    if want.portals and have.listens and side.target:
        shown["missing_portals"] = [str(portal) for portal in missing_portals(side.target, want)]
    return shown


def show_chap(chap: Chap, wanted: Chap) -> dict[str, str]:
    """Users by name; of secrets only whether they are the declared ones."""
    if chap == NO_CHAP:
        return {"method": "None"}
    shown = {"method": "CHAP", "user": chap.user, "secret": _same(chap.password, wanted.password)}
    if chap.user_in:
        shown.update(user_in=chap.user_in, secret_in=_same(chap.password_in, wanted.password_in))
    return shown


def _same(there: str, wanted: str) -> str:
    return "as declared" if there == wanted else "another"


def bay_facts(have: Bay | None) -> dict[str, t.Any]:
    if have is None:
        return {"state": "absent", "config": {}, "runtime": {}}
    side = have.running
    facts: dict[str, t.Any] = {
        "state": have.state,
        "provider": have.provider,
        "target": have.iqn,
        "lun": have.lun,
        "size": have.store.size if have.store else None,
        "storage": have.store.path if have.store else None,
        "portals": [str(portal) for portal in side.target.portals] if side.target else [],
        "initiators": sorted(acl.initiator for acl in have.acls_in(side)),
        "config": _side_facts(have, have.saved),
        "runtime": _side_facts(have, have.live) if have.live is not None else {},
    }
    return facts


def _side_facts(have: Bay, side: Side) -> dict[str, t.Any]:
    lun = have.lun_in(side)
    if side.target is None or lun is None:
        return {}
    return {
        "lun": lun.number,
        "path": side.backstore.path if side.backstore else lun.path,
        "portals": [str(portal) for portal in side.target.portals],
        "initiators": {
            acl.initiator: {"user": acl.chap.user, "user_in": acl.chap.user_in} for acl in have.acls_in(side)
        },
    }
