# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How LIO is brought from one state to another: rows for configfs, then one save of the whole configuration."""

from __future__ import annotations

import typing as t
import uuid

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Call, Change, Problem, Run, Step
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.lio_observe import AUTH_FILES, MARK
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Acl, Backstore, Bay, Side, Target
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, Chap

Row = t.List[str]
MODPROBE = ("modprobe", "-a", "target_core_mod", "target_core_iblock", "target_core_file", "iscsi_target_mod")
SAVE = ("targetctl", "save")


def serial_of(iqn: str, name: str) -> str:
    """The unit serial, from which LIO makes the WWN: the same again after the export was removed and made again."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{iqn}/{name}"))


def lio_steps(have: Bay, goal: Bay) -> list[Step]:
    """Everything but the storage."""
    old, new = have.live or Side(), goal.live or Side()
    steps: list[Step] = []
    if not have.loaded and new.target is not None:
        steps.append(Step(Run(MODPROBE), "load the kernel's target modules"))
        # rtslib keeps reservations and ALUA state there; it cannot be set once a backstore exists
        steps.append(_apply([["write_if_there", "dbroot", have.folder]], f"keep the target's state in {have.folder}"))
    steps += _target_steps(have, old, new)
    if have.saved != goal.saved or steps:
        check_strangers(have)
        steps.append(Step(Run(SAVE), "save the configuration that LIO restores at boot"))
    return steps


def check_strangers(have: Bay) -> None:
    """Saving writes what runs: refuse when that would lose what others have in the file."""
    if have.strangers:
        raise Problem(
            f"{have.name}: LIO's saved configuration has what does not run ({', '.join(have.strangers)}), and saving "
            "now would lose it: start the service that restores it (rtslib-fb-targetctl or target), or remove it there"
        )


def _apply(rows: list[Row], summary: str, *changes: Change) -> Step:
    return Step(Call("configfs", "apply", (rows,)), summary, changes=changes)


def _target_steps(have: Bay, old: Side, new: Side) -> list[Step]:
    base = f"iscsi/{have.iqn}/tpgt_1"
    steps: list[Step] = []
    was = old.target or Target(portals=(), enabled=False)
    steps += _take_access(base, was, new.target)
    steps += _remove_luns(have, was, new.target)
    steps += _backstore_steps(have, old.backstore, new.backstore)
    if new.target is None:
        return steps + ([_remove_target(have.iqn, was)] if old.target is not None else [])
    if old.target is None:
        rows = [["mkdir", base, ""], ["write", f"{base}/param/TargetAlias", MARK]]
        rows.append(["write", f"{base}/attrib/authentication", "0"])  # the kernel's default asks everyone for CHAP
        steps.append(_apply(rows, f"make the target {have.iqn}", Change("target", None, have.iqn)))
    for portal in new.target.portals:
        if portal not in was.portals:
            steps.append(_apply([["mkdir", f"{base}/np/{portal}", ""]], f"listen on {portal}"))
    steps += _add_luns(have, was, new)
    steps += _give_access(base, was, new.target)
    if new.target.enabled and not was.enabled:
        steps.append(_apply([["write", f"{base}/enable", "1"]], "enable the target"))
    return steps


def _backstore_steps(have: Bay, old: Backstore | None, new: Backstore | None) -> list[Step]:
    if new is None:
        if old is None:
            return []
        rows = [["rmdir", f"core/{old.slot}/{have.name}", ""], ["rmdir", f"core/{old.slot}", ""]]
        return [_apply(rows, f"stop serving {old.path}")]
    if old is None:
        rows = _make_backstore(have, new)
        return [_apply(rows, f"serve {new.path}")]
    if new.size != old.size:
        # fd_dev_size is taken over at once; initiators see it when they scan again
        rows = [["write", f"core/{old.slot}/{have.name}/control", f"fd_dev_size={new.size}"]]
        return [_apply(rows, f"serve the new size of {new.path}")]
    return []


def _make_backstore(have: Bay, new: Backstore) -> list[Row]:
    base = f"core/{new.slot}/{have.name}"
    control = f"fd_dev_name={new.path},fd_dev_size={new.size}" if new.size else f"udev_path={new.path}"
    return [
        ["mkdir", base, ""],
        ["write", f"{base}/control", control],
        ["write", f"{base}/udev_path", new.path],
        ["write", f"{base}/enable", "1"],
        ["write", f"{base}/wwn/vpd_unit_serial", serial_of(have.iqn, have.name)],
        ["write_if_there", f"{base}/attrib/emulate_model_alias", "1"],  # initiators find the volume by its name
    ]


def _lun_folder(iqn: str, number: int) -> str:
    return f"iscsi/{iqn}/tpgt_1/lun/lun_{number}"


def _alias(name: str, number: int) -> str:
    """rtslib finds a link by any name; ten hex digits is what it gives."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{name}/{number}").hex[:10]


