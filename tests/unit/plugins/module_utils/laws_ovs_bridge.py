# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on Open vSwitch bridges; ``act`` is a database in memory, and lines of `ip -batch`."""

from __future__ import annotations

import functools
import typing as t

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import SETTINGS, fill
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.parse import parse_site
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.resource import OVS_BRIDGE
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.show import describe_bridge
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import (
    Bridge,
    Link,
    Port,
    Qos,
    Record,
    Site,
    new_bridge,
)
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.uplink import with_links
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.want import (
    Fields,
    WantBridge,
    WantMirror,
    WantPort,
    WantQos,
)
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support import ovs_database
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

NAME = "br0"
FACES = ("p0", "p1", "p2", "p3", "vif1.0")
TAGS = st.none() | st.integers(0, 3)
MAPS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), max_size=3)
PATCHES = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2", None]), max_size=3)
VLANS = st.sampled_from([(), (1,), (1, 2)])
MARKS = st.sampled_from([{}, {"hostwright": NAME}, {"iface-id": "x"}])
TARGETS = st.sampled_from([("127.0.0.1:1",), ("127.0.0.1:1", "127.0.0.1:2")])
LINKS = st.builds(
    lambda ours, routed: Link(ours, ("-4 default via 10.0.0.1",) if routed and ours else ()),
    st.sampled_from([(), ("10.0.0.2/24",), ("10.0.0.2/24", "fd00::2/64 nodad")]),
    st.booleans(),
)


def draw_queue(draw: st.DrawFn, uuid: str) -> Record:
    return Record(fill("Queue", dscp=draw(TAGS), other_config=draw(MAPS)), uuid)


def draw_qos(draw: st.DrawFn) -> list[Qos | None]:
    """Two rows, which may share a queue, for ports that may share a row."""
    queues = [draw_queue(draw, f"queue{number}") for number in range(3)]
    kinds = st.sampled_from(["linux-htb", "linux-hfsc"])
    held = [{0: queues[0], 1: queues[1]}, {0: queues[2], 5: queues[1]}]
    rows = [Qos(fill("QoS", type=draw(kinds), other_config=draw(MAPS)), held[n], f"qos{n}") for n in range(2)]
    return [None, None, *rows]


def draw_port(draw: st.DrawFn, name: str, faces: t.Sequence[str], pool: list[Qos | None]) -> Port:
    columns = fill(
        "Port",
        name=name,
        tag=draw(TAGS),
        trunks=draw(VLANS),
        external_ids={**draw(MAPS), **draw(MARKS)},
        bond_mode=draw(st.sampled_from([None, "balance-slb"])),
    )
    kind = draw(st.sampled_from(["", "internal"]))
    records = {
        face: Record(
            fill("Interface", name=face, type=kind, options=draw(MAPS), mtu_request=draw(TAGS)), f"face-{face}"
        )
        for face in faces
    }
    return Port(columns, records, draw(st.sampled_from(pool)), f"port-{name}")


@st.composite
def haves(draw: st.DrawFn) -> Site:
    pool = draw_qos(draw)
    owners = {face: draw(st.sampled_from([NAME, "br1", "bond", None])) for face in FACES}
    ports: dict[str, dict[str, Port]] = {NAME: {}, "br1": {}}
    for owner, held in ports.items():
        held[owner] = Port(
            fill("Port", name=owner),
            {owner: Record(fill("Interface", name=owner, type="internal"), f"face-{owner}")},
            uuid=f"port-{owner}",
        )
        for face in FACES:
            if owners[face] == owner:
                held[face] = draw_port(draw, face, [face], pool)
    members = [face for face in FACES if owners[face] == "bond"]
    if members:
        ports[draw(st.sampled_from([NAME, "br1"]))]["bond0"] = draw_port(draw, "bond0", members, pool)
    export = Record(fill("NetFlow", targets=draw(TARGETS), engine_id=draw(TAGS)), "netflow")
    bridges = {name: draw_bridge(draw, name, held, export) for name, held in ports.items()}
    if draw(st.integers(0, 4)) == 0:
        del bridges[NAME]
    held_ports = {name for bridge in bridges.values() for name in bridge.ports}
    links = {face: draw(LINKS) for face in FACES[:2] if face not in held_ports}
    kept = frozenset(draw(st.sampled_from([(), ("queue9",)])))
    return Site(NAME, bridges, "top", links, kept, {"iface_types": ("internal", "patch", "vxlan")})


