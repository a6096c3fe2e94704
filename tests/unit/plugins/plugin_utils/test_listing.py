# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""What the inventory plugins make of answers: names, groups, ways in, old answers, and everything that goes wrong."""

from __future__ import annotations

import json
import os
import time
import typing as t
from pathlib import Path

import pytest
from ansible import constants as C
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.inventory.hypervisors import InventoryModule
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Guest
from ansible_collections.hostwright.virt.plugins.plugin_utils import names, ways
from ansible_collections.hostwright.virt.plugins.plugin_utils.parallel import run_all
from ansible_collections.hostwright.virt.plugins.plugin_utils.safe import make_template

DEFAULTS: t.Mapping[str, t.Any] = {
    "hosts": [],
    "types": None,
    "lxc_paths": ["/var/lib/lxc"],
    "libvirt_uris": [],
    "address_sources": ["runtime"],
    "depth": 1,
    "parallel": 4,
    "time_limit": 20,
    "include_states": [],
    "filters": [],
    "query": None,
    "inventory_hostname": "auto",
    "connection": "auto",
    "address_networks": [],
    "address_version": "ipv4",
    "strict": False,
    "compose": {},
    "groups": {},
    "keyed_groups": [],
    "leading_separator": True,
    "use_extra_vars": False,
    "cache": False,
    "cache_plugin": "jsonfile",
    "cache_connection": None,
    "cache_prefix": "t_",
    "cache_timeout": 3600,
}
HOSTILE = "{{ lookup('pipe', 'touch /tmp/hostwright-owned') }}"


