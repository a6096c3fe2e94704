# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guests of every kind in one form: from recorded output, from hostile output, and the same by both ways to a host."""

from __future__ import annotations

import json
import shlex
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._bhyve import guests as bhyve
from ansible_collections.hostwright.virt.plugins.module_utils._bhyve.observe import RC_CONF
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests import (
    docker,
    info,
    libvirt,
    lxd,
    machine,
    managers,
    neighbours,
)
from ansible_collections.hostwright.virt.plugins.module_utils._guests.find import TOOLS, Scope, list_guests
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import FIELDS, SOURCES, TYPES, Guest
from ansible_collections.hostwright.virt.plugins.module_utils._jail import guests as jail
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import MARK
from ansible_collections.hostwright.virt.plugins.module_utils._lxc import guests as lxc
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn import guests as nspawn
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.parse import list_argv, show_argv
from ansible_collections.hostwright.virt.plugins.module_utils._xen import guests as xen
from ansible_collections.hostwright.virt.plugins.modules import virt_host_info
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


def read(name: str) -> str:
    return (CAPTURES / name).read_text(encoding="utf-8")


def answer(answers: t.Mapping[str, str | Reply]) -> dict[str, Reply]:
    return {line: one if isinstance(one, Reply) else Reply(0, one, "") for line, one in answers.items()}


def show(guests: t.Iterable[Guest]) -> dict[str, dict[str, t.Any]]:
    return {guest.name: guest.show("fy") for guest in guests}


def parts(shown: t.Mapping[str, t.Any], *names: str) -> list[t.Any]:
    return [shown[name] for name in names]


LXC = "lxc-ls -P /var/lib/lxc -f -F NAME,STATE,PID,IPV4,IPV6"
LXC_CONF = """\
lxc.include = /etc/lxc/site.conf
lxc.uts.name = web
lxc.net.0.type = veth
lxc.net.0.ipv4.address = 192.0.2.9/24
lxc.cgroup2.memory.max = 512M
lxc.start.auto = 1
lxc.group = web
"""
LXC_LS = """\
NAME STATE   PID  IPV4                IPV6
web  RUNNING 4711 192.0.2.9, 10.0.0.1 fd00::9
old  STOPPED -    -                   -
"""


def lxc_host() -> FakeHost:
    files = {
        "/var/lib/lxc/web/config": LXC_CONF,
        "/var/lib/lxc/old/config": "lxc.uts.name = old\n",
        "/var/lib/lxc/broken/config": "no line of lxc.conf\n",
        "/etc/lxc/site.conf": "lxc.net.0.hwaddr = 00:16:3E:00:00:09\n",
    }
    return FakeHost(commands=answer({LXC: LXC_LS}), files=files)


def test_lxc() -> None:
    found = lxc.list_guests(lxc_host())
    shown = show(found.guests)
    web = shown["web"]
    assert parts(web, "type", "state", "id", "memory", "autostart", "tags") == [
        "lxc",
        "started",
        4711,
        512,
        True,
        ["web"],
    ]
    assert web["addresses"] == ["192.0.2.9", "10.0.0.1", "fd00::9"]
    assert web["macs"] == ["00:16:3e:00:00:09"]
    assert parts(shown["old"], "state", "id", "addresses", "autostart") == ["stopped", None, [], False]
    (problem,) = found.problems
    assert "broken" in problem


def test_nspawn() -> None:
    host = FakeHost(
        commands=answer(
            {
                shlex.join(show_argv(["systemd-nspawn@c1.service", "machines.target"])): read(
                    "nspawn/257/show-running.txt"
                ),
                shlex.join(list_argv()): read("nspawn/257/list.json"),
            }
        ),
        devices=frozenset({"/var/lib/machines/c1", "/var/lib/machines/-x", "/var/lib/machines/a\nb"}),
    )
    (c1,) = show(nspawn.list_guests(host).guests).values()
    assert parts(c1, "name", "state", "memory", "root") == ["c1", "started", 64, "/var/lib/machines/c1"]
    assert c1["addresses"] == ["10.9.8.1", "10.9.9.1", "fd00::1"]
    assert c1["autostart"] is False


