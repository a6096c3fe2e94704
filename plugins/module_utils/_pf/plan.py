# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the rules that are there to those that shall be. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._pf.observe import (
    Rules,
    block_of,
    edit_block,
    observe,
    pf_api,
    spots,
    wanted_body,
)
from ansible_collections.hostwright.virt.plugins.module_utils._pf.want import (
    ARGUMENT_SPEC,
    EFFECTS,
    WantRules,
    parse_wants,
)


def predict(have: Rules | None, want: WantRules) -> Rules:
    have = have or Rules()
    goal = have if want.enabled is None else dataclasses.replace(have, enabled=want.enabled)
    if want.anchor:
        goal = dataclasses.replace(goal, main=_main(have, want))
    if not want.present:
        return dataclasses.replace(goal, body=None, loaded="", kernel="", lines=())
    if want.rules is None or _is_loaded(have, want):
        return goal
    body = wanted_body(want, have.main)
    goal = dataclasses.replace(goal, body=body, loaded="=", kernel="=", there=True)
    return goal if want.anchor else dataclasses.replace(goal, main=body)


def _is_loaded(have: Rules, want: WantRules) -> bool:
    return have.there and have.in_kernel and have.body == wanted_body(want, have.main)


def _main(have: Rules, want: WantRules) -> str | None:
    if have.main is None and not want.present:
        return None
    return edit_block(have.main or "", want.anchor, want.path, want.present)


def plan(have: Rules | None, want: WantRules) -> model.Plan:
    have = have or Rules()
    steps = [] if want.present else _remove(have, want)
    if want.rules is not None and not _is_loaded(have, want):
        body = wanted_body(want, have.main)
        change = model.Change("rules", _rules(have), body.splitlines())
        load = model.Call("pf", "load", (want.anchor, want.path, body))
        if _is_foreign(have, body):
            summary = f"replace {want.path}, which somebody else wrote, by the rules of {want.name}"
            steps.append(model.Step(load, summary, switch="adopt", changes=(change,)))
        else:
            steps.append(model.Step(load, f"load the rules of {want.name}", changes=(change,)))
    main = _main(have, want) if want.anchor else have.main
    if want.present and main is not None and main != have.main:
        steps.append(model.Step(model.Write(want.config_file, main), f"load {want.name} at boot"))
    if want.enabled is not None and want.enabled != have.enabled:
        run = model.Run(("pfctl", "-e" if want.enabled else "-d"))
        change = model.Change("enabled", have.enabled, want.enabled)
        steps.append(model.Step(run, f"turn pf {'on' if want.enabled else 'off'}", changes=(change,)))
    return tuple(steps)


def _is_foreign(have: Rules, body: str) -> bool:
    """Whether rules would be lost that this module did not write."""
    text = (have.body or "").replace(block_of(have.body or ""), "")
    return have.loaded == "-" and bool(text.strip()) and have.body != body


def _remove(have: Rules, want: WantRules) -> list[model.Step]:
    """First from pf.conf: at boot a line that loads a file that is not there would leave the host without rules."""
    steps = []
    main = _main(have, want)
    if main is not None and main != have.main:
        steps.append(model.Step(model.Write(want.config_file, main), f"load {want.name} at boot no more"))
    if have.there and have.kernel:
        where = ("pfctl", *spots(want.anchor))
        empty = model.Step(model.Run((*where, "-f", "-"), stdin=""), f"empty {want.name}")
        tables = model.Step(model.Run((*where, "-F", "Tables"), ok=(0, 1)), f"remove the tables of {want.name}")
        steps += [tables, empty]
    if have.body is not None:
        steps.append(model.Step(model.Remove(want.path), f"remove {want.path}"))
    return steps


def _rules(have: Rules) -> list[str] | None:
    return None if have.body is None else have.body.splitlines()


def show(have: Rules | None, want: WantRules) -> dict[str, t.Any]:
    have = have or Rules()
    shown: dict[str, t.Any] = {} if want.enabled is None else {"enabled": have.enabled}
    if want.rules is not None:
        shown.update(rules=_rules(have), in_kernel=have.there and have.in_kernel)
    if not want.present:
        shown.update(rules=_rules(have), in_kernel=have.there and bool(have.kernel))
    if want.anchor:
        line = f'load anchor "{want.anchor}" from "{want.path}"'
        shown["at_boot"] = line in (have.main or "").split("\n")
    return shown


def facts(have: Rules | None) -> dict[str, t.Any]:
    have = have or Rules()
    return {
        "state": "present" if have.body is not None or have.lines else "absent",
        "config": {"rules": _rules(have)},
        "runtime": {"rules": list(have.lines)},
        "enabled": have.enabled,
        "attached": list(have.attached),
    }


PF_RULES: Resource[WantRules, Rules] = Resource(
    noun="rules of",
    argument_spec=ARGUMENT_SPEC,
    wants=parse_wants,
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
    effects=EFFECTS,
    apis={"pf": pf_api},
)
