# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a jail's root is made when it is not there: of an archive, a snapshot, a skeleton, packages. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail.mounts import Mount, check_word

# What each type needs, and what it may have.
TYPES: t.Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "dir": ((), ()),
    "archive": (("src", "checksum"), ()),
    "clone": (("snapshot", "dataset"), ()),
    "thin": (("base", "skeleton", "data"), ()),
    "pkgbase": (("packages",), ("repository",)),
    "linux": (("suite",), ("mirror", "arch")),
}
SPEC: dict[str, t.Any] = {
    "type": "dict",
    "options": {
        "type": {"type": "str", "choices": list(TYPES), "required": True},
        **{name: {"type": "path"} for name in ("src", "base", "skeleton", "data")},
        **{name: {"type": "str"} for name in ("checksum", "snapshot", "dataset")},
        "packages": {"type": "list", "elements": "str"},
        **{name: {"type": "str"} for name in ("repository", "suite", "mirror", "arch")},
    },
}


@dataclasses.dataclass(frozen=True)
class Root:
    """``path`` is where the jail's root shall be; the rest is by type."""

    type: str
    path: str
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """What makes a thin root: the base, read only, and what is the jail's own on top of it."""
        if self.type != "thin":
            return ()
        return Mount(self.options["base"], "/", "nullfs", ("ro",)), Mount(self.options["data"], "/skeleton", "nullfs")

    @property
    def place(self) -> str:
        """The folder that is filled."""
        return str(self.options["data"]) if self.type == "thin" else self.path

    def find(self, path: str) -> tuple[str, str]:
        """The folder that has a path of the jail also while nothing is mounted, and the path in it."""
        if self.type != "thin":
            return self.path, path
        inside = path.startswith("/skeleton/")
        return (self.options["data"], path[len("/skeleton") :]) if inside else (self.options["base"], path)


@dataclasses.dataclass(frozen=True)
class RootState:
    """``place``: missing, empty, unfinished or made; ``path`` likewise, for a thin root the mount point.

    ``checksum`` is that of the archive, ``dataset`` the mount point of the clone, None for what is not there.
    """

    place: str = "made"
    path: str = "made"
    checksum: str | None = None
    dataset: str | None = None
    snapshot: bool = True


def parse_root(jail: str, given: t.Mapping[str, t.Any], path: t.Any) -> Root:
    kind = given["type"]
    needed, more = TYPES[kind]
    options = {name: value for name, value in given.items() if name != "type" and value is not None}
    wrong = next((name for name in options if name not in (*needed, *more)), None)
    missing = next((name for name in needed if name not in options), None)
    if wrong or missing:
        what = f"does not have {wrong}" if wrong else f"needs {missing}"
        raise Problem(f"jail {jail}: a root of type {kind} {what}")
    where = check_word(str(path or ""), f"jail {jail}: a root needs its path, and")
    if not where.startswith("/") or ".." in where.split("/") or not where.strip("/"):
        raise Problem(f"jail {jail}: path {where!r} is not an absolute path of a folder")
    for name in ("src", "base", "skeleton", "data", "suite", "mirror", "arch", "repository"):
        if name in options:
            options[name] = check_word(options[name].rstrip("/"), f"jail {jail}: {name} of the root")
    _check_values(jail, options)
    return Root(kind, where.rstrip("/"), options)


def _check_values(jail: str, options: dict[str, t.Any]) -> None:
    for name in ("src", "base", "skeleton", "data"):
        if name in options and not options[name].startswith("/"):
            raise Problem(f"jail {jail}: {name} of the root, {options[name]!r}, is not an absolute path")
    if "checksum" in options:
        found = re.fullmatch(r"(?:sha256:)?([0-9A-Fa-f]{64})", options["checksum"])
        if found is None:
            raise Problem(f"jail {jail}: checksum of the root is sha256: and 64 hexadecimal digits")
        options["checksum"] = found.group(1).lower()
    _check_names(jail, options)


def _check_names(jail: str, options: t.Mapping[str, t.Any]) -> None:
    word = r"[A-Za-z0-9_][A-Za-z0-9_.:-]*"
    for name, pattern in (("dataset", rf"{word}(/{word})+"), ("snapshot", rf"{word}(/{word})*@{word}")):
        if name in options and not re.fullmatch(pattern, options[name]):
            raise Problem(f"jail {jail}: {name} of the root, {options[name][:60]!r}, cannot be the name of one")
    for package in options.get("packages", ()):
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", package):
            raise Problem(f"jail {jail}: {package[:60]!r} cannot be the name of a package")


