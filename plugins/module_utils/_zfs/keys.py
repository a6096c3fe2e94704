# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and mounts. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import properties
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.draft import Draft, change, zfs
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.settings import is_right
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset


def _wrong(have: Dataset, want: WantDataset, keys: t.Sequence[str]) -> list[str]:
    return [key for key in keys if not is_right(have, want, key)]


def change_key(draft: Draft, want: WantDataset) -> Draft:
    """Wrap the dataset's data key with another user key; the data stay as they are."""
    have = draft.have
    given = [key for key in properties.KEY if key in want.properties]
    formats = given if not have.own_key and "change_key" in want.switches else _wrong(have, want, given)
    if "change_key" not in want.switches:
        wrong = [key for key in formats if key != "keylocation"]
        if wrong:
            raise model.Problem(
                f"{want.name}: {wrong[0]} is {have.value(wrong[0])}: a change needs change_key=true and key"
            )
        return draft
    if not formats and have.key_fits is not False:
        return draft
    if not have.own_key and ("keyformat" not in formats or have.value("encryptionroot") == "-"):
        raise model.Problem(
            f"{want.name}: has no key of its own to change (encryptionroot {have.value('encryptionroot')}); properties"
            " keyformat and keylocation give it one where it is encrypted"
        )
    if have.locked:
        draft = _load(draft, want, want.old_key)
    words = [word for key in formats for word in ("-o", f"{key}={want.properties[key]}")]
    location = want.properties.get("keylocation", have.value("keylocation"))
    if want.key is not None and location != "prompt":
        raise model.Problem(
            f"{want.name}: a key for keylocation {location} is in that file: leave out key, or give prompt"
        )
    run = zfs("change-key", *words, want.name, stdin=None if want.key is None else want.key + "\n")
    step = model.Step(run, f"change the key of {want.name}", changes=change("key", "other", "as declared"))
    props = {key: Prop(want.properties[key]) for key in formats}
    after = draft.foresee(key_fits=None if want.key is None else True).with_props(props)
    return draft.add(step, after.with_properties(encryptionroot=want.name))


def inherit_key(draft: Draft, want: WantDataset) -> Draft:
    """Give up a key of its own for that of the dataset above."""
    have = draft.have
    if not want.inherit_key:
        return draft
    root = have.above["encryptionroot"].value if "encryptionroot" in have.above else "-"
    if root == "-" or have.value("encryption") == "off":
        which = "it" if root != "-" else "the dataset above"
        raise model.Problem(f"{want.name}: cannot take the key of the dataset above, for {which} is not encrypted")
    after = {"encryptionroot": root, "keystatus": have.above["keystatus"].value}
    if have.value("encryptionroot") == "-":  # just made
        return Draft(have.with_properties(**after), draft.steps)
    if not have.own_key:
        return draft
    if after["keystatus"] != "available":
        raise model.Problem(f"{want.name}: cannot take the key of {root} while that is not loaded: load it first")
    if have.locked:
        draft = _load(draft, want, want.old_key)
    step = model.Step(
        zfs("change-key", "-i", want.name),
        f"give {want.name} the key of {root}",
        changes=change("encryptionroot", want.name, root),
    )
    return draft.add(step, draft.have.with_properties(**after))


def load_key(draft: Draft, want: WantDataset) -> Draft:
    have = draft.have
    if want.key_state is not None and have.value("keystatus") not in ("available", "unavailable"):
        raise model.Problem(f"{want.name}: is not encrypted, so it has no key_state")
    if want.key_state is not None and not have.own_key and have.locked != (want.key_state == "unloaded"):
        raise model.Problem(f"{want.name}: its key is that of {have.value('encryptionroot')}: give key_state there")
    if want.key_state != "loaded" or not have.locked:
        return draft
    if have.key_fits is False:
        raise model.Problem(
            f"{want.name}: the key does not open it; to change the key give change_key=true and old_key"
        )
    return _load(draft, want, want.key)


def _load(draft: Draft, want: WantDataset, key: str | None) -> Draft:
    have = draft.have
    if key is None and have.value("keylocation") == "prompt":
        raise model.Problem(f"{want.name}: its key is not loaded and in no file: give key (with change_key: old_key)")
    # -L: the key of the task is what opens it, also where the dataset names a file.
    words = [] if key is None else ["-L", "prompt"]
    run = zfs("load-key", *words, want.name, stdin=None if key is None else key + "\n")
    step = model.Step(run, f"load the key of {want.name}", changes=change("key_state", "unloaded", "loaded"))
    return draft.add(step, have.with_properties(keystatus="available"))


def mount(draft: Draft, want: WantDataset, fresh: bool) -> Draft:
    """``fresh``: steps before this one may have mounted or unmounted it already, so that zfs would complain (rc 1)."""
    have = draft.have
    if want.mounted is None or have.mounted == want.mounted or have.kind != "filesystem":
        return draft
    ok = (0, 1) if fresh else (0,)
    if not want.mounted:
        words = ["-f"] if want.force else []
        step = model.Step(
            zfs("unmount", *words, want.name, ok=ok), f"unmount {want.name}", changes=change("mounted", True, False)
        )
        return draft.add(step, have.with_properties(mounted="no"))
    _check_mountable(have, want)
    step = model.Step(zfs("mount", want.name, ok=ok), f"mount {want.name}", changes=change("mounted", False, True))
    return draft.add(step, have.with_properties(mounted="yes"))


def _check_mountable(have: Dataset, want: WantDataset) -> None:
    where, can = have.value("mountpoint"), have.value("canmount")
    if where in ("none", "legacy") or can == "off":
        what = "canmount is off" if can == "off" else f"mountpoint is {where}"
        raise model.Problem(f"{want.name}: cannot be mounted, for its {what}: set that property, or leave out mounted")
    if have.in_zone:
        raise model.Problem(f"{want.name}: cannot be mounted here, for it is jailed or zoned: leave out mounted")
    if have.locked:
        raise model.Problem(f"{want.name}: cannot be mounted while its key is not loaded: give key_state=loaded")


def unload_key(draft: Draft, want: WantDataset) -> Draft:
    have = draft.have
    if want.key_state != "unloaded" or have.locked:
        return draft
    if have.mounted:
        raise model.Problem(f"{want.name}: its key cannot be unloaded while it is mounted: give mounted=false")
    step = model.Step(
        zfs("unload-key", want.name),
        f"unload the key of {want.name}",
        changes=change("key_state", "loaded", "unloaded"),
    )
    return draft.add(step, have.with_properties(keystatus="unavailable"))


def settles_mounts(before: Dataset, after: Dataset) -> bool:
    """Whether zfs may have mounted it by itself: new, or with another mountpoint or canmount."""
    if not before.kind:
        return True
    return any(before.value(key) != after.value(key) for key in ("mountpoint", "canmount"))


def show(have: Dataset, want: WantDataset) -> dict[str, str]:
    shown = {}
    if want.key_state is not None:
        shown["key_state"] = "unloaded" if have.locked else "loaded"
    if "change_key" in want.switches:
        shown["key"] = "other" if have.key_fits is False or not have.own_key else "as declared"
    if want.inherit_key:
        shown["encryptionroot"] = have.value("encryptionroot")
    return shown
