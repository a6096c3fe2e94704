# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How tgt is brought from one state to another: tgtadm for what runs, one file per target for the next boot."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Call,
    Change,
    Problem,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Bay, Side, Target
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.tgt import (
    TGTADM,
    chap_of,
    file_of,
    kind_of,
    render_conf,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import Chap


def tgt_steps(have: Bay, goal: Bay) -> list[Step]:
    """Everything but the storage."""
    old, new = have.live or Side(), goal.live or Side()
    steps: list[Step] = []
    if old.target is not None:
        steps += _remove_luns(have, old.target, new.target)
    if new.target is None:
        if old.target is not None:
            steps.append(_run(have, "target", "delete", f"remove the target {have.iqn}, which is empty now", "--force"))
    else:
        steps += _target_steps(have, old, new, new.target)
    if have.saved != goal.saved:
        steps.append(_file_step(have, goal.saved.target))
    return steps


def _file_step(have: Bay, target: Target | None) -> Step:
    path = file_of(have.iqn)
    if target is None:
        return Step(Remove(path), f"remove {path}")
    return Step(Write(path, render_conf(have.iqn, target), 0o600, secret=True), f"write {path} for the next boot")


def _run(have: Bay, mode: str, verb: str, summary: str, *words: str, **more: t.Any) -> Step:
    argv = (*TGTADM, "--mode", mode, "--op", verb, "--tid", have.spare, *words)
    return Step(Run(argv, ok=more.get("ok", (0,))), summary, changes=more.get("changes", ()))


def _target_steps(have: Bay, old: Side, new: Side, target: Target) -> list[Step]:
    steps: list[Step] = []
    words: tuple[str, ...]
    was = old.target or Target(portals=(), enabled=False)
    if old.target is None:
        change = (Change("target", None, have.iqn),)
        words = ("--targetname", have.iqn)
        steps.append(_run(have, "target", "new", f"make the target {have.iqn}", *words, changes=change))
    steps += _chap_steps(have, was, target)
    steps += _access_steps(have, was, target)
    for lun in target.luns:
        if lun.number not in {there.number for there in was.luns}:
            number, change = str(lun.number), (Change("lun", None, lun.number),)
            words = ("--lun", number, "--backing-store", lun.path)
            steps.append(_run(have, "logicalunit", "new", f"export {lun.path} as LUN {number}", *words, changes=change))
            words = ("--lun", number, "--params", f"product_id={lun.name[:16]}")
            steps.append(_run(have, "logicalunit", "update", "name the LUN after the volume", *words))
    if old.backstore is not None and new.backstore is not None and old.backstore.size != new.backstore.size:
        lun = next(lun for lun in target.luns if lun.path == new.backstore.path)
        # One request, which tgtd carries out between two requests of initiators
        params = f"online=0,path={lun.path},online=1"
        words = ("--lun", str(lun.number), "--params", params)
        steps.append(_run(have, "logicalunit", "update", f"serve the new size of {lun.path}", *words))
    return steps


def _remove_luns(have: Bay, old: Target, new: Target | None) -> list[Step]:
    kept = {lun.number for lun in new.luns} if new else set()
    return [
        _run(
            *(have, "logicalunit", "delete", f"withdraw LUN {lun.number}", "--lun", str(lun.number)),
            changes=(Change("lun", lun.number, None),),
        )
        for lun in old.luns
        if lun.number not in kept
    ]


def _access_steps(have: Bay, old: Target, new: Target) -> list[Step]:
    before, after = ([acl.initiator for acl in target.acls] for target in (old, new))
    steps = []
    for name in after:
        if name not in before:
            words, change = ("--" + kind_of(name), name), (Change("initiators", None, name),)
            steps.append(_run(have, "target", "bind", f"give access to {name}", *words, changes=change))
    for name in before:
        if name not in after:
            words, change = ("--" + kind_of(name), name), (Change("initiators", name, None),)
            steps.append(_run(have, "target", "unbind", f"take access from {name}", *words, changes=change))
    return steps


def _chap_steps(have: Bay, old: Target, new: Target) -> list[Step]:
    was, chap = chap_of(old), chap_of(new)
    if was == chap:
        return []
    _check_users(have, chap)
    return [
        *_account_steps(have, (was.user, was.password), (chap.user, chap.password), ()),
        *_account_steps(have, (was.user_in, was.password_in), (chap.user_in, chap.password_in), ("--outgoing",)),
    ]


def _check_users(have: Bay, chap: Chap) -> None:
    if "," in chap.password + chap.password_in + chap.user + chap.user_in:
        raise Problem(f"{have.name}: tgt takes no comma in CHAP users and secrets")
    for user in (chap.user, chap.user_in):
        if user in have.accounts:
            raise Problem(
                f"{have.name}: another target of this tgtd uses the CHAP user {user}: take another name for this one"
            )


def _account_steps(have: Bay, old: tuple[str, str], new: tuple[str, str], words: tuple[str, ...]) -> list[Step]:
    steps: list[Step] = []
    if old == new:
        return steps
    if old[0]:
        user = ("--user", old[0], *words)
        steps.append(_run(have, "account", "unbind", f"no longer use CHAP user {old[0]}", *user, ok=(0, 22)))
    if new[0]:
        steps.append(Step(Call("tgt", "set_account", new), f"make the CHAP account {new[0]}"))
        steps.append(_run(have, "account", "bind", f"use CHAP user {new[0]}", "--user", new[0], *words))
    return steps
