# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The twins answer as the real FreeBSD did: each capture is replayed, command by command, against them.

A command of a capture that is not replayed is listed with its reason, so that none is left out by accident.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import re
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.tests.twins.freebsd import __main__ as twins
from ansible_collections.hostwright.virt.tests.twins.freebsd.world import World, open_world

HERE = Path(__file__).resolve().parent
CAPTURES = HERE / "captures" / "freebsd"
INSTALL = HERE.parent / "twins" / "install"


@dataclasses.dataclass(frozen=True)
class Command:
    """One command of a capture and what it said."""

    number: int
    line: str
    out: str
    err: str
    rc: int


@dataclasses.dataclass(frozen=True)
class Replay:
    """A capture, the state that it began with, and what of it is not compared.

    ``before``: files that a person wrote before a command; ``silent``: what a person ran before a command, and did not
    record. ``apart``: patterns of commands, with the reason. ``instead``: what brings the twin to the same state as a
    command that is not compared. ``numbers``: commands whose numbers are measurements; ``masked``: texts that are.
    ``least``: how many commands must have been compared, for a capture that is short.
    """

    capture: str
    data: t.Mapping[str, t.Any]
    before: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)
    instead: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    masked: str = "(?!)"
    silent: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    apart: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    numbers: str = "(?!)"
    least: int = 30


def read_capture(name: str) -> list[Command]:
    commands = []
    text = (CAPTURES / name).read_text(encoding="utf-8")
    for number, block in enumerate(re.split(r"^\$ ", text, flags=re.MULTILINE)[1:], 1):
        line, _newline, rest = block.partition("\n")
        said, ended, code = rest.partition("\n[rc=") if not rest.startswith("[rc=") else ("", "x", rest[4:])
        assert ended, line
        lines = said.split("\n") if said else []
        errors = [text[8:] for text in lines if text.startswith("stderr| ")]
        out = [text for text in lines if not text.startswith("stderr|")]
        commands.append(
            Command(number, line, "\n".join(out), "\n".join(errors), int(code.split("]")[0].replace("TIMEOUT", "-1")))
        )
    return commands


