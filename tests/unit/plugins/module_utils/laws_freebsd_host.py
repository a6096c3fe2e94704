# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on a FreeBSD host: the simulator reads each command as the tool does."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.files import (
    BEGIN,
    END,
    read_keys,
    read_settings,
)
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.observe import HostState, Vhid
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.resource import FREEBSD_HOST
from ansible_collections.hostwright.virt.plugins.module_utils._freebsd_host.want import (
    ACCEPT,
    Carp,
    Edit,
    Interface,
    WantHost,
)
from ansible_collections.hostwright.virt.plugins.module_utils._jail.links import Link
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

CARDS = ("em0", "em1")
SECRET, OTHER = "s3cret-word", "other-word"


def some(values: t.Sequence[t.Any], most: int = 3) -> st.SearchStrategy[list[t.Any]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


@st.composite
def texts(draw: st.DrawFn, lines: t.Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in draw(some(lines)))


LOADER = ["# mine", 'zfs_load="YES"', "kern.racct.enable=0", 'kern.racct.enable="1"', f"{ACCEPT}=1", f"{ACCEPT}=0"]
SYSCTL = ["# mine", "net.inet.ip.forwarding=0", "net.inet.ip.forwarding=1 # why", "kern.other=7"]
KEYS = f"{BEGIN}\nifconfig em0 vhid 2 advbase 1 advskew 0 pass '{OTHER}'\n{END}\n"


@st.composite
def haves(draw: st.DrawFn) -> HostState:
    rc = {
        "kld_list": draw(st.sampled_from([None, "", "zfs", "pf zfs"])),
        "sshd_enable": draw(st.sampled_from([None, "YES", "NO"])),
        "other": draw(st.sampled_from([None, "x y"])),
        "cloned_interfaces": draw(st.sampled_from([None, "lo1", "lo1 bridge0"])),
        "ifconfig_em0": draw(st.sampled_from([None, "inet 192.0.2.9/24"])),
        "ifconfig_bridge0": draw(st.sampled_from([None, "addm em1 -lro up", "addm em0 addm em1 up", "mtu 1500"])),
        "ifconfig_em0_alias0": draw(st.sampled_from([None, "inet 192.0.2.7/32", "inet vhid 2 alias 192.0.2.100/32"])),
    }
    bridged = draw(st.booleans())
    links = {name: Link(mac="52:54:00:00:00:01", up=draw(st.booleans())) for name in CARDS}
    if bridged:
        links["bridge0"] = Link(mac="58:9c:fc:00:00:01", up=draw(st.booleans()))
        links["epair0a"] = Link(bridge="bridge0", up=True)
        links["em1"] = dataclasses.replace(links["em1"], bridge=draw(st.sampled_from(["", "bridge0"])))
    if draw(st.booleans()):
        links["em0"] = dataclasses.replace(links["em0"], bridge="bridge1")
        links.update({"bridge1": Link(), "em1.20": Link(), "epair5a": Link(), "epair5b": Link()})
        rc.update(cloned_interfaces="bridge1 epair5 lo1", vlans_em1="20 30", ifconfig_bridge1="addm em0 up")
        rc.update(ifconfig_bridge1_alias0="inet 192.0.2.77/32", ifconfig_epair5b="up")
    carp = {}
    if draw(st.booleans()):
        carp["em0", 2] = Vhid(1, draw(st.sampled_from([0, 100])), draw(st.sampled_from([None, OTHER, SECRET])))
        carp["em0", 2] = dataclasses.replace(carp["em0", 2], addresses=frozenset({"192.0.2.100"}))
        links["em0"] = dataclasses.replace(links["em0"], addresses=frozenset({"192.0.2.100/32"}))
    modules = frozenset(draw(some(["zfs", "pf", "ipfw"])))
    return HostState(
        loader=draw(texts(LOADER)),
        sysctl_conf=draw(texts(SYSCTL)),
        kenv=draw(st.sampled_from([{}, {ACCEPT: "1"}])),
        sysctl=draw(st.sampled_from([{}, {"net.inet.ip.forwarding": "0"}, {"net.inet.ip.forwarding": "1"}])),
        modules=modules,
        rc={name: value for name, value in rc.items() if value is not None},
        links=links,
        carp=carp,
        keys={"em0": draw(st.sampled_from(["", "# mine\n", KEYS]))},
        loose=draw(st.sampled_from([frozenset(), frozenset({"em0"})])),
    )


VALUES: st.SearchStrategy[t.Any] = st.sampled_from([None, "YES", "a b", Edit(("b", "c"), ("a",)), Edit(remove=("x",))])


@st.composite
def wants(draw: st.DrawFn) -> WantHost:
    bridge = Interface(
        "bridge0",
        members=draw(st.sampled_from([None, (), ("em0",), ("em0", "em1")])),
        mac=draw(st.sampled_from([None, "02:00:5e:00:53:01"])),
        mtu=draw(st.sampled_from([None, 1400])),
        addresses=draw(st.sampled_from([(), ("198.51.100.1/24", "2001:db8::1/64")])),
    )
    vlan = Interface("em1.20", parent="em1", vlan=20, present=draw(st.booleans()))
    ends = [Interface(f"epair5{end}", present=draw(st.booleans())) for end in "ab"]
    ends[1] = dataclasses.replace(ends[1], present=ends[0].present)
    bridge = draw(st.sampled_from([bridge, bridge, Interface("bridge1", present=False)]))
    carp = draw(st.sampled_from([(), (2,), (1,), (1, 2)]))
    present = draw(st.booleans())
    addresses = {1: "192.0.2.101/32", 2: "192.0.2.100/32"}
    skew, password = draw(st.sampled_from([0, 100])), draw(st.sampled_from([None, SECRET]))
    return WantHost(
        loader=draw(
            st.dictionaries(
                st.sampled_from(["kern.racct.enable", "vmm_load", ACCEPT]), st.sampled_from(["1", "YES", None])
            )
        ),
        modules=tuple(draw(some(["pf", "vmm", "dummynet", "ipfw"]))),
        sysctl=draw(
            st.dictionaries(st.sampled_from(["net.inet.ip.forwarding", "kern.x"]), st.sampled_from(["1", None]))
        ),
        rc=draw(st.dictionaries(st.sampled_from(["sshd_enable", "other", "new"]), VALUES)),
        interfaces=tuple(draw(some([bridge, vlan, *ends], 4))),
        carp=tuple(Carp("em0", vhid, addresses[vhid], skew, 1, password, present or vhid == 1) for vhid in carp),
    )


def act(have: HostState | None, action: model.Action, want: WantHost) -> HostState:
    have = have or HostState()
    if isinstance(action, model.Write):
        if action.path.startswith("/etc/start_if."):
            device = action.path.rpartition(".")[2]
            assert action.mode == 0o600
            assert action.secret
            return dataclasses.replace(have, keys={**have.keys, device: action.content}, loose=have.loose - {device})
        if action.path == "/boot/loader.conf":
            return dataclasses.replace(have, loader=action.content)
        assert action.path == "/etc/sysctl.conf"
        return dataclasses.replace(have, sysctl_conf=action.content)
    if isinstance(action, model.Call):
        interface, vhid, skew, base, key = action.args
        old = have.carp.get((interface, vhid), Vhid())
        return put_vhid(have, interface, vhid, dataclasses.replace(old, advskew=skew, advbase=base, key=key))
    assert isinstance(action, model.Run)
    return TOOLS[action.argv[0]](have, action.argv[1:])


def sysrc(have: HostState, words: t.Sequence[str]) -> HostState:
    if words[0] == "-x":
        assert words[1] in have.rc, "sysrc: unknown variable"
        return dataclasses.replace(have, rc={name: value for name, value in have.rc.items() if name != words[1]})
    name, _equals, value = words[0].partition("=")
    return dataclasses.replace(have, rc={**have.rc, name: value})


def kldload(have: HostState, words: t.Sequence[str]) -> HostState:
    brings = {words[1], "ipfw"} if words[1] == "dummynet" else {words[1]}
    if "ipfw" in brings - have.modules:
        assert have.kenv.get(ACCEPT) == "1", "this host is cut off"
    return dataclasses.replace(have, modules=have.modules | {words[1]})


def sysctl(have: HostState, words: t.Sequence[str]) -> HostState:
    name, _equals, value = words[0].partition("=")
    return dataclasses.replace(have, sysctl={**have.sysctl, name: value})


def kenv(have: HostState, words: t.Sequence[str]) -> HostState:
    name, _equals, value = words[0].partition("=")
    return dataclasses.replace(have, kenv={**have.kenv, name: value})


def put_vhid(have: HostState, device: str, vhid: int, group: Vhid) -> HostState:
    return dataclasses.replace(have, carp={**have.carp, (device, vhid): group})


def ifconfig(have: HostState, words: t.Sequence[str]) -> HostState:
    name, verb, rest = words[0], words[1], list(words[2:])
    links = dict(have.links)
    if verb == "create":
        ends = (f"{name}a", f"{name}b") if name.startswith("epair") else (name,)
        assert not links.keys() & set(ends), "ifconfig: interface already exists"
        links.update(dict.fromkeys(ends, Link()))
        return dataclasses.replace(have, links=links)
    if verb == "destroy":
        ends = (f"{name[:-1]}a", f"{name[:-1]}b") if name.startswith("epair") else (name,)
        assert name in links, f"ifconfig: interface {name} does not exist"
        kept = {one: link for one, link in links.items() if one not in ends}
        free = {one: dataclasses.replace(link, bridge="") for one, link in kept.items() if link.bridge in ends}
        return dataclasses.replace(have, links={**kept, **free})
    link = links[name]
    if "vhid" in words:
        return share(have, name, list(words[1:]))
    if verb in ("inet", "inet6"):
        return address(have, name, rest)
    if verb in ("addm", "deletem"):
        member = links[rest[0]]
        assert member.bridge == ("" if verb == "addm" else name)
        links[rest[0]] = dataclasses.replace(member, bridge=name if verb == "addm" else "")
    else:
        assert verb in ("up", "ether", "mtu")
        mac, mtu = (rest[0] if verb == "ether" else link.mac), (int(rest[0]) if verb == "mtu" else link.mtu)
        links[name] = dataclasses.replace(link, up=link.up or verb == "up", mac=mac, mtu=mtu)
    return dataclasses.replace(have, links=links)


def share(have: HostState, name: str, words: list[str]) -> HostState:
    values = {verb: words[words.index(verb) + 1] for verb in ("vhid", "advbase", "advskew", "alias") if verb in words}
    vhid = int(values["vhid"])
    old = have.carp.get((name, vhid), Vhid())
    new = dataclasses.replace(old, advskew=int(values["advskew"]), advbase=int(values["advbase"]))
    if "alias" in values:
        bare = values["alias"].partition("/")[0]
        new = dataclasses.replace(new, addresses=new.addresses | {bare})
        link = have.links[name]
        link = dataclasses.replace(link, addresses=link.addresses | {values["alias"]})
        have = dataclasses.replace(have, links={**have.links, name: link})
    return put_vhid(have, name, vhid, new)


def address(have: HostState, name: str, rest: list[str]) -> HostState:
    link = have.links[name]
    if rest[1] == "alias":
        link = dataclasses.replace(link, addresses=link.addresses | {rest[0]})
        return dataclasses.replace(have, links={**have.links, name: link})
    kept = frozenset(text for text in link.addresses if text.partition("/")[0] != rest[0])
    assert kept != link.addresses, "ifconfig: Can't assign requested address"
    groups = {at: dataclasses.replace(group, addresses=group.addresses - {rest[0]}) for at, group in have.carp.items()}
    carp = {at: group for at, group in groups.items() if group.addresses}
    link = dataclasses.replace(link, addresses=kept)
    return dataclasses.replace(have, links={**have.links, name: link}, carp=carp)


TOOLS: dict[str, t.Callable[[HostState, t.Sequence[str]], HostState]] = {
    "sysrc": sysrc,
    "kldload": kldload,
    "sysctl": sysctl,
    "kenv": kenv,
    "ifconfig": ifconfig,
}


def declare(have: HostState) -> WantHost:
    settings, loader = read_settings(have.sysctl_conf), read_settings(have.loader)
    both = {name: value for name, value in settings.items() if have.sysctl.get(name) == value}
    listed = have.rc.get("kld_list", "").split()
    return WantHost(
        loader=loader,
        modules=tuple(name for name in sorted(have.modules) if name in listed),
        sysctl=both,
        rc=dict(have.rc),
    )


def fields(have: HostState) -> dict[str, t.Any]:
    """Everything, by the names of the diff; and the lines that are nobody's."""
    found: dict[str, t.Any] = {f"rc.{name}": value for name, value in have.rc.items()}
    found.update({f"loader.{name}": value for name, value in read_settings(have.loader).items() if name != ACCEPT})
    found.update({f"sysctl_conf.{name}": value for name, value in read_settings(have.sysctl_conf).items()})
    found.update({f"sysctl.{name}": value for name, value in have.sysctl.items()})
    found.update({f"module.{name}": True for name in have.modules})
    found.update({f"boot.em0.{vhid}": True for vhid in read_keys(have.keys.get("em0", ""))})
    found.update({f"carp.{device}.{vhid}": group for (device, vhid), group in have.carp.items()})
    found["guest on a bridge"] = have.links.get("epair0a")
    found["comments"] = ["# mine" in text for text in (have.loader, have.sysctl_conf, have.keys.get("em0", ""))]
    return found


BACKEND = Backend(
    resource=FREEBSD_HOST,
    haves=haves(),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda action: False,
)
