# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walk, read and write below a directory as if it were ``/``: no symbolic link in it leads outside.

A guest's root tree is written by the guest or came from an archive, and the host's root walks in it. So each
component is opened by itself with O_NOFOLLOW; a link to a directory is resolved with the tree's top as ``/``, and the
last component of a path is never followed. Private; Python versions supported: 3.8 and newer, POSIX only.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

MOST_LINKS = 40  # what Linux allows in one path
LARGEST = 16 * 1024 * 1024  # nothing that belongs here is larger, and a guest can leave anything
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Place(t.NamedTuple):
    """Where a path leads: the open folder that holds it, and its name there."""

    folder: int
    name: str


def split_path(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


@contextlib.contextmanager
def open_root(root: str) -> t.Iterator[int]:
    """The tree's top; links on the way there are the administrator's own and are followed."""
    try:
        top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise Problem(f"root {root} is not a directory: mount or unpack the guest's root there first") from None
    try:
        if os.path.samestat(os.fstat(top), os.stat("/")):
            raise Problem(f"root {root} is this host's own root: use ansible.builtin.copy for the host itself")
        yield top
    finally:
        os.close(top)


class _Walk:
    """Open folders from the top to where the walk is now."""

    def __init__(self, top: int, path: str, make: bool) -> None:
        self.path, self.make, self.links = path, make, 0
        self.stack = [os.dup(top)]

    def close(self) -> None:
        while self.stack:
            os.close(self.stack.pop())

    def step(self, name: str) -> list[str]:
        """Go to ``name``; the components of a link are returned instead, to be walked next."""
        here = self.stack[-1]
        if name == "..":
            if len(self.stack) > 1:  # above the top is the top, as in a chroot
                os.close(self.stack.pop())
            return []
        kind = _kind_of(here, name)
        if kind == "missing" and self.make:
            os.mkdir(name, 0o755, dir_fd=here)
        elif kind == "link":
            return self.follow(os.readlink(name, dir_fd=here))
        elif kind not in ("directory", "missing"):
            raise Problem(f"{self.path}: {name} on the way there is not a directory")
        self.stack.append(os.open(name, _FOLDER, dir_fd=here))
        return []

    def follow(self, target: str) -> list[str]:
        self.links += 1
        if self.links > MOST_LINKS:
            raise Problem(f"{self.path}: too many symbolic links on the way there")
        if target.startswith("/"):
            while len(self.stack) > 1:
                os.close(self.stack.pop())
        return split_path(target)


@contextlib.contextmanager
def open_place(top: int, path: str, make: bool = False) -> t.Iterator[Place | None]:
    """The place of ``path``; None when a folder on the way is missing, unless ``make`` makes it (root's, 0755)."""
    walk = _Walk(top, path, make)
    try:
        *way, name = split_path(path)
        while way:
            way = walk.step(way[0]) + way[1:]
        place = Place(walk.stack[-1], name)
    except FileNotFoundError:
        walk.close()
        yield None
        return
    except BaseException:
        walk.close()
        raise
    try:
        yield place
    finally:
        walk.close()


def _kind_of(folder: int, name: str) -> str:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return "missing"
    for kind, test in (("file", stat.S_ISREG), ("directory", stat.S_ISDIR), ("link", stat.S_ISLNK)):
        if test(mode):
            return kind
    return "other"


def describe_place(place: Place | None) -> dict[str, t.Any]:
    """What is there: kind, mode, owner, group and, by kind, content, link target or whether the folder is empty."""
    kind = _kind_of(*place) if place else "missing"
    if place is None or kind == "missing":
        return {"kind": "missing"}
    status = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    node: dict[str, t.Any] = {"kind": kind, "owner": status.st_uid, "group": status.st_gid}
    node["mode"] = stat.S_IMODE(status.st_mode)
    if kind == "link":
        node["target"] = os.readlink(place.name, dir_fd=place.folder)
    elif kind == "file":
        node["content"] = read_file(place)
    elif kind == "directory":
        with open_folder(place) as folder:
            node["empty"] = not os.listdir(folder)
    return node


@contextlib.contextmanager
def open_folder(place: Place) -> t.Iterator[int]:
    folder = os.open(place.name, _FOLDER, dir_fd=place.folder)
    try:
        yield folder
    finally:
        os.close(folder)


def read_file(place: Place) -> str | None:
    """The text of a regular file, None when it is too large to be one of ours."""
    with os.fdopen(os.open(place.name, _READ, dir_fd=place.folder), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise Problem(f"{place.name} is not a regular file")
        data = stream.read(LARGEST + 1)
    return None if len(data) > LARGEST else decode(data)


def decode(data: bytes) -> str:
    return data.decode("utf-8", errors="surrogateescape")


def replace_file(place: Place, content: str, mode: int, owner: int | None, group: int | None) -> None:
    """Put a new file over whatever non-directory has the name.

    Always a new file, even for a new mode: the old one may be a hard link to a file of the host.
    """
    spare = ".hostwright-" + secrets.token_hex(8)
    try:
        with os.fdopen(os.open(spare, _NEW, 0o600, dir_fd=place.folder), "wb") as stream:
            stream.write(content.encode("utf-8", errors="surrogateescape"))
            stream.flush()
            _set_owner(stream.fileno(), owner, group)
            os.fchmod(stream.fileno(), mode)  # after the owner: chown clears setuid
            os.fsync(stream.fileno())
        os.rename(spare, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(spare, dir_fd=place.folder)
        raise


def _set_owner(handle: int, owner: int | None, group: int | None) -> None:
    status = os.fstat(handle)
    if (owner, group) != (None, None):
        os.fchown(handle, status.st_uid if owner is None else owner, status.st_gid if group is None else group)


def replace_link(place: Place, target: str) -> None:
    spare = ".hostwright-" + secrets.token_hex(8)
    os.symlink(target, spare, dir_fd=place.folder)
    os.rename(spare, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)


def make_folder(place: Place, mode: int | None, owner: int | None, group: int | None) -> None:
    if _kind_of(*place) == "missing":
        os.mkdir(place.name, 0o755, dir_fd=place.folder)
        mode = 0o755 if mode is None else mode
        # Else it has the folder's group: always on FreeBSD, in a setgid folder on Linux.
        owner, group = (os.geteuid() if owner is None else owner), (os.getegid() if group is None else group)
    with open_folder(place) as folder:
        _set_owner(folder, owner, group)
        if mode is not None:
            os.fchmod(folder, mode)


def remove(place: Place) -> None:
    """Remove a file, a link or an empty folder; what is gone already is fine."""
    with contextlib.suppress(FileNotFoundError):
        if _kind_of(*place) == "directory":
            os.rmdir(place.name, dir_fd=place.folder)
        else:
            os.unlink(place.name, dir_fd=place.folder)
