# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``jail`` interface of the engine's host: what takes more than one command, or walks in a jail's root. Private."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem, Run
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files import tree
from ansible_collections.hostwright.virt.plugins.module_utils._jail import ready
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError, LocalHost

KEYS, REPOSITORIES = "/usr/share/keys", ("/etc/pkg", "/usr/local/etc/pkg/repos")
UNFINISHED = ".hostwright-unfinished"  # in a root that is being made: a run that stopped goes on

_CLOSING = ("FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK", "TIME_WAIT")  # sockets without a process

ENDED = "it ended by itself, for nothing in it goes on after exec.start: give it persist=true, or a service that runs"
STUCK = "look at exec.stop and stop.timeout, which a task with state=present changes before the stop"
SLOW = "after a start that took too long stop what is there of it; with exec.timeout in params jail(8) undoes it itself"

_seen: dict[str, int] = {}  # numbers of jails when this run first looked


def jail_api(method: str, *args: t.Any) -> t.Any:
    return _METHODS[method](*args)


def _run(*argv: str, ok: tuple[int, ...] = (0,)) -> str:
    return LocalHost({}, {}).query(argv, ok=ok).out


def survey(spots: t.Mapping[str, tuple[str, str]], places: t.Sequence[str], archive: str) -> dict[str, t.Any]:
    """What is at ``spots``, each a folder and a path in it; the state of ``places``; the checksum of an archive."""
    kinds: dict[str, str] = {}
    for point, (folder, path) in spots.items():
        if os.path.isdir(folder):
            with tree.open_root(folder) as top:
                kinds[point] = _kind(top, path)
    states = {place: _state(place) for place in places}
    real = {place: os.path.realpath(place) for place in places}
    return {"kinds": kinds, "states": states, "real": real, "checksum": _checksum(archive) if archive else None}


def _kind(top: int, path: str) -> str:
    """The kind of what is at a path; a link on the way counts, for jail(8) follows none."""
    parts = tree.split_path(path)
    for number in range(1, len(parts) + 1):
        with tree.open_place(top, "/".join(parts[:number])) as place:
            kind = str(tree.describe_place(place)["kind"]) if place else "missing"
        if kind != "directory":
            return kind
    return "directory"


def _state(place: str) -> str:
    if not os.path.lexists(place):
        return "missing"
    if not os.path.isdir(place):
        return "file"
    names = os.listdir(place)
    return "unfinished" if UNFINISHED in names else "made" if names else "empty"


def _checksum(archive: str) -> str | None:
    try:
        with open(archive, "rb") as stream:
            digest = hashlib.sha256()
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return digest.hexdigest()


def make_folder(root: str, path: str) -> str:
    with tree.open_root(root) as top, tree.open_place(top, path, make=True) as place:
        if place is not None:
            tree.make_folder(place, None, None, None)
    return ""


def make_root(path: str) -> str:
    os.makedirs(path, mode=0o755, exist_ok=True)
    return ""


def begin(place: str) -> str:
    """What a run that was stopped has put there may be immutable, as init and libc of a release are."""
    make_root(place)
    host = LocalHost({}, {})
    if host.has("chflags"):
        host.perform(Run(("chflags", "-R", "noschg", place)))
    with open(os.path.join(place, UNFINISHED), "a", encoding="utf-8"):
        return ""


def finish(place: str, points: t.Sequence[str]) -> str:
    for path in points:
        make_folder(place, path)
    os.unlink(os.path.join(place, UNFINISHED))
    return ""


def unpack(path: str, archive: str, checksum: str) -> str:
    """Unpack what has the checksum: it is read once more, for it may have been changed since."""
    if _checksum(archive) != checksum:
        raise Problem(f"{archive} changed while the task ran")
    argv = ("tar", "-xpf", archive, "-C", path)
    return LocalHost({}, {}).perform(Run(argv))


