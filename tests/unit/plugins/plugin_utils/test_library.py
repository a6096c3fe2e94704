# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""The plugin libvirt: how many calls it makes of the library, and what it makes of the answers."""

from __future__ import annotations

import collections
import sys
import types
import typing as t

import pytest
from ansible.errors import AnsibleError

from ansible_collections.hostwright.virt.plugins.plugin_utils.library import Question, ask_library

XML = "<domain type='test'><name>{name}</name><uuid>{name}</uuid><memory unit='MiB'>64</memory><vcpu>2</vcpu></domain>"
STATES = {"RUNNING": 1, "PAUSED": 2, "SHUTOFF": 4, "OTHER": 8}


class LibvirtError(Exception):
    """As libvirt.libvirtError."""


class Domain:
    def __init__(self, calls: t.Counter[str], name: str, state: str) -> None:
        self.calls, self.known, self.state = calls, name, state

    def name(self) -> str:
        return self.known

    def UUIDString(self) -> str:
        return self.known

    def ID(self) -> int:
        return 7 if self.state != "SHUTOFF" else -1

    def XMLDesc(self, _flags: int) -> str:
        self.calls["XMLDesc"] += 1
        if self.known == "gone":
            raise LibvirtError("domain not found")
        return "<domain" if self.known == "broken" else XML.format(name=self.known)


class Connection:
    def __init__(self, calls: t.Counter[str], domains: t.Mapping[str, str]) -> None:
        self.calls = calls
        self.domains = [Domain(calls, name, state) for name, state in domains.items()]

    def listAllDomains(self, flag: int) -> list[Domain]:
        self.calls["listAllDomains"] += 1
        return [one for one in self.domains if STATES[one.state] == flag or (flag == 16 and one.known == "a")]

    def getHostname(self) -> str:
        return "node"

    def getInfo(self) -> list[t.Any]:
        return ["x86_64", 2048, 4, 0, 0, 0, 0, 0]

    def getLibVersion(self) -> int:
        return 9000000

    def getType(self) -> str:
        return "Test"

    def getAllDomainStats(self, _stats: int, _flags: int) -> list[t.Any]:
        self.calls["getAllDomainStats"] += 1
        return [(one, {"balloon.current": 65536, "vcpu.current": 2}) for one in self.domains]

    def listAllNetworks(self, _flags: int) -> list[t.Any]:
        rows = [{"mac": "52:54:00:00:00:01", "ipaddr": "192.0.2.1"}]
        return [types.SimpleNamespace(DHCPLeases=lambda: rows)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> t.Counter[str]:
    """What was called of a library that stands in for libvirt-python."""
    counted: t.Counter[str] = collections.Counter()
    library: t.Any = types.ModuleType("libvirt")
    domains = {**{f"d{number}": "SHUTOFF" for number in range(1000)}, "a": "RUNNING", "b": "PAUSED"}

    def open_auth(uri: str, _auth: object, flags: int) -> Connection:
        if uri == "dead":
            raise LibvirtError("Connection refused")
        assert flags == 1
        return Connection(counted, {**domains, "gone": "RUNNING", "broken": "OTHER"} if uri == "odd" else domains)

    library.libvirtError = LibvirtError
    library.registerErrorHandler = lambda *_args: None
    library.openAuth = open_auth
    library.VIR_CONNECT_RO = 1
    for name in ("VIR_CRED_AUTHNAME", "VIR_CRED_PASSPHRASE", "VIR_DOMAIN_STATS_BALLOON", "VIR_DOMAIN_STATS_VCPU"):
        setattr(library, name, 1)
    for word, flag in {**STATES, "AUTOSTART": 16}.items():
        setattr(library, f"VIR_CONNECT_LIST_DOMAINS_{word}", flag)
    library.VIR_CONNECT_LIST_NETWORKS_ACTIVE = 2
    monkeypatch.setitem(sys.modules, "libvirt", library)
    return counted


def test_names_and_states_of_a_thousand_take_six_calls(calls: t.Counter[str]) -> None:
    found = ask_library(Question("test:///", None, False, ("config",)))
    assert dict(calls) == {"listAllDomains": 5, "getAllDomainStats": 1}
    guests = {guest["name"]: guest for guest in found["guests"]}
    assert len(guests) == 1002
    assert found["host"] is None
    a = guests["a"]
    assert (a["state"], a["id"], a["autostart"], a["memory"], a["vcpus"], a["host"]) == (
        "started",
        7,
        True,
        64,
        2,
        "node",
    )
    assert (guests["b"]["state"], guests["d0"]["state"], guests["d0"]["id"]) == ("paused", "stopped", None)


def test_all_facts_take_one_more_for_each(calls: t.Counter[str]) -> None:
    found = ask_library(Question("test:///", "fy", True, ("config", "lease")))
    assert dict(calls) == {"listAllDomains": 5, "XMLDesc": 1002}
    assert {guest["host"] for guest in found["guests"]} == {"fy"}
    assert (found["host"]["libvirt_version"], found["host"]["cpus"]) == ("9.0.0", 4)


def test_what_goes_away_or_is_broken_hides_nothing(calls: t.Counter[str]) -> None:
    found = ask_library(Question("odd", None, True, ()))
    assert len(found["guests"]) == 1002
    assert len(found["problems"]) == 1
    assert "broken" in found["problems"][0]


def test_a_dead_one_says_so(calls: t.Counter[str]) -> None:
    with pytest.raises(AnsibleError, match="cannot connect: Connection refused"):
        ask_library(Question("dead", None, True, ()))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libvirt", None)
    with pytest.raises(AnsibleError, match="install python3-libvirt"):
        ask_library(Question("test:///", None, True, ()))
