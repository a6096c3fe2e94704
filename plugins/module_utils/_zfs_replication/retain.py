# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bookmarks of what has arrived, and the end of old snapshots. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.draft import Draft, change
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Mark
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.sends import series
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.want import WantReplication


def mark(draft: Draft, want: WantReplication, inside: str) -> Draft:
    """A bookmark of the newest that both ends have: later the source can send from it without the snapshot."""
    have, newest = draft.have, draft.have.common(inside)
    node = have.source[inside]
    if not want.bookmarks or newest is None or newest.guid in [there.guid for there in node.bookmarks]:
        return draft
    full = want.source.name(inside)
    if newest.name in [there.name for there in node.bookmarks]:
        raise model.Problem(
            f"{want.name}: {full}#{newest.name} is a bookmark of another snapshot: destroy it, or give bookmarks=false"
        )
    step = model.Step(
        want.source.do("zfs", "bookmark", f"{full}@{newest.name}", f"{full}#{newest.name}"),
        f"bookmark {full}#{newest.name}",
        changes=change("bookmarks", None, newest.name),
    )
    new = dataclasses.replace(newest, is_bookmark=True, busy=False)
    marks = tuple(sorted((*node.bookmarks, new), key=lambda there: there.made))
    return draft.add(step, have.with_source(inside, dataclasses.replace(node, bookmarks=marks)))


def retain(draft: Draft, want: WantReplication, inside: str) -> Draft:
    """The oldest of the series go, at each end by its own number; what is held, cloned or the newest common stays."""
    newest = draft.have.common(inside)
    if newest is None:
        return draft
    draft = _retain_bookmarks(draft, want, inside, newest)
    node = draft.have.source[inside]
    old = [
        there for there in _old(node.snapshots, want.prefix, want.source_keep, newest) if there.name != want.snapshot
    ]
    if old:
        kept = tuple(there for there in node.snapshots if there not in old)
        step = _step(want.source.do, want.source.name(inside), old, "source_keep")
        draft = draft.add(step, draft.have.with_source(inside, dataclasses.replace(node, snapshots=kept)))
    copy = draft.have.target[inside]
    old = _old(copy.snapshots, want.prefix, want.target_keep, newest)
    if old:
        kept = tuple(there for there in copy.snapshots if there not in old)
        step = _step(want.target.do, want.target.name(inside), old, "target_keep")
        draft = draft.add(step, draft.have.with_target(inside, dataclasses.replace(copy, snapshots=kept)))
    return draft


def _old(marks: t.Sequence[Mark], prefix: str, keep: int | None, newest: Mark) -> list[Mark]:
    if keep is None:
        return []
    return [there for there in series(marks, prefix)[:-keep] if not there.busy and there.guid != newest.guid]


def _step(do: t.Callable[..., model.Action], dataset: str, old: t.Sequence[Mark], switch: str) -> model.Step:
    listed = f"{dataset}@{','.join(there.name for there in old)}"
    return model.Step(
        do("zfs", "destroy", listed),
        f"destroy old snapshots {listed}",
        switch=switch,
        changes=change("old snapshots", [there.name for there in old], []),
    )


def _retain_bookmarks(draft: Draft, want: WantReplication, inside: str, newest: Mark) -> Draft:
    """One by one: zfs takes no list of bookmarks."""
    for old in _old(draft.have.source[inside].bookmarks, want.prefix, want.bookmarks_keep, newest):
        node, full = draft.have.source[inside], f"{want.source.name(inside)}#{old.name}"
        step = model.Step(
            want.source.do("zfs", "destroy", full),
            f"destroy old bookmark {full}",
            switch="bookmarks_keep",
            changes=change("bookmarks", old.name, None),
        )
        kept = tuple(there for there in node.bookmarks if there != old)
        draft = draft.add(step, draft.have.with_source(inside, dataclasses.replace(node, bookmarks=kept)))
    return draft