def trust(value: t.Any) -> t.Any:
    """As what stands in the file of an inventory is."""
    if isinstance(value, dict):
        return {key: trust(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trust(item) for item in value]
    return make_template(value) if isinstance(value, str) else value


class Inventory(InventoryModule):
    """The plugin, with options and answers from the test: a job is what it returns, or an error."""

    def __init__(self, answers: t.Mapping[str, t.Any], **options: t.Any) -> None:
        super().__init__()
        self.answers, self.given = answers, {**DEFAULTS, **trust(options)}
        self.said: list[str] = []
        self.data: t.Any = InventoryData()
        self.asked: list[str] = []

    def get_option(self, option: str, hostvars: t.Any = None) -> t.Any:
        return self.given[option]

    def _read_config_data(self, path: str) -> t.Any:
        self.display = type("Display", (), {"warning": lambda _self, text: self.said.append(text)})()
        if self.given["cache"]:
            self.load_cache_plugin()
        return {}

    def get_cache_key(self, path: str) -> str:
        return "key"

    def list_sources(self) -> dict[str, t.Any]:
        for name in self.answers:
            self.inventory.add_host(name)
            self.inventory.set_variable(name, "ansible_user", "admin")
        return {name: self.job(name) for name in self.answers}

    def job(self, name: str) -> t.Any:
        def answer() -> t.Any:
            found = self.answers[name]
            if isinstance(found, Exception):
                raise found
            return found() if callable(found) else found

        return answer

    def run(self, tmp_path: Path, cache: bool = True) -> t.Any:
        self.parse(self.data, DataLoader(), str(tmp_path / "x.hostwright.yml"), cache=cache)
        if self.given["cache"]:
            self.update_cache_if_changed()
        self.data.reconcile_inventory()
        return self.data


def answer(host: str, *guests: Guest, **more: t.Any) -> dict[str, t.Any]:
    about = {"name": host, "types": ["lxc"], "lacks": [], "node": host}
    return {"host": about, "guests": [guest.show(host) for guest in guests], "problems": [], **more}


def lxc(name: str, state: str = "started", **more: t.Any) -> Guest:
    return Guest(name, "lxc", state, config_file=f"/var/lib/lxc/{name}/config", **more)


def groups_of(data: t.Any, name: str) -> set[str]:
    return {group.name for group in data.hosts[name].get_groups()}


def test_hosts_and_guests_and_their_groups(tmp_path: Path) -> None:
    guest = lxc("web", tags=("a b", "prod"), addresses={"runtime": ["192.0.2.1"]})
    plugin = Inventory(
        {"fy": answer("fy", guest, lxc("old", "stopped"))},
        compose={"big": "virt_guest.name ~ 'x'"},
        groups={"named_web": "virt_guest.name == 'web'"},
        keyed_groups=[{"key": "virt_guest.owner", "prefix": "owner"}],
    )
    data = plugin.run(tmp_path)
    assert plugin.said == []
    assert groups_of(data, "fy") >= {"hypervisors", "hypervisors_lxc"}
    mine = {"guests", "guests_of_fy", "type_lxc", "state_started", "tag_a_b", "tag_prod", "named_web", "owner_base"}
    assert groups_of(data, "web") - {"all"} == mine
    assert groups_of(data, "old") >= {"state_stopped"}
    assert data.hosts["web"].vars["big"] == "webx"
    assert data.hosts["fy"].vars["virt_guests"] == ["web", "old"]
    assert data.hosts["fy"].vars["virt_host"]["stale"] is False


def test_a_way_in_that_follows_the_hosts_own_variables(tmp_path: Path) -> None:
    found = answer("fy", lxc("web"), Guest("vm", "libvirt", "started", addresses={"runtime": ["192.0.2.7"]}))
    data = Inventory({"fy": found}).run(tmp_path)
    web = data.hosts["web"].vars
    assert web["ansible_connection"] == "hostwright.virt.lxc"
    assert (web["ansible_lxc_name"], web["ansible_lxc_host"], web["ansible_lxc_path"]) == ("web", "fy", "/var/lib/lxc")
    templar = Templar(loader=DataLoader(), variables={"hostvars": {"fy": {"ansible_user": "admin"}}})
    assert templar.template(web["ansible_user"]) == "admin"
    assert data.hosts["vm"].vars["ansible_host"] == "192.0.2.7"
    assert "ansible_connection" not in data.hosts["vm"].vars


def test_passwords_are_pointed_to_and_not_copied() -> None:
    host = {
        "inventory_hostname": "fy",
        "ansible_host": "192.0.2.1",
        "ansible_password": "s3cret",
        "ansible_become": True,
        "ansible_become_method": "doas",
        "ansible_become_password": "s3cret",
        "ansible_ssh_common_args": "-J jump",
    }
    known = ["ansible_host", "ansible_password", "ansible_ssh_common_args", "inventory_hostname"]
    way = ways.enter(Guest("j", "jail", "started").show("fy"), host, "ssh", known)
    assert "s3cret" not in repr(way)
    assert way.plain == {
        "ansible_connection": "hostwright.virt.jail",
        "ansible_jail_name": "j",
        "ansible_host_connection": "ssh",
        "ansible_host_become": "doas",
    }
    assert way.pointers == {
        "ansible_jail_host": "ansible_host",
        "ansible_password": "ansible_password",
        "ansible_ssh_common_args": "ansible_ssh_common_args",
        "ansible_host_become_password": "ansible_become_password",
    }
    local = ways.enter(Guest("m", "nspawn", "started").show("fy"), host, "local", known)
    assert (local.plain["ansible_nspawn_host"], local.plain["ansible_host_connection"]) == ("localhost", "local")
    assert set(local.pointers) == {"ansible_host_become_password"}


@pytest.mark.parametrize(
    ("connection", "transport", "way"),
    [
        (None, "ssh", ("hostwright.virt.lxc", "ssh", "localhost")),
        (None, "local", ("hostwright.virt.lxc", "local", "localhost")),
        ("ansible.builtin.ssh", "local", ("hostwright.virt.lxc", "ssh", "localhost")),
        ("{{ how }}", "ssh", ("hostwright.virt.lxc", "local", "localhost")),
        ("smart", "ssh", ("hostwright.virt.lxc", "ssh", "localhost")),
        ("hostwright.virt.jail", "ssh", (None, None, None)),
        ("community.docker.docker", "ssh", (None, None, None)),
    ],
)
def test_a_guest_is_entered_as_its_host_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connection: str | None, transport: str, way: tuple[str | None, ...]
) -> None:
    """The host is called localhost, and that alone says nothing of how it is reached."""
    found = answer("localhost", lxc("web", addresses={"runtime": ["192.0.2.1"]}))
    known = {"how": "ansible.builtin.local", **({"ansible_connection": trust(connection)} if connection else {})}
    real = C.config.get_config_value
    monkeypatch.setattr(
        C.config,
        "get_config_value",
        lambda name, *more, **given: transport if name == "DEFAULT_TRANSPORT" else real(name, *more, **given),
    )
    plugin = Inventory({"localhost": found})
    monkeypatch.setattr(plugin, "host_variables", lambda name: {"inventory_hostname": name, **known})
    web = plugin.run(tmp_path).hosts["web"].vars
    assert (web.get("ansible_connection"), web.get("ansible_host_connection"), web.get("ansible_lxc_host")) == way
    assert web.get("ansible_host") == (None if way[0] else "192.0.2.1")


