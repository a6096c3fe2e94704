# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jail's definition as it shall be: which statements go and which come. Private; pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail import parts
from ansible_collections.hostwright.virt.plugins.module_utils._jail.conf import (
    Block,
    Param,
    edit_block,
    remove_block,
    render,
)
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import Source, find_jails
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import FOLDER, MAIN, Jail
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import Values, base_name, parse_value
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import WantJail

MADE_BY = "# Made by hostwright.virt.jail; statements that a task does not name stay.\n"


def wanted_values(have: Jail, want: WantJail) -> dict[str, Values | None]:
    """The declared parameters; unknown names and impossible values are refused here."""
    wanted: dict[str, Values | None] = {}
    for name, value in want.params.items():
        values = None if value is None else parse_value(name, value, have.known)
        wanted[name] = values or None  # no address at all is no statement
    parts.add_values(have, want, wanted)
    return wanted


def goal_files(have: Jail, want: WantJail) -> t.Mapping[str, str]:
    """All files as they shall be; only the one that has the jail's definition changes."""
    source = have.source
    if not want.kept:
        return _without(have, source) if source is not None else have.files
    wanted = wanted_values(have, want)
    if source is None and not wanted:
        return have.files  # one that was made by hand is stopped, or stays stopped
    if source is None:
        statements = [make_param(have, name, values) for name, values in wanted.items() if values is not None]
        block = render([Block(want.name, tuple(statements))])
        text = have.files.get(have.home, "")
        lead = text if text.endswith("\n") or not text else text + "\n"
        files = {**have.files, have.home: (lead or MADE_BY) + block}
    else:
        files = {**have.files, source.path: _edited(have, want, source.block, wanted)}
    if wanted or want.purge:  # one that is only started or stopped may be as its owner has it
        _check_result(dataclasses.replace(have, files=files), wanted)
    return files


def _without(have: Jail, source: Source) -> dict[str, str]:
    """The files without the jail; a file of its own that has nothing else goes."""
    files = dict(have.files)
    text = remove_block(files[source.path], source.block)
    own = source.path in (f"{FOLDER}/{have.name}.conf", f"/etc/jail.{have.name}.conf")
    empty = own and not text.replace(MADE_BY, "").strip()
    del files[source.path]
    if empty and not _is_missed(dataclasses.replace(have, files=files)):
        return files
    return {**files, source.path: text}


def _is_missed(goal: Jail) -> bool:
    """Whether jail.conf includes a file by its name that is not there, with which jail(8) reads nothing."""
    try:
        goal.nodes(MAIN)
    except Problem:
        return True
    return False


def _edited(have: Jail, want: WantJail, block: Block, wanted: t.Mapping[str, Values | None]) -> str:
    declared = have.declared or {}
    drop: list[Param] = []
    add: list[Param] = []
    own = [node for node in block.body if isinstance(node, Param) and not node.variable and node.path == block.path]
    for name, values in wanted.items():
        there = [node for node in own if base_name(node.name) == name]
        if values is None:
            drop += there
        elif name not in declared or not have.known.same(name, values, declared[name]):
            drop += there
            add.append(make_param(have, name, values))
    if want.purge:
        drop += [node for node in own if base_name(node.name) not in wanted]
    text = have.files[have.home]
    return edit_block(text, block, drop, add) if drop or add else text


def make_param(have: Jail, name: str, values: Values) -> Param:
    """A statement; a value is taken as it is, so a ``$`` in it is a dollar sign."""
    if have.known.kind(name) == "bool":
        head, dot, last = name.rpartition(".")
        return Param(name if values == ("true",) else f"{head}{dot}no{last}")
    return Param(name, tuple(((False, value),) for value in values))


def _check_result(goal: Jail, wanted: t.Mapping[str, Values | None]) -> None:
    """What other parts of the files make of it: a wildcard behind the jail may have the last word."""
    declared = goal.declared
    if declared is None:
        raise Problem(f"jail {goal.name}: {goal.rc_file} is what jail(8) reads, and it does not have {goal.home}")
    for name, values in wanted.items():
        if values is not None and not goal.known.same(name, values, declared.get(name)):
            raise Problem(
                f"jail {goal.name}: {name} is set again behind its definition, in a wildcard block or a default of"
                f" {goal.rc_file}: change it there"
            )
    defined = {source.name for source in find_jails(goal.nodes(goal.rc_file))} - {goal.name}
    lost = [name for name in wanted.get("depend") or () if name not in defined]
    if lost:
        raise Problem(
            f"jail {goal.name}: depend has {lost[0]}, which {goal.rc_file} does not define: jail(8) knows only"
            " the jails of the file that it reads; for the order at boot there is autostart_after"
        )
    if "path" not in declared:
        raise Problem(f"jail {goal.name} has no path: without one its root would be the root of the host")
