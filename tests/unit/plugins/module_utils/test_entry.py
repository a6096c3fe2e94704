# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task's arguments to its result, through the real AnsibleModule."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic

from ansible_collections.hostwright.virt.plugins.module_utils._core import entry, model
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource, RestartPolicy


@dataclasses.dataclass(frozen=True)
class WantNote:
    name: str
    text: str
    refuse: bool = False
    switches: frozenset[str] = frozenset()
    restart_policy: RestartPolicy = "never"
    secrets: frozenset[str] = frozenset()


def wants(params: t.Mapping[str, t.Any]) -> tuple[WantNote, ...]:
    if params["text"] == "bad":
        raise model.Problem("note: text 'bad' is bad; give another")
    secret = frozenset({params["secret"]}) if params["secret"] else frozenset()
    paths = [params["path"]] if params["paths"] is None else params["paths"]
    return tuple(WantNote(path, params["text"], secrets=secret) for path in paths)


def plan(have: str | None, want: WantNote) -> model.Plan:
    if want.text == "fail":
        return (model.Step(model.Run(("ls", "/no/such")), "look"),)
    return () if have == want.text else (model.Step(model.Write(want.name, want.text), f"write {want.text}"),)


NOTE: Resource[WantNote, str] = Resource(
    noun="note",
    argument_spec={
        "path": {"type": "str"},
        "paths": {"type": "list", "elements": "path"},
        "text": {"type": "str", "default": "hello"},
        "secret": {"type": "str", "no_log": True},
        "lines": {
            "type": "list",
            "elements": "dict",
            "options": {"colour": {"type": "str"}, "bridge": {"type": "str", "aliases": ["switch"]}},
        },
    },
    wants=wants,
    plural="paths",
    observe=lambda host, found: {
        want.name: text for want in found for text in [host.read(want.name)] if text is not None
    },
    plan=plan,
    predict=lambda _have, want: want.text,
    show=lambda have, _want: {"text": have},
    facts=lambda have: {"state": "present" if have else "absent", "config": {"text": have}, "runtime": {}},
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., dict[str, t.Any]]:
    def run_task(check: bool = False, **args: t.Any) -> dict[str, t.Any]:
        task = {"ANSIBLE_MODULE_ARGS": {"_ansible_check_mode": check, "_ansible_diff": True, **args}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(task).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)  # core 2.19 and newer
        with pytest.raises(SystemExit):
            entry.run_module(NOTE)
        result: dict[str, t.Any] = json.loads(capsys.readouterr().out)
        return result

    return run_task


def test_check_then_real_then_again(run: t.Callable[..., dict[str, t.Any]], tmp_path: Path) -> None:
    path = str(tmp_path / "note")
    foretold = run(check=True, path=path)
    assert not (tmp_path / "note").exists()
    done = run(path=path)
    assert (tmp_path / "note").read_text() == "hello"
    assert foretold["changed"] is done["changed"] is True
    assert foretold["diff"] == done["diff"]
    assert done["diff"]["before_header"] == f"note {path}"
    assert done["actions"] == [{"summary": "write hello", "how": "live", "destructive": False, "path": path}]
    assert done["commands"] == done["pending"] == []
    assert done["restart_required"] is False
    again = run(path=path)
    assert again["changed"] is False
    assert set(again) == set(done) == set(foretold)


def test_several_at_once(run: t.Callable[..., dict[str, t.Any]], tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("a", "b")]
    run(path=paths[0])
    done = run(paths=paths)
    assert [result["name"] for result in done["results"]] == paths
    assert done["changed"] is True
    assert done["restart_required"] is False
    assert done["diff"] == [done["results"][1]["diff"]]
    assert run(paths=paths[:1])["results"][0]["changed"] is False
    assert run(paths=[])["changed"] is False


def test_a_problem_is_a_message(run: t.Callable[..., dict[str, t.Any]]) -> None:
    failed = run(path="/x", text="bad")
    assert failed["failed"] is True
    assert failed["msg"] == "note: text 'bad' is bad; give another"
    assert "exception" not in failed


def test_a_failed_command_is_shown(run: t.Callable[..., dict[str, t.Any]]) -> None:
    failed = run(path="/x", text="fail")
    assert failed["cmd"] == ["ls", "/no/such"]
    assert failed["rc"] == 2
    assert "/x: could not look: ls: rc=2: ls: cannot access" in failed["msg"]


def test_a_path_that_cannot_be_written_is_a_message(run: t.Callable[..., dict[str, t.Any]]) -> None:
    failed = run(path="/proc/no/such/note")
    assert "could not write hello" in failed["msg"]


def test_secrets_are_masked_everywhere(run: t.Callable[..., dict[str, t.Any]], tmp_path: Path) -> None:
    done = run(path=str(tmp_path / "note"), text="it is s3cret here", secret="s3cret")
    assert "s3cret" not in json.dumps({key: value for key, value in done.items() if key != "invocation"})
    assert "s3cret" not in json.dumps(done["invocation"]["module_args"]["secret"])


@pytest.mark.parametrize(
    ("args", "suggestion"),
    [
        ({"txet": "x"}, "(did you mean text?)"),
        ({"lines": [{"brigde": "br0"}]}, "(did you mean bridge?)"),
        ({"lines": [{"swich": "br0"}]}, "(did you mean switch?)"),
    ],
)
def test_a_mistyped_option_names_the_nearest(
    run: t.Callable[..., dict[str, t.Any]], args: dict[str, t.Any], suggestion: str
) -> None:
    failed = run(path="/x", **args)
    assert failed["failed"] is True
    assert suggestion in failed["msg"]
