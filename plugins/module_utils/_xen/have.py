# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is of a guest on this host, and around it. Private; data."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._xen.mark import read_mark
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Processors, Settings, read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import Document, parse

AUTO = "/etc/xen/auto"
MARKERS = "/run/hostwright/xen"
MOVES = "/var/lib/hostwright/xen"
# The names that `xl migrate` gives: to the copy that waits on the target, and to the one that it leaves on the source
INCOMING, GONE = "--incoming", "--migratedaway"


@dataclasses.dataclass(frozen=True)
class Runtime:
    """A domain that exists in the hypervisor.

    * ``name``: its name now, the former one while it is being renamed.
    * ``flags``: the six letters of ``xl list``.
    * ``token``: differs from start to start, also over reboots of the host.
    * ``settings``: None while xl builds it.
    * ``pins``: the CPUs of each vcpu, None when nobody asked.
    * ``started``: seconds since the epoch, None when nobody asked.
    * ``updated``: the configuration that xl will use when the guest reboots by itself, if it was given one.
    """

    name: str
    domid: int
    uuid: str = ""
    flags: str = "-b----"
    token: str = ""
    settings: Settings | None = None
    scheduler: str = "credit2"
    pins: tuple[str, ...] | None = None
    started: float | None = None
    updated: str | None = None

    @property
    def paused(self) -> bool:
        return self.flags[2] == "p" and not self.shut_down

    @property
    def shut_down(self) -> bool:
        return self.flags[3] == "s"

    @property
    def crashed(self) -> bool:
        return self.flags[4] == "c"

    @property
    def suspended(self) -> bool:
        """Frozen in order to be saved or sent away; what did that is under way, or broke off."""
        return self.shut_down and self.flags[4] == "s"


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """Another guest of this host, running or only configured."""

    name: str
    running: bool
    macs: frozenset[str] = frozenset()
    disks: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Peer:
    """Another Dom0 that was asked; ``problem`` says why it could not answer, ``node`` is what it calls itself."""

    destination: str
    problem: str | None = None
    node: str = ""
    guests: tuple[tuple[str, str], ...] = ()
    disks: tuple[tuple[str, str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Thing:
    """What is behind a path, so that two hosts can compare it: ``identity`` is the same wherever the same is seen."""

    kind: str
    size: int = 0
    identity: str = ""


@dataclasses.dataclass(frozen=True)
class Site:
    """What a Dom0 has to offer to a guest that moves: the keys of ``xl info``, things by path, names of bridges."""

    info: tuple[tuple[str, str], ...] = ()
    things: tuple[tuple[str, Thing], ...] = ()
    bridges: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Target:
    """The host that a guest moves to, as it is now.

    ``guest``: the guest there, by its own name. ``incoming``: a copy of it waits there, and never ran. ``save``: its
    saved memory is there, ``ready``, ``used`` (a restore of it began) or ``part`` (only a part of it arrived). ``text``
    and ``links`` are its definition.
    """

    destination: str
    node: str
    guest: Runtime | None = None
    incoming: bool = False
    text: str | None = None
    links: tuple[str, ...] = ()
    save: str | None = None
    site: Site = Site()


@dataclasses.dataclass(frozen=True)
class Move:
    """What the source remembers of a move that began: where to, what starts the guest at boot, whether it ran."""

    to: str
    node: str
    links: tuple[str, ...] = ()
    ran: bool = False


@dataclasses.dataclass(frozen=True)
class Around:
    """What may stand against a start: the rest of the host, and other hosts. ``real`` resolves links of paths."""

    node: str = ""
    neighbours: tuple[Neighbour, ...] = ()
    missing: frozenset[str] = frozenset()
    real: tuple[tuple[str, str], ...] = ()
    processors: Processors | None = None
    peers: tuple[Peer, ...] = ()
    unreadable: tuple[str, ...] = ()
    site: Site = Site()

    def resolve(self, path: str) -> str:
        return dict(self.real).get(path, path)


@dataclasses.dataclass(frozen=True)
class Former:
    """Files under the name that the guest had before."""

    name: str
    path: str
    text: str
    links: tuple[str, ...] = ()
    saved: bool = False


@dataclasses.dataclass(frozen=True)
class Have:
    """One guest. ``text`` is its configuration file, ``saved`` what its save file holds, ``links`` start it at boot.

    ``move`` is a move to another host that is not complete; ``gone`` the copy that xl left behind for it, ``packed``
    what memory that shall be sent holds, ``busy`` whether xl is sending or saving the guest right now.
    """

    name: str
    path: str
    save_file: str = ""
    text: str | None = None
    runtime: Runtime | None = None
    saved: Settings | None = None
    links: tuple[str, ...] = ()
    former: Former | None = None
    restarting: bool = False
    save_folder: bool = True
    grown: tuple[tuple[str, int, int], ...] = ()
    around: Around = Around()
    move: Move | None = None
    gone: Runtime | None = None
    packed: Settings | None = None
    busy: bool = False
    target: Target | None = None

    @property
    def document(self) -> Document:
        return parse(self.text or "", self.path)

    @property
    def settings(self) -> Settings | None:
        return None if self.text is None else read_settings(self.document)

    @property
    def mark(self) -> dict[str, t.Any]:
        return read_mark(self.text, self.path)

    @property
    def power(self) -> str:
        """In the words of the option ``state``, and a few for what cannot be asked for."""
        run = self.runtime
        if run is None:
            return "saved" if self.saved is not None else "absent" if self.text is None else "stopped"
        if run.crashed:
            return "crashed"
        if run.suspended:
            return "suspended"
        if run.shut_down:
            return "rebooting" if run.flags[4] == "r" else "shutdown"
        if run.settings is None:
            return "building"
        return "paused" if run.paused else "started"


def restart_marker(name: str) -> str:
    """A file that says: this guest was stopped in order to be started again. It is gone after a boot of the host."""
    return f"{MARKERS}/{name}.restart"


def move_file(name: str) -> str:
    return f"{MOVES}/{name}.move"


def packed_file(name: str) -> str:
    """The memory of a guest that moves cold. Not where Debian's xendomains would restore it by itself."""
    return f"{MOVES}/{name}.save"


def same_host(one: str, other: str) -> bool:
    """Whether two names of hosts are one host, with or without its domain."""
    return one.split(".", maxsplit=1)[0] == other.split(".", maxsplit=1)[0]
