# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of a container and around it. Private; data."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import Cgroups
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Effective, Includes, effective
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import Room


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """Another container below the same path."""

    name: str
    idmap: tuple[str, ...] = ()
    macs: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """``name`` is LXC's own, such as snap0; the user knows it by its ``comment``."""

    name: str
    comment: str = ""
    taken: str = ""

    @property
    def number(self) -> int:
        return int(self.name[4:]) if self.name[4:].isdigit() else 0

    @property
    def note(self) -> str:
        """What is written down when a container was set back to it; LXC gives a name again."""
        return f"{self.name} {self.taken}\n"


@dataclasses.dataclass(frozen=True)
class Interface:
    """One interface inside a running container."""

    name: str
    mac: str = ""
    mtu: int = 0
    addresses: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Around:
    """The host: only what the declaration needs was read."""

    cgroups: Cgroups = dataclasses.field(default_factory=Cgroups)
    subuid: str = ""
    subgid: str = ""
    user: str = "root"
    neighbours: tuple[Neighbour, ...] = ()
    devices: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    default_config: str = ""
    lxcfs: bool = False
    ovs_links: frozenset[str] = frozenset()
    template_text: str = ""


@dataclasses.dataclass(frozen=True)
class Runtime:
    """A container that runs.

    ``limits``: files of its cgroups by key of lxc.conf. ``started_with``: keys of what runs, ``filed``: the same keys
    of the file, both as LXC itself prints them; keys that could not be asked for are in neither.
    """

    pid: int
    frozen: bool = False
    started: float = 0.0
    limits: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    started_with: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    filed: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    interfaces: tuple[Interface, ...] = ()
    devices: frozenset[str] = frozenset()
    has_address: bool = False


@dataclasses.dataclass(frozen=True)
class Have:
    """``text`` is the container's own file, None when there is no container.

    ``clones``: others share its files. ``restarting``: a run was cut off between its stop and its start. ``room``: of
    its root. ``rolled_back``: the snapshot that its files are as.
    """

    name: str
    path: str
    text: str | None = None
    includes: Includes = dataclasses.field(default_factory=dict)
    runtime: Runtime | None = None
    snapshots: tuple[Snapshot, ...] = ()
    clones: bool = False
    room: Room | None = None
    rolled_back: str | None = None
    restarting: bool = False
    around: Around = dataclasses.field(default_factory=Around)

    @property
    def power(self) -> str:
        if self.runtime is not None:
            return "frozen" if self.runtime.frozen else "started"
        return "absent" if self.text is None else "stopped"

    @property
    def values(self) -> Effective:
        return effective(self.text, self.includes, f"{self.path}/{self.name}/config")
