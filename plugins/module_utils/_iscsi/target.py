# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume on the bay, whatever serves it: the state, and how a declaration changes it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.storage import Room, Store, sized
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import NO_CHAP, Chap, WantVolume

ROOM = Room(True)
EVERYWHERE = (Portal("0.0.0.0"),)


@dataclasses.dataclass(frozen=True)
class Acl:
    """What one initiator may reach: pairs of (number it sees, LUN of the target), and how both prove who they are."""

    initiator: str
    luns: tuple[tuple[int, int], ...] = ()
    chap: Chap = NO_CHAP

    def sees(self, lun: int) -> bool:
        return any(number == lun for _seen, number in self.luns)


@dataclasses.dataclass(frozen=True)
class Lun:
    """One LUN of a target: ``name`` is the volume's, when the server knows one."""

    number: int
    path: str
    name: str = ""


@dataclasses.dataclass(frozen=True)
class Target:
    """One target. ``ours``: made by this module, and removed by it with its last volume."""

    luns: tuple[Lun, ...] = ()
    portals: tuple[Portal, ...] = EVERYWHERE
    acls: tuple[Acl, ...] = ()
    ours: bool = True
    enabled: bool = True


@dataclasses.dataclass(frozen=True)
class Backstore:
    """What the server opens for the volume; ``size`` only where the server keeps one (0: it follows the device)."""

    path: str
    size: int = 0
    slot: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True)
class Side:
    """One truth of a volume: what runs, or what the server's file says."""

    target: Target | None = None
    backstore: Backstore | None = None


@dataclasses.dataclass(frozen=True)
class Bay:
    """All that is known of one volume on the bay. ``path`` is where its data is, or would be made.

    ``strangers``: objects of others that the server's file has and that do not run. ``first``: lowest usable LUN.
    ``folder``: where the server keeps its file.
    ``listens``: portals belong to the target; ``accounts``: CHAP users of the server's other targets.
    ``masked``: every initiator has LUNs of its own; else access is a matter of the whole target.
    """

    name: str
    iqn: str
    provider: str
    live: Side | None
    saved: Side
    path: str = ""
    store: Store | None = None
    room: Room = ROOM
    spare: str = ""
    strangers: tuple[str, ...] = ()
    first: int = 0
    masked: bool = True
    loaded: bool = True
    listens: bool = True
    folder: str = ""
    accounts: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[Side, ...]:
        return (self.saved,) if self.live is None else (self.live, self.saved)

    @property
    def running(self) -> Side:
        """The live truth, or the file's where nothing live can be seen."""
        return self.saved if self.live is None else self.live

    def lun_in(self, side: Side) -> Lun | None:
        for lun in side.target.luns if side.target else ():
            if lun.name == self.name or (not lun.name and lun.path == self.path):
                return lun
        return None

    def acls_in(self, side: Side) -> tuple[Acl, ...]:
        """Who may reach the volume."""
        lun = self.lun_in(side)
        if side.target is None or lun is None:
            return ()
        return tuple(acl for acl in side.target.acls if not self.masked or acl.sees(lun.number))

    def view(self, side: Side) -> tuple[Lun | None, str, tuple[Acl, ...], bool]:
        """What a side says of this volume."""
        path = side.backstore.path if side.backstore else ""
        return (self.lun_in(side), path, self.acls_in(side), side.target is not None and side.target.enabled)

    @property
    def lun(self) -> int | None:
        found = [lun.number for lun in map(self.lun_in, self.sides) if lun is not None]
        return found[0] if found else None

    @property
    def state(self) -> str:
        return "present" if self.lun_in(self.running) is not None else "absent"


def goal_of(have: Bay, want: WantVolume) -> Bay:
    """The state after the change; raises Problem for what is refused."""
    if want.state == "absent":
        store = None if want.delete_storage else have.store
        return _both(have, store, lambda side: _without_volume(have, side))
    if want.chap is not None and want.chap != NO_CHAP and want.initiators == ():
        raise Problem(f"{want.name}: CHAP is of no use with an empty list of initiators")
    _check_path(have, want)
    store = sized(have.store, want, have.path, have.room)
    number = choose_lun(have, want)
    return _both(have, store, lambda side: _with_volume(have, side, want, number, store))


