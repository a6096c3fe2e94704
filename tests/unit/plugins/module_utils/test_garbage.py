# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tool that prints something else than ever: the modules say which one and what, and believe nothing of it."""

from __future__ import annotations

import contextlib
import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import storage
from ansible_collections.hostwright.virt.plugins.module_utils._lxc import info as lxc_info
from ansible_collections.hostwright.virt.plugins.module_utils._lxc import observe as lxc
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn import guests as nspawn
from ansible_collections.hostwright.virt.plugins.module_utils._ovs import uplink
from ansible_collections.hostwright.virt.plugins.module_utils._xen import info as xen_info
from ansible_collections.hostwright.virt.plugins.module_utils._xen import observe as xen
from ansible_collections.hostwright.virt.plugins.module_utils._xen import peers
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._zfs import observe as zfs
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
ROWS = (CAPTURES / "xen/4.20/list-v-c.txt").read_text(encoding="utf-8")


class Babbler(FakeHost):
    """A host whose one tool prints this, and whose others print nothing."""

    def __init__(self, tool: str, text: str) -> None:
        super().__init__(files={"/var/lib/lxc/web/config": "lxc.uts.name = web\n", "/var/lib/machines/web": ""})
        self.tool, self.text = tool, text

    def query(self, argv: t.Any, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
        line = " ".join(argv)
        text = self.text if line.startswith(self.tool) else next((out for key, out in ANSWERS if line == key), "")
        return Reply(0, text, "")


ANSWERS = (("xl list -v -c", ROWS), ("xl list -l", "[]"))
XEN = WantDomu("web", config_file="/etc/xen/web.cfg", save_file="/var/lib/xen/save/web")
READERS: t.Mapping[str, tuple[str, t.Callable[[FakeHost], t.Any]]] = {
    "xen_domu": ("xl list -l", lambda host: xen.observe(host, [XEN])),
    "xen_domu, the table": ("xl list -v", lambda host: xen.observe(host, [XEN])),
    "xen_domu_info": ("xl list -l", lambda host: xen_info.query(host, {"name": None})),
    "lxc_container": ("lxc-ls", lambda host: lxc.observe(host, [WantContainer("web")])),
    "lxc_container_info": (
        "lxc-ls",
        lambda host: lxc_info.query(host, {"name": None, "lxc_path": "/var/lib/lxc", "sizes": False}),
    ),
    "nspawn": ("machinectl list", nspawn.list_guests),
    "zfs_dataset": ("zfs get", lambda host: zfs.read_properties(host.query, "all", ["tank"])),
    "iscsi_volume": ("lvm", lambda host: storage.observe_storage(host, ["/dev/bay/web"], [])),
    "ovs_bridge": ("ip -json", uplink.observe_links),
}
SHAPES = ("3", '"x"', "[3]", '[{"domid": "x"}]', '[{"domid": 5, "config": 3}]', '{"report": [{}]}', '[{"config": {}}]')


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", ["Segmentation fault\n", "<html>\n", "{"])
def test_a_tool_that_prints_garbage_is_named(reader: str, text: str) -> None:
    tool, read = READERS[reader]
    with pytest.raises(Problem, match=rf"`{tool}.*beginning with '{text.strip()}.*run it on the host"):
        read(Babbler(tool, text))


@pytest.mark.parametrize("reader", [reader for reader in READERS if reader != "ovs_bridge"])
@pytest.mark.parametrize("text", SHAPES)
def test_json_of_another_shape_makes_no_traceback(reader: str, text: str) -> None:
    """For some tool it is an answer."""
    tool, read = READERS[reader]
    with contextlib.suppress(Problem):
        read(Babbler(tool, text))


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=15)
@given(st.text(max_size=80))
def test_no_output_makes_a_traceback(reader: str, text: str) -> None:
    tool, read = READERS[reader]
    with contextlib.suppress(Problem):
        read(Babbler(tool, text))


def test_a_row_that_is_not_understood_is_no_guest_that_does_not_run() -> None:
    """It would be started a second time."""
    with pytest.raises(Problem, match="xl list -v -c"):
        xen.observe(Babbler("xl list -v", ROWS + "web  6 garbage\n"), [XEN])


@pytest.mark.parametrize(
    "text", ["fz\nno table\n[\n]\n", f"fz\n{ROWS}[3", f"fz\n{ROWS}\n" + json.dumps([{"config": 3}])]
)
def test_a_peer_that_prints_garbage_is_a_peer_with_a_problem(text: str) -> None:
    peer = peers.ask_peer(Babbler("ssh", text), "fz")
    assert "printed what it never prints" in (peer.problem or "")
