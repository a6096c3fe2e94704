# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a running guest and its configuration, and what brings each difference about. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Change, Problem, Run, Step
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import render_disk, same_disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._xen.nic import nic_words, parse_nic, same_nic
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import (
    KEYS,
    Settings,
    list_specs,
    make_cmdline,
    read_settings,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.write import list_waiting, place_macs
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse

OPTIONS = {key: option for option, key in KEYS.items()}
_DIRECT = ("type", "kernel", "ramdisk", "bootloader", "bootloader_args", "max_memory", "max_vcpus", "uuid")
_EVENTS = ("on_poweroff", "on_reboot", "on_crash")


@dataclasses.dataclass(frozen=True)
class Difference:
    """One field of a running guest. With ``steps`` it can be changed live, to ``after``; without, by a restart.

    ``attribute`` is the field of Settings, ``after`` the value that it gets there.
    """

    field: str
    before: t.Any
    shown: t.Any
    attribute: str = ""
    after: t.Any = None
    argvs: tuple[Argv, ...] = ()
    switch: str | None = None

    @property
    def live(self) -> bool:
        return bool(self.argvs)

    @property
    def change(self) -> Change:
        return Change(self.field, self.before, self.shown)


def compare(have: Have, want: WantDomu, text: str, running: Settings) -> list[Difference]:
    """Only what the declaration names; ``text`` is the configuration as it will be."""
    target = read_settings(parse(text, have.path))
    named = {OPTIONS[key] for key, _value in want.keys}
    found: list[Difference] = []
    for option in (*_DIRECT, *_EVENTS):
        if option in named and getattr(target, option) != getattr(running, option):
            found.append(Difference(option, getattr(running, option), getattr(target, option)))
    if named & {"root", "extra"} and target.cmdline != running.cmdline:
        found.append(Difference("extra", running.cmdline, target.cmdline))
    found += _compare_sizes(want, named, target, running)
    found += _compare_scheduling(have, want, named, target, running)
    found += _compare_disks(want, target, running)
    found += _compare_networks(have, want, target, running)
    old = have.text if have.text is not None or have.former is None else have.former.text
    keys = {key for key, _value in want.extra_keys} | {key for key, _value in want.keys}
    for key in list_waiting(have, want, old):
        if key in keys:
            found.append(Difference(f"config.{key}", None, parse(text, have.path).get(key)))
    return found


def _compare_sizes(want: WantDomu, named: set[str], target: Settings, running: Settings) -> t.Iterator[Difference]:
    """Memory and vcpus change live up to what the guest was started with."""
    memory, most = target.memory or 0, running.max_memory or 0
    if "memory" in named and memory != running.memory:
        argvs: tuple[Argv, ...] = (("xl", "mem-set", want.name, f"{memory}m"),) if memory <= most else ()
        yield Difference("memory", _mib(running.memory), _mib(memory), "memory", memory, argvs)
    if "vcpus" in named and target.vcpus != running.vcpus:
        argv: Argv = ("xl", "vcpu-set", "--ignore-host", want.name, str(target.vcpus))
        argvs = (argv,) if target.vcpus <= running.max_vcpus else ()
        yield Difference("vcpus", running.vcpus, target.vcpus, "vcpus", target.vcpus, argvs)


def _mib(value: int | None) -> str | None:
    return None if value is None else f"{value}M"


def _compare_scheduling(
    have: Have, want: WantDomu, named: set[str], target: Settings, running: Settings
) -> t.Iterator[Difference]:
    scheduler = have.runtime.scheduler if have.runtime else "credit2"
    for option, letter in (("cpu_weight", "-w"), ("cap", "-c")):
        before, after = getattr(running, option), getattr(target, option)
        if option in named and before != after:
            if scheduler not in ("credit", "credit2"):
                raise Problem(f"{want.name}: the scheduler {scheduler} has no {option}: use credit2")
            words = ("xl", f"sched-{scheduler}", "-d", want.name, letter, str(after))
            yield Difference(option, before, after, option, after, (words,))
    if "pool" in named and target.pool != running.pool:
        argv: Argv = ("xl", "cpupool-migrate", want.name, target.pool)
        yield Difference("pool", running.pool, target.pool, "pool", target.pool, (argv,))
    if "cpus" in named:
        yield from _compare_pins(have, want, target, running)


def pins_of(have: Have, target: Settings, vcpus: int) -> tuple[frozenset[int], ...]:
    """The CPUs that each vcpu shall have; a list that is too short leaves the rest free."""
    processors = have.around.processors
    if processors is None:
        return ()
    if isinstance(target.cpus, str):
        return (processors.expand(target.cpus),) * vcpus
    listed = [processors.expand(spec) for spec in target.cpus[:vcpus]]
    return tuple(listed + [processors.expand("all")] * (vcpus - len(listed)))


def _compare_pins(have: Have, want: WantDomu, target: Settings, running: Settings) -> t.Iterator[Difference]:
    processors, pins = have.around.processors, have.runtime.pins if have.runtime else None
    if processors is None:
        return
    wanted = pins_of(have, target, running.max_vcpus)
    now = None if pins is None else tuple(processors.expand(pin) for pin in pins)
    if now == wanted:
        return
    specs = [target.cpus] * len(wanted) if isinstance(target.cpus, str) else list(target.cpus) + ["all"] * len(wanted)
    argvs: tuple[Argv, ...]
    if isinstance(target.cpus, str):
        argvs = (("xl", "vcpu-pin", want.name, "all", target.cpus),)
    else:
        argvs = tuple(
            ("xl", "vcpu-pin", want.name, str(number), specs[number])
            for number, cpus in enumerate(wanted)
            if now is None or number >= len(now) or now[number] != cpus
        )
    yield Difference("cpus", None if pins is None else list(pins), target.cpus, "cpus", target.cpus, argvs)


def _compare_disks(want: WantDomu, target: Settings, running: Settings) -> t.Iterator[Difference]:
    if want.disks is None:
        return
    for over in want.disks:
        new, now = target.disk(over.vdev), running.disk(over.vdev)
        field = f"disks.{over.vdev}"
        if over.present and new is not None and now is None:
            argv: Argv = ("xl", "block-attach", want.name, render_disk(new))
            yield Difference(field, None, new.describe(), "disks", new, (argv,) if not new.cdrom else ())
        elif over.present and new is not None and now is not None and not same_disk(new, now):
            yield Difference(field, now.describe(), new.describe())
        elif not over.present and now is not None:
            argv = ("xl", "block-detach", want.name, over.vdev)
            yield Difference(field, now.describe(), None, "disks", None, (argv,))
    declared = {over.vdev for over in want.disks}
    for now in running.disks if want.purge_disks else ():
        if now.vdev not in declared:
            argv = ("xl", "block-detach", want.name, now.vdev)
            yield Difference(f"disks.{now.vdev}", now.describe(), None, "disks", None, (argv,), "purge_disks")


def _compare_networks(have: Have, want: WantDomu, target: Settings, running: Settings) -> t.Iterator[Difference]:
    if want.nics is None:
        return
    declared = declared_macs(have, want)
    for mac, present in declared.items():
        new, now = target.nic(mac), running.nic(mac)
        field = f"networks.{mac}"
        if present and new is not None and now is None:
            argv: Argv = ("xl", "network-attach", want.name, *nic_words(new))
            yield Difference(field, None, new.describe(), "nics", new, (argv,))
        elif present and new is not None and now is not None and not same_nic(new, now):
            yield Difference(field, now.describe(), new.describe())
        elif not present and now is not None:
            argv = ("xl", "network-detach", want.name, mac)
            yield Difference(field, now.describe(), None, "nics", None, (argv,))
    for now in running.nics if want.purge_networks else ():
        if now.mac not in declared:
            argv = ("xl", "network-detach", want.name, str(now.mac))
            yield Difference(f"networks.{now.mac}", now.describe(), None, "nics", None, (argv,), "purge_networks")


def declared_macs(have: Have, want: WantDomu) -> dict[str, bool]:
    """The MAC of each declared interface and whether it shall be there."""
    former = have.former.text if have.text is None and have.former else have.text
    old = [parse_nic(spec) for spec in list_specs(parse(former or "", have.path), "vif")]
    return {mac: (want.nics or ())[number].present for mac, (number, _at) in place_macs(old, want).items()}


def live_steps(differences: t.Sequence[Difference], timeout: int) -> list[Step]:
    steps = []
    for difference in differences:
        for number, argv in enumerate(difference.argvs):
            steps.append(
                Step(
                    Run(argv, timeout=float(max(timeout, 60))),
                    f"set {difference.field} of the running guest"
                    if difference.shown
                    else f"detach {difference.field}",
                    switch=difference.switch,
                    changes=(difference.change,) if number == 0 else (),
                )
            )
    return steps


def apply_live(running: Settings, differences: t.Sequence[Difference]) -> Settings:
    """The settings that run after the live steps."""
    for difference in differences:
        if difference.attribute in ("disks", "nics"):
            running = _apply_device(running, difference)
        elif difference.live:
            running = dataclasses.replace(running, **{difference.attribute: difference.after})
    return running


def _apply_device(running: Settings, difference: Difference) -> Settings:
    key = difference.field.split(".", 1)[1]
    identity = "vdev" if difference.attribute == "disks" else "mac"
    devices: list[t.Any] = [
        device for device in getattr(running, difference.attribute) if getattr(device, identity) != key
    ]
    if not difference.live:
        return running
    devices += [] if difference.after is None else [difference.after]
    if difference.attribute == "disks":
        return dataclasses.replace(running, disks=tuple(devices))
    return dataclasses.replace(running, nics=tuple(devices))


def fresh_settings(text: str, path: str) -> Settings:
    """What runs right after ``xl create`` of this text."""
    settings = read_settings(parse(text, path))
    return dataclasses.replace(settings, cmdline=settings.cmdline or make_cmdline(settings.root, settings.extra))