def served_size(have: Bay, live: bool, store: Store) -> int:
    """What the server says of the size where it keeps one of its own: LIO of files, tgt of all in whole megabytes.

    The kernel's target layer of FreeBSD keeps the size that was when ctld last read its file.
    """
    if have.provider == "lio":
        return store.size if store.type == "file" else 0
    if not live:
        return 0
    return (store.size + 500_000) // 1_000_000 if have.provider == "tgt" else store.size


def _both(have: Bay, store: Store | None, change: t.Callable[[Side], Side]) -> Bay:
    live = None if have.live is None else change(have.live)
    saved = change(have.saved)
    changed = (live, saved) != (have.live, have.saved)
    if have.provider == "lio" and live is not None and (changed or have.view(live) != have.view(saved)):
        saved = live  # LIO saves all that runs, not what changed
    return dataclasses.replace(have, store=store, live=live, saved=saved, loaded=have.loaded or live != have.live)


def _check_path(have: Bay, want: WantVolume) -> None:
    for side in have.sides:
        if side.backstore is not None and side.backstore.path != have.path:
            raise Problem(
                f"{want.name}: is exported from {side.backstore.path} and not from {have.path}: make it absent first, "
                "or declare the backing that it has"
            )


def choose_lun(have: Bay, want: WantVolume) -> int:
    """The number it has, the declared one, or the lowest that is free in both truths."""
    taken = {lun.number: lun for side in have.sides if side.target for lun in side.target.luns}
    if have.lun is not None:
        if want.lun not in (None, have.lun):
            raise Problem(
                f"{want.name}: is LUN {have.lun} of {want.target}, not {want.lun}; a number is never changed under "
                "initiators that use it: declare it, or make the volume absent first"
            )
        return have.lun
    if want.lun is None:
        return min(number for number in range(have.first, have.first + len(taken) + 1) if number not in taken)
    if want.lun < have.first:
        raise Problem(f"{want.name}: {have.provider} keeps LUN 0 for itself: take 1 or more")
    if want.lun in taken:
        other = taken[want.lun]
        raise Problem(
            f"{want.name}: LUN {want.lun} of {want.target} is {other.name or other.path}: take another number"
        )
    return want.lun


def missing_portals(target: Target, want: WantVolume) -> tuple[Portal, ...]:
    """Declared portals at which the target does not listen; one on all addresses covers the rest of its family."""

    def covered(portal: Portal) -> bool:
        return any(
            portal == there
            or (there.wildcard and there.port == portal.port and (there.address == "::" or ":" not in portal.address))
            for there in target.portals
        )

    return tuple(portal for portal in want.portals if not covered(portal))


def _with_volume(have: Bay, side: Side, want: WantVolume, number: int, store: Store) -> Side:
    live = side is have.live
    target = side.target or Target(portals=(want.portals or EVERYWHERE) if have.listens else ())
    if live and have.saved.target is not None and not (side.target and side.target.enabled):
        target = _restored(have, side.target)
        secret = any(acl.chap.password or acl.chap.password_in for acl in target.acls)
        if want.chap is None and secret and have.provider != "ctld":  # which reads its file itself
            raise Problem(
                f"{want.name}: {want.target} does not run, and its saved configuration has CHAP secrets: start the "
                "service that restores it, or declare node_user and node_pass"
            )
    side = dataclasses.replace(side, target=target)
    more = missing_portals(target, want) if have.listens else ()
    lun = have.lun_in(side)
    luns = target.luns if lun is not None else (*target.luns, Lun(number, store.path, want.name))
    target = dataclasses.replace(
        target,
        luns=tuple(sorted(luns, key=lambda lun: lun.number)),
        portals=tuple(sorted((*target.portals, *more), key=str)),
        enabled=True,
    )
    target = dataclasses.replace(
        target, acls=_acls_with(target, want, number) if have.masked else _acls_for_all(have, target, want)
    )
    slot = side.backstore.slot if side.backstore else have.spare
    return Side(target, Backstore(store.path, served_size(have, live, store), slot))


