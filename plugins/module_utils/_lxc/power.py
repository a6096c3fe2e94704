# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting, stopping, freezing, copying and removing a container. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import (
    Call,
    Change,
    How,
    Problem,
    Remove,
    Run,
    Step,
    Write,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.api import PATIENCE
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.conf import Effective
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.decide import was_restarted
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.have import Have, Snapshot
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.storage import (
    Room,
    check_resize,
    read_rootfs,
    resize_runs,
)
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.want_create import WantCreate
from ansible_collections.hostwright.virt.plugins.module_utils._lxc.write import UP

# In the folder of a container: which snapshot its files were set back to, and when
ROLLED_BACK = ".rolled-back"
# Storage that lxc-snapshot -r sets back; a loop loses its size, and the others are destroyed before they are copied
ROLLS_BACK = ("dir", "btrfs", "overlay", "overlayfs")


def tool(verb: str, want: WantContainer, *words: str) -> tuple[str, ...]:
    return (f"lxc-{verb}", "-P", want.lxc_path, "-n", want.name, *words)


def marker(want: WantContainer) -> str:
    """The file that remembers, until the host reboots, that a container is between its stop and its start."""
    return "/run/hostwright/lxc-restart-{}".format(want.folder.strip("/").replace("/", ":"))


def log_of(want: WantContainer, values: Effective) -> str:
    default = f"/var/log/lxc/{want.name}.log" if want.lxc_path == "/var/lib/lxc" else f"{want.folder}/{want.name}.log"
    return values.get("lxc.log.file", (default,))[0]


def start_steps(want: WantContainer, values: Effective, how: How = "live") -> list[Step]:
    call = Call("lxc", "start", (want.lxc_path, want.name, log_of(want, values), float(want.timeout)))
    return [Step(call, "start the container", how)]


def stop_steps(have: Have, want: WantContainer, how: How = "live") -> list[Step]:
    """Asked to halt and waited for; killed only with force_stop."""
    steps = []
    if have.runtime is None:
        return []
    if have.runtime.frozen:
        steps.append(Step(Run(tool("unfreeze", want)), "unfreeze the container so that it can stop", how))
    limit = float(want.timeout)
    ask = tool("stop", want, "-t", str(want.timeout), "--nokill")
    if want.force_stop:
        kill = Run(tool("stop", want, "-k"), timeout=30.0 + limit, ok=(0, 2))
        run = Run(ask, ok=(0, 2), timeout=limit + 10, otherwise=kill)
        return [*steps, Step(run, f"stop the container, or kill it after {want.timeout} s", how, switch="force_stop")]
    hint = "the container does not halt; give it more timeout, or kill it with force_stop=true"
    run = Run(ask, ok=(0, 2), timeout=limit + 10, hint=hint)  # 2: it has stopped meanwhile
    return [*steps, Step(run, "stop the container", how)]


def restart_steps(have: Have, want: WantContainer, values: Effective, how: How) -> list[Step]:
    """Stop and start; a file remembers in between that the container shall run."""
    path = marker(want)
    again = [Step(Run(tool("freeze", want)), "freeze the container again", how)] if stays_frozen(have, want) else []
    return [
        Step(Write(path, ""), "remember that the container is being restarted", how),
        *stop_steps(have, want, how),
        *start_steps(want, values, how),
        *again,
        Step(Remove(path), "forget that the container was being restarted", how),
    ]


def stays_frozen(have: Have, want: WantContainer) -> bool:
    return want.state == "frozen" or (want.state == "present" and have.power == "frozen")


def power_steps(have: Have, want: WantContainer, values: Effective) -> list[Step]:
    """From the state that is there to the one that is asked for; present asks for none."""
    if want.state == "stopped":
        return [*stop_steps(have, want), *forget(have, want)]
    if want.state == "restarted" and have.runtime is not None and not was_restarted(have, want):
        return restart_steps(have, want, values, "live")
    steps: list[Step] = []
    up = want.state in UP or (want.state == "present" and have.restarting)
    if have.runtime is None and up:
        steps += start_steps(want, values)
    if want.state == "frozen" and have.power != "frozen":
        steps.append(Step(Run(tool("freeze", want)), "freeze the container"))
    if want.state in ("started", "restarted") and have.power == "frozen":
        steps.append(Step(Run(tool("unfreeze", want)), "unfreeze the container"))
    return [*steps, *forget(have, want)]


