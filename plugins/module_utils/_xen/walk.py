# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a move and, after each of them, the state: plan and prediction are one walk. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Action,
    Call,
    Problem,
    Remove,
    Run,
    Step,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import (
    GONE,
    Have,
    Target,
    packed_file,
    same_host,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu


@dataclasses.dataclass
class Walk:
    """A state here and on the target, and the steps that led to it."""

    here: Have
    there: Target
    steps: list[Step] = dataclasses.field(default_factory=list)

    def do(self, action: Action, summary: str, switch: str | None = None, **after: t.Any) -> None:
        self.steps.append(Step(action, summary, switch=switch))
        self.here = dataclasses.replace(self.here, **after)

    def tell(self, method: str, args: tuple[str, ...], summary: str, switch: str | None = None, **after: t.Any) -> None:
        """A step on the target; ``after`` is what changes there."""
        self.steps.append(Step(Call("dom0", method, (self.there.destination, *args)), summary, switch=switch))
        self.there = dataclasses.replace(self.there, **after)

    @property
    def have(self) -> Have:
        return dataclasses.replace(self.here, target=self.there)


def moves_away(have: Have, want: WantDomu) -> bool:
    """Whether this task is about a place that is not here."""
    return (
        want.migration is not None
        and want.host is not None
        and want.state != "absent"
        and not same_host(want.host, have.around.node)
    )


def start_walk(have: Have, want: WantDomu) -> Walk:
    """With the target, or with what the peers say instead of being it."""
    if have.target is not None:
        return Walk(have, have.target)
    told = [f"{peer.destination} {peer.problem or 'is ' + peer.node}" for peer in have.around.peers]
    node = want.host if moves_away(have, want) or have.move is None else have.move.node
    raise Problem(f"{want.name}: no peer is the host {node}: {'; '.join(told)}")


def clear_up(walk: Walk, want: WantDomu) -> None:
    """What a transfer that broke off left behind: afterwards the guest exists once, or not at all."""
    if walk.here.busy:
        raise Problem(f"{want.name}: xl is sending or saving it right now: run the task again when that has ended")
    if walk.there.save == "part":
        packed, node = packed_file(want.name), walk.there.node
        walk.tell("drop_save", (packed,), f"remove the part of its memory that arrived on {node}", save=None)
    if walk.there.guest is not None:
        _end_copies(walk, want.name)
        drop_memory(walk, want.name)
        return
    if walk.there.incoming:
        _end_incoming(walk, want.name)
    if walk.here.gone is not None:
        walk.do(
            Run(("xl", "destroy", want.name + GONE)),
            f"end the frozen copy here, whose memory is lost then; {walk.there.node} was allowed to start its own",
            "force_stop",
            gone=None,
        )
    run = walk.here.runtime
    if run is not None:
        drop_memory(walk, want.name)
    if run is not None and run.suspended:
        awake = dataclasses.replace(run, flags="-b----")
        resume = Run(("xl", "resume", want.name), hint="xl resume came with Xen 4.19")
        walk.do(resume, "let the frozen guest run on here", runtime=awake)


def drop_memory(walk: Walk, name: str, switch: str | None = None) -> None:
    """Memory that was saved before the guest ran on is poison for its disks."""
    packed, why = (
        packed_file(name),
        "which may have been used" if switch else "which is out of date as the guest ran on",
    )
    if walk.here.packed is not None:
        walk.do(Remove(packed), f"remove {packed}, {why}", switch, packed=None)
    if walk.there.save is not None:
        walk.tell("drop_save", (packed,), f"remove {packed} from {walk.there.node}, {why}", switch, save=None)


def _end_copies(walk: Walk, name: str) -> None:
    """It runs on the target: what is frozen here must never wake up."""
    run, node = walk.here.runtime, walk.there.node
    if run is not None and not run.suspended:
        raise Problem(f"{name}: runs here and on {node} at once: stop the wrong one now, with xl destroy")
    if run is not None:
        walk.do(Run(("xl", "destroy", name)), f"end the frozen copy here, it runs on {node}", runtime=None)
    if walk.here.gone is not None:
        walk.do(Run(("xl", "destroy", name + GONE)), f"end the frozen copy here, it runs on {node}", gone=None)


def _end_incoming(walk: Walk, name: str) -> None:
    """A copy on the target that never ran, while the one here can run on."""
    gone, node = walk.here.gone, walk.there.node
    if walk.here.runtime is None and gone is None:
        raise Problem(
            f"{name}: its only copy waits on {node} and never ran there: rename and unpause it there by hand "
            "if its disks were not used since, or end it with xl destroy"
        )
    if walk.here.runtime is None and gone is not None:
        rename, run = Run(("xl", "rename", name + GONE, name)), dataclasses.replace(gone, name=name)
        walk.do(rename, "give the frozen copy here its name back", runtime=run, gone=None)
    # Last: alone, a frozen copy with the other name means that the target was allowed to start its own.
    walk.tell("drop_incoming", (name,), f"end the copy on {node}, which never ran", incoming=False)
