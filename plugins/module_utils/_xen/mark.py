# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line in a configuration file that says whose it is: a comment for xl, data for us. Private; pure."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

_LINE = re.compile(r"^# hostwright: (.*)\n", re.MULTILINE)


def read_mark(text: str | None, path: str) -> dict[str, t.Any]:
    """Description, tags, host and what waits for a restart; empty for a file that was written by hand."""
    match = _LINE.search(text or "")
    if match is None:
        return {}
    try:
        mark = json.loads(match.group(1))
    except ValueError:
        mark = None
    if not isinstance(mark, dict):
        line = (text or "").count("\n", 0, match.start()) + 1
        raise Problem(f"{path}:{line}: the hostwright comment is not JSON; correct it or remove the line")
    return mark


def write_mark(text: str, mark: t.Mapping[str, t.Any]) -> str:
    """The text with its mark replaced, or put on top."""
    line = "# hostwright: " + json.dumps(mark, sort_keys=True) + "\n"
    match = _LINE.search(text)
    if match is None:
        return line + text
    return text[: match.start()] + line + text[match.end() :]
