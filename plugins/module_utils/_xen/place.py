# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a guest that moves: the record of the move, the target, and what both hosts have. Private."""

from __future__ import annotations

import dataclasses
import json

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import (
    Have,
    Move,
    Target,
    move_file,
    packed_file,
    same_host,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.observe_host import ANY
from ansible_collections.hostwright.virt.plugins.module_utils._xen.peers import ask_peer
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings, read_running
from ansible_collections.hostwright.virt.plugins.module_utils._xen.site import ask_target, paths_of, read_site
from ansible_collections.hostwright.virt.plugins.module_utils._xen.walk import moves_away
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu


def read_move(host: Host, name: str) -> Move | None:
    path = move_file(name)
    text = host.read(path)
    if text is None:
        return None
    try:
        told = json.loads(text)
        return Move(str(told["to"]), str(told["node"]), tuple(map(str, told["links"])), bool(told["ran"]))
    except (ValueError, KeyError, TypeError):
        raise Problem(
            f"{name}: {path}, the record of its move, cannot be read: see where the guest is, then remove that file"
        ) from None


def add_place(host: Host, have: Have, want: WantDomu) -> Have:
    """Nothing is asked of other hosts for a guest that is where it belongs."""
    away = moves_away(have, want)
    back = want.migration is not None and (have.move is not None or have.gone is not None)
    if want.state == "absent" or not (away or back):
        return have
    packed = packed_file(want.name)
    saved = host.ask("saved", "config", packed) if host.exists(packed) else None
    have = dataclasses.replace(
        have, busy=_is_sending(host, want.name), packed=None if saved is None else read_running(saved)
    )
    settings = (have.runtime and have.runtime.settings) or have.packed or have.settings
    peers = have.around.peers or tuple(ask_peer(host, peer) for peer in want.peers)
    around = dataclasses.replace(have.around, peers=peers)
    if away:
        around = dataclasses.replace(around, site=read_site(host, paths_of(settings)))
    have = dataclasses.replace(have, around=around)
    node = want.host if away or have.move is None else have.move.node
    return dataclasses.replace(have, target=_find_target(host, have, want, node or "", settings))


def _find_target(host: Host, have: Have, want: WantDomu, node: str, settings: Settings | None) -> Target | None:
    """The peer that calls itself so. One that is down for certain has nothing, as far as undoing a move goes."""
    known = next((peer for peer in have.around.peers if peer.node and same_host(peer.node, node)), None)
    if known is None and have.move is not None:
        known = next((peer for peer in have.around.peers if peer.destination == have.move.to), None)
        known = known or ask_peer(host, have.move.to)
    if known is None:
        return None
    if known.problem is None:
        return ask_target(host, have, known.destination, known.node, settings)
    down = want.allow_unreachable_peers and not moves_away(have, want)
    return Target(known.destination, node) if down else None


def _is_sending(host: Host, name: str) -> bool:
    """Whether the guest is being sent or saved: by `xl migrate`, `xl save`, or scp of its memory."""
    for line in host.query(("pgrep", "-a", "-x", "xl|scp"), ok=ANY).out.splitlines():
        words = line.split()[1:]
        if packed_file(name) in words or (name in words and {"migrate", "save"} & {*words[1:3]}):
            return True
    return False
