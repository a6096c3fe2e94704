# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What surrounds a jail's parameters: root, interfaces, mounts, CPUs, device rules, datasets. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail import devfs, links, mounts, networks, roots
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import Jail
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import Values
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import WantJail

CPUS = "; # hostwright.virt cpuset"  # see networks.MARK
SWITCHES = {"mount.devfs": "dev", "mount.fdescfs": "dev/fd", "mount.procfs": "proc"}
_BEFORE, _BEHIND = ("exec.prestart", "exec.created"), ("exec.prestop", "exec.poststop")


def networks_of(have: Jail, want: WantJail) -> tuple[networks.Network, ...]:
    return networks.with_macs(want.networks or (), have.around.host_id, want.name)


def mounts_of(want: WantJail) -> tuple[mounts.Mount, ...]:
    return (*(want.root.mounts if want.root else ()), *(want.mounts or ()))


def root_path(have: Jail, want: WantJail) -> str:
    return str(want.params.get("path") or ((have.declared or {}).get("path") or (have.path,))[-1]).rstrip("/")


def declared_path(jail: Jail) -> str:
    """The root by the definition; empty without one."""
    return ((jail.declared or {}).get("path") or ("",))[-1].rstrip("/")


def add_values(have: Jail, want: WantJail, wanted: dict[str, Values | None]) -> None:
    """The parameters of jail.conf that come of other options than the one of their name."""
    declared = have.declared or {}
    if want.networks:
        wanted["vnet"] = ("new",)
    if want.zfs_datasets is not None:
        wanted["zfs.dataset"] = want.zfs_datasets or None
    if want.mounts is not None or (want.root and want.root.mounts):
        path = mounts.check_word(root_path(have, want), f"jail {want.name}: mounts need its path, and")
        lines = [mount.line(path) for mount in mounts_of(want)]
        points = {mount.point(path) for mount in mounts_of(want)}
        kept = declared.get("mount", ()) if want.mounts is None else ()
        lines += [line for line in kept if (mounts.parse_line(line) or ("",))[0] not in points]
        wanted["mount"] = tuple(lines) or None
    named = want.networks is not None or want.cpuset is not None
    for name in (*_BEFORE, *_BEHIND):
        if named or name in wanted:
            wanted[name] = _lines(have, want, name, (wanted[name] or ()) if name in wanted else None)


def _lines(have: Jail, want: WantJail, name: str, given: Values | None) -> Values | None:
    """Our lines and those of others: ours first at the start and last at the stop."""
    old = (have.declared or {}).get(name, ())
    others = given if given is not None else tuple(o for o in old if not o.endswith((networks.MARK, CPUS)) and o)
    ours = tuple(line for line in old if line.endswith(networks.MARK))
    cpus = tuple(line for line in old if line.endswith(CPUS))
    if want.networks is not None:
        ours = networks.lines_of(want.name, networks_of(have, want))[name]
    if want.cpuset is not None:
        pinned = want.cpuset != "all" and name == "exec.created"
        cpus = (f"cpuset -l {want.cpuset} -j {want.name}{CPUS}",) if pinned else ()
    return ((*ours, *cpus, *others) if name in _BEFORE else (*others, *cpus, *ours)) or None


def check(have: Jail, want: WantJail) -> None:
    """What the host does not have is refused before the first step."""
    seen = have.around.links
    for net in want.networks or ():
        there = net.on in seen.host or (net.kind != "bridge" and net.on in seen.inside)
        if not there:
            other = "" if net.kind == "bridge" else ", or another jail has it"
            raise Problem(f"jail {want.name}: {net.kind} {net.on} is not on this host: make it first{other}")
        if net.kind == "bridge" and net.vlan and net.on not in seen.filtering:
            raise Problem(
                f"jail {want.name}: bridge {net.on} does not filter VLANs: `ifconfig {net.on} vlanfilter` of FreeBSD 15"
                " makes it, or use a bridge for each VLAN"
            )
    if want.state in ("started", "restarted") and have.running is None and want.root is None:
        roots.check_there(want.name, root_path(have, want), have.around.root)
    shared = [name for name in ("ip4.addr", "ip6.addr") if want.networks and (have.declared or {}).get(name)]
    kept = [name for name in shared if name not in want.params]
    if kept:
        raise Problem(
            f"jail {want.name} has {kept[0]}, which a network stack of its own excludes: unset it with {kept[0]}: null"
            " in params"
        )
    missing = cpus_of(have, want) - have.around.host_cpus
    if missing:
        raise Problem(f"jail {want.name}: this host has no CPU {min(missing)}")
    absent = [name for name in want.zfs_datasets or () if name not in have.around.datasets]
    if absent:
        raise Problem(f"jail {want.name}: dataset {absent[0]} is not there: make it first")


