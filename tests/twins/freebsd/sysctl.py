# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sysctl(8): values of the twin's kernel."""

from __future__ import annotations

from pathlib import Path

from .kldload import loaded
from .world import World

# The jail parameters of 15.1, by kind (-t) and those that are fixed at creation (-T), as they were recorded.
CAPTURES = Path(__file__).resolve().parents[2] / "unit" / "captures" / "freebsd"
RECORDED = {"-t": "jail-param-types.txt", "-T": "jail-param-fixed.txt"}
HOST = {
    "kern.hostuuid": "00000000-0000-0000-0000-525400123456",
    "net.inet.ip.forwarding": "0",
    "net.link.tap.up_on_open": "0",  # tap(4)
    "net.link.bridge.member_ifaddrs": "0",  # 15.0's release notes
    "security.bsd.see_other_uids": "1",
    "security.bsd.see_other_gids": "1",
}
CARP = {  # as the recording has them
    "net.inet.carp.ifdown_demotion_factor": "240",
    "net.inet.carp.senderr_demotion_factor": "240",
    "net.inet.carp.demotion": "0",
    "net.inet.carp.log": "1",
    "net.inet.carp.preempt": "0",
    "net.inet.carp.dscp": "56",
    "net.inet.carp.allow": "1",
}
READ_ONLY = ("kern.racct.enable", "kern.hostuuid")
IPFW = {
    "net.inet.ip.fw.default_to_accept": "1",
    "net.inet.ip.fw.enable": "1",
    "net.inet.ip.fw.dyn_keep_states": "0",  # ipfw(8)
}


def main(world: World, words: list[str]) -> int:
    if words[1:] == ["security.jail.param"] and words[0] in RECORDED:
        print((CAPTURES / RECORDED[words[0]]).read_text(encoding="utf-8"), end="")
        return 0
    values = all_values(world)
    if "-W" in words:
        names = [word for word in words if word in values and word not in READ_ONLY]
        print("".join(f"{name}\n" for name in names), end="")
        return 0
    return show_or_set(world, words, values)


def all_values(world: World) -> dict[str, str]:
    return {
        "kern.racct.enable": "1" if world.data.get("racct", True) else "0",
        **HOST,
        **(CARP if "carp" in loaded(world) else {}),
        **(IPFW if "ipfw" in loaded(world) else {}),
        **world.data.get("sysctl", {}),
    }


def show_or_set(world: World, words: list[str], values: dict[str, str]) -> int:
    bare = "-n" in words
    failed = 0
    for name in [word for word in words if not word.startswith("-")]:
        wanted, equals, value = name.partition("=")
        below = [known for known in values if known.startswith(wanted + ".")]
        if wanted not in values and not below:
            if "-i" not in words:
                world.complain(f"sysctl: unknown oid '{wanted}'")
                failed += 1  # sbin/sysctl: it ends with the number of its complaints
        elif not equals:
            for known in [wanted] if wanted in values else below:
                print(values[known] if bare else f"{known}: {values[known]}")
        elif wanted in READ_ONLY:
            world.complain(f"sysctl: oid '{wanted}' is a read only tunable")
            world.complain("sysctl: Tunable values are set in /boot/loader.conf")
            failed = 1
        else:
            print(f"{wanted}: {values[wanted]} -> {value}")
            world.data.setdefault("sysctl", {})[wanted] = value
    return failed
