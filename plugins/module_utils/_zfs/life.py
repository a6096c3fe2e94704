# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making, cloning, renaming, promoting and destroying. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import names
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.draft import Draft, change, zfs
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import NO_MOUNTPOINT, Dataset
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import (
    CREATION,
    KEY,
    READONLY,
    Prop,
    is_per_user,
    is_user,
)
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.settings import is_right, rounded
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset


def destroy(draft: Draft, want: WantDataset) -> Draft:
    have = draft.have
    if not have.kind or have.at != want.name:
        return draft
    return draft.add(_destruction(have, want), Dataset(want.name, missing_parents=have.missing_parents))


def _destruction(have: Dataset, want: WantDataset) -> model.Step:
    _refuse_held(have, want)
    flag, switch = _how_far(have, want)
    words = [flag] if flag else []
    if want.force and have.kind == "filesystem":
        words.append("-f")
    victims = all_victims(have)
    summary = f"destroy {have.kind} {want.name}"
    if len(victims) > 1:
        summary += " and with it " + ", ".join(name for name in victims if name != want.name)
    return model.Step(
        zfs("destroy", *words, want.name), summary, switch=switch, changes=change("destroyed", list(victims), [])
    )


def must_recreate(have: Dataset, want: WantDataset) -> bool:
    """Whether it is there and differs in what is decided when a dataset is made, and the task may make it anew."""
    if "recreate" not in want.switches or not have.kind or "@" in have.at:
        return False
    fixed = [key for key in CREATION if key in want.properties]
    return want.type not in (None, have.kind) or any(not is_right(have, want, key) for key in fixed)


def recreate(draft: Draft, want: WantDataset) -> Draft:
    """Destroy what shall be made anew. Its properties stay, as far as the new one can have them."""
    have = draft.have
    if not must_recreate(have, want):
        return draft
    step = _destruction(have, want)
    kept = {key: prop for key, prop in have.properties.items() if _outlives(key, prop, have, want)}
    after = draft.foresee(
        kind="", properties=kept, descendants=(), held_below=(), clones_below=(), snapshots=(), bookmarks=(), grants=()
    )
    return draft.add(dataclasses.replace(step, how="recreate"), after)


def _outlives(key: str, prop: Prop, have: Dataset, want: WantDataset) -> bool:
    """Whether it is set here and was not decided by zfs itself, like the reservation of a volume."""
    if prop.source not in ("local", "received") or key in want.inherited or is_per_user(key):
        return False
    by_zfs = key in READONLY or key in CREATION or key in KEY or key in ("volsize", "refreservation")
    return is_user(key) or (not by_zfs and want.type in (None, have.kind))


def all_victims(have: Dataset) -> tuple[str, ...]:
    """The dry run of zfs may report too little (openzfs 13806, 17050), so what is seen below the dataset is added."""
    return tuple(sorted({have.name, *have.victims, *have.descendants}))


def _how_far(have: Dataset, want: WantDataset) -> tuple[str, str]:
    """The flag that is needed and the option that must allow it. A plain destroy is what state=absent asks for."""
    beyond = [name for name in all_victims(have) if name != have.name and not _inside(name, have)]
    clones = have.clones_below or have.value("clones").strip("-")
    # A clone inside of the tree also needs -R, for zfs refuses to take the snapshot that it depends on.
    if beyond or clones:
        return "-R", "destroy_dependents"
    if have.descendants or (have.kind == "snapshot" and "recursive" in want.switches):
        return "-r", "recursive"
    return "", "state" if want.state == "absent" else "recreate"


def _inside(name: str, have: Dataset) -> bool:
    if have.kind != "snapshot":
        return names.is_below(name, have.name)
    dataset, _mark, short = names.split(have.name)
    return names.is_below(name, dataset) and name.endswith("@" + short)


def _refuse_held(have: Dataset, want: WantDataset) -> None:
    held = list(have.held_below)
    if have.kind == "snapshot" and have.value("userrefs") not in ("-", "0"):
        held = [f"{have.name} ({', '.join(have.holds)})" if have.holds else have.name]
    if held:
        raise model.Problem(
            f"{want.name}: cannot be destroyed, for a hold keeps {', '.join(held)}: release it first, with holds=[] and"
            " purge_holds=true on that snapshot"
        )


def rename(draft: Draft, want: WantDataset) -> Draft:
    have = draft.have
    if have.old_too:
        raise model.Problem(f"{want.name}: {want.renamed_from} still exists as well: rename or destroy one of them")
    if not have.kind or have.at == want.name:
        return draft
    draft = make_parents(draft, want)
    words = ["-f"] if want.force and have.kind == "filesystem" else []
    summary = f"rename {have.at} to {want.name}"
    step = model.Step(zfs("rename", *words, have.at, want.name), summary, changes=change("name", have.at, want.name))
    after = draft.foresee(at=want.name)
    if after.value("encryptionroot") == have.at:
        after = after.with_properties(encryptionroot=want.name)
    # A mountpoint that is not set here follows the name.
    mountpoint = after.properties.get("mountpoint")
    if mountpoint is not None and not mountpoint.own and mountpoint.value not in NO_MOUNTPOINT:
        after = after.with_props({"mountpoint": Prop("", mountpoint.source)})
    return draft.add(step, after)


