# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on replication: the simulator sends and receives as zfs does."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._zfs.properties import Prop
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.ends import End
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.have import Have, Mark, Node, Partial
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.resource import REPLICATION
from ansible_collections.hostwright.virt.plugins.module_utils._zfs_replication.want import KEEPS, WantReplication
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

SOURCE, TARGET = "tank/a", "backup/a"
INSIDE = ("", "/x", "/x/y")
SNAPSHOTS = ("auto-1", "auto-2", "by-hand", "auto-3", "auto-4")
TOKEN = "1-abc"


def rarely(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 5)) == 0


def draw_source(draw: st.DrawFn, inside: str, kind: str) -> Node:
    made = {name: Mark(name, f"{inside} {name}", 10 * number, 512) for number, name in enumerate(SNAPSHOTS, 1)}
    taken = [made[name] for name in SNAPSHOTS if draw(st.booleans())]
    marked = [dataclasses.replace(made[name], is_bookmark=True) for name in SNAPSHOTS[:3] if draw(st.booleans())]
    busy = tuple(dataclasses.replace(mark, busy=rarely(draw)) for mark in taken)
    return Node(kind, busy, tuple(marked), written=draw(st.sampled_from([0, 512])))


def draw_target(draw: st.DrawFn, inside: str, kind: str) -> Node:
    """A part of what was once sent, and perhaps a snapshot or data of its own."""
    made = [Mark(name, f"{inside} {name}", number) for number, name in enumerate(SNAPSHOTS[:4], 1)]
    there = [dataclasses.replace(mark, busy=rarely(draw)) for mark in made if draw(st.booleans())]
    if rarely(draw):
        there.append(Mark("auto-own", f"{inside} own", 9, busy=rarely(draw)))
    props = {"readonly": Prop(draw(st.sampled_from(["on", "off"])), "default")}
    if kind == "filesystem":
        props["canmount"] = Prop("on", "default")
    token = TOKEN if rarely(draw) else ""
    return Node(kind, tuple(there), written=draw(st.sampled_from([0, 0, 512])), token=token, properties=props)


@st.composite
def trees(draw: st.DrawFn) -> Have:
    count = draw(st.integers(1, 3))
    kinds = ["filesystem", "filesystem", draw(st.sampled_from(["filesystem", "volume"]))]
    source = {inside: draw_source(draw, inside, kind) for inside, kind in zip(INSIDE[:count], kinds)}
    have_too = draw(st.integers(0, count))
    target = {inside: draw_target(draw, inside, kind) for inside, kind in zip(INSIDE[:have_too], kinds)}
    partials = {}
    for inside, node in target.items():
        last = max((mark.made for mark in node.snapshots), default=0)
        names = [mark.name for mark in source[inside].snapshots if SNAPSHOTS.index(mark.name) >= last]
        if node.token and names and draw(st.booleans()):
            partials[inside] = Partial(draw(st.sampled_from(names)), 512)
    return Have(SOURCE, TARGET, source, target, has_parent=not rarely(draw), partials=partials)


@st.composite
def wants(draw: st.DrawFn) -> WantReplication:
    far = draw(st.sampled_from(["", "source", "target"]))
    prefix = draw(st.sampled_from(["", "auto-"]))
    keeps = [draw(st.sampled_from([None, 1, 3])) if prefix else None for _option in KEEPS]
    props = {"readonly": "on", "canmount": "noauto"} if draw(st.booleans()) else {}
    switches = draw(st.sets(st.sampled_from(["rollback_target", "destroy_target"])))
    return WantReplication(
        End(SOURCE, "root@far" if far == "source" else ""),
        End(TARGET, "root@far" if far == "target" else ""),
        recursive=True,
        snapshot=draw(st.sampled_from([None, "auto-2", "auto-9"])),
        prefix=prefix,
        source_keep=keeps[0],
        target_keep=keeps[1],
        bookmarks_keep=keeps[2],
        bookmarks=draw(st.booleans()),
        raw=draw(st.booleans()),
        properties=props,
        switches=frozenset(switches | set(KEEPS)),
    )


