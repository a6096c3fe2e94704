# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a container comes from when it is not there. Private; pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Argv, Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name, parse_size

_OF: t.Mapping[str, tuple[str, ...]] = {
    "directory": ("dir", "best"),
    "fs_size": ("loop", "lvm", "rbd", "best"),
    "fs_type": ("loop", "lvm", "rbd", "best"),
    "vg_name": ("lvm", "best"),
    "lv_name": ("lvm", "best"),
    "thinpool": ("lvm", "best"),
    "zfs_root": ("zfs", "best"),
}
_FLAGS = {
    "directory": "--dir",
    "fs_size": "--fssize",
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

    def create_argv(self, lxc_path: str, name: str, config: str | None) -> Argv:
        argv = ["lxc-create", "-P", lxc_path, "-n", name, "-t", str(self.template)]
        argv += ["-f", config] if config else []
        argv += ["-B", self.backing_store] if self.backing_store else []
        for option, value in self.storage:
            argv += [_FLAGS[option], value]
        return (*argv, "--", *self.words) if self.words else tuple(argv)

    def copy_argv(self, lxc_path: str, name: str) -> Argv:
        # without a level it fails without a word (LXC 5.0.2)
        argv = ["lxc-copy", "-P", lxc_path, "-n", str(self.clone_from), "-N", name, "-l", "ERROR"]
        argv += ["-s"] if self.clone_snapshot else []
        argv += ["-B", self.backing_store] if self.backing_store else []
        argv += ["-L", dict(self.storage)["fs_size"]] if "fs_size" in dict(self.storage) else []
        return tuple(argv)


def read_create(name: str, params: t.Mapping[str, t.Any]) -> WantCreate | None:
    """None when the task does not say where the container comes from."""
    template, archive, source = params["template"], params["archive"], params["clone_from"]
    backing = params["backing_store"]
    storage = tuple((option, _read_storage(name, option, params[option], backing)) for option in _given(params))
    if not (template or archive or source):
        return None
    if params["clone_snapshot"] and not source:
        raise Problem(f"{name}: clone_snapshot needs clone_from, the container to share files with")
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
    words = tuple(_read_words(name, params["template_options"] or {}))
    return WantCreate(template, words, archive, source, params["clone_snapshot"], backing, storage)


def _given(params: t.Mapping[str, t.Any]) -> list[str]:
    return [option for option in _FLAGS if params[option] is not None]


def _read_storage(name: str, option: str, value: str, backing: str | None) -> str:
    if backing not in _OF[option]:
        raise Problem(
            f"{name}: {option} needs backing_store {' or '.join(_OF[option])}, not {backing or 'none at all'}"
        )
    if option == "fs_size":
        return f"{parse_size(value, 'M', f'{name}: fs_size')}b"
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
