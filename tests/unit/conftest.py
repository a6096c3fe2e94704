# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets plain pytest import the collection from any checkout path.

Python finds `ansible_collections.hostwright.virt` through a temporary directory with a link to the checkout.
Under ansible-test the checkout has that path already, and its own loader finds the collection.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from pathlib import Path

from hypothesis import settings

# The same examples in every run; `pytest --hypothesis-profile default` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = ("ansible_collections", "hostwright", "virt")


def make_import_path() -> Path:
    if ROOT.parts[-3:] == NAMESPACE:
        return ROOT.parents[2]
    base = Path(tempfile.mkdtemp(prefix="hostwright-unit-"))
    atexit.register(shutil.rmtree, str(base), ignore_errors=True)
    namespace = base.joinpath(*NAMESPACE[:-1])
    namespace.mkdir(parents=True)
    (namespace / NAMESPACE[-1]).symlink_to(ROOT, target_is_directory=True)
    return base


IMPORT_PATH = make_import_path()
if str(IMPORT_PATH) not in sys.path:
    sys.path.insert(0, str(IMPORT_PATH))
