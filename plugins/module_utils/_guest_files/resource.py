# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files inside a guest's root tree, written from the host without following the guest's links. Private."""

from __future__ import annotations

from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files import plan, want
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.api import root_api

GUEST_FILES: Resource[want.WantFiles, plan.Tree] = Resource(
    noun="guest files",
    argument_spec=want.ARGUMENT_SPEC,
    wants=want.parse_wants,
    observe=plan.observe,
    plan=plan.plan,
    predict=plan.predict,
    show=plan.show,
    facts=plan.facts,
    effects=want.EFFECTS,
    apis={"root": root_api},
)