def xen_host(**more: t.Any) -> FakeHost:
    commands = {
        "xl list -v -c": read("xen/4.20/list-v-c.txt"),
        "xl list -l": read("xen/4.20/list-l.txt"),
        "xenstore-ls -f /local/domain": '/local/domain/5/attr/eth0/ip = "192.0.2.5"\n/local/domain/5/attr/os = "x"\n',
    }
    mark = '# hostwright: {"description": "the website", "tags": ["web"]}\n'
    files = {
        "/etc/xen/web.cfg": mark + read("xen/4.20/web.cfg"),
        "/etc/xen/off.cfg": 'name = "off"\nmemory = 256\nvif = [ "mac=00:16:3e:00:00:77,ip=192.0.2.77" ]\n',
        "/etc/xen/bad.cfg": "memory = [\n",
        "/var/lib/xen/save/kept": "",
    }
    return FakeHost(commands=answer(commands), files=files, links={"/etc/xen/auto/web": "../web.cfg"}, **more)


def test_xen() -> None:
    found = xen.list_guests(xen_host())
    shown = show(found.guests)
    assert parts(shown["t1"], "state", "id", "addresses", "config_file") == ["started", 5, ["192.0.2.5"], None]
    web = parts(shown["web"], "state", "memory", "vcpus", "macs", "autostart", "tags", "description", "owner")
    assert web == ["paused", 128, 1, ["00:16:3e:00:00:12"], True, ["web"], "the website", "hostwright"]
    assert parts(shown["off"], "state", "addresses", "owner") == ["stopped", ["192.0.2.77"], "base"]
    assert shown["kept"]["state"] == "saved"
    assert [problem for problem in found.problems if "bad.cfg" in problem]


JAIL = {
    "sysctl -t security.jail.param": read("freebsd/jail-param-types.txt"),
    "sysctl -T security.jail.param": read("freebsd/jail-param-fixed.txt"),
    "jls -d --libxo json -n": read("freebsd/jls-json-n.json"),
    "mount -p": "",
    "sysrc -n jail_enable jail_list": "YES\nweb1 off\n",
}
JAIL_CONF = """\
web1 { path = /jails/base; persist; }
off { path = /jails/off; ip4.addr = "lo1|192.0.2.8/32"; meta.tags = "web, prod"; meta.description = "a jail"; }
"""


def jail_host() -> FakeHost:
    bastille = 'b1 {\n  path = "/usr/local/bastille/jails/b1/root";\n  ip4.addr = em0|192.0.2.3/24;\n}\n'
    files = {
        "/etc/jail.conf": JAIL_CONF,
        "/usr/local/bastille/jails/b1/jail.conf": bastille,
        "/iocage/jails/io/config.json": json.dumps({"host_hostuuid": "io", "boot": 1, "ip4_addr": "em0|192.0.2.4/24"}),
        "/iocage/jails/half/config.json": "{",
    }
    return FakeHost(commands=answer(JAIL), files=files)


def test_jails_and_those_of_the_managers() -> None:
    found = list_guests(jail_host(), Scope(types=("jail",), sources=("runtime", "config")))
    shown = show(found.guests)
    web = parts(shown["web1"], "state", "id", "hostname", "root", "autostart", "owner")
    assert web == ["started", 1, "web1.example.org", "/jails/base", True, "base"]
    assert shown["web1"]["addresses"] == []  # both are of the loopback
    off = parts(shown["off"], "state", "addresses", "tags", "description")
    assert off == ["stopped", ["192.0.2.8"], ["web", "prod"], "a jail"]
    assert parts(shown["b1"], "state", "owner", "addresses") == ["stopped", "bastille", ["192.0.2.3"]]
    assert parts(shown["ioc-io"], "state", "owner", "addresses", "autostart") == [
        "stopped",
        "iocage",
        ["192.0.2.4"],
        True,
    ]
    assert any("half" in problem for problem in found.problems)


