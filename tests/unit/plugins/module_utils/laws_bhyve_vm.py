# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on guests of bhyve, with a small host that follows the manual pages. Those of vm-bhyve: laws_vm_bhyve."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.goal import disks_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.have import Boot, Have, Others, Runtime, Volume
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.names import FIRMWARE_VARS, RC_SCRIPT, RUNNER
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.plan import blank
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.resource import BHYVE_VM
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want import WantGuest, rule_of
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.want_devices import (
    WantDisk,
    WantNic,
    WantShare,
)
from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_size
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import parse_rule
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

ASKED = 1000.0
GIB = 2**30
BASE_FILE, BASE_FOLDER = "/usr/local/etc/bhyve/web1.conf", "/var/db/bhyve/web1"
VM_FILE, VM_FOLDER = "/vm/web1/web1.conf", "/vm/web1"
HEAD = "name=web1\ncpus=1\nmemory.size=512M\nhostwright.loader=uefi\nbootrom=/r.fd\nlpc.bootrom=/r.fd\n"
BASE_PIECES = (
    "# by hand\n",
    HEAD,
    "pci.0.3.0.device=virtio-blk\npci.0.3.0.id=root\npci.0.3.0.storage=file\npci.0.3.0.path=/var/db/bhyve/web1/a.img\n",
    "pci.0.4.0.device=ahci\npci.0.4.0.port.0.type=cd\npci.0.4.0.port.0.path=/x.iso\npci.0.4.0.port.0.ro=true\n",
    "pci.0.5.0.device=virtio-net\npci.0.5.0.backend=tap1000\npci.0.5.0.mac=58:9c:fc:00:00:01\n",
    "pci.0.29.0.device=fbuf\npci.0.29.0.tcp=0.0.0.0:5900\n",
    "tpm.type=passthru\nsystem.sku=7\nrtc.use_localtime=no\n",
    "pci.0.9.0.device=passthru\npci.0.9.0.bus=2\npci.0.9.0.slot=0\npci.0.9.0.func=0\n",
    "pci.0.10.0.device=virtio-9p\npci.0.10.0.sharename=srv\npci.0.10.0.path=/srv\n",
    "hostwright.limits.pcpu=deny=50\nhostwright.start_order=7\n",
)
VM_PIECES = (
    "# by hand\n",
    'loader="uefi"\ncpu="1" # one\nmemory=512M\n',
    "disk0_type=virtio-blk\ndisk0_name=a.img\n",
    "disk1_type=nvme\ndisk1_name=b.img\ndisk1_opts=nocache\n",
    "network0_type=virtio-net\nnetwork0_switch=public\nnetwork0_mac=58:9c:fc:00:00:01\n",
    "graphics=yes\nlimit_pcpu=50\n",
    "unknown_key=7\n uuid=not-read\n",
)
DISKS = (
    WantDisk("root", target="a.img", size=2 * GIB),
    WantDisk("root", False),
    WantDisk("data", target="d.img", size=GIB, type="nvme", opts=(("nocache", "true"),)),
    WantDisk("data", target="d.img", source="/src.raw"),
    WantDisk("cd", target="/x.iso", dev="custom", type="ahci-cd", read_only=True),
)
# What is said of devices in the words of each engine
OWN_DISKS: t.Mapping[str, tuple[WantDisk, ...]] = {
    "base": (
        *DISKS,
        WantDisk("root", size=2 * GIB),
        WantDisk("vol", target="pool/vm", dev="zvol", size=GIB),
        WantDisk("vol", target="pool/vm", dev="sparse-zvol", source="/src.raw"),
        WantDisk("0.4.0", False),
    ),
    "vm-bhyve": (
        *DISKS,
        WantDisk("vol", target="pool/vm/web1/v", dev="zvol", size=GIB),
        WantDisk("disk0", False),
        WantDisk("disk1", target="b.img", size=GIB, type="ahci-hd"),
    ),
}
OWN_NICS: t.Mapping[str, tuple[WantNic, ...]] = {
    "base": (
        WantNic("lan", bridge="bridge0"),
        WantNic("dmz", mac="58:9c:fc:00:00:01", type="e1000", mtu=9000),
        WantNic("0.5.0", False),
        WantNic("sw", backend="vale", bridge="vale0"),
        WantNic("ng", backend="netgraph", node="b:", hook="l"),
    ),
    "vm-bhyve": (
        WantNic("lan", bridge="bridge0"),
        WantNic("dmz", mac="58:9c:fc:00:00:01", type="e1000"),
        WantNic("network0", bridge="other"),
        WantNic("network0", False),
    ),
}
OWN_SHARES: t.Mapping[str, tuple[tuple[WantShare, ...], ...]] = {
    "base": ((), (), (WantShare("srv", False),), (WantShare("home", True, "/srv", True),)),
    "vm-bhyve": ((),),
}
OWN_CONFIG: t.Mapping[str, tuple[dict[str, str | None], ...]] = {
    "base": ({}, {}, {"system.sku": "8"}, {"x86.strictio": None}),
    "vm-bhyve": ({}, {}, {}, {}, {}, {"debug": "yes"}),
}
PLAIN: t.Mapping[str, t.Sequence[t.Any]] = {
    "cpu": [1, 2],
    "memory": [512 * 2**20, GIB],
    "loader": ["uefi", "bhyveload"],
    "uefi_vars": [True, False],
    "utctime": [True, False],
    "comports": [(), ("com1",), ("com1", "com2")],
    "graphics": [True, True, False],
    "virt_random": [True, False],
    "virt_consoles": [0, 2],
    "grub_commands": [(), ("boot",)],
}
LIMITS: tuple[dict[str, int | None], ...] = ({}, {"pcpu": 50}, {"pcpu": 70, "readbps": 1000}, {"pcpu": None})