def steps_of(jail: str, root: Root, have: RootState, points: t.Sequence[str]) -> list[model.Step]:
    """What fills the root, unless there is something in it that we did not leave unfinished.

    ``points``: folders that jail(8) mounts on by itself. Of a release they are there, not of every archive.
    """
    if root.type == "clone":
        return _clone(jail, root, have)
    if root.type == "dir":
        check_there(jail, root.path, have)
        return []
    steps = []
    if have.place != "made":
        _check_source(jail, root, have)
        steps = [_call("begin", (root.place,), f"make the folder {root.place}")]
        made = tuple(points) if root.place == root.path else ()
        steps += [_fill(root), _call("finish", (root.place, made), f"finish the root {root.place}")]
    if root.type == "thin" and have.path == "missing":
        steps.append(_call("make_root", (root.path,), f"make the folder {root.path}"))
    return steps


def check_there(jail: str, path: str, have: RootState) -> None:
    if have.path in ("missing", "file"):
        what = "is not there: make it" if have.path == "missing" else "is not a folder: remove it"
        raise Problem(f"jail {jail}: its root {path} {what}, or choose another type of root")


def _call(method: str, args: tuple[t.Any, ...], summary: str) -> model.Step:
    return model.Step(model.Call("jail", method, args), summary)


def _check_source(jail: str, root: Root, have: RootState) -> None:
    if root.type == "archive" and have.checksum != root.options["checksum"]:
        what = "is not there" if have.checksum is None else f"has the SHA-256 {have.checksum}, not the one declared"
        raise Problem(f"jail {jail}: the archive {root.options['src']} {what}")
    if root.type == "thin" and not have.snapshot:
        raise Problem(f"jail {jail}: base or skeleton of its root is not there: unpack a release there first")


def _fill(root: Root) -> model.Step:
    given = root.options
    if root.type == "archive":
        return _call("unpack", (root.path, given["src"], given["checksum"]), f"unpack {given['src']} in {root.path}")
    if root.type == "thin":
        copy = model.Run(("cp", "-a", f"{given['skeleton']}/.", given["data"]))
        return model.Step(copy, f"copy {given['skeleton']} to {given['data']}")
    if root.type == "pkgbase":
        words = (root.path, given.get("repository", "FreeBSD-base"), tuple(given["packages"]))
        return _call("install", words, f"install {', '.join(given['packages'])} in {root.path}")
    arch = (f"--arch={given['arch']}",) if "arch" in given else ()
    argv: model.Argv = ("debootstrap", *arch, "--variant=minbase", given["suite"], root.path)
    argv += (given["mirror"],) if "mirror" in given else ()
    return model.Step(model.Run(argv), f"install {given['suite']} in {root.path}")


def _clone(jail: str, root: Root, have: RootState) -> list[model.Step]:
    given = root.options
    if have.dataset is not None:
        if have.dataset.rstrip("/") != root.path:
            raise Problem(f"jail {jail}: dataset {given['dataset']} is mounted on {have.dataset}, not on {root.path}")
        return []
    if have.path not in ("missing", "empty"):
        raise Problem(f"jail {jail}: {root.path} has files in it, and a clone would hide them")
    if not have.snapshot:
        raise Problem(f"jail {jail}: snapshot {given['snapshot']} is not there: take it of the template first")
    argv = ("zfs", "clone", "-o", f"mountpoint={root.path}", given["snapshot"], given["dataset"])
    return [model.Step(model.Run(argv), f"clone {given['snapshot']} as {given['dataset']}")]


def made(root: Root, have: RootState) -> RootState:
    path = have.path if root.type == "thin" and have.path != "missing" else "made"
    return dataclasses.replace(have, place="made", path=path, dataset=root.path if root.type == "clone" else None)


def folder_steps(root: Root | None, path: str, points: t.Sequence[str], kinds: t.Mapping[str, str]) -> list[model.Step]:
    """Folders to mount on; one that is in another mount of the list belongs to that file system."""
    own = {mount.path for mount in root.mounts} if root else set()
    steps = []
    for point in dict.fromkeys([*own - {"/"}, *points]):
        top, inside = root.find(point) if root else (path, point)
        where, kind = top.rstrip("/") + inside, kinds.get(point, "missing")
        if kind in ("link", "other"):
            raise Problem(f"{where} is no folder: jail(8) mounts nothing on a symbolic link or device")
        if kind != "missing" or any(point.startswith(other.rstrip("/") + "/") for other in points):
            continue
        if root is not None and top == root.options.get("base"):
            raise Problem(f"{where} is not there, and a thin root has its base read only: make that folder first")
        steps.append(model.Step(model.Call("jail", "make_folder", (top, inside)), f"make the folder {where}"))
    return steps
