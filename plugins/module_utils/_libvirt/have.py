# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is of a guest, and around it. Private; data."""

from __future__ import annotations

import dataclasses
import typing as t

STORAGE_NOTES = "/var/lib/hostwright/libvirt"
MARKERS = "/run/hostwright/libvirt"


@dataclasses.dataclass(frozen=True)
class Found:
    """An image as its header says; ``size`` is what a guest sees, in bytes."""

    format: str
    size: int
    backing: str = ""


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """Another guest of the same driver, running or not."""

    name: str
    macs: frozenset[str] = frozenset()
    disks: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Have:
    """One guest.

    * ``text``: the definition for its next start, ``kept`` when libvirt keeps it after the guest has ended.
    * ``live``: the definition of what runs or is saved.
    * ``fresh``: it was started since this task began.
    * ``restarting``: a restart by this module was cut off.
    * ``images``: declared images that exist, by their place; ``capacities``: what a running guest sees, by vdev.
    * ``leftover``: storage that a removal by this module has still to delete.
    * ``nesting``: the name of the CPU feature by which this host runs guests in guests.
    """

    name: str
    text: str | None = None
    kept: bool = False
    live: str | None = None
    power: str = "absent"
    autostart: bool = False
    snapshots: bool = False
    fresh: bool = False
    restarting: bool = False
    images: t.Mapping[str, Found] = dataclasses.field(default_factory=dict)
    capacities: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    seed: str | None = None
    leftover: tuple[str, ...] | None = None
    neighbours: tuple[Neighbour, ...] = ()
    nesting: str = ""
    kvm: bool = False

    @property
    def is_up(self) -> bool:
        return self.power not in ("absent", "stopped", "saved")


def restart_marker(name: str) -> str:
    """The file that remembers, until this host reboots, that a guest is between its stop and its start."""
    return f"{MARKERS}/restart-{name}"


def storage_note(name: str) -> str:
    """The file that remembers which storage goes with a guest whose definition may be gone already."""
    return f"{STORAGE_NOTES}/{name}.storage"