def draw_bridge(draw: st.DrawFn, name: str, ports: dict[str, Port], export: Record) -> Bridge:
    some = st.sets(st.sampled_from(sorted(ports)), max_size=2).map(lambda names: tuple(sorted(names)))
    mirrors = {}
    for mirror in sorted(draw(st.sets(st.sampled_from(["m0", "m1"])))):
        columns = fill("Mirror", name=mirror, select_src_port=draw(some), select_dst_port=draw(some))
        columns["output_port"] = draw(st.none() | st.sampled_from(sorted(ports)))
        columns["output_vlan"] = None if columns["output_port"] else 9
        mirrors[mirror] = Record(columns, f"mirror-{name}-{mirror}")
    targets = sorted(draw(st.sets(st.sampled_from(["tcp:127.0.0.1:1", "tcp:127.0.0.1:2"]))))
    return Bridge(
        columns=fill(
            "Bridge",
            name=name,
            fail_mode=draw(st.sampled_from([None, "secure"])),
            stp_enable=draw(st.booleans()),
            protocols=draw(st.sampled_from([(), ("OpenFlow10",), ("OpenFlow10", "OpenFlow13")])),
            external_ids=draw(MAPS),
            other_config=draw(MAPS),
        ),
        ports=ports,
        mirrors=mirrors,
        controllers={target: Record(fill("Controller", target=target), f"{name}-{target}") for target in targets},
        exports={"netflow": export} if draw(st.booleans()) else {},
        uuid=f"bridge-{name}",
    )


def fields(**choices: st.SearchStrategy[t.Any]) -> st.SearchStrategy[Fields]:
    """Some of the columns named, some cleared."""
    return st.builds(
        lambda values, cleared: Fields(values, tuple(sorted(cleared))),
        st.fixed_dictionaries({}, optional=choices),
        st.sets(st.sampled_from(sorted(choices)), max_size=1),
    )


QUEUES = st.none() | st.dictionaries(
    st.integers(0, 2), fields(dscp=st.integers(0, 3), other_config=PATCHES), max_size=2
)

BRIDGE_FIELDS = fields(
    fail_mode=st.just("standalone"),
    stp_enable=st.booleans(),
    protocols=st.sampled_from([(), ("OpenFlow13",)]),
    external_ids=PATCHES,
    other_config=PATCHES,
)
FLOWS = st.none() | fields(targets=TARGETS, engine_id=st.integers(0, 3))
EXPORTS = st.fixed_dictionaries({}, optional={"netflow": FLOWS, "sflow": st.just(None)})
VLAN = st.integers(1, 3)


@functools.lru_cache(maxsize=None)
def wanted_port(name: str, faces: tuple[str, ...] | None) -> st.SearchStrategy[WantPort]:
    kind = {} if name == NAME else {"type": st.sampled_from(["", "internal"])}
    port = st.builds(
        lambda fields, face, qos, clear: WantPort(
            name, True, fields, face, faces, qos if clear != 1 else None, clear == 1
        ),
        fields(tag=st.integers(0, 3), trunks=VLANS, external_ids=PATCHES, bond_mode=st.just("balance-slb")),
        fields(options=PATCHES, mtu_request=st.integers(1, 3), **kind),
        st.none() | st.builds(WantQos, fields(type=st.just("linux-htb"), other_config=PATCHES), QUEUES),
        st.integers(0, 3),
    )
    return port if name == NAME else port | st.just(WantPort(name, False))


@st.composite
def wants(draw: st.DrawFn) -> WantBridge:
    if draw(st.integers(0, 9)) == 0:
        return WantBridge(NAME, present=False, force=draw(st.booleans()))
    uses = {face: draw(st.sampled_from(["port", "bond", None, None])) for face in FACES}
    ports = [draw(wanted_port(face, None)) for face in FACES if uses[face] == "port"]
    members = tuple(face for face in FACES if uses[face] == "bond")
    if members:
        ports.append(draw(wanted_port("bond0", members)))
    if draw(st.booleans()):
        ports.append(draw(wanted_port(NAME, None)))
    source = st.sampled_from([NAME, *(port.name for port in ports if port.present)])
    choices = {"select_src_port": st.tuples(source), "output_vlan": VLAN, "select_all": st.booleans()}
    mirrors = [
        WantMirror(name, draw(st.booleans()), draw(fields(**choices)))
        for name in sorted(draw(st.sets(st.sampled_from(["m0", "m1"]))))
    ]
    return WantBridge(
        name=NAME,
        fields=draw(BRIDGE_FIELDS),
        ports=tuple(ports),
        purge_ports=draw(st.sampled_from(["false", "true", "all"])),
        mirrors=tuple(mirrors),
        purge_mirrors=draw(st.booleans()),
        exports=draw(EXPORTS),
        controllers=draw(st.none() | st.sampled_from([(), ("tcp:127.0.0.1:1",), ("tcp:127.0.0.1:3",)])),
        force=draw(st.booleans()),
        allow_uplink_move=True,
        wait=draw(st.booleans()),
    )


