# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The socket: servers that answer in pieces, not at all, too much, or something else."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._ovs import api, jsonrpc

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
Answer = t.Callable[[socket.socket, t.Mapping[str, t.Any]], None]


@given(st.lists(st.lists(JSON) | st.dictionaries(st.text(), JSON), max_size=3), st.integers(1, 9), st.booleans())
def test_texts_are_found_in_any_pieces(values: list[t.Any], size: int, ascii_only: bool) -> None:
    stream = "".join(json.dumps(value, ensure_ascii=ascii_only) for value in values).encode("utf-8", "surrogatepass")
    splitter = jsonrpc.Splitter()
    texts = [text for start in range(0, len(stream), size) for text in splitter.feed(stream[start : start + size])]
    assert [json.loads(text.decode("utf-8", "surrogatepass")) for text in texts] == values
    assert splitter.buffer == b""


class Server:
    """One that answers every request by ``answer``, in a thread."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = str(path)
        self.end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.end.bind(self.path)
        self.end.listen(1)
        self.answer = answer
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        client, _address = self.end.accept()
        with client, contextlib.suppress(OSError):  # the client hangs up as it likes
            splitter = jsonrpc.Splitter()
            while True:
                piece = client.recv(65536)
                if not piece:
                    return
                for text in splitter.feed(piece):
                    self.answer(client, json.loads(text))

    def close(self) -> None:
        self.end.close()
        self.thread.join(5)


@pytest.fixture
def serve(tmp_path: Path) -> t.Iterator[t.Callable[[Answer], str]]:
    servers: list[Server] = []

    def start(answer: Answer) -> str:
        servers.append(Server(tmp_path / "db.sock", answer))
        return servers[-1].path

    yield start
    for server in servers:
        server.close()


def send(client: socket.socket, message: t.Any) -> None:
    client.sendall(json.dumps(message).encode())


def ask(path: str, timeout: float = 5) -> t.Any:
    with jsonrpc.Connection(path, timeout) as connection:
        return connection.call("get_schema", ["Open_vSwitch"])


def test_an_answer_in_pieces_between_other_messages(serve: t.Callable[[Answer], str]) -> None:
    """The server may ask whether we live, and tell news, before it answers."""
    echoed = []

    def answer(client: socket.socket, message: t.Mapping[str, t.Any]) -> None:
        if "method" not in message:
            echoed.append(message["id"])
            return
        send(client, {"method": "echo", "params": ["x"], "id": "echo"})
        send(client, {"method": "update", "params": [], "id": None})
        whole = json.dumps({"id": message["id"], "result": {"k": 'é "quoted" \\'}, "error": None}, ensure_ascii=False)
        for byte in whole.encode():
            client.sendall(bytes([byte]))

    path = serve(answer)
    assert ask(path) == {"k": 'é "quoted" \\'}
    for _try in range(100):
        if echoed:
            break
        time.sleep(0.02)
    assert echoed == ["echo"]


def refuse(serve: t.Callable[[Answer], str], answer: Answer, timeout: float = 5) -> str:
    with pytest.raises(Problem) as caught:
        ask(serve(answer), timeout)
    return str(caught.value)


def test_silence_ends_in_time(serve: t.Callable[[Answer], str]) -> None:
    started = time.monotonic()
    assert "did not answer within 0.3 s" in refuse(serve, lambda client, message: None, 0.3)
    assert time.monotonic() - started < 3


def test_a_trickle_does_not_prolong_the_time(serve: t.Callable[[Answer], str]) -> None:
    def answer(client: socket.socket, _message: t.Mapping[str, t.Any]) -> None:
        client.sendall(b"{")
        for _piece in range(100):
            time.sleep(0.05)
            client.sendall(b" ")

    assert "did not answer within 0.3 s" in refuse(serve, answer, 0.3)


def test_half_an_answer(serve: t.Callable[[Answer], str]) -> None:
    def answer(client: socket.socket, _message: t.Mapping[str, t.Any]) -> None:
        client.sendall(b'{"id": 1, "resu')
        client.shutdown(socket.SHUT_RDWR)

    assert "in the middle of an answer" in refuse(serve, answer)


def test_too_large_an_answer(serve: t.Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonrpc, "MOST", 1000)

    def answer(client: socket.socket, _message: t.Mapping[str, t.Any]) -> None:
        client.sendall(b'{"id": "' + b"x" * 100000)

    assert "larger than 1000 bytes" in refuse(serve, answer)


@pytest.mark.parametrize("said", [b"}", b"{]}", b"[1]", b"{\xff}"])
def test_something_else_than_a_database(serve: t.Callable[[Answer], str], said: bytes) -> None:
    assert "is it an Open vSwitch database?" in refuse(serve, lambda client, message: client.sendall(said))


def test_another_database(serve: t.Callable[[Answer], str]) -> None:
    def answer(client: socket.socket, message: t.Mapping[str, t.Any]) -> None:
        send(client, {"id": message["id"], "result": None, "error": {"error": "unknown database", "details": "no X"}})

    assert "refused get_schema: unknown database: no X" in refuse(serve, answer)


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        ([{"error": "constraint violation", "details": "5000 is not ..."}, None], "refused update in table Port"),
        ([{}, {"error": "timed out", "details": "..."}], "refused mutate in table Bridge: timed out"),
        ([{"count": 1}, {"error": "not supported"}], "nothing was done"),
        ([{"count": 1}, {"count": 1}, {"error": "referential integrity violation"}], "another row still needs it"),
    ],
)
def test_errors_of_a_transaction(serve: t.Callable[[Answer], str], replies: list[t.Any], says: str) -> None:
    def answer(client: socket.socket, message: t.Mapping[str, t.Any]) -> None:
        send(client, {"id": message["id"], "result": replies, "error": None})

    operations = [{"op": "update", "table": "Port"}, {"op": "mutate", "table": "Bridge"}]
    with pytest.raises(Problem) as caught:
        api.transact(serve(answer), operations, 5)
    assert says in str(caught.value)


def test_no_socket_and_a_dead_one(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="install the package openvswitch-switch"):
        api.read(str(tmp_path / "none"), 1)
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(tmp_path / "dead"))
    dead.close()
    with pytest.raises(Problem, match="does not run"):
        api.read(f"unix:{tmp_path}/dead", 1)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/x/db.sock", "/x/db.sock"),
        ("/x/db.sock", "/x/db.sock"),
        ("tcp:127.0.0.1:6640", ("127.0.0.1", 6640)),
        ("tcp:[::1]:6640", ("::1", 6640)),
        ("tcp:switch.example.org", ("switch.example.org", 6640)),
    ],
)
def test_addresses(text: str, address: jsonrpc.Address) -> None:
    assert jsonrpc.parse_address(text) == address


@pytest.mark.parametrize("text", ["ssl:127.0.0.1:6640", "tcp:", "tcp:host:port", "tcp:h:99999", "db.sock", "http://x"])
def test_bad_addresses(text: str) -> None:
    with pytest.raises(Problem, match="database_socket"):
        jsonrpc.parse_address(text)


def test_the_default_is_where_debian_puts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.exists", lambda path: path.startswith("/usr/local"))
    assert jsonrpc.parse_address(None) == "/usr/local/var/run/openvswitch/db.sock"
    monkeypatch.setattr("os.path.exists", lambda path: False)
    assert jsonrpc.parse_address(None) == "/run/openvswitch/db.sock"
