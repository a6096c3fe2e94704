# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a text of a task holds: it is refused, or is one value of its own key in lxc.conf and one word in argv."""

from __future__ import annotations

import functools
import itertools
import re
import typing as t

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import Cgroups
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import parse
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Around, Have, Snapshot
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.options import (
    ARGUMENT_SPEC,
    DEVICE_OPTIONS,
    MOUNT_OPTIONS,
    NETWORK_OPTIONS,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.resource import LXC_CONTAINER
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import Room
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import read_wants
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import new_text
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.tables import check_params

EVIL = (
    "a\nlxc.hook.start = /evil",
    "a\r\nlxc.hook.start = /evil",
    "\nlxc.hook.start = /evil",
    "a\x85lxc.hook.start = /evil",
    "a\u2028lxc.hook.start = /evil",
    "a\x0blxc.hook.start = /evil",
    "a\x00b",
    "lxc.hook.start = /evil",
    "a = b",
    "'",
    '"; reboot; "',
    "'a\nb'",
    "$(reboot)`reboot`",
    "--help",
    "-k",
    "../../etc/passwd",
    "/etc/../etc/passwd",
    "/dev/../etc/passwd",
    "äöü",
    "x" * 300,
    "/" + "x" * 5000,
    "# a",
    "\\",
    "%n%s",
    "",
)
TEXTS = ("str", "path")
HARMLESS = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*\n").fullmatch
# Task beside the option that makes it count
NIC: t.Mapping[str, t.Any] = {"type": "veth", "link": "br0"}
NEEDS: t.Mapping[str, t.Mapping[str, t.Any]] = {
    "template_options": {"template": "busybox"},
    "directory": {"template": "busybox", "backing_store": "dir"},
    "fs_size": {"template": "busybox", "backing_store": "loop"},
    "fs_type": {"template": "busybox", "backing_store": "loop"},
    **{key: {"template": "busybox", "backing_store": "lvm"} for key in ("vg_name", "lv_name", "thinpool")},
    "zfs_root": {"template": "busybox", "backing_store": "zfs"},
    "swap": {"memory": "64M"},
    "snapshots": {},
    "isolation": {"type": "ipvlan", "link": "up0"},
}
ON_FIRST = frozenset(["blkio", "cpu", "cpuset", "memory", "pids", "devices"])
FIRST = Cgroups(1, dict.fromkeys(ON_FIRST, "/c"), frozenset(["memory.memsw.limit_in_bytes", "blkio.weight"]))
SECOND = Cgroups(2, dict.fromkeys([*ON_FIRST, "io"], "/c"))
BEFORE = "# by hand\nlxc.rootfs.path = zfs:tank/web\nlxc.uts.name = web\nlxc.net.7.type = empty\n"


Options = t.Mapping[str, t.Any]


def takes(spec: Options) -> bool:
    return "choices" not in spec and (spec["type"] in TEXTS or spec.get("elements") == "str")


def beside(options: Options, name: str, spec: Options, evil: str) -> dict[str, t.Any]:
    return {**options, name: [evil] if spec["type"] == "list" else evil}


def within(whole: str, options: Options, name: str, spec: Options, evil: str) -> dict[str, t.Any]:
    return {whole: [beside(options, name, spec, evil)]}


def places() -> t.Iterator[tuple[str, t.Callable[[str], dict[str, t.Any]]]]:
    """Every place of a task that takes a text, with a task that has an evil one there."""
    for name, spec in ARGUMENT_SPEC.items():
        if takes(spec):
            yield name, functools.partial(beside, NEEDS.get(name, {}), name, spec)
    for whole, specs, options in (
        ("networks", NETWORK_OPTIONS, NIC),
        ("mounts", MOUNT_OPTIONS, {"target": "a", "source": "/a"}),
        ("devices", DEVICE_OPTIONS, {"path": "/dev/fuse"}),
    ):
        for name, spec in specs.items():
            if takes(spec):
                needs = {**options, **NEEDS.get(name, {})}
                yield f"{whole}.{name}", functools.partial(within, whole, needs, name, spec)
    yield "config, one value", lambda evil: {"config": {"lxc.tty.dir": evil}}
    yield "config, a limit", lambda evil: {"config": {"lxc.cgroup2.cpu.max": evil}}
    yield "config, a list", lambda evil: {"config": {"lxc.environment": ["A=1", evil]}}
    yield "config, a key", lambda evil: {"config": {evil: "1"}}
    yield "config, the end of a key", lambda evil: {"config": {"lxc.prlimit." + evil: "1"}}
    yield "template_options, a value", lambda evil: {"template": "busybox", "template_options": {"a": evil}}
    yield "template_options, a key", lambda evil: {"template": "busybox", "template_options": {evil: "a"}}


PLACES = dict(places())


def test_every_text_has_a_place() -> None:
    assert len(PLACES) >= 50
    assert {"hostname", "networks.link", "mounts.source", "devices.path", "idmap", "rollback_to"} <= set(PLACES)


def haves(cgroups: Cgroups) -> t.Iterator[Have]:
    around = Around(cgroups, devices=dict.fromkeys(["/dev/fuse"], "c 10:229"), template_text=BEFORE)
    yield Have("web", "/var/lib/lxc", None, around=around)
    yield Have("web", "/var/lib/lxc", BEFORE, snapshots=(Snapshot("snap0", "clean"),), room=Room(), around=around)


def argv_of(action: t.Any) -> t.Iterator[str]:
    while isinstance(action, model.Run):
        yield from action.argv
        action = action.otherwise


@pytest.mark.parametrize("place", PLACES)
def test_a_text_stays_what_it_is(place: str) -> None:
    for evil, cgroups in itertools.product(EVIL, (FIRST, SECOND)):
        for have in haves(cgroups):
            try:
                (want,) = read_wants(check_params(LXC_CONTAINER, {"name": "web", **PLACES[place](evil)}))
                steps, text = LXC_CONTAINER.plan(have, want), new_text(have, want)
            except model.Problem:
                continue
            fresh = [line for line in parse(text, "config") if line.raw not in BEFORE]
            assert not [line for line in fresh if line.key in (None, "lxc.hook.start") or not HARMLESS(line.raw)]
            words = [word for step in steps for word in argv_of(step.action)]
            assert not [word for word in words if "\n" in word or "\x00" in word]
            # the value of a template's option is the template's to judge
            assert evil[:1] != "-" or evil not in words or place == "template_options, a value"
