# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the state that is to the one that shall be. Private; no I/O."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import render_size
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import jails, keys, life, marks, settings
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.draft import Draft
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.have import Dataset
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import is_size
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset

# What begins so and is a number is given as one.
COUNTED = ("used", "available", "referenced", "written", "logical", "creation", "createtxg", "userrefs")


def draft(have: Dataset | None, want: WantDataset) -> Draft:
    """The steps in their order, and the state after them."""
    before = have or Dataset(want.name)
    if want.state == "absent":
        return life.destroy(Draft(before), want)
    settings.check_kind(before, want)
    now = life.recreate(life.rename(Draft(before), want), want)
    now = life.create(now, want)
    now = keys.load_key(keys.inherit_key(keys.change_key(now, want), want), want)
    now = marks.rollback(now, want)
    now = settings.resize(settings.set_properties(now, want), want)
    now = life.promote(now, want)
    fresh = life.must_recreate(before, want) or keys.settles_mounts(before, now.have)
    now = jails.attach(keys.mount(now, want, fresh), want)
    now = keys.unload_key(now, want)
    now = marks.retain(marks.take(now, want), want)
    return marks.delegate(marks.hold(now, want), want)


def plan(have: Dataset | None, want: WantDataset) -> model.Plan:
    return draft(have, want).steps


def predict(have: Dataset | None, want: WantDataset) -> Dataset | None:
    return draft(have, want).have


def show(have: Dataset | None, want: WantDataset) -> dict[str, t.Any]:
    """Only what the declaration manages."""
    if have is None or not have.kind or (want.state == "absent" and have.at != want.name):
        return {"state": "absent"}
    if want.state == "absent":
        return {"state": "present", "destroyed": list(life.all_victims(have))}
    shown: dict[str, t.Any] = {"state": "present"}
    if want.renamed_from is not None:
        shown["name"] = have.at
    for key in sorted({*want.properties, *want.inherited}):
        shown[key] = settings.show_property(have, want, key)
    if want.volsize is not None:
        same = settings.volsize_of(have) == settings.rounded(want.volsize, have)
        shown["volsize"] = render_size(want.volsize if same else settings.volsize_of(have))
    if want.origin is not None or want.promoted:
        shown["origin"] = have.value("origin")
    shown.update(_show_state(have, want))
    return shown


def _show_state(have: Dataset, want: WantDataset) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    if want.mounted is not None:
        shown["mounted"] = have.mounted
    shown.update(keys.show(have, want))
    if want.jail is not None:
        shown["jail"] = want.jail if have.attached else None
    shown.update(marks.show(have, want))
    return shown


def facts(have: Dataset | None) -> dict[str, t.Any]:
    """What the module returns: values as plain data, sizes in bytes, each property with where it comes from."""
    if have is None or not have.kind:
        return {"state": "absent", "type": None, "config": {}, "runtime": {}}
    settled = {key: prop for key, prop in have.properties.items() if prop.source != "-"}
    runtime = {key: _plain(key, prop.value) for key, prop in have.properties.items() if prop.source == "-"}
    return {
        "state": "present",
        "type": have.kind,
        "config": {
            "properties": {
                key: {"value": _plain(key, prop.value), "source": prop.source} for key, prop in sorted(settled.items())
            },
            "snapshots": [snap.name for snap in have.snapshots],
            "holds": list(have.holds),
            "delegations": [
                {"kind": g.kind, "who": g.who, "scope": g.scope, "permissions": sorted(g.permissions)}
                for g in have.grants
            ],
        },
        "runtime": runtime,
        "devices": [f"/dev/zvol/{have.at}"] if have.kind == "volume" else [],
    }


def _plain(key: str, value: str) -> t.Any:
    counted = is_size(key) or key.startswith(COUNTED)
    return int(value) if counted and value.isdigit() else value