def install(path: str, repository: str, packages: t.Sequence[str]) -> str:
    """Packages of FreeBSD's base system. Its repository is off by default, and pkg looks for the keys of a repository
    in the root that it installs in, where there is nothing yet (15.1: bsdinstall copies them too).
    """
    shutil.copytree(KEYS, path + KEYS, symlinks=True, dirs_exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, source in enumerate(REPOSITORIES):
            for name in sorted(os.listdir(source)) if os.path.isdir(source) else ():
                if name.endswith(".conf"):  # in the order of their names, the later one completes the earlier
                    shutil.copy(os.path.join(source, name), os.path.join(folder, f"{number}-{name}"))
        with open(os.path.join(folder, "9-on.conf"), "w", encoding="utf-8") as stream:
            stream.write(f'"{repository}": {{ enabled: yes }}\n')
        argv = ("pkg", "--rootdir", path, "--repo-conf-dir", folder, "-o", "IGNORE_OSVERSION=yes")
        host = LocalHost({}, {})
        said = host.perform(Run((*argv, "install", "-y", "-r", repository, *packages)))
    # Of packages that conflict pkg says that the newest are installed, and ends with 0 (2.7.5).
    missing = [name for name in packages if host.query(("pkg", "--rootdir", path, "info", "-e", name), ok=(0, 1)).rc]
    if missing:
        raise Problem(f"pkg did not install {', '.join(missing)} in {path}: {said.strip()[-400:]}")
    return said


def mount(root: str, path: str, fstype: str, src: str, opts: str) -> str:
    """Mount in a jail that runs, unless somebody in it has put a symbolic link on the way."""
    point = (root.rstrip("/") + path).rstrip("/") or "/"
    if os.path.realpath(point) != (os.path.realpath(root) + path.rstrip("/")):
        raise Problem(f"{point} is not what it seems: there is a symbolic link on the way, and nothing is mounted")
    return _run("mount", "-t", fstype, *(("-o", opts) if opts else ()), src, point)


def make_epair(outer: str, device: str) -> str:
    """The kernel chooses the number; both ends get their names at once, or neither is left (FreeBSD 15.1)."""
    made = _run("ifconfig", "epair", "create").strip()
    try:
        _run("ifconfig", made, "name", outer)
        made, second = outer, made[:-1] + "b"
        _run("ifconfig", second, "name", device)
    except Problem:
        _run("ifconfig", made, "destroy", ok=(0, 1))
        raise
    return ""


def make_vlan(parent: str, vlan: str, device: str) -> str:
    made = _run("ifconfig", "vlan", "create", "vlan", vlan, "vlandev", parent).strip()
    try:
        _run("ifconfig", made, "name", device)
    except Problem:
        _run("ifconfig", made, "destroy", ok=(0, 1))
        raise
    return ""


def set_boot(before: t.Sequence[str], after: t.Sequence[str]) -> str:
    """Which jails start at boot. Tasks for other jails may have changed the list since it was read, and do so now.

    An empty list would mean every jail of jail.conf, so without a jail to start the service is off.
    """
    folder = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        now = _run("sysrc", "-n", "jail_list").split()
        names = list(after)
        if now != list(before):
            kept = [name for name in now if name in after or name not in before]
            names = [*kept, *(name for name in after if name not in {*before, *kept})]
        if names != now:
            _run("sysrc", f"jail_list={' '.join(names)}")
        _run("sysrc", f"jail_enable={'YES' if names else 'NO'}")
    finally:
        os.close(folder)
    return ""


def is_fresh(name: str, jid: int) -> bool:
    """Whether a jail was made in this run: its number is another one, unless its file fixes it; 0 is none."""
    return _seen.setdefault(name, jid) != jid


def restart(
    path: str, name: str, timeout: int, clear: t.Sequence[t.Sequence[str]], others: t.Sequence[str] = ()
) -> str:
    """Stop and start; a stop step that fails makes jail(8) end with 1 although the jail is gone (15.1).

    ``others`` are stopped with it, for they depend on it, and are started again.
    """
    host = LocalHost({}, {})
    host.perform(Run(("jail", "-f", path, "-r", name), ok=(0, 1), timeout=float(timeout)))
    if host.query(("jls", "-c", "-j", name), ok=(0, 1)).rc == 0:
        raise Problem(f"jail {name} did not stop: {STUCK}")
    for argv in clear:
        host.perform(Run(tuple(argv), ok=(0, 1)))
    host.perform(Run(("jail", "-f", path, "-c", name), timeout=float(timeout), hint=SLOW))
    if host.query(("jls", "-c", "-j", name), ok=(0, 1)).rc:
        raise Problem(f"jail {name} was started: {ENDED}")
    _seen[name] = -1
    for other in others:
        if host.query(("jls", "-c", "-j", other), ok=(0, 1)).rc:
            host.perform(Run(("jail", "-f", path, "-c", other), timeout=float(timeout)))
    return ""


def await_gone(name: str, path: str, timeout: int) -> str:
    """Wait until nothing keeps a jail that was stopped; when the time is over say what does."""
    deadline = time.monotonic() + timeout
    while True:
        reply = LocalHost({}, {}).query(("jls", "-d", "-j", name, "jid"), ok=(0, 1))
        if reply.rc:
            return ""
        if time.monotonic() > deadline:
            break
        time.sleep(0.25)
    jid = reply.out.strip()
    held = holders(jid, path)
    raise Problem(
        f"jail {name} (number {jid}) is stopped but still dying after {timeout} s; what may hold it: "
        + ("; ".join(held) or "nothing that mount, ps and netstat tell of")
    )


def holders(jid: str, path: str) -> list[str]:
    """Mounts, processes and sockets of a jail, as far as the tools are there.

    sockstat(1) takes no jail that is dying (15.1), so sockets are found by the addresses of the jail.
    """
    below = path.rstrip("/") + "/"
    points = [line.split()[1] for line in _said("mount", "-p") if len(line.split()) > 1]
    found = [f"a file system on {point}" for point in points if path.strip("/") and point.startswith(below)]
    found += [
        f"process {' '.join(line.split())}" for line in _said("ps", "-ax", "-o", "pid=", "-o", "command=", "-J", jid)
    ]
    texts = _said("jls", "-d", "-j", jid, "ip4.addr", "ip6.addr")
    addresses = {word for text in texts for word in re.split("[ ,]+", text)} - {"-", ""}
    rows = [row for row in (line.split() for line in _said("netstat", "-anW")) if len(row) > 4]
    if addresses:
        rows = [row for row in rows if row[3].rpartition(".")[0] in addresses]
    else:  # it has those of the host, or a stack of its own
        rows = [row for row in rows if row[-1] in _CLOSING]
    return [*found, *(f"socket {' '.join(row)}" for row in rows)][:20]


def _said(*argv: str) -> list[str]:
    try:
        return LocalHost({}, {}).query(argv).out.splitlines()
    except (CommandError, Problem):
        return []


_METHODS: t.Mapping[str, t.Callable[..., t.Any]] = {
    "survey": survey,
    "make_folder": make_folder,
    "make_root": make_root,
    "begin": begin,
    "finish": finish,
    "unpack": unpack,
    "install": install,
    "mount": mount,
    "make_epair": make_epair,
    "make_vlan": make_vlan,
    "set_boot": set_boot,
    "is_fresh": is_fresh,
    "restart": restart,
    "await_gone": await_gone,
    "is_ready": ready.is_ready,
    "await_ready": ready.await_ready,
}