def forget(have: Have, want: WantContainer) -> list[Step]:
    step = Step(Remove(marker(want)), "forget that the container was being restarted")
    return [step] if have.restarting else []


def waits(want: WantContainer) -> bool:
    return want.wait_for_ip_address and want.state in ("started", "restarted")


def wait_steps(have: Have, want: WantContainer, fresh: bool) -> list[Step]:
    known = have.runtime is not None and have.runtime.has_address and not fresh
    if not waits(want) or known:
        return []
    asks = ("lxc-info", "-P", want.lxc_path, "-n", want.name, "-p", "-H")
    return [Step(Call("lxc", "wait_for_address", (asks, float(want.timeout))), "wait until it has an address")]


def missing_snapshots(have: Have, want: WantContainer) -> list[str]:
    known = {snapshot.comment for snapshot in have.snapshots}
    return [comment for comment in want.snapshots if comment not in known]


def surplus_snapshots(have: Have, want: WantContainer) -> list[Snapshot]:
    """The oldest ones beyond what shall be kept, never one that is named; LXC gives the name of a removed one again."""
    if want.snapshots_keep is None:
        return []
    count = len(have.snapshots) + len(missing_snapshots(have, want)) - want.snapshots_keep
    old = sorted(have.snapshots, key=lambda one: (one.taken, one.number))
    return [one for one in old if one.comment not in want.snapshots][: max(count, 0)]


def snapshot_steps(have: Have, want: WantContainer) -> list[Step]:
    missing = missing_snapshots(have, want)
    if missing and have.runtime is not None and want.state != "stopped":
        raise Problem(
            f"{want.name}: LXC takes a snapshot of a stopped container only, and it runs: give state=stopped, "
            "and start it with a task after that"
        )
    steps = []
    for comment in missing:
        path = f"{want.folder}/.snapshot-comment"
        run = Run(
            tool("snapshot", want, "-l", "ERROR", "-c", path),
            timeout=PATIENCE,
            hint="LXC copies folders with rsync: is it here?",
        )
        steps += [
            Step(Write(path, comment), f"write down the name {comment} of the snapshot"),
            Step(run, f"take the snapshot {comment}"),
            Step(Remove(path), "remove the file with its name"),
        ]
    for one in surplus_snapshots(have, want):
        run = Run(tool("snapshot", want, "-d", one.name), timeout=PATIENCE)
        steps.append(Step(run, f"destroy the snapshot {one.comment or one.name}", switch="snapshots_keep"))
    return steps


def needs_rollback(have: Have, want: WantContainer) -> bool:
    """One that runs changes its files at the latest when it stops."""
    return want.rollback_to is not None and (have.runtime is not None or have.rolled_back != want.rollback_to)


def rollback_steps(have: Have, want: WantContainer) -> list[Step]:
    if not needs_rollback(have, want):
        return []
    snapshot = next((one for one in reversed(have.snapshots) if one.comment == want.rollback_to), None)
    if snapshot is None:
        raise Problem(f"{want.name}: there is no snapshot {want.rollback_to} to go back to")
    kind, _place = read_rootfs(have.values)
    if kind not in ROLLS_BACK:
        raise Problem(
            f"{want.name}: rollback_to: LXC cannot safely set back a root of the kind {kind}, only one of the kinds "
            f"{', '.join(ROLLS_BACK[:3])}; on ZFS use zfs_dataset, on LVM lvconvert --merge"
        )
    if have.runtime is not None and want.state != "stopped":
        raise Problem(
            f"{want.name}: LXC goes back to a snapshot only while the container is stopped: give state=stopped"
        )
    call = Call("lxc", "rollback", (want.lxc_path, want.name, snapshot.name))
    changes = (Change("rollback_to", "changed since", "done"),)
    return [
        Step(call, f"go back to the snapshot {want.rollback_to}", switch="rollback_to", changes=changes),
        Step(Write(f"{want.folder}/{ROLLED_BACK}", snapshot.note), "write down which snapshot that was"),
    ]


