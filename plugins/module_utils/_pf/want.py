# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task may say about rules of pf(4). Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import RestartPolicy

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "anchor": {"type": "str"},
    "rules": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "enabled": {"type": "bool"},
    "adopt": {"type": "bool", "default": False},
    "config_file": {"type": "path", "default": "/etc/pf.conf"},
    "anchor_dir": {"type": "path", "default": "/etc/pf.anchors"},
}
EFFECTS = {"rules": "live", "enabled": "live"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
# pf.conf(5) reads on in the next line after a backslash; what is not ASCII could look like something that it is not.
_RULE = re.compile(r"[\t\x20-\x7e]*")


@dataclasses.dataclass(frozen=True)
class WantRules:
    """The rules of an anchor, or with no anchor those of the host; None is not managed."""

    name: str
    anchor: str = ""
    rules: tuple[str, ...] | None = None
    present: bool = True
    enabled: bool | None = None
    config_file: str = "/etc/pf.conf"
    path: str = "/etc/pf.conf"
    restart_policy: RestartPolicy = "never"
    switches: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()


def parse_wants(params: t.Mapping[str, t.Any]) -> tuple[WantRules, ...]:
    anchor = params["anchor"] or ""
    present = params["state"] == "present"
    if anchor and (not all(map(_NAME.fullmatch, anchor.split("/"))) or ".." in anchor or len(anchor) > 200):
        raise Problem(
            f"anchor {anchor[:80]!r} cannot be: names of letters, digits and _, inside also . and -, with / between"
        )
    for key in ("config_file", "anchor_dir"):
        if not re.fullmatch(r"/[A-Za-z0-9_./-]+", params[key]) or ".." in params[key]:
            raise Problem(f"{key} {params[key][:80]!r} is not an absolute path of letters, digits and _.-")
    if not anchor and not present:
        raise Problem(
            "state=absent needs an anchor: the rules of the host itself are not taken away, empty them with rules"
        )
    if anchor and params["enabled"] is not None:
        raise Problem(f"anchor {anchor}: enabled is about pf as a whole, and goes without an anchor")
    if present and params["rules"] is None and params["enabled"] is None:
        raise Problem("nothing to do: give rules")
    rules = None if params["rules"] is None else tuple(_rule(anchor, text) for text in params["rules"])
    path = f"{params['anchor_dir'].rstrip('/')}/{anchor}.conf" if anchor else params["config_file"]
    return (
        WantRules(
            name=anchor or "pf",
            anchor=anchor,
            rules=rules if present else None,
            present=present,
            enabled=params["enabled"],
            config_file=params["config_file"],
            path=path,
            switches=frozenset({"adopt"} if params["adopt"] else ()),
        ),
    )


def _rule(anchor: str, text: str) -> str:
    text = text.rstrip()
    if not _RULE.fullmatch(text) or text.endswith("\\") or text.startswith("# hostwright.virt"):
        raise Problem(
            f"{anchor or 'pf'}: the rule {text[:80]!r} is not one line of ASCII: give each line as one of the list"
        )
    return text