JAIL_CONF = """\
exec.clean; exec.start = "/usr/bin/true"; exec.stop = "/usr/bin/true"; mount.devfs; path = /jails/base;
host.hostname = "$name.example.org";
web1 {
    ip4.addr = "lo0|127.0.1.1/32", "lo0|127.0.1.2/32"; allow.raw_sockets; persist; children.max = 4;
    devfs_ruleset = 4; meta = "owner=ops tier=web"; env = "ROLE=web";
}
db1 {
    exec.start = ""; exec.stop = ""; ip4 = inherit; ip6 = disable; allow.sysvipc; sysvshm = new; sysvsem = new;
    sysvmsg = new; securelevel = 2; enforce_statfs = 1; persist; depend = web1;
}
vn1 {
    exec.start = "ifconfig epair77b inet 10.77.0.2/24 up"; exec.stop = ""; vnet; vnet.interface = epair77b;
    exec.prestart = "ifconfig epair77 create up"; exec.poststop = "ifconfig epair77a destroy"; persist;
}
"""
PF_CONF = """\
set skip on lo
nat-anchor "jail/*"
rdr-anchor "jail/*"
anchor "jail/*"
pass all
"""
KLD = ("zfs", "xdr", "vmm", "if_epair", "if_bridge", "bridgestp", "nullfs", "fdescfs", "linprocfs", "linux_common")
START_AGAIN = (
    "daemon -o /tmp/t1.log -p /tmp/t1.pid bhyve -c 1 -m 64M -s 0,hostbridge -s 31,lpc -l com1,stdio "
    "-l bootrom,/vm/idle.rom t1"
)
START_FIRST = (
    "daemon -o /tmp/t1.log -p /tmp/t1.pid bhyve -c 1 -m 64M -H -A -s 0,hostbridge -s 3,virtio-blk,/vm/disk.img "
    "-s 4,virtio-net,tap0,mac=58:9c:fc:0a:0b:0c -s 31,lpc -l com1,stdio -l bootrom,/vm/idle.rom "
    "-U 11111111-2222-3333-4444-555555555555 t1"
)
RC_CONF = """\
hostname="rig.example.org"
sshd_enable="YES"
"""
# What of an interface is that of the machine, and PROMISC, which a member of a bridge gets
TAP_MASK = r"(?<=ether )[0-9a-f:]+|port \d+ (?=priority)|path cost \d+|flags=\w+<[^>]*>"
# What ctld only warns of
CTLD_WARNS = (
    r"(ctld: (/dev/stdin is world-writable|.* not assigned to any target|no LUNs defined for .*|secret for user .*"
    r"|invalid target name .*|invalid character .* in target name .*)\n?)+"
)
REPLAYS = [
    Replay(
        "rctl.txt",
        {"racct_jails": ["db1", "web1"], "usage": {}},
        before={
            "service rctl onestart": {
                "/etc/rctl.conf": "# limits\nuser:nobody:maxproc:deny=10\njail:web1:memoryuse:deny=1G # web\n"
            }
        },
        silent={"rctl -a jail:db1:maxproc:deny=77": "rctl -r ::"},
        apart={
            r"jexec web1 ": "there are no processes in a twin's jail",
            r"jail ": "jails are no concern of this replay: the rules do not follow them",
        },
        numbers=r"rctl -h?u ",
    ),
    Replay(
        "jail-lifecycle.txt",
        {"folders": ["/jails/base"]},
        before={
            "jail -f /etc/jail.conf -e ,": {
                "/etc/jail.conf": JAIL_CONF,
                "/jails/base/README": "",
                "/jails/base/dev/null": "",
            }
        },
        instead={
            "jail -f /etc/jail.conf -v -c db1": ["jail -f /etc/jail.conf -c db1"],
            "jail -c name=adhoc3 path=/ host.hostname=adhoc3 ip4=inherit command=/bin/echo hello": [
                "jail -c name=adhoc3 path=/ persist",
                "jail -R adhoc3",
            ],
            "jexec web1 /usr/sbin/jail -i -c name=inner path=/ persist": [
                "jail -c name=web1.inner path=/jails/base persist"
            ],
            "jail -f /etc/jail.conf -c web1": ["jail -f /etc/jail.conf -c web1"],  # "skipped" for a later jail, once
        },
        apart={
            r"jail .*-v -r": "the steps in words are no concern of ours",
            r"jls .*-v|jls --libxo (xml|json,pretty -[vs])|jls (-s|-h|-h -n)$": "forms that no module reads",
            r"(cpuset|mount)\b|.*cpuset.id": "no twin, or of processes",
            r"jexec (-\S+ ((nobody|root) )?)?web1 ": "runs a program of FreeBSD",
            r"jls -j web1 (-n meta.owner|env.ROLE)": "the kernel gives the rest of the line; no module asks so",
            r"jail -r '\*'": "which jails of the file are left",
        },
        masked=r"(?<=cpuset.id[=])\d+|(?<=cpuset.id.:.)\d+|(?<=cpuset.id.: .)\d+",
    ),
    Replay(
        "jail-nested.txt",
        {},
        before={"jail -c name=two path=/jails/a persist children.max=2": {"/jails/a/README": ""}},
        least=7,
    ),
    Replay(
        "jail-mount-points.txt",
        {"folders": ["/jails/empty"]},
        before={
            "jail -f /etc/jail.conf -c nodev": {
                "/etc/jail.conf": "path = /jails/empty; persist; nodev { mount.devfs; } noproc { mount.procfs; }\n"
                'gone { path = /jails/nosuch; } nomnt { mount = "tmpfs /jails/empty/mnt tmpfs rw 0 0"; }\n'
            }
        },
        least=4,
    ),
    Replay(
        "jail-errors.txt",
        {"jid": 7},
        before={
            "jail": {
                "/etc/jail.conf": JAIL_CONF,
                "/jails/base/README": "",
                "/jails/base/dev/null": "",
                "/etc/fstab": "",
            }
        },
        instead={"jail -c": ["jail -c vn1", "jail -c web1", "jail -c db1"]},
        apart={
            r".*(/etc/badconf|uname|'\*')|### ": "the files are not recorded, or there is no twin",
            r"jexec|\(setup|su ": "of processes, or of other users",
            r"jail -c name=x path=/jails/base command=/nosuch|jail -c name= ": "starts a process, or has no name",
            r"jls": "with the jails of the commands that are not replayed",
            r"jail -[cr] .*(name=dy|\bdy$)": "the same",
        },
    ),
    Replay(
        "bhyve-errors.txt",
        {"kld": ["vmm"], "vmm_usable": False},
        apart={
            r"(bhyve|bhyvectl|bhyveload)( (-h|-v|--help|.*--suspend.*))?$": "how it is used",
            r"(kldstat|ls|sysctl|dmesg|su|kldunload) |.*\| head": "no twin, or of another user",
        },
        least=29,
    ),
    Replay(
        "bhyve-lifecycle.txt",
        {"kld": ["vmm"], "inline": True},
        before={
            "bhyve -k /vm/t3.conf": {
                "/vm/t3.conf": "name=t3\ncpus=1\nmemory.size=64M\nbootrom=/vm/off.rom\npci.0.0.0.device=hostbridge\n"
                "pci.0.31.0.device=lpc\nlpc.com1.path=stdio\n"
            }
        },
        instead={
            f"timeout 15 bhyve -c 1 -m 64M -s 0,hostbridge -s 31,lpc -l com1,stdio -l bootrom,/vm/{rom}.rom t1": [
                "bhyvectl --vm=t1 --create"
            ]
            for rom in ("halt", "triple")
        },
        apart={
            r"(ls|kldunload|printf) ": "there are no devices, and no twin",
            r"bhyvectl .*--get-stats": "numbers that nobody reads",
        },
        least=23,
    ),
    Replay(
        "bhyve-running.txt",
        {"kld": ["vmm"], "inline": True},
        before={START_FIRST: {"/vm/disk.img": ""}},
        instead={
            # the recording waited for daemon(8) until its time was over
            **{line: [line] for line in (START_FIRST, START_AGAIN)},
            "kill -TERM $(pgrep -f 'bhyve: t1')": ["guest t1 term"],
            "kill -KILL $(pgrep -f 'bhyve: t1')": ["guest t1 kill"],
        },
        apart={
            r"(sleep|ls|ps|cat) ": "there are no devices; what was on the serial port",
            r"bhyvectl .*--get-(all|stats|memmap|cpu-topology)": "no module asks so",
        },
        masked=r"(?<=ether )[0-9a-f:]+",
        least=21,
    ),
    Replay(
        "bhyve-devices.txt",
        {"kld": ["vmm"], "inline": True, "most_cpus": 2},
        before={
            "bhyve -c 1 -m 64M -s 0,hostbridge -s 31,lpc -l bootrom,/vm/off.rom -o pci.0.5.0.device=virtio-console "
            "-o pci.0.5.0.port.0.name=c -o pci.0.5.0.port.0.path=/vm/none/c.sock t5": {"/vm/off.rom": ""}
        },
        least=8,
    ),
    Replay(
        "ctld.txt",
        {},
        apart={r".*lun 0 \{ \}": "it looks at the mode of the file before it looks at what a LUN lacks"},
        masked=CTLD_WARNS,
        least=50,
    ),
    Replay("ifconfig-tap.txt", {}, masked=TAP_MASK, least=20),
    Replay(
        "ifconfig-bridge-epair.txt",
        {},
        apart={r"ifconfig -C": "which kinds there are is no concern of ours"},
        masked=r"(?<=ether )[0-9a-f:]+",
    ),
    Replay(
        "jail-vnet.txt",
        {"folders": ["/jails/base"], "jid": 29},
        before={
            "jail -f /etc/jail.conf -v -c vn1": {
                "/etc/jail.conf": JAIL_CONF,
                "/jails/base/README": "",
                "/jails/base/dev/null": "",
            }
        },
        instead={
            "jail -f /etc/jail.conf -v -c vn1": ["jail -f /etc/jail.conf -c vn1"],
            "jail -f /etc/jail.conf -v -r vn1": ["jail -f /etc/jail.conf -r vn1"],
            "jail -c name=v2 path=/jails/base persist vnet=new vnet.interface=nosuch0": [
                "jail -c name=z persist path=/",
                "jail -R z",
            ],
        },
        apart={
            r".*ping ": "packets",
            r"jls .*-v": "a form that no module reads",
            r"jexec": "there are no processes in a twin's jail; ifconfig -j says the same",
            r"ifconfig (-l|vtnet0 vnet v3 description x|epair0b vnet nosuch)$": "the order of names; forms of no use",
        },
        masked=r"(?<=ether )[0-9a-f:]+",
        least=23,
    ),
    Replay(
        "route.txt",
        {},
        before={"route -j nosuch -n get -inet default": {"/jails/a/README": ""}},
        masked=r"(?<=interface: ).*|(?<=expire\n).*",
        least=9,
    ),
    Replay(
        "devfs.txt",
        {},
        apart={
            r"(ls|mkdir|printf|rm|service) |devfs -m /tmp/devt rule apply hide": "there are no devices and no rc.d",
            r"devfs rule (-s 50 )?show(sets)?$": "after rc.d/devfs",
        },
        before={"devfs": {"/tmp/devt/README": ""}},
    ),
    Replay(
        "cpuset-mount.txt",
        {"disk": "/dev/vtbd0"},
        least=15,
        before={"cpuset -g": {"/jails/base/README": "", "/jails/base/dev/null": "", "/mnt/n/README": ""}},
        instead={
            "mkdir -p /mnt/n && mount -t nullfs /jails/base /mnt/n; mount -p": ["mount -t nullfs /jails/base /mnt/n"],
            "jail -r cs": ["jail -r cs"],  # silent without a jail.conf
        },
    ),
    Replay(
        "kernel.txt",
        {"kld_base": list(KLD), "kenv": {"kern.racct.enable": "1"}},
        apart={
            "kldstat(?! -q)": "addresses and sizes are the recorded machine's",
            "kldload pf$": "loaded in between",
            "kldstat -q -n pf.ko": "the same",
            "sysrc": "the twin writes one file",
        },
        least=12,
    ),
    Replay(
        "carp.txt",
        {},
        apart={r"ifconfig vtnet0 \| ": "a shell, and grep"},
        least=8,
    ),
    Replay("ipfw-sets.txt", {"kld": ["ipfw"]}, least=20),
    Replay(
        "dnctl.txt",
        {"kld": ["dummynet"]},
        least=20,
    ),
    Replay(
        "ipfw.txt",
        {},
        apart={
            r"ipfw (pipe|queue|sched|nat|table) |ipfw -a list": "no dummynet, NAT, counters and tables",
            r"(sysctl|kldload dummynet|service)": "replayed in kernel.txt, or no rc.d",
        },
        least=20,
    ),
    Replay(
        "pf.txt",
        {},
        before={"pfctl -f /etc/pf.conf": {"/etc/pf.conf": PF_CONF}},
        apart={
            "kldstat -qm pf; ": "a shell",
            "printf 'set skip": "writes a file",
            "pfctl -s states": "packets",
            "service pf": "no rc.d in the twin",
        },
        instead={"kldload pf": ["kldload pf"], "pfctl -vnf /etc/pf.conf": []},
    ),
    Replay(
        "sysrc-service.txt",
        {},
        before={"sysrc": {"/etc/rc.conf": RC_CONF}},
        apart={
            r"sysrc .*(bad|=x$|-A|-f|-s |-d |-D|-F|-l|-L|-j|-R|-v|--version|-Z|back)|sysrc -(ae|n foo_flags)": (
                "no module asks so, or it is the trap of a value that is code"
            ),
            r"(service|grep|cat|su|printf|rm|mv|ls|echo|chmod|cp|sh) ?": "no twin, or of another tool",
            r"sysrc (-a|foo_flags|-x (foo_enable|jail_enable))": "with what was not replayed",
        },
    ),
]


