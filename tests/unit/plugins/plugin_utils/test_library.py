# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""The plugin libvirt: how many calls it makes of the library, and what it makes of the answers."""

from __future__ import annotations

import sys
import threading
import time
import types
import typing as t

import pytest
from ansible.errors import AnsibleError, AnsibleParserError

from ansible_collections.hostwright.virt.plugins.inventory.libvirt import InventoryModule
from ansible_collections.hostwright.virt.plugins.plugin_utils.library import (
    Question,
    ask_library,
    load_library,
    read_leases,
)

XML = "<domain type='test'><name>{name}</name><uuid>{name}</uuid><memory unit='MiB'>64</memory><vcpu>2</vcpu></domain>"
STATES = {"RUNNING": 1, "PAUSED": 2, "SHUTOFF": 4, "OTHER": 8}


class LibvirtError(Exception):
    """As libvirt.libvirtError."""

    def get_error_code(self) -> int:
        return 42 if "not found" in str(self) else 1


class Calls(t.Counter[str]):
    """Counts what threads call, and how many of them at once."""

    def __init__(self) -> None:
        super().__init__()
        self.lock, self.now, self.peak = threading.Lock(), 0, 0

    def take(self, name: str) -> None:
        with self.lock:
            self[name] += 1
            self.now += 1
            self.peak = max(self.peak, self.now)
        time.sleep(0.0005)
        with self.lock:
            self.now -= 1


class Domain:
    def __init__(self, calls: Calls, name: str, state: str) -> None:
        self.calls, self.known, self.state = calls, name, state

    def name(self) -> str:
        return self.known

    def UUIDString(self) -> str:
        return self.known

    def ID(self) -> int:
        return 7 if self.state != "SHUTOFF" else -1

    def XMLDesc(self, _flags: int) -> str:
        self.calls.take("XMLDesc")
        if self.known in ("gone", "denied"):
            raise LibvirtError("domain not found" if self.known == "gone" else "access denied")
        return "<domain" if self.known == "broken" else XML.format(name=self.known)

    def agentSetResponseTimeout(self, seconds: int, _flags: int) -> int:
        self.patience = seconds
        return 0

    def interfaceAddresses(self, source: int, _flags: int) -> t.Any:
        self.calls.take("interfaceAddresses")
        if source == 2 and not 0 < getattr(self, "patience", -2) <= 10:
            raise AssertionError("it would wait for ever")
        if source == 2 and self.known == "a":
            raise LibvirtError("guest agent is not responding")
        return {"eth0": {"addrs": [{"addr": f"192.0.2.{source}"}]}, "lo": {"addrs": None}}


