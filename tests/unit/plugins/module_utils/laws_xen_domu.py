# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws for xen_domu. ``act`` is a small Dom0: what xl 4.20 does to one guest, as seen in the lab."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._xen.changes import OPTIONS
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import parse_disk, render_disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Around, Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._xen.mark import write_mark
from ansible_collections.hostwright.virt.plugins.module_utils._xen.nic import parse_nic, render_nic
from ansible_collections.hostwright.virt.plugins.module_utils._xen.resource import XEN_DOMU
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Processors, Settings, read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want_devices import WantDisk, WantNic
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

CFG, SAVE, AUTO = "/etc/xen/toto.cfg", "/var/lib/xen/save/toto", "/etc/xen/auto"
MARKER = "/run/hostwright/xen/toto.restart"
ALL = "all"
AROUND = Around(node="dom0a", processors=Processors((0, 0, 1, 1)))
MACS = ("00:16:3e:00:00:01", "00:16:3e:00:00:02")
ASKED = 1000.0


def set_running(have: Have, **fields: t.Any) -> Have:
    assert have.runtime is not None
    assert have.runtime.settings is not None
    settings = dataclasses.replace(have.runtime.settings, **fields)
    return dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, settings=settings))


def boot(have: Have, settings: Settings, paused: bool, domid: int = 100) -> Have:
    pins = (ALL,) * settings.max_vcpus
    if isinstance(settings.cpus, str):
        pins = (settings.cpus,) * settings.max_vcpus
    elif settings.cpus:
        pins = (*settings.cpus, *pins)[: settings.max_vcpus]
    run = Runtime("toto", domid, settings.uuid or "u", flags(paused), f"boot/{domid}", settings)
    run = dataclasses.replace(run, pins=pins, started=ASKED + 5)
    return dataclasses.replace(have, runtime=run)


def flags(paused: bool) -> str:
    return "--p---" if paused else "-b----"


def act_files(have: Have, action: model.Action) -> Have:
    if isinstance(action, model.Write):
        if action.path == MARKER:
            return dataclasses.replace(have, restarting=True)
        assert action.path == CFG
        parse(action.content, CFG)
        return dataclasses.replace(have, text=action.content)
    if isinstance(action, model.Link):
        return dataclasses.replace(have, links=(*have.links, action.path))
    assert isinstance(action, model.Remove)
    if action.path == MARKER:
        return dataclasses.replace(have, restarting=False)
    if action.path == SAVE:
        return dataclasses.replace(have, saved=None)
    if action.path == CFG:
        return dataclasses.replace(have, text=None)
    assert action.path in have.links
    return dataclasses.replace(have, links=tuple(link for link in have.links if link != action.path))


def act_power(have: Have, verb: str, words: t.Sequence[str]) -> Have:
    run = have.runtime
    if verb == "create":
        assert run is None, "xl: domain already exists"
        assert have.text is not None
        return boot(have, read_settings(parse(have.text, CFG)), "-p" in words)
    if verb == "restore":
        assert run is None
        assert have.saved is not None
        return boot(have, have.saved, "-p" in words)
    assert run is not None, f"xl {verb}: no such domain"
    if verb in ("destroy", "shutdown"):
        assert verb == "destroy" or not run.paused, "a paused guest never shuts down"
        return dataclasses.replace(have, runtime=None)
    if verb in ("pause", "unpause"):
        return dataclasses.replace(have, runtime=dataclasses.replace(run, flags=flags(verb == "pause")))
    if verb == "save":
        assert not run.paused, "a paused guest cannot be suspended"
        return dataclasses.replace(have, runtime=None, saved=run.settings)
    assert verb == "config-update"
    return dataclasses.replace(have, runtime=dataclasses.replace(run, updated=have.text))


def act_live(have: Have, verb: str, words: t.Sequence[str]) -> Have:
    run = have.runtime
    assert run is not None
    assert run.settings is not None, f"xl {verb}: no such domain"
    now = run.settings
    if verb == "mem-set":
        assert int(words[1][:-1]) <= (now.max_memory or 0)
        return set_running(have, memory=int(words[1][:-1]))
    if verb == "vcpu-set":
        assert int(words[2]) <= now.max_vcpus
        return set_running(have, vcpus=int(words[2]))
    if verb == "sched-credit2":
        return set_running(have, **{{"-w": "cpu_weight", "-c": "cap"}[words[2]]: int(words[3])})
    if verb == "cpupool-migrate":
        return set_running(have, pool=words[1])
    if verb == "vcpu-pin":
        pins = list(run.pins or (ALL,) * now.max_vcpus)
        for number in range(len(pins)):
            if words[1] in ("all", str(number)):
                pins[number] = words[2]
        return dataclasses.replace(have, runtime=dataclasses.replace(run, pins=tuple(pins)))
    return act_devices(have, now, verb, words)


