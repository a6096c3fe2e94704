# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of a guest and around it. Private; data."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import (
    BASE,
    VM_BHYVE,
    Grammar,
    Values,
    values_of,
)
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import Rule


@dataclasses.dataclass(frozen=True)
class Runtime:
    """A guest that runs. ``text``: the file that it was started with, None when that is not known.

    ``recorded``: this module wrote that file down, for vm-bhyve does not. ``keeper``: the process that stays with it.
    """

    pid: int
    text: str | None = ""
    started: float = 0.0
    recorded: bool = False
    keeper: int = 0


@dataclasses.dataclass(frozen=True)
class Volume:
    """What a disk has as its storage; ``kind`` is file, zvol, device or folder."""

    kind: str
    size: int = 0


@dataclasses.dataclass(frozen=True)
class Others:
    """What other guests of this host have for themselves, and which of them; disks are those that they write to."""

    macs: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    taps: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    disks: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    ports: frozenset[int] = frozenset()
    orders: t.Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Boot:
    """What rc.conf says of guests at boot."""

    enabled: bool = False
    names: tuple[str, ...] = ()
    delay: str = ""


@dataclasses.dataclass(frozen=True)
class Have:
    """``text``: the file of the guest. ``folder``: where its own files are, ``dataset``: of a guest of
    vm-bhyve on ZFS. ``spare``: a run was cut off while it wrote. ``left``: what runs it was killed, and has left its
    VM in the kernel, or its interfaces.

    ``volumes``: what is there of the paths that matter. ``rules``: limits on its process. ``ppt``: devices that ppt(4)
    has, by place and name. ``wrong_scripts``: files of the service that are not as they should be.
    ``missing``: programs that this host lacks.
    """

    name: str
    engine: str = "base"
    text: str | None = None
    mode: int = 0o600
    folder: str = ""
    dataset: str = ""
    config_file: str = ""
    spare: bool = False
    left: bool = False
    runtime: Runtime | None = None
    ended: tuple[int, str] | None = None
    others: Others = dataclasses.field(default_factory=Others)
    volumes: t.Mapping[str, Volume] = dataclasses.field(default_factory=dict)
    boot: Boot = dataclasses.field(default_factory=Boot)
    rules: tuple[Rule, ...] = ()
    counting: bool = True
    ppt: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    wrong_scripts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def grammar(self) -> Grammar:
        return VM_BHYVE if self.engine == "vm-bhyve" else BASE

    @property
    def values(self) -> Values:
        return values_of(self.text, self.grammar)

    @property
    def power(self) -> str:
        if self.runtime is not None:
            return "started"
        return "stopped" if self.text is not None else "absent"

    @property
    def limits(self) -> dict[str, str]:
        """Rules on its process, by resource."""
        return {rule.resource: f"{rule.action}={rule.amount}" for rule in self.rules}
