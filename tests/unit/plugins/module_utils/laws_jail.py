# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on jails: the simulator is files, a kernel with a few parameters, and rc.conf's list."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import split_plan
from ansible_collections.hostwright.virt.plugins.module_utils._jail.around import Around
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import effective, load
from ansible_collections.hostwright.virt.plugins.module_utils._jail.links import Link, Links
from ansible_collections.hostwright.virt.plugins.module_utils._jail.mounts import Mounted, parse_mounts
from ansible_collections.hostwright.virt.plugins.module_utils._jail.networks import parse_networks
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import Jail, Running
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import parse_known
from ansible_collections.hostwright.virt.plugins.module_utils._jail.ready import Ready
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
EMPTY: dict[str, t.Any] = dict.fromkeys(("bridge", "parent", "interface", "vlan", "mac", "mtu", "gateway", "gateway6"))
NETWORKS: t.Sequence[t.Any] = [
    [],
    [{"bridge": "bridge0", "ipv4": ["10.0.0.2/24"], "gateway": "10.0.0.1"}],
    [
        {"bridge": "bridge1", "vlan": 20, "mtu": 9000, "ipv4": ["10.0.0.3/24"]},
        {"interface": "em1", "ipv6": ["fd00::2/64"]},
    ],
    [{"bridge": "bridge0", "mac": "02:00:00:00:00:07"}, {"parent": "em0", "vlan": 5, "ipv4": []}],
]
MOUNTS: t.Sequence[t.Any] = [
    [],
    [{"src": "/data", "path": "/mnt", "fstype": "nullfs", "opts": ["ro"]}],
    [{"src": "/data", "path": "/mnt", "fstype": "nullfs"}, {"path": "/proc", "fstype": "linprocfs"}],
]
HOST = {name: Link(up=True) for name in ("lo0", "em0", "em1", "bridge0", "bridge1")}
AROUND = Around(
    links=Links(HOST, filtering={"bridge1": None}), host_cpus=frozenset({0, 1}), kinds={"/dev": "directory"}
)
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
    have = Jail(NAME, KNOWN, texts, around=AROUND, boot=draw(st.booleans()), boot_list=listed)
    if MINE in texts and draw(st.booleans()):
        have = start(have)
        if draw(st.booleans()):
            have = change(have, {"children.max": ("3",)})
    if MINE in texts and draw(st.booleans()):  # one that was stopped before, which something holds
        have = dataclasses.replace(have, dying=(7,))
    if draw(st.booleans()):  # what an earlier task made of it
        have = apply_once(have, draw(wants()))
    return have


def apply_once(have: Jail, want: WantJail) -> Jail:
    try:
        due, _pending = split_plan(JAIL.plan(have, want), want)
    except model.Problem:
        return have
    for step in due:
        have = act(have, step.action, want)
    return have


