# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module promises: check mode, diff, idempotence, platform, action group.

A module extends `hostwright.virt._attributes` and `hostwright.virt._attributes.actiongroup_virt`, and states
`support` of check_mode, diff_mode and idempotent, and the `platforms` of platform, itself. A module that only reads
extends `hostwright.virt._attributes.info_module` as well, which states them all.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description:
      - Can run in check mode and return the same result, diff and commands as a real run, without changing anything.
  diff_mode:
    description:
      - Returns in diff mode what has changed, or in check mode what would change, limited to what the task names.
  idempotent:
    description:
      - A second run with the same parameters changes nothing and returns RV(ignore:changed=false).
  platform:
    description:
      - The systems that the managed host can run.
    support: full
"""

    ACTIONGROUP_VIRT = r"""
options: {}
attributes:
  action_group:
    description:
      - Belongs to C(group/hostwright.virt.virt) of C(module_defaults), so that options that many tasks share are
        written once.
    support: full
    membership:
      - hostwright.virt.virt
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module changes nothing.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
    details:
      - This module changes nothing.
"""