def _restored(have: Bay, live: Target | None) -> Target:
    """What was exported before a boot that did not restore it; or not whole: a run that enables it last had stopped.

    Then what others have in the file is left to whoever restores it.
    """
    saved, lun = have.saved.target, have.lun_in(have.saved)
    if live is None or saved is None or lun is None:
        return live or saved or Target()
    there = {acl.initiator: acl for acl in live.acls}
    for acl in saved.acls:
        mine = {pair for pair in acl.luns if pair[1] == lun.number}
        if mine:
            now = there.get(acl.initiator, dataclasses.replace(acl, luns=()))
            there[acl.initiator] = dataclasses.replace(now, luns=tuple(sorted(mine | {*now.luns})))
    portals = (*live.portals, *(portal for portal in saved.portals if portal not in live.portals))
    return dataclasses.replace(live, portals=portals, acls=tuple(there.values()))


def _acls_with(target: Target, want: WantVolume, number: int) -> tuple[Acl, ...]:
    """Access per initiator and LUN. Other volumes' mappings stay; an initiator that sees nothing any more goes."""
    acls = {acl.initiator: acl for acl in target.acls}
    allowed = want.initiators
    if allowed is None:
        allowed = tuple(acl.initiator for acl in target.acls if acl.sees(number))
    for initiator, acl in list(acls.items()):
        if acl.sees(number) and initiator not in allowed:
            acls.pop(initiator)
            rest = tuple(pair for pair in acl.luns if pair[1] != number)
            if rest:
                acls[initiator] = dataclasses.replace(acl, luns=rest)
    for initiator in allowed:
        acl = acls.get(initiator, Acl(initiator))
        if not acl.sees(number):
            if any(seen == number for seen, _lun in acl.luns):
                raise Problem(
                    f"{want.name}: {initiator} sees another LUN of {want.target} as number {number}: unmap that first"
                )
            acl = dataclasses.replace(acl, luns=tuple(sorted((*acl.luns, (number, number)))))
        acls[initiator] = acl if want.chap is None else dataclasses.replace(acl, chap=want.chap)
    return tuple(acls[initiator] for initiator in sorted(acls))


def _acls_for_all(have: Bay, target: Target, want: WantVolume) -> tuple[Acl, ...]:
    """Access to a whole target: other volumes in it must not get other initiators by the way."""
    chap = want.chap if want.chap is not None else target.acls[0].chap if target.acls else NO_CHAP
    allowed = tuple(acl.initiator for acl in target.acls) if want.initiators is None else want.initiators
    acls = tuple(Acl(initiator, (), chap) for initiator in sorted(allowed))
    others = [lun.name or lun.path for lun in target.luns if lun.name != want.name and lun.path != have.path]
    if others and acls != target.acls and not want.force:
        raise Problem(
            f"{want.name}: {have.provider} gives access to a target as a whole, and {want.target} also has "
            f"{', '.join(others)}: force: true changes it for them all, and each is declared so; or give the volume a "
            "target of its own"
        )
    return acls


def _without_volume(have: Bay, side: Side) -> Side:
    target, lun = side.target, have.lun_in(side)
    if target is None or lun is None:
        # what is left of an earlier, interrupted removal
        empty = target is not None and target.ours and not target.luns
        return Side(None if empty else target, None)
    acls = []
    for acl in target.acls:
        rest = tuple(pair for pair in acl.luns if pair[1] != lun.number)
        if rest or not acl.sees(lun.number):
            acls.append(dataclasses.replace(acl, luns=rest))
    luns = tuple(other for other in target.luns if other != lun)
    if not luns and target.ours:
        return Side(None, None)
    return Side(dataclasses.replace(target, luns=luns, acls=tuple(acls)), None)
