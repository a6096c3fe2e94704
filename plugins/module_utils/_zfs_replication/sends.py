# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which snapshots go over, and from what. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import words
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Mark, Node
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.want import WantReplication

# What a volume does not have; zfs receive -o of it fails for a volume
_OF_FILESYSTEMS = words(
    """aclinherit aclmode acltype atime canmount defaultgroupobjquota defaultgroupquota defaultprojectobjquota
    defaultprojectquota defaultuserobjquota defaultuserquota devices dnodesize exec filesystem_limit jailed longname
    mountpoint nbmand overlay quota recordsize refquota relatime setuid sharenfs sharesmb snapdir special_small_blocks
    version vscan xattr zoned"""
)


@dataclasses.dataclass(frozen=True)
class Send:
    """One stream: ``marks`` arrive, the last of them is what it ends with. Without a base it makes the dataset."""

    inside: str
    base: Mark | None
    marks: tuple[Mark, ...]

    @property
    def last(self) -> Mark:
        return self.marks[-1]

    @property
    def key(self) -> str:
        """For the sizes; a snapshot is sent at most once."""
        return f"{self.inside}@{self.last.name}"

    def argv(self, want: WantReplication, *dry: str) -> tuple[str, ...]:
        # -w is the same as -Lec for what is not encrypted.
        flags = ["-w" if want.raw else "-Lec", *(["-p"] if want.send_properties else [])]
        since: list[str] = []
        if self.base is not None:
            since = ["-I" if len(self.marks) > 1 else "-i", self.base.short]
        return ("zfs", "send", *dry, *flags, *since, f"{want.source.name(self.inside)}@{self.last.name}")


def receive(want: WantReplication, inside: str, kind: str, fresh: bool) -> tuple[str, ...]:
    """-s keeps what has arrived when the stream breaks; -u leaves mounting to the administrator."""
    given = properties_of(want, kind) if fresh else {}
    options = [word for key, value in sorted(given.items()) for word in ("-o", f"{key}={value}")]
    return ("zfs", "receive", "-s", "-u", *options, want.target.name(inside))


def properties_of(want: WantReplication, kind: str) -> dict[str, str]:
    """Those of the task that such a dataset has."""
    return {
        key: value
        for key, value in want.properties.items()
        if kind != "volume" or not (key in _OF_FILESYSTEMS or "@" in key)
    }


def series(marks: t.Iterable[Mark], prefix: str) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.name.startswith(prefix))


def find_base(source: Node, target: Node) -> Mark | None:
    """The newest that the source still knows, as snapshot or bookmark, and the target has as snapshot."""
    known = [mark for mark in (*source.bookmarks, *source.snapshots) if target.by_guid(mark.guid)]
    return max(known, key=lambda mark: (mark.made, not mark.is_bookmark), default=None)


def plan_sends(inside: str, source: Node, base: Mark | None, want: WantReplication) -> tuple[Send, ...]:
    """Every snapshot of the series after the base, but no more than the target would keep.

    Neighbours go in one stream. zfs sends all snapshots in between as well, so a stranger between two of them parts
    the streams, and from a bookmark it sends only one.
    """
    marks = [mark for mark in series(source.snapshots, want.prefix) if base is None or mark.made > base.made]
    if want.target_keep is not None:
        marks = marks[-want.target_keep :]
    sends: list[Send] = []
    while marks:
        length = 1
        if base is not None and not base.is_bookmark:
            length = _neighbours(source, base, marks)
        sends.append(Send(inside, base, tuple(marks[:length])))
        base, marks = marks[length - 1], marks[length:]
    return tuple(sends)


def _neighbours(source: Node, base: Mark, marks: t.Sequence[Mark]) -> int:
    """How many of the marks follow the base without another snapshot in between; at least the one that is next."""
    after = [mark for mark in source.snapshots if mark.made > base.made]
    same = 0
    while same < len(marks) and after[same] == marks[same]:
        same += 1
    return max(same, 1)
