# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps together with the state after them, so that plan and prediction cannot differ. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Have


@dataclasses.dataclass(frozen=True)
class Draft:
    """Steps so far and the state that they lead to."""

    have: Have
    steps: model.Plan = ()

    def add(self, step: model.Step, have: Have) -> Draft:
        return Draft(have, (*self.steps, step))


def change(field: str, before: t.Any, after: t.Any) -> tuple[model.Change, ...]:
    return (model.Change(field, before, after),)