@st.composite
def wants(draw: st.DrawFn) -> WantJail:
    names = draw(st.sets(st.sampled_from(sorted(PARAMS)), max_size=4)) | {"path"}
    state = draw(st.sampled_from(["present", "present", "started", "restarted", "stopped", "absent"]))
    params = {name: draw(st.sampled_from(PARAMS[name])) for name in sorted(names)}
    unset = draw(st.sampled_from([None, None, "children.max", "allow.chflags"]))
    if unset:
        params[unset] = None
    if state in ("started", "restarted"):
        params.setdefault("persist", True)
    parts: dict[str, t.Any] = {}
    if state != "absent":
        nets, points = draw(st.sampled_from([None, *NETWORKS])), draw(st.sampled_from([None, *MOUNTS]))
        parts["networks"] = parse_networks(NAME, [{**EMPTY, **net} for net in nets]) if nets is not None else None
        parts["mounts"] = parse_mounts(NAME, points) if points is not None else None
        parts["cpuset"] = draw(st.sampled_from([None, "0", "0-1", "all"]))
        parts["wait_for"] = draw(st.sampled_from([None, None, Ready(port=80)]))
        if nets:
            params.pop("ip4.addr", None)
    return WantJail(
        NAME,
        state,
        params if state != "absent" else {},
        **parts,
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
    table = dict(have.table)
    for line in said.get("mount", ()):
        src, point, kind, opts = line.split()[:4]
        assert point not in table, "mounted twice"
        table[point] = Mounted(src, kind, frozenset(opts.split(",")))
    if said.get("mount.devfs", ("false",)) in ((), ("true",)):
        table[f"{plain['path'][0]}/dev"] = Mounted("devfs", "devfs", frozenset({"rw"}))
    around = dataclasses.replace(have.around, cpus=have.around.host_cpus, ready=False)
    have = with_table(dataclasses.replace(have, running=Running(7, plain), around=around, fresh=True), table)
    for line in (*said.get("exec.prestart", ()), *said.get("exec.created", ())):
        have = shell(have, line) if line.startswith(("ifconfig", "cpuset")) else have
    return have


def with_table(have: Jail, table: t.Mapping[str, Mounted]) -> Jail:
    return dataclasses.replace(have, table=table, mounted=frozenset(table))


def shell(have: Jail, line: str) -> Jail:
    """Our lines of jail.conf, command by command; none of them fails here."""
    text = line.partition(" || ")[0].split("; #")[0].replace("2>/dev/null", "").replace(">/dev/null", "")
    made = re.search(r"e=\$\(ifconfig (epair|vlan) create.*?\) && ", text)
    if made:
        text = text.replace(made.group(), "")
        names = ("epair0a", "epair0b") if made.group(1) == "epair" else ("vlan0",)
        first, _semicolon, text = text.partition("; ")
        have = run(have, tuple(first.split()))
        have = with_host(have, {**have.around.links.host, **dict.fromkeys(names, Link())})
        text = text.replace("${e%a}b", "epair0b").replace("$e", names[0])
    for command in text.split(" && "):
        have = run(have, tuple(command.split()))
    return have


def with_host(have: Jail, host: dict[str, Link], inside: dict[str, Link] | None = None, **more: t.Any) -> Jail:
    links = have.around.links
    new = dataclasses.replace(links, host=host, inside=links.inside if inside is None else inside, **more)
    return dataclasses.replace(have, around=dataclasses.replace(have.around, links=new))


def cpuset(have: Jail, words: model.Argv) -> Jail:
    first, _dash, last = words[2].replace(",", "-").partition("-")
    cpus = frozenset(range(int(first), int(last or first) + 1))
    return dataclasses.replace(have, around=dataclasses.replace(have.around, cpus=cpus))


def route(have: Jail, words: model.Argv) -> Jail:
    links = have.around.links
    family = "inet6" if "-inet6" in words else "inet"
    return with_host(have, dict(links.host), routes={**links.routes, family: words[-1]})


def address(here: t.Mapping[str, Link], device: str, text: str, verb: str) -> dict[str, Link]:
    """Of interfaces in the jail; those of shared addresses are not followed."""
    if device == "lo0":
        return {}
    there = here[device].addresses
    gone = {known for known in there if verb == "-alias" and known.split("/")[0] == text}
    assert verb == "alias" or gone
    new = {text} if verb == "alias" else set()
    return {device: dataclasses.replace(here[device], addresses=(there | new) - gone)}


def ifconfig(have: Jail, words: model.Argv) -> Jail:
    """The few verbs that the module uses, on the host or in the jail."""
    host, inside = dict(have.around.links.host), dict(have.around.links.inside)
    here, device, (verb, *rest) = (inside, words[3], words[4:]) if words[1] == "-j" else (host, words[1], words[2:])
    if verb == "destroy":
        peers = {device, re.sub(r"^(e\d+)a_", r"\1b_", device)}
        return with_host(
            have,
            {n: v for n, v in host.items() if n not in peers},
            {n: v for n, v in inside.items() if n not in peers},
        )
    if verb == "vnet":
        inside[device] = dataclasses.replace(host.pop(device), addresses=frozenset())
    elif verb == "-vnet":
        if device in inside:
            host[device] = dataclasses.replace(inside.pop(device), addresses=frozenset())
    elif verb == "name":
        assert rest[0] not in host
        host[rest[0]] = host.pop(device)
    elif verb in ("addm", "deletem"):
        assert bool(host[rest[0]].bridge) == (verb == "deletem")
        vlan = int(rest[2]) if len(rest) > 1 else None
        host[rest[0]] = dataclasses.replace(host[rest[0]], bridge=device if verb == "addm" else "", vlan=vlan)
    elif verb in ("inet", "inet6"):
        here.update(address(here, device, *rest[:2]))
    else:
        value = {"ether": ("mac", str), "description": ("note", str), "mtu": ("mtu", int), "up": ("up", bool)}[verb]
        here[device] = dataclasses.replace(here[device], **{value[0]: value[1](rest[0] if rest else True)})
    return with_host(have, host, inside)


def jls(have: Jail, _words: model.Argv) -> Jail:
    assert have.running is not None
    return have


def change(have: Jail, values: dict[str, tuple[str, ...]]) -> Jail:
    assert have.running is not None
    return dataclasses.replace(have, running=Running(7, {**have.running.params, **values}))


def act(have: Jail | None, action: model.Action, _want: WantJail) -> Jail:
    assert have is not None
    if isinstance(action, model.Write):
        return dataclasses.replace(have, files={**have.files, action.path: action.content})
    if isinstance(action, model.Remove):
        return dataclasses.replace(have, files={k: v for k, v in have.files.items() if k != action.path})
    if isinstance(action, model.Call):
        return call(have, action.method, action.args)
    assert isinstance(action, model.Run)
    return run(have, action.argv)


def call(have: Jail, method: str, args: tuple[t.Any, ...]) -> Jail:
    host = dict(have.around.links.host)
    if method in ("make_epair", "make_vlan"):
        assert not {*args[-1:]} & {*host, *have.around.links.inside}
        return with_host(have, {**host, **dict.fromkeys(args if method == "make_epair" else args[2:], Link())})
    if method == "set_boot":
        assert args[0] == have.boot_list
        return dataclasses.replace(have, boot_list=args[1], boot=bool(args[1]))
    if method == "make_folder":
        around = dataclasses.replace(have.around, kinds={**(have.around.kinds or {}), args[1]: "directory"})
        return dataclasses.replace(have, around=around)
    if method == "mount":
        root, path, kind, src, opts = args
        assert root + path not in have.table
        return with_table(have, {**have.table, root + path: Mounted(src, kind, frozenset(opts.split(",")))})
    if method == "restart":
        assert args[0] == have.rc_file
        have = stop(have)
        for words in args[3]:
            have = run(have, words)
        return start(have)
    if method == "await_ready":
        assert have.running is not None
        return dataclasses.replace(have, around=dataclasses.replace(have.around, ready=True))
    assert method == "await_gone"
    assert have.running is None
    return dataclasses.replace(have, dying=())


def run(have: Jail, words: model.Argv) -> Jail:
    tools = {"ifconfig": ifconfig, "route": route, "cpuset": cpuset, "jls": jls}
    if words[0] in tools:
        return tools[words[0]](have, words)
    if words[0] == "umount":
        return with_table(have, {point: row for point, row in have.table.items() if point != words[1]})
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
    assert words[3] == "-r"
    return stop(have)


def stop(have: Jail) -> Jail:
    """By the file as it is now: another path in it, or no mount.devfs, leaves the old mount; interfaces come back."""
    said = effective(load(have.rc_file, have.files.get, have.entries), NAME) or {}
    gone = {line.split()[1] for line in said.get("mount", ())}
    gone |= {f"{said.get('path', ('/',))[0]}/dev"} if said.get("mount.devfs") in ((), ("true",)) else set()
    links = have.around.links
    back = {name: dataclasses.replace(link, addresses=frozenset()) for name, link in links.inside.items()}
    have = with_host(dataclasses.replace(have, running=None), {**links.host, **back}, {}, routes={})
    for line in said.get("exec.poststop", ()):
        have = run(have, tuple(line.split(";")[0].split()))
    return with_table(have, {point: row for point, row in have.table.items() if point not in gone})


def declare(have: Jail) -> WantJail:
    if have.source is None:
        return WantJail(NAME, "absent", autostart=False) if NAME not in have.boot_list else WantJail(NAME, "absent")
    state = "started" if have.running else "present" if have.dying else "stopped"
    same = have.running is None or have.running.params["children.max"] == (have.declared or {}).get(
        "children.max", ("0",)
    )
    path = (have.declared or {}).get("path", ("",))
    params: dict[str, t.Any] = {
        **({"path": path[0]} if have.running is None or have.running.params["path"] == path else {}),
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
        "real interfaces": {*HOST} <= {*have.around.links.host, *have.around.links.inside},
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
