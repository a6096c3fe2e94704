# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""File systems in a jail's root: as a task says, as ``mount`` of jail.conf has them, as they are mounted. Pure."""

from __future__ import annotations

import dataclasses
import posixpath
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

SPEC: dict[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "src": {"type": "str"},
        "path": {"type": "str", "required": True},
        "fstype": {"type": "str", "default": "nullfs"},
        "opts": {"type": "list", "elements": "str"},
    },
}
# File systems of the kernel itself: what stands before their name is of no meaning.
PSEUDO = ("devfs", "fdescfs", "procfs", "linprocfs", "linsysfs", "tmpfs")
FLAGS = frozenset({"ro", "nosuid", "noexec", "noatime"})  # what mount(8) tells of every kind of file system


@dataclasses.dataclass(frozen=True)
class Mount:
    """One file system; ``path`` is in the jail."""

    src: str
    path: str
    fstype: str = "nullfs"
    opts: tuple[str, ...] = ()

    def line(self, root: str) -> str:
        """A line of fstab(5), which is what ``mount`` of jail.conf is."""
        return f"{self.src} {self.point(root)} {self.fstype} {','.join(self.opts) or 'rw'} 0 0"

    def point(self, root: str) -> str:
        return (root.rstrip("/") + self.path).rstrip("/") or "/"


@dataclasses.dataclass(frozen=True)
class Mounted:
    """A row of ``mount -p``."""

    src: str
    fstype: str
    opts: frozenset[str]


def parse_mounts(jail: str, given: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[Mount, ...]:
    mounts = tuple(_parse_mount(f"jail {jail}: mount {number}", item) for number, item in enumerate(given))
    paths = [mount.path for mount in mounts]
    for path in paths:
        if paths.count(path) > 1:
            raise Problem(f"jail {jail}: {path} is given for two mounts")
    return mounts


def _parse_mount(what: str, item: t.Mapping[str, t.Any]) -> Mount:
    fstype = str(item["fstype"])
    if not re.fullmatch(r"[a-z0-9]+", fstype):
        raise Problem(f"{what}: {fstype!r} cannot be the name of a file system")
    path = check_word(str(item["path"]), f"{what}: path")
    if not path.startswith("/") or ".." in path.split("/") or posixpath.normpath(path).strip("/") == "":
        raise Problem(f"{what}: path {path!r} is not an absolute path below the jail's root")
    src = item.get("src") or (fstype if fstype in PSEUDO else "")
    if not src:
        raise Problem(f"{what}: src is missing, which is what is mounted")
    if fstype == "nullfs" and not str(src).startswith("/"):
        raise Problem(f"{what}: src {src!r} is not an absolute path")
    opts = tuple(check_word(str(opt), f"{what}: opts") for opt in item.get("opts") or ())
    if any("," in opt or opt.startswith("-") for opt in opts):
        raise Problem(f"{what}: opts is a list with one option of mount(8) in each place")
    text = check_word(str(src), f"{what}: src")
    text = posixpath.normpath(text) if text.startswith("/") else text
    return Mount(text, "/" + posixpath.normpath(path).strip("/"), fstype, opts)


def check_word(text: str, what: str) -> str:
    """One word of fstab(5); jail(8) parts its line at white space and knows no escapes in it (15.1)."""
    if not text or re.search(r"[^\x21-\x7e]|[\\#\"']", text) or text.startswith("-"):
        raise Problem(f"{what} {text[:60]!r} cannot be: one word without space, quotes, # and backslash")
    return text


def parse_line(text: str) -> tuple[str, Mounted] | None:
    """The mount point and what is mounted, of a line of fstab(5)."""
    words = text.split()
    if len(words) < 3:
        return None
    return unescape(words[1]), Mounted(unescape(words[0]), words[2], frozenset((words[3:4] or ["rw"])[0].split(",")))


def unescape(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), path)


def is_there(mount: Mount, there: Mounted | None, real: t.Mapping[str, str]) -> bool:
    """Whether it is mounted as declared: the source by its real path, and those options that mount(8) tells."""
    if there is None or there.fstype != mount.fstype:
        return False
    if mount.fstype not in PSEUDO and there.src != real.get(mount.src, mount.src):
        return False
    told, found = FLAGS & set(mount.opts), FLAGS & there.opts
    if mount.fstype in ("nullfs", *PSEUDO):  # others have some of themselves, as by a dataset's properties
        return told == found
    return told <= found and ("ro" in told) == ("ro" in found)


def live_steps(
    root: str,
    goal: t.Sequence[Mount],
    old: t.Iterable[str],
    table: t.Mapping[str, Mounted],
    real: t.Mapping[str, str],
) -> list[model.Step]:
    """For a running jail; ``old`` are the mount points that its definition had."""
    wanted = {mount.point(root): mount for mount in goal}
    gone = [point for point in old if point in table and point not in wanted]
    wrong = [p for p, mount in wanted.items() if p in table and not is_there(mount, table[p], real)]
    steps = [unmount(point) for point in sorted([*gone, *wrong], reverse=True)]
    for point, mount in wanted.items():
        if point not in table or point in wrong:
            call = model.Call("jail", "mount", (root, mount.path, mount.fstype, mount.src, ",".join(mount.opts)))
            steps.append(model.Step(call, f"mount {point}"))
    return steps


def unmount(point: str, ok: tuple[int, ...] = (0,)) -> model.Step:
    run = model.Run(("umount", point), ok=ok, hint=f"fstat -f {point} tells what uses it")
    return model.Step(run, f"unmount {point}")
