# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a container comes from when it is not there. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name

_OF: t.Mapping[str, tuple[str, ...]] = {
    "directory": ("dir", "best"),
    "fs_type": ("loop", "lvm", "rbd", "best"),
    "vg_name": ("lvm", "best"),
    "lv_name": ("lvm", "best"),
    "thinpool": ("lvm", "best"),
    "zfs_root": ("zfs", "best"),
}
_SIZED = ("loop", "lvm", "rbd")
_FLAGS = {
    "directory": "--dir",
    "fs_type": "--fstype",
    "vg_name": "--vgname",
    "lv_name": "--lvname",
    "thinpool": "--thinpool",
    "zfs_root": "--zfsroot",
}


@dataclasses.dataclass(frozen=True)
class WantCreate:
    """A template with the words it gets, an archive, or a container to copy; and the storage below."""

    template: str | None = None
    words: tuple[str, ...] = ()
    archive: str | None = None
    clone_from: str | None = None
    clone_snapshot: bool = False
    backing_store: str | None = None
    storage: tuple[tuple[str, str], ...] = ()
    fs_size: int | None = None

    @property
    def made_with_size(self) -> bool:
        """Whether LXC takes the size when it makes the root; a quota is set afterwards."""
        return bool(self.fs_size) and self.backing_store in _SIZED

    def place(self, folder: str, name: str) -> tuple[str, str] | None:
        """Kind and place of a root that gets a quota."""
        if self.backing_store == "btrfs":
            return "btrfs", f"{folder}/rootfs"
        return ("zfs", f"{dict(self.storage)['zfs_root']}/{name}") if self.backing_store == "zfs" else None

    def create_argv(self, lxc_path: str, name: str, config: str | None) -> Argv:
        argv = ["lxc-create", "-P", lxc_path, "-n", name, "-t", str(self.template)]
        argv += ["-f", config] if config else []
        argv += ["-B", self.backing_store] if self.backing_store else []
        argv += ["--fssize", f"{self.fs_size}b"] if self.made_with_size else []
        for option, value in self.storage:
            argv += [_FLAGS[option], value]
        return (*argv, "--", *self.words) if self.words else tuple(argv)

    def copy_argv(self, lxc_path: str, name: str) -> Argv:
        # without a level it fails without a word (LXC 5.0.2)
        argv = ["lxc-copy", "-P", lxc_path, "-n", str(self.clone_from), "-N", name, "-l", "ERROR"]
        argv += ["-s"] if self.clone_snapshot else []
        argv += ["-B", self.backing_store] if self.backing_store else []
        argv += ["-L", f"{self.fs_size}b"] if self.made_with_size else []
        return tuple(argv)


def read_create(name: str, params: t.Mapping[str, t.Any], fs_size: int | None) -> WantCreate | None:
    """None when the task does not say where the container comes from."""
    template, archive, source = params["template"], params["archive"], params["clone_from"]
    backing = params["backing_store"]
    storage = tuple((option, _read_storage(name, option, params[option], backing)) for option in _given(params))
    if not (template or archive or source):
        return None
    if params["clone_snapshot"] and not source:
        raise Problem(f"{name}: clone_snapshot needs clone_from, the container to share files with")
    _check_source(name, params)
    _check_size(name, backing, dict(storage), fs_size)
    words = tuple(_read_words(name, params["template_options"] or {}))
    if template == "download":
        _check_download(name, words)
    return WantCreate(template, words, archive, source, params["clone_snapshot"], backing, storage, fs_size)


def _check_source(name: str, params: t.Mapping[str, t.Any]) -> None:
    template, archive, source = params["template"], params["archive"], params["clone_from"]
    backing = params["backing_store"]
    if template and not re.fullmatch(r"[A-Za-z0-9_/][A-Za-z0-9_./+-]*", template):
        raise Problem(f"{name}: template {template!r} is neither the name of a template nor a path")
    if source:
        parse_name(source, f"{name}: clone_from", longest=63, more="._-")
        if source == name:
            raise Problem(f"{name}: clone_from must be another container")
    if archive and not re.fullmatch(r"/[^\x00-\x1f\x7f]+", archive):
        raise Problem(f"{name}: archive {archive!r} must be an absolute path")
    if archive and backing not in (None, "dir"):
        raise Problem(f"{name}: an archive is unpacked into a folder: backing_store must be dir, not {backing}")


def _check_size(name: str, backing: str | None, storage: t.Mapping[str, str], fs_size: int | None) -> None:
    if fs_size is None:
        return
    if backing not in (*_SIZED, "zfs", "btrfs"):
        raise Problem(
            f"{name}: fs_size needs backing_store {', '.join(_SIZED)}, zfs or btrfs, not {backing or 'none at all'}"
        )
    if backing in _SIZED and fs_size == 0:
        raise Problem(f"{name}: fs_size: a root of the kind {backing} cannot be without a size")
    if backing == "zfs" and "zfs_root" not in storage:
        raise Problem(f"{name}: fs_size needs zfs_root too, to know the dataset of a new container")


def _check_download(name: str, words: tuple[str, ...]) -> None:
    """Without these it asks for them on a terminal."""
    for option in ("dist", "release", "arch"):
        if f"--{option}" not in words and f"-{option[0]}" not in words:
            raise Problem(
                f"{name}: template download needs template_options with dist, release and arch: {option} is missing"
            )


def _given(params: t.Mapping[str, t.Any]) -> list[str]:
    return [option for option in _FLAGS if params[option] is not None]


def _read_storage(name: str, option: str, value: str, backing: str | None) -> str:
    if backing not in _OF[option]:
        raise Problem(
            f"{name}: {option} needs backing_store {' or '.join(_OF[option])}, not {backing or 'none at all'}"
        )
    if not re.fullmatch(r"[A-Za-z0-9_/][A-Za-z0-9_./+:-]*", value):
        raise Problem(f"{name}: {option} {value!r} cannot be used: letters, digits and _./+:- only")
    return value


def _read_words(name: str, options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """``--key value`` for each option of the template; true gives only ``--key``, a list repeats it."""
    for key, value in options.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", str(key)):
            raise Problem(f"{name}: template_options: {key!r} is not an option; write release, not --release")
        flag = f"-{key}" if len(str(key)) == 1 else f"--{key}"
        for item in value if isinstance(value, list) else [value]:
            if item is False or item is None:
                continue
            if isinstance(item, (dict, list)) or re.search(r"[\x00-\x1f\x7f]", str(item)):
                raise Problem(f"{name}: template_options: {key}: {item!r} is not one word of a command line")
            yield flag
            if item is not True:
                yield str(item)