def _add_luns(have: Bay, old: Target, new: Side) -> list[Step]:
    steps = []
    for lun in new.target.luns if new.target else ():
        if lun.number not in {there.number for there in old.luns} and new.backstore is not None:
            folder = _lun_folder(have.iqn, lun.number)
            link = ["symlink", f"{folder}/{_alias(lun.name, lun.number)}", f"core/{new.backstore.slot}/{have.name}"]
            steps.append(
                _apply([["mkdir", folder, ""], link], f"export it as LUN {lun.number}", Change("lun", None, lun.number))
            )
    return steps


def _remove_luns(have: Bay, old: Target, new: Target | None) -> list[Step]:
    kept = {lun.number for lun in new.luns} if new else set()
    steps = []
    for lun in old.luns:
        if lun.number not in kept and lun.name == have.name:
            rows = [
                ["unlink_all", _lun_folder(have.iqn, lun.number), ""],
                ["rmdir", _lun_folder(have.iqn, lun.number), ""],
            ]
            steps.append(_apply(rows, f"withdraw LUN {lun.number}", Change("lun", lun.number, None)))
    return steps


def _remove_target(iqn: str, old: Target) -> Step:
    base = f"iscsi/{iqn}/tpgt_1"
    rows = [["write_if_there", f"{base}/enable", "0"]]
    rows += [["rmdir", f"{base}/acls/{acl.initiator}", ""] for acl in old.acls]
    rows += [["rmdir", f"{base}/np/{portal}", ""] for portal in old.portals]
    rows += [["rmdir", base, ""], ["rmdir", f"iscsi/{iqn}", ""]]
    return _apply(rows, f"remove the target {iqn}, which is empty now", Change("target", iqn, None))


def _take_access(base: str, old: Target, new: Target | None) -> list[Step]:
    kept = {acl.initiator: acl for acl in new.acls} if new else {}
    steps = []
    for acl in old.acls:
        left = kept.get(acl.initiator)
        folder = f"{base}/acls/{acl.initiator}"
        rows: list[Row] = []
        for seen, number in acl.luns:
            if left is None or (seen, number) not in left.luns:
                rows += [["unlink_all", f"{folder}/lun_{seen}", ""], ["rmdir", f"{folder}/lun_{seen}", ""]]
        if left is None:
            rows.append(["rmdir", folder, ""])
        if rows:
            steps.append(_apply(rows, f"take access from {acl.initiator}", Change("initiators", acl.initiator, None)))
    return steps


def _give_access(base: str, old: Target, new: Target) -> list[Step]:
    before = {acl.initiator: acl for acl in old.acls}
    steps = []
    for acl in new.acls:
        was = before.get(acl.initiator)
        folder = f"{base}/acls/{acl.initiator}"
        if was is None or was.chap != acl.chap:
            rows: list[Row] = [["mkdir", folder, ""], *_chap_rows(base, folder, acl.chap)]
            if was is not None or acl.chap != NO_CHAP:
                steps.append(_apply(rows, f"set how {acl.initiator} and the target prove who they are"))
        rows = _map_rows(base, folder, acl, was)
        if rows:
            steps.append(_apply(rows, f"give access to {acl.initiator}", Change("initiators", None, acl.initiator)))
    return steps


def _map_rows(base: str, folder: str, acl: Acl, was: Acl | None) -> list[Row]:
    rows: list[Row] = []
    for seen, number in acl.luns:
        if was is None or (seen, number) not in was.luns:
            link = f"{folder}/lun_{seen}/{_alias(acl.initiator, seen)}"
            rows += [["mkdir", f"{folder}/lun_{seen}", ""], ["symlink", link, f"{base}/lun/lun_{number}"]]
            rows += [["write", f"{folder}/lun_{seen}/write_protect", "0"]]
    return rows


def _chap_rows(base: str, folder: str, chap: Chap) -> list[Row]:
    words = (chap.user, chap.password, chap.user_in, chap.password_in)
    rows = [["write", f"{folder}/auth/{key}", word or "NULL"] for key, word in zip(AUTH_FILES, words)]
    # Per initiator since Linux 6.1; older kernels know it for the portal group only, where it asks everyone.
    if chap == NO_CHAP:
        return [*rows, ["write_if_there", f"{folder}/attrib/authentication", "-1"]]
    return [*rows, ["write_first", f"{folder}/attrib/authentication|{base}/attrib/authentication", "1"]]
