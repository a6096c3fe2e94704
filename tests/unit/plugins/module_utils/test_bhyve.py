# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guests of bhyve: their files in both grammars, what can never get into one, processes, and the scripts."""

from __future__ import annotations

import shlex
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve import api, observe
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.base import base_edits, same
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.conf import (
    BASE,
    VM_BHYVE,
    Grammar,
    edit,
    parse,
    values_of,
)
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.goal import goal_text
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.info import query
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.options import ARGUMENT_SPEC
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.plan import plan
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.processes import Processes, parse_processes
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import read_wants
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want_devices import made_mac
from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support import tables
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

PIECES = [
    "# it = mine\n",
    "\n",
    "cpu=1\n",
    "cpu=2\n",
    " cpu=3\n",
    'cpu="4" # four\n',
    "x=\n",
    "no sense\n",
    "cpus=1",
    "é=ü\n",
]
FILES = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
KEYS = st.sampled_from(["cpu", "cpus", "memory.size", "pci.0.3.0.path"])
VALUES = st.none() | st.sampled_from(["1", "2", "a b", "/dev/zvol/x", "a=b"])
GRAMMARS = [BASE, VM_BHYVE]
HOSTILE = st.one_of(
    st.sampled_from(
        ["a\nb=c", "\r", "a\u2028b", "#", '"', "%(x)", "-x", "../x", "é", "a" * 300, "", " a", "a,b", "a=b"]
    ),
    st.text(max_size=12),
)


@pytest.mark.parametrize("grammar", GRAMMARS, ids=["base", "vm-bhyve"])
@given(text=FILES, key=KEYS, value=VALUES)
def test_an_edit_is_read_back_and_leaves_the_rest(grammar: Grammar, text: str, key: str, value: str | None) -> None:
    edited = edit(text, {key: value}, grammar)
    assert values_of(edited, grammar).get(key) == value
    kept = [line.raw.rstrip("\n") for line in parse(text, grammar) if line.key != key]
    assert [line.raw.rstrip("\n") for line in parse(edited, grammar) if line.key != key] == kept
    assert edit(edited, {key: value}, grammar) == edited
    assert edit(text, {}, grammar) == text


def test_which_line_counts_is_as_each_program_says() -> None:
    text = "cpu=1\ncpu=2 # two\n#cpu=3\n cpu=4\ncpu=\n"
    assert values_of(text, BASE)["cpu"] == "2 # two"
    assert values_of(text, VM_BHYVE) == {"cpu": "1"}
    assert edit('cpu="1" # one\n', {"cpu": "2"}, VM_BHYVE) == 'cpu="2" # one\n'


def test_two_spellings_mean_the_same_where_bhyve_says_so() -> None:
    assert same("memory.size", "2G", "2048M")
    assert same("memory.size", "512", "512M")
    assert same("x86.strictmsr", "YES", "true")
    assert not same("pci.0.29.0.password", "yes", "on")
    assert not same("cpus", "1", "true")


def want_of(**params: t.Any) -> t.Any:
    from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.resource import BHYVE_VM

    (want,) = read_wants(tables.check_params(BHYVE_VM, {"name": "web1", **params}))
    return want


def shapes() -> t.Iterator[t.Callable[[str], dict[str, t.Any]]]:
    """Each option that takes free text, one at a time."""
    for name, option in ARGUMENT_SPEC.items():
        if option["type"] in ("str", "path") and not option.get("choices") and name not in ("name", "directory"):
            yield lambda text, name=name: {name: text, "graphics": True}  # type: ignore[misc]
    for name in ("target", "source", "id"):
        yield lambda text, name=name: {"disks": [{"id": "d", "target": "d.img", "size": "1M", name: text}]}  # type: ignore[misc]
    yield lambda text: {"disks": [{"id": "d", "target": "d.img", "size": "1M", "opts": [text]}]}
    yield lambda text: {"disks": [{"id": "d", "target": "d.img", "size": "1M", "opts": ["ser=" + text]}]}
    for name in ("id", "bridge", "mac", "device"):
        yield lambda text, name=name: {"networks": [{"id": "n", name: text}]}  # type: ignore[misc]
    yield lambda text: {"networks": [{"id": "n", "backend": "vale", "bridge": "vale0", "port": text}]}
    yield lambda text: {"networks": [{"id": "n", "backend": "netgraph", "node": text, "hook": text}]}
    yield lambda text: {"shares": [{"name": "s", "path": text}]}
    yield lambda text: {"shares": [{"name": text, "path": "/"}]}
    yield lambda text: {"tpm": {"path": text}}
    yield lambda text: {"config": {"system.sku": text}}
    yield lambda text: {"config": {text: "x"}}
    yield lambda text: {"grub_commands": [text], "passthru": []}
    yield lambda text: {"directory": text, "virt_consoles": 1}


