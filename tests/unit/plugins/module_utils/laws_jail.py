# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on jails: the simulator is files, a kernel with a few parameters, and rc.conf's list."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import effective, load
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import Jail, Running
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import parse_known
from ansible_collections.hostwright.virt.plugins.module_utils._jail.resource import JAIL
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import WantJail
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "freebsd"
KNOWN = parse_known(
    (CAPTURES / "jail-param-types.txt").read_text(encoding="utf-8"),
    (CAPTURES / "jail-param-fixed.txt").read_text(encoding="utf-8"),
)
NAME, MINE, MAIN = "web1", "/etc/jail.conf.d/web1.conf", "/etc/jail.conf"
# Some parameters of each kind, with values as jail.conf has them and as the kernel says them.
PARAMS: t.Mapping[str, t.Sequence[t.Any]] = {
    "path": ["/jails/a", "/jails/b"],
    "host.hostname": ["web", "web 'x' $y", ""],
    "children.max": [0, 4],
    "allow.chflags": [True, False],
    "ip4.addr": [["10.0.0.1"], ["lo0|10.0.0.2/24", "10.0.0.1"], []],
    "exec.start": [["/bin/sh /etc/rc"], ["true", 'say "hi"; # no comment']],
    "mount.devfs": [True, False],
    "persist": [True],
}
COMMENTS = ["# mine\n", "", "other { path = /x; persist; }\n"]


@st.composite
def files(draw: st.DrawFn) -> dict[str, str]:
    found = {}
    main = draw(st.sampled_from(["", "exec.clean; allow.chflags;\n", "db1 { path = /db; }\n* { exec.clean; }\n"]))
    if main or draw(st.booleans()):
        found[MAIN] = main
    if draw(st.booleans()):
        lines = ["\tpath = /jails/a;", "\tpersist;"]
        lines += draw(
            st.lists(st.sampled_from(["\tchildren.max = 4;", "\t$x = y;", "\thost.hostname = w$x;"]), max_size=1)
        )
        lines += draw(
            st.lists(st.sampled_from(["\tallow.nochflags;", "\tip4.addr += 10.0.0.1;", "\tmount.devfs;"]), max_size=2)
        )
        body = [line for line in lines if "w$x" not in line or "\t$x = y;" in lines]
        found[MINE] = (
            draw(st.sampled_from(COMMENTS))
            + NAME
            + " {\n"
            + "\n".join(body)
            + "\n}\n"
            + draw(st.sampled_from(COMMENTS))
        )
    return found


@st.composite
def haves(draw: st.DrawFn) -> Jail:
    texts = draw(files())
    listed = draw(st.sampled_from([(), ("db1",), (NAME,), ("db1", NAME)]))
    have = Jail(NAME, KNOWN, texts, boot=draw(st.booleans()), boot_list=listed)
    if MINE in texts and draw(st.booleans()):
        have = start(have)
        if draw(st.booleans()):
            have = change(have, {"children.max": ("3",)})
    return have


@st.composite
def wants(draw: st.DrawFn) -> WantJail:
    names = draw(st.sets(st.sampled_from(sorted(PARAMS)), max_size=4)) | {"path"}
    state = draw(st.sampled_from(["present", "present", "started", "stopped", "absent"]))
    params = {name: draw(st.sampled_from(PARAMS[name])) for name in sorted(names)}
    unset = draw(st.sampled_from([None, None, "children.max", "allow.chflags"]))
    if unset:
        params[unset] = None
    if state == "started":
        params.setdefault("persist", True)
    return WantJail(
        NAME,
        state,
        params if state != "absent" else {},
        purge=draw(st.booleans()) and state != "absent",
        autostart=draw(st.sampled_from([None, True, False])) if state != "absent" else False,
        restart_policy=draw(st.sampled_from(["never", "if_needed", "always"])),
    )


