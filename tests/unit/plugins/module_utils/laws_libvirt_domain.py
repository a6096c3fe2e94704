# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws for libvirt_domain. ``act`` is a small libvirt with QEMU, as 9.0 was seen to behave."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.definition import define, settle
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.device import (
    DEVICES,
    GROUPS,
    find_device,
    key_of,
    list_devices,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import (
    Found,
    Have,
    Neighbour,
    restart_marker,
    storage_note,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.resource import LIBVIRT_DOMAIN
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import (
    MARK,
    Leaf,
    Value,
    at,
    clear,
    lay,
    make,
    parse,
    read,
    read_at,
    render,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import Seed, WantDomain, read_wants
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want_leaves import TAGS
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.tables import check_params

NAME, UUID = "web", "aaaaaaaa-0000-4000-8000-000000000001"
A, B, C = "/images/a.qcow2", "/images/b.qcow2", "/images/c.raw"
SEED = "/images/seed.iso"
DISKS: t.Sequence[t.Mapping[str, t.Any]] = (
    {"vdev": "vda", "target": A, "format": "qcow2", "size": "2M"},
    {"vdev": "vda", "target": A},
    {"vdev": "vda", "target": B, "format": "qcow2", "cache": "none"},
    {"vdev": "vdb", "target": C, "format": "raw", "size": "1M", "boot_order": 1},
    {"vdev": "vdb", "pool": "p", "volume": "v", "size": "1M", "format": "qcow2"},
    {"vdev": "vdb", "state": "absent"},
    {"vdev": "sda", "devtype": "cdrom", "target": C},
    {"vdev": "sda", "devtype": "cdrom", "target": ""},
)
NICS: t.Sequence[t.Mapping[str, t.Any]] = (
    {"bridge": "br0"},
    {"bridge": "br1", "model": "e1000", "mac": "52:54:00:00:00:01", "link_state": "down"},
    {"network": "default", "portgroup": "lan", "mac": "52:54:00:00:00:01", "link_state": "up"},
    {"bridge": "ovs0", "vlan": 4, "trunks": [5], "mac": "52:54:00:00:00:02"},
    {"mac": "52:54:00:00:00:01", "state": "absent"},
)
# What a definition is made of, and what a task may say later
BASE: t.Mapping[str, t.Sequence[t.Any]] = {
    "type": ["qemu"],
    "max_memory": ["64M", "96M"],
    "memory": ["32M", "64M"],
    "vcpus": [1, 2],
    "max_vcpus": [2, 4],
    "machine": ["q35", "pc"],
    "title": ["t", "u", ""],
    "description": ["d", "<e & f>"],
    "tags": [["a"], ["b", "c"], {"k": "v"}, []],
    "video": ["vga", "cirrus"],
    "cpu_mode": ["maximum", "host-model"],
    "cpu_features": [{"svm": "disable"}, {"svm": None}],
    "firmware": ["efi", "bios"],
    "rng": ["/dev/urandom", "no", "builtin"],
    "watchdog": [{"action": "reset"}, {"state": "absent"}],
    "graphics": [[{"type": "vnc", "password": "sesame"}], [{"type": "vnc", "listen": "::1"}, {"type": "spice"}]],
    "guest_agent": [True, False],
    "hostdevs": [[{"pci": "00:02.0"}], [{"pci": "00:02.0", "state": "absent"}]],
    "on_crash": ["destroy", "preserve"],
    "xml_patch": [
        [{"path": "clock", "attribute": "offset", "value": "localtime"}],
        [{"path": "clock", "state": "absent"}],
    ],
    "disks": [[DISKS[1]], [DISKS[2], DISKS[6]], [DISKS[1], DISKS[3]]],
    "networks": [[NICS[0]], [NICS[0], NICS[1]], [NICS[3]]],
}
LATER: t.Mapping[str, t.Sequence[t.Any]] = {
    **{key: values for key, values in BASE.items() if key != "type"},
    "memory": ["48M", "128M"],
    "vcpus": [1, 2, 3],
    "disks": [[DISKS[number]] for number in range(len(DISKS))],
    "networks": [[NICS[number]] for number in range(len(NICS))],
    "autostart": [True, False],
    "purge_disks": [True],
    "purge_networks": [True],
    "force_stop": [True],
    "delete_storage": [True],
    "delete_snapshots": [True],
    "delete_nvram": [True],
}


def declare_params(params: t.Mapping[str, t.Any]) -> WantDomain:
    (want,) = read_wants(check_params(LIBVIRT_DOMAIN, {"name": NAME, **params}))
    seed = None if want.seed is None else Seed(SEED, "seed")
    return dataclasses.replace(want, fresh_uuid=UUID, seed=seed)


def taken_in(text: str) -> str:
    """What libvirt makes of a definition: places for devices, the newest machine, a device to boot from."""
    root = parse(text)
    for number, disk in enumerate(list_devices(root, "disk")):
        make(disk, at("address").tags).attrib.update({"type": "pci", "bus": f"0x{number + 1:02x}"})
    machine = read_at(root, at("os/type@machine"))
    newest: t.Mapping[Value, str] = {"q35": "pc-q35-7.2", "pc": "pc-i440fx-7.2"}
    if machine in newest:
        lay(root, [Leaf(at("os/type@machine"), newest[machine])])
    ordered = any(disk.find("boot") is not None for disk in list_devices(root, "disk"))
    if root.find("os/boot") is None and not ordered:
        lay(root, [Leaf(at("os/boot@dev"), "hd")])
    return render(root)


def as_running(text: str, number: int) -> str:
    """The guest has all its memory, and libvirt shows what came of what was asked of the CPU."""
    root = parse(text)
    root.set("id", str(number))
    most = read_at(root, at("memory"))
    lay(root, [Leaf(at("currentMemory"), most)])
    if read_at(root, at("cpu@mode")) == "host-model":
        lay(root, [Leaf(at("cpu@mode"), "custom"), Leaf(at("cpu/model"), "EPYC")])
    return render(root)


@st.composite
def params_of(draw: st.DrawFn, pool: t.Mapping[str, t.Sequence[t.Any]], most: int) -> dict[str, t.Any]:
    keys = draw(st.sets(st.sampled_from(sorted(pool)), max_size=most))
    return {key: draw(st.sampled_from(pool[key])) for key in sorted(keys)}


@st.composite
def haves(draw: st.DrawFn) -> Have:
    images = {A: Found("qcow2", 1 << 20), B: Found("qcow2", 1 << 20), C: Found("raw", 1 << 20)}
    have = Have(
        NAME, images=images, nesting="svm", kvm=True, neighbours=(Neighbour("other", frozenset(), frozenset()),)
    )
    params = {"type": "qemu", "memory": "64M", "max_vcpus": 4, **draw(params_of(BASE, 8))}
    try:
        have = dataclasses.replace(have, text=taken_in(define(have, settle(have, declare_params(params)))), kept=True)
    except model.Problem:
        assume(False)
    have = dataclasses.replace(have, power="stopped")
    power = draw(st.sampled_from(["stopped", "started", "started", "paused", "saved", "crashed"]))
    if power != "stopped":
        live = have.text or ""
        if draw(st.booleans()):
            other = {"type": "qemu", "memory": "64M", "max_vcpus": 4, **draw(params_of(BASE, 4))}
            try:
                empty = dataclasses.replace(have, text=None)
                live = taken_in(define(empty, settle(empty, declare_params(other))))
            except model.Problem:
                assume(False)
        seen = {"vda": 1 << 20} if draw(st.booleans()) and power == "started" else {}
        have = dataclasses.replace(have, live=as_running(live, 1), power=power, capacities=seen)
    return dataclasses.replace(
        have,
        kept=have.power in ("stopped", "saved") or draw(st.booleans()) or draw(st.booleans()),
        autostart=draw(st.booleans()),
        snapshots=draw(st.booleans()) and draw(st.booleans()),
        restarting=draw(st.booleans()) and draw(st.booleans()) and have.power not in ("saved", "crashed"),
        leftover=draw(st.sampled_from([None, None, None, ("/images/old",)])),
    )


@st.composite
def wants(draw: st.DrawFn) -> WantDomain:
    params = draw(params_of(LATER, 5))
    state = draw(st.sampled_from(["present", "started", "stopped", "restarted", "paused", "saved", "absent"]))
    policy = draw(st.sampled_from(["never", "if_needed", "always"]))
    if draw(st.booleans()) and draw(st.booleans()):
        params["cloud_init"] = {"user_data": "#cloud-config\n", "path": SEED}
    try:
        return declare_params({**params, "state": state, "restart_policy": policy})
    except model.Problem:
        assume(False)
        raise


def act(have: Have | None, action: model.Action, want: WantDomain) -> Have | None:
    after = act_on(have or Have(NAME), action)
    gone = after.text is None and not (after.leftover and want.delete_storage) and not after.restarting
    return None if gone and want.state == "absent" else after


def act_on(have: Have, action: model.Action) -> Have:
    if isinstance(action, (model.Write, model.Remove)):
        return act_file(have, action)
    if isinstance(action, model.Call):
        return act_call(have, action.method, action.args[2:])
    assert isinstance(action, model.Run)
    if action.argv[0] != "virsh":
        return act_image(have, action.argv)
    return act_virsh(have, action.argv[4], action.argv[5:], action.stdin or "")


def act_file(have: Have, action: model.Write | model.Remove) -> Have:
    text = action.content if isinstance(action, model.Write) else None
    if action.path == restart_marker(NAME):
        return dataclasses.replace(have, restarting=text is not None)
    if action.path == storage_note(NAME):
        return dataclasses.replace(have, leftover=None if text is None else tuple(json.loads(text)))
    if action.path == SEED and text is not None:
        return dataclasses.replace(have, seed=text)
    return without_image(have, action.path)


def without_image(have: Have, place: str) -> Have:
    assert place not in "".join(filter(None, [have.text, have.live])), "deleted while it is in use"
    return dataclasses.replace(have, images={key: found for key, found in have.images.items() if key != place})


def with_image(have: Have, place: str, image_format: str, size: int) -> Have:
    return dataclasses.replace(have, images={**have.images, place: Found(image_format, size)})


def act_image(have: Have, argv: model.Argv) -> Have:
    if argv[0] == "mv":
        return with_image(have, argv[-1], "qcow2" if argv[-1] != C else "raw", 2 << 20 if argv[-1] == A else 1 << 20)
    if argv[:2] == ("qemu-img", "resize"):
        assert not have.is_up or argv[-2] not in (have.live or ""), "another process uses it"
        return with_image(have, argv[-2], have.images[argv[-2]].format, int(argv[-1]))
    return have


def act_call(have: Have, method: str, args: t.Sequence[t.Any]) -> Have:
    if method == "start":
        assert not have.is_up
        text = have.live if have.power == "saved" else as_running(have.text or "", 7)
        return dataclasses.replace(have, live=text, power="paused" if args[0] else "started", fresh=True)
    if method == "stop":
        return ended(have)
    if method == "delete_volume":
        return without_image(have, "/".join(args))
    live = parse(have.live or "")
    if method == "set_memory":
        lay(live, [Leaf(at("currentMemory"), str(args[0]), kind="size")])
    else:
        assert method == "detach"
        old = find_device(live, args[0], args[1])
        assert old is not None
        make(live, DEVICES).remove(old)
    return dataclasses.replace(have, live=render(live))


def ended(have: Have) -> Have:
    left = have.text if have.kept else None
    return dataclasses.replace(have, live=None, text=left, power="stopped" if left else "absent", capacities={})


def act_virsh(have: Have, verb: str, words: t.Sequence[str], stdin: str) -> Have:
    if verb == "define":
        power = "stopped" if have.power == "absent" else have.power
        return dataclasses.replace(have, text=taken_in(stdin), kept=True, power=power)
    if verb == "undefine":
        assert not have.snapshots or "--snapshots-metadata" in words
        return dataclasses.replace(have, text=None, kept=False, power="absent", autostart=False, snapshots=False)
    if verb == "autostart":
        return dataclasses.replace(have, autostart="--disable" not in words)
    if verb == "vol-create-as":
        return with_image(have, "p/v", "qcow2", 1 << 20)
    if verb in ("managedsave", "managedsave-remove", "destroy", "suspend", "resume"):
        return act_power(have, verb)
    return act_live(have, verb, words, stdin)


def act_power(have: Have, verb: str) -> Have:
    if verb == "managedsave":
        assert have.power in ("started", "paused")
        return dataclasses.replace(have, power="saved", capacities={})
    if verb == "managedsave-remove":
        assert have.power == "saved"
        return dataclasses.replace(have, power="stopped", live=None)
    if verb == "destroy":
        return ended(have)
    assert have.power == ("paused" if verb == "resume" else "started")
    return dataclasses.replace(have, power="started" if verb == "resume" else "paused")


def act_live(have: Have, verb: str, words: t.Sequence[str], stdin: str) -> Have:
    assert have.is_up
    live = parse(have.live or "")
    if verb == "blockresize":
        (place,) = [image for image in (A, "p/v") if image.rsplit("/", maxsplit=1)[-1] in (have.live or "")][:1]
        have = with_image(have, place, "qcow2", int(words[2][:-1]))
        return dataclasses.replace(have, capacities={**have.capacities, words[1]: int(words[2][:-1])})
    if verb == "setvcpus":
        lay(live, [Leaf(at("vcpu"), words[1], "vcpus", "count")])
    elif verb == "desc":
        lay(live, [Leaf(at("title" if "--title" in words else "description"), words[-1] or None)])
    elif verb == "metadata":
        assert words[1] == MARK
        clear(live, at("metadata/hostwright:domain?"))
        if words[-1] != "--remove":
            mark, new = make(live, at("metadata/hostwright:domain").tags), parse(words[-1])
            mark.attrib.update(new.attrib)
            lay(live, [Leaf(TAGS, tuple(tag.text or "" for tag in new))])
    else:
        assert verb in ("attach-device", "update-device")
        new = parse(stdin)
        old = find_device(live, new.tag, key_of(new))
        assert (old is None) == (verb == "attach-device")
        if old is not None:
            make(live, DEVICES).remove(old)
        make(live, DEVICES).append(new)
    return dataclasses.replace(have, live=render(live))


SIMPLE = (
    Leaf(at("memory"), None, "max_memory", "size"),
    Leaf(at("vcpu"), None, "max_vcpus", "most"),
    Leaf(at("vcpu"), None, "vcpus", "count"),
    Leaf(at("title"), None, "title"),
    Leaf(at("description"), None, "description"),
    Leaf(TAGS, None, "tags"),
    Leaf(at("on_crash"), None, "on_crash"),
    Leaf(at("os/type@machine"), None, "machine", "machine"),
)


def declare(have: Have) -> WantDomain:
    """What the definition and the running guest agree on."""
    assume(not have.restarting)  # a restart that was cut off is always finished
    assume(have.kept)
    assume(have.leftover is None)
    assume(have.power != "crashed")
    assert have.text
    kept, live = parse(have.text), parse(have.live or have.text)
    agreed = [leaf for leaf in SIMPLE if read(kept, leaf) == read(live, leaf)]
    leaves = tuple(dataclasses.replace(leaf, value=read(kept, leaf)) for leaf in agreed)
    bounded = {leaf.field for leaf in leaves}
    if "max_vcpus" not in bounded:
        leaves = tuple(leaf for leaf in leaves if leaf.field != "vcpus")
    return WantDomain(NAME, state=have.power, leaves=leaves, autostart=have.autostart, restart_policy="always")


def fields(have: Have | None) -> dict[str, t.Any]:
    """What the definition says, by the names of the diff."""
    if have is None or not have.text:
        return {}
    root = parse(have.text)
    for place in ("os/boot", "devices/disk/address"):  # libvirt's own
        clear(root, at(place + "?"))
    found: dict[str, t.Any] = {leaf.field: read(root, leaf) for leaf in SIMPLE}
    for kind in ("disk", "interface", "graphics", "hostdev", "channel", "rng", "watchdog", "video"):
        for element in list_devices(root, kind):
            clear(element, at("address?"))
            key = key_of(element)
            found[f"{GROUPS.get(kind, kind)}{'.' if key else ''}{key}"] = render(element)
    return {**found, "autostart": have.autostart}


def destroys(action: model.Action) -> bool:
    if isinstance(action, model.Run):
        verb = action.argv[4] if action.argv[0] == "virsh" else ""
        return verb in ("destroy", "managedsave-remove") or {"--nvram", "--snapshots-metadata"} <= {*action.argv}
    if isinstance(action, model.Remove):
        return action.path.startswith("/images/")
    return isinstance(action, model.Call) and (
        action.method == "delete_volume" or (action.method == "stop" and bool(action.args[-1]))
    )


BACKEND = Backend(
    resource=LIBVIRT_DOMAIN, haves=haves(), wants=wants(), act=act, declare=declare, fields=fields, destroys=destroys
)