@st.composite
def haves(draw: st.DrawFn, engine: str) -> Have:
    base = engine == "base"
    pieces = draw(st.sets(st.sampled_from(BASE_PIECES if base else VM_PIECES)))
    text = "".join(piece for piece in (BASE_PIECES if base else VM_PIECES) if piece in pieces)
    if base and HEAD not in text:
        text = HEAD + text
    names = draw(st.sampled_from([(), ("a",), ("web1",), ("a", "web1"), ("web1", "b")]))
    have = Have(
        "web1",
        engine,
        text=text,
        mode=draw(st.sampled_from([0o600, 0o644])),
        folder=BASE_FOLDER if base else VM_FOLDER,
        dataset="" if base else "pool/vm/web1",
        config_file=BASE_FILE if base else VM_FILE,
        spare=base and draw(st.booleans()) and draw(st.booleans()),
        left=base and draw(st.booleans()) and draw(st.booleans()),
        others=Others(taps={"tap1001": "a"}, ports=frozenset({5900}), orders={"a": 50}),
        boot=Boot(draw(st.booleans()), names, ""),
        ppt={"2/0/0": "2/0/0", "ppt0": "2/0/0"},
        wrong_scripts=draw(st.sampled_from([(), (), (RUNNER, RC_SCRIPT)])) if base else (),
    )
    volumes = {FIRMWARE_VARS: Volume("file", 1), "/r.fd": Volume("file", 1), "/src.raw": Volume("file", GIB // 2)}
    volumes.update(
        {
            "/x.iso": Volume("file", 1),
            "/srv": Volume("folder"),
            "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd": Volume("file"),
        }
    )
    for disk in disks_of(have.values, have):
        if draw(st.booleans()):
            volumes.setdefault(disk.path, Volume("zvol" if disk.volume else "file", GIB))
            volumes[have.folder] = Volume("folder")
    have = dataclasses.replace(have, volumes=volumes)
    return _running(draw, have) if draw(st.booleans()) else have


def _running(draw: st.DrawFn, have: Have) -> Have:
    was = draw(st.sampled_from([have.text, have.text, have.text and have.text.replace("512M", "1G"), None]))
    base = have.engine == "base"
    have = dataclasses.replace(have, left=False)
    rules = tuple(parse_rule(f"process:1:{text}") for text in draw(st.sampled_from([(), ("pcpu:deny=50",)])))
    run = Runtime(
        1,
        was if base or was is not None else have.text,
        draw(st.sampled_from([1.0, 2000.0])),
        not base and was != have.text,
    )
    return dataclasses.replace(have, runtime=run, rules=rules)


@st.composite
def wants(draw: st.DrawFn, engine: str) -> WantGuest:
    named = draw(st.sets(st.sampled_from(sorted(PLAIN)), max_size=3))
    disks = draw(st.lists(st.sampled_from(OWN_DISKS[engine]), max_size=2, unique_by=lambda disk: disk.id))
    nics = draw(st.lists(st.sampled_from(OWN_NICS[engine]), max_size=2, unique_by=lambda nic: nic.id))
    return WantGuest(
        name="web1",
        state=draw(st.sampled_from(["present", "started", "stopped", "restarted", "absent"])),
        plain={name: draw(st.sampled_from(PLAIN[name])) for name in sorted(named)},
        disks=tuple(disks),
        purge_disks=draw(st.booleans()) and draw(st.booleans()),
        networks=tuple(nics),
        purge_networks=draw(st.booleans()) and draw(st.booleans()),
        passthru=draw(st.sampled_from([None, None, None, (), ("2/0/0",)])),
        shares=draw(st.sampled_from(OWN_SHARES[engine])),
        seed=draw(st.sampled_from([None, None, (("meta-data", "a"),)])),
        limits=draw(st.sampled_from(LIMITS)),
        autostart=draw(st.sampled_from([None, True, False])),
        start_order=draw(st.sampled_from([None, None, 10, 200])),
        config=draw(st.sampled_from(OWN_CONFIG[engine])),
        restart_policy=draw(st.sampled_from(["never", "if_needed", "always"])),
        force_stop=draw(st.booleans()),
        delete_storage=draw(st.booleans()),
        asked=ASKED,
    )


def act(have: Have | None, action: model.Action, want: WantGuest) -> Have | None:
    after = _act(have or blank(want), action, want)
    listed = after is not None and "web1" in after.boot.names
    return after if after is not None and (after.text is not None or after.runtime or listed) else _rest(after, want)


def _rest(have: Have | None, want: WantGuest) -> Have | None:
    """A guest that has no file is still seen as long as there is something of it."""
    return None if want.state == "absent" else have


def _act(have: Have, action: model.Action, want: WantGuest) -> Have | None:
    if isinstance(action, model.Write):
        return _write(have, action)
    if isinstance(action, model.Remove):
        return _remove(have, action.path)
    if isinstance(action, model.Await):
        return have
    if isinstance(action, model.Call):
        if action.method == "stop":
            return dataclasses.replace(have, runtime=None, rules=(), ended=(1, "poweroff"))
        return _start(have)
    assert isinstance(action, model.Run)
    return _run(have, action.argv)


def _write(have: Have, action: model.Write) -> Have:
    if action.path in (RUNNER, RC_SCRIPT):
        return dataclasses.replace(have, wrong_scripts=tuple(p for p in have.wrong_scripts if p != action.path))
    if action.path == BASE_FILE + ".new":
        NEW[0] = action.content
        return dataclasses.replace(have, spare=True)
    if action.path == VM_FILE:
        return dataclasses.replace(have, text=action.content)
    if "vm-bhyve-" in action.path and have.runtime:
        text = action.content.partition("\n")[2]
        return dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, text=text, recorded=True))
    return have  # the parts of a seed