def words_of(argv: t.Sequence[str]) -> list[str]:
    """What zfs is asked, here or through ssh."""
    if argv[0] != "ssh":
        return list(argv[1:])
    line = shlex.split(argv[-1])
    return line[line.index("zfs") + 1 :]


def act(have: Have | None, action: model.Action, want: WantReplication) -> Have | None:
    assert have is not None
    if isinstance(action, model.Call) and action.method == "copy":
        send, receive = (words_of(argv) for argv in action.args)
        assert send[0] == "send"
        assert receive[0] == "receive"
        return receive_stream(have, send[1:], receive[1:])
    argv = action.args[0] if isinstance(action, model.Call) else action.argv if isinstance(action, model.Run) else ()
    verb, *words = words_of(argv)
    there = words[-1]
    at_source = there.startswith(SOURCE)
    assert isinstance(action, model.Call) == bool((want.source if at_source else want.target).destination)
    act_on: t.Callable[[Have, list[str]], Have] = globals()["zfs_" + verb]
    return act_on(have, words)


def split(full: str) -> tuple[str, str]:
    """The place in its tree, and what stands behind the mark."""
    dataset, _at, short = full.replace("#", "@").partition("@")
    return dataset[len(SOURCE) if dataset.startswith(SOURCE) else len(TARGET) :], short


def receive_stream(have: Have, send: list[str], receive: list[str]) -> Have:
    inside, _none = split(receive[-1])
    node = have.target.get(inside)
    if send[0] == "-t":
        assert node is not None
        assert node.token == send[1]
        arriving = [mark for mark in have.source[inside].snapshots if mark.name == have.partials[inside].snapshot]
    else:
        assert split(send[-1])[0] == inside
        arriving = list_stream(have.source[inside], send)
        assert node is None or not node.token, "a partial receive is in the way"
        if "-i" in send or "-I" in send:
            assert node is not None
            check_base(have.source[inside], node, send)
        else:
            assert node is None, "destination exists"
            node = Node(have.source[inside].kind)
    if inside:
        assert inside.rpartition("/")[0] in have.target
    assert node is not None
    given = dict(pair.split("=") for pair, option in zip(receive[1:], receive) if option == "-o")
    assert node.kind == "filesystem" or "canmount" not in given
    props = {**node.properties, **{key: Prop(value) for key, value in given.items()}}
    top = max((mark.made for mark in node.snapshots), default=0)
    copies = [dataclasses.replace(mark, made=top + number, busy=False) for number, mark in enumerate(arriving, 1)]
    after = dataclasses.replace(node, snapshots=(*node.snapshots, *copies), token="", written=0, properties=props)
    return have.with_target(inside, after)


def list_stream(source: Node, send: list[str]) -> list[Mark]:
    _inside, last = split(send[-1])
    end = next(mark for mark in source.snapshots if mark.name == last)
    if "-I" not in send:
        return [end]
    base = send[send.index("-I") + 1]
    assert base[0] == "@", "from a bookmark there is no -I"
    begin = next(mark for mark in source.snapshots if mark.name == base[1:])
    return [mark for mark in source.snapshots if begin.made < mark.made <= end.made]


def check_base(source: Node, target: Node, send: list[str]) -> None:
    base = send[send.index("-i" if "-i" in send else "-I") + 1]
    marks = source.snapshots if base[0] == "@" else source.bookmarks
    (begin,) = [mark for mark in marks if mark.name == base[1:]]
    assert target.snapshots[-1].guid == begin.guid, "most recent snapshot does not match incremental source"
    assert not target.written, "destination has been modified since most recent snapshot"


def zfs_snapshot(have: Have, words: list[str]) -> Have:
    name = words[-1].split("@")[1]
    assert "-r" in words
    for inside, node in have.source.items():
        assert node.snapshot(name) is None, "dataset already exists"
        new = Mark(name, f"new {name}", 999, node.written)
        have = have.with_source(inside, dataclasses.replace(node, snapshots=(*node.snapshots, new), written=0))
    return have


