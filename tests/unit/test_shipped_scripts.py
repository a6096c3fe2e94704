# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts that bhyve_vm puts on hosts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.service import SCRIPTS


@pytest.mark.parametrize("path", sorted(SCRIPTS))
def test_scripts_are_clean(path: str, tmp_path: Path) -> None:
    """As plain sh(1). rc.subr(8) reads the variables of the second one, and is not on this machine."""
    script = tmp_path / "script"
    script.write_text(SCRIPTS[path], encoding="utf-8")
    foreign = ["--exclude=SC1091,SC2034"] if "rc.d" in path else []
    tool = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run([str(tool), *foreign, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert "@" not in SCRIPTS[path].replace('"$@"', "")
