# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ctl.conf(5) as ctld of FreeBSD 14 and 15 reads it: its scanner, its grammar, its complaints."""

from __future__ import annotations

import re
import typing as t

SCANNER = re.compile(r'"[^"]+"|[A-Za-z0-9.\-@_/:\[\]]+|[{};]|#.*(?=\n)|[ \t\r\n]+|.')
# How many words follow a keyword, by context; a block takes one, and braces.
GLOBAL = dict.fromkeys(("debug", "timeout", "maxproc", "pidfile", "isns-server", "isns-period", "isns-timeout"), 1)
AUTH = {"auth-type": 1, "chap": 2, "chap-mutual": 4, "initiator-name": 1, "initiator-portal": 1}
CONTEXTS = {
    "global": GLOBAL,
    "auth-group": AUTH,
    "portal-group": {
        **dict.fromkeys(("discovery-auth-group", "discovery-filter", "listen", "listen-iser", "offload"), 1),
        **{"option": 2, "redirect": 1, "tag": 1, "foreign": 0, "dscp": 1, "pcp": 1},
    },
    "target": {**AUTH, **dict.fromkeys(("alias", "auth-group", "port", "redirect"), 1)},
    "lun": {
        **dict.fromkeys(("backend", "blocksize", "ctl-lun", "device-id", "device-type", "path", "serial", "size"), 1),
        "option": 2,
    },
}
MAX_LUN = 1023
NUMBERS = ("debug", "timeout", "maxproc", "isns-period", "isns-timeout")
BLOCKS = {"global": ("auth-group", "portal-group", "lun", "target"), "target": ("lun",)}
KEYWORDS = {key for context in CONTEXTS.values() for key in context} | {"auth-group", "portal-group", "lun", "target"}


class Invalid(Exception):
    """What ctld would print."""


class Parser:
    """Recursive descent; ``words`` are (line, text, is a string)."""

    def __init__(self, text: str) -> None:
        self.words = list(scan(text))
        self.lines = text.count("\n") + 1
        self.at = 0
        self.groups: dict[str, t.Any] = {
            "default": None,
            "no-authentication": {"type": "none"},
            "no-access": {"type": "deny"},
        }
        self.portals: dict[str, t.Any] = {"default": None}
        self.targets: dict[str, t.Any] = {}
        self.luns: dict[str, t.Any] = {}

    def fail(self, why: str = "syntax error") -> t.NoReturn:
        line, text, _string = [*self.words, (self.lines, "", False)][self.at - 1]
        raise Invalid(f"error in configuration file at line {line} near '{text}': {why}")

    def take(self, string: bool = False) -> str:
        if self.at == len(self.words):
            self.at += 1
            self.fail()
        _line, text, is_string = self.words[self.at]
        self.at += 1
        if string and not is_string:
            self.fail()
        return text

    def peek(self) -> str:
        return self.words[self.at][1] if self.at < len(self.words) else ""

    def statements(self, context: str, owner: t.Any) -> None:
        while self.peek() not in ("", "}"):
            if self.words[self.at][2]:
                self.at += 1
                self.fail()
            key = self.take()
            if key in BLOCKS.get(context, ()):
                self.block(context, key, owner)
            elif (context, key) == ("target", "portal-group"):
                self.join(owner)
            elif key in CONTEXTS[context]:
                values = self.values(key, CONTEXTS[context][key])
                if context != "global":
                    apply(context, owner, key, values, self)
            else:
                self.fail()
            if self.peek() == ";":
                self.take()

    def values(self, key: str, number: int) -> list[str]:
        values = [self.take(string=True) for _number in range(number)]
        if key in NUMBERS and not values[0].isdigit():
            self.fail("invalid numeric value")
        return values

    def join(self, target: t.Any) -> None:
        name = self.take(string=True)
        if self.at < len(self.words) and self.words[self.at][2]:
            self.take()
        if name not in self.portals:
            raise Invalid(f'unknown portal-group "{name}" for target "{target["name"]}"')
        target["portals"].append(name)

    def block(self, context: str, key: str, owner: t.Any) -> None:
        name = self.take(string=True)
        if context == "target" and self.peek() != "{":
            self.refer(owner, name, self.take(string=True))
            return
        made = getattr(self, "new_" + key.replace("-", "_"))(name, owner)
        if self.take() != "{":
            self.fail()
        self.statements(key, made)
        if self.peek() != "}":
            self.at += 1
            self.fail()
        self.take()

    def refer(self, target: t.Any, number: str, name: str) -> None:
        if not number.isdigit():
            self.fail("invalid numeric value")
        if name not in self.luns:
            raise Invalid(f'unknown LUN named {name} used for target "{target["name"]}"')
        target["luns"][int(number)] = name

    def new_auth_group(self, name: str, _owner: t.Any) -> t.Any:
        if self.groups.get(name) is not None:
            raise Invalid(f'duplicated auth-group "{name}"')
        self.groups[name] = new_group(f'auth-group "{name}"')
        return self.groups[name]

    def new_portal_group(self, name: str, _owner: t.Any) -> t.Any:
        if self.portals.get(name) is not None:
            raise Invalid(f'duplicated portal-group "{name}"')
        self.portals[name] = {"listen": []}
        return self.portals[name]

    def new_target(self, name: str, _owner: t.Any) -> t.Any:
        if name.lower() in self.targets:
            raise Invalid(f'duplicated target "{name}"')
        name = name.lower()
        self.targets[name] = {"name": name, "group": None, "own": None, "portals": [], "luns": {}, "alias": ""}
        return self.targets[name]

    def new_lun(self, name: str, owner: t.Any) -> t.Any:
        if owner is not None:
            if not name.isdigit():
                self.at += 1
                self.fail("invalid numeric value")
            if int(name) > MAX_LUN:
                raise Invalid(f'LUN {name} too big for target "{owner["name"]}"')
            if int(name) in owner["luns"]:
                raise Invalid(f'duplicate LUN {name} for target "{owner["name"]}"')
            full = f"{owner['name']},lun,{int(name)}"
            owner["luns"][int(name)] = full
            name = full
        if name in self.luns:
            raise Invalid(f'duplicated lun "{name}"')
        self.luns[name] = {"name": name, "options": {}}
        return self.luns[name]


