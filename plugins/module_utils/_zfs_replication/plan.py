# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From two trees as they are to the target with all that the source has. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop, matches
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication import ends
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication import retain as keep
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.draft import Draft, change
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Have, Mark, Node
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.sends import (
    Send,
    find_base,
    plan_sends,
    properties_of,
    receive,
    series,
)
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.want import WantReplication


def draft(have: Have, want: WantReplication) -> Draft:
    """The steps in their order, and the state after them. Nothing old goes before all that is new has arrived."""
    if "" not in have.source:
        raise model.Problem(f"{want.name}: the source {want.source.root} does not exist")
    now = take(Draft(have), want)
    for inside in sorted(have.source):
        now = bring(now, want, inside)
    for inside in sorted(have.source):
        now = set_properties(now, want, inside)
        now = keep.mark(now, want, inside)
    for inside in sorted(have.source):
        now = keep.retain(now, want, inside)
    return now


def plan(have: Have | None, want: WantReplication) -> model.Plan:
    return draft(have, want).steps if have is not None else ()


def predict(have: Have | None, want: WantReplication) -> Have | None:
    return draft(have, want).have if have is not None else None


def take(draft: Draft, want: WantReplication) -> Draft:
    """The snapshot of the task, of the whole tree in one instant."""
    have, name = draft.have, want.snapshot
    if name is None or have.source[""].snapshot(name):
        return draft
    for inside, node in sorted(have.source.items()):
        if node.snapshot(name):
            raise model.Problem(
                f"{want.name}: snapshot {name} exists of {want.source.name(inside)} but not of {want.source.root}: they"
                " would not be of one instant; choose another name"
            )
    full = f"{want.source.root}@{name}"
    flags = ["-r"] if want.recursive else []
    after = have
    for inside, node in have.source.items():
        last = max((mark.made for mark in (*node.snapshots, *node.bookmarks)), default=0)
        new = Mark(name, f"new {name}", last + 1, node.written)
        after = after.with_source(inside, dataclasses.replace(node, snapshots=(*node.snapshots, new), written=0))
    step = model.Step(
        want.source.do("zfs", "snapshot", *flags, full),
        f"take snapshot {full}" + (" and of all datasets below" if want.recursive else ""),
        changes=change("source", None, name),
    )
    return draft.add(step, after)


def bring(draft: Draft, want: WantReplication, inside: str) -> Draft:
    """Everything new of one dataset."""
    source = draft.have.source[inside]
    if not series(source.snapshots, want.prefix):
        if not inside:
            raise model.Problem(f"{want.name}: the source has no snapshot {want.prefix}* to send: give snapshot")
        return draft
    draft = resume(draft, want, inside)
    target = draft.have.target.get(inside)
    base = find_base(source, target) if target else None
    if target is not None and base is None:
        draft = destroy(draft, want, inside)
        target = None
    sends = plan_sends(inside, source, base, want)
    if target is None:
        _check_parent(draft.have, want, inside)
    elif sends and base is not None:
        draft = roll_back(draft, want, inside, base)
    for one in sends:
        draft = send(draft, want, one)
    return draft


def _check_parent(have: Have, want: WantReplication, inside: str) -> None:
    parent = inside.rpartition("/")[0]
    if not inside and not have.has_parent:
        above = want.target.root.rpartition("/")[0]
        raise model.Problem(f"{want.name}: {above or 'the pool'}, in which the target shall be, does not exist there")
    if inside and parent not in have.target:
        raise model.Problem(
            f"{want.name}: {want.source.name(inside)} cannot be sent, for {want.source.name(parent)} above it has no"
            f" snapshot {want.prefix}*: give snapshot with recursive=true"
        )


def resume(draft: Draft, want: WantReplication, inside: str) -> Draft:
    """Go on where the last run was interrupted; what can no longer be completed is dropped."""
    have, node = draft.have, draft.have.target.get(inside)
    if node is None or not node.token:
        return draft
    full = want.target.name(inside)
    partial = have.partials.get(inside)
    mark = have.source[inside].snapshot(partial.snapshot) if partial else None
    if partial is None or mark is None:
        after = None if not node.snapshots else dataclasses.replace(node, token="")
        step = model.Step(
            want.target.do("zfs", "receive", "-A", full),
            f"drop what arrived of {full}, for the source no longer has that snapshot",
            changes=change("partial", full, None),
        )
        return draft.add(step, have.with_target(inside, after))
    step = model.Step(
        ends.copy(want.source, ("zfs", "send", "-t", node.token), want.target, receive(want, inside, node.kind, False)),
        f"resume {want.source.name(inside)}@{mark.name} to {full}{_spell_size(partial.size)}",
        changes=change("target", "partial", mark.name),
    )
    return draft.add(step, have.with_target(inside, _arrived(node, (mark,))))


