# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real host: commands without a shell, files replaced whole."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError, LocalHost

HOST = LocalHost({"no-such-tool": "no-such-package"}, {"echo": lambda method, *args: (method, *args)})


def test_a_command_gets_its_words_as_they_are() -> None:
    words = ("a b", "$HOME", "`id`", "*", "-n", "")
    assert HOST.query(("printf", "%s\\n", *words)).out.splitlines() == list(words)


def test_a_command_speaks_plain_english() -> None:
    assert HOST.query(("printenv", "LC_ALL")).out == "C\n"


def test_an_exit_code_that_is_not_expected() -> None:
    assert HOST.query(("false",), ok=(1,)).rc == 1
    with pytest.raises(CommandError, match=r"ls: rc=2: ls: cannot access .*; look again"):
        HOST.perform(model.Run(("ls", "/no/such"), hint="look again"))


def test_a_missing_tool_names_its_package() -> None:
    with pytest.raises(model.Problem, match="no-such-tool is not on this host: install no-such-package"):
        HOST.query(("no-such-tool",))


def test_stdin_reaches_the_command() -> None:
    assert HOST.perform(model.Run(("cat",), stdin="s3cret")) == "s3cret"


def test_a_daemon_that_keeps_the_output_open_does_not_hang() -> None:
    start = time.monotonic()
    assert HOST.perform(model.Run(("sh", "-c", "sleep 20 & echo started"))) == "started\n"
    assert time.monotonic() - start < 10


def test_a_command_that_takes_too_long_gives_way() -> None:
    slow = model.Run(("sleep", "20"), timeout=0.2, hint="set force_stop=true")
    with pytest.raises(model.Problem, match=r"sleep did not end within 0.2 s; set force_stop=true"):
        HOST.perform(slow)
    instead = model.Run(("sleep", "20"), timeout=0.2, otherwise=model.Run(("echo", "forced")))
    assert HOST.perform(instead) == "forced\n"


def test_a_pipe_carries_bytes_and_shows_none(tmp_path: Path) -> None:
    HOST.pipe(("printf", r"\377\001"), ("tee", str(tmp_path / "through")))
    assert (tmp_path / "through").read_bytes() == b"\xff\x01"


def test_a_pipe_tells_what_both_ends_said() -> None:
    with pytest.raises(CommandError, match=r"^sh: rc=4: no room; ls: rc=2: ls: cannot access .*; try again$"):
        HOST.pipe(("ls", "/no/such"), ("sh", "-c", "echo no room >&2; exit 4"), "try again")
    with pytest.raises(CommandError, match="ls: rc=2"):
        HOST.pipe(("ls", "/no/such"), ("cat",))
    with pytest.raises(model.Problem, match="no-such-tool is not on this host: install no-such-package"):
        HOST.pipe(("ls",), ("no-such-tool",))


def test_a_pipe_whose_end_breaks_does_not_hang() -> None:
    start = time.monotonic()
    with pytest.raises(CommandError, match="yes: rc=-13"):
        HOST.pipe(("yes",), ("head", "-c", "1"))
    assert time.monotonic() - start < 10


def test_a_file_that_was_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    path.write_text("theirs\n", encoding="utf-8")
    with pytest.raises(model.Problem, match="was changed by somebody else"):
        HOST.perform(model.Write(str(path), "mine\n", before="old\n"))
    assert path.read_text(encoding="utf-8") == "theirs\n"
    HOST.perform(model.Write(str(path), "mine\n", before="theirs\n"))
    assert path.read_text(encoding="utf-8") == "mine\n"


def test_write_replaces_whole_files_and_keeps_secrets_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    HOST.perform(model.Write(str(path), "one\n", mode=0o600))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    HOST.perform(model.Write(str(path), "two\r\n\udcff", mode=0o640))
    assert path.read_bytes() == b"two\r\n\xff"
    assert HOST.read(str(path)) == "two\r\n\udcff"
    assert HOST.mode(str(path)) == 0o640
    assert HOST.entries(str(tmp_path / "deep")) == ("file",)


def test_links_and_removal(tmp_path: Path) -> None:
    path = tmp_path / "link"
    for target in ("/nowhere", "/elsewhere"):
        HOST.perform(model.Link(str(path), target))
        assert HOST.link(str(path)) == target
    for _time in range(2):
        HOST.perform(model.Remove(str(path)))
        assert HOST.link(str(path)) is None
    assert HOST.read(str(path)) is None
    assert HOST.entries(str(path)) == ()
    assert HOST.mode(str(path)) is None


def test_waiting_has_an_end(tmp_path: Path) -> None:
    HOST.perform(model.Await(str(tmp_path)))
    with pytest.raises(model.Problem, match=r"device did not appear after 0.2 s; check the cable"):
        HOST.perform(model.Await(str(tmp_path / "device"), timeout=0.2, hint="check the cable"))


def test_an_api_of_the_resource() -> None:
    assert HOST.ask("echo", "get", 1) == ("get", 1)
    assert HOST.perform(model.Call("echo", "set", ("x",))) == "('set', 'x')"