def scan(text: str) -> t.Iterator[tuple[int, str, bool]]:
    """Lines, words, and whether they are strings. A comment needs the end of its line."""
    line = 1
    for match in SCANNER.finditer(text):
        word = match.group()
        if word.startswith('"') and len(word) > 1:
            yield line, word[1:-1], True
        elif not word[0].isspace() and not (word[0] == "#" and text.startswith("\n", match.end())):
            yield line, word, word not in KEYWORDS and word not in ("{", "}", ";")
        line += word.count("\n")


def new_group(label: str) -> t.Any:
    return {"label": label, "type": "", "names": [], "users": {}}


def apply(context: str, owner: t.Any, key: str, values: list[str], parser: Parser) -> None:
    if context == "lun":
        store = owner["options"] if key == "option" else owner
        name, value = values if key == "option" else (key, values[0])
        if name in store and key == "option":
            raise Invalid(f'duplicated option "{name}"')
        if name in store:
            raise Invalid(f'{name} for lun "{owner["name"]}" specified more than once')
        store[name] = value
    elif context == "portal-group":
        if key == "listen" and not re.fullmatch(
            r"[0-9.]+(:[0-9]+)?|\[[0-9a-f:.]*\](:[0-9]+)?|[0-9a-f:]+|localhost", values[0]
        ):
            raise Invalid(f"invalid listen address {values[0]}")
        owner["listen"] += values if key == "listen" else []
    elif context == "auth-group":
        authorise(owner, key, values)
    else:
        apply_target(owner, key, values, parser)


def apply_target(owner: t.Any, key: str, values: list[str], parser: Parser) -> None:
    if key == "alias":
        if owner["alias"]:
            raise Invalid(f'alias for target "{owner["name"]}" specified more than once')
        owner["alias"] = values[0]
    elif key == "auth-group":
        if values[0] not in parser.groups:
            raise Invalid(f'unknown auth-group "{values[0]}" for target "{owner["name"]}"')
        if owner["group"] or owner["own"]:
            raise Invalid(f'auth-group for target "{owner["name"]}" specified more than once')
        owner["group"] = values[0]
    elif key in AUTH:
        if owner["group"]:
            raise Invalid(f'cannot use both auth-group and {key} for target "{owner["name"]}"')
        owner["own"] = owner["own"] or new_group(f'target "{owner["name"]}"')
        authorise(owner["own"], key, values)


def authorise(group: t.Any, key: str, values: list[str]) -> None:
    label = group["label"]
    if key == "auth-type":
        if values[0] not in ("none", "deny", "chap", "chap-mutual"):
            raise Invalid(f'invalid auth-type "{values[0]}" for {label}')
        if group["type"] not in ("", values[0]):
            raise Invalid(f'cannot set auth-type to "{values[0]}" for {label}; already has a different type')
        group["type"] = values[0]
    elif key == "initiator-name":
        group["names"].append(values[0])
    elif key in ("chap", "chap-mutual"):
        if group["type"] not in ("", key):
            raise Invalid(f'cannot mix "{key}" authentication with other types for {label}')
        if values[0] in group["users"]:
            raise Invalid(f'duplicate credentials for user "{values[0]}" for {label}')
        group["type"] = key
        group["users"][values[0]] = values[1:]


def parse(text: str) -> dict[str, t.Any]:
    """The configuration, or Invalid."""
    parser = Parser(text)
    parser.statements("global", None)
    if parser.peek():
        parser.at += 1
        parser.fail()
    for lun in parser.luns.values():
        if lun.get("backend", "block") == "block" and "path" not in lun:
            raise Invalid(f'missing path for lun "{lun["name"]}"')
    parser.groups["default"] = parser.groups["default"] or {"type": "deny"}
    parser.portals["default"] = parser.portals["default"] or {"listen": ["0.0.0.0", "[::]"]}
    for target in parser.targets.values():
        target["portals"] = target["portals"] or ["default"]
        target["auth"] = target.pop("own") or parser.groups[target["group"] or "default"]
    return {"portals": parser.portals, "targets": parser.targets, "luns": parser.luns}
