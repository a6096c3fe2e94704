# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded output of Xen 4.20 (Debian 13), read."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.guests import list_guests
from ansible_collections.hostwright.virt.plugins.module_utils._xen.info import query
from ansible_collections.hostwright.virt.plugins.module_utils._xen.observe import observe
from ansible_collections.hostwright.virt.plugins.module_utils._xen.observe_host import read_processors
from ansible_collections.hostwright.virt.plugins.module_utils._xen.options import ARGUMENT_SPEC
from ansible_collections.hostwright.virt.plugins.module_utils._xen.saved import parse_saved, saved_api
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import read_running
from ansible_collections.hostwright.virt.plugins.module_utils._xen.show import facts
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.modules import xen_domu
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "xen" / "4.20"
VBD = "xenstore-ls -f /local/domain/0/backend/vbd"


def read(name: str) -> str:
    return (CAPTURES / name).read_text(encoding="utf-8")


def make_host(**more: t.Any) -> FakeHost:
    commands = {
        "xl list -v -c": "list-v-c.txt",
        "xl list -l": "list-l.txt",
        "xl vcpu-list": "vcpu-list.txt",
        "xl info -n": "info-n.txt",
        "xl info": "info-n.txt",
        "xenstore-ls -f /vm": "vm.txt",
        "xenstore-ls -f /local/domain": "vm.txt",
        VBD: "vbd.txt",
    }
    files = {"/etc/xen/t1.cfg": read("t1.cfg"), "/etc/xen/web.cfg": read("web.cfg"), **more.pop("files", {})}
    return FakeHost(commands={line: Reply(0, read(name), "") for line, name in commands.items()}, files=files, **more)


def want(name: str, **more: t.Any) -> WantDomu:
    return WantDomu(name, config_file=f"/etc/xen/{name}.cfg", save_file=f"/var/lib/xen/save/{name}", **more)


def test_what_runs_is_what_its_file_says() -> None:
    found = observe(make_host(), [want("t1"), want("web"), want("toto")])
    for name, power in (("t1", "started"), ("web", "paused")):
        have = found[name]
        assert have.power == power
        assert have.runtime is not None
        assert have.settings is not None
        running = have.runtime.settings
        assert running is not None
        for field in ("type", "kernel", "ramdisk", "cmdline", "memory", "max_memory", "vcpus", "max_vcpus", "cap"):
            assert getattr(running, field) == getattr(have.settings, field), field
        assert [disk.target for disk in running.disks] == [disk.target for disk in have.settings.disks]
    assert found["toto"].power == "absent"


def test_many_guests_cost_no_more_commands_than_one() -> None:
    one, three = make_host(), make_host()
    options: dict[str, t.Any] = {"state": "restarted", "keys": (("cpus", "all"),)}
    observe(one, [want("t1", **options)])
    observe(three, [want(name, **options) for name in ("t1", "web", "toto")])
    assert sorted(one.queries) == sorted(three.queries)


def test_pins_and_start_times_are_read_when_they_matter() -> None:
    have = observe(make_host(), [want("t1", state="restarted", keys=(("cpus", "0"),))])["t1"]
    assert have.runtime is not None
    assert have.runtime.pins == ("all", "all")
    assert have.runtime.started == 1795241674.19
    assert have.around.processors is not None
    assert have.around.processors.nodes == (0,)


@pytest.mark.parametrize(
    ("out", "nodes"),
    [
        (
            "nr_cpus : 3\ncpu_topology :\ncpu: core socket node\ndevice topology :\nnuma_info :\n  0: 2559 994 10\n",
            (0, 0, 0),
        ),
        (
            "nr_cpus : 2\ncpu_topology :\ncpu: core socket node\n  0: 0 0 0\n  1: 1 0 1\n"
            "device topology :\nnuma_info :\n  0: 6144 2379 10\n",
            (0, 1),
        ),
    ],
)
def test_the_nodes_of_cpus(out: str, nodes: tuple[int, ...]) -> None:
    assert read_processors(FakeHost(commands={"xl info -n": Reply(0, out, "")})).nodes == nodes


def test_a_disk_that_grew_underneath_is_noticed() -> None:
    size = {"/sys/dev/block/7:0/size": "262144\n", "/sys/dev/block/7:1/size": "131072\n"}
    found = observe(make_host(files=size), [want("t1"), want("web")])
    assert found["t1"].grown == (("xvda", 67108864, 134217728),)
    assert "xvda grew from 67108864 to 134217728 bytes" in facts(found["t1"])["guest_action_required"][0]
    assert found["web"].grown == ()


def test_a_broken_file_of_another_guest_is_a_warning() -> None:
    have = observe(make_host(files={"/etc/xen/bad.cfg": "name = bad\n"}), [want("t1")])["t1"]
    assert facts(have)["warnings"] == [
        "not searched for duplicates: /etc/xen/bad.cfg:1: expected a value: a quoted text, a number or a list near "
        "'bad'; correct the file by hand, it is left as it is"
    ]


def test_the_head_of_a_save_file() -> None:
    config = parse_saved((CAPTURES / "saved-head.bin").read_bytes() + b"\x80" * 100, "/s")
    saved = read_running(config)
    assert (saved.memory, saved.vcpus, saved.disks[0].vdev) == (160, 2, "xvda")


@pytest.mark.parametrize("head", [b"", b"x" * 100, b"Xen saved domain, xl format\n \0 \r", None])
def test_save_files_that_are_none(head: bytes | None) -> None:
    whole = (CAPTURES / "saved-head.bin").read_bytes()
    with pytest.raises(Problem, match="/s"):
        parse_saved(whole[:200] if head is None else head, "/s")


def test_a_folder_is_no_save_file(tmp_path: Path) -> None:
    assert saved_api("config", str(tmp_path)) is None


def test_info_lists_what_runs_and_what_is_defined() -> None:
    files = {"/etc/xen/toto.cfg": "name = 'toto'\nmemory = 64\n", "/etc/xen/bad.cfg": "x", "/etc/xen/xl.conf": "#"}
    result = query(make_host(files=files), {"name": None})
    assert {domu["name"]: domu["state"] for domu in result["domus"]} == {
        "t1": "started",
        "toto": "stopped",
        "web": "paused",
    }
    assert len(result["unreadable"]) == 1
    assert result["xen"]["xen_version"] == "4.20.4-pre"


def test_info_and_the_inventory_say_the_same_of_a_guest() -> None:
    host = make_host(
        files={"/etc/xen/toto.cfg": "name = 'toto'\nmemory = 64\n"}, links={"/etc/xen/auto/t1": "../t1.cfg"}
    )
    host.commands["xenstore-ls -f /local/domain"] = Reply(0, '/local/domain/5/attr/eth0/ip = "192.0.2.5"\n', "")
    shown = query(host, {"name": None})["guests"]
    assert {guest["name"]: guest["addresses"] for guest in shown}["t1"] == ["192.0.2.5"]
    assert shown == list_guests(host).show()


def test_the_documented_options_are_the_options() -> None:
    options = yaml.safe_load(xen_domu.DOCUMENTATION)["options"]
    assert {*options, "restart_policy"} == set(ARGUMENT_SPEC)
    for name, spec in ARGUMENT_SPEC.items():
        documented = options.get(name, {})
        assert set(spec.get("options", {})) == set(documented.get("suboptions", {})), name
