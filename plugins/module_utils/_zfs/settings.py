# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of what exists: compared by type, set in one command. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest, render_size
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import properties
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.draft import Draft, change, zfs
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import NO_MOUNTPOINT, Dataset
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset


def check_kind(have: Dataset, want: WantDataset) -> None:
    if have.kind and want.type is not None and have.kind != want.type and "recreate" not in want.switches:
        raise model.Problem(
            f"{want.name}: is a {have.kind}, not a {want.type}: choose another name, or lose it with recreate=true"
        )


def set_properties(draft: Draft, want: WantDataset) -> Draft:
    have = draft.have
    wrong = [key for key in sorted(want.properties) if not is_right(have, want, key) and key not in _left_to_keys(want)]
    for key in wrong:
        _refuse(have, want, key)
    # What belongs to a zone or jail has no mountpoint that the host could set: it comes back first (OpenZFS 2.3).
    back = [key for key in wrong if key in ("jailed", "zoned") and want.properties[key] == "off"]
    for keys in (back, [key for key in wrong if key not in back]):
        draft = _set(draft, want, keys) if keys else draft
    for key in want.inherited:
        draft = _inherit(draft, want, key)
    return draft


def _set(draft: Draft, want: WantDataset, keys: t.Sequence[str]) -> Draft:
    have = draft.have
    words = [f"{key}={want.properties[key]}" for key in keys]
    shown = tuple(model.Change(key, show_property(have, want, key), show_wanted(want, key)) for key in keys)
    step = model.Step(zfs("set", *words, want.name), f"set {', '.join(words)} of {want.name}", changes=shown)
    after = have.with_props({key: Prop(want.properties[key]) for key in keys})
    return draft.add(step, after.with_properties(mounted="yes" if _is_mounted(have, after) else "no"))


def _is_mounted(before: Dataset, after: Dataset) -> bool:
    """What ``zfs set`` does by itself: a lost mountpoint unmounts, a first one mounts; canmount=on alone does not."""
    if after.in_zone and not before.in_zone:
        return False
    if any(before.value(key) != after.value(key) for key in ("mountpoint", "canmount")):
        if after.value("mountpoint") in NO_MOUNTPOINT or after.value("canmount") == "off":
            return False
        if before.value("mountpoint") in NO_MOUNTPOINT:
            return before.mounted or (after.value("canmount") == "on" and not after.locked)
    return before.mounted


def _left_to_keys(want: WantDataset) -> tuple[str, ...]:
    """What ``zfs change-key`` sets."""
    return properties.KEY if "change_key" in want.switches else ("keyformat", "pbkdf2iters")


def is_right(have: Dataset, want: WantDataset, key: str) -> bool:
    prop, wanted = have.properties.get(key), want.properties[key]
    if key == "mountpoint" and prop is not None:
        prop = Prop(without_altroot(prop.value, have.altroot), prop.source)
    if not properties.matches(key, wanted, prop):
        return False
    unset = properties.normal(key, wanted) == properties.normal(key, properties.UNSET.get(key, "none"))
    # "No limit" is the same whether somebody said it or not: zfs cannot tell where it comes from.
    return not want.local or prop is None or prop.own or (unset and (key in properties.UNSET or "@" in key))


def without_altroot(path: str, altroot: str) -> str:
    """A mountpoint as it is stored; zfs shows it below the pool's altroot."""
    if altroot and (path == altroot or path.startswith(altroot + "/")):
        return path[len(altroot) :] or "/"
    return path


def _refuse(have: Dataset, want: WantDataset, key: str) -> None:
    prop = have.properties.get(key)
    if key in properties.CREATION:
        now = prop.value if prop else "-"
        raise model.Problem(
            f"{want.name}: {key} is {now}, not {want.properties[key]}, and can only be given when the dataset is made:"
            " make another one and copy the data (zfs send keeps the old value), or lose them with recreate=true"
        )
    if prop is None and not properties.is_user(key) and not properties.is_per_user(key):
        hint = {"jailed": "; Linux calls it zoned", "zoned": "; FreeBSD calls it jailed"}.get(key)
        hint = hint or nearest(key, [name for name in have.properties if name not in properties.READONLY])
        raise model.Problem(f"{want.name}: a {have.kind} on this host has no property {key}{hint}")


def _inherit(draft: Draft, want: WantDataset, key: str) -> Draft:
    prop = draft.have.properties.get(key)
    if prop is None or prop.source not in ("local", "received"):
        return draft
    step = model.Step(
        zfs("inherit", key, want.name),
        f"inherit {key} of {want.name}",
        changes=change(key, prop.value, INHERITED),
    )
    return draft.add(step, draft.have.with_props({key: Prop(INHERITED, "default")}))


INHERITED = "(inherited)"


def show_property(have: Dataset, want: WantDataset, key: str) -> t.Any:
    """A property as the diff shows it: in the declaration's spelling when it is right."""
    if key in want.inherited:
        prop = have.properties.get(key)
        return prop.value if prop is not None and prop.source in ("local", "received") else INHERITED
    if is_right(have, want, key):
        return show_wanted(want, key)
    prop = have.properties.get(key)
    if prop is None:
        return None
    shown = _show(key, without_altroot(prop.value, have.altroot) if key == "mountpoint" else prop.value)
    return f"{shown} (not set here)" if want.local and not prop.own else shown


def show_wanted(want: WantDataset, key: str) -> t.Any:
    return _show(key, want.properties[key])


def _show(key: str, text: str) -> t.Any:
    if not properties.is_size(key):
        return text
    number = properties.normal(key, text)
    if number == 0 and (key in properties.UNSET or "@" in key):
        return "none"
    return render_size(number) if isinstance(number, int) and number >= 1024 else number


def resize(draft: Draft, want: WantDataset) -> Draft:
    """A volume grows live; it shrinks only when the task says that what is behind the end may be lost."""
    have = draft.have
    if want.volsize is None or have.kind != "volume":
        return draft
    now, then = volsize_of(have), rounded(want.volsize, have)
    if now == then:
        return draft
    verb = "grow" if now < then else "shrink"
    step = model.Step(
        zfs("set", f"volsize={then}", want.name),
        f"{verb} volume {want.name} to {render_size(then)}",
        switch="allow_shrink" if verb == "shrink" else None,
        changes=change("volsize", render_size(now), render_size(then)),
    )
    return draft.add(step, have.with_props({"volsize": Prop(str(then))}))


def volsize_of(have: Dataset) -> int:
    value = have.value("volsize")
    return int(value) if value.isdigit() else 0


def rounded(size: int, have: Dataset) -> int:
    """zfs rounds the size of a volume up to whole blocks."""
    block = have.value("volblocksize")
    unit = int(block) if block.isdigit() and block != "0" else 1
    return -(-size // unit) * unit
