# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""jail.conf(5) read into statements and written again; bytes outside of what is changed stay. Private; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail.words import Pieces, Word, quote, words_of

INCLUDE = ".include"


@dataclasses.dataclass(frozen=True)
class Param:
    """``name = value, value;`` or ``name;``. ``start`` and ``end`` are its place in the text, semicolon included.

    ``path`` is the file that it is in, which of a statement in a block may be an included one.
    """

    name: str
    values: tuple[Pieces, ...] = ()
    append: bool = False
    variable: bool = False
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)
    path: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True)
class Block:
    """``name { ... }``. ``close`` is the place of its closing brace."""

    name: str
    body: tuple[Param | Block, ...] = ()
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)
    close: int = dataclasses.field(default=0, compare=False)
    path: str = dataclasses.field(default="", compare=False)


Node = t.Union[Param, Block]


class _Reader:
    """Statements from words, by the grammar of jailparse.y with nested jails (FreeBSD 14 and newer)."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.words = words_of(text, path)
        self.next = 0

    def fail(self, what: str, word: Word | None) -> t.NoReturn:
        if word is None:
            raise Problem(f"{self.path}: unexpected end of the file: {what}")
        line = self.text.count("\n", 0, word.start) + 1
        raise Problem(f"{self.path} line {line}: {what}")

    def peek(self, ahead: int = 0) -> Word | None:
        place = self.next + ahead
        return self.words[place] if place < len(self.words) else None

    def is_mark(self, mark: str, ahead: int = 0) -> bool:
        word = self.peek(ahead)
        return word is not None and word.mark == mark

    def take(self, what: str, mark: str = "") -> Word:
        word = self.peek()
        if word is None or word.mark != mark:
            self.fail(f"{what} expected", word)
        self.next += 1
        return word

    def read_body(self, nested: bool) -> list[Node]:
        nodes: list[Node] = []
        while self.peek() is not None and not (nested and self.is_mark("}")):
            if self.is_mark(";"):
                self.next += 1
            else:
                nodes.append(self.read_node())
        return nodes

    def read_node(self) -> Node:
        name = self.take("a name")
        if not name.whole:
            self.fail(f"the name {name.text} must be one word, or all of it in quotes", name)
        if self.is_mark("{"):
            self.next += 1
            body = self.read_body(nested=True)
            close = self.take("}", "}")
            return Block(_plain(name, self), tuple(body), name.start, close.end, close.start, self.path)
        return self.read_param(name)

    def read_param(self, name: Word) -> Param:
        variable = name.pieces[0][0]
        values: list[Pieces] = []
        append = self.is_mark("+=")
        assigned = append or self.is_mark("=")
        self.next += assigned
        if assigned or not self.is_mark(";"):
            values.append(self.take("a value").pieces)
            while self.is_mark(","):
                self.next += 1
                values.append(self.take("a value").pieces)
        end = self.take("; after the value of " + name.text, ";").end
        text = name.pieces[0][1] if variable else _plain(name, self)
        if text == INCLUDE and not variable and (assigned or not values):  # jail(8): unknown parameter: .include
            self.fail(f"{INCLUDE} has the names of files behind it, without a sign", name)
        return Param(text, tuple(values), append, variable, name.start, end, self.path)


def _plain(word: Word, reader: _Reader) -> str:
    if len(word.pieces) != 1 or word.pieces[0][0]:
        reader.fail(f"the name {word.text} has a variable in it", word)
    return word.pieces[0][1]


def parse(text: str, path: str = "jail.conf") -> tuple[Node, ...]:
    """The statements of a file; raises Problem with path and line for what jail(8) could not read."""
    return tuple(_Reader(text, path).read_body(nested=False))


def render(nodes: t.Sequence[Node], indent: str = "") -> str:
    """Statements as text, one a line."""
    lines = []
    for node in nodes:
        if isinstance(node, Param):
            lines.append(indent + render_param(node) + "\n")
        else:
            inside = render(node.body, indent + "\t")
            lines.append(f"{indent}{quote(((False, node.name),))} {{\n{inside}{indent}}}\n")
    return "".join(lines)


def render_param(param: Param) -> str:
    name = ("${" + param.name + "}") if param.variable else quote(((False, param.name),))
    if not param.values:
        return f"{name};"
    sign = " " if param.name == INCLUDE and not param.variable else " += " if param.append else " = "
    return f"{name}{sign}{', '.join(map(quote, param.values))};"


def find_block(nodes: t.Sequence[Node], name: str) -> Block | None:
    """The jail's definition. Of two with one name jail(8) makes two jails, so that is an error."""
    found = [node for node in nodes if isinstance(node, Block) and node.name == name]
    if len(found) > 1:
        raise Problem(f"jail {name} is defined twice in one file: for jail(8) these are two jails; remove one")
    return found[0] if found else None


def edit_block(text: str, block: Block, drop: t.Sequence[Param], add: t.Sequence[Param]) -> str:
    """Take statements out of a jail's block and put others in: in place of one with the same name, else at the end."""
    edits: list[tuple[int, int, str]] = []
    rest = list(add)
    for old in drop:
        new = next((param for param in rest if param.name == old.name), None)
        if new is not None:
            rest.remove(new)
            edits.append((old.start, old.end, render_param(new)))
        else:
            edits.append((*_whole_line(text, old.start, old.end), ""))
    if rest:
        indent = _indent_of(text, block)
        lines = "".join(f"{indent}{render_param(param)}\n" for param in rest)
        line = text.rfind("\n", 0, block.close) + 1
        if text[line : block.close].strip():  # the brace stands behind something
            edits.append((block.close, block.close, "\n" + lines))
        else:
            edits.append((line, line, lines))
    for start, end, new_text in sorted(edits, reverse=True):
        text = text[:start] + new_text + text[end:]
    return text


def remove_block(text: str, block: Block) -> str:
    start, end = _whole_line(text, block.start, block.end)
    return text[:start] + text[end:]


def _whole_line(text: str, start: int, end: int) -> tuple[int, int]:
    """With the line break when nothing else is on the lines."""
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop + 1
    if not text[line:start].strip() and not text[end:stop].strip():
        return line, stop
    return start, end


def _indent_of(text: str, block: Block) -> str:
    for node in block.body:
        line = text.rfind("\n", 0, node.start) + 1
        if node.path == block.path and not text[line : node.start].strip():
            return text[line : node.start]
    return "\t"