def cpus_of(have: Jail, want: WantJail) -> frozenset[int]:
    if want.cpuset == "all":
        return have.around.host_cpus
    found: set[int] = set()
    for part in (want.cpuset or "").split(",") if want.cpuset else ():
        first, _dash, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


def rules_of(have: Jail, want: WantJail) -> tuple[devfs.Rule, ...]:
    return devfs.resolve(want.devfs_rules or (), have.around.texts)


def add_files(have: Jail, want: WantJail, files: t.Mapping[str, str]) -> t.Mapping[str, str]:
    if want.devfs_rules is None:
        return files
    number = devfs.check_number(want.params.get("devfs_ruleset"))
    text = files.get(devfs.RULES, "")
    return {**files, devfs.RULES: devfs.edit_rules(text, want.name, number, want.devfs_rules)}


def root_steps(have: Jail, goal: Jail, want: WantJail) -> list[model.Step]:
    """The root and the folders to mount on; a root that is to be filled brings those of its own."""
    root, kinds = want.root, have.around.kinds
    own = [f"/{place}" for name, place in SWITCHES.items() if is_on(goal, name)]
    points = [mount.path for mount in want.mounts or ()]
    steps = roots.steps_of(want.name, root, have.around.root, own) if root and not have.running else []
    if kinds is None or (root is None and have.around.root.path == "missing"):
        return steps
    points += own if not steps or (root and root.type == "thin") else []
    return [*steps, *roots.folder_steps(root, root_path(have, want), points, kinds)]


def early_steps(have: Jail, want: WantJail) -> list[model.Step]:
    """Before a start: rules for devices, datasets that a jail may have."""
    steps = []
    if want.devfs_rules is not None:
        steps += devfs.kernel_steps(int(want.params["devfs_ruleset"]), have.around.rules, rules_of(have, want))
    for name in want.zfs_datasets or ():
        if have.around.datasets.get(name) == "off":
            steps.append(model.Step(model.Run(("zfs", "set", "jailed=on", name)), f"let a jail have {name}"))
    return steps


def gone_networks(have: Jail, want: WantJail) -> tuple[str, ...]:
    """Interfaces of ours that the declaration does not have any more."""
    if want.networks is None:
        return ()
    kept = {net.device for net in want.networks}
    own = [name for name in have.around.links.inside if networks.is_own(want.name, name)]
    return tuple(name for name in dict.fromkeys([*networks.claimed(have.declared), *own]) if name not in kept)


def has_vnet(have: Jail) -> bool:
    """Whether it runs with a network stack of its own; one without gets no interfaces before it is made anew."""
    return have.running is not None and have.running.params.get("vnet") == ("new",)


def live_steps(have: Jail, want: WantJail, ruleset: bool) -> list[model.Step]:
    """For a jail that runs and goes on; ``ruleset``: it gets another number of device rules."""
    steps: list[model.Step] = []
    seen = have.around
    if want.networks is not None and has_vnet(have):
        steps += links.live_steps(want.name, seen.links, networks_of(have, want), gone_networks(have, want))
    if want.mounts is not None:
        steps += mounts.live_steps(have.path, mounts_of(want), old_points(have), have.table, seen.real)
    if want.cpuset is not None and seen.cpus != cpus_of(have, want):
        words = ",".join(str(number) for number in sorted(cpus_of(have, want)))
        change = model.Change("cpuset", sorted(seen.cpus), sorted(cpus_of(have, want)))
        run = model.Run(("cpuset", "-l", words, "-j", want.name))
        steps.append(model.Step(run, f"run jail {want.name} on CPUs {words}", changes=(change,)))
    point = f"{have.path.rstrip('/')}/dev"
    other = want.devfs_rules is not None and seen.rules != rules_of(have, want)
    number = want.params.get("devfs_ruleset")  # none: what is unset takes no device away
    if (ruleset or other) and number and point in have.mounted:
        steps += devfs.apply_steps(point, int(number))
    return [*steps, *_dataset_steps(have, want)]


