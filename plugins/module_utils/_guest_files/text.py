# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of files that are changed in part: lines that must be there, and passwd-like fields. Private; no I/O."""

from __future__ import annotations

import typing as t


def missing_lines(content: str, lines: t.Sequence[str]) -> tuple[str, ...]:
    present = set(content.splitlines())
    return tuple(line for line in lines if line not in present)


def add_lines(content: str, lines: t.Sequence[str]) -> str:
    """The content with the lines that it lacks at its end."""
    missing = missing_lines(content, lines)
    if missing and content and not content.endswith("\n"):
        content += "\n"
    return content + "".join(line + "\n" for line in missing)


def get_hash(shadow: str, user: str) -> str | None:
    """The password field of a user in shadow(5); None when the user has no line."""
    for line in shadow.splitlines():
        fields = line.split(":")
        if fields[0] == user and len(fields) > 1:
            return fields[1]
    return None


def set_hash(shadow: str, user: str, hashed: str) -> str:
    """The same text with another password field for the user."""
    changed = []
    for line in shadow.splitlines(keepends=True):
        fields = line.split(":")
        if fields[0] != user or len(fields) < 2:
            changed.append(line)
            continue
        tail = "\n" if len(fields) == 2 and line.endswith("\n") else ""
        changed.append(":".join([user, hashed + tail, *fields[2:]]))
    return "".join(changed)
