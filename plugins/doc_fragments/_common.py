# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that have the same meaning in every module that has them.

Fragments hold options and attributes only: ansible-core up to 2.19 reads no return values from them, so RETURN is
written in each module, and tests/unit/test_module_docs.py compares the entries of the same name.
"""

from __future__ import annotations


class ModuleDocFragment:
    RESTART_POLICY = r"""
options:
  restart_policy:
    description:
      - What to do when a change takes effect only after the running object was restarted.
      - V(never) writes the change, leaves the object running as it is, and says RV(ignore:restart_required=true).
      - V(if_needed) restarts the object when a change of this task, or an earlier one that still waits, needs it.
      - V(always) restarts the object whenever this task changes anything.
      - Whatever the value, an object that does not run is not started by it.
    type: str
    choices:
      - never
      - if_needed
      - always
    default: never
    version_added: 0.1.0
"""

    TIMEOUT = r"""
options:
  timeout:
    description:
      - How many seconds to wait for the object to reach the state that the task asks for.
      - When the time is over the task fails and says which state was reached.
    type: int
    default: 60
    version_added: 0.1.0
"""
