# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Undoes a move that broke off: the guest is on this host again, as it was. Private; pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Link, Plan, Problem, Remove, Run
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import GONE, Have, move_file, packed_file
from ansible_collections.hostwright.virt.plugins.module_utils._xen.walk import Walk, clear_up, start_walk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu


def check_whole(have: Have, want: WantDomu) -> None:
    """A guest that is between two hosts is nobody's to change until that move is finished or undone."""
    if have.move is not None:
        raise Problem(
            f"{want.name}: its move to {have.move.node} broke off: give migration with host={have.move.node} to finish "
            f"it, or with host={have.around.node} to undo it"
        )
    if have.gone is not None:
        raise Problem(
            f"{want.name}: {want.name}{GONE}, which `xl migrate` left here, may run on another host: "
            "look there, then give migration and host, or end that copy with xl destroy"
        )


def take_back(have: Have, want: WantDomu) -> tuple[Plan, Have, WantDomu]:
    """The steps that undo a move, the state after them, and what is then still wanted of the guest here."""
    if want.migration is None or want.state == "absent":
        check_whole(have, want)
        return (), have, want
    if have.move is None and have.gone is None:
        return (), have, want
    walk = start_walk(have, want)
    there, name = walk.there, want.name
    if there.guest is not None or (have.move is not None and have.text is None):
        raise Problem(
            f"{name}: has arrived on {there.node} already: finish that move with host={there.node}, "
            "then move it back from there"
        )
    clear_up(walk, want)
    there = walk.there
    if there.save == "used" or (there.save and not have.packed):
        raise Problem(f"{name}: its memory is on {there.node} already: finish that move with host={there.node}")
    if there.save:
        walk.tell("drop_save", (packed_file(name),), f"remove its memory from {there.node}", save=None)
    if there.text is not None or there.links:
        summary = f"remove {have.path} and its links from {there.node}"
        walk.tell("undefine", (have.path, *there.links), summary, text=None, links=())
    _take_memory(walk, want)
    _forget(walk, want)
    ran = have.move is not None and have.move.ran and want.state == "present"
    return tuple(walk.steps), walk.have, dataclasses.replace(want, state="started") if ran else want


def _take_memory(walk: Walk, want: WantDomu) -> None:
    """Memory that was to move becomes that of a saved guest, which the rest of the task restores."""
    have = walk.here
    if have.packed is None:
        return
    if have.saved is not None:
        raise Problem(f"{want.name}: {have.save_file} is in the way of the memory that was to move: remove it")
    if not have.save_folder:
        folder = want.save_file.rsplit("/", 1)[0]
        walk.do(Run(("install", "-d", "-m", "0700", "--", folder)), f"make the folder {folder}", save_folder=True)
    unpack = Run(("mv", "--", packed_file(want.name), want.save_file))
    walk.do(unpack, "take its memory back as that of a saved guest", packed=None, saved=have.packed)


def _forget(walk: Walk, want: WantDomu) -> None:
    have, move = walk.here, walk.here.move
    if move is None:
        return
    for link in move.links:
        if link not in have.links:
            now = (*walk.here.links, link)
            walk.do(Link(link, have.path), "start the guest when the host boots", links=now)
    walk.do(Remove(move_file(want.name)), f"forget that the guest was moving to {move.node}", move=None)
