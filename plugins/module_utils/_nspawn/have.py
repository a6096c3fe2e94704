# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of a container and around it. Private; data."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.conf import Effective, effective
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.parse import has_address


@dataclasses.dataclass(frozen=True)
class Runtime:
    """A container that runs.

    ``settings``: the .nspawn file that it was started with, None when that is not known. ``recorded``: whether this
    was written down, for the file has changed since.
    """

    pid: int
    frozen: bool = False
    started: float = 0.0
    invocation: str = ""
    settings: str | None = ""
    recorded: bool = False
    addresses: tuple[str, ...] = ()
    usage: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def values(self) -> Effective | None:
        return None if self.settings is None else effective(self.settings)

    @property
    def has_address(self) -> bool:
        return has_address(self.addresses)


@dataclasses.dataclass(frozen=True)
class Have:
    """``root``: its directory or image, empty when there is none; ``target``: where that leads when it is a link.

    ``limits``: properties of the unit, whether it runs or not; ``tuned``: some were set with systemctl set-property.
    ``half``: a run was cut off while it made the root. ``restarting``: one was, between its stop and its start.
    ``stray``: a container of this name runs, and not by its unit.
    """

    name: str
    text: str | None = None
    mode: int = 0o644
    root: str = ""
    target: str = ""
    half: bool = False
    enabled: bool = False
    limits: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    tuned: bool = False
    runtime: Runtime | None = None
    restarting: bool = False
    stray: bool = False
    controllers: frozenset[str] = frozenset()
    source_there: bool = True

    @property
    def power(self) -> str:
        if self.runtime is not None:
            return "frozen" if self.runtime.frozen else "started"
        return "stopped" if self.root else "absent"

    @property
    def values(self) -> Effective:
        return effective(self.text)