def test_no_guest_takes_the_name_of_a_host(tmp_path: Path) -> None:
    """Neither of one that has no guests nor of one that did not answer: plays would enter the guest instead."""
    answers = {"fy": answer("fy", lxc("zoe"), lxc("dead")), "zoe": answer("zoe"), "dead": AnsibleError("gone")}
    data = Inventory(answers).run(tmp_path)
    assert data.hosts["fy"].vars["virt_guests"] == ["zoe.fy", "dead.fy"]
    for name in ("zoe", "dead"):
        assert "guests" not in groups_of(data, name)
        assert "ansible_connection" not in data.hosts[name].vars


@pytest.mark.parametrize("connection", ["ssh", "none"])
def test_other_ways_in(tmp_path: Path, connection: str) -> None:
    guest = lxc("web", addresses={"runtime": ["2001:db8::1", "192.0.2.1", "10.0.0.1"]})
    options = {"connection": connection, "address_networks": ["10.0.0.0/8", "2001:db8::/32"]}
    data = Inventory({"fy": answer("fy", guest)}, **options).run(tmp_path)
    known = {"ansible_host": "10.0.0.1"} if connection == "ssh" else {}
    assert {name: value for name, value in data.hosts["web"].vars.items() if name.startswith("ansible")} == known
    assert ways.find_address(guest.show("fy"), options["address_networks"], "ipv6") == "2001:db8::1"
    assert ways.find_address(guest.show("fy"), ["203.0.113.0/24"], "ipv6") is None


def test_what_an_earlier_source_said_of_a_guest_stays(tmp_path: Path) -> None:
    plugin = Inventory({"fy": answer("fy", lxc("web"))})
    plugin.data.add_host("web")
    plugin.data.set_variable("web", "ansible_connection", "ssh")
    assert plugin.run(tmp_path).hosts["web"].vars["ansible_connection"] == "ssh"


def test_nothing_that_a_guest_says_is_a_template(tmp_path: Path) -> None:
    guest = lxc(HOSTILE, hostname=HOSTILE, description=HOSTILE, tags=(HOSTILE, "line\nbreak"))
    plugin = Inventory({"fy": answer("fy", guest)}, compose={"said": "virt_guest.description"})
    data = plugin.run(tmp_path)
    (name,) = data.hosts["fy"].vars["virt_guests"]
    assert not set(name) & set("{}'(), \n")
    for group in data.groups:
        assert group.isidentifier() or group == "all"
    variables = data.hosts[name].vars
    templar = Templar(loader=DataLoader(), variables=variables)
    for variable in ("virt_guest", "said", "ansible_lxc_name"):
        assert HOSTILE in json.dumps(templar.template(variables[variable]), default=str)
    assert not Path("/tmp/hostwright-owned").exists()


def test_names_that_several_guests_have() -> None:
    found = [
        {"name": "web", "host": "fy", "type": "lxc"},
        {"name": "web", "host": "zoe", "type": "lxc"},
        {"name": "db", "host": "fy", "type": "lxc"},
        {"name": "db", "host": "fy", "type": "jail"},
        {"name": "localhost", "host": "fy", "type": "jail"},
        {"name": "zoe", "host": "fy", "type": "xen"},
        {"name": "one", "host": "fy", "type": "xen"},
        {"name": "a/b", "host": "fy", "type": "xen"},
        {"name": "a b", "host": "fy", "type": "xen"},
    ]
    expected = [
        *("web.fy", "web.zoe", "db.lxc.fy", "db.jail.fy", "localhost.fy", "zoe.fy", "one"),
        *(None, None),
    ]
    assert names.name_guests(found, ["zoe"], qualified=False) == expected
    backwards = names.name_guests(found[::-1], ["zoe"], qualified=False)
    assert backwards[::-1] == expected  # the order does not matter
    assert names.name_guests(found[6:7], [], qualified=True) == ["one.fy"]