def _arrived(node: Node, marks: t.Sequence[Mark]) -> Node:
    top = max((mark.made for mark in node.snapshots), default=0)
    copies = [dataclasses.replace(mark, made=top + n + 1, busy=False) for n, mark in enumerate(marks)]
    return dataclasses.replace(node, snapshots=(*node.snapshots, *copies), token="", written=0)


def destroy(draft: Draft, want: WantReplication, inside: str) -> Draft:
    """A target that has nothing in common with the source, with all that is in it."""
    full = want.target.name(inside)
    gone = [key for key in draft.have.target if key == inside or key.startswith(inside + "/")]
    busy = [f"{want.target.name(key)}@{m.name}" for key in gone for m in draft.have.target[key].snapshots if m.busy]
    if busy:
        raise model.Problem(f"{want.name}: the target cannot be destroyed, for {busy[0]} is held or has clones")
    lost = [f"{want.target.name(key)}@{mark.name}" for key in gone for mark in draft.have.target[key].snapshots]
    step = model.Step(
        want.target.do("zfs", "destroy", "-r", full),
        f"destroy {full}, which has no snapshot in common with {want.source.name(inside)}"
        + (", and with it " + ", ".join(lost) if lost else ""),
        switch="destroy_target",
        changes=change("target", lost, []),
    )
    after = draft.have
    for key in gone:
        after = after.with_target(key, None)
    return draft.add(step, after)


def roll_back(draft: Draft, want: WantReplication, inside: str, base: Mark) -> Draft:
    """zfs receives onto the last snapshot only, and only when nothing was written after it."""
    node = draft.have.target[inside]
    (there,) = (mark for mark in node.snapshots if mark.guid == base.guid)
    newer = [mark for mark in node.snapshots if mark.made > there.made]
    if not newer and not node.written:
        return draft
    full = want.target.name(inside)
    busy = [mark.name for mark in newer if mark.busy]
    if busy:
        raise model.Problem(f"{want.name}: {full}@{busy[0]} is newer than the source knows, and is held or has clones")
    flags = ["-r"] if newer else []
    what = "destroy " + ", ".join("@" + mark.name for mark in newer) if newer else "lose what was written since"
    step = model.Step(
        want.target.do("zfs", "rollback", *flags, f"{full}@{there.name}"),
        f"roll {full} back to {there.name} and {what}",
        switch="rollback_target",
        changes=change("target", [mark.name for mark in newer], []),
    )
    kept = tuple(mark for mark in node.snapshots if mark not in newer)
    return draft.add(step, draft.have.with_target(inside, dataclasses.replace(node, snapshots=kept, written=0)))


def send(draft: Draft, want: WantReplication, one: Send) -> Draft:
    have = draft.have
    source, target = have.source[one.inside], have.target.get(one.inside)
    since = f" since {one.base.short}" if one.base else ""
    step = model.Step(
        ends.copy(
            want.source, one.argv(want), want.target, receive(want, one.inside, source.kind, fresh=target is None)
        ),
        f"send {want.source.name(one.inside)}@{one.last.name}{since} to {want.target.name(one.inside)}"
        + _spell_size(_size(have, one)),
        changes=change("target", one.base.name if one.base else None, one.last.name),
    )
    if target is None:
        given = {key: Prop(value) for key, value in properties_of(want, source.kind).items()}
        target = Node(source.kind, properties=given)
    return draft.add(step, have.with_target(one.inside, _arrived(target, one.marks)))


def _size(have: Have, one: Send) -> int | None:
    """As zfs estimates it; of a snapshot that is yet to be taken, what was written since."""
    if one.key in have.sizes or not one.last.guid.startswith("new "):
        return have.sizes.get(one.key)
    source = have.source[one.inside]
    if one.base is None:
        return source.referenced
    if one.base.is_bookmark:
        return None  # written counts since the last snapshot that is there
    return sum(mark.written for mark in source.snapshots if mark.made > one.base.made)


def _spell_size(size: int | None) -> str:
    return "" if size is None else f", about {size / 1048576:.1f} MiB"


def set_properties(draft: Draft, want: WantReplication, inside: str) -> Draft:
    node = draft.have.target.get(inside)
    if node is None:
        return draft
    wanted = properties_of(want, node.kind)
    wrong = sorted(key for key, value in wanted.items() if not matches(key, value, node.properties.get(key)))
    if not wrong:
        return draft
    full = want.target.name(inside)
    words = [f"{key}={wanted[key]}" for key in wrong]
    had = {key: node.properties[key].value if key in node.properties else None for key in wrong}
    step = model.Step(
        want.target.do("zfs", "set", *words, full),
        f"set {', '.join(words)} of {full}",
        changes=tuple(model.Change(key, had[key], wanted[key]) for key in wrong),
    )
    props = {**node.properties, **{key: Prop(wanted[key]) for key in wrong}}
    return draft.add(step, draft.have.with_target(inside, dataclasses.replace(node, properties=props)))
