# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON-RPC over the socket of an OVSDB server (RFC 7047). Private; stdlib only."""

from __future__ import annotations

import json
import os
import re
import socket
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem

SOCKETS = ("/run/openvswitch/db.sock", "/var/run/openvswitch/db.sock", "/usr/local/var/run/openvswitch/db.sock")
START = "install the package openvswitch-switch and start its service, or name another one with database_socket"
# A host with tens of thousands of ports needs some tens of MiB; whoever sends more is no Open vSwitch.
MOST = 256 * 2**20
_TCP = re.compile(r"tcp:(\[[0-9A-Fa-f:.%a-z]+\]|[0-9A-Za-z_.-]+)(?::([0-9]{1,5}))?")
_OUTSIDE, _INSIDE = re.compile(rb'["{}\[\]]'), re.compile(rb'["\\]')

Address = t.Union[str, t.Tuple[str, int]]


def parse_address(text: str | None) -> Address:
    """A path, or a host and a port."""
    if not text:
        return next((path for path in SOCKETS if os.path.exists(path)), SOCKETS[0])
    if text.startswith("unix:") or text.startswith("/"):
        return text[5:] if text.startswith("unix:") else text
    if text.startswith("ssl:"):
        raise Problem(f"database_socket {text!r}: TLS is not supported; use unix:/path, or tcp: through a tunnel")
    match = _TCP.fullmatch(text)
    if match is None or int(match.group(2) or 6640) > 65535:
        raise Problem(f"database_socket {text!r} cannot be used: write unix:/run/openvswitch/db.sock or tcp:host:6640")
    return match.group(1).strip("[]"), int(match.group(2) or 6640)


class Splitter:
    """Cuts a stream into JSON texts, whatever the pieces in which it comes."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.place = self.depth = 0
        self.quoted = False

    def feed(self, piece: bytes) -> list[bytes]:
        self.buffer += piece
        texts: list[bytes] = []
        while True:
            mark = (_INSIDE if self.quoted else _OUTSIDE).search(self.buffer, self.place)
            if mark is None:
                self.place = len(self.buffer)
                return texts
            sign = mark.group()
            if sign == b"\\" and mark.end() == len(self.buffer):
                self.place = mark.start()  # what it escapes has not come yet
                return texts
            self.place = mark.end() + (sign == b"\\")
            self.quoted ^= sign == b'"'
            self.depth += (sign in b"{[") - (sign in b"}]")
            if self.depth < 0:
                raise ValueError("a bracket is closed that was not open")
            if self.depth == 0 and sign in b"}]":
                texts.append(bytes(self.buffer[: self.place]))
                del self.buffer[: self.place]
                self.place = 0


class Connection:
    """One conversation, which must end within ``timeout`` seconds."""

    def __init__(self, address: Address, timeout: float) -> None:
        self.where = address if isinstance(address, str) else "{}:{}".format(*address)
        self.timeout = timeout
        self.deadline = time.monotonic() + timeout
        self.splitter, self.number = Splitter(), 0
        self.waiting: list[t.Any] = []
        self.socket = self._connect(address)

    def _connect(self, address: Address) -> socket.socket:
        try:
            if not isinstance(address, str):
                return socket.create_connection(address, self.timeout)
            end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                end.settimeout(self.timeout)
                end.connect(address)
            except BaseException:
                end.close()
                raise
            return end
        except FileNotFoundError:
            raise Problem(f"there is no Open vSwitch database at {self.where}: {START}") from None
        except ConnectionRefusedError:
            raise Problem(f"nobody answers at {self.where}: the Open vSwitch database does not run: {START}") from None
        except PermissionError:
            raise Problem(f"{self.where} may not be used by this user: run the task as root (become: true)") from None
        except OSError as error:
            raise Problem(f"cannot reach the Open vSwitch database at {self.where}: {error}") from None

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def call(self, method: str, params: t.Sequence[t.Any]) -> t.Any:
        """The result of one request."""
        self.number += 1
        self._send({"method": method, "params": params, "id": self.number})
        while True:
            message = self._receive()
            if message.get("method") == "echo":  # the server asks whether we are alive
                self._send({"result": message.get("params"), "error": None, "id": message.get("id")})
            elif message.get("id") == self.number and "method" not in message:
                if message.get("error"):
                    raise Problem(f"the database at {self.where} refused {method}: {_explain(message['error'])}")
                return message.get("result")

    def _send(self, message: t.Mapping[str, t.Any]) -> None:
        try:
            self.socket.settimeout(self._left())
            self.socket.sendall(json.dumps(message).encode("ascii"))
        except socket.timeout:
            raise self._late() from None
        except OSError as error:
            raise Problem(f"the connection to {self.where} broke: {error}") from None

    def _receive(self) -> dict[str, t.Any]:
        while not self.waiting:
            if len(self.splitter.buffer) > MOST:
                raise Problem(
                    f"the answer of {self.where} is larger than {MOST} bytes: is it an Open vSwitch database?"
                )
            try:
                self.socket.settimeout(self._left())
                piece = self.socket.recv(2**16)
            except socket.timeout:
                raise self._late() from None
            except OSError as error:
                raise Problem(f"the connection to {self.where} broke: {error}") from None
            if not piece:
                raise Problem(f"{self.where} closed the connection in the middle of an answer: see ovsdb-server's log")
            try:
                self.waiting = [json.loads(text.decode("utf-8")) for text in self.splitter.feed(piece)]
            except ValueError as error:
                raise Problem(f"{self.where} does not speak JSON ({error}): is it an Open vSwitch database?") from None
        message = self.waiting.pop(0)
        if not isinstance(message, dict):
            raise Problem(f"{self.where} does not speak JSON-RPC: is it an Open vSwitch database?")
        return message

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self._late()
        return left

    def _late(self) -> Problem:
        return Problem(f"the database at {self.where} did not answer within {self.timeout:g} s: see ovsdb-server's log")


def _explain(error: t.Any) -> str:
    if isinstance(error, dict):
        return ": ".join(str(error[key]) for key in ("error", "details") if error.get(key))
    return str(error)
