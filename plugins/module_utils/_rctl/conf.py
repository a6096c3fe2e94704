# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that the host reads at boot: rctl.conf, of which a marked block is ours, and loader.conf. Private; pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._rctl.rule import Rule, parse_rule

BEGIN = "# BEGIN hostwright.virt"
END = "# END hostwright.virt"
TUNABLE = "kern.racct.enable"
_SETTING = re.compile(r"\s*kern\.racct\.enable\s*=\s*(\"[^\"]*\"|[^\s#]*)")


def rule_in_line(line: str) -> Rule | None:
    """The rule of a line as rc.d/rctl reads it: the first word, the rest is a comment."""
    words = line.split(None, 1)
    if not words or words[0].startswith("#"):
        return None
    try:
        return parse_rule(words[0])
    except Problem:
        return None  # rctl(8) will complain of it at boot; it is not ours to judge


def parse_conf(text: str) -> tuple[Rule, ...]:
    rules = [rule_in_line(line) for line in text.split("\n")]
    return tuple(rule for rule in rules if rule is not None)


def edit_conf(
    text: str, drop: t.Callable[[Rule], bool], same: t.Callable[[Rule], Rule], wanted: t.Sequence[Rule]
) -> str:
    """The file without the rules to drop, and with those wanted; all other lines stay as they are.

    A wanted rule that is somewhere in the file already stays where it is; the others go to the end of our block.
    ``same`` names a rule's user by number, so that two spellings of one rule are one.
    """
    missing = {same(rule): rule for rule in wanted}
    kept: list[str] = []
    last = rule_in_line(text.rpartition("\n")[2])
    if last is not None and drop(last):  # rc.d/rctl does not read a last line that has no end
        text += "\n"
    for line in text.split("\n"):
        rule = rule_in_line(line)
        if rule is not None and drop(rule):
            if same(rule) not in missing:
                continue
            del missing[same(rule)]
        kept.append(line)
    return "\n".join(_with_block(kept, [str(rule) for rule in missing.values()]))


def _with_block(lines: list[str], more: list[str]) -> list[str]:
    """Add lines to our block, which is made at the end of the file; an empty block is taken out."""
    if BEGIN not in lines:
        if not more:
            return lines
        before = lines[:-1] if lines[-1] == "" else lines
        return [*before, BEGIN, *more, END, ""]
    start = lines.index(BEGIN)
    end = lines.index(END, start) if END in lines[start:] else len(lines) - (lines[-1] == "")
    body = [*lines[start + 1 : end], *more]
    block = [BEGIN, *body, END] if any(line.strip() for line in body) else []
    return [*lines[:start], *block, *lines[end + 1 :]] if END in lines[start:] else [*lines[:start], *block, ""]


def counts_at_boot(loader: str) -> bool:
    """Whether loader.conf turns accounting on; the last setting counts."""
    values = [match.group(1).strip('"') for match in map(_SETTING.match, loader.split("\n")) if match]
    return bool(values) and values[-1] not in ("0", "")


def turn_on(loader: str) -> str:
    """loader.conf with accounting on, in the line that has it or in a new last one."""
    lines = loader.split("\n")
    there = [number for number, line in enumerate(lines) if _SETTING.match(line)]
    if there:
        lines[there[-1]] = f'{TUNABLE}="1"'
        return "\n".join(lines)
    lead = loader if loader.endswith("\n") or not loader else loader + "\n"
    return f'{lead}{TUNABLE}="1"\n'
