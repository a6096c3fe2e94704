# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile values of the roles of jails: what a role writes itself, or gives to a shell, it refuses at its beginning.

What it hands to a module as it is (settings, interfaces, rules of pf, limits, the jail's options) the module refuses.
"""

from __future__ import annotations

import hashlib
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

ROLES = Path(__file__).resolve().parents[2] / "roles"
HOSTILE = ("a\nb", "\n", "a\rb", 'a"b', "a$(b)", "a`b`", "a\\b", "a\x00b", "a\u2028b", "\u0430b")
SHELL = ("a'b", "a;b", "a|b", "a&b", "a>b", "a#b", "a~b")
# A value that is taken, @ for the place of a hostile one, and what may stand there.
VALUES: tuple[tuple[str, t.Any, str], ...] = (
    ("jail_host_root", "/jails/@", "a"),
    ("jail_host_root", "/jails/@/x", "a"),
    ("jail_host_cache", "/var/cache/@", "a"),
    ("jail_host_dataset", "tank/@", "a"),
    ("jail_host_pool", {"name": "@", "vdevs": ["ada1"]}, "tank"),
    ("jail_host_pool", {"name": "tank", "vdevs": ["@"]}, "ada1"),
    ("jail_host_releases", [{"name": "@"}], "15.1-RELEASE"),
    ("jail_host_releases", [{"name": "15", "sets": ["base", "@"]}], "lib32"),
    ("jail_host_releases", [{"name": "15", "patch_level": "p1@"}], "2"),
    ("jail_host_devfs_rulesets", [{"name": "@", "number": 30, "rules": ["hide"]}], "own"),
    ("jail_host_devfs_rulesets", [{"name": "own", "number": 30, "rules": ["path @ unhide"]}], "tun*"),
    ("jail_host_devfs_rulesets", [{"name": "own", "number": 30, "rules": ["include @"]}], "4"),
    ("jail_host_ipfw_rules", ["100 allow ip from any to @"], "any"),
    ("jail_host_ipfw_rules", ["@00 allow ip from any to any"], "1"),
    ("jail_host_pipes", [{"number": 1, "config": "bw 1Mbit/s queue @"}], "20"),
    ("jail_host_pipes", [{"number": 1, "config": "bw @"}], "1500Kbit/s"),
    ("jail_host_bsdextended", ["subject uid @ object uid 0 mode x"], "80"),
    ("jail_host_portacl", ["uid:@:tcp:80"], "80"),
    ("jail_host_audit_flags", "@", "lo,aa"),
    ("jail_host_nameservers", ["@"], "2001:db8::53"),
    ("jail_host_search", ["@"], "example.org"),
    ("jail_host_ntp_servers", ["@"], "ntp.example.org"),
    ("jail_host_timezone", "Europe/@", "Paris"),
    ("jail_guest_name", "@", "web1"),
    ("jail_guest_dataset", "tank/@", "web1"),
    ("jail_guest_path", "/jails/@", "web1"),
    ("jail_guest_services", ["@"], "nginx"),
    ("jail_guest_rc", {"@": "x"}, "nginx_flags"),
    ("jail_guest_rc", {"nginx_flags": "@"}, "-q 'a b'"),  # in double quotes, and to no shell of the host
    ("jail_guest_ipfw", {"set": 5, "rules": ["100 allow ip from any to @"]}, "any"),
)


def load(role: str, part: str) -> dict[str, t.Any]:
    return dict(yaml.safe_load((ROLES / role / part / "main.yml").read_text(encoding="utf-8")))


def trusted(value: t.Any) -> t.Any:
    """As Ansible reads its own files; before 2.19 there was no difference."""
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return value
    return trust_as_template(value) if isinstance(value, str) else value


def template(variables: dict[str, t.Any], text: str) -> t.Any:
    make: t.Any = DataLoader
    return Templar(loader=make(), variables=variables).template(trusted(text))


def put(value: t.Any, text: str) -> t.Any:
    if isinstance(value, dict):
        return {put(key, text): put(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [put(item, text) for item in value]
    return value.replace("@", text) if isinstance(value, str) else value


def refused(name: str, value: t.Any) -> bool:
    """Whether an assertion fails that speaks of variables alone; those about the host come after it was looked at."""
    role = name[: len("jail_host")] if name.startswith("jail_host") else name[: len("jail_guest")]
    known = {"inventory_hostname": "host", "jail_guest_name": "web1", **load(role, "defaults"), **load(role, "vars")}
    if name != "jail_guest_name" and role == "jail_guest":
        known["jail_guest_name"] = "web1"
    tasks = yaml.safe_load((ROLES / role / "tasks" / "preflight.yml").read_text(encoding="utf-8"))
    for task in tasks:
        that = task.get("ansible.builtin.assert", {}).get("that", [])
        own = {**trusted(known), **trusted(task.get("vars", {})), name: value}
        for text in [that] if isinstance(that, str) else that:
            if "_look." in text or "_foreign" in text:
                continue
            if not template(own, "{{ (" + text + ") | bool }}"):
                return True
    return False


@pytest.mark.parametrize(("name", "value", "good"), VALUES, ids=str)
def test_a_role_takes_no_hostile_value(name: str, value: t.Any, good: str) -> None:
    assert not refused(name, put(value, good))
    quoted = name == "jail_guest_rc" and "nginx_flags" in value
    for text in HOSTILE if quoted else HOSTILE + SHELL:
        assert refused(name, put(value, text)), repr(text)
    if name in ("jail_host_root", "jail_host_cache", "jail_guest_path"):
        assert refused(name, put(value, "../a"))


FIREWALL = {"jail_host_firewall": "ipfw"}
PIPES = {"jail_host_pipes": [{"number": 1, "config": "bw 1Mbit/s"}]}
UGIDFW = {"jail_host_bsdextended": ["subject uid 80 object uid 0 mode x"]}
OURS = "dnctl.conf # Written by the role hostwright.virt.jail_host; in the kernel as 0"


@pytest.mark.parametrize(
    ("said", "lines", "found"),
    [
        (FIREWALL, ["rc firewall_enable: NO", "rc firewall_script: /etc/rc.firewall"], 0),
        (FIREWALL, ["rc firewall_enable: YES", "rc firewall_script: /etc/rc.firewall"], 1),
        (FIREWALL, ["rc firewall_enable: YES", "rc firewall_script: "], 1),
        (FIREWALL, ["rc firewall_enable: YES", "rc firewall_script: /etc/ipfw.hostwright.sh"], 0),
        (PIPES, ["rc dnctl_enable: yes", "dnctl.conf # mine"], 1),
        (PIPES, ["rc dnctl_enable: YES", OURS], 0),
        (PIPES, ["rc dnctl_enable: NO", "dnctl.conf # mine"], 0),
        (UGIDFW, ["rc ugidfw_enable: YES", "rc bsdextended_script: /etc/rc.bsdextended"], 1),
        (UGIDFW, ["rc ugidfw_enable: YES", "rc bsdextended_script: /etc/rc.bsdextended.hostwright"], 0),
        ({}, ["rc firewall_enable: YES", "rc dnctl_enable: YES", "rc ugidfw_enable: YES"], 0),
    ],
)
def test_what_somebody_else_set_up_is_seen(said: dict[str, t.Any], lines: list[str], found: int) -> None:
    own = {**load("jail_host", "defaults"), **load("jail_host", "vars"), **said}
    own = {**trusted(own), "_jail_host_look": {"stdout_lines": lines}}
    assert int(template(own, "{{ _jail_host_foreign | length }}")) == found


@pytest.mark.parametrize(
    ("lines", "differ", "gone"),
    [
        ([], True, []),
        ([OURS, "dnctl.conf pipe 1 config bw 1Mbit/s"], True, []),
        ([OURS, "dnctl.conf pipe 1 config bw 1Mbit/s", "dnctl.conf pipe 9 config bw 1Kbit/s"], True, [9]),
        (["dnctl.conf # mine", "dnctl.conf pipe 9 config bw 1Kbit/s"], True, []),
        (
            [
                # the checksum of the line with pipe 1 alone; 3 is somebody else's
                "dnctl.conf # Written by the role hostwright.virt.jail_host; in the kernel as "
                + hashlib.sha256(b"00001:   1.000 Mbit/s    0 ms burst 0 ").hexdigest(),
                "dnctl.conf pipe 1 config bw 1Mbit/s",
                "pipe 00001:   1.000 Mbit/s    0 ms burst 0 ",
                "pipe 00003:   2.000 Mbit/s    0 ms burst 0 ",
            ],
            False,
            [],
        ),
    ],
)
def test_pipes_are_compared_with_what_was_loaded(lines: list[str], differ: bool, gone: list[int]) -> None:
    own = {**trusted({**load("jail_host", "defaults"), **load("jail_host", "vars"), **PIPES})}
    own["_jail_host_look"] = {"stdout_lines": lines}
    assert str(template(own, "{{ _jail_host_pipes_differ }}")) == str(differ)
    assert template(own, "{{ _jail_host_pipes_gone }}") == gone