NEW = [""]


def _remove(have: Have, path: str) -> Have | None:
    if path == BASE_FILE:
        return dataclasses.replace(have, text=None)
    if path == BASE_FILE + ".new":
        return dataclasses.replace(have, spare=False)
    if path.endswith(".reason"):
        return dataclasses.replace(have, ended=None)
    return _without(have, path)


def _without(have: Have, path: str) -> Have:
    return dataclasses.replace(have, volumes={name: volume for name, volume in have.volumes.items() if name != path})


def _with(have: Have, path: str, volume: Volume) -> Have:
    return dataclasses.replace(have, volumes={**have.volumes, path: volume})


def _start(have: Have) -> Have:
    rules = []
    for key, value in have.values.items():
        if key.startswith("hostwright.limits."):
            rules.append(parse_rule(f"process:1:{key.rsplit('.', 1)[-1]}:{value}"))
        words = {"limit_pcpu": "pcpu", "limit_rbps": "readbps"}
        if key in words:
            rules.append(parse_rule(f"process:1:{rule_of(words[key], int(value))}"))
    return dataclasses.replace(
        have, runtime=Runtime(1, have.text, ASKED + 1), rules=tuple(rules), ended=None, left=False
    )


def _run(have: Have, argv: model.Argv) -> Have:
    return TOOLS[argv[0]](have, argv)


def _mv(have: Have, argv: model.Argv) -> Have:
    source, target = argv[-2:]
    if target == BASE_FILE:
        return dataclasses.replace(have, text=NEW[0], mode=0o600, spare=False)
    return _with(_without(have, source), target, have.volumes.get(source, Volume("file")))


