# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kldload(8): files of the twin's kernel. Loading ipfw without the tunable that lets packets through is remembered."""

from __future__ import annotations

from .world import Fail, World

BASE = ("zfs", "vmm", "if_epair", "if_bridge", "nullfs", "fdescfs", "linprocfs")
ABSENT = ("dummynet", "mac_portacl", "mac_bsdextended")  # not built on the recorded system
KNOWN = (*BASE, "pf", "ipfw", "carp", "nmdm", "linux64", "pflog", "cryptodev", "tmpfs", "procfs", "if_vlan")


def loaded(world: World) -> list[str]:
    files = world.data.setdefault("kld", list(world.data.get("kld_base", BASE)))
    assert isinstance(files, list)
    return files


def main(world: World, words: list[str]) -> int:
    quiet = "-n" in words
    for name in [word for word in words if not word.startswith("-")]:
        if name in loaded(world):
            if not quiet:
                raise Fail(f"kldload: can't load {name}: module already loaded or in kernel")
            continue
        if name not in KNOWN and name not in world.data.get("kld_known", ()):
            raise Fail(f"kldload: can't load {name}: No such file or directory")
        if name == "ipfw" and world.data.setdefault("kenv", {}).get("net.inet.ip.fw.default_to_accept") != "1":
            world.data["cut_off"] = True
        loaded(world).append(name)
    return 0
