# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``root`` interface of the engine's host: what reads and what changes a guest's tree. Private."""

from __future__ import annotations

import errno
import os
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files import tree
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.text import add_lines, get_hash, set_hash

SHADOW = "/etc/shadow"
Extra = t.Mapping[str, t.Any]


def observe_tree(root: str, paths: t.Sequence[str]) -> dict[str, dict[str, t.Any]]:
    """What is at each path, and root's password hash under an empty path."""
    nodes: dict[str, dict[str, t.Any]] = {}
    with tree.open_root(root) as top:
        for path in (*paths, SHADOW):
            with tree.open_place(top, path) as place:
                nodes[path] = tree.describe_place(place)
    shadow = nodes[SHADOW] if SHADOW in paths else nodes.pop(SHADOW)
    nodes[""] = {"hash": get_hash(shadow.get("content") or "", "root") if shadow["kind"] == "file" else None}
    return nodes


def change_tree(method: str, root: str, path: str, extra: Extra) -> str:
    with tree.open_root(root) as top, tree.open_place(top, path, make=method != "remove") as place:
        if place is not None:
            try:
                _change(place, method, extra)
            except PermissionError as error:
                if error.errno != errno.EPERM:
                    raise
                raise Problem(
                    f"{path}: {error.strerror}: it or its folder may be immutable, which chflags noschg of FreeBSD and"
                    " chattr -i of Linux end"
                ) from None
    return ""


def _change(place: tree.Place, method: str, extra: Extra) -> None:
    if method == "write":
        _write(place, extra)
    elif method == "directory":
        tree.make_folder(place, extra["mode"], extra["owner"], extra["group"])
    elif method == "link":
        tree.replace_link(place, extra["target"])
    elif method == "remove":
        tree.remove(place)
    elif method == "password":
        _set_password(place, extra["hash"])
    else:
        raise ValueError(method)


def _write(place: tree.Place, extra: Extra) -> None:
    """Content may come from the task, from a file of the host, or be the old one with lines added."""
    node = tree.describe_place(place)
    old: dict[str, t.Any] = {"content": "", "mode": 0o644, "owner": os.geteuid(), "group": os.getegid()}
    if node["kind"] == "file":
        old = node
    content: str | None = extra.get("content")
    if extra.get("source") is not None:
        content = _read_source(extra["source"])
    elif extra.get("lines") is not None and old["content"] is not None:
        content = add_lines(old["content"], extra["lines"])
    elif content is None:
        content = old["content"]
    if content is None:
        raise Problem(f"{place.name} is larger than {tree.LARGEST} bytes: give its whole content instead")
    merged = {key: old[key] if extra[key] is None else extra[key] for key in ("mode", "owner", "group")}
    tree.replace_file(place, content, merged["mode"], merged["owner"], merged["group"])


def _read_source(path: str) -> str:
    with open(path, "rb") as stream:
        return tree.decode(stream.read())


def _set_password(place: tree.Place, hashed: str) -> None:
    node = tree.describe_place(place)
    if node["kind"] != "file" or node["content"] is None:
        raise Problem("/etc/shadow is not a regular file")
    tree.replace_file(place, set_hash(node["content"], "root", hashed), node["mode"], node["owner"], node["group"])


def root_api(method: str, *args: t.Any) -> t.Any:
    return observe_tree(*args) if method == "observe" else change_tree(method, *args)
