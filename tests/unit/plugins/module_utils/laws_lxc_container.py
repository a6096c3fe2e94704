# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on LXC containers, with a small LXC that follows its manual pages."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.cgroups import Cgroups
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import edit, effective, list_nets
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import (
    Around,
    Have,
    Interface,
    Runtime,
    Snapshot,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.resource import LXC_CONTAINER
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import Room
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want_create import WantCreate
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want_devices import WantDevice, WantMount, WantNic
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

PATH, ASKED = "/var/lib/lxc", 1000.0
COMMON = {"/usr/share/common.conf": "lxc.tty.max = 4\nlxc.cap.drop = sys_time mac_admin\n"}
DEFAULT = "lxc.net.0.type = veth\nlxc.net.0.link = lxcbr0\n"
TEMPLATE = DEFAULT + "lxc.rootfs.path = dir:/var/lib/lxc/web/rootfs\nlxc.uts.name = web\n"
CONTROLLERS = ("memory", "pids", "cpu", "cpuset", "devices")
FIRST = Cgroups(1, {name: f"/sys/fs/cgroup/{name}" for name in CONTROLLERS})
SECOND = Cgroups(2, dict.fromkeys(CONTROLLERS, "/sys/fs/cgroup"))
DEVICES = {"/dev/fuse": "c 10:229"}
MACS = ("00:16:3e:00:00:01", "00:16:3e:00:00:02")
PIECES = (
    "# by hand\nlxc.tty.max = 2\n",
    "lxc.include = /usr/share/common.conf\n",
    "lxc.cap.drop = net_raw\n",
    "lxc.mount.entry = /srv srv none bind 0 0\n",
    f"lxc.net.0.type = veth\nlxc.net.0.name = eth0\nlxc.net.0.hwaddr = {MACS[0]}\n",
    f"lxc.net.1.type = macvlan\nlxc.net.1.link = up0\nlxc.net.1.name = eth1\nlxc.net.1.hwaddr = {MACS[1]}\n",
    "lxc.cgroup.pids.max = 40\nlxc.cgroup2.pids.max = 40\n",
    "lxc.start.auto = 1\n",
    "lxc.group = web\nlxc.group = all\n",
    "lxc.utsname = 'old'\n",
)


def started(have: Have) -> Have:
    """LXC starts with what the file says."""
    values = effective(have.text, have.includes)
    prefix = have.around.cgroups.prefix
    limits = {
        prefix + name: values.get(prefix + name, (free,))[0] for name, free in LIMITS[have.around.cgroups.version]
    }
    names = [values.get(f"lxc.net.{index}.name", ("",))[-1] for index in list_nets(values)]
    macs = [values.get(f"lxc.net.{index}.hwaddr", ("",))[-1] for index in list_nets(values)]
    words = {key: "\n".join(lines) for key, lines in values.items()}
    asked = {key: words.get(key, "") for key in {*words, *KEYS}}
    mounted = {line.split()[0] for line in values.get("lxc.mount.entry", ())}
    run = Runtime(
        7,
        started=ASKED + 1,
        limits=limits,
        started_with=asked,
        filed=asked,
        interfaces=tuple(Interface(name, mac) for name, mac in zip(names, macs) if name),
        devices=frozenset(DEVICES) & mounted,
    )
    return dataclasses.replace(have, runtime=run)


LIMITS: t.Mapping[int, tuple[tuple[str, str], ...]] = {
    1: (("memory.limit_in_bytes", "9223372036854771712"), ("pids.max", "max"), ("cpu.shares", "1024")),
    2: (("memory.max", "max"), ("pids.max", "max"), ("cpu.weight", "100")),
}
KEYS = (
    "lxc.tty.max",
    "lxc.cap.drop",
    "lxc.mount.entry",
    "lxc.uts.name",
    "lxc.environment",
    *(f"lxc.net.{index}.{key}" for index in (0, 1, 2) for key in ("type", "link", "name", "hwaddr", "flags")),
)


@st.composite
def haves(draw: st.DrawFn) -> Have:
    pieces = draw(st.sets(st.sampled_from(PIECES)))
    root = draw(st.sampled_from(["dir:/var/lib/lxc/web/rootfs", "zfs:tank/lxc/web"]))
    text = f"lxc.rootfs.path = {root}\n" + "".join(piece for piece in PIECES if piece in pieces)
    have = Have(
        "web",
        PATH,
        text,
        COMMON,
        snapshots=tuple(Snapshot(f"snap{n}", name, str(n)) for n, name in enumerate(draw(st.sampled_from(SNAPSHOTS)))),
        room=Room(draw(st.sampled_from([0, 2**30]))) if root.startswith("zfs:") else None,
        rolled_back=draw(st.sampled_from([None, "clean"])),
        restarting=draw(st.booleans()) and draw(st.booleans()),
        around=Around(draw(st.sampled_from([FIRST, SECOND])), devices=DEVICES, template_text=""),
    )
    if draw(st.booleans()):
        have = started(have)
        assert have.runtime
        run = dataclasses.replace(
            have.runtime, frozen=draw(st.booleans()), started=draw(st.sampled_from([1.0, 2000.0]))
        )
        if draw(st.booleans()):  # somebody edited the file, or changed what runs
            run = dataclasses.replace(run, started_with={**run.started_with, "lxc.tty.max": "9", "lxc.uts.name": "was"})
            run = dataclasses.replace(run, limits={**run.limits, have.around.cgroups.prefix + "pids.max": "7"})
        have = dataclasses.replace(have, runtime=run)
    return have


SNAPSHOTS = ((), ("clean",), ("a", "b", "clean"))


def nic(draw: st.DrawFn, index: int) -> WantNic:
    if draw(st.booleans()) and draw(st.booleans()):
        return WantNic(index, present=False)
    kind = draw(st.sampled_from(["veth", "veth", "macvlan", "empty"]))
    if kind == "empty":
        return WantNic(index, "empty")
    keys: list[tuple[str, tuple[str, ...]]] = [("link", (draw(st.sampled_from(["br0", "up0"])),)), ("flags", ("up",))]
    mac = f"00:16:3e:00:01:0{index}"
    return WantNic(index, kind, tuple(keys), (("name", f"eth{index}"), ("hwaddr", mac)))


ON_ZFS = WantCreate("debian", backing_store="zfs", storage=(("zfs_root", "tank/lxc"),))


@st.composite
def wants(draw: st.DrawFn) -> WantContainer:
    keys = {
        "lxc.tty.max": st.sampled_from([("2",), ("4",), ()]),
        "lxc.uts.name": st.just(("new",)),
        "lxc.group": st.sampled_from([("web", "all"), ("db",), ()]),
        "lxc.start.auto": st.sampled_from([("1",), ("0",)]),
        "lxc.environment": st.sampled_from([("A=1", "B=2"), ()]),
    }
    limits = {
        "memory": st.sampled_from([2**26, None]),
        "pids": st.sampled_from(["40", "50", None]),
        "cpu_weight": st.sampled_from([100, 50]),
    }
    named = draw(st.sets(st.sampled_from(sorted(keys)), max_size=3))
    limited = draw(st.sets(st.sampled_from(sorted(limits)), max_size=2))
    mounts = (
        WantMount("srv", "/other srv none bind 0 0"),
        WantMount("srv", present=False),
        WantMount("x", "/x x none b 0 0"),
    )
    state = draw(st.sampled_from(["present", "started", "stopped", "restarted", "frozen", "absent"]))
    create = draw(st.sampled_from([None, WantCreate("busybox"), WantCreate(archive="/a.tar"), ON_ZFS]))
    back = state in ("present", "stopped") and draw(st.booleans())
    return WantContainer(
        name="web",
        state=state,
        create=create,
        fs_size=draw(st.sampled_from([None, None, 0, 2**30, 2**31])) if create in (None, ON_ZFS) else None,
        limits=tuple((name, draw(limits[name])) for name in sorted(limited)),
        keys=tuple((key, draw(keys[key])) for key in sorted(named)),
        cap_drop=draw(st.sampled_from([(), ("net_raw", "sys_time")])),
        nics=draw(st.sampled_from([None, *(tuple(nic(draw, index) for index in chosen) for chosen in ((0,), (1, 2)))])),
        purge_networks=draw(st.booleans()),
        mounts=draw(st.sampled_from([(), *((mount,) for mount in mounts)])),
        devices=draw(st.sampled_from([(), (WantDevice("/dev/fuse"),), (WantDevice("/dev/fuse", present=False),)])),
        snapshots=() if back else draw(st.sampled_from([(), ("clean",), ("new", "clean")])),
        snapshots_keep=None if back else draw(st.sampled_from([None, 2])),
        rollback_to="clean" if back else None,
        wait_for_ip_address=draw(st.booleans()),
        restart_policy=draw(st.sampled_from(["never", "if_needed", "always"])),
        force_stop=draw(st.booleans()),
        delete_storage=draw(st.booleans()),
        delete_snapshots=draw(st.booleans()),
        asked=ASKED,
    )


def act(have: Have | None, action: model.Action, want: WantContainer) -> Have | None:
    """What LXC does; written from its manual pages."""
    have = have or Have("web", PATH)
    if isinstance(action, (model.Write, model.Remove)):
        here = isinstance(action, model.Write)
        if "rolled-back" in action.path:
            return dataclasses.replace(have, rolled_back="clean")
        return dataclasses.replace(have, restarting=here) if "restart" in action.path else have
    if isinstance(action, model.Call):
        return _call(have, action, want)
    assert isinstance(action, model.Run)
    return _run(have, action.argv, want)


def _call(have: Have, action: model.Call, want: WantContainer) -> Have:
    if action.method == "start":
        have = started(have)
    if action.method == "configure":
        old = have.values
        base = action.args[2] if have.text is None else have.text
        have = dataclasses.replace(have, text=edit(base, have.includes, action.args[3]))
        if have.runtime is not None:
            fresh = {
                key: "\n".join(have.values.get(key, ()))
                for key in {*old, *have.values}
                if old.get(key) != have.values.get(key)
            }
            filed = {key: fresh.get(key, text) for key, text in have.runtime.filed.items()}
            have = dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, filed=filed))
    if action.method == "all_or_nothing":
        have = _plug(have, action)
    if action.method == "wait_for_address" and have.runtime is not None:
        have = dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, has_address=True))
    return have


