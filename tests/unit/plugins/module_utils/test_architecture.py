# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the design promises about the source itself."""

from __future__ import annotations

import re
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
CORE = sorted((PLUGINS / "module_utils" / "_core").glob("*.py"))
TOOLS = set(
    re.findall(
        "[a-z]+",
        "jail jls jexec bhyve rctl lxc xen xl libvirt virsh zfs zpool iscsi iscsiadm targetcli tgt tgtadm ctld ovs "
        "openvswitch ovsdb lvm udev multipath nspawn qemu",
    )
)


def test_the_core_names_no_tool() -> None:
    assert len(CORE) >= 7
    for path in CORE:
        words = set(re.findall(r"[a-z]+", path.read_text(encoding="utf-8").lower()))
        assert not words & TOOLS, path.name


def test_the_core_stays_small() -> None:
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in CORE) <= 600


def test_one_file_knows_ansible_and_check_mode() -> None:
    users = set()
    for path in (PLUGINS / "module_utils").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "AnsibleModule" in text or "check_mode" in text or "ansible.module_utils" in text:
            users.add(path.name)
    assert users == {"entry.py"}


def test_no_shell_and_few_places_that_start_processes() -> None:
    starters = set()
    for path in (PLUGINS / "module_utils").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "shell=True" not in text
        if re.search(r"\bsubprocess\b|os\.(system|popen|exec|spawn)", text):
            starters.add(path.name)
    assert starters == {"_local.py"}


def test_modules_are_documentation_and_one_call() -> None:
    modules = sorted((PLUGINS / "modules").glob("*.py"))
    assert modules
    for path in modules:
        text = path.read_text(encoding="utf-8")
        code = re.sub(r'^[A-Z]+ = r?""".*?^"""$', "", text, flags=re.MULTILINE | re.DOTALL)
        lines = [line for line in code.splitlines() if line.strip() and not line.startswith("#")]
        assert len(lines) <= 25, path.name
