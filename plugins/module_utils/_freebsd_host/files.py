# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines ``name=value`` of loader.conf(5) and sysctl.conf(5), and the script that starts an interface. Pure."""

from __future__ import annotations

import re
import typing as t

_LINE = re.compile(r"\s*(?P<name>[A-Za-z0-9_.%-]+)\s*=\s*(?P<value>\"[^\"]*\"|[^#\n]*)")


def read_settings(text: str) -> dict[str, str]:
    """Values by name; the last line of a name counts."""
    found = [match for match in map(_LINE.match, text.split("\n")) if match]
    return {match.group("name"): match.group("value").strip().strip('"') for match in found}


def edit_settings(text: str, goals: t.Mapping[str, str | None], quoted: bool) -> str:
    """The text with these values; None takes all lines of a name out. Other lines stay as they are."""
    values = read_settings(text)
    todo = {name: value for name, value in goals.items() if values.get(name) != value}
    if not todo:
        return text
    last = {match.group("name"): number for number, match in _matches(text) if match.group("name") in todo}
    lines = []
    for number, line in enumerate(text.split("\n")):
        match = _LINE.match(line)
        name = match.group("name") if match else ""
        if name not in todo:
            lines.append(line)
        elif number == last[name] and todo[name] is not None:
            lines.append(_spell(name, str(todo[name]), quoted))
    new = [_spell(name, value, quoted) for name, value in todo.items() if value is not None and name not in last]
    while new and lines and not lines[-1]:
        lines.pop()
    return "\n".join([*lines, *new, ""]) if new else "\n".join(lines)


def _matches(text: str) -> t.Iterator[tuple[int, t.Match[str]]]:
    for number, line in enumerate(text.split("\n")):
        match = _LINE.match(line)
        if match:
            yield number, match


def _spell(name: str, value: str, quoted: bool) -> str:
    return f'{name}="{value}"' if quoted else f"{name}={value}"


def same_value(one: str | None, other: str | None) -> bool:
    """Whether two spellings of a value of the kernel are one: blanks and the base of a number do not matter."""
    if one is None or other is None:
        return one is other
    return one.split() == other.split() or (_number(one) is not None and _number(one) == _number(other))


def _number(text: str) -> int | None:
    return int(text, 0) if re.fullmatch(r"-?(0x[0-9a-fA-F]+|0|[1-9][0-9]*)", text.strip()) else None


# The password of a carp(4) address: rc.d/netif runs this file, which root alone may read, before it sets addresses.
BEGIN, END = "# BEGIN hostwright.virt carp", "# END hostwright.virt carp"


def read_keys(text: str) -> dict[int, str]:
    """Passwords by vhid in our block of a start_if file."""
    return {
        int(vhid): key for vhid, key in re.findall(r"^ifconfig \S+ vhid (\d+) .*pass '([^']*)'$", text, re.MULTILINE)
    }


def edit_keys(text: str, interface: str, lines: t.Mapping[int, tuple[int, int, str]]) -> str:
    """The file with our block: for each vhid its advskew, advbase and password; without any there is no block."""
    rest = re.sub(rf"^{re.escape(BEGIN)}\n.*?^{re.escape(END)}\n", "", text, flags=re.MULTILINE | re.DOTALL)
    made = [
        f"ifconfig {interface} vhid {vhid} advbase {base} advskew {skew} pass '{key}'"
        for vhid, (skew, base, key) in sorted(lines.items())
    ]
    return rest + "\n".join([BEGIN, *made, END, ""]) if made else rest
