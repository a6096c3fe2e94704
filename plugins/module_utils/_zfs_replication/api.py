# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of a replication do beyond one local command. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Run
from ansible_collections.hostwright.virt.plugins.module_utils._local import LocalHost
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.options import PACKAGES

HINT = "run the task again: it goes on with what has arrived"


def replication_api(method: str, *args: t.Sequence[str]) -> str:
    """Resource API: ``run`` takes a command, ``copy`` one that sends and one that receives."""
    host = LocalHost(PACKAGES, {})
    if method == "run":
        return host.perform(Run(tuple(args[0])))
    host.pipe(tuple(args[0]), tuple(args[1]), HINT)
    return ""