def act(have: Site | None, action: model.Action, want: WantBridge) -> Site | None:
    site = have or Site(NAME, uuid="top")
    if isinstance(action, model.Run):
        return with_links(site, run_ip_batch(site.links, action.stdin or ""))
    assert isinstance(action, model.Call)
    if action.method == "confirm":
        return have
    _socket, operations, _timeout = action.args
    tables = ovs_database.transact(ovs_database.tables_of(site), operations)
    after = parse_site(site.name, ovs_database.reply(tables), site.links)
    return after if want.present or after.bridge else None


def run_ip_batch(links: t.Mapping[str, Link], script: str) -> dict[str, Link]:
    """Addresses and routes by device, after lines like `address replace 10.0.0.2/24 dev br0`."""
    sets = {name: (set(link.addresses), set(link.routes)) for name, link in links.items()}
    for line in script.splitlines():
        words = line.split()
        kind, verb, device = words[0], words[1], words[-1]
        assert words[-2] == "dev" or kind == "link"
        if kind == "link":
            continue
        held = sets.setdefault(device, (set(), set()))[kind == "route"]
        text = " ".join(words[2:-2])
        if kind == "route":
            text = "-4 default" + text[len("0.0.0.0/0") :]
        if verb == "del":
            held -= {item for item in held if item == text or item.startswith(text + " ")}
        else:
            held.add(text)
    return {name: Link(tuple(sorted(one)), tuple(sorted(two))) for name, (one, two) in sets.items()}


def declare(have: Site) -> WantBridge:
    bridge = have.bridge
    if bridge is None:
        return WantBridge(NAME, present=False)

    def whole(table: str, columns: t.Mapping[str, t.Any]) -> Fields:
        """Everything that is set, and the rest cleared; others may have put keys of their own into a map."""
        kept = {k: v for k, v in columns.items() if k != "name" and v != SETTINGS[table][k]}
        if "external_ids" in kept:
            kept["external_ids"] = {k: v for k, v in kept["external_ids"].items() if k != "hostwright"}
        return Fields(kept, tuple(k for k, v in columns.items() if k not in kept and k not in ("name", "external_ids")))

    ports = []
    for name, port in bridge.ports.items():
        face = next(iter(port.interfaces.values()))
        qos = None
        if port.qos:
            queues = {number: whole("Queue", queue.columns) for number, queue in port.qos.queues.items()}
            qos = WantQos(whole("QoS", port.qos.columns), queues)
        faces = whole("Interface", face.columns) if len(port.interfaces) == 1 else Fields()
        ports.append(
            WantPort(
                name, True, whole("Port", port.columns), faces, tuple(sorted(port.interfaces)), qos, port.qos is None
            )
        )
    exports: dict[str, Fields | None] = {"netflow": None, "sflow": None, "ipfix": None}
    exports.update({key: whole("NetFlow", record.columns) for key, record in bridge.exports.items()})
    return WantBridge(
        name=NAME,
        fields=whole("Bridge", bridge.columns),
        ports=tuple(ports),
        purge_ports="all",
        mirrors=tuple(WantMirror(name, True) for name in bridge.mirrors),
        purge_mirrors=True,
        exports=exports,
        controllers=tuple(sorted(bridge.controllers)),
    )


def leads_somewhere(have: Site) -> bool:
    """A mirror that leads nowhere can be there, but not be declared."""
    mirrors = have.bridge.mirrors.values() if have.bridge else ()
    return all(m.columns["output_port"] or m.columns["output_vlan"] for m in mirrors)


def describe(have: Site) -> dict[str, t.Any]:
    """All fields, but for the ports that mirrors name: the database takes out those that are gone.

    A bridge that is not there yet counts as one that has only its own port.
    """
    shown = describe_bridge(have.bridge or new_bridge(NAME))
    by_port = ("select_src_port", "select_dst_port", "output_port")
    for name, mirror in shown.get("mirrors", {}).items():
        shown["mirrors"][name] = {key: value for key, value in mirror.items() if key not in by_port}
    return shown


BACKEND = Backend(
    resource=OVS_BRIDGE,
    haves=haves().filter(leads_somewhere),
    wants=wants(),
    act=act,
    declare=declare,
    fields=describe,
    destroys=lambda action: isinstance(action, model.Run),
)
