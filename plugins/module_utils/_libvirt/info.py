# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every guest of a connection, for libvirt_domain_info. Private."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._guests.libvirt import parse_domain
from ansible_collections.hostwright.virt.plugins.module_utils._guests.schema import Found, Guest
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.observe import (
    Answers,
    ask_about,
    list_rows,
    read_have,
)
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.options import DEFAULT_URI
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.show import facts
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import parse, render
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want import check_uri

INFO_SPEC: t.Mapping[str, t.Any] = {
    "name": {"type": "list", "elements": "str"},
    "uri": {"type": "str", "default": DEFAULT_URI},
    "xml": {"type": "bool", "default": False},
}


def query(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    uri = check_uri(params["uri"])
    rows = {row.name: row for row in list_rows(host, uri)}
    names = params["name"] or sorted(rows)
    answers = Answers()
    for name in names:
        for question in ask_about(rows.get(name)):
            answers.want(question)
    answers.put(host, uri)
    found = [read_have(name, rows.get(name), answers) for name in names]
    return {
        "uri": uri,
        "domains": [{"name": have.name, **_describe(have, params["xml"])} for have in found],
        "guests": Found(tuple(_as_guest(have, uri) for have in found if have.text is not None)).show(),
    }


def _as_guest(have: Have, uri: str) -> Guest:
    running = have.live if have.is_up else None
    guest = parse_domain(running or have.text or "", uri)
    return dataclasses.replace(guest, state=have.power, autostart=have.autostart)


def _describe(have: Have, with_xml: bool) -> dict[str, t.Any]:
    shown = dict(facts(have))
    if with_xml and have.text is not None:
        root = parse(have.text)
        for element in root.iter("graphics"):
            element.attrib.pop("passwd", None)
        shown["xml"] = render(root)
    return shown