class Connection:
    def __init__(self, calls: Calls, domains: t.Mapping[str, str]) -> None:
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
        def fail() -> t.Any:
            raise LibvirtError("no DHCP here")

        rows = [{"mac": "52:54:00:00:00:01", "ipaddr": "192.0.2.1"}]
        return [types.SimpleNamespace(DHCPLeases=call) for call in (fail, lambda: rows)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What was called of a library that stands in for libvirt-python."""
    counted = Calls()
    library: t.Any = types.ModuleType("libvirt")
    domains = {**{f"d{number}": "SHUTOFF" for number in range(1000)}, "a": "RUNNING", "b": "PAUSED"}

    def open_auth(uri: str, _auth: object, flags: int) -> Connection:
        if uri == "dead":
            raise LibvirtError("Connection refused")
        assert flags == (0 if uri == "agents" else 1)
        odd = {**domains, "gone": "RUNNING", "broken": "OTHER", "denied": "SHUTOFF"}
        few = {"a": "RUNNING", "b": "RUNNING", "c": "SHUTOFF"}
        return Connection(counted, {"odd": odd, "agents": few}.get(uri, domains))

    library.libvirtError = LibvirtError
    library.registerErrorHandler = lambda *_args: None
    library.openAuth = open_auth
    library.VIR_CONNECT_RO = 1
    library.VIR_ERR_NO_DOMAIN = 42
    library.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, library.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT = 1, 2
    for name in ("VIR_CRED_AUTHNAME", "VIR_CRED_PASSPHRASE", "VIR_DOMAIN_STATS_BALLOON", "VIR_DOMAIN_STATS_VCPU"):
        setattr(library, name, 1)
    for word, flag in {**STATES, "AUTOSTART": 16}.items():
        setattr(library, f"VIR_CONNECT_LIST_DOMAINS_{word}", flag)
    library.VIR_CONNECT_LIST_NETWORKS_ACTIVE = 2
    monkeypatch.setitem(sys.modules, "libvirt", library)
    return counted


def test_names_and_states_of_a_thousand_take_six_calls(calls: Calls) -> None:
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


def test_all_facts_take_one_more_for_each(calls: Calls) -> None:
    found = ask_library(Question("test:///", "fy", True, ("config", "lease")))
    assert dict(calls) == {"listAllDomains": 5, "XMLDesc": 1002}
    assert 1 < calls.peak <= 5  # of what libvirtd does at once for one client
    assert {guest["host"] for guest in found["guests"]} == {"fy"}
    assert (found["host"]["libvirt_version"], found["host"]["cpus"]) == ("9.0.0", 4)


def test_what_goes_away_or_is_broken_hides_nothing(calls: Calls) -> None:
    found = ask_library(Question("odd", None, True, ()))
    assert len(found["guests"]) == 1002
    assert len(found["problems"]) == 2
    for text, word in zip(sorted(found["problems"]), ("broken", "denied': access denied")):
        assert word in text


def test_the_agent_of_one_guest_keeps_nobody_waiting(calls: Calls) -> None:
    found = ask_library(Question("agents", None, True, ("arp", "agent")))
    addresses = {guest["name"]: guest["addresses"] for guest in found["guests"]}
    assert addresses == {"a": ["192.0.2.1"], "b": ["192.0.2.1", "192.0.2.2"], "c": []}


def test_a_network_that_leases_nothing_hides_no_other(calls: Calls) -> None:
    library = load_library()
    connection = library.openAuth("test:///", [], 1)
    assert read_leases(library, connection) == {"52:54:00:00:00:01": ["192.0.2.1"]}


def test_a_dead_one_says_so(calls: Calls) -> None:
    with pytest.raises(AnsibleError, match="cannot connect: Connection refused"):
        ask_library(Question("dead", None, True, ()))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libvirt", None)
    with pytest.raises(AnsibleError, match="install python3-libvirt"):
        ask_library(Question("test:///", None, True, ()))


class Inventory(InventoryModule):
    """The plugin, with options from the test."""

    def __init__(self, *uris: t.Any) -> None:
        super().__init__()
        self.given = {"uris": list(uris), "details": True, "address_sources": ["config"]}

    def get_option(self, option: str, hostvars: t.Any = None) -> t.Any:
        return self.given[option]


def test_uris_are_texts_or_have_a_host() -> None:
    plugin = Inventory("test:///default", {"uri": "qemu+ssh://root@fy/system?keyfile=/k&no_verify=1", "host": "fy"})
    assert [(question.uri, question.host) for question in plugin.questions()] == [
        ("test:///default", None),
        ("qemu+ssh://root@fy/system?keyfile=/k&no_verify=1", "fy"),
    ]
    assert plugin.unknown_host("test:///default") is None
    assert plugin.unknown_host(plugin.questions()[1].uri) == {"name": "fy", "types": [], "lacks": []}


BAD_URIS: t.Sequence[t.Any] = (
    *(3, "", "-c", "qemu:/// system", "qemu:///\nsystem", {}, {"host": "fy"}, {"uri": 3}),
    {"uri": "test:///default", "hosts": "fy"},
    *({"uri": "test:///default", "host": name} for name in ("", "-x", "a b", "{{ x }}", "a\nb")),
)


@pytest.mark.parametrize("entry", BAD_URIS)
def test_uris_that_are_none(entry: t.Any) -> None:
    with pytest.raises(AnsibleParserError, match="uris: "):
        Inventory(entry).questions()
