# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of rctl(8) as a resource type of the engine. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.observe import Limits, observe
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.plan import facts, plan, predict, show
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.want import (
    ARGUMENT_SPEC,
    EFFECTS,
    WantLimits,
    parse_wants,
)

RCTL_LIMIT: Resource[WantLimits, Limits] = Resource(
    noun="limits of",
    argument_spec=ARGUMENT_SPEC,
    wants=parse_wants,
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
    effects=EFFECTS,
)