BHYVE = {
    "pgrep -lf 'bhyve|vm _run'": "21652 daemon: bhyve[21653]\n21653 bhyve: t1\n",
    shlex.join(RC_CONF): 'vm_enable="YES"\nvm_list="t1 v2"\nvm_dir="zfs:tank/vm"\n',
    "zfs list -H -t filesystem -o name,mountpoint": "tank/vm\t/vm\n",
}
BASE_CONF = "name=ours\ncpus=4\nmemory.size=512M\npci.0.4.0.mac=58:9c:fc:00:00:01\n"
VM_CONF = (
    'loader="uefi"\ncpu=2\nmemory="1G"\nnetwork0_mac="58:9c:fc:0a:0b:0c"\nuuid="11111111-2222-3333-4444-555555555555"\n'
)


def bhyve_host() -> FakeHost:
    files = {"/vm/v2/v2.conf": VM_CONF, "/vm/.config/system.conf": "", "/usr/local/etc/bhyve/ours.conf": BASE_CONF}
    return FakeHost(commands=answer(BHYVE), files=files, devices=frozenset({"/dev/vmm/t1", "/dev/vmm/left"}))


def test_bhyve() -> None:
    shown = show(bhyve.list_guests(bhyve_host()).guests)
    assert set(shown) == {"t1", "v2", "left", "ours"}
    assert parts(shown["ours"], "owner", "memory", "vcpus", "macs") == ["hostwright", 512, 4, ["58:9c:fc:00:00:01"]]
    assert parts(shown["t1"], "state", "id", "owner") == ["started", 21653, "base"]
    v2 = parts(shown["v2"], "state", "owner", "memory", "vcpus", "macs", "autostart", "config_file")
    assert v2 == ["stopped", "vm-bhyve", 1024, 2, ["58:9c:fc:0a:0b:0c"], True, "/vm/v2/v2.conf"]
    assert shown["left"]["state"] == "stopped"


def test_lxd() -> None:
    host = FakeHost(commands=answer({"lxc list --format json": read("lxc/lxd-5.0/list.json")}))
    (c1,) = show(lxd.list_guests(host, "lxd").guests).values()
    assert parts(c1, "name", "type", "state", "owner") == ["c1", "lxd", "started", "lxd"]
    assert c1["macs"] == ["00:16:3e:f0:51:77"]
    host = FakeHost(commands=answer({"incus list --all-projects --format json": '[{"name": "x"}, {"name": 3}]'}))
    found = lxd.list_guests(host, "incus")
    assert (len(found.guests), len(found.problems)) == (0, 2)


def test_docker() -> None:
    row = {
        "Id": "ab" * 32,
        "Name": "/db",
        "State": {"Status": "running", "Pid": 77},
        "Hostname": "db",
        "Image": "postgres:17",
        "Labels": {"backup": "", "tags": "db,prod", "x": "y"},
        "Networks": {"bridge": {"IPAddress": "172.17.0.2", "GlobalIPv6Address": "", "MacAddress": "02:42:ac:11:00:02"}},
        "Memory": 536870912,
        "Restart": "always",
    }
    inspect = ("docker", "inspect", "--type", "container", "--format", docker.FORMAT, "ab" * 32, "cd" * 32)
    answers = {shlex.join(docker.LIST): "ab" * 32 + "\n" + "cd" * 32, shlex.join(inspect): json.dumps(row) + "\nnull\n"}
    found = docker.list_guests(FakeHost(commands=answer(answers)))
    (db,) = show(found.guests).values()
    assert parts(db, "name", "state", "id", "memory", "autostart") == ["db", "started", 77, 512, True]
    assert parts(db, "addresses", "tags", "description") == [["172.17.0.2"], ["backup", "db", "prod"], "postgres:17"]
    assert len(found.problems) == 1


UUID = "0da76acd-a6b8-461e-b50a-a35e87047f39"


