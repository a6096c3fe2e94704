# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings a guest to another host. Private; pure.

At any moment one host alone may run the guest. What starts it at boot goes from this host first; its memory is on one
host only, or on both and was never used; its file is on the target before it goes here; the record of the move goes
last, so that a move that broke off can be told from one that is complete.
"""

from __future__ import annotations

import dataclasses
import json

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Remove, Run, Write
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import (
    MOVES,
    Have,
    Move,
    Runtime,
    move_file,
    packed_file,
    same_host,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.mark import write_mark
from ansible_collections.hostwright.virt.plugins.module_utils._xen.peers import SSH
from ansible_collections.hostwright.virt.plugins.module_utils._xen.preflight import check_target, choose_mode
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.walk import Walk, clear_up, drop_memory, start_walk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu


def walk_away(have: Have, want: WantDomu) -> Walk:
    """To the host of the declaration."""
    _check_request(have, want)
    walk = start_walk(have, want)
    clear_up(walk, want)
    have, there = walk.here, walk.there
    if there.guest is None and have.runtime is not None:
        _send(walk, want)
    elif there.guest is None and (have.packed or there.save):
        _unpack(walk, want)
    _settle(walk, want)
    return walk


def _check_request(have: Have, want: WantDomu) -> None:
    name = want.name
    if want.state not in ("present", "started", "stopped"):
        raise Problem(f"{name}: a guest moves with state present, started or stopped, not {want.state}")
    if have.move is not None and not same_host(have.move.node, want.host or ""):
        raise Problem(
            f"{name}: its move to {have.move.node} broke off: finish that one first with host={have.move.node}, "
            f"or undo it with host={have.around.node}"
        )
    if have.runtime is not None and have.power not in ("started", "suspended"):
        raise Problem(f"{name}: is {have.power} and cannot move as it is: start it, or stop it")
    if have.saved is not None:
        raise Problem(
            f"{name}: is saved in {have.save_file}: start it before it moves, or discard it with state=stopped"
        )
    if have.runtime is not None and want.state == "stopped":
        raise Problem(f"{name}: stop it first, without migration; then its definition moves")
    if have.runtime is not None and have.text is None:
        raise Problem(f"{name}: runs without a file {have.path}: write one first, by a task without migration")


def _send(walk: Walk, want: WantDomu) -> None:
    run = walk.here.runtime
    settings = None if run is None else run.settings
    if run is None or settings is None:
        raise Problem(f"{want.name}: is being built or torn down right now: run the task again")
    mode = choose_mode(walk.here, want, settings)
    check_target(walk.here, want, walk.there, settings)
    _begin(walk, want, ran=True)
    there = walk.there
    if mode == "live":
        argv = ("xl", "migrate", "-s", " ".join(("ssh", *SSH)), want.name, there.destination)
        hint = (
            "when xl has made the guest run on here, the same task tries again, and host with this host undoes the move"
        )
        walk.do(Run(argv, hint=hint), f"move the running guest to {there.node}", runtime=None)
        walk.there = dataclasses.replace(there, guest=run)
        return
    walk.do(Run(("install", "-d", "-m", "0700", "--", MOVES)), f"make {MOVES} private")
    packed = packed_file(want.name)
    save = Run(("xl", "save", want.name, packed), hint="the guest runs on here")
    walk.do(save, "save the guest", runtime=None, packed=settings)
    _carry(walk, want)


def _carry(walk: Walk, want: WantDomu) -> None:
    """Memory that is here: sent, forgotten here, and only then used."""
    packed, node = packed_file(want.name), walk.there.node
    if walk.there.save is None:
        walk.tell("ship", (packed,), f"send its memory to {node}", save="ready")
    if walk.here.packed:
        walk.do(Remove(packed), f"remove {packed}, which is on {node} now", packed=None)
    guest = _arrived(want, walk.here.settings)
    walk.tell("restore", (want.name, packed), f"restore the guest on {node}", save=None, guest=guest)


def _arrived(want: WantDomu, settings: Settings | None) -> Runtime:
    return Runtime(want.name, 1, (settings and settings.uuid) or "", settings=settings)


def _unpack(walk: Walk, want: WantDomu) -> None:
    move = walk.here.move
    if walk.there.save == "used" or move is None or not move.ran:
        drop_memory(walk, want.name, switch="force_stop")
        return
    settings = walk.here.packed or walk.here.settings
    if settings is not None:
        check_target(walk.here, want, walk.there, settings)
    _begin(walk, want, ran=True)
    _carry(walk, want)


def _begin(walk: Walk, want: WantDomu, ran: bool) -> None:
    """From here on this host does not start the guest any more, whatever happens to it."""
    have, there, move = walk.here, walk.there, walk.here.move
    if move is None or (ran and not move.ran):
        move = Move(there.destination, there.node, move.links if move else have.links, ran)
        content = json.dumps(dataclasses.asdict(move), sort_keys=True) + "\n"
        record = Write(move_file(want.name), content, 0o600)
        walk.do(record, f"remember that the guest moves to {there.node}", move=move)
    _unlink(walk)
    if have.text is not None and have.mark.get("host") != want.host:
        mark = {key: value for key, value in have.mark.items() if key != "waiting"}
        text = write_mark(have.text, {**mark, "host": want.host})
        walk.do(Write(have.path, text), f"write {have.path}", text=text)


def _unlink(walk: Walk) -> None:
    for link in walk.here.links:
        left = tuple(one for one in walk.here.links if one != link)
        walk.do(Remove(link), f"remove the link {link}", links=left)


def _settle(walk: Walk, want: WantDomu) -> None:
    """The definition follows, and a guest that shall run is started there when it came without its memory."""
    have, node = walk.here, walk.there.node
    if have.text is None and have.move is None:
        return
    if have.text is not None:
        _place(walk, want)
    _unlink(walk)
    move = walk.here.move
    for link in move.links if move else ():
        if link not in walk.there.links:
            now = (*walk.there.links, link)
            walk.tell("link", (link, have.path), f"start the guest when {node} boots", links=now)
    runs = want.state == "started" or (move is not None and move.ran and want.state == "present")
    if runs and walk.there.guest is None and have.settings is not None:
        check_target(walk.here, want, walk.there, have.settings)
        guest = _arrived(want, have.settings)
        walk.tell("create", (have.path,), f"start the guest on {node}", guest=guest)
    if walk.here.text is not None:
        walk.do(Remove(have.path), f"remove {have.path} here", text=None)
    walk.do(Remove(move_file(want.name)), "forget that the guest was moving", move=None)


def _place(walk: Walk, want: WantDomu) -> None:
    have, node = walk.here, walk.there.node
    if have.move is None and walk.there.text not in (None, have.text):
        raise Problem(f"{want.name}: {node} has another {have.path}: remove the one that is wrong")
    _begin(walk, want, ran=False)
    if walk.there.text != walk.here.text:
        walk.tell("place", (have.path,), f"write {have.path} on {node}", text=walk.here.text)