def _dataset_steps(have: Jail, want: WantJail) -> list[model.Step]:
    if want.zfs_datasets is None:
        return []
    old = (have.declared or {}).get("zfs.dataset", ())
    gone = [name for name in old if name in have.around.attached and name not in want.zfs_datasets]
    lost = {name for name in want.zfs_datasets if name not in old and name.startswith(tuple(top + "/" for top in gone))}
    new = [name for name in want.zfs_datasets if name in lost or name not in have.around.attached]
    return [
        *(_dataset_step("unjail", want.name, name, f"take {name} from jail {want.name}") for name in gone),
        *(_dataset_step("jail", want.name, name, f"give {name} to jail {want.name}") for name in new),
    ]


def _dataset_step(verb: str, jail: str, name: str, summary: str) -> model.Step:
    return model.Step(model.Run(("zfs", verb, jail, name)), summary)


def old_points(have: Jail) -> list[str]:
    """Where the definition mounts something, in the root that the running jail has."""
    points = rows_of(have, (have.declared or {}).get("mount", ()))
    path = declared_path(have)
    here = have.path.rstrip("/") if have.running else path
    return [here + point[len(path) :] if path and point.startswith(path) else point for point in points]


def rows_of(have: Jail, lines: t.Sequence[str]) -> dict[str, mounts.Mounted]:
    """Mount points and what is there by lines of fstab(5), with the root as the kernel spells it."""
    path = declared_path(have)
    real = have.around.real.get(path, have.real_paths.get(path, path))
    found = [row for row in map(mounts.parse_line, lines) if row]
    return {real + point[len(path) :] if path and point.startswith(path) else point: row for point, row in found}


def stale_runs(have: Jail, by: Jail, want: WantJail) -> list[model.Run]:
    """What is there of a jail and jail(8) leaves at a stop by the files of ``by``, which are not those of its start."""
    declared = by.declared or {}
    old = [*old_points(have), *switched(have)]
    new = {*rows_of(by, declared.get("mount", ())), *switch_points(by)}
    points = [point for point in dict.fromkeys(old) if point in have.mounted and point not in new]
    own = [name for name in have.around.links.inside if networks.is_own(want.name, name)]
    away = [name for name in own if name not in networks.claimed(declared)]
    runs = [model.Run(("umount", point), ok=(0, 1)) for point in sorted(points, reverse=True)]
    return runs + [model.Run(("ifconfig", networks.outer_of(name), "destroy"), ok=(0, 1)) for name in away]


def switched(have: Jail) -> list[str]:
    """Where something may be mounted by a switch; in a root that others have too it may be theirs: / is the host's."""
    path = have.path.rstrip("/")
    return [f"{path}/{place}" for place in SWITCHES.values()] if path and have.path not in have.paths else []


def switch_points(jail: Jail) -> frozenset[str]:
    """Where the definition has something mounted by a switch of its own."""
    path = declared_path(jail)
    return frozenset(f"{path}/{place}" for name, place in SWITCHES.items() if is_on(jail, name))


def is_on(jail: Jail, switch: str) -> bool:
    return jail.known.normal(switch, (jail.declared or {}).get(switch)) == ("true",)


def leak_steps(have: Jail, want: WantJail) -> list[model.Step]:
    """Interfaces of ours on the host, and mounts, although the jail does not run."""
    names = links.leaked(want.name, have.around.links)
    runs = [model.Step(model.Run(("ifconfig", name, "destroy")), f"destroy {name}, which was left") for name in names]
    return [*runs, *left_mounts(have)]