def libvirt_answers(uuids: t.Sequence[str], xml: str) -> dict[str, Reply]:
    listing = f":running:{uuids[0]}\n\n:paused::shutoff:" + "\n".join(uuids[1:]) + f"\n:autostart:{uuids[0]}\n:all:"
    answers = {libvirt.list_argv(uri): Reply(1, "", "failed to connect") for uri in libvirt.URIS}
    answers[libvirt.list_argv("qemu:///system")] = Reply(0, listing + "\n".join(uuids), "")
    for argv in libvirt.dump_argvs("qemu:///system", uuids):
        texts = [xml.replace(UUID, word.split()[1]).replace("tinyovs", word[-4:]) for word in argv[-1].split(";")]
        answers[argv] = Reply(0, "\n\n".join(texts), "")
    return {shlex.join(argv): reply for argv, reply in answers.items()}


def test_libvirt_by_virsh() -> None:
    uuids = [f"{UUID[:-4]}{number:04x}" for number in range(45)]
    host = FakeHost(commands=libvirt_answers(uuids, read("libvirt/9.0/dumpxml-running.xml")))
    found = list_guests(host, Scope(types=("libvirt",), sources=("config",)))
    shown = show(found.guests)
    assert len(shown) == 45
    assert len(host.queries) == 2 + 3  # lists of two URIs, and a command for twenty domains each
    assert list(found.silent) == ["libvirt lxc:///system"]
    first = parts(shown["0000"], "state", "autostart", "memory", "vcpus", "uri", "uuid")
    assert first == ["started", True, 64, 2, "qemu:///system", uuids[0]]
    assert parts(shown["002c"], "state", "autostart") == ["stopped", False]
    assert shown["0000"]["macs"]


@pytest.mark.parametrize("xml", ["<domain>", '<!DOCTYPE x [<!ENTITY a "b">]><domain/>', "<domain><vcpu/></domain"])
def test_xml_that_is_none(xml: str) -> None:
    with pytest.raises(Problem, match="XML"):
        libvirt.parse_domain(xml, "test:///default")


def test_tags_are_in_the_metadata_of_anybody() -> None:
    xml = (
        "<domain type='lxc'><name>n</name><title>T</title><memory unit='GiB'>2</memory><metadata>"
        "<a:x xmlns:a='https://example.org/a'><a:tag> web </a:tag><a:tag>db</a:tag></a:x></metadata><devices>"
        "<filesystem type='mount'><source dir='/srv/n'/></filesystem></devices></domain>"
    )
    guest = libvirt.parse_domain(xml, "lxc:///")
    assert (guest.tags, guest.description, guest.memory, guest.root) == (("web", "db"), "T", 2048, "/srv/n")


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        ("", "base"),
        ("<x:x xmlns:x='urn:hostwright'><x:tag>web</x:tag></x:x>", "base"),
        (f"<h:domain xmlns:h='{MARK}' owner='hostwright'/>", "hostwright"),
        (f"<h:domain xmlns:h='{MARK}'><h:tag>web</h:tag></h:domain>", "hostwright"),
    ],
)
def test_who_made_a_domain_is_in_its_metadata(metadata: str, owner: str) -> None:
    xml = f"<domain><name>hostwright</name><metadata>{metadata}</metadata></domain>"
    assert libvirt.parse_domain(xml, "test:///default").owner == owner


