# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""jail(8). It starts no processes: of exec.* only that a jail with exec.start lasts."""

from __future__ import annotations

import contextlib
import dataclasses
import getopt
import re
import typing as t

from . import ifconfig, jailconf, kernel, mount, netlist, umount
from .world import Fail, World

USAGE = """\
usage: jail [-dhilqv] [-J jid_file] [-u username] [-U username]
            -[cmr] param=value ... [command=command ...]
       jail [-dqv] [-f file] -[cmr] [jail]
       jail [-qv] [-f file] -[rR] ['*' | jail ...]
       jail [-dhilqv] [-J jid_file] [-u username] [-U username]
            [-n jailname] [-s securelevel]
            path hostname ip[,...] command ...
       jail [-f file] -e separator"""
INTERNAL = re.compile(
    r"exec\.\w+|mount(\.devfs|\.fdescfs|\.procfs|\.fstab)?|depend|interface|vnet\.interface|command|stop\.timeout"
    r"|ip_hostname|zfs\.dataset"
)
NEGATED = re.compile(r"^((?:allow\.(?:mount\.)?)?)no(?=\w)")
MOUNTS = {"mount.devfs": "dev", "mount.fdescfs": "dev/fd", "mount.procfs": "proc"}
EPERM = "jail: jail_set: Operation not permitted"
Conf = t.List[t.Tuple[str, jailconf.Params]]


@dataclasses.dataclass
class Call:
    """What the command line says."""

    world: World
    verbs: str
    path: str
    quiet: bool
    number: bool
    operands: list[str]

    def conf(self) -> Conf:
        return jailconf.read(self.world, self.path)


def main(world: World, words: list[str]) -> int:
    try:
        options, operands = getopt.getopt(words, "cdf:hilmqrRvJ:u:U:n:s:e:")
    except getopt.GetoptError:
        raise Fail(USAGE) from None
    flags = dict(options)
    verbs = "".join(name[1] for name in flags if name[1] in "cmrR")
    call = Call(world, verbs, flags.get("-f", "/etc/jail.conf"), "-q" in flags, "-i" in flags, operands)
    if "-e" in flags:
        return print_conf(call, flags["-e"])
    if not verbs or (not operands and "c" not in verbs):
        raise Fail(USAGE)
    if verbs in ("r", "R"):
        return max([remove(call, name) for name in operands])
    if set(verbs) == {"r", "c"}:
        call.verbs = "r"
        code = max([remove(call, name) for name in operands if kernel.find(world, name)], default=0)
        call.verbs = "c"
        return max([code, *(set_from_conf(call, name) for name in operands)])
    if operands and any("=" in word for word in operands):
        return set_params(call)
    return max([set_from_conf(call, name) for name in operands])


def print_conf(call: Call, separator: str) -> int:
    if call.operands:
        raise Fail(USAGE)
    for name, params in call.conf():
        shown = [f"name={quoted(name)}"]
        for key, values in params.items():
            shown.append(key if not values else f"{key}={','.join(quoted(value) for value in values)}")
        print(separator.join(shown))
    return 0


def quoted(value: str) -> str:
    return f'"{value}"' if not value or re.search(r"\s", value) else value


def positive(name: str, values: list[str]) -> tuple[str, list[str]]:
    """``allow.nochflags`` as ``allow.chflags`` with its value."""
    base = NEGATED.sub(r"\1", name)
    if base == name or not isinstance(kernel.DEFAULTS.get(base), bool):
        return name, values
    off = not values or values[-1].lower() not in ("false", "0")
    return base, ["false" if off else "true"]


def convert(params: t.Mapping[str, list[str]], said: str) -> dict[str, t.Any]:
    found = {}
    for name, values in params.items():
        if not INTERNAL.fullmatch(NEGATED.sub(r"\1", name).replace("mount.no", "mount.")):
            key, texts = positive(name, values)
            found[key] = kernel.convert(key, texts, said)
    return found


def read_params(words: list[str]) -> dict[str, list[str]]:
    params: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if name == "name" and "name" in params:
            raise Fail('jail: cannot redefine parameter "name".')
        params.setdefault(name, []).extend([value] if equals else [])
    return params


def set_params(call: Call) -> int:
    params = read_params(call.operands)
    target = params.pop("jid", params.get("name", [""]))[-1] if "m" in call.verbs else ""
    check_number(params, target)
    values = convert(params, "jail: ")
    wanted = target or values.get("jid", "") or values.get("name", "")
    jail = kernel.find(call.world, wanted)
    if jail is None and "c" in call.verbs:
        jail = kernel.find(call.world, values.get("name", ""))
    if call.world.user != "root":
        raise Fail(EPERM)
    if "c" in call.verbs and jail is not None:
        raise Fail(f'jail: "{jail["jid"]}" already exists')
    if "c" in call.verbs:
        if not values.get("persist") and "command" not in params:
            raise Fail("jail: new jail must persist or attach")
        jail = kernel.create(call.world, values, "jail: ")
        if call.number:
            print(jail["jid"])
        return 0
    if jail is None:
        raise Fail(f'jail: "{target}" not found')
    kernel.modify(call.world, jail, values, "jail: ")
    return 0


def check_number(params: t.Mapping[str, list[str]], target: str) -> None:
    if "name" not in params and not re.fullmatch(r"-?\d*", target):
        raise Fail(f'jail: jid: non-integer value "{target}"')


