# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declaration of a dataset, a snapshot or a bookmark. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.allow import Grant


@dataclasses.dataclass(frozen=True)
class WantSnapshot:
    """One snapshot to be made, or some to be kept, or both. ``also``: datasets of which it is taken at once."""

    name: str | None = None
    recursive: bool = False
    also: tuple[str, ...] = ()
    prefix: str = ""
    keep: int | None = None


@dataclasses.dataclass(frozen=True)
class WantDataset:
    """``properties`` are spelled as arguments of zfs. None is not managed. ``made_too``: what the same task makes."""

    name: str
    state: str = "present"
    type: str | None = None
    properties: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    inherited: tuple[str, ...] = ()
    local: bool = False
    volsize: int | None = None
    sparse: bool = False
    origin: str | None = None
    promoted: bool = False
    renamed_from: str | None = None
    create_parents: bool = True
    mounted: bool | None = None
    key: str | None = None
    old_key: str | None = None
    key_state: str | None = None
    inherit_key: bool = False
    jail: str | None = None
    jail_state: str = "attached"
    rollback_to: str | None = None
    snapshots: tuple[WantSnapshot, ...] = ()
    holds: tuple[str, ...] | None = None
    purge_holds: bool = False
    delegations: tuple[Grant, ...] | None = None
    purge_delegations: bool = False
    force: bool = False
    switches: frozenset[str] = frozenset()
    made_too: frozenset[str] = frozenset()

    @property
    def restart_policy(self) -> RestartPolicy:
        """Nothing waits for a restart; only what may be made anew is."""
        return "if_needed" if "recreate" in self.switches else "never"

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(key for key in (self.key, self.old_key) if key)

    @property
    def needs_tree(self) -> bool:
        """Whether snapshots and descendants matter."""
        return self.destroys or self.rollback_to is not None or bool(self.snapshots)

    @property
    def destroys(self) -> bool:
        """Whether it may come to the end of what is there."""
        return self.state == "absent" or "recreate" in self.switches
