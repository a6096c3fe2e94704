# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xl.cfg read as xl reads it, and edited so that every byte outside the changed assignments stays. Private; pure.

The language, after xl.cfg(5) and what xl 4.20 does: ``name = value`` or ``name += value``, ended by a newline or ``;``;
a value is a string in either quote, a bare number, or a list over any number of lines. The last ``=`` of a name wins.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

Value = t.Union[str, int, t.Tuple[t.Any, ...]]

_TOKEN = re.compile(
    r"""(?P<blank>[ \t]+)
      | (?P<newline>\#[^\n]*(?:\n|\Z)|\n)
      | (?P<name>[a-z][._0-9a-z]*)
      | (?P<number>[0-9][0-9a-fx]*)
      | (?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      | (?P<add>\+=)
      | (?P<sign>[=,;\[\]])""",
    re.VERBOSE,
)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "'": "'", "\\": "\\"}
_UNESCAPES = {char: "\\" + letter for letter, char in _ESCAPES.items() if letter != "'"}
KEY = re.compile(r"[a-z][._0-9a-z]*")


@dataclasses.dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclasses.dataclass(frozen=True)
class Assignment:
    """One ``name = value``; ``start`` to ``end`` are its bytes, ``value_start`` to ``end`` those of its value."""

    name: str
    adds: bool
    value: Value
    start: int
    value_start: int
    end: int


@dataclasses.dataclass(frozen=True)
class Document:
    """The text of a file and the assignments in it."""

    text: str
    path: str
    assignments: tuple[Assignment, ...]

    def get(self, name: str) -> Value | None:
        """What xl takes for ``name``: ``+=`` joins lists to lists and strings to strings."""
        value: Value | None = None
        for found in self.assignments:
            if found.name == name:
                value = _join(value, found.value) if found.adds and value is not None else found.value
        return value

    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found.name for found in self.assignments))

    def set(self, name: str, value: Value) -> Document:
        """This document with ``name`` set; its text is kept where it is, and appended where it was not."""
        if self.get(name) == value:
            return self
        live = self._live(name)
        if not live:
            gap = "" if not self.text or self.text.endswith("\n") else "\n"
            return parse(f"{self.text}{gap}{name} = {render(value)}\n", self.path)
        text = self.text
        for found in reversed(live[1:]):
            text = _cut(text, found)
        base = live[0]
        text = (
            f"{text[: base.start]}{name} = {render(value)}{text[base.end :]}"
            if base.adds
            else (text[: base.value_start] + render(value) + text[base.end :])
        )
        return parse(text, self.path)

    def remove(self, name: str) -> Document:
        text = self.text
        for found in reversed([found for found in self.assignments if found.name == name]):
            text = _cut(text, found)
        return parse(text, self.path)

    def _live(self, name: str) -> list[Assignment]:
        """The assignments that make the value: the last ``=`` and every ``+=`` after it."""
        mine = [found for found in self.assignments if found.name == name]
        bases = [number for number, found in enumerate(mine) if not found.adds]
        return mine[bases[-1] :] if bases else mine


def _join(before: Value, more: Value) -> Value:
    if isinstance(before, tuple) and isinstance(more, tuple):
        return before + more
    return str(before) + str(more)


def _cut(text: str, found: Assignment) -> str:
    """The text without one assignment; without its line too when nothing else is on it."""
    start, end = found.start, found.end
    after = re.compile(r"[ \t]*(;[ \t]*)?").match(text, end)
    end = after.end() if after and after.group(1) else end
    line = text.rfind("\n", 0, start) + 1
    rest = re.compile(r"[ \t]*(\n|\Z)").match(text, end)
    if rest and not text[line:start].strip(" \t"):
        return text[:line] + text[rest.end() :]
    return text[:start] + text[end:]


def render(value: Value) -> str:
    """A value as xl reads it back."""
    if isinstance(value, tuple):
        return "[" + ", ".join(render(item) for item in value) + "]"
    if isinstance(value, int):
        return str(value)
    return '"' + "".join(_UNESCAPES.get(char, char) for char in value) + '"'


@functools.lru_cache(maxsize=512)
def parse(text: str, path: str = "xl.cfg") -> Document:
    """Read a whole file; raises Problem with file and line for what xl would not take either."""
    return Document(text, path, tuple(_Reader(text, path).statements()))


def as_int(value: Value | None) -> int | None:
    """A number as xl's strtol reads it, or None."""
    if value is None or isinstance(value, int):
        return value
    match = re.fullmatch(r"[ \t]*([+-]?)(?:0x([0-9a-fA-F]+)|([0-9]+))", value) if isinstance(value, str) else None
    if match is None:
        return None
    sign, hexadecimal, digits = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(digits, 8) if re.fullmatch("0[0-7]+", digits) else int(digits)
    return -number if sign == "-" else number


class _Reader:
    """Recursive descent over the tokens of one file."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.tokens = list(self._scan())
        self.at = 0

    def fail(self, start: int, why: str) -> Problem:
        line = self.text.count("\n", 0, start) + 1
        near = self.text[start : start + 30].split("\n")[0]
        return Problem(f"{self.path}:{line}: {why} near {near!r}; correct the file by hand, it is left as it is")

    def _scan(self) -> t.Iterator[Token]:
        start = 0
        while start < len(self.text):
            match = _TOKEN.match(self.text, start)
            if match is None:
                raise self.fail(start, "xl cannot read this")
            token = Token(str(match.lastgroup), match.group(), start)
            start = token.end
            if token.kind == "newline" and token.text.startswith("#") and not token.text.endswith("\n"):
                raise self.fail(token.start, "xl does not read a comment without a newline at its end")
            if token.kind != "blank":
                yield token

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "", len(self.text))

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def statements(self) -> t.Iterator[Assignment]:
        while self.peek().kind != "end":
            token = self.take()
            if token.kind == "newline" or token.text == ";":
                continue
            if token.kind != "name":
                raise self.fail(token.start, "expected the name of a setting")
            sign = self.take()
            if sign.text not in ("=", "+="):
                raise self.fail(token.start, f"expected = after {token.text}")
            first = self.peek()
            value = self.value()
            end = self.tokens[self.at - 1].end
            yield Assignment(token.text, sign.text == "+=", value, token.start, first.start, end)
            after = self.peek()
            if after.kind not in ("newline", "end") and after.text != ";":
                raise self.fail(after.start, f"expected the end of the line after {token.text}")

    def value(self) -> Value:
        token = self.take()
        if token.kind == "string":
            return self.unquote(token)
        if token.kind == "number":
            return int(token.text) if re.fullmatch("0|[1-9][0-9]*", token.text) else token.text
        if token.text == "[":
            return tuple(self.items())
        raise self.fail(token.start, "expected a value: a quoted text, a number or a list")

    def items(self) -> t.Iterator[Value]:
        self.skip_newlines()
        while self.peek().text != "]":
            yield self.value()
            self.skip_newlines()
            if self.peek().text == ",":
                self.take()
                self.skip_newlines()
            elif self.peek().text != "]":
                raise self.fail(self.peek().start, "expected , or ] in a list")
        self.take()

    def skip_newlines(self) -> None:
        while self.peek().kind == "newline":
            self.take()

    def unquote(self, token: Token) -> str:
        def replace(match: re.Match[str]) -> str:
            if match.group(1) not in _ESCAPES:  # xl 4.20 has \x41 and \101 in its lexer, but they do not work there
                raise self.fail(token.start, f"xl cannot use the escape \\{match.group(1)}")
            return _ESCAPES[match.group(1)]

        return re.sub(r"\\(.)", replace, token.text[1:-1])