def set_from_conf(call: Call, name: str) -> int:
    conf = call.conf()
    params = next((params for jail, params in conf if jail == name), None)
    if params is None:
        raise Fail(f'jail: "{name}" not found')
    jail = kernel.find(call.world, name)
    if jail is not None and "m" in call.verbs:
        kernel.modify(call.world, jail, convert(params, f"jail: {name}: "), f"jail: {name}: ")
        print(f"{name}: updated")
        return 0
    if jail is not None:
        raise Fail(f'jail: "{name}" already exists')
    if "c" not in call.verbs:
        raise Fail(f'jail: "{name}" not found')
    for other in params.get("depend", []):
        if kernel.find(call.world, other) is None:
            if all(jail_name != other for jail_name, _params in conf):
                raise Fail(f'jail: {name}: depends on undefined jail "{other}"')
            set_from_conf(call, other)
    start(call, name, params)
    return 0


def start(call: Call, name: str, params: jailconf.Params) -> None:
    said = f"jail: {name}: "
    values = {"name": name, **convert(params, said)}
    if not values.get("persist") and not any(any(params.get(key, [])) for key in ("exec.start", "command")):
        raise Fail(f"{said}new jail must persist or attach")
    prepare(call, name, params, said)
    jail = kernel.create(call.world, values, said)
    for key, place in MOUNTS.items():
        if is_on(params, key):
            point = f"{jail['path'].rstrip('/')}/{place}"
            call.world.data["mounts"].append([key[6:], point, key[6:], "rw"])
    give_addresses(call.world, params)
    print(f"{name}: created")
    for interface in params.get("vnet.interface", []):
        ifconfig.main(call.world, [interface, "vnet", name])
    for line in params.get("exec.created", []):
        run_line(call, name, line)
    for line in params.get("exec.start", []):
        if line.startswith("ifconfig "):  # the one program that a twin's jail has
            ifconfig.main(call.world, ["-j", name, *line.split()[1:]])


def prepare(call: Call, name: str, params: jailconf.Params, said: str) -> None:
    """What jail(8) does before it makes a jail; a failure of it is the end."""
    call.world.data.setdefault("mounts", [])
    for text in params.get("mount", []):
        src, point, kind, *opts = text.split()
        check_point(call, f"{said}mount", point)
        if mount.put(call.world, kind, (opts or [""])[0], src, point):
            raise Fail(f"{said}{text}: failed")
    for key, place in MOUNTS.items():
        if is_on(params, key) and not (key == "mount.fdescfs" and is_on(params, "mount.devfs")):
            check_point(call, f"{said}{key}", f"{params.get('path', ['/'])[-1].rstrip('/')}/{place}")
    for line in params.get("exec.prestart", []):
        run_line(call, name, line)


def check_point(call: Call, said: str, point: str) -> None:
    if not mount.there(call.world, mount.seen_through(call.world, point)):
        raise Fail(f"{said}: {point}: No such file or directory")


def give_addresses(world: World, params: jailconf.Params) -> None:
    for key, family, whole in (("ip4.addr", "inet", "/32"), ("ip6.addr", "inet6", "/128")):
        for text in params.get(key, []):
            interface = text.rpartition("|")[0] or params.get("interface", [""])[-1]
            address = text.rpartition("|")[2]
            if interface:
                plain = address if "/" in address else address + whole
                ifconfig.main(world, [interface, family, plain, "alias"])


def run_line(call: Call, name: str, line: str) -> None:
    """A command on the host; jail(8) hands it to a shell only when there is something for one in it."""
    words = line.split()
    if re.search(r"[!\"$&'()*;<>?\[\\\]`{|}~]", line):
        failed = call.world.outside(line)
    else:
        tools = {"ifconfig": ifconfig.main}
        failed = tools[words[0]](call.world, words[1:]) if words[0] in tools else 0
    if failed:
        raise Fail(f"jail: {name}: {'/bin/sh -c ' if ';' in line else ''}{line}: failed")


def remove(call: Call, name: str) -> int:
    jail = kernel.find(call.world, name)
    conf: Conf = []
    with contextlib.suppress(Fail):
        conf = call.conf()
    if jail is None:
        if not call.quiet:
            call.world.complain(f'jail: "{name}" not found')
        return 1
    mine = [params for other, params in conf if name == other and call.verbs == "r"]
    for params in mine:
        for line in params.get("exec.prestop", []):
            run_line(call, name, line)
    kernel.jails_of(call.world).remove(kernel.find(call.world, name) or jail)
    netlist.end_of_jail(call.world, jail["jid"])
    if call.verbs == "R":
        return 0
    for other, params in conf:
        if name in params.get("depend", []) and kernel.find(call.world, other):
            remove(call, other)
    print(f"{name}: removed")
    return max([clean_up(call, jail, params) for params in mine], default=0)


def clean_up(call: Call, jail: kernel.Jail, params: jailconf.Params) -> int:
    """By the file, which may have another path by now: then the old mount stays, and what is not there is an error."""
    world, failed = call.world, 0
    for line in params.get("exec.poststop", []):
        run_line(call, jail["name"], line)
    path = params.get("path", ["/"])[-1].rstrip("/")
    points = [f"{path}/{place}" for key, place in MOUNTS.items() if is_on(params, key)]
    points += [text.split()[1] for text in params.get("mount", [])]
    for point in reversed(points):
        try:
            umount.main(world, [point])
        except Fail as error:
            world.complain(error.text)
            failed = 1
    addresses = {*jail["ip4.addr"], *jail["ip6.addr"]}
    for item in netlist.of(world, ""):
        item["addresses"] = [text for text in item["addresses"] if text.split("/")[0] not in addresses]
    return failed


def is_on(params: jailconf.Params, key: str) -> bool:
    return key in params and (params[key] or ["true"])[-1] not in ("false", "0")
