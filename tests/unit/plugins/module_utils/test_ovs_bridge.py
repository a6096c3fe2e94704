# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open vSwitch bridges on a database in memory: whole tasks, concurrency, many ports, secrets, documentation."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import Outcome, reconcile
from ansible_collections.hostwright.virt.plugins.module_utils._ovs import info, spec
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.resource import OVS_BRIDGE
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import Site
from ansible_collections.hostwright.virt.plugins.modules import ovs_bridge, ovs_bridge_info
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support import ovs_database
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.tables import CAPTURES, check_params

NO_LINKS = {f"ip -json {words}": "[]" for words in ("addr", "-4 route show table all", "-6 route show table all")}
Params = t.Dict[str, t.Any]


class Switch:
    """A host whose ovsdb is a database in memory."""

    def __init__(self, capture: str = "read-empty-3.1.0.json") -> None:
        recorded = json.loads((CAPTURES / "ovs" / capture).read_text(encoding="utf-8"))
        self.tables: ovs_database.Tables = {
            table: {row["_uuid"][1]: load_row(table, row) for row in rows} for table, rows in recorded.items()
        }
        self.transactions: list[t.Any] = []
        self.meanwhile: t.Callable[[], None] = lambda: None

    def answer(self, method: str, *args: t.Any) -> t.Any:
        if method == "read":
            return ovs_database.reply(self.tables)
        if method == "transact":
            self.meanwhile()
            self.transactions.append(args[1])
            try:
                self.tables = ovs_database.transact(self.tables, args[1])
            except ovs_database.Refused as error:
                raise Problem(str(error)) from None
        return ""

    def run(self, check: bool = False, **params: t.Any) -> tuple[Outcome[Site], FakeHost]:
        host = FakeHost(apis={"ovsdb": self.answer})
        host.commands = {line: reply_of(text) for line, text in NO_LINKS.items()}
        wants = OVS_BRIDGE.wants(check_params(OVS_BRIDGE, params))
        (outcome,) = reconcile(OVS_BRIDGE, wants, host, check)
        return outcome, host

    def run_thrice(self, **params: t.Any) -> Outcome[Site]:
        foretold, _host = self.run(check=True, **params)
        done, _host = self.run(**params)
        again, _host = self.run(**params)
        assert foretold.diff == done.diff
        assert foretold.steps == done.steps
        assert not again.changed
        return done

    def rows(self, table: str) -> list[t.Any]:
        return list(self.tables[table].values())

    def row(self, table: str, name: str) -> t.Any:
        return next(row for row in self.rows(table) if row["name"] == name)


def load_row(table: str, row: Params) -> Params:
    blank = ovs_database.blank(table)
    for column, value in row.items():
        if column != "_uuid":
            loaded = ovs_database.load(value)
            blank[column] = ovs_database.as_set(loaded) if isinstance(blank[column], frozenset) else loaded
    return blank


def reply_of(text: str) -> t.Any:
    from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply

    return Reply(0, text, "")


def test_250_ports_are_one_read_and_one_transaction() -> None:
    switch = Switch()
    ports = [{"name": f"q{number}", "type": "internal", "tag": number} for number in range(1, 251)]
    done = switch.run_thrice(name="br0", ports=ports)
    assert len(switch.transactions) == 1
    assert len(done.diff.after["ports"]) == 250
    assert len(switch.rows("Port")) == 251
    outcome, host = switch.run(name="br0", ports=ports)
    assert host.queries == ["ovsdb.read"]
    assert outcome.steps == ()


def test_a_change_writes_only_what_differs() -> None:
    switch = Switch("read-two-bridges-3.1.0.json")
    switch.run_thrice(name="br1", ports=[{"name": "access", "tag": 11}, {"name": "trunk", "trunks": ["10", "20-22"]}])
    (operations,) = switch.transactions
    assert [operation["op"] for operation in operations] == ["wait", "update", "mutate", "comment"]
    assert operations[1]["row"] == {"tag": 11}
    assert operations[3]["comment"] == "hostwright.virt.ovs_bridge br1"


def test_a_change_by_others_meanwhile_is_not_overwritten() -> None:
    switch = Switch("read-two-bridges-3.1.0.json")

    def retag() -> None:
        switch.row("Port", "access")["tag"] = frozenset([99])

    switch.meanwhile = retag
    with pytest.raises(Problem, match="timed out"):
        switch.run(name="br1", ports=[{"name": "access", "tag": 11}, {"name": "trunk", "tag": 11}])
    assert switch.row("Port", "access")["tag"] == {99}
    assert switch.row("Port", "trunk")["tag"] == frozenset()


def test_others_keys_of_a_map_survive() -> None:
    switch = Switch("read-two-bridges-3.1.0.json")

    def note() -> None:
        switch.row("Bridge", "br1")["external_ids"]["theirs"] = "x"

    switch.meanwhile = note
    switch.run(name="br1", external_ids={"who": None, "ours": 1})
    assert switch.row("Bridge", "br1")["external_ids"] == {"theirs": "x", "ours": "1"}


def test_a_replaced_map_holds_only_what_is_given() -> None:
    switch = Switch()
    switch.run_thrice(name="br0", other_config={"a": 1, "b": 2})
    switch.run_thrice(name="br0", clear=["other_config"], other_config={"b": 3})
    assert switch.row("Bridge", "br0")["other_config"] == {"b": "3"}


