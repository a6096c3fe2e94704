# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the files that are there to those that shall be. Private; pure but for ``observe``."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.text import add_lines, missing_lines
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.want import WantFile, WantFiles

OWNERSHIP = ("mode", "owner", "group")


@dataclasses.dataclass(frozen=True)
class Node:
    """What is at one path. ``content`` None: too large to be read, or not a file."""

    kind: str = "missing"
    mode: int | None = None
    owner: int | None = None
    group: int | None = None
    content: str | None = None
    target: str | None = None
    empty: bool = True


@dataclasses.dataclass(frozen=True)
class Tree:
    """The paths that a task names, the host's files that it takes content from, and root's password hash."""

    nodes: t.Mapping[str, Node] = dataclasses.field(default_factory=dict)
    sources: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    root_password: str | None = None


def observe(host: Host, wants: t.Sequence[WantFiles]) -> dict[str, Tree]:
    trees = {}
    for want in wants:
        nodes = dict(host.ask("root", "observe", want.name, [file.path for file in want.files]))
        hashed = nodes.pop("", {}).get("hash")
        sources = {file.source: host.read(file.source) for file in want.files if file.source is not None}
        trees[want.name] = Tree({path: Node(**node) for path, node in nodes.items()}, sources, hashed)
    return trees


def foresee(node: Node, file: WantFile, have: Tree) -> Node:
    """What will be at one path; raises Problem for what is refused."""
    if file.state == "absent":
        if node.kind == "directory" and not node.empty:
            raise model.Problem(f"{file.path} is a directory that is not empty: name the files in it")
        return Node()
    if node.kind == "missing" and not file.create:
        return node
    if file.state == "directory":
        return _foresee_folder(node, file)
    if node.kind in ("directory", "other"):
        kind = "a directory" if node.kind == "directory" else "a device, socket or pipe"
        raise model.Problem(f"{file.path} is {kind}, not a file: remove it first with state=absent")
    if file.state == "link":
        return node if node.target == file.target else Node("link", target=file.target)
    old = node if node.kind == "file" else Node("file", 0o644, 0, 0, "")
    return dataclasses.replace(old, content=_foresee_content(node, file, have), **_named(file))


def _foresee_folder(node: Node, file: WantFile) -> Node:
    if node.kind not in ("missing", "directory"):
        kind = "symbolic link" if node.kind == "link" else node.kind
        raise model.Problem(f"{file.path} is a {kind}, not a directory: remove it first with state=absent")
    old = node if node.kind == "directory" else Node("directory", 0o755, 0, 0)
    return dataclasses.replace(old, **_named(file))


def _foresee_content(node: Node, file: WantFile, have: Tree) -> str | None:
    old = node.content if node.kind == "file" else ""
    if file.keep and node.kind == "file":
        return old
    if file.source is not None:
        content = have.sources.get(file.source)
        if content is None:
            raise model.Problem(f"{file.path}: its source {file.source} is not on this host")
        return content
    if file.lines is not None:
        if old is None:
            raise model.Problem(f"{file.path} is too large to add lines to: give its whole content")
        return add_lines(old, file.lines)
    return old if file.content is None else file.content


def _named(file: WantFile) -> dict[str, t.Any]:
    return {key: getattr(file, key) for key in OWNERSHIP if getattr(file, key) is not None}


def plan(have: Tree | None, want: WantFiles) -> model.Plan:
    have = have or Tree()
    steps = []
    for file in want.files:
        node = have.nodes.get(file.path, Node())
        after = foresee(node, file, have)
        if after != node:
            steps.append(_make_step(node, after, file, have, want.name))
    if want.root_password is not None and want.root_password != have.root_password:
        if have.root_password is None:
            raise model.Problem(f"{want.name}: /etc/shadow has no line for root: unpack the guest's root first")
        call = model.Call("root", "password", (want.name, "/etc/shadow", {"hash": want.root_password}))
        steps.append(model.Step(call, "set root's password hash", changes=(_hidden_change("root_password"),)))
    return tuple(steps)


def _hidden_change(field: str) -> model.Change:
    return model.Change(field, "other", "as declared")


def _make_step(node: Node, after: Node, file: WantFile, have: Tree, root: str) -> model.Step:
    extra: dict[str, t.Any] = {key: getattr(file, key) for key in OWNERSHIP}
    method, verb = "write", "write"
    if file.state == "absent":
        method, verb, extra = "remove", "remove", {}
    elif file.state == "directory":
        method, verb = "directory", "make directory" if node.kind == "missing" else "adjust directory"
    elif file.state == "link":
        method, verb, extra = "link", "link", {"target": file.target}
    elif not (file.keep and node.kind == "file"):
        lines = None if file.lines is None else list(file.lines)
        extra.update(content=file.content, source=file.source, lines=lines)
    before, now = show_node(node, file, have), show_node(after, file, have)
    changes = tuple(
        model.Change(f"{file.path}: {key}", before.get(key), now.get(key))
        for key in dict.fromkeys((*before, *now))
        if before.get(key) != now.get(key)
    )
    call = model.Call("root", method, (root, file.path, extra))
    return model.Step(call, f"{verb} {file.path}", changes=changes)


def predict(have: Tree | None, want: WantFiles) -> Tree | None:
    have = have or Tree()
    nodes = dict(have.nodes)
    for file in want.files:
        nodes[file.path] = foresee(nodes.get(file.path, Node()), file, have)
    return dataclasses.replace(have, nodes=nodes, root_password=want.root_password or have.root_password)


def show(have: Tree | None, want: WantFiles) -> dict[str, t.Any]:
    have = have or Tree()
    shown: dict[str, t.Any] = {
        file.path: show_node(have.nodes.get(file.path, Node()), file, have) for file in want.files
    }
    if want.root_password is not None:
        shown["root_password"] = "as declared" if have.root_password == want.root_password else "other"
    return shown


def show_node(node: Node, file: WantFile, have: Tree) -> dict[str, t.Any]:
    """The fields of one path that the task names; of secrets only whether they are as declared."""
    states = {"missing": "absent", "file": "present"}
    shown: dict[str, t.Any] = {"state": states.get(node.kind, node.kind)}
    if node.kind == "link":
        shown["target"] = node.target
    if node.kind in ("file", "directory"):
        shown.update({key: _spell(key, getattr(node, key)) for key in _named(file)})
    if node.kind == "file" and file.state == "present" and not file.keep:
        shown.update(_show_content(node.content, file, have))
    return shown


def _spell(key: str, number: int | None) -> t.Any:
    return f"{number:04o}" if key == "mode" and number is not None else number


def _show_content(content: str | None, file: WantFile, have: Tree) -> dict[str, t.Any]:
    if file.lines is not None:
        missing = missing_lines(content or "", file.lines)
        return {"lines": [line for line in file.lines if line not in missing]}
    declared = have.sources.get(file.source) if file.source is not None else file.content
    if file.secret or file.source is not None:
        return {"content": "as declared" if content == declared else "other"}
    if file.content is None:
        return {}
    return {"content": "(too large)" if content is None else content.encode("utf-8", "backslashreplace").decode()}


def facts(have: Tree | None) -> dict[str, t.Any]:
    """What is where, without contents: they may be secret."""
    files = [
        {"path": path, "kind": node.kind, "owner": node.owner, "group": node.group, "mode": _spell("mode", node.mode)}
        for path, node in sorted((have or Tree()).nodes.items())
    ]
    return {"state": "present", "config": {"files": files}, "runtime": {}}