def _sysrc(have: Have, argv: model.Argv) -> Have:
    name, _equals, value = argv[-1].partition("=")
    boot = have.boot
    if name.endswith("_list"):
        boot = dataclasses.replace(boot, names=tuple(value.split()))
    elif name.endswith("_enable"):
        boot = dataclasses.replace(boot, enabled=True)
    else:
        boot = dataclasses.replace(boot, delay=value)
    return dataclasses.replace(have, boot=boot)


def _rctl(have: Have, argv: model.Argv) -> Have:
    if argv[1] == "-a":
        return dataclasses.replace(have, rules=(*have.rules, parse_rule(argv[2])))
    gone = argv[2].split(":")[2]
    return dataclasses.replace(have, rules=tuple(rule for rule in have.rules if rule.resource != gone))


def _zfs(have: Have, argv: model.Argv) -> Have:
    path = f"/dev/zvol/{argv[-1]}"
    if argv[1] == "create":
        return _with(have, path, Volume("zvol", int(argv[argv.index("-V") + 1])))
    if argv[1] == "set":
        return _with(have, path, Volume("zvol", int(argv[2].partition("=")[2])))
    if argv[1] == "rename":
        source = f"/dev/zvol/{argv[2]}"
        return _with(_without(have, source), path, have.volumes[source])
    assert argv[1] == "destroy"
    return _without(have, path)


TOOLS: t.Mapping[str, t.Callable[[Have, model.Argv], Have]] = {
    "sysrc": _sysrc,
    "rctl": _rctl,
    "zfs": _zfs,
    "mv": _mv,
    "truncate": lambda have, argv: _with(have, argv[-1], Volume("file", int(argv[2]))),
    "cp": lambda have, argv: _with(have, argv[-1], Volume("file")),
    "install": lambda have, argv: _with(have, argv[-1], Volume("folder" if argv[1] == "-d" else "file")),
    "vm": lambda have, argv: dataclasses.replace(have, text=None),
    RUNNER: lambda have, argv: dataclasses.replace(have, left=False),
    **dict.fromkeys(("bhyve", "dd", "makefs", "rm"), lambda have, argv: have),
}


def declare(have: Have) -> WantGuest:
    """What the file and what runs agree on."""
    assume(not have.left and not have.wrong_scripts and not (have.engine == "base" and have.mode != 0o600))
    values = have.values
    run = have.runtime
    stale = run is not None and run.text != have.text
    disks = [
        disk for disk in disks_of(values, have) if have.engine == "vm-bhyve" or "id" in disk.id or disk.id == "root"
    ]
    plain: dict[str, t.Any] = {}
    if not stale and have.text:
        memory = values.get("memory.size") or values.get("memory")
        plain = {"memory": parse_size(memory, "M")} if memory else {}
    order = values.get("hostwright.start_order")
    return WantGuest(
        name="web1",
        state="absent" if have.text is None else have.power,
        plain=plain,
        disks=tuple(
            WantDisk(disk.id) for disk in disks if not stale and disk.path in have.volumes and have.engine == "base"
        ),
        limits={"pcpu": 50} if "pcpu" in have.limits and "hostwright.limits.pcpu" in values else {},
        autostart="web1" in have.boot.names if have.boot.enabled or "web1" not in have.boot.names else None,
        start_order=int(order) if order and "web1" not in have.boot.names else None,
        restart_policy="always",
        asked=ASKED,
    )


def fields(have: Have | None) -> dict[str, t.Any]:
    """What the file and the host say, by the names of the diff."""
    if have is None:
        return {}
    plain = {key: value for key, value in have.values.items() if not key.startswith(("pci.", "disk", "network"))}
    return {**plain, "boot": [have.boot.enabled, *have.boot.names]}


def destroys(action: model.Action) -> bool:
    if isinstance(action, model.Run):
        return action.argv[:2] in (("vm", "destroy"),) or (
            action.argv[:2] == ("zfs", "destroy") and "part" not in action.argv[-1]
        )
    if isinstance(action, model.Remove):
        return action.path.endswith((".img", ".fd", ".iso"))
    return isinstance(action, model.Call) and action.method in ("stop", "restart") and action.args[-1] is True


def backend_of(engine: str) -> Backend:
    return Backend(
        resource=BHYVE_VM,
        haves=haves(engine),
        wants=wants(engine),
        act=act,
        declare=declare,
        fields=fields,
        destroys=destroys,
    )


BACKEND = backend_of("base")
