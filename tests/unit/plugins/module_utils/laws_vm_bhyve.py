# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on guests of vm-bhyve, in the words of its file; the host is that of laws_bhyve_vm."""

from __future__ import annotations

from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.laws_bhyve_vm import backend_of

BACKEND = backend_of("vm-bhyve")
