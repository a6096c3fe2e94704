# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every row of every table under cases/."""

from __future__ import annotations

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support import tables


@pytest.mark.parametrize("case", tables.load_cases(), ids=str)
def test_case(case: tables.Case) -> None:
    if "error" in case.row:
        with pytest.raises(Problem) as caught:
            tables.run_case(case)
        assert case.row["error"] in str(caught.value)
        return
    outcome, host = tables.run_case(case)
    assert tables.shown(outcome.steps, case.row["actions"]) == case.row["actions"]
    assert tables.shown(outcome.pending, case.row.get("pending", [])) == case.row.get("pending", [])
    assert host.performed == [], "check mode did something"
    if "diff" in case.row:
        assert {"before": dict(outcome.diff.before), "after": dict(outcome.diff.after)} == case.row["diff"]
    if "queries" in case.row:
        assert len(host.queries) <= case.row["queries"], host.queries