def _plug(have: Have, action: model.Call) -> Have:
    """What the ip commands do to the interfaces."""
    if have.runtime is not None:
        links = {one.name: one for one in have.runtime.interfaces}
        for argv, _undo in action.args[0]:
            if "del" in argv:
                links.pop(argv[-1], None)
            if "netns" in argv:
                name = argv[argv.index("netns") - 1]
                links[name] = Interface(name, argv[argv.index("address") + 1] if "address" in argv else "")
            if argv[-2] == "name":
                links[argv[-1]] = dataclasses.replace(links.pop(argv[-3]), name=argv[-1])
        have = dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, interfaces=tuple(links.values())))
    return have


def _run(have: Have, argv: model.Argv, want: WantContainer) -> Have | None:
    run = have.runtime
    if argv[0] == "lxc-create":
        zfs = "zfs" in argv
        text = TEMPLATE.replace("dir:/var/lib/lxc/web/rootfs", "zfs:tank/lxc/web") if zfs else TEMPLATE
        return dataclasses.replace(have, text=text, room=Room() if zfs else None)
    if argv[0] == "zfs":
        size = argv[2].partition("=")[2]
        return dataclasses.replace(have, room=Room(int(size) if size != "none" else 0))
    if argv[0] == "lxc-destroy":
        return None
    if argv[0] == "lxc-stop":
        return dataclasses.replace(have, runtime=None)
    if argv[0] == "lxc-snapshot":
        return _snapshot(have, argv, want)
    if run is None:
        return have
    return dataclasses.replace(have, runtime=_touch(have, run, argv))


