# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two small languages in which xl.cfg spells disks and interfaces."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen.disk import Disk, parse_disk, render_disk
from ansible_collections.hostwright.virt.plugins.module_utils._xen.nic import (
    Nic,
    credit,
    make_mac,
    parse_mac,
    parse_nic,
    render_nic,
    tag_bridge,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Processors
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want_devices import WantNic
from ansible_collections.hostwright.virt.plugins.module_utils._xen.write import merge_networks

WORDS = st.from_regex(r"[a-z0-9/._-]{1,10}", fullmatch=True)
DISKS = st.builds(
    Disk,
    vdev=st.sampled_from(["xvda", "hdc"]),
    target=st.sampled_from(["", "/dev/x", "/srv/a,b.img", "/srv/a=b:c"]),
    format=st.none() | st.sampled_from(["raw", "qcow2", "empty"]),
    access=st.sampled_from(["rw", "ro"]),
    backendtype=st.none() | st.just("phy"),
    script=st.none() | WORDS,
    cdrom=st.booleans(),
    more=st.sampled_from([(), ("discard",), ("direct-io-safe", "specification=virtio")]),
)
NICS = st.builds(
    Nic,
    mac=st.none() | st.just("00:16:3e:00:00:01"),
    bridge=st.none() | WORDS,
    script=st.none() | WORDS,
    rate=st.none() | st.just("10Mb/s@20ms"),
    more=st.sampled_from([(), ("trusted=1", "mtu=9000")]),
)


@given(DISKS)
def test_a_rendered_disk_reads_back(disk: Disk) -> None:
    assert parse_disk(render_disk(disk)) == disk


@given(NICS)
def test_a_rendered_interface_reads_back(nic: Nic) -> None:
    assert parse_nic(render_nic(nic)) == nic


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("phy:/dev/vg/toto,xvda,w", Disk("xvda", "/dev/vg/toto")),
        ("file:/srv/a.img,xvda1,r", Disk("xvda1", "/srv/a.img", access="ro")),
        ("tap:qcow2:/srv/a.img,xvda,w", Disk("xvda", "/srv/a.img", "qcow2")),
        ("tap2:aio:/srv/a.img,xvda,w", Disk("xvda", "/srv/a.img")),
        ("/dev/vg/toto,raw,hda,rw", Disk("hda", "/dev/vg/toto", "raw")),
        ("/dev/vg/toto,,xvda", Disk("xvda", "/dev/vg/toto", "raw")),
        (",hdc:cdrom,r", Disk("hdc", "", "empty", "ro", cdrom=True)),
        ("/srv/x.iso,,hdc:cdrom,ro", Disk("hdc", "/srv/x.iso", "raw", "ro", cdrom=True)),
        ("iscsi:iqn.2001-05.org:x,xvda,w", Disk("xvda", "iqn.2001-05.org:x", script="block-iscsi")),
        ("vdev=xvdb, format=raw, access=r, target=/a,b=c", Disk("xvdb", "/a,b=c", "raw", "ro")),
        ("vdev=hdc,cdrom,format=empty", Disk("hdc", "", "empty", cdrom=True)),
        ("/dev/x,raw,xvda,w,discard,backend=store", Disk("xvda", "/dev/x", "raw", more=("discard", "backend=store"))),
    ],
)
def test_disks_as_people_write_them(spec: str, expected: Disk) -> None:
    assert parse_disk(spec) == expected


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("/dev/x,raw", "names no vdev"),
        ("/dev/x,raw,xvda,banana", "access 'banana' is neither rw nor ro"),
        ("/dev/x,raw,xvda,w,again", "too many positional parameters"),
    ],
)
def test_disks_that_xl_refuses(spec: str, problem: str) -> None:
    with pytest.raises(Problem, match=problem):
        parse_disk(spec)


def test_macs() -> None:
    assert parse_mac("0:16:3E:a:0B:c") == "00:16:3e:0a:0b:0c"
    assert make_mac("toto", 0) == make_mac("toto", 0)
    assert len({make_mac(name, index) for name in ("toto", "titi") for index in range(3)}) == 6
    assert parse_mac(make_mac("toto", 0)).startswith("00:16:3e:")


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("10Mb/s", (62500, 50000)),  # what xl list -l showed for it
        ("1MB/s@20ms", (20000, 20000)),
        ("8Gb/s@1s", (10**9, 10**6)),
        ("800b/s@500us", (0, 500)),
        ("62500@50000", (62500, 50000)),
        (None, None),
    ],
)
def test_rates_are_compared_by_what_they_grant(rate: str | None, expected: t.Any) -> None:
    assert credit(rate) == expected


def test_vlans_in_the_words_of_the_script() -> None:
    assert tag_bridge("br0", 42, ()) == "br0.42"
    assert tag_bridge("br0", None, (7, 8)) == "br0:7:8"
    assert tag_bridge("br0", 42, (7, 8)) == "br0.42:7:8"


def merge(specs: tuple[str, ...], *nics: WantNic, purge: bool = False) -> tuple[str, ...]:
    return merge_networks(specs, WantDomu("toto", nics=nics, purge_networks=purge))


def test_an_unchanged_interface_keeps_its_spelling() -> None:
    odd = "bridge=br0 , mac=00:16:3E:00:00:01"
    assert merge((odd,), WantNic(mac="00:16:3e:00:00:01")) == (odd,)


def test_an_interface_is_found_by_its_mac_whatever_its_place() -> None:
    specs = ("mac=00:16:3e:00:00:01,bridge=br0", "mac=00:16:3e:00:00:02,bridge=br0")
    merged = merge(specs, WantNic(mac="00:16:3e:00:00:02", bridge="br9"))
    assert merged == (specs[0], "mac=00:16:3e:00:00:02,bridge=br9")
    assert merge(specs, WantNic(mac="00:16:3e:00:00:02"), purge=True) == (specs[1],)
    assert merge(specs, WantNic(mac="00:16:3e:00:00:02", present=False)) == (specs[0],)


def test_an_interface_without_a_mac_is_the_one_at_its_place() -> None:
    assert merge(("mac=00:16:3e:00:00:01,bridge=br0",), WantNic(bridge="br1")) == ("mac=00:16:3e:00:00:01,bridge=br1",)
    added = merge(("mac=00:16:3e:00:00:01,bridge=br0",), WantNic(), WantNic(bridge="br1"))
    assert added[1] == f"mac={make_mac('toto', 1)},bridge=br1"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("all", {0, 1, 2, 3}),
        ("0-2,^1", {0, 2}),
        ("node:1", {2, 3}),
        ("all,^nodes:0", {2, 3}),
        ("3", {3}),
        ("2-9", {2, 3}),
    ],
)
def test_cpus(spec: str, expected: set[int]) -> None:
    assert Processors((0, 0, 1, 1)).expand(spec) == expected


@pytest.mark.parametrize("spec", ["", "9", "0,^0", "a", "1-", "-1"])
def test_cpus_that_are_none(spec: str) -> None:
    with pytest.raises(Problem):
        Processors((0, 0, 1, 1)).expand(spec)