def run_inside(world: World, line: str) -> tuple[str, str, int]:
    """Run a command that needs no shell in this process, which is fast."""
    found = re.fullmatch(r"su -m (\w+) -c '(.*)'", line)
    world.user = found.group(1) if found else "root"
    line = found.group(2) if found else line
    inner = re.search(r"\$\((.*)\)", line)
    if inner:
        line = line.replace(inner.group(), run_inside(world, inner.group(1))[0].strip())
    piped = re.fullmatch(r"printf ('.*?') \| (.*)", line)
    line = piped.group(2) if piped else line
    words = shlex.split(line)
    out = io.StringIO()
    world.errors = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(shlex.split(piped.group(1))[0].replace("\\n", "\n") if piped else ""))
        code = twins.run(world, words[0], words[1:])
    return out.getvalue(), world.errors.getvalue(), code


def compare(replay: Replay, command: Command, got: tuple[str, str, int]) -> None:
    def plain(text: str) -> str:
        text = re.sub(replay.masked, "N", text.rstrip("\n"))
        if "--libxo json" in command.line and text:
            return json.dumps(json.loads(text))
        return re.sub(r"=\d+", "=N", text) if re.match(replay.numbers, command.line) else text

    out, err, code = got
    assert plain(out) == plain(command.out), f"{command.number}: {command.line}"
    assert (plain(err), code) == (plain(command.err), command.rc), f"{command.number}: {command.line}"


