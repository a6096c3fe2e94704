# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the guests of this host: the same few commands for one guest or a hundred. Private."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._xen import observe_host as machine
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import (
    GONE,
    Around,
    Former,
    Have,
    Neighbour,
    Runtime,
    restart_marker,
)
from ansible_collections.hostwright.virt.plugins.module_utils._xen.peers import ask_peers
from ansible_collections.hostwright.virt.plugins.module_utils._xen.place import add_place, read_move
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import Settings, read_running, read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu
from ansible_collections.hostwright.virt.plugins.module_utils._xen.xl_cfg import parse

FOLDER = "/etc/xen"


def observe(host: Host, wants: t.Sequence[WantDomu]) -> dict[str, Have]:
    """The guest of every declaration, also of those that do not exist: what stands around them matters too."""
    domains = machine.read_domains(host)
    if any(want.names_key("cpus") for want in wants):
        domains = machine.add_pins(host, domains)
    if any(want.state == "restarted" for want in wants) and domains:
        domains = machine.add_start_times(host, domains)
    links = machine.read_auto_links(host)
    files = {path: host.read(path) for path in _list_files(host)}
    node, processors = machine.read_node(host), None
    if any(want.names_key("cpus") for want in wants):
        processors = machine.read_processors(host)
    found: dict[str, Have] = {}
    for want in wants:
        have = _read_one(host, want, domains, links)
        found[want.name] = _with_around(host, want, have, domains, files)
        around = dataclasses.replace(found[want.name].around, node=node, processors=processors)
        found[want.name] = dataclasses.replace(found[want.name], around=around)
    found = ask_peers(host, machine.add_growth(host, found), wants)
    return {want.name: add_place(host, found[want.name], want) for want in wants}


def _list_files(host: Host) -> tuple[str, ...]:
    return tuple(f"{FOLDER}/{entry}" for entry in host.entries(FOLDER) if entry.endswith(".cfg"))


def _read_one(host: Host, want: WantDomu, domains: t.Mapping[str, Runtime], links: t.Mapping[str, str]) -> Have:
    text, former = host.read(want.config_file), None
    if want.renamed_from is not None:
        former = _read_former(host, want.renamed_from, links)
    runtime = domains.get(want.name) or (domains.get(want.renamed_from or "") if former and text is None else None)
    if runtime is not None:
        runtime = machine.add_updated(host, runtime)
    saved = host.ask("saved", "config", want.save_file) if host.exists(want.save_file) else None
    return Have(
        name=want.name,
        path=want.config_file,
        save_file=want.save_file,
        text=text,
        runtime=runtime,
        saved=None if saved is None else read_running(saved),
        links=tuple(link for link, target in links.items() if target == want.config_file),
        former=former,
        restarting=host.exists(restart_marker(want.name)),
        save_folder=host.exists(os.path.dirname(want.save_file)),
        gone=domains.get(want.name + GONE),
        move=read_move(host, want.name),
    )


def _read_former(host: Host, name: str, links: t.Mapping[str, str]) -> Former | None:
    path = f"{FOLDER}/{name}.cfg"
    text = host.read(path)
    if text is None:
        return None
    mine = tuple(link for link, target in links.items() if target == path)
    return Former(name, path, text, mine, saved=host.exists(f"/var/lib/xen/save/{name}"))


def _with_around(
    host: Host,
    want: WantDomu,
    have: Have,
    domains: t.Mapping[str, Runtime],
    files: t.Mapping[str, str | None],
) -> Have:
    mine = {want.name, want.renamed_from, want.name + GONE}
    others = [machine.describe_running(run) for run in domains.values() if run.name not in mine]
    unreadable = []
    for path, text in files.items():
        if text is None or path in (have.path, have.former and have.former.path):
            continue
        try:
            others.append(_describe_file(path, text))
        except Problem as problem:
            unreadable.append(str(problem))
    paths = _paths_of(want, have)
    real = {path: resolve(host, path) for path in paths | {disk for one in others for disk, _access in one.disks}}
    around = Around(
        neighbours=tuple(others),
        missing=frozenset(path for path in paths if not host.exists(path)),
        real=tuple(sorted(real.items())),
        unreadable=tuple(unreadable),
    )
    return dataclasses.replace(have, around=around)


def _describe_file(path: str, text: str) -> Neighbour:
    document = parse(text, path)
    settings = read_settings(document)
    name = str(document.get("name") or os.path.basename(path)[: -len(".cfg")])
    return Neighbour(
        name=name,
        running=False,
        macs=frozenset(nic.mac for nic in settings.nics if nic.mac),
        disks=tuple((disk.target, disk.access) for disk in settings.disks if disk.target),
    )


def _paths_of(want: WantDomu, have: Have) -> set[str]:
    """Files and devices that a start would need, declared or configured."""
    texts: list[t.Any] = [value for key, value in want.keys if key in ("kernel", "ramdisk", "bootloader", "firmware")]
    texts += [disk.target for disk in want.disks or ()]
    for settings in _all_settings(have):
        texts += [settings.kernel, settings.ramdisk, settings.bootloader, settings.firmware]
        texts += [disk.target for disk in settings.disks]
    return {text for text in texts if isinstance(text, str) and text.startswith("/")}


def _all_settings(have: Have) -> list[Settings]:
    former = have.former and read_settings(parse(have.former.text, have.former.path))
    running = have.runtime and have.runtime.settings
    return [settings for settings in (have.settings, former, running, have.saved) if settings]


def resolve(host: Host, path: str) -> str:
    """The path behind symbolic links of its last part, as /dev/iscsi_x or /dev/mapper/x are."""
    for _hop in range(8):
        target = host.link(path)
        if target is None:
            break
        path = os.path.normpath(os.path.join(os.path.dirname(path), target))
    return path
