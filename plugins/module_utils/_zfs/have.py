# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of one name, and of what surrounds it as far as a declaration needs it. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._zfs.allow import Grant
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop

# Where a file system is not mounted by ZFS itself
NO_MOUNTPOINT = ("none", "legacy", "-")


@dataclasses.dataclass(frozen=True)
class Snap:
    """A snapshot (or bookmark) by what stands behind its @; ``made`` orders them, ``busy`` are held ones or origins."""

    name: str
    made: int
    held: bool = False
    clones: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Dataset:
    """``kind`` is empty when nothing has the name. ``at`` is the name that it has now: another one before a rename."""

    name: str
    kind: str = ""
    at: str = ""
    properties: t.Mapping[str, Prop] = dataclasses.field(default_factory=dict)
    missing_parents: tuple[str, ...] = ()
    origin_kind: str = ""  # what a clone of the task's origin is; empty when there is no such snapshot
    old_too: bool = False  # both the name and the old name of a rename exist
    descendants: tuple[str, ...] = ()
    held_below: tuple[str, ...] = ()  # snapshots of descendants
    clones_below: tuple[str, ...] = ()
    snapshots: tuple[Snap, ...] = ()
    bookmarks: tuple[Snap, ...] = ()
    also: t.Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    victims: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    strangers: tuple[str, ...] = ()  # users and groups of the declaration that this host does not know
    key_fits: bool | None = None  # None: not tried
    above: t.Mapping[str, Prop] = dataclasses.field(default_factory=dict)  # the dataset above, for its key
    in_jail: bool | None = None  # whether the task's jail sees it; None: no such jail runs
    altroot: str = ""

    def value(self, name: str) -> str:
        prop = self.properties.get(name)
        return prop.value if prop else "-"

    @property
    def attached(self) -> bool:
        """A jail also sees the datasets above those that it was given; they are not jailed."""
        return bool(self.in_jail) and self.value("jailed") == "on"

    @property
    def in_zone(self) -> bool:
        """It is for a jail or zone to mount, and no longer for the host."""
        return "on" in (self.value("jailed"), self.value("zoned"))

    @property
    def mounted(self) -> bool:
        return self.value("mounted") == "yes"

    @property
    def locked(self) -> bool:
        """Encrypted, and its key is not loaded."""
        return self.value("keystatus") == "unavailable"

    @property
    def own_key(self) -> bool:
        return self.value("encryptionroot") == self.at

    def with_properties(self, **values: str) -> Dataset:
        """The same with other values of properties that tell (mounted, keystatus, ...)."""
        return self.with_props({name: Prop(value, "-") for name, value in values.items()})

    def with_props(self, props: t.Mapping[str, Prop]) -> Dataset:
        return dataclasses.replace(self, properties={**self.properties, **props})

    def snapshot(self, name: str) -> Snap | None:
        return next((snap for snap in self.snapshots if snap.name == name), None)