def start(have: Jail) -> Jail:
    """What jail(8) makes of the files, written from its manual and not from ``started``."""
    said = effective(load(have.rc_file, have.files.get, have.entries), NAME)
    assert said is not None, f"jail: {NAME} not found in {have.rc_file}"
    plain: dict[str, tuple[str, ...]] = {
        "path": ("/",),
        "host.hostname": ("",),
        "children.max": ("0",),
        "allow.chflags": ("false",),
        "ip4.addr": (),
        "ip4": ("disable",),
        "persist": ("false",),
        "vnet": ("inherit",),
    }
    for name in plain:
        values = said.get(name)
        if values is not None:
            plain[name] = (
                tuple(v.split("|")[-1].split("/")[0] for v in values) if name == "ip4.addr" else values or ("true",)
            )
    path = plain["path"][0]
    devfs = said.get("mount.devfs", ("false",)) in ((), ("true",))
    return dataclasses.replace(
        have, running=Running(7, plain), mounted=have.mounted | frozenset({f"{path}/dev"} if devfs else ())
    )


def change(have: Jail, values: dict[str, tuple[str, ...]]) -> Jail:
    assert have.running is not None
    return dataclasses.replace(have, running=Running(7, {**have.running.params, **values}))


def act(have: Jail | None, action: model.Action, _want: WantJail) -> Jail:
    assert have is not None
    if isinstance(action, model.Write):
        return dataclasses.replace(have, files={**have.files, action.path: action.content})
    if isinstance(action, model.Remove):
        return dataclasses.replace(have, files={k: v for k, v in have.files.items() if k != action.path})
    assert isinstance(action, model.Run)
    return run(have, action.argv)


def run(have: Jail, words: model.Argv) -> Jail:
    if words[0] == "sysrc":
        name, _equals, value = words[1].partition("=")
        if name == "jail_list":
            return dataclasses.replace(have, boot_list=tuple(value.split()))
        return dataclasses.replace(have, boot=value == "YES")
    if words[0] == "ifconfig":
        return have
    if words[0] == "umount":
        return dataclasses.replace(have, mounted=have.mounted - {words[1]})
    if words[:2] == ("jail", "-m"):
        said = dict(word.split("=", 1) for word in words[3:])
        return change(
            have,
            {
                n: tuple(v.split(",")) if n == "ip4.addr" and v else (() if n == "ip4.addr" else (v,))
                for n, v in said.items()
            },
        )
    assert words[:2] == ("jail", "-f")
    assert words[2] == have.rc_file
    if words[3] == "-c":
        assert have.running is None, "jail: already exists"
        return start(have)
    stopped = stop(have)
    return start(stopped) if words[3] == "-rc" else stopped


def stop(have: Jail) -> Jail:
    """By the file as it is now: another path in it, or no mount.devfs, leaves the old mount."""
    said = effective(load(have.rc_file, have.files.get, have.entries), NAME) or {}
    point = f"{said.get('path', ('/',))[0]}/dev" if said.get("mount.devfs") in ((), ("true",)) else ""
    return dataclasses.replace(have, running=None, mounted=have.mounted - {point})


def declare(have: Jail) -> WantJail:
    if have.source is None:
        return WantJail(NAME, "absent", autostart=False) if NAME not in have.boot_list else WantJail(NAME, "absent")
    state = "started" if have.running else "stopped"
    same = have.running is None or have.running.params["children.max"] == (have.declared or {}).get(
        "children.max", ("0",)
    )
    params = {
        "path": "/jails/a",
        **({"children.max": int((have.declared or {}).get("children.max", ("0",))[0])} if same else {}),
    }
    if "children.max" not in (have.declared or {}):
        params.pop("children.max", None)
    return WantJail(NAME, state, params, autostart=have.starts_at_boot)


def fields(have: Jail) -> dict[str, t.Any]:
    mine = have.files.get(MINE, "")
    return {
        "other files": {path: text for path, text in have.files.items() if path != MINE},
        "comment": "# mine" in mine,
        "other jail": "other {" in mine,
    }


BACKEND = Backend(
    resource=JAIL,
    haves=haves().filter(lambda have: have.source is not None or NAME not in have.boot_list),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda action: False,
)