def _touch(have: Have, run: Runtime, argv: model.Argv) -> Runtime:
    """What a running container takes."""
    if argv[0] in ("lxc-freeze", "lxc-unfreeze"):
        run = dataclasses.replace(run, frozen=argv[0] == "lxc-freeze")
    if argv[0] == "lxc-cgroup":
        run = dataclasses.replace(run, limits={**run.limits, have.around.cgroups.prefix + argv[-2]: argv[-1]})
    if argv[0] == "lxc-device":
        run = dataclasses.replace(run, devices=run.devices | {argv[-1]})
    return run


def _snapshot(have: Have, argv: model.Argv, want: WantContainer) -> Have:
    words = dict(zip(argv, argv[1:]))
    if "-d" in argv:
        gone = have.snapshots if words["-d"] == "ALL" else [one for one in have.snapshots if one.name == words["-d"]]
        return dataclasses.replace(have, snapshots=tuple(one for one in have.snapshots if one not in gone))
    known = {one.comment for one in have.snapshots}
    comment = next(name for name in want.snapshots if name not in known)
    number = max([one.number for one in have.snapshots], default=-1) + 1
    return dataclasses.replace(have, snapshots=(*have.snapshots, Snapshot(f"snap{number}", comment, f"~{number}")))


def declare(have: Have) -> WantContainer:
    """What the file and what runs agree on."""
    assume(not have.restarting)  # a restart that was cut off is always finished
    values = have.values
    stale = have.runtime is not None and have.runtime.started_with != have.runtime.filed
    single = [key for key in ("lxc.start.auto", "lxc.tty.max") if key in values]
    return WantContainer(
        name="web",
        state=have.power,
        keys=() if stale else tuple((key, values[key]) for key in single),
        cap_drop=values.get("lxc.cap.drop", ()),
        snapshots=tuple(one.comment for one in have.snapshots),
        snapshots_keep=max(len(have.snapshots), 1),
        fs_size=have.room.size if have.room else None,
        restart_policy="always",
        asked=ASKED,
    )


def fields(have: Have | None) -> dict[str, t.Any]:
    """What the file says, by the names of the diff; the rest of a running container may change when it starts."""
    if have is None or have.text is None:
        return {}
    values = have.values
    names = ("lxc.tty.max", "lxc.start.auto", "lxc.rootfs.path")
    found: dict[str, t.Any] = {key: values.get(key, (None,))[0] for key in names}
    found["lxc.group"] = values.get("lxc.group", ())
    return found


BACKEND = Backend(
    resource=LXC_CONTAINER,
    haves=haves(),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda action: (
        (isinstance(action, model.Call) and action.method == "rollback")
        or isinstance(action, model.Run)
        and (action.argv[0] == "lxc-destroy" or "-k" in action.argv or "-d" in action.argv[5:])
    ),
)
