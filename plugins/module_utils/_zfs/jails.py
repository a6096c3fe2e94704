# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasets that a jail of FreeBSD manages itself. Private; no I/O."""

from __future__ import annotations

import dataclasses

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.draft import Draft, change, zfs
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.want import WantDataset


def attach(draft: Draft, want: WantDataset) -> Draft:
    """Show a dataset to a running jail, or no longer."""
    have, jail = draft.have, want.jail
    if jail is None or have.attached == (want.jail_state == "attached"):
        return draft
    if want.jail_state == "detached":
        run, summary = zfs("unjail", jail, want.name), f"take {want.name} from jail {jail}"
        step = model.Step(run, summary, changes=change("jail", jail, None))
        return draft.add(step, dataclasses.replace(have, in_jail=False))
    if have.in_jail is None:
        raise model.Problem(f"{want.name}: there is no running jail {jail}: start it first")
    if have.value("jailed") != "on":
        raise model.Problem(f"{want.name}: a jail can have it only with property jailed=on")
    step = model.Step(
        zfs("jail", jail, want.name), f"give {want.name} to jail {jail}", changes=change("jail", None, jail)
    )
    return draft.add(step, dataclasses.replace(have, in_jail=True))