def act_devices(have: Have, now: Settings, verb: str, words: t.Sequence[str]) -> Have:
    if verb == "block-attach":
        disk = parse_disk(words[1])
        assert now.disk(disk.vdev) is None, "device already exists"
        return set_running(have, disks=(*now.disks, disk))
    if verb == "block-detach":
        assert now.disk(words[1]) is not None
        return set_running(have, disks=tuple(disk for disk in now.disks if disk.vdev != words[1]))
    if verb == "network-attach":
        return set_running(have, nics=(*now.nics, parse_nic(",".join(words[1:]))))
    assert verb == "network-detach"
    assert now.nic(words[1]) is not None
    return set_running(have, nics=tuple(nic for nic in now.nics if nic.mac != words[1]))


POWER = ("create", "restore", "destroy", "shutdown", "pause", "unpause", "save", "config-update")


def act(have: Have | None, action: model.Action, want: WantDomu) -> Have | None:
    have = have or Have("toto", CFG, SAVE)
    if not isinstance(action, model.Run):
        have = act_files(have, action)
    elif action.argv[0] == "install":
        have = dataclasses.replace(have, save_folder=True)
    else:
        verb, *words = action.argv[1:]
        have = act_power(have, verb, words) if verb in POWER else act_live(have, verb, words)
    gone = have.text is None and have.runtime is None and have.saved is None and not have.restarting
    return None if gone else have


def destroys(action: t.Any) -> bool:
    while isinstance(action, model.Run):
        if action.argv[:2] == ("xl", "destroy"):
            return True
        action = action.otherwise
    return False


def write_cfg(settings: Settings, description: str | None, extra: str) -> str:
    """A file as a person would write it."""
    lines = [
        "# by hand",
        'name = "toto"',
        f"type = '{settings.type}'; memory = {settings.memory}",
        f'kernel = "{settings.kernel}" # the kernel',
        f"maxmem = {settings.max_memory}",
        f"vcpus = {settings.vcpus}\nmaxvcpus = {settings.max_vcpus}",
        f"cpu_weight = {settings.cpu_weight}",
        f'uuid = "{settings.uuid}"',
        f'cpus = "{settings.cpus}"',
        "disk = [\n  " + ",\n  ".join(f"'{render_disk(disk)}'" for disk in settings.disks) + " ]",
        "vif = [ " + ", ".join(f"'{render_nic(nic)}'" for nic in settings.nics) + " ]",
        extra,
    ]
    text = "\n".join(lines) + "\n"
    return text if description is None else write_mark(text, {"description": description})


DISKS = st.sampled_from(["xvda", "xvdb"]).flatmap(
    lambda vdev: st.sampled_from([f"phy:/dev/{vdev}1,{vdev},w", f"format=raw,vdev={vdev},access=ro,target=/dev/two"])
)
NICS = st.sampled_from([f"mac={mac},bridge={bridge}" for mac in MACS for bridge in ("br0", "br1.42")])


@st.composite
def settings_of(draw: t.Callable[..., t.Any]) -> Settings:
    disks = {disk.vdev: disk for disk in map(parse_disk, draw(st.lists(DISKS, max_size=2)))}
    nics = {nic.mac: nic for nic in map(parse_nic, draw(st.lists(NICS, max_size=2)))}
    return Settings(
        type=draw(st.sampled_from(["pv", "pvh"])),
        kernel=draw(st.sampled_from(["/k1", "/k2"])),
        memory=draw(st.sampled_from([128, 256])),
        max_memory=draw(st.sampled_from([256, 512])),
        vcpus=draw(st.sampled_from([1, 2])),
        max_vcpus=draw(st.sampled_from([2, 3])),
        cpu_weight=draw(st.sampled_from([256, 300])),
        cpus=draw(st.sampled_from(["all", "0-1"])),
        uuid="aaaaaaaa-0000-4000-8000-000000000001",
        disks=tuple(disks.values()),
        nics=tuple(nics.values()),
    )


@st.composite
def haves(draw: t.Callable[..., t.Any]) -> Have:
    text = write_cfg(
        draw(settings_of()),
        draw(st.none() | st.just("old")),
        draw(st.sampled_from(["", "nestedhvm = 1", "serial = 'pty'; keymap='fr'"])),
    )
    have = Have("toto", CFG, SAVE, text=text, around=AROUND, save_folder=draw(st.booleans()))
    have = dataclasses.replace(
        have, links=draw(st.sampled_from([(), (f"{AUTO}/toto.cfg",), (f"{AUTO}/010-toto.cfg",)]))
    )
    running = draw(st.sampled_from(["no", "yes", "same", "saved", "both"]))
    if running in ("yes", "same", "both"):
        settings = read_settings(parse(text, CFG)) if running == "same" else draw(settings_of())
        have = boot(have, dataclasses.replace(settings, extra=None), draw(st.booleans()), 99)
        assert have.runtime is not None
        updated = draw(st.sampled_from([None, text]))
        started = draw(st.sampled_from([ASKED - 5, ASKED + 5, None]))
        have = dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, updated=updated, started=started))
    if running in ("saved", "both"):
        have = dataclasses.replace(have, saved=draw(settings_of()))
    return have


