# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws for a guest that moves. ``act`` is two small Dom0s, and refuses what would make two copies of the guest."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import (
    GONE,
    INCOMING,
    MOVES,
    Have,
    Move,
    Peer,
    Runtime,
    Site,
    Target,
    Thing,
    move_file,
    packed_file,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.mark import write_mark
from ansible_collections.hostwright.virt.plugins.module_utils._xen.resource import XEN_DOMU
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils import laws_xen_domu as one_host
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

NAME, CFG, SAVE, LINK = "toto", one_host.CFG, one_host.SAVE, f"{one_host.AUTO}/010-toto.cfg"
PEER, UUID = "root@dom0b", "aaaaaaaa-0000-4000-8000-000000000001"
TEXT = (
    f'name = "toto"\nuuid = "{UUID}"\ntype = "pvh"\nkernel = "/k"\nmemory = 64 # MiB\n'
    "disk = [ 'format=raw,vdev=xvda,access=rw,target=/dev/one' ]\nvif = [ 'bridge=br0.7,script=vif-openvswitch' ]\n"
)
SITE = Site(
    info=(
        ("free_memory", "500"),
        ("hw_caps", "ff:0f"),
        ("virt_caps", "pv hvm hap"),
        ("xen_major", "4"),
        ("xen_minor", "20"),
    ),
    things=(("/dev/one", Thing("block device", 4096, "naa.1")), ("/k", Thing("regular file", 9))),
    bridges=frozenset(("br0", "lo")),
)
SETTINGS = read_settings(parse(TEXT, CFG))


def make_runtime(name: str = NAME, flags: str = "-b----") -> Runtime:
    return Runtime(name, 7, UUID, flags, "boot/7", SETTINGS)


def act(have: Have | None, action: model.Action, _want: WantDomu) -> Have | None:
    assert have is not None
    assert have.target is not None
    if isinstance(action, model.Call):
        after = dataclasses.replace(have, target=act_there(have, have.target, action))
    elif isinstance(action, model.Run):
        after = act_here(have, have.target, action.argv)
    elif action == model.Remove(move_file(NAME)):
        after = dataclasses.replace(have, move=None)
    elif action == model.Remove(packed_file(NAME)):
        after = dataclasses.replace(have, packed=None)
    elif isinstance(action, model.Write) and action.path == move_file(NAME):
        told = json.loads(action.content)
        after = dataclasses.replace(have, move=Move(told["to"], told["node"], tuple(told["links"]), told["ran"]))
    else:
        if isinstance(action, model.Link):
            assert not have.target.links, "both hosts would start it at boot"
        after = one_host.act_files(have, action)
    assert after.target is not None
    awake = after.runtime is not None and not after.runtime.suspended
    assert not (awake and after.target.guest), "two copies run"
    return after


def act_there(have: Have, there: Target, call: model.Call) -> Target:
    assert (call.api, call.args[0]) == ("dom0", there.destination)
    alone = have.runtime is None and have.gone is None and not there.incoming and there.guest is None
    after: dict[str, t.Any] = {}
    if call.method == "place":
        after = {"text": have.text}
    elif call.method == "link":
        assert not have.links, "both hosts would start it at boot"
        after = {"links": (*there.links, call.args[1])}
    elif call.method == "ship":
        assert have.packed is not None
        after = {"save": "ready"}
    elif call.method == "restore":
        assert alone
        assert have.packed is None, "memory that was used would still be here"
        assert there.save == "ready", "memory is used once"
        after = {"save": None, "guest": make_runtime()}
    elif call.method == "create":
        assert alone
        assert (have.packed, there.save) == (None, None)
        assert there.text is not None
        after = {"guest": make_runtime()}
    elif call.method == "drop_incoming":
        assert have.runtime or have.gone, "the only copy"
        after = {"incoming": False}
    elif call.method == "drop_save":
        after = {"save": None}
    else:
        assert call.method == "undefine"
        assert there.guest is None
        after = {"text": None, "links": ()}
    return dataclasses.replace(there, **after)


def act_here(have: Have, there: Target, argv: model.Argv) -> Have:
    run = have.runtime
    after: dict[str, t.Any] = {}
    if argv == ("mv", "--", packed_file(NAME), SAVE):
        after = {"packed": None, "saved": have.packed}
    elif argv[1] == "migrate":
        assert run is not None
        assert run.settings is not None
        assert run.flags == "-b----"
        assert not there.incoming
        assert run.settings.memory == run.settings.max_memory
        after = {"runtime": None, "target": dataclasses.replace(there, guest=run)}
    elif argv == ("xl", "destroy", NAME + GONE):
        after = {"gone": None}
    elif argv == ("xl", "destroy", NAME):
        assert there.guest
        after = {"runtime": None}
    elif argv == ("xl", "rename", NAME + GONE, NAME):
        assert have.gone is not None
        assert have.gone.suspended  # only a name: what may run on is judged at resume
        after = {"gone": None, "runtime": dataclasses.replace(have.gone, name=NAME)}
    elif argv[1] == "resume":
        assert run is not None
        assert run.suspended
        assert (there.incoming, there.guest) == (False, None)
        after = {"runtime": dataclasses.replace(run, flags="-b----")}
    elif argv == ("xl", "save", NAME, packed_file(NAME)):
        assert run is not None
        after = {"runtime": None, "packed": run.settings}
    else:
        assert argv[0] != "install" or argv[-1] in (MOVES, SAVE.rsplit("/", 1)[0])
        return have if argv[0] == "install" else one_host.act_power(have, argv[1], argv[2:])
    return dataclasses.replace(have, **after)