def test_neighbours_and_leases() -> None:
    leases = {
        "/var/lib/misc/dnsmasq.br0.leases": "1700000000 00:16:3e:00:00:01 192.0.2.1 web *\nduid 00:01\n",
        "/var/lib/libvirt/dnsmasq/virbr0.status": '[{"ip-address": "192.0.2.2", "mac-address": "00:16:3e:00:00:02"}]',
        "/var/lib/libvirt/dnsmasq/virbr1.status": "{",
        "/var/lib/dhcp/dhcpd.leases": (
            "lease 192.0.2.3 {\n  binding state active;\n  hardware ethernet 00:16:3e:00:00:03;\n}\n"
            "lease 192.0.2.4 {\n  binding state free;\n  hardware ethernet 00:16:3e:00:00:04;\n}\n"
        ),
        "/var/lib/kea/kea-leases4.csv": "address,hwaddr,client_id\n192.0.2.5,00:16:3e:00:00:05,\n",
    }
    found = neighbours.read_leases(FakeHost(files=leases))
    assert found == {f"00:16:3e:00:00:0{n}": [f"192.0.2.{n}"] for n in (1, 2, 3, 5)}
    linux = "192.0.2.7 dev br0 lladdr 00:16:3e:00:00:07 REACHABLE\nfe80::1 dev br0 FAILED\n"
    host = FakeHost(commands=answer({"ip neigh show": linux}), missing=frozenset({"ndp"}))
    assert neighbours.read_arp(host) == {"00:16:3e:00:00:07": ["192.0.2.7"]}
    bsd = {
        "arp -an": "? (192.0.2.8) at 58:9c:fc:0:0:8 on bridge0 expires in 1195 seconds [bridge]\n",
        "ndp -an": "Neighbor   Linklayer Address\nfd00::8 58:9c:fc:00:00:08 bridge0 23h59m58s S R\n",
    }
    host = FakeHost(commands=answer(bsd), missing=frozenset({"ip"}))
    assert neighbours.read_arp(host) == {"58:9c:fc:00:00:08": ["192.0.2.8", "fd00::8"]}


def test_sources_of_addresses_have_an_order() -> None:
    by_source = {"agent": ["192.0.2.5"], "config": ["192.0.2.2/24", "fe80::1"], "runtime": ["lo0|192.0.2.1", "not one"]}
    guest = Guest("a", "lxc", "started", addresses=by_source, macs=("00:16:3E:00:00:01", "no"))
    guest = guest.with_addresses("arp", {"00:16:3e:00:00:01": ["192.0.2.4"]})
    assert guest.show("fy")["addresses"] == ["192.0.2.1", "192.0.2.2", "192.0.2.4", "192.0.2.5"]
    assert guest.show("fy", ("agent", "config"))["addresses"] == ["192.0.2.5", "192.0.2.2"]


TEXT = st.text(max_size=40)


@given(TEXT, TEXT, st.lists(TEXT, max_size=3), st.lists(TEXT, max_size=3), st.integers(0, 2000))
def test_whatever_a_guest_says_fits_the_form(
    name: str, said: str, tags: list[str], macs: list[str], times: int
) -> None:
    guest = Guest(
        name,
        "jail",
        "started",
        hostname=said * times,
        description="\udcff" + said,
        tags=tuple(tags) * times,
        macs=tuple(macs),
        addresses=dict.fromkeys(SOURCES, macs * times),
    )
    shown = guest.show("fy")
    assert tuple(shown) == FIELDS
    assert len(json.dumps(shown)) < 2_000_000
    assert len(shown["hostname"]) <= 1024
    assert len(shown["tags"]) <= 256


def test_the_form_is_documented() -> None:
    documented = yaml.safe_load(virt_host_info.RETURN)["guests"]["contains"]
    assert set(documented) == set(FIELDS)
    assert set(yaml.safe_load(virt_host_info.DOCUMENTATION)["options"]["types"]["choices"]) == set(TYPES) == set(TOOLS)


def everything() -> FakeHost:
    hosts = [lxc_host(), xen_host(), jail_host(), bhyve_host()]
    host = FakeHost(missing=frozenset({"virsh", "docker", "lxc", "incus", "machinectl", "ndp"}))
    for one in hosts:
        host.commands.update(one.commands)
        host.files.update(one.files)
        host.links.update(one.links)
        host.devices |= one.devices
    linux = {
        "uname -a": "Linux fy 6.1.0 #1 SMP x86_64 GNU/Linux\n",
        "nproc": "8\n",
        "ip neigh show": "",
        shlex.join(machine.ZPOOLS): "tank\t1000\t600\tONLINE\n",
        shlex.join(machine.VGS): "  bay|2000|500\n",
    }
    host.commands.update(answer(linux))
    host.files["/proc/meminfo"] = "MemTotal:  2048000 kB\nMemAvailable: 1024000 kB\n"
    host.files["/proc/mounts"] = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"
    host.files["/proc/sys/kernel/hostname"] = "fy\n"
    return host


