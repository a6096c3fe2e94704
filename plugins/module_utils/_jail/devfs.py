# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the devices of a jail: in /etc/devfs.rules, which a shell reads at boot, and in the kernel. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

RULES, DEFAULTS = "/etc/devfs.rules", "/etc/defaults/devfs.rules"
_SECTION = re.compile(r"^\[(\w+)=(\d+)\][ \t]*$", re.MULTILINE)
# rc.subr evaluates each line in a shell, so a word of a rule has none of the shell's characters but a pattern's.
_PATTERN = re.compile(r"[A-Za-z0-9_.*?/:\[\]-]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_TYPES = ("disk", "mem", "tape", "tty")
Rule = t.Tuple[t.Tuple[str, str], ...]


def parse_rule(text: str) -> Rule:
    """A rule of devfs(8) as pairs of keyword and value, in one order; ``hide`` and ``unhide`` have no value."""
    words = text.replace("'", " ").split() if text.count("'") in (0, 2) else ["'"]
    words = words[1:] if words[:1] == ["add"] else words
    found: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word in ("hide", "unhide"):
            found[word] = ""
        elif words and _is_value(word, words[0]) and word not in found:
            value = words.pop(0)
            found[word] = f"{int(value, 8):o}" if word == "mode" else value
        else:
            raise Problem(
                f"devfs rule {text[:60]!r} cannot be: path, type, include, hide, unhide, user, group (by name) and mode"
                " with their values, as in devfs(8)"
            )
    if not found or ("include" in found and len(found) > 1) or {"hide", "unhide"} <= set(found):
        raise Problem(f"devfs rule {text[:60]!r} cannot be: an include stands alone, and hide excludes unhide")
    return tuple(sorted(found.items()))


def _is_value(word: str, value: str) -> bool:
    checks: dict[str, t.Callable[[str], t.Any]] = {
        "path": _PATTERN.fullmatch,
        "type": _TYPES.__contains__,
        "include": re.compile(r"\$\w+|[0-9]{1,5}").fullmatch,
        "user": _NAME.fullmatch,
        "group": _NAME.fullmatch,
        "mode": re.compile(r"[0-7]{1,4}").fullmatch,
    }
    return word in checks and bool(checks[word](value))


def words_of(rule: Rule) -> tuple[str, ...]:
    """As devfs(8) takes it: what it speaks of first."""
    order = ("include", "path", "type", "hide", "unhide", "user", "group", "mode")
    pairs = dict(rule)
    return tuple(word for key in order if key in pairs for word in (key, pairs[key]) if word)


def resolve(rules: t.Sequence[Rule], texts: t.Iterable[str]) -> tuple[Rule, ...]:
    """With the number of each ruleset that is included by its name in the files."""
    numbers = {found.group(1): found.group(2) for text in texts for found in _SECTION.finditer(text)}
    return tuple(_numbered(rule, numbers) for rule in rules)


def _numbered(rule: Rule, numbers: t.Mapping[str, str]) -> Rule:
    name = dict(rule).get("include", "")
    if not name.startswith("$"):
        return rule
    if name[1:] not in numbers:
        raise Problem(f"devfs rule: include of {name}, which is in neither {DEFAULTS} nor {RULES}")
    return (("include", numbers[name[1:]]),)


def parse_shown(text: str) -> tuple[Rule, ...]:
    """Of ``devfs rule -s N show``: each line has a number first."""
    rules = []
    for line in text.splitlines():
        words = line.split()
        try:
            rules.append(parse_rule(" ".join(words[1:])))
        except Problem:
            rules.append((("unknown", line),))
    return tuple(rules)


def check_number(number: t.Any) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", str(number)) or not 6 <= int(number) <= 65535:
        raise Problem(
            f"devfs_rules need a devfs_ruleset of their own, 6 to 65535, not {number}: 1 to 5 are the system's"
        )
    return int(number)


def edit_rules(text: str, jail: str, number: int, rules: t.Sequence[Rule]) -> str:
    """The file with our section; one of the same number that is not ours is refused."""
    name = "hostwright_" + re.sub(r"\W", "_", jail)
    lines = [f"[{name}={number}]", *(f"add {_spell(rule)}" for rule in rules)]
    section = "\n".join(lines) + "\n"
    sections = list(_SECTION.finditer(text))
    for place, found in enumerate(sections):
        if int(found.group(2)) != number and found.group(1) != name:
            continue
        if found.group(1) != name:
            raise Problem(f"devfs ruleset {number} is {found.group(1)} in {RULES}: choose another number")
        end = sections[place + 1].start() if place + 1 < len(sections) else len(text)
        body = [line for line in text[found.start() : end].splitlines() if line.strip()]
        return text if body == lines else text[: found.start()] + section + text[end:]
    return text + ("" if text.endswith("\n") or not text else "\n") + section


def _spell(rule: Rule) -> str:
    """A pattern is quoted: the shell would look for files that fit it."""
    values = dict(rule)
    return " ".join(f"'{word}'" if word == values.get("path") else word for word in words_of(rule))


def kernel_steps(number: int, have: t.Sequence[Rule], goal: t.Sequence[Rule]) -> list[model.Step]:
    """A ruleset is made anew: a rule has no name by which it could be changed."""
    if tuple(have) == tuple(goal):
        return []
    base = ("devfs", "rule", "-s", str(number))
    steps = [model.Step(model.Run((*base, "delset")), f"empty devfs ruleset {number}")]
    for rule in goal:
        words = words_of(rule)
        steps.append(model.Step(model.Run((*base, "add", *words)), f"add to devfs ruleset {number}: {' '.join(words)}"))
    return steps


def apply_steps(point: str, number: int) -> list[model.Step]:
    """For devices that are mounted already."""
    base = ("devfs", "-m", point)
    return [
        model.Step(model.Run((*base, "ruleset", str(number))), f"give {point} devfs ruleset {number}"),
        model.Step(model.Run((*base, "rule", "applyset")), f"apply devfs ruleset {number} to {point}"),
    ]