@given(st.lists(st.text(max_size=8), max_size=6))
def test_no_two_guests_share_a_name(texts: list[str]) -> None:
    guests = [{"name": text, "host": "fy", "type": "lxc"} for text in texts]
    found = [name for name in names.name_guests(guests, [], qualified=False) if name is not None]
    assert len(set(found)) == len(found)
    for name in found:
        assert name not in names.RESERVED
        assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def test_a_guest_without_a_name_of_its_own_is_told(tmp_path: Path) -> None:
    plugin = Inventory({"fy": answer("fy", lxc("a/b"), lxc("a b"), lxc("c"))})
    data = plugin.run(tmp_path)
    assert data.hosts["fy"].vars["virt_guests"] == ["c"]
    assert len([text for text in plugin.said if "left out" in text]) == 2


def test_filters_states_and_query(tmp_path: Path) -> None:
    found = answer("fy", lxc("a", memory=512), lxc("b", memory=2048), lxc("c", "stopped", memory=4096), lxc("d"))

    def listed(**options: t.Any) -> list[str]:
        return list(Inventory({"fy": found}, **options).run(tmp_path).hosts["fy"].vars.get("virt_guests", []))

    assert listed(include_states=["stopped"]) == ["c"]
    assert listed(filters=["virt_guest.memory > 1000", "inventory_hostname != 'c'"]) == ["b"]
    assert listed(query="[?memory > `1000` && state == 'started']") == ["b"]
    assert listed(query="max_by([?memory], &memory)") == ["c"]
    assert listed(query="[?name=='nobody']") == []


@pytest.mark.parametrize("query", ["[", "[].name", "length(@)", "[?nosuch(name)]"])
def test_a_query_that_selects_no_guests_is_refused(tmp_path: Path, query: str) -> None:
    with pytest.raises(AnsibleParserError, match="query"):
        Inventory({"fy": answer("fy", lxc("a"))}, query=query).run(tmp_path)


def test_a_query_without_jmespath_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jmespath", None)
    with pytest.raises(AnsibleParserError, match="pip install jmespath"):
        Inventory({"fy": answer("fy", lxc("a"))}, query="[]").run(tmp_path)


BROKEN: t.Mapping[str, t.Any] = {
    "filter": {"filters": ["virt_guest.nosuch > 3"]},
    "compose": {"compose": {"x": "virt_guest.nosuch.more"}},
    "group": {"groups": {"x": "virt_guest.nosuch > 1"}},
    "key": {"keyed_groups": [{"key": "virt_guest.nosuch"}]},
}


@pytest.mark.parametrize("what", BROKEN)
def test_strict_makes_them_errors(tmp_path: Path, what: str) -> None:
    found = {"fy": answer("fy", lxc("a"))}
    assert Inventory(found, **BROKEN[what]).run(tmp_path)
    with pytest.raises(AnsibleError):
        Inventory(found, strict=True, **BROKEN[what]).run(tmp_path)


def test_a_dead_host_hides_no_other(tmp_path: Path) -> None:
    answers = {
        "dead": AnsibleError("Failed to connect to the host via ssh: port 22: Connection refused"),
        "wrong": AnsibleError("Incorrect sudo password"),
        "odd": ValueError("oops"),
        "fy": answer("fy", lxc("a"), problems=["container x: line 3"]),
    }
    plugin = Inventory(answers)
    data = plugin.run(tmp_path)
    assert data.hosts["fy"].vars["virt_guests"] == ["a"]
    assert groups_of(data, "dead") >= {"hypervisors"}
    for word in ("dead: ", "refused", "Incorrect sudo password", "odd: oops", "fy: container x: line 3"):
        assert any(word in text for text in plugin.said)
    with pytest.raises(AnsibleParserError, match=r"strict is on.*refused.*line 3"):
        Inventory(answers, strict=True).run(tmp_path)


TROUBLE: t.Mapping[str, t.Any] = {
    "no answer within": {"fy": lambda: time.sleep(30)},
    "refused": {"fy": AnsibleError("Connection refused")},
    "Incorrect sudo password": {"fy": AnsibleError("Incorrect sudo password")},
    "10 MB": {"fy": answer("fy", problems=["it answered more than 10 MB: the rest was cut off"])},
    "printed what it never prints": {"fy": answer("fy", problems=["xen: `xl list -l` printed what it never prints"])},
    "left out: another guest has its name": {"fy": answer("fy", lxc("a/b"), lxc("a b"))},
}


