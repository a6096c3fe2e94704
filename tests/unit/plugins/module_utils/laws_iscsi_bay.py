# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on volumes that LIO serves: the simulator is a configfs of dictionaries and a storage of sizes."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.resource import RESOURCE
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.storage import Room, Store
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import (
    Acl,
    Backstore,
    Bay,
    Lun,
    Side,
    Target,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, Backing, Chap, WantVolume
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

NAME, IQN, PATH, M = "toto", "iqn.2026-01.org.example:bay", "/dev/vg0/toto", 1024**2
A, B = "iqn.1993-08.org.debian:01:a", "iqn.1993-08.org.debian:01:b"
CHAPS = st.sampled_from([NO_CHAP, Chap("u", "secret-one"), Chap("u", "secret-two", "bay", "secret-three")])
OTHER = Lun(3, "/dev/vg0/other", "other")


@st.composite
def targets(draw: t.Any, exported: bool) -> Target:
    """A target that may have another volume, and this one as LUN 5."""
    luns = ([OTHER] if draw(st.booleans()) else []) + ([Lun(5, PATH, NAME)] if exported else [])
    acls = []
    for initiator in (A, B):
        seen = tuple((lun.number, lun.number) for lun in luns if draw(st.booleans()))
        if seen:
            acls.append(Acl(initiator, seen, draw(CHAPS)))
    portals = draw(st.sampled_from([(Portal("0.0.0.0"),), (Portal("10.0.0.1"),)]))
    return Target(tuple(luns), portals, tuple(acls), draw(st.booleans()), draw(st.booleans()))


@st.composite
def sides(draw: t.Any, size: int) -> Side:
    exported = size > 0 and draw(st.booleans())
    target = draw(targets(exported)) if exported or draw(st.booleans()) else None
    return Side(target, Backstore(PATH, 0, "iblock_0") if exported or (size > 0 and draw(st.booleans())) else None)


@st.composite
def bays(draw: t.Any) -> Bay:
    size = draw(st.sampled_from([0, 64 * M, 128 * M]))
    store = Store("lvm", PATH, size) if size else None
    live = draw(sides(size))
    saved = live if draw(st.booleans()) else draw(sides(size))
    lost = live.target is None and saved.target is not None and OTHER in saved.target.luns
    strangers = ("other",) if lost else ()
    return Bay(NAME, IQN, "lio", live, saved, PATH, store, Room(True, 4 * M, 512 * M), "iblock_7", strangers)


def act(have: Bay | None, action: model.Action, want: WantVolume) -> Bay | None:
    assert have is not None
    if isinstance(action, model.Call):
        for verb, path, value in action.args[0]:
            have = apply_row(have, verb, path.split("|")[0], value)
        return have
    assert isinstance(action, model.Run)
    tool, *words = action.argv
    if tool == "lvcreate":
        return dataclasses.replace(have, store=Store("lvm", PATH, int(words[words.index("--size") + 1][:-1])))
    if tool == "lvextend":
        return dataclasses.replace(have, store=Store("lvm", PATH, int(words[1][:-1])))
    if tool == "lvremove":
        return dataclasses.replace(have, store=None)
    assert action.argv == ("targetctl", "save")
    assert have.live is not None
    return dataclasses.replace(have, saved=have.live)


def apply_row(have: Bay, verb: str, path: str, value: str) -> Bay:
    side = have.live
    assert side is not None
    words = path.split("/")
    if words[0] == "core":
        if verb == "mkdir":
            side = dataclasses.replace(side, backstore=Backstore("", 0, words[1]))
        elif words[-1] == "udev_path":
            side = dataclasses.replace(side, backstore=Backstore(value, 0, words[1]))
        elif verb == "rmdir":
            served = side.target is not None and any(lun.name == NAME for lun in side.target.luns)
            assert not served, "the kernel refuses: the backstore is exported"
            side = dataclasses.replace(side, backstore=None)
        return dataclasses.replace(have, live=side)
    return dataclasses.replace(
        have, live=dataclasses.replace(side, target=change_target(side.target, verb, words[2:], value))
    )


def change_target(target: Target | None, verb: str, words: list[str], value: str) -> Target | None:
    if words in ([], ["tpgt_1"]):
        if verb == "mkdir":
            return target or Target((), (), (), False, False)
        assert target is None or not target.luns, "the kernel refuses: the target has LUNs"
        return None
    assert target is not None
    kind = words[1]
    if kind == "param":
        return dataclasses.replace(target, ours=value == "hostwright")
    if kind == "enable":
        return dataclasses.replace(target, enabled=value == "1")
    if kind == "np":
        portals = {portal: str(portal) for portal in (*target.portals, *PORTALS)}
        (portal,) = [portal for portal, text in portals.items() if text == words[2]]
        rest = [there for there in target.portals if there != portal]
        added = [portal] if verb == "mkdir" else []
        return dataclasses.replace(target, portals=tuple(sorted([*rest, *added], key=str)))
    if kind == "lun":
        return change_luns(target, verb, words)
    return change_acl(target, verb, words[2:], value) if kind == "acls" else target


def change_luns(target: Target, verb: str, words: list[str]) -> Target:
    number = int(words[2][4:])
    if verb == "symlink":
        return dataclasses.replace(
            target, luns=tuple(sorted((*target.luns, Lun(number, PATH, NAME)), key=lambda lun: lun.number))
        )
    if verb == "unlink_all":
        assert not any(acl.sees(number) for acl in target.acls), "the kernel refuses: the LUN is mapped"
        return dataclasses.replace(target, luns=tuple(lun for lun in target.luns if lun.number != number))
    return target


def change_acl(target: Target, verb: str, words: list[str], value: str) -> Target:
    acls = {acl.initiator: acl for acl in target.acls}
    acl = acls.pop(words[0], Acl(words[0]))
    if verb == "rmdir" and len(words) == 1:
        return dataclasses.replace(target, acls=tuple(acls[name] for name in sorted(acls)))
    if words[1:2] == ["auth"]:
        field = {
            "userid": "user",
            "password": "password",
            "userid_mutual": "user_in",
            "password_mutual": "password_in",
        }[words[2]]
        acl = dataclasses.replace(acl, chap=dataclasses.replace(acl.chap, **{field: "" if value == "NULL" else value}))
    elif verb == "symlink":
        pair = (int(words[1][4:]), int(value.rsplit("_", 1)[-1]))
        acl = dataclasses.replace(acl, luns=tuple(sorted({*acl.luns, pair})))
    elif verb == "unlink_all":
        acl = dataclasses.replace(acl, luns=tuple(pair for pair in acl.luns if pair[0] != int(words[1][4:])))
    acls[words[0]] = acl
    return dataclasses.replace(target, acls=tuple(acls[name] for name in sorted(acls)))


PORTALS = (Portal("0.0.0.0"), Portal("10.0.0.1"), Portal("fd00::1", 3261))


def declare(have: Bay) -> WantVolume:
    assume(healthy(have))
    return WantVolume(NAME, IQN, have.state)


def fields(have: Bay) -> dict[str, t.Any]:
    target = have.live.target if have.live else None
    return {
        "the other volume": [lun for lun in target.luns if lun.name == "other"] if target else [],
        "who sees the other volume": [acl.initiator for acl in target.acls if acl.sees(3)] if target else [],
    }


def healthy(have: Bay) -> bool:
    """States that need no repair of their own: both truths agree and the target answers."""
    target = have.live.target if have.live else None
    settled = have.live == have.saved and (target is None or target.enabled)
    served = have.live is not None and (have.live.backstore is not None) == (have.state == "present")
    left_over = target is not None and target.ours and not target.luns
    return settled and served and not left_over


BACKEND = Backend(
    resource=RESOURCE,
    haves=bays().filter(lambda have: have.store is not None or have.live == have.saved),
    wants=st.builds(
        WantVolume,
        name=st.just(NAME),
        target=st.just(IQN),
        state=st.sampled_from(["present", "present", "absent"]),
        lun=st.sampled_from([None, None, 5]),
        size=st.sampled_from([None, 64 * M, 126 * M]),
        backing=st.just(Backing("lvm", "vg0")),
        initiators=st.sampled_from([None, (), (A,), (A, B)]),
        chap=st.none() | CHAPS,
        portals=st.sampled_from([(), PORTALS[1:2], PORTALS[1:]]),
        delete_storage=st.booleans(),
    ),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda action: isinstance(action, model.Run) and action.argv[0] == "lvremove",
)
