# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of jail.conf(5), as usr.sbin/jail/jaillex.l of FreeBSD parts them. Private; no I/O."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

# The part of a string: text, or the name of a variable.
Piece = t.Tuple[bool, str]
Pieces = t.Tuple[Piece, ...]

_SPACE = re.compile(r"[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_BARE = re.compile(r"[A-Za-z0-9_!%&()\-.:<>?@\[\]^`|~]+")
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z_0-9]*)|\$\{((?:[^\n{}\"\\]|\\.)*)\}", re.DOTALL)
_OPEN = re.compile(r"(?<!\\)(?:\\\\)*" + f"(?!{_VARIABLE.pattern})" + r"\$\{", re.DOTALL)
_CODES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "x": "\0", "\n": ""}


@dataclasses.dataclass(frozen=True)
class Word:
    """One token and where it is. ``mark`` is punctuation, else empty; ``pieces`` are those of a string.

    ``whole``: jail(8) reads it as one piece, which it wants of a name: of ``web.*`` and of ``a"b"`` it makes two.
    """

    start: int
    end: int
    mark: str = ""
    pieces: Pieces = ()
    whole: bool = True

    @property
    def text(self) -> str:
        return "".join(text if not variable else "${" + text + "}" for variable, text in self.pieces)


def words_of(text: str, path: str) -> list[Word]:
    """All words of a file; raises Problem with the line for what jail(8) could not read."""
    words: list[Word] = []
    place = 0
    while place < len(text):
        space = _SPACE.match(text, place)
        if space is not None:
            place = space.end()
            continue
        if text.startswith("/*", place):
            raise Problem(_where(text, path, place, "unterminated comment"))
        mark = "+=" if text.startswith("+=", place) else text[place] if text[place] in ",;={}" else ""
        word = Word(place, place + len(mark), mark) if mark else _string(text, path, place)
        words.append(word)
        place = word.end
    return words


def _where(text: str, path: str, place: int, what: str) -> str:
    return "{} line {}: {}".format(path, text.count("\n", 0, place) + 1, what)


def _string(text: str, path: str, start: int) -> Word:
    """A string: quoted, bare and variable parts that follow each other without space between them."""
    pieces: list[Piece] = []
    parts = 0
    place = start
    while place < len(text) and text[place] not in " \t\r\n,;={}#":
        if text.startswith(("//", "/*", "+="), place):
            break
        parts += 1
        if text[place] in "\"'":
            end = _end_of_quote(text, path, place)
            inside = text[place + 1 : end]
            if text[place] == '"' and _OPEN.search(inside):
                raise Problem(_where(text, path, place, "unterminated variable"))
            pieces += _pieces_of(inside) if text[place] == '"' else [(False, _unescape(inside))]
            parts += text[place] == '"' and "$" in re.sub(_ESCAPE, "", inside)
            place = end + 1
            continue
        found = _VARIABLE.match(text, place) or _ESCAPE.match(text, place) or _BARE.match(text, place)
        if found is None and text[place] in "$*+/\\" and not text.startswith("${", place):
            pieces.append((False, text[place]))
            place += 1
            continue
        if found is None:
            raise Problem(_where(text, path, place, f"syntax error at {text[place]!r}"))
        pieces += _pieces_of(found.group())
        place = found.end()
    return Word(start, place, pieces=join_pieces(pieces), whole=parts == 1)


def _end_of_quote(text: str, path: str, start: int) -> int:
    place = start + 1
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == text[start]:
            return place
        place += 1
    raise Problem(_where(text, path, start, "unterminated string"))


def _pieces_of(text: str) -> list[Piece]:
    """Parts of a string in which variables are replaced."""
    pieces: list[Piece] = []
    place = 0
    while place < len(text):
        variable = _VARIABLE.match(text, place)
        if variable is not None:
            pieces.append((True, _unescape(variable.group(1) or variable.group(2) or "")))
            place = variable.end()
            continue
        end = place + 1
        while end < len(text) and text[end] != "$":
            end += 2 if text[end] == "\\" else 1
        if text[place] == "\\":
            end = max(end, place + 2)
        pieces.append((False, _unescape(text[place:end])))
        place = end
    return pieces


def _unescape(text: str) -> str:
    def plain(found: t.Match[str]) -> str:
        code = found.group(1)
        if code[0] in "01234567x" and code != "x":
            byte = (int(code[1:], 16) if code[0] == "x" else int(code, 8)) & 0xFF
            return chr(byte if byte < 0x80 else 0xDC00 + byte)  # several of them may be one character
        return _CODES.get(code, code)

    return _ESCAPE.sub(plain, text).partition("\0")[0]  # for jail(8) a null byte ends a string, as does \\x alone


def join_pieces(pieces: t.Iterable[Piece]) -> Pieces:
    """Neighbouring texts as one; an empty string has one empty text."""
    joined: list[Piece] = []
    for variable, text in pieces:
        if joined and not variable and not joined[-1][0]:
            joined[-1] = (False, joined[-1][1] + text)
        elif text or variable:
            joined.append((variable, text))
    return tuple((variable, _as_utf8(text)) for variable, text in joined) or ((False, ""),)


def _as_utf8(text: str) -> str:
    """Bytes that were written one by one are characters together."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def quote(pieces: Pieces) -> str:
    """A string as it is written: bare where nobody can misread it, else in double quotes."""
    if len(pieces) == 1 and not pieces[0][0] and re.fullmatch(r"[A-Za-z0-9_.-]+", pieces[0][1]):
        return pieces[0][1]
    return '"' + "".join("${" + text + "}" if variable else _escape(text) for variable, text in pieces) + '"'


def _escape(text: str) -> str:
    def coded(found: t.Match[str]) -> str:
        char = found.group()
        return "\\" + char if char in '\\"$' else f"\\{ord(char):03o}"

    return re.sub(r"[\\\"$\x00-\x1f\x7f]", coded, text)