def left_mounts(have: Jail) -> list[model.Step]:
    """What jail(8) mounted for a jail that ended by itself: it mounts the same once more on top of it (15.1)."""
    path = declared_path(have)
    if have.running or not path or have.around.real.get(path, path) in have.paths:
        return []
    points = {*rows_of(have, (have.declared or {}).get("mount", ())), *switch_points(have)}
    return [mounts.unmount(point) for point in sorted(points & have.mounted, reverse=True)]


def after(have: Jail, goal: Jail, want: WantJail, live: bool) -> Jail:
    """The surroundings when all is as declared; ``live``: the jail ran before and its interfaces were changed."""
    running = goal.running is not None
    around, nets = have.around, networks_of(have, want)
    if want.root and not have.running:
        around = dataclasses.replace(around, root=roots.made(want.root, around.root))
    seen = around.kinds or {}
    kinds = {mount.path: "directory" for mount in mounts_of(want) if seen.get(mount.path) in (None, "missing")}
    kinds.update({f"/{place}": "directory" for name, place in SWITCHES.items() if is_on(goal, name)})
    datasets = dict.fromkeys(want.zfs_datasets or (), "on")
    old = old_points(have) if not live or want.mounts is not None else []
    if not live:
        old += switched(have)
    table = {point: row for point, row in have.table.items() if point not in old}
    if running and not live:
        table.update(rows_of(goal, (goal.declared or {}).get("mount", ())))
    if running and want.mounts is not None:
        table.update({mount.point(goal.path): _row(mount, around.real) for mount in mounts_of(want)})
    around = dataclasses.replace(
        around,
        links=_links_after(have, want, nets, running, live),
        kinds=None if around.kinds is None else {**seen, **kinds},
        cpus=cpus_of(have, want) if running else frozenset(),
        rules=rules_of(have, want),
        datasets={**around.datasets, **datasets},
        attached=frozenset(want.zfs_datasets or ()) if running else frozenset(),
        ready=running and want.waits is not None,
    )
    points = frozenset(have.table) - frozenset(table) - (switch_points(goal) if running else frozenset())
    return dataclasses.replace(goal, around=around, table=table, mounted=(goal.mounted - points) | frozenset(table))


def _links_after(
    have: Jail, want: WantJail, nets: tuple[networks.Network, ...], running: bool, live: bool
) -> links.Links:
    seen = have.around.links
    if not running:
        left = links.leaked(want.name, seen)
        host = {n: link for n, link in seen.host.items() if n not in left and not networks.is_own(want.name, n)}
        return links.after(dataclasses.replace(seen, host=host), nets, (), running)
    if live and not has_vnet(have):
        return seen
    if not live:
        seen = dataclasses.replace(seen, routes={})
    return links.after(seen, nets, gone_networks(have, want), running)


def _row(mount: mounts.Mount, real: t.Mapping[str, str]) -> mounts.Mounted:
    opts = frozenset(mount.opts) if "ro" in mount.opts else frozenset({*mount.opts, "rw"})
    return mounts.Mounted(real.get(mount.src, mount.src), mount.fstype, opts)


def show(have: Jail, want: WantJail) -> dict[str, t.Any]:
    """The parts that the declaration names; of a running jail as they are on the host."""
    shown: dict[str, t.Any] = {}
    seen = have.around
    if want.root is not None:
        shown["root"] = seen.root.place if want.root.type != "clone" else seen.root.dataset
    if want.devfs_rules is not None:
        shown["devfs_rules"] = [" ".join(devfs.words_of(rule)) for rule in seen.rules]
    if want.zfs_datasets is not None:
        shown["jailed"] = {name: seen.datasets.get(name) for name in want.zfs_datasets}
    return {**shown, **(_show_running(have, want) if have.running else {})}


def _show_running(have: Jail, want: WantJail) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    seen = have.around
    if want.networks is not None:
        shown["networks"] = links.show(seen.links, networks_of(have, want))
    if want.mounts is not None:
        path = have.path
        shown["mounts"] = {
            m.path: mounts.is_there(m, have.table.get(m.point(path)), seen.real) for m in mounts_of(want)
        }
    if want.cpuset is not None:
        shown["cpuset"] = sorted(seen.cpus)
    if want.zfs_datasets is not None:
        shown["zfs_datasets"] = [name for name in want.zfs_datasets if name in seen.attached]
    return shown
