# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots of a dataset, their retention, rollback, holds, and delegations. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.allow import Grant, change_grant
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.draft import Draft, change, zfs
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset, Snap
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset, WantSnapshot


def rollback(draft: Draft, want: WantDataset) -> Draft:
    have = draft.have
    if want.rollback_to is None:
        return draft
    target = have.snapshot(want.rollback_to)
    if target is None:
        raise model.Problem(f"{want.name}: there is no snapshot {want.rollback_to} to roll back to")
    newer = [f"@{snap.name}" for snap in have.snapshots if snap.made > target.made]
    newer += [f"#{mark.name}" for mark in have.bookmarks if mark.made > target.made]
    if not newer and have.value("written") == "0":
        return draft
    clones = [clone for snap in have.snapshots if snap.made > target.made for clone in snap.clones]
    flag, switch = ("-R", "destroy_dependents") if clones else ("-r", "destroy_newer") if newer else ("", "rollback_to")
    if clones and "destroy_newer" not in want.switches:
        switch = "destroy_newer"
    summary = f"roll {want.name} back to {want.rollback_to}"
    if newer or clones:
        summary += " and destroy " + ", ".join([*newer, *clones])
    words = [flag] if flag else []
    step = model.Step(
        zfs("rollback", *words, f"{want.name}@{want.rollback_to}"),
        summary,
        switch=switch,
        changes=change("rollback_to", rollback_state(have, want), "done"),
    )
    after = draft.foresee(
        snapshots=tuple(snap for snap in have.snapshots if snap.made <= target.made),
        bookmarks=tuple(mark for mark in have.bookmarks if mark.made <= target.made),
    )
    return draft.add(step, after.with_properties(written="0"))


def rollback_state(have: Dataset, want: WantDataset) -> str:
    target = have.snapshot(want.rollback_to or "")
    newer = target is not None and any(mark.made > target.made for mark in (*have.snapshots, *have.bookmarks))
    return "changed since" if newer or have.value("written") != "0" else "done"


def take(draft: Draft, want: WantDataset) -> Draft:
    """What is missing, each in one instant of all its datasets. zfs takes only one snapshot of a dataset at a time."""
    for snap in want.snapshots:
        if not snap.name or draft.have.snapshot(snap.name):
            continue
        full = _full_names(draft.have, want, snap)
        flags = ["-r"] if snap.recursive else []
        step = model.Step(
            zfs("snapshot", *flags, *full),
            f"take snapshot {', '.join(full)}" + (" and of all datasets below" if snap.recursive else ""),
            changes=change("snapshots", None, snap.name),
        )
        last = max((there.made for there in draft.have.snapshots), default=0)
        also = {name: there | ({snap.name} if name in snap.also else set()) for name, there in draft.have.also.items()}
        draft = draft.add(step, draft.foresee(snapshots=(*draft.have.snapshots, Snap(snap.name, last + 1)), also=also))
    return draft


def _full_names(have: Dataset, want: WantDataset, snap: WantSnapshot) -> list[str]:
    for other in snap.also:
        if other not in have.also and other not in want.made_too:
            raise model.Problem(f"{want.name}: {other}, of which a snapshot shall be taken as well, does not exist")
        if snap.name in have.also.get(other, ()):
            raise model.Problem(
                f"{want.name}: snapshot {snap.name} exists of {other} but not of {want.name}: they would not be of one"
                " instant; choose another name"
            )
    return [f"{name}@{snap.name}" for name in (want.name, *snap.also)]


def retain(draft: Draft, want: WantDataset) -> Draft:
    """Destroy the oldest of a series; those that are held or cloned stay, and count."""
    for series in want.snapshots:
        if series.keep is None:
            continue
        have = draft.have
        ours = [snap for snap in have.snapshots if snap.name.startswith(series.prefix)]
        old = [snap for snap in ours[: -series.keep] if not snap.held and not snap.clones]
        if not old:
            continue
        listed = ",".join(snap.name for snap in old)
        flags = ["-r"] if series.recursive else []
        step = model.Step(
            zfs("destroy", *flags, f"{want.name}@{listed}"),
            f"destroy old snapshots {want.name}@{listed}" + (" and of all datasets below" if series.recursive else ""),
            switch="snapshots",  # keep is the permission
            changes=change("old snapshots", [snap.name for snap in old], []),
        )
        draft = draft.add(step, draft.foresee(snapshots=tuple(snap for snap in have.snapshots if snap not in old)))
    return draft


def hold(draft: Draft, want: WantDataset) -> Draft:
    if want.holds is None:
        return draft
    for tag in want.holds:
        if tag not in draft.have.holds:
            step = model.Step(
                zfs("hold", tag, want.name), f"hold {want.name} by {tag}", changes=change("holds", None, tag)
            )
            draft = draft.add(step, _with_holds(draft, {*draft.have.holds, tag}))
    for tag in draft.have.holds if want.purge_holds else ():
        if tag not in want.holds:
            step = model.Step(
                zfs("release", tag, want.name), f"release {tag} of {want.name}", changes=change("holds", tag, None)
            )
            draft = draft.add(step, _with_holds(draft, {*draft.have.holds} - {tag}))
    return draft


def _with_holds(draft: Draft, tags: set[str]) -> Dataset:
    return draft.foresee(holds=tuple(sorted(tags))).with_properties(userrefs=str(len(tags)))


def delegate(draft: Draft, want: WantDataset) -> Draft:
    if want.delegations is None:
        return draft
    if draft.have.strangers:
        raise model.Problem(f"{want.name}: delegations name {draft.have.strangers[0]}, whom this host does not know")
    wanted = sorted(want.delegations, key=lambda grant: grant.kind != "set")  # a set before those who refer to it
    keys = [grant.key for grant in wanted]
    if want.purge_delegations:
        extra = [grant for grant in draft.have.grants if grant.key not in keys]
        wanted += [dataclasses.replace(grant, permissions=frozenset()) for grant in extra]
    for grant in wanted:
        old = _grant(draft.have, grant.key)
        rest = tuple(there for there in draft.have.grants if there.key != grant.key)
        after = draft.foresee(grants=(*rest, grant) if grant.permissions else rest)
        for step in change_grant(want.name, old, grant):
            draft = draft.add(step, after)
    return draft


def _grant(have: Dataset, key: tuple[str, str, str]) -> Grant | None:
    return next((grant for grant in have.grants if grant.key == key), None)


def show(have: Dataset, want: WantDataset) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    if want.rollback_to is not None:
        shown["rollback_to"] = rollback_state(have, want)
    if want.snapshots:
        named = [snap.name for snap in want.snapshots if snap.name]
        series = tuple(snap.prefix for snap in want.snapshots if snap.keep is not None)
        shown["snapshots"] = [
            snap.name
            for snap in have.snapshots
            if snap.name in named or any(snap.name.startswith(prefix) for prefix in series)
        ]
    if want.holds is not None:
        shown["holds"] = [tag for tag in have.holds if want.purge_holds or tag in want.holds]
    if want.delegations is not None:
        shown["delegations"] = show_grants(have, want)
    return shown


def show_grants(have: Dataset, want: WantDataset) -> dict[str, list[str]]:
    """The grants that the declaration manages."""
    keys = [grant.key for grant in want.delegations or ()]
    managed = [grant for grant in have.grants if want.purge_delegations or grant.key in keys]
    return {str(grant): sorted(grant.permissions) for grant in sorted(managed, key=lambda grant: grant.key)}
