# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probe: what it sends is one line for any shell, what it brings back is read as the host itself would be."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.observe import RC_CONF
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests import docker, info, libvirt, machine
from ansible_collections.hostwright.virt.plugins.module_utils._guests.find import Scope
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError
from ansible_collections.hostwright.virt.plugins.plugin_utils.ask import SCRIPT, make_question
from ansible_collections.hostwright.virt.plugins.plugin_utils.record import (
    MOST_BYTES,
    Probe,
    RecordedHost,
    make_probe,
    read_record,
)

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
UUID = "0da76acd-a6b8-461e-b50a-a35e87047f39"
WORLD: t.Mapping[str, str] = {
    "xl list -v -c": "xen/4.20/list-v-c.txt",
    "xl list -l": "xen/4.20/list-l.txt",
    "xl info": "xen/4.20/info-n.txt",
    "lxc list --format json": "lxc/lxd-5.0/list.json",
    "sysctl -t security.jail.param": "freebsd/jail-param-types.txt",
    "sysctl -T security.jail.param": "freebsd/jail-param-fixed.txt",
    "jls -d --libxo json -n": "freebsd/jls-json-n.json",
}


def make_tool(folder: Path, tool: str, answers: t.Mapping[str, str]) -> None:
    """A command that knows these answers by its arguments, and says nothing to any other."""
    cases = "".join(f"{shlex.quote(line)}) cat {shlex.quote(path)} ;;\n" for line, path in answers.items())
    path = folder / tool
    path.write_text(f'#!/bin/sh\ncase "$*" in\n{cases}*) exit 3 ;;\nesac\n', encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder of tools that answer as recorded."""
    folder = tmp_path / "bin"
    folder.mkdir()
    xml = (CAPTURES / "libvirt/9.0/dumpxml-running.xml").read_text(encoding="utf-8")
    made = {
        shlex.join(["virsh", "-q", "-c", "qemu:///system", libvirt.LISTING]): f":running:{UUID}\n:all:{UUID}\n",
        "virsh -q -c qemu:///system list --all --uuid": UUID + "\n",
        f"virsh -q -c qemu:///system 'dumpxml {UUID}'": xml,
        "pgrep -lf 'bhyve|vm _run'": "21653 bhyve: t1\n",
        "docker ps --all --quiet --no-trunc": "ab\n",
        shlex.join(["docker", "inspect", "--type", "container", "--format", docker.FORMAT, "ab"]): (
            '{"Id":"ab","Name":"/db","State":{"Status":"running","Pid":7},"Networks":{},"Labels":{}}\n'
        ),
        "incus list --all-projects --format json": "[]\n",
        "sysrc -n jail_enable jail_list": "YES\n\n",
        "mount -p": "",
        shlex.join(RC_CONF): 'vm_dir="/vm"\n',
        "bhyve": "",
        "jail": "",
        "bhyvectl": "",
        "machinectl list --output=json --max-addresses=all": "[]\n",
        "zpool " + " ".join(machine.ZPOOLS[1:]): "tank\t1000\t600\tONLINE\n",
    }
    tools: dict[str, dict[str, str]] = {}
    for number, (line, text) in enumerate(made.items()):
        file = tmp_path / f"answer-{number}"
        file.write_text(text, encoding="utf-8")
        tool, *words = shlex.split(line)
        tools.setdefault(tool, {})[" ".join(words)] = str(file)
    for line, name in WORLD.items():
        tool, *words = line.split()
        tools.setdefault(tool, {})[" ".join(words)] = str(CAPTURES / name)
    for tool, answers in tools.items():
        make_tool(folder, tool, answers)
    return folder


def run(probe: Probe, path: str, shell: str = "/bin/sh") -> bytes:
    argv = [shell, *(["sh"] if shell == "busybox" else []), "-c", probe.command]
    return subprocess.run(argv, env={"PATH": path}, stdout=subprocess.PIPE, check=True, timeout=120).stdout


def ask(scope: Scope, world: Path, shell: str = "/bin/sh") -> RecordedHost:
    probe = make_question(scope, 60)
    return read_record(run(probe, f"{world}:{os.environ['PATH']}", shell), probe.mark)


@pytest.mark.parametrize("shell", SHELLS)
def test_shells_understand_the_script(shell: str) -> None:
    argv = [shell, *(["sh"] if shell == "busybox" else []), "-n", str(SCRIPT)]
    subprocess.run(argv, check=True)


def test_the_command_is_one_line_that_no_shell_reads_differently() -> None:
    probe = make_question(Scope(lxc_paths=('/srv/it\'s a $(path) with `all` "quotes"!\\\n',)), 60)
    quoted = probe.command.split("'")[1]
    assert "\n" not in probe.command
    assert probe.command.count("'") == 2
    assert not set(quoted) & set("!\"'$`;&|<>(){}[]*?~#^")
    assert len(probe.command) < 100_000  # of MAX_ARG_STRLEN, 131072
    assert make_question(Scope(), 60).mark != probe.mark


@pytest.mark.parametrize("shell", SHELLS)
def test_every_question_of_the_readers_is_asked(world: Path, shell: str) -> None:
    """A reader that wants what the probe does not bring would say so here."""
    host = ask(Scope(), world, shell)
    found = info.describe_host(host, Scope(), "fy")
    assert host.problems == []
    assert {guest["type"] for guest in found["guests"]} == {"xen", "lxd", "jail", "libvirt", "bhyve", "docker"}
    said = [*found["problems"], *found["silent"].values()]
    assert not [text for text in said if "not asked" in text]
    assert found["host"]["pools"] == [{"name": "tank", "size": 1000, "free": 600, "health": "ONLINE"}]


def test_containers_with_all_that_a_path_can_hold(tmp_path: Path, world: Path) -> None:
    base = tmp_path / "it's a $(touch x) path"
    names = ["web", "sp ace", "new\nline", "$(touch y)", "-rf", "{{ 7 * 7 }}", "ünï", "'\"", "x" * 255]
    for name in names:
        (base / name).mkdir(parents=True)
        (base / name / "config").write_text(f"lxc.include = {base}/common.d\nlxc.group = a\n", encoding="utf-8")
    (base / "huge").mkdir()
    (base / "huge" / "config").write_text("# long\n" * 200_000, encoding="utf-8")
    (base / "common.d").mkdir()
    (base / "common.d" / "x.conf").write_text("lxc.start.auto = 1\n", encoding="utf-8")
    make_tool(world, "lxc-ls", {f"-P {base} -f -F NAME,STATE,PID,IPV4,IPV6": "/dev/null"})
    scope = Scope(types=("lxc",), lxc_paths=(str(base),))
    found = info.describe_host(ask(scope, world), scope, "fy")
    guests = {guest["name"]: guest for guest in found["guests"]}
    # a file whose name has a line break is no line of the answer: it is left out, and breaks nothing
    assert set(names) - {"new\nline"} <= set(guests)
    assert {guests[name]["autostart"] for name in names if name != "new\nline"} == {True}
    assert not (tmp_path / "x").exists()
    assert not Path("x").exists()
    assert len(ask(scope, world).files[f"{base}/huge/config"]) <= 262144


def test_machines_with_all_that_a_name_can_hold(tmp_path: Path) -> None:
    """The names that the probe shows units of are those that the reader asks for."""
    script = SCRIPT.read_text(encoding="utf-8").replace("/var/lib/machines", str(tmp_path / "machines"))
    names = [
        "web",
        "web.raw",
        "a.b",
        ".hidden",
        "-x",
        "x-",
        "x.",
        "a..b",
        "new\nline",
        "sp ace",
        "y.raw.raw",
        "é",
        "z" * 65,
    ]
    for name in names:
        (tmp_path / "machines" / name).mkdir(parents=True)
    settings = {"types": "nspawn", "limit": "5", "show": "echo show --", "uris": "", "sysctl": "true", "zpools": "true"}
    (tmp_path / "bin").mkdir()
    make_tool(tmp_path / "bin", "machinectl", {})
    probe = make_probe(script, {**settings, "vgs": "true", "listing": "", "inspect": ""}, ())
    host = read_record(run(probe, f"{tmp_path / 'bin'}:{os.environ['PATH']}"), probe.mark)
    (argv,) = (argv for argv in host.replies if argv[:2] == ("echo", "show"))
    assert [word for word in argv if "@" in word] == ["systemd-nspawn@a.b.service", "systemd-nspawn@web.service"]


def test_banners_and_terminals_are_survived(world: Path) -> None:
    probe = make_question(Scope(types=("xen",)), 60)
    out = run(probe, f"{world}:{os.environ['PATH']}")
    plain = read_record(out, probe.mark)
    noisy = b"Welcome to fy!\n\x1b[1mnothing to see\x1b[0m\n\xff\x00" + out + b"\nConnection closed.\n"
    assert read_record(noisy, probe.mark).replies == plain.replies
    terminal = read_record(out.replace(b"\n", b"\r\n"), probe.mark)
    assert terminal.replies == plain.replies
    assert terminal.files == plain.files


@pytest.mark.parametrize("answer", [b"", b"command not found\n", b"\x00" * 100, b"hostwright-ffff\x1frun\x1fxl\n"])
def test_garbage_is_no_answer(answer: bytes) -> None:
    with pytest.raises(Problem, match="did not answer as a shell does"):
        read_record(answer, b"hostwright-0123")


def test_a_guest_cannot_speak_for_the_host(world: Path) -> None:
    """Whatever is in a file, it does not know the mark."""
    host = read_record(b"\nm\x1ffile\x1f/a\nx\nhostwright-1\x1ftool\x1fxl\n\nm\x1fdone\n", b"m")
    assert host.tools == set()
    assert host.files == {"/a": "x\nhostwright-1\x1ftool\x1fxl\n"}


def test_too_long_an_answer_is_cut_with_a_word() -> None:
    answer = b"\nm\x1ftool\x1fxl\n\nm\x1ffile\x1f/a\n" + b"x" * MOST_BYTES
    host = read_record(answer, b"m")
    assert host.tools == {"xl"}
    assert "10 MB" in host.problems[0]
    assert "breaks off" in host.problems[1]


def test_the_command_cuts_it_at_the_host(tmp_path: Path) -> None:
    probe = make_probe("head -c 30000000 /dev/zero; echo never", {}, ())
    assert len(run(probe, os.environ["PATH"])) == MOST_BYTES + 1


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    (tmp_path / "xl").write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    (tmp_path / "xl").chmod(0o755)
    scope = Scope(types=("xen",), named=True)
    probe = make_question(scope, 2)
    host = read_record(run(probe, f"{tmp_path}:{os.environ['PATH']}"), probe.mark)
    assert "did not end in time" in info.describe_host(host, scope, "fy")["silent"]["xen"]


def test_a_record_answers_what_was_asked_only() -> None:
    host = read_record(b"\nm\x1frun\x1fxl\x1flist\nout\n\nm\x1frc\x1f4\nwhy\n\nm\x1fdone\n", b"m")
    assert host.query(("xl", "list"), ok=(4,)) == (4, "out\n", "why\n")
    with pytest.raises(CommandError, match="why"):
        host.query(("xl", "list"))
    with pytest.raises(Problem, match="not asked"):
        host.query(("xl", "info"))
    with pytest.raises(Problem, match="cannot be changed"):
        host.perform(None)  # type: ignore[arg-type]