SHAPES = list(shapes())


@given(shape=st.sampled_from(SHAPES), text=HOSTILE)
def test_no_value_adds_a_line_or_a_key(shape: t.Callable[[str], dict[str, t.Any]], text: str) -> None:
    """What the file says is what the module meant to write, key by key; or the value is refused."""
    try:
        want = want_of(**shape(text))
        have = Have("web1", folder=want.base_folder, config_file=want.base_file)
        edits = {key: value for key, value in base_edits({}, have, want).items() if value is not None}
        made = goal_text(have, want)
    except model.Problem:
        return
    assert values_of(made, BASE) == edits
    assert len(made.split("\n")) == len(edits) + 2  # our first line, and nothing behind the last


@given(text=HOSTILE)
def test_no_word_of_a_command_is_an_option_of_somebody_else(text: str) -> None:
    try:
        want = want_of(state="present", disks=[{"id": "d", "target": text, "size": "1M"}])
        steps = plan(Have("web1", folder=want.base_folder, config_file=want.base_file), want)
    except model.Problem:
        return
    made = [step.action for step in steps if isinstance(step.action, model.Run) and step.action.argv[0] == "truncate"]
    assert all(action.argv[-1].startswith("/") and "/.." not in action.argv[-1] for action in made)


def test_processes_are_known_by_their_whole_names() -> None:
    found = parse_processes(
        "21652 daemon: bhyve[21653]\n21653 bhyve: t1\n7 bhyve: t10\n"
        "8 /bin/sh /usr/local/libexec/hostwright_bhyve run t1\n9 /bin/sh /usr/local/sbin/vm _run old\n"
        "10 bhyve -k /x t2\n11 grep bhyve: t3 x\n4473 bhyve: system.pwd\n4474 bhyve: system.grp\n"
    )
    assert found.running == {"t1": 21653, "t10": 7}
    assert found.keepers == {"t1": (8,), "old": (9,)}


def test_a_made_address_is_the_same_each_time_and_another_for_others() -> None:
    assert made_mac("a", "lan") == made_mac("a", "lan")
    assert len({made_mac(name, ident) for name in ("a", "b", "c") for ident in ("lan", "dmz")}) == 6
    assert made_mac("a", "lan").startswith("58:9c:fc:0")


def test_a_start_forgets_why_the_guest_ended_before(monkeypatch: pytest.MonkeyPatch, tmp_path: t.Any) -> None:
    """After a stop, as of a restart, the reason is a moment old (seen on 15.1)."""
    (tmp_path / "web1.reason").write_text("1 poweroff\n", encoding="utf-8")
    monkeypatch.setattr(api, "STATE", str(tmp_path))
    monkeypatch.setattr(api, "LocalHost", lambda *_args: FakeHost())
    monkeypatch.setattr(api, "look", lambda: Processes({"web1": 7}, {}))
    assert api.start("web1", "base", 5.0) == ""
    assert not list(tmp_path.iterdir())


def test_the_list_of_guests_reads_each_file_once() -> None:
    """However many guests of vm-bhyve there are."""
    files = {f"/vm/{name}/{name}.conf": 'cpu="1"\n' for name in ("a", "b", "c")}
    host = CountingHost(
        files=files, commands={RC: Reply(0, 'vm_dir="/vm"\n', ""), "pgrep -lf 'bhyve|vm _run'": Reply(1, "", "")}
    )
    host.apis["bhyve"] = lambda *_args: {}
    found = query(host, {"name": None})
    assert [vm["name"] for vm in found["vms"]] == ["a", "b", "c"]
    assert {path: host.reads.count(path) for path in files} == dict.fromkeys(files, 1)


class CountingHost(FakeHost):
    """Which files were read, as often as they were."""

    def __init__(self, **given: t.Any) -> None:
        super().__init__(**given)
        self.reads: list[str] = []

    def read(self, path: str) -> str | None:
        self.reads.append(path)
        return super().read(path)


RC = shlex.join(observe.RC_CONF)