def test_a_host_with_everything() -> None:
    found = info.query(everything(), {"types": list(TYPES), "lxc_paths": ["/var/lib/lxc"], "libvirt_uris": []})
    host = found["host"]
    assert parts(host, "node", "cpus", "memory") == ["fy", 8, {"total": 2000, "free": 1000}]
    assert host["cgroup"]["version"] == 2
    assert host["pools"][0]["name"] == "tank"
    assert host["volume_groups"] == [{"name": "bay", "size": 2000, "free": 500}]
    kinds = {guest["type"] for guest in found["guests"]}
    assert kinds == {"lxc", "xen", "jail", "bhyve"}
    assert set(host["types"]) == kinds
    lacks = {lack["for"]: lack["how"] for lack in host["lacks"]}
    assert "docker.io" in lacks["docker"]
    assert "systemd-container" in lacks["nspawn"]
    assert {guest["host"] for guest in found["guests"]} == {"fy"}
    documented = yaml.safe_load(virt_host_info.RETURN)
    assert set(found["host"]) == set(documented["host"]["contains"])


def test_freebsd_says_what_it_lacks() -> None:
    sysctl = "kern.hostname=jailer\nhw.ncpu=4\nhw.physmem=1073741824\nkern.racct.enable=0\nkern.features.vimage=1\n"
    commands = {"uname -a": "FreeBSD jailer 15.1-RELEASE FreeBSD 15.1 amd64\n", shlex.join(machine.SYSCTL): sysctl}
    gone = frozenset({*TOOLS.values(), "zpool", "vgs", "ip", "arp", "ndp"})
    found = info.describe_host(FakeHost(commands=answer(commands), missing=gone), Scope())["host"]
    assert parts(found, "node", "cpus", "system", "architecture") == ["jailer", 4, "FreeBSD", "amd64"]
    lacks = {lack["for"]: lack for lack in found["lacks"]}
    assert "loader.conf" in lacks["racct"]["how"]
    assert "vmm" in lacks
    assert lacks["xen"]["lack"] == "this host is FreeBSD"
    assert "base system" in lacks["jail"]["how"]
    assert "vnet" not in lacks


def test_managers_of_jails_hide_nothing_when_they_run() -> None:
    assert [guest.name for guest in managers.list_guests(jail_host(), ["b1"]).guests] == ["ioc-io"]


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_no_output_makes_a_traceback(text: str) -> None:
    argvs = [LXC, "xl list -v -c", "xl list -l", "jls -d --libxo json -n", "lxc list --format json"]
    argvs += [shlex.join(docker.LIST), shlex.join(libvirt.list_argv("qemu:///system")), *BHYVE]
    host = everything()
    host.missing = frozenset({"incus", "machinectl", "ndp"})
    for argv in argvs:
        host.commands[argv] = Reply(0, text, "")
    host.query = lambda argv, ok=(0,), stdin=None: host.commands.get(shlex.join(argv), Reply(0, text, ""))  # type: ignore[method-assign]
    list_guests(host, Scope(uris=("qemu:///system",)))


@pytest.mark.parametrize(("tool", "kind"), [("xl list -l", "xen"), (LXC, "lxc")])
def test_garbage_of_one_tool_is_told_and_hides_no_other(tool: str, kind: str) -> None:
    host = everything()
    host.commands[tool] = Reply(0, "<html>", "")
    found = list_guests(host, Scope(types=("xen", "lxc", "bhyve")))
    assert [problem for problem in found.problems if kind in problem and "<html>" in problem]
    assert kind not in " ".join(found.silent)
    assert {"xen", "lxc", "bhyve"} - {guest.type for guest in found.guests} == {kind}


def test_jails_of_the_kernel_only() -> None:
    host = FakeHost(commands=answer({**JAIL, "sysrc -n jail_enable jail_list": Reply(1, "", "")}))
    found = {guest.name: guest for guest in jail.list_guests(host).guests}
    assert (found["web1"].state, found["web1"].autostart) == ("started", False)
