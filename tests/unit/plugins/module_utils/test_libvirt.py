# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tables of libvirt_domain do not reach: definitions themselves, hostile values, images, other drivers."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._guests.libvirt import parse_domain
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt import iso
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.api import images_api
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.ask import ask
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.definition import define, settle
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.info import query
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.observe import (
    Answers,
    Row,
    ask_about,
    observe,
    read_have,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.plan import plan
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.resource import LIBVIRT_DOMAIN
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import is_machine, parse, parse_all, render
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import WantDomain, read_wants
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.tables import CAPTURES, check_params

BETWEEN = "</reply><reply>"
RECORDED = CAPTURES / "libvirt" / "9.0"


def want_of(**params: t.Any) -> WantDomain:
    (want,) = read_wants(check_params(LIBVIRT_DOMAIN, {"name": "web", **params}))
    return want


def defined(text: str | None = None, **params: t.Any) -> ET.Element:
    have = Have("web", text=text, kept=text is not None)
    return parse(define(have, settle(have, want_of(**params))))


@pytest.mark.parametrize(
    ("uri", "kind", "os_type"),
    [
        ("qemu:///system", "qemu", "hvm"),
        ("qemu+ssh://root@kvm1/system", "qemu", "hvm"),
        ("lxc:///", "lxc", "exe"),
        ("xen:///system", "xen", "hvm"),
        ("bhyve:///system", "bhyve", "hvm"),
        ("test:///default", "test", "hvm"),
    ],
)
def test_a_new_guest_is_of_the_drivers_kind(uri: str, kind: str, os_type: str) -> None:
    root = defined(uri=uri, memory="64M")
    assert (root.get("type"), root.findtext("os/type"), root.findtext("name")) == (kind, os_type, "web")
    assert [root.findtext(tag) for tag in ("memory", "currentMemory", "vcpu")] == ["65536", "65536", "1"]


def test_who_made_a_guest_stays_known_whatever_is_marked_in_it() -> None:
    root = defined(memory="64M")
    for tags in (["web"], []):
        assert parse_domain(render(root), "qemu:///system").owner == "hostwright"
        root = defined(render(root), tags=tags)
    assert parse_domain(render(root), "qemu:///system").owner == "hostwright"


def test_kvm_where_the_host_has_it() -> None:
    have = Have("web", kvm=True)
    assert parse(define(have, want_of(memory="64M"))).get("type") == "kvm"
    assert parse(define(have, want_of(memory="64M", type="qemu"))).get("type") == "qemu"


def test_what_others_wrote_stays() -> None:
    text = (
        '<domain type="kvm" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"><name>web</name><uuid>u</uuid>'
        '<metadata><their:thing xmlns:their="urn:x"><![CDATA[</reply>]]></their:thing></metadata>'
        '<memory unit="GiB">1</memory><vcpu placement="static" current="1">2</vcpu>'
        '<os><type>hvm</type><nvram>/n</nvram></os><devices><tpm model="x"/><disk type="file" device="disk">'
        '<source file="/a"><seclabel model="dac"/></source><target dev="vda" bus="virtio"/>'
        "<iotune><total_iops_sec>9</total_iops_sec></iotune></disk></devices>"
        "<qemu:commandline><qemu:arg value='-x'/></qemu:commandline></domain>"
    )
    before = ET.tostring(parse(text), encoding="unicode")
    same = defined(text, max_memory="1048576K", vcpus=1, max_vcpus=2, disks=[{"vdev": "vda", "target": "/a"}])
    assert ET.tostring(same, encoding="unicode") == before
    changed = defined(text, disks=[{"vdev": "vda", "cache": "none"}], title="t")
    for path in (
        "metadata/{urn:x}thing",
        "devices/disk/iotune/total_iops_sec",
        "devices/disk/source/seclabel",
        "os/nvram",
    ):
        assert changed.find(path) is not None, path
    assert changed.find("devices/disk/driver[@cache='none']") is not None


def test_a_guest_keeps_the_processors_that_are_on() -> None:
    text = "<domain type='kvm'><name>web</name><memory>1</memory><vcpu>2</vcpu></domain>"
    vcpu = defined(text, max_vcpus=4).find("vcpu")
    assert vcpu is not None
    assert (vcpu.text, vcpu.get("current")) == ("4", "2")


def test_an_interface_without_an_address_is_the_one_at_its_place() -> None:
    first = defined(memory="64M", networks=[{"bridge": "br0"}, {"bridge": "br1"}])
    macs = [mac.get("address") for mac in first.findall("devices/interface/mac")]
    assert len(set(macs)) == 2
    text = ET.tostring(first, encoding="unicode")
    again = defined(text, networks=[{"bridge": "br0"}, {"bridge": "br2"}])
    assert [mac.get("address") for mac in again.findall("devices/interface/mac")] == macs
    assert [source.get("bridge") for source in again.findall("devices/interface/source")] == ["br0", "br2"]


def test_firmware_that_was_written_by_hand_is_known() -> None:
    text = (
        "<domain type='kvm'><name>web</name><memory>1</memory><vcpu>1</vcpu><os><type>hvm</type>"
        "<loader readonly='yes' type='pflash'>/ovmf</loader><nvram>/vars</nvram></os></domain>"
    )
    assert defined(text, firmware="efi").findtext("os/nvram") == "/vars"
    assert defined(text, firmware="bios").find("os/loader") is None


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ("pc-q35-7.2", "q35", True),
        ("pc-i440fx-9.0", "pc", True),
        ("virt-8.1", "virt", True),
        ("pc-q35-7.2", "pc", False),
        ("pc-q35-7.2", "pc-q35-8.0", False),
    ],
)
def test_machines(found: str, wanted: str, same: bool) -> None:
    assert is_machine(found, wanted) is same


TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufffe\uffff"), max_size=40
)


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3))
def test_no_value_breaks_out_of_the_definition(title: str, cmdline: str, tags: list[str]) -> None:
    root = defined(memory="64M", title=title, cmdline=cmdline, tags=tags)
    plain = defined(memory="64M", title="t", cmdline="c", tags=["x"])
    allowed = {element.tag for element in plain.iter()}
    assert {element.tag for element in root.iter()} <= allowed
    assert (root.findtext("title") or "") == title.strip()
    assert (root.findtext("os/cmdline") or "").strip() == cmdline.strip()


HOSTILE = [
    "a\nb",
    "x'/><y z='",
    "--config",
    "a" * 300,
    "../../etc",
    "; destroy all",
    "ü\u202e",
    "&lol;",
    "<!DOCTYPE a>",
    "\x00",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "build",
    [
        lambda v: {"machine": v},
        lambda v: {"type": v},
        lambda v: {"arch": v},
        lambda v: {"video": v},
        lambda v: {"networks": [{"bridge": v}]},
        lambda v: {"networks": [{"bridge": "br0", "model": v}]},
        lambda v: {"disks": [{"vdev": v, "target": "/x"}]},
        lambda v: {"disks": [{"vdev": "vda", "pool": v, "volume": "v"}]},
        lambda v: {"disks": [{"vdev": "vda", "target": "/x", "serial": v}]},
        lambda v: {"cpu_features": {v: "require"}},
        lambda v: {"xml_patch": [{"path": v, "value": "x"}]},
        lambda v: {"uri": v},
    ],
)
def test_hostile_words_are_refused_or_kept_in_their_place(build: t.Callable[[str], t.Any], value: str) -> None:
    try:
        root = defined(memory="64M", **build(value))
    except Problem:
        return
    assert "y" not in {element.tag for element in root.iter()}


def test_no_entity_is_expanded() -> None:
    with pytest.raises(Problem, match="cannot be read"):
        parse_all('<!DOCTYPE a [<!ENTITY b "c">]><domain>&b;</domain>')


def test_texts_in_a_domain_cannot_forge_an_answer() -> None:
    forged = f"<domain><name>a</name><description>&lt;/reply&gt;</description><x><![CDATA[{BETWEEN}]]></x></domain>"
    line = f'echo "{BETWEEN}"; dumpxml a; echo "{BETWEEN}"; dumpxml b'
    host = FakeHost(
        commands={f"virsh -q -c test:///d {shlex.quote(line)}": Reply(1, f"{BETWEEN}{forged}\n{BETWEEN}", "")}
    )
    first, second = ask(host, "test:///d", ["dumpxml a", "dumpxml b"])
    assert [len(first), len(second)] == [1, 0]


def test_a_connection_that_fails_says_so() -> None:
    line = f'echo "{BETWEEN}"; list'
    command = f"virsh -q -c xen:///system {shlex.quote(line)}"
    host = FakeHost(commands={command: Reply(1, "", "error: failed to connect to the hypervisor\nerror: no driver\n")})
    with pytest.raises(
        Problem, match="does not answer at xen:///system: failed to connect to the hypervisor no driver"
    ):
        ask(host, "xen:///system", ["list"])