MARKED = write_mark(TEXT, {"host": "dom0b", "tags": ["x"]})


@st.composite
def broken(draw: t.Callable[..., t.Any]) -> Have:
    """Every mixture, also what no run leaves behind: what makes no sense must be refused. One thing is never there
    from the start, the guest awake on both hosts; that is what the steps must not bring about."""
    runs = [None, make_runtime(), make_runtime(flags="---ss-"), make_runtime(flags="--p---")]
    runtime = draw(st.sampled_from(runs))
    if runtime is not None and draw(st.booleans()):
        runtime = dataclasses.replace(runtime, settings=dataclasses.replace(SETTINGS, max_memory=128))
    asleep = runtime is None or runtime.suspended
    target = Target(
        PEER,
        "dom0b",
        guest=draw(st.sampled_from([None, make_runtime()])) if asleep else None,
        incoming=draw(st.sampled_from([False, False, True])),
        text=draw(st.sampled_from([None, None, MARKED, "name = 'toto' # other\n"])),
        links=draw(st.sampled_from([(), (LINK,)])),
        save=draw(st.sampled_from([None, None, "ready", "used", "part"])),
        site=SITE,
    )
    return make_have(
        target,
        text=draw(st.sampled_from([None, TEXT, MARKED])),
        runtime=runtime,
        links=draw(st.sampled_from([(), (LINK,)])) if target.links == () else (),
        move=draw(st.sampled_from([None, Move(PEER, "dom0b", (), False), Move(PEER, "dom0b", (LINK,), True)])),
        gone=draw(st.sampled_from([None, None, make_runtime(NAME + GONE, "---ss-")])),
        packed=draw(st.sampled_from([None, None, SETTINGS])),
        saved=draw(st.sampled_from([None, None, None, SETTINGS])),
        busy=draw(st.sampled_from([False] * 9 + [True])),
    )


@st.composite
def whole(draw: t.Callable[..., t.Any]) -> Have:
    """On one host, and complete there. The number keeps one example from being like another."""
    number = f"# {draw(st.integers(0, 10**6))}\n"
    links, runtime = draw(st.sampled_from([(), (LINK,)])), draw(st.sampled_from([None, make_runtime()]))
    if draw(st.booleans()):
        return make_have(Target(PEER, "dom0b", site=SITE), text=TEXT + number, runtime=runtime, links=links)
    return make_have(Target(PEER, "dom0b", guest=runtime, text=MARKED + number, links=links, site=SITE))


def make_have(target: Target, **fields: t.Any) -> Have:
    names = [name for name, there in ((NAME, target.guest), (NAME + INCOMING, target.incoming)) if there]
    peers = (Peer(PEER, node="dom0b", guests=tuple((name, UUID) for name in names)),)
    around = dataclasses.replace(one_host.AROUND, site=SITE, peers=peers)
    return Have(NAME, CFG, SAVE, around=around, target=target, **fields)


def wants() -> st.SearchStrategy[WantDomu]:
    return st.builds(
        WantDomu,
        name=st.just(NAME),
        state=st.sampled_from(["present", "present", "started", "started", "stopped", "paused"]),
        host=st.sampled_from(["dom0b", "dom0b.example.org", "dom0a"]),
        migration=st.sampled_from(["auto", "auto", "live", "cold"]),
        config_file=st.just(CFG),
        save_file=st.just(SAVE),
        peers=st.just((PEER,)),
        force_stop=st.booleans(),
        asked=st.just(one_host.ASKED),
    )


def declare(have: Have) -> WantDomu:
    """A guest that is whole belongs where it is."""
    assert have.target is not None
    here = make_have(Target(PEER, "dom0b", site=SITE), text=have.text, runtime=have.runtime, links=have.links)
    away = make_have(dataclasses.replace(have.target, incoming=False, save=None))
    assume(have in (here, away) and ((have.text or "").startswith(TEXT) or (have.target.text or "").startswith(MARKED)))
    host, way = (None, None) if have == here else ("dom0b", "auto")
    return WantDomu(
        NAME, host=host, migration=way, config_file=CFG, save_file=SAVE, peers=(PEER,), asked=one_host.ASKED
    )


def fields(have: Have | None) -> dict[str, t.Any]:
    """What the guest is, wherever its file is."""
    if have is None or have.target is None:
        return {}
    text = have.text if have.text is not None else have.target.text
    return {"definition": text and re.sub("(?m)^# hostwright: .*\n", "", text)}


BACKEND = Backend(
    resource=XEN_DOMU,
    haves=st.sampled_from((True, True, False)).flatmap(lambda complete: whole() if complete else broken()),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda _action: False,  # what ends a frozen copy is judged in act, by what runs elsewhere
)