def test_a_shared_qos_is_left_to_the_other_port() -> None:
    switch = Switch("read-two-bridges-3.1.0.json")
    before = {uuid: dict(row) for uuid, row in switch.tables["QoS"].items()}
    switch.run_thrice(name="br1", ports=[{"name": "shaped", "qos": {"queues": [{"id": 0, "dscp": 9}]}}])
    assert len(before) == 1
    for uuid, row in before.items():
        assert switch.tables["QoS"][uuid] == row
    assert switch.row("Port", "manual")["qos"] != switch.row("Port", "shaped")["qos"]
    switch.run_thrice(name="br1", ports=[{"name": "shaped", "clear": ["qos"]}])
    assert set(switch.tables["QoS"]) == set(before)
    switch.run_thrice(name="br1", ports=[{"name": "manual", "state": "absent"}])
    assert switch.rows("QoS") == []
    assert switch.rows("Queue") == []


def test_ports_that_we_add_are_marked_and_others_are_not() -> None:
    switch = Switch("read-two-bridges-3.1.0.json")
    switch.run_thrice(name="br1", ports=[{"name": "manual", "tag": 3}, {"name": "new", "type": "internal"}])
    assert switch.row("Port", "new")["external_ids"] == {"hostwright": "br1"}
    assert switch.row("Port", "manual")["external_ids"] == {}
    switch.run_thrice(name="br1", purge_ports="true")
    assert {row["name"] for row in switch.rows("Port")} >= {"br1", "manual", "vif3.0"}
    assert "new" not in {row["name"] for row in switch.rows("Port")}


def test_a_vif_of_ours_is_not_purged_either() -> None:
    switch = Switch()
    switch.run_thrice(name="br0", ignore_port_errors=True, ports=[{"name": "vif4.1"}, {"name": "vnet3"}])
    switch.run_thrice(name="br0", purge_ports="all")
    assert {row["name"] for row in switch.rows("Port")} == {"br0", "vif4.1"}


def test_a_pre_shared_key_is_in_the_database_and_nowhere_else() -> None:
    switch = Switch()
    secret = "swordfish-of-the-test"
    ports = [{"name": "gre0", "type": "gre", "options": {"remote_ip": "192.0.2.1"}, "psk": secret}]
    done = switch.run_thrice(name="br0", ports=ports)
    assert switch.row("Interface", "gre0")["options"]["psk"] == secret
    assert secret not in str(done.diff)
    assert secret not in str(OVS_BRIDGE.facts(done.have))
    assert secret not in str([(step.summary, step.changes) for step in done.steps])
    (want,) = OVS_BRIDGE.wants(check_params(OVS_BRIDGE, {"name": "br0", "ports": ports}))
    assert want.secrets == {secret}
    switch.run_thrice(name="br0", ports=[{"name": "gre0", "clear": ["psk"]}])
    assert "psk" not in switch.row("Interface", "gre0")["options"]


def test_an_older_database_lacks_columns() -> None:
    """Open vSwitch 2.10 knows no Port.protected, and no limits in packets."""
    switch = Switch()
    for row in switch.rows("Port"):
        del row["protected"]
    outcome, _host = switch.run(check=True, name="br0")
    assert outcome.changed


def test_the_reading_module() -> None:
    switch = Switch("read-two-bridges-3.1.0.json")
    host = FakeHost(apis={"ovsdb": switch.answer})
    everything = info.query_bridges(host, {"name": None, "database_socket": None, "timeout": 5})
    assert host.queries == ["ovsdb.read"]
    assert list(everything["bridges"]) == ["br1", "br2"]
    br1 = everything["bridges"]["br1"]
    assert br1["config"]["ports"]["trunk"]["trunks"] == [10, 20, 21, 22]
    assert list(br1["config"]["ports"]["bond0"]["interfaces"]) == ["m0", "m1"]
    assert br1["config"]["mirrors"] == {"watch": {"select_src_port": ["access"], "output_port": "trunk"}}
    assert br1["runtime"]["interfaces"]["access"]["ofport"] > 0
    assert br1["runtime"]["port_errors"] == []
    assert everything["bridges"]["br2"]["runtime"]["port_errors"][0]["port"] == "nodev"
    assert "vxlan" in everything["switch"]["iface_types"]
    one = info.query_bridges(host, {"name": ["br2", "br9"], "database_socket": None, "timeout": 5})
    assert list(one["bridges"]) == ["br2"]


@pytest.mark.parametrize(
    ("docs", "declared"),
    [(ovs_bridge.DOCUMENTATION, spec.ARGUMENT_SPEC), (ovs_bridge_info.DOCUMENTATION, spec.INFO_SPEC)],
)
def test_the_documentation_lists_the_options(docs: str, declared: spec.Spec) -> None:
    compare_options(yaml.safe_load(docs)["options"], declared)


def compare_options(documented: Params, declared: spec.Spec) -> None:
    assert set(documented) == set(declared)
    for name, option in declared.items():
        for key in ("type", "default", "required", "elements", "aliases", "choices"):
            assert documented[name].get(key) == option.get(key), (name, key)
        compare_options(documented[name].get("suboptions", {}), option.get("options", {}))


def test_what_clear_takes_is_an_option() -> None:
    names = {
        "bridge": spec.ARGUMENT_SPEC,
        "port": spec.PORT_OPTIONS,
        "mirror": spec.MIRROR_OPTIONS,
    }
    for kind, clearable in spec.CLEARABLE.items():
        assert set(clearable) <= set(names[kind])


def test_the_captures_are_of_one_version() -> None:
    assert sorted(path.name for path in Path(CAPTURES / "ovs").iterdir()) == [
        "read-empty-3.1.0.json",
        "read-two-bridges-3.1.0.json",
    ]
