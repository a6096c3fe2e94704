# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From two states to steps. Private; pure but for ``observe``."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import host, model
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.merge import merge
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.operations import list_operations
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.parse import parse_site
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.refuse import explain_errors, refuse_unfit
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.show import list_changes, summarise
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Link, Site, find_errors
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.uplink import (
    find_movers,
    list_faces,
    move_links,
    observe_links,
    plan_move,
    with_links,
)
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.want import WantBridge


def observe(host_: host.Host, wants: t.Sequence[WantBridge]) -> dict[str, Site]:
    """One transaction; and three `ip` commands when the host's own addresses may be at stake."""
    sites = {}
    for want in wants:
        site = parse_site(want.name, host_.ask("ovsdb", "read", want.database_socket, want.timeout))
        gone = not want.present and site.bridge is not None
        if want.allow_uplink_move or gone or _adds_devices(site, want):
            site = with_links(site, observe_links(host_))
        sites[want.name] = site
    return sites


def _adds_devices(site: Site, want: WantBridge) -> bool:
    bridge = site.bridge
    inside = {face for port in (bridge.ports.values() if bridge else ()) for face in port.interfaces}
    return any(
        face not in inside and port.face.values.get("type", "") == ""
        for port in want.present_ports
        for face in list_faces(site, port)
    )


def foresee(have: Site | None, want: WantBridge) -> tuple[Site, Site, tuple[str, ...]]:
    """The state before, the state after, and what others lose."""
    before = have or Site(name=want.name)
    merged = merge(before, want)
    if not want.present:
        link = before.links.get(want.name, Link())
        cut = (f"cut off the host's own addresses on {want.name}",) if link.addresses or link.routes else ()
        return before, merged.site, (*merged.taken, *(cut if before.bridge else ()))
    return before, with_links(merged.site, move_links(before, want)), merged.taken


def predict(have: Site | None, want: WantBridge) -> Site:
    return foresee(have, want)[1]


def plan(have: Site | None, want: WantBridge) -> model.Plan:
    before, after, taken = foresee(have, want)
    refuse_unfit(before, after, want)
    listed = [port.name for port in want.present_ports]
    operations = list_operations(before, after, f"hostwright.virt.ovs_bridge {want.name}")
    if not operations and not want.ignore_port_errors and want.wait and want.present:
        errors = find_errors(before, listed, strict=False)
        if errors:
            raise model.Problem(explain_errors(want.name, errors))
    steps: list[model.Step] = []
    if operations:
        changes = list_changes(before, after)
        words = "; ".join([*taken, summarise(changes, before, after)])
        call = model.Call("ovsdb", "transact", (want.database_socket, operations, want.timeout))
        steps.append(model.Step(call, words, switch="force" if taken else None, changes=changes))
    if not want.present:
        return (*steps, *(_confirm(want, (), ()) if steps and want.wait else ()))
    movers = find_movers(before, want)
    if steps and want.wait:
        checked = () if want.ignore_port_errors else tuple(dict.fromkeys((want.name, *listed)))
        inside = set(before.bridge.ports) if before.bridge else set()
        back = [port.name for port in want.present_ports if {port.name, *(port.interfaces or ())} & set(movers)]
        steps += _confirm(want, checked, tuple(name for name in back if name not in inside))
    return (*steps, *plan_move(before, want))


def _confirm(want: WantBridge, ports: tuple[str, ...], give_back: tuple[str, ...]) -> model.Plan:
    args = (want.database_socket, want.name, list(ports), list(give_back), want.timeout)
    return (model.Step(model.Call("ovsdb", "confirm", args), "wait until Open vSwitch has taken the change"),)