@st.composite
def wants(draw: t.Callable[..., t.Any]) -> WantDomu:
    keys = {
        "type": st.just("pvh"),
        "kernel": st.sampled_from(["/k1", "/k3"]),
        "memory": st.sampled_from([128, 200, 512]),
        "maxmem": st.sampled_from([512, 600]),
        "vcpus": st.sampled_from([1, 2, 3, 4]),
        "maxvcpus": st.sampled_from([3, 4]),
        "cpu_weight": st.just(400),
        "cap": st.just(50),
        "cpus": st.sampled_from(["1", "0-1", ("0", "1")]),
        "pool": st.just("Pool-1"),
        "extra": st.sampled_from(["quiet", None]),
        "on_crash": st.just("preserve"),
    }
    named = draw(st.sets(st.sampled_from(sorted(keys)), max_size=4))
    if draw(st.booleans()):
        named |= {"kernel", "memory"}  # what a new guest needs
    disk = st.builds(
        WantDisk,
        vdev=st.sampled_from(["xvda", "xvdc"]),
        target=st.sampled_from(["/dev/xvda1", "/dev/new"]),
        present=st.sampled_from([True, True, False]),
    )
    nic = st.builds(
        WantNic, mac=st.sampled_from([MACS[0], "00:16:3e:00:00:09"]), bridge=st.sampled_from(["br0", "br9"])
    )
    disks = draw(st.none() | st.lists(disk, max_size=2, unique_by=lambda one: one.vdev))
    nics = draw(st.none() | st.lists(nic, max_size=2, unique_by=lambda one: one.mac))
    return WantDomu(
        name="toto",
        state=draw(st.sampled_from(["present", "started", "stopped", "restarted", "paused", "saved", "absent"])),
        keys=tuple((key, draw(keys[key])) for key in sorted(named)),
        extra_keys=draw(st.sampled_from([(), (("nestedhvm", 1),), (("keymap", None),)])),
        disks=None if disks is None else tuple(disks),
        nics=None if nics is None else tuple(nics),
        purge_disks=draw(st.booleans()),
        purge_networks=draw(st.booleans()),
        autostart=draw(st.sampled_from([None, True, False])),
        start_order=None,
        description=draw(st.none() | st.just("new")),
        config_file=CFG,
        save_file=SAVE,
        restart_policy=draw(st.sampled_from(["never", "if_needed", "always"])),
        force_stop=draw(st.booleans()),
        asked=ASKED,
    )


def declare(have: Have) -> WantDomu:
    """Everything on which the file and what runs agree."""
    settings = read_settings(parse(have.text or "", CFG))
    running = None if have.runtime is None else have.runtime.settings
    document = parse(have.text or "", CFG)
    keys = {
        key: document.get(key)
        for key, option in OPTIONS.items()
        if key not in ("cpus", "firmware")
        and document.get(key) is not None
        and (running is None or getattr(running, option) == getattr(settings, option))
    }
    same_disks = [disk for disk in settings.disks if running is None or running.disk(disk.vdev) == disk]
    return WantDomu(
        name="toto",
        state=have.power if have.power != "saved" and not (have.runtime and have.saved) else "present",
        keys=tuple(keys.items()),
        disks=tuple(WantDisk(disk.vdev, disk.target, access=disk.access) for disk in same_disks),
        autostart=bool(have.links),
        description=have.mark.get("description"),
        config_file=CFG,
        save_file=SAVE,
        restart_policy="if_needed",
        asked=ASKED,
    )


def fields(have: Have | None) -> dict[str, t.Any]:
    """What the file says; the rest of a running guest may change when a task starts or restarts it."""
    if have is None or have.text is None:
        return {}
    settings, document = read_settings(parse(have.text, CFG)), parse(have.text, CFG)
    found = {option: getattr(settings, option) for key, option in OPTIONS.items() if document.get(key) is not None}
    found.update({f"config.{key}": document.get(key) for key in ("nestedhvm", "serial", "keymap")})
    return {
        **found,
        "disks": settings.disks,
        "networks": settings.nics,
        "autostart": have.links,
        "description": have.mark.get("description"),
    }


BACKEND = Backend(
    resource=XEN_DOMU, haves=haves(), wants=wants(), act=act, declare=declare, fields=fields, destroys=destroys
)
