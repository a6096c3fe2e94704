# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small changes below /sys/kernel/config/target, in order and each with its own error (LIO, Linux 5.10 to 6.12).

The kernel's own interface: it takes milliseconds where targetcli takes seconds, stops at the first error, and
passwords pass neither argument lists nor shell histories.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

ROOT = "/sys/kernel/config/target"


def change(method: str, *args: t.Any) -> str:
    """Resource API: ``apply`` with rows of [verb, path below ROOT, value]."""
    if method != "apply":
        raise Problem(f"configfs has no method {method}")
    for verb, path, value in args[0]:
        try:
            _change_one(verb, os.path.join(ROOT, path), value)
        except OSError as error:
            raise Problem(f"{os.path.join(ROOT, path)}: {error.strerror}{_advice(verb, error)}") from error
    return ""


def _change_one(verb: str, path: str, value: str) -> None:
    if verb not in _VERBS:
        raise Problem(f"configfs: unknown verb {verb}")
    _VERBS[verb](path, value)


def _mkdir(path: str, _value: str) -> None:
    os.makedirs(path, exist_ok=True)


def _rmdir(path: str, _value: str) -> None:
    if os.path.isdir(path):
        os.rmdir(path)


def _symlink(path: str, value: str) -> None:
    if not os.path.islink(path):
        os.symlink(os.path.join(ROOT, value), path)


def _write_if_there(path: str, value: str) -> None:
    if os.path.exists(path):
        _write(path, value)


def _write_first(paths: str, value: str) -> None:
    """``paths`` with | between them: the first that this kernel has."""
    first, *rest = paths.split("|")
    _write(first if os.path.exists(first) else os.path.join(ROOT, rest[0]), value)


def _unlink_all(folder: str, _value: str) -> None:
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if os.path.islink(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))


def _write(path: str, value: str) -> None:
    stream = os.open(path, os.O_WRONLY)  # no O_CREAT: an attribute that the kernel lacks is an error
    try:
        os.write(stream, value.encode())  # no newline: it would become a part of CHAP users and secrets
    finally:
        os.close(stream)


def _advice(verb: str, error: OSError) -> str:
    name = error.errno and os.strerror(error.errno)
    if verb == "mkdir" and name:
        return "; is another program listening there, or is the module (iscsi_target_mod) not loaded?"
    return ""


_VERBS: dict[str, t.Callable[[str, str], None]] = {
    "mkdir": _mkdir,
    "rmdir": _rmdir,
    "symlink": _symlink,
    "unlink_all": _unlink_all,
    "write": _write,
    "write_if_there": _write_if_there,
    "write_first": _write_first,
}