def make_parents(draft: Draft, want: WantDataset) -> Draft:
    """The datasets above, except those that the same task makes."""
    missing = [name for name in draft.have.missing_parents if name not in want.made_too]
    if missing and "@" in want.name or missing and "#" in want.name:
        raise model.Problem(f"{want.name}: the dataset {missing[-1]} does not exist")
    if missing and not want.create_parents:
        raise model.Problem(
            f"{want.name}: the dataset {missing[-1]} does not exist; make it, or give create_parents=true"
        )
    for name in missing:
        step = model.Step(zfs("create", name), f"create filesystem {name}", changes=change("parents", None, name))
        draft = draft.add(step, draft.have)
    return Draft(draft.foresee(missing_parents=()), draft.steps)


def create(draft: Draft, want: WantDataset) -> Draft:
    """Make what is not there: a snapshot or bookmark by its mark, a clone by its origin, a volume by its size."""
    if draft.have.kind:
        return draft
    draft = make_parents(draft, want)
    kind, run, props = _creation(draft.have, want)
    fixed = {"type": Prop(kind, "-"), **props}
    after = draft.foresee(kind=kind, at=want.name, properties=fixed)
    if kind == "filesystem":
        # ZFS mounts it at once; where it does not, reading back finds out.
        after = after.with_properties(mounted="yes" if _mounts_at_once(props) else "no")
    if want.properties.get("encryption", "off") != "off":
        after = after.with_properties(keystatus="available", encryptionroot=want.name)
        after = dataclasses.replace(after, key_fits=True if want.key is not None else None)
    step = model.Step(run, f"create {kind} {want.name}", changes=change("state", "absent", "present"))
    return draft.add(step, after)


def _mounts_at_once(props: t.Mapping[str, Prop]) -> bool:
    given = {key: prop.value for key, prop in props.items()}
    if given.get("canmount", "on") != "on" or given.get("mountpoint", "/") in NO_MOUNTPOINT:
        return False
    return "on" not in (given.get("jailed"), given.get("zoned"))


def _creation(have: Dataset, want: WantDataset) -> tuple[str, model.Run, dict[str, Prop]]:
    # What a dataset that is made anew had before
    props = {key: Prop(prop.value) for key, prop in have.properties.items()}
    props.update((key, Prop(value)) for key, value in want.properties.items())
    given = [word for key, prop in sorted(props.items()) for word in ("-o", f"{key}={prop.value}")]
    if "@" in want.name:
        deep = ["-r"] if "recursive" in want.switches else []
        return "snapshot", zfs("snapshot", *deep, *given, want.name), props
    if "#" in want.name:
        if not have.origin_kind:
            raise model.Problem(f"{want.name}: its origin {want.origin} does not exist")
        return "bookmark", zfs("bookmark", want.origin or "", want.name), props
    if want.origin is not None:
        return _clone(have, want, given, props)
    if want.volsize is not None:
        # zfs rounds it up to its blocks; where these are its own choice, reading back finds out.
        sparse = ["-s"] if want.sparse else []
        run = zfs("create", *sparse, *given, "-V", str(want.volsize), want.name, stdin=_key_line(want))
        volsize = rounded(want.volsize, dataclasses.replace(have, properties=props))
        return "volume", run, {**props, "volsize": Prop(str(volsize))}
    if want.type == "volume":
        raise model.Problem(f"{want.name}: a new volume needs volsize")
    return "filesystem", zfs("create", *given, want.name, stdin=_key_line(want)), props


def _clone(
    have: Dataset, want: WantDataset, given: list[str], props: dict[str, Prop]
) -> tuple[str, model.Run, dict[str, Prop]]:
    fixed = [key for key in CREATION if key in want.properties]
    if fixed:
        raise model.Problem(f"{want.name}: a clone has {fixed[0]} from its origin: leave it out")
    if not have.origin_kind:
        raise model.Problem(f"{want.name}: its origin {want.origin} does not exist")
    if want.type not in (None, have.origin_kind):
        raise model.Problem(f"{want.name}: a clone of {want.origin} is a {have.origin_kind}, not a {want.type}")
    return (
        have.origin_kind,
        zfs("clone", *given, want.origin or "", want.name),
        {**props, "origin": Prop(want.origin or "", "-")},
    )


def _key_line(want: WantDataset) -> str | None:
    asked = want.properties.get("keylocation", "prompt") == "prompt" and "keyformat" in want.properties
    if asked and want.key is None:
        raise model.Problem(
            f"{want.name}: an encrypted dataset needs key, or property keylocation with a file that has it"
        )
    return want.key + "\n" if asked and want.key is not None else None


def promote(draft: Draft, want: WantDataset) -> Draft:
    have = draft.have
    origin = have.value("origin")
    if want.promoted:
        if origin == "-":
            return draft
        step = model.Step(
            zfs("promote", want.name),
            f"promote {want.name}: {names.split(origin)[0]} becomes its clone",
            changes=change("origin", origin, "-"),
        )
        return draft.add(step, have.with_properties(origin="-"))
    if want.origin is not None and have.kind != "bookmark" and origin != want.origin:
        what = f"a clone of {origin}" if origin != "-" else "no clone (perhaps promoted)"
        raise model.Problem(
            f"{want.name}: is {what}, not a clone of {want.origin}, which is decided when it is made: leave out"
            " origin, give promoted=true, or destroy the dataset first"
        )
    return draft
