# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on files in a guest's tree."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.plan import Node, Tree
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.resource import GUEST_FILES
from ansible_collections.hostwright.virt.plugins.module_utils._guest_files.want import WantFile, WantFiles
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

ROOT = "/mnt/guest"
PATHS = ("/etc/fstab", "/etc/hosts", "/root/.ssh")
HASHES = st.sampled_from(["*", "$6$salt$one", "$6$salt$two"])
TEXTS = st.sampled_from(["", "a\n", "a\nb\n", "b"])
MODES = st.sampled_from([0o600, 0o644, 0o755])
IDS = st.sampled_from([0, 42])
SOURCES = {"/srv/key": "a\n", "/srv/other": "c\n"}

NODES = st.one_of(
    st.just(Node()),
    st.builds(Node, st.just("file"), MODES, IDS, IDS, st.none() | TEXTS),
    st.builds(Node, st.just("directory"), MODES, IDS, IDS, empty=st.booleans()),
    st.builds(lambda target: Node("link", 0o777, 0, 0, target=target), st.sampled_from(["/etc/fstab", "x"])),
    st.just(Node("other", 0o644, 0, 0)),
)


def haves() -> st.SearchStrategy[Tree]:
    return st.builds(
        lambda nodes, hashed: Tree(dict(zip(PATHS, nodes)), SOURCES, hashed),
        st.tuples(*[NODES] * len(PATHS)),
        HASHES,
    )


@st.composite
def wanted_file(draw: st.DrawFn, path: str) -> WantFile:
    state = draw(st.sampled_from(["present", "present", "directory", "link", "absent"]))
    extra: dict[str, t.Any] = {"create": draw(st.booleans())}
    if state == "link":
        extra["target"] = draw(st.sampled_from(["/etc/fstab", "y"]))
    if state in ("present", "directory"):
        extra.update(mode=draw(st.none() | MODES), owner=draw(st.none() | IDS), group=draw(st.none() | IDS))
    if state == "present":
        extra.update(
            draw(
                st.one_of(
                    st.just({}),
                    st.builds(lambda text: {"content": text}, TEXTS),
                    st.builds(lambda text: {"content": text, "secret": True}, TEXTS),
                    st.builds(lambda name: {"source": name}, st.sampled_from(sorted(SOURCES))),
                    st.builds(lambda lines: {"lines": lines}, st.sampled_from([(), ("a",), ("c", "a")])),
                )
            )
        )
        extra["keep"] = draw(st.booleans())
    return WantFile(path=path, state=state, **extra)


@st.composite
def wants(draw: st.DrawFn) -> WantFiles:
    files = tuple(draw(wanted_file(path)) for path in sorted(draw(st.sets(st.sampled_from(PATHS)))))
    return WantFiles(name=ROOT, files=files, root_password=draw(st.none() | HASHES))


def act(have: Tree | None, action: model.Action, want: WantFiles) -> Tree:
    """What the file system does; written from the interface, not from ``foresee``."""
    have = have or Tree(dict.fromkeys(PATHS, Node()), SOURCES, "*")
    assert isinstance(action, model.Call)
    root, path, extra = action.args
    assert root == ROOT
    if action.method == "password":
        return dataclasses.replace(have, root_password=extra["hash"])
    node = have.nodes[path]
    if action.method == "remove":
        new = Node()
    elif action.method == "link":
        new = Node("link", 0o777, 0, 0, target=extra["target"])
    elif action.method == "directory":
        old = node if node.kind == "directory" else Node("directory", 0o755, 0, 0)
        new = own(old, extra)
    else:
        assert action.method == "write"
        old = node if node.kind == "file" else Node("file", 0o644, 0, 0, "")
        new = own(dataclasses.replace(old, content=text_of(old.content, extra, have)), extra)
    return dataclasses.replace(have, nodes={**have.nodes, path: new})


def own(node: Node, extra: t.Mapping[str, t.Any]) -> Node:
    for key in ("mode", "owner", "group"):
        if extra[key] is not None:
            node = dataclasses.replace(node, **{key: extra[key]})
    return node


def text_of(old: str | None, extra: t.Mapping[str, t.Any], have: Tree) -> str | None:
    if extra.get("source"):
        return have.sources[extra["source"]]
    if extra.get("lines") is not None:
        assert old is not None
        for line in extra["lines"]:
            if line not in old.splitlines():
                old += ("" if old.endswith("\n") or not old else "\n") + line + "\n"
        return old
    return old if extra.get("content") is None else t.cast(str, extra["content"])


def declare(have: Tree) -> WantFiles:
    return WantFiles(
        name=ROOT,
        files=tuple(map(declare_node, have.nodes, have.nodes.values())),
        root_password=have.root_password,
    )


def declare_node(path: str, node: Node) -> WantFile:
    if node.kind == "link":
        return WantFile(path, "link", target=node.target)
    if node.kind in ("missing", "other"):
        return WantFile(path, "absent") if node.kind == "missing" else WantFile(path, create=False)
    state = "directory" if node.kind == "directory" else "present"
    return WantFile(path, state, node.content, mode=node.mode, owner=node.owner, group=node.group)


BACKEND = Backend(
    resource=GUEST_FILES,
    haves=haves().filter(lambda have: all(node.kind != "other" for node in have.nodes.values()))
    | haves().map(lambda have: dataclasses.replace(have, nodes={**have.nodes, PATHS[0]: Node()})),
    wants=wants(),
    act=act,
    declare=lambda have: declare(
        dataclasses.replace(have, nodes={path: node for path, node in have.nodes.items() if node.kind != "other"})
    ),
    fields=lambda have: {**have.nodes, "root_password": have.root_password},
    destroys=lambda action: False,
)