@pytest.mark.parametrize("replay", REPLAYS, ids=lambda replay: replay.capture)
def test_twins_answer_as_recorded(replay: Replay, tmp_path: Path) -> None:
    commands = read_capture(replay.capture)
    with open_world(tmp_path) as world:
        world.data.update(replay.data)
        compared = 0
        unused = {*replay.apart, *replay.before, *replay.silent, *replay.instead}
        for command in commands:
            for path, text in replay.before.get(command.line, {}).items():
                world.file(path).parent.mkdir(parents=True, exist_ok=True)
                world.file(path).write_text(text, encoding="utf-8")
                unused.discard(command.line)
            if command.line in replay.silent:
                run_inside(world, replay.silent[command.line])
                unused.discard(command.line)
            if command.line in replay.instead:
                for line in replay.instead[command.line]:
                    run_inside(world, line)
                unused.discard(command.line)
                continue
            apart = [pattern for pattern in replay.apart if re.match(pattern, command.line)]
            unused -= set(apart)
            if not apart:
                compare(replay, command, run_inside(world, command.line))
                compared += 1
    assert unused == set()
    assert compared >= replay.least


def test_installed_twins_are_commands(tmp_path: Path) -> None:
    subprocess.run([str(INSTALL), str(tmp_path), sys.executable], check=True)
    env = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    line = "rctl -a jail:web1:maxproc:deny=1k && rctl; rctl -r jail:nosuch"
    done = subprocess.run(["/bin/sh", "-c", line], env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "jail:web1:maxproc:deny=1024\n"
    assert done.stderr == "rctl: failed to remove rule 'jail:nosuch': No such process\n"
    assert done.returncode == 1
