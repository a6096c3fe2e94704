#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
"""
EXAMPLES = r"""
"""
RETURN = r"""
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_module
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.resource import LIBVIRT_DOMAIN

RESOURCE = LIBVIRT_DOMAIN


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
