# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume on an initiator: node records, sessions, disks, the link, and what uses it. Data only."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.names import Portal
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.udev import pinned_lun
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import WantVolume

# Product names of servers that were told none.
UNNAMED = {"IET": "VIRTUAL-DISK", "FREEBSD": "CTLDISK"}


@dataclasses.dataclass(frozen=True)
class Record:
    """What the node database says of one portal of the target; ``path`` is the record's file."""

    portal: Portal
    path: str = ""
    values: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)

    def get(self, key: str) -> str:
        return dict(self.values).get(key, "")


@dataclasses.dataclass(frozen=True)
class Disk:
    """A LUN that the kernel shows; ``map`` and ``map_size`` are of the multipath device on it."""

    name: str
    lun: int
    size: int
    model: str = ""
    vendor: str = ""
    wwid: str = ""
    map: str = ""
    map_name: str = ""
    map_uuid: str = ""
    map_size: int = 0

    @property
    def named(self) -> bool:
        """Whether the product name tells the volume: with LIO always, with tgt and ctld unless it is the default."""
        return self.vendor == "LIO-ORG" or UNNAMED.get(self.vendor, self.model) != self.model


@dataclasses.dataclass(frozen=True)
class Session:
    """A session with the target through one portal. ``values`` are the settings that the kernel shows."""

    sid: int
    portal: Portal
    state: str = "LOGGED_IN"
    values: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)
    disks: tuple[Disk, ...] = ()


@dataclasses.dataclass(frozen=True)
class Attachment:
    """All that is known of one volume on this host.

    ``rule`` is the text of its udev rule, ``link`` the device that /dev/iscsi_NAME leads to. ``others``: volumes of
    the same target that are attached here too, and ``claimed`` their LUNs. ``uses``: (disk, what uses it), for every
    disk of the target.
    """

    name: str
    iqn: str
    records: tuple[Record, ...] = ()
    sessions: tuple[Session, ...] = ()
    offered: tuple[Portal, ...] = ()
    rule: str | None = None
    link: str = ""
    others: tuple[str, ...] = ()
    claimed: tuple[int, ...] = ()
    uses: tuple[tuple[str, str], ...] = ()
    initiator: str = ""
    multipathd: bool = False

    @property
    def state(self) -> str:
        if self.rule is None and not self.link and (self.others or not (self.sessions or self.records)):
            return "detached"
        return "attached" if self.rule is not None and self.link and self.sessions else "partly attached"

    def session(self, portal: Portal) -> Session | None:
        for session in self.sessions:
            if session.portal == portal:
                return session
        return None

    def record(self, portal: Portal) -> Record | None:
        for record in self.records:
            if record.portal == portal:
                return record
        return None


def portals_of(have: Attachment, want: WantVolume) -> tuple[Portal, ...]:
    """The declared portals and, with ``discover``, all that are known: by records, or else by the bay's own word."""
    known = tuple(record.portal for record in have.records) or have.offered
    more = known if want.discover or want.state == "detached" else ()
    return (*want.portals, *(portal for portal in more if portal not in want.portals))


def choose_disk(
    session: Session, want: WantVolume, pinned: int | None = None, claimed: tuple[int, ...] = ()
) -> Disk | None:
    """The LUN by its number; else by its product name, which is the volume's; else as before; else the only one.

    A LUN that belongs to another volume, by its product name or that one's udev rule, is never the only one.
    """
    if want.lun is not None:
        return next((disk for disk in session.disks if disk.lun == want.lun), None)
    by_name = [disk for disk in session.disks if disk.model and disk.model == want.name[:16]]
    if len(by_name) == 1:
        return by_name[0]
    for disk in session.disks:
        if pinned is not None and disk.lun == pinned:
            return disk
    if pinned is not None or want.state == "detached":  # what is taken away must be known for certain
        return None
    free = [disk for disk in session.disks if not disk.named and disk.lun not in claimed]
    if len(free) > 1:
        seen = ", ".join(f"{disk.lun} ({disk.model or 'no name'})" for disk in session.disks)
        raise Problem(f"{want.name}: {want.target} has several LUNs, {seen}; say which one: give lun")
    return free[0] if free else None


def disks_of(have: Attachment, want: WantVolume) -> dict[Portal, Disk]:
    """The volume's disk of every session that has one."""
    found = {}
    for session in have.sessions:
        disk = choose_disk(session, want, pinned_lun(have.rule), have.claimed)
        if disk is not None:
            found[session.portal] = disk
    return found