class Counting(FakeHost):
    """A connection with any number of guests, as virsh shows them."""

    def query(self, argv: tuple[str, ...], ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
        self.queries.append(argv[-1])
        names = [f"guest{number}" for number in range(200)]
        answers = []
        for question in argv[-1].split("; ")[1::2]:
            if question == "list --all --uuid --name":
                answers.append("\n".join(f"0000-{name} {name}" for name in names))
            elif question.startswith("dumpxml"):
                name = question.rsplit("-", 1)[-1]
                answers.append(
                    f"<domain type='test'><name>{name}</name><uuid>0000-{name}</uuid><vcpu>1</vcpu></domain>"
                )
            else:
                answers.append("\n".join(f"0000-{name}" for name in names) if "shutoff" in question else "")
        return Reply(0, "".join(BETWEEN + answer for answer in answers), "")


def test_two_commands_for_any_number_of_guests() -> None:
    wants = [dataclasses.replace(want_of(), name=f"guest{number}", uri="test:///x") for number in range(200)]
    host = Counting()
    found = observe(host, wants)
    assert len(host.queries) == 2
    assert {have.power for have in found.values()} == {"stopped"}
    assert len(next(iter(found.values())).neighbours) == 199
    host = Counting()
    answer = query(host, {"name": None, "uri": "test:///x", "xml": True})
    assert (len(answer["domains"]), len(answer["guests"]), len(host.queries)) == (200, 200, 2)
    assert {(guest["type"], guest["state"]) for guest in answer["guests"]} == {("libvirt", "stopped")}


def test_an_interface_in_a_network_that_is_a_bridge_is_still_in_the_network() -> None:
    """As libvirt 9.0 showed a guest that runs in a network of forward mode bridge, on Open vSwitch."""
    card = "<mac address='52:54:00:00:00:31'/>{}<target dev='hwb0'/><model type='rtl8139'/>"
    plain = "<interface type='network'>" + card.format("<source network='hwnet' portgroup='office'/>") + "</interface>"
    came = card.format(
        "<source network='hwnet' portgroup='office' portid='7e320a74-eda0-4862-bd71-cf87331150e2' bridge='ovs0'/>"
        "<vlan><tag id='30'/></vlan><virtualport type='openvswitch'><parameters interfaceid='31453203'/></virtualport>"
    )
    domain = "<domain type='qemu'><name>web</name><uuid>0000-web</uuid><devices>{}</devices></domain>"
    kept, live = (domain.format(one) for one in (plain, f"<interface type='bridge'>{came}</interface>"))
    row = Row("0000-web", "web", frozenset(("persistent", "state-running")))
    questions = dict(zip(ask_about(row), (kept, live, "running")))
    have = read_have("web", row, Answers({key: parse(f"<reply>{text}</reply>") for key, text in questions.items()}))
    network = {"mac": "52:54:00:00:00:31", "network": "hwnet", "portgroup": "office"}
    assert plan(have, want_of(networks=[network], state="started")) == ()
    assert plan(have, want_of(networks=[{**network, "portgroup": "guests"}], state="started"))


def test_passwords_are_in_no_list() -> None:
    text = (RECORDED / "running.txt").read_text(encoding="utf-8")
    assert "passwd='sesame'" in text
    replies = [
        ET.tostring(reply[0], encoding="unicode") for reply in parse_all(f"<reply>{text}</reply>")[1:] if len(reply)
    ]
    have = Have("web", text=replies[2], live=replies[3], kept=True, power="started")
    shown = LIBVIRT_DOMAIN.facts(have)
    assert "sesame" not in repr(shown)
    assert shown["config"]["graphics"][0]["has_password"]
    assert shown["tags"] == ["web", "rack=7"]


def test_headers_of_images(tmp_path: Path) -> None:
    raw, overlay = tmp_path / "a.raw", tmp_path / "b.qcow2"
    raw.write_bytes(bytes(2048))
    head = b"QFI\xfb" + (3).to_bytes(4, "big") + (104).to_bytes(8, "big") + (5).to_bytes(4, "big") + bytes(4)
    overlay.write_bytes((head + (7 << 20).to_bytes(8, "big")).ljust(104, b"\0") + b"/base")
    found = images_api("read", [str(raw), str(overlay), str(tmp_path / "none")])
    assert found == {
        str(raw): {"format": "raw", "size": 2048, "backing": ""},
        str(overlay): {"format": "qcow2", "size": 7 << 20, "backing": "/base"},
    }


def test_the_seed_is_an_image_with_its_label_and_files() -> None:
    image = iso.build("cidata", {"user-data": b"#cloud-config\n", "meta-data": b"x" * 5000})
    assert image == iso.build("cidata", {"meta-data": b"x" * 5000, "user-data": b"#cloud-config\n"})
    assert len(image) % 2048 == 0
    first, second = image[16 * 2048 :], image[17 * 2048 :]
    assert first[1:6] == second[1:6] == b"CD001"
    assert first[40:72].rstrip() == b"cidata"
    assert "user-data".encode("utf-16-be") in image
    assert b"#cloud-config\n" in image


def test_the_seed_is_secret() -> None:
    want = want_of(memory="64M", cloud_init={"user_data": "#cloud-config\npassword: x\n"})
    assert want.seed is not None
    (write,) = [step.action for step in LIBVIRT_DOMAIN.plan(None, want) if "seed" in step.summary]
    assert (getattr(write, "mode", None), getattr(write, "secret", None)) == (0o600, True)