def zfs_bookmark(have: Have, words: list[str]) -> Have:
    inside, short = split(words[-1])
    node = have.source[inside]
    assert short not in [mark.name for mark in node.bookmarks]
    (mark,) = [mark for mark in node.snapshots if mark.name == short]
    marks = [*node.bookmarks, dataclasses.replace(mark, is_bookmark=True, busy=False)]
    return have.with_source(
        inside, dataclasses.replace(node, bookmarks=tuple(sorted(marks, key=lambda mark: mark.made)))
    )


def zfs_destroy(have: Have, words: list[str]) -> Have:
    inside, short = split(words[-1])
    if words[0] == "-r":
        assert words[-1].startswith(TARGET)
        for key in [key for key in have.target if key == inside or key.startswith(inside + "/")]:
            assert not any(mark.busy for mark in have.target[key].snapshots)
            have = have.with_target(key, None)
        return have
    gone = short.split(",")
    if "#" in words[-1]:
        node = have.source[inside]
        kept = tuple(mark for mark in node.bookmarks if mark.name not in gone)
        assert len(kept) == len(node.bookmarks) - 1
        return have.with_source(inside, dataclasses.replace(node, bookmarks=kept))
    at_source = words[-1].startswith(SOURCE)
    node = (have.source if at_source else have.target)[inside]
    assert not any(mark.busy for mark in node.snapshots if mark.name in gone)
    after = dataclasses.replace(node, snapshots=tuple(mark for mark in node.snapshots if mark.name not in gone))
    return have.with_source(inside, after) if at_source else have.with_target(inside, after)


def zfs_rollback(have: Have, words: list[str]) -> Have:
    inside, short = split(words[-1])
    node = have.target[inside]
    (back,) = [mark for mark in node.snapshots if mark.name == short]
    newer = [mark for mark in node.snapshots if mark.made > back.made]
    assert not newer or words[0] == "-r"
    kept = tuple(mark for mark in node.snapshots if mark not in newer)
    return have.with_target(inside, dataclasses.replace(node, snapshots=kept, written=0))


def zfs_receive(have: Have, words: list[str]) -> Have:
    assert words[0] == "-A"
    inside, _none = split(words[-1])
    node = have.target[inside]
    assert node.token
    return have.with_target(inside, dataclasses.replace(node, token="") if node.snapshots else None)


def zfs_set(have: Have, words: list[str]) -> Have:
    inside, _none = split(words[-1])
    node = have.target[inside]
    given = {key: Prop(value) for key, value in (word.split("=") for word in words[:-1])}
    assert node.kind == "filesystem" or "canmount" not in given
    return have.with_target(inside, dataclasses.replace(node, properties={**node.properties, **given}))


def declare(have: Have) -> WantReplication:
    """Only where all that is of a series has arrived there is a declaration of what is there."""
    assume(have.source[""].snapshot("done-1") is not None)
    return WantReplication(End(SOURCE), End(TARGET), recursive=True, prefix="done-", bookmarks=False)


def equal_trees() -> st.SearchStrategy[Have]:
    """Trees that declare() describes."""

    def finish(have: Have) -> Have:
        done = Mark("done-1", "done", 100)
        target = {inside: Node(node.kind, (done,)) for inside, node in have.source.items()}
        source = {
            inside: dataclasses.replace(node, snapshots=(*node.snapshots, done)) for inside, node in have.source.items()
        }
        return dataclasses.replace(have, source=source, target=target, partials={})

    return trees().map(finish)


def fields(have: Have) -> dict[str, t.Any]:
    return {
        "source": {inside: [mark.name for mark in node.snapshots] for inside, node in have.source.items()},
        "bookmarks": {inside: [mark.name for mark in node.bookmarks] for inside, node in have.source.items()},
    }


def destroys(action: model.Action) -> bool:
    argv = action.args[-1] if isinstance(action, model.Call) else action.argv if isinstance(action, model.Run) else ()
    return words_of(argv)[0] in ("destroy", "rollback")


BACKEND = Backend(
    resource=REPLICATION,
    haves=st.one_of(trees(), equal_trees()),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=destroys,
)
