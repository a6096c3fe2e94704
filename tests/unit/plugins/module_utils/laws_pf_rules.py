# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on rules of pf: the simulator shows rules in other words than they were written in."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._pf.observe import (
    BEGIN,
    END,
    Rules,
    checksum,
    split_file,
)
from ansible_collections.hostwright.virt.plugins.module_utils._pf.plan import PF_RULES
from ansible_collections.hostwright.virt.plugins.module_utils._pf.want import WantRules
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

ANCHOR, PATH, MAIN = "jail/web1", "/etc/pf.anchors/jail/web1.conf", "/etc/pf.conf"
OTHER = 'load anchor "jail/db1" from "/etc/pf.anchors/jail/db1.conf"'
OURS = f'load anchor "{ANCHOR}" from "{PATH}"'
LINES = ["pass all", "block all", 'anchor "jail/*"']


def spelled(body: str) -> tuple[str, ...]:
    """What the kernel shows: no comments, and more words."""
    kept = [line for line in body.splitlines() if line and not line.startswith(("#", "load"))]
    return tuple(f"{line} flags S/SA keep state" for line in kept)


@st.composite
def haves(draw: st.DrawFn) -> Rules:
    block = draw(st.lists(st.sampled_from([OTHER, OURS]), unique=True).map(sorted))
    main = "".join(f"{line}\n" for line in draw(st.lists(st.sampled_from(LINES), max_size=2)))
    main += "".join(f"{line}\n" for line in [BEGIN, *block, END]) if block else ""
    body = draw(st.sampled_from([None, "pass all\n", "block all\n", main]))
    kernel = draw(st.sampled_from([(), spelled(body or ""), ("other",)]))
    return Rules(
        there=True,
        body=body,
        loaded=draw(st.sampled_from(["-", checksum("\n".join(spelled(body or "")))])),
        kernel=checksum("\n".join(kernel)),
        lines=kernel,
        main=main,
        enabled=draw(st.booleans()),
    )


@st.composite
def wants(draw: st.DrawFn) -> WantRules:
    rules = tuple(draw(st.lists(st.sampled_from(LINES), max_size=3)))
    adopt = frozenset({"adopt"}) if draw(st.booleans()) else frozenset()
    if draw(st.booleans()):
        enabled = draw(st.sampled_from([None, True, False]))
        return WantRules("pf", rules=draw(st.sampled_from([rules, None])), enabled=enabled, switches=adopt)
    present = draw(st.booleans())
    return WantRules(
        ANCHOR, anchor=ANCHOR, rules=rules if present else None, present=present, path=PATH, switches=adopt
    )


def act(have: Rules | None, action: model.Action, want: WantRules) -> Rules:
    have = have or Rules()
    if isinstance(action, model.Call):
        anchor, path, body = action.args
        assert (anchor, path) == ((ANCHOR, PATH) if want.anchor else ("", MAIN))
        lines = spelled(body)
        made = checksum("\n".join(lines))
        have = dataclasses.replace(have, body=body, loaded=made, kernel=made, lines=lines)
        return have if want.anchor else dataclasses.replace(have, main=body)
    if isinstance(action, model.Remove):
        assert OURS not in (have.main or "").split("\n"), "at boot pf.conf would not be loaded"
        return dataclasses.replace(have, body=None, loaded="")
    if isinstance(action, model.Write):
        body, loaded = split_file(action.content)
        have = dataclasses.replace(have, main=action.content)
        return have if want.anchor else dataclasses.replace(have, body=body, loaded=loaded)
    assert isinstance(action, model.Run)
    if action.argv[1] in ("-e", "-d"):
        assert have.enabled == (action.argv[1] == "-d"), "pfctl: pf already enabled"
        return dataclasses.replace(have, enabled=not have.enabled)
    if action.argv[-2:] == ("-f", "-"):
        return dataclasses.replace(have, kernel="", lines=())
    return have


def declare(have: Rules) -> WantRules:
    loaded = have.in_kernel and OURS in (have.main or "").split("\n")
    if loaded:
        return WantRules(ANCHOR, anchor=ANCHOR, rules=tuple((have.body or "").splitlines()), path=PATH)
    return WantRules("pf", enabled=have.enabled)


def fields(have: Rules) -> dict[str, t.Any]:
    return {
        "enabled": have.enabled,
        "rules": have.body,
        "in_kernel": have.kernel,
        "at_boot": OURS in (have.main or ""),
        "loaded by others": OTHER in (have.main or ""),
    }


BACKEND = Backend(
    resource=PF_RULES,
    haves=haves(),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda action: False,  # it depends on the file that is there, see the table
)