@pytest.mark.parametrize("said", TROUBLE)
def test_strict_makes_each_trouble_an_error(tmp_path: Path, said: str) -> None:
    answers = {**TROUBLE[said], "zoe": answer("zoe", lxc("b"))}
    plugin = Inventory(answers, time_limit=1)
    assert plugin.run(tmp_path).hosts["zoe"].vars["virt_guests"] == ["b"]
    assert [text for text in plugin.said if said in text]
    with pytest.raises(AnsibleParserError, match=f"strict is on.*{said}"):
        Inventory(answers, time_limit=1, strict=True).run(tmp_path)


def test_a_dead_host_is_remembered(tmp_path: Path) -> None:
    cache = {"cache": True, "cache_connection": str(tmp_path / "cache")}
    Inventory({"fy": answer("fy", lxc("a")), "zoe": answer("zoe", lxc("b"))}, **cache).run(tmp_path)
    later = Inventory({"fy": answer("fy", lxc("new")), "zoe": answer("zoe")}, **cache)
    assert {"a", "b"} <= set(later.run(tmp_path).hosts)  # from the cache
    dead = Inventory({"fy": AnsibleError("gone"), "zoe": answer("zoe", lxc("c"))}, **cache)
    data = dead.run(tmp_path, cache=False)
    assert groups_of(data, "a") >= {"stale", "guests_of_fy"}
    assert data.hosts["a"].vars["virt_guest"]["stale"] is True
    assert data.hosts["fy"].vars["virt_host"]["stale"] is True
    assert "stale" not in groups_of(data, "c")
    assert any("gone; what it said at 2" in text for text in dead.said)
    for file in (tmp_path / "cache").iterdir():  # a cache that ran out, and one that somebody broke
        if "last" in file.name:
            os.utime(file, (1, 1))
        else:
            file.write_text("{", encoding="utf-8")
    data = Inventory({"fy": AnsibleError("gone"), "zoe": AnsibleError("gone")}, **cache).run(tmp_path, cache=False)
    assert groups_of(data, "a") & groups_of(data, "c") >= {"stale"}


def test_jobs_run_at_once_and_end_in_time() -> None:
    def hang() -> t.Any:
        time.sleep(60)

    def crash() -> t.Any:
        os._exit(3)

    def fail() -> t.Any:
        raise AnsibleError("no way")

    def swallow() -> t.Any:
        return {"x": len(bytearray(2 << 30))}

    jobs = {"hang": hang, "crash": crash, "fail": fail, "swallow": swallow, "big": lambda: {"x": "y" * 3_000_000}}
    began = time.monotonic()
    found = run_all({**jobs, **{f"ok{n}": lambda: {"pid": os.getpid()} for n in range(6)}}, 3, 3)
    assert time.monotonic() - began < 30
    assert list(found)[:5] == list(jobs)
    assert found["hang"] == {"error": "no answer within 3 s"}
    assert "without an answer" in found["crash"]["error"]
    assert found["fail"] == {"error": "no way"}
    assert found["swallow"] == {"error": "it printed more than fits into memory"}
    assert len(found["big"]["x"]) == 3_000_000
    assert len({found[f"ok{n}"]["pid"] for n in range(6)}) == 6


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (3, "neither"),
        ("a b", "neither"),
        ("-oProxyCommand=x", "neither"),
        ({"ansible_host": "x"}, "neither"),
        ("", "neither"),
    ],
)
def test_hosts_that_are_none(entry: t.Any, message: str) -> None:
    plugin = Inventory({})
    plugin.inventory = plugin.data
    with pytest.raises(AnsibleParserError, match=message):
        plugin.add_entry(entry)


def test_entries_are_hosts_groups_or_new_hosts_with_variables() -> None:
    plugin = Inventory({})
    plugin.inventory = plugin.data
    plugin.data.add_group("dom0")
    for name in ("fy", "zoe"):
        plugin.data.add_host(name, "dom0")
    assert plugin.add_entry("dom0") == ["fy", "zoe"]
    assert plugin.add_entry({"name": "new", "ansible_user": "x"}) == ["new"]
    assert plugin.data.hosts["new"].vars["ansible_user"] == "x"


@pytest.mark.parametrize("option", [{"lxc_paths": ["relative"]}, {"libvirt_uris": ["qemu:///system; reboot"]}])
def test_options_that_would_be_words_of_a_shell_are_refused(option: t.Any) -> None:
    with pytest.raises(AnsibleParserError, match=next(iter(option))):
        Inventory({}, **option).scope()
