# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two trees of datasets, side by side. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop


@dataclasses.dataclass(frozen=True)
class Mark:
    """A snapshot or bookmark by what stands behind its @ or #. Its copies have its ``guid``; ``made`` orders them."""

    name: str
    guid: str
    made: int
    written: int = 0  # since the snapshot before it
    busy: bool = False  # held, or the origin of a clone
    is_bookmark: bool = False

    @property
    def short(self) -> str:
        return ("#" if self.is_bookmark else "@") + self.name


@dataclasses.dataclass(frozen=True)
class Node:
    """One dataset. ``token``: a receive was interrupted, and can be resumed with it."""

    kind: str
    snapshots: tuple[Mark, ...] = ()
    bookmarks: tuple[Mark, ...] = ()
    written: int = 0  # since its last snapshot
    referenced: int = 0
    token: str = ""
    properties: t.Mapping[str, Prop] = dataclasses.field(default_factory=dict)

    def snapshot(self, name: str) -> Mark | None:
        return next((mark for mark in self.snapshots if mark.name == name), None)

    def by_guid(self, guid: str) -> Mark | None:
        return next((mark for mark in self.snapshots if mark.guid == guid), None)


@dataclasses.dataclass(frozen=True)
class Partial:
    """What a token stands for: the snapshot that comes of it and the bytes that are left."""

    snapshot: str
    size: int | None


Tree = t.Mapping[str, Node]


@dataclasses.dataclass(frozen=True)
class Have:
    """Datasets by their place in the tree: empty for its root, else with a slash in front.

    ``partials``: those tokens of the target that the source still has the data for. ``sizes``: bytes of what would be
    sent, by the snapshot that it ends with.
    """

    source_root: str
    target_root: str
    source: Tree
    target: Tree
    has_parent: bool = True
    partials: t.Mapping[str, Partial] = dataclasses.field(default_factory=dict)
    sizes: t.Mapping[str, int] = dataclasses.field(default_factory=dict)

    def with_source(self, inside: str, node: Node) -> Have:
        return dataclasses.replace(self, source={**self.source, inside: node})

    def with_target(self, inside: str, node: Node | None) -> Have:
        rest = {key: there for key, there in self.target.items() if key != inside}
        return dataclasses.replace(self, target=rest if node is None else {**rest, inside: node})

    def common(self, inside: str) -> Mark | None:
        """The newest snapshot that both ends have."""
        source, target = self.source.get(inside), self.target.get(inside)
        if source is None or target is None:
            return None
        both = [mark for mark in source.snapshots if target.by_guid(mark.guid)]
        return both[-1] if both else None