def resize_steps(have: Have, want: WantContainer) -> list[Step]:
    """The quota of a new root, or the size of one that is there."""
    if want.fs_size is None:
        return []
    if have.text is None:
        where = want.create.place(want.folder, want.name) if want.create else None
        room, runs = Room(), False
    else:
        where, room = read_rootfs(have.values), have.room or Room()
        runs = have.runtime is not None and want.state != "stopped"
    size = room.rounded(want.fs_size)
    if where is None or size == room.size or where[0] == "rbd":
        return []
    check_resize(want.name, where[0], room, size, runs=runs)
    changes = (Change("fs_size", room.size or None, size or None),)
    steps = [Step(run, f"set the size of its root to {size or 'none'}") for run in resize_runs(*where, size)]
    return [*steps[:-1], dataclasses.replace(steps[-1], changes=changes)]


def absent_steps(have: Have, want: WantContainer) -> list[Step]:
    if have.text is None:
        return []
    if have.clones:
        raise Problem(f"{want.name}: other containers share its files (clone_snapshot): remove those first")
    steps = [*stop_steps(have, want), *forget(have, want)]
    if have.snapshots:
        names = ", ".join(one.comment or one.name for one in have.snapshots)
        run = Run(tool("snapshot", want, "-d", "ALL"), timeout=PATIENCE)
        steps.append(Step(run, f"destroy the snapshots {names}", switch="delete_snapshots"))
    destroy = Run(tool("destroy", want), timeout=PATIENCE)
    return [*steps, Step(destroy, "destroy the container and its files", switch="delete_storage")]


def create_steps(have: Have, want: WantContainer, create: WantCreate, idmap: t.Sequence[str]) -> list[Step]:
    if create.clone_from is not None:
        run = Run(
            create.copy_argv(want.lxc_path, want.name),
            timeout=PATIENCE,
            hint="the container to copy must be stopped, and LXC copies folders with rsync",
        )
        return [Step(run, f"copy the container {create.clone_from}")]
    if create.archive is not None:
        return list(_unpack_steps(want, create.archive, idmap))
    if not idmap:
        run = Run(create.create_argv(want.lxc_path, want.name, None), timeout=PATIENCE)
        return [Step(run, f"make the container of the template {create.template}")]
    # The map must be there before the template writes its first file
    path = f"/run/hostwright/lxc-create-{want.name}.conf"
    text = have.around.default_config + "".join(f"lxc.idmap = {line}\n" for line in idmap)
    run = Run(create.create_argv(want.lxc_path, want.name, path), timeout=PATIENCE)
    return [
        Step(Write(path, text), f"write {path} with the map of users"),
        Step(run, f"make the container of the template {create.template}"),
        Step(Remove(path), f"remove {path}"),
    ]


def _unpack_steps(want: WantContainer, archive: str, idmap: t.Sequence[str]) -> t.Iterator[Step]:
    """The file of the container comes last: until then there is none for LXC, and the next run unpacks again."""
    root = f"{want.folder}/rootfs"
    users = {line.split()[0]: line.split()[2] for line in idmap if line.split()[1] == "0"}
    owner = ("-o", users["u"], "-g", users["g"]) if len(users) == 2 else ()
    yield Step(Run(("install", "-d", "-m", "0755", "--", want.folder)), f"make the folder {want.folder}")
    yield Step(Run(("install", "-d", "-m", "0755", *owner, "--", root)), f"make the folder {root}")
    # tar would take a colon in the name for another host
    flags = ("--force-local", "--numeric-owner", "--preserve-permissions")
    tar = ("tar", "--extract", *flags, f"--directory={root}", f"--file={archive}")
    maps = [word for line in idmap for word in ("-m", line.replace(" ", ":"))]
    argv = ("lxc-usernsexec", *maps, "--", *tar) if idmap else tar
    yield Step(Run(argv, timeout=PATIENCE), f"unpack {archive}")
