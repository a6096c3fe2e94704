# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables: a task's parameters, what the host answers, and the steps that must come of it.

A file ``cases/<module>/*.yaml`` holds a list of::

    - case: one line that says what is shown
      params: {...}                     # as in a task; checked against the module's argument spec
      host:
        commands: {"tool --list": text, "tool -x": {rc: 1, err: text}}
        files: {path: text}
        links: {path: target}
        devices: [path]
        missing: [tool]
      capture: {"tool --list": folder/file.txt, /path/of/a/file: folder/file.txt}   # below tests/unit/captures
      # ... and `api.method: folder/file.json` for what a method of the resource's own API answers
      actions: [summary or command, ...]   # what would be done now; [] for nothing
      pending: [...]                    # what waits for a restart
      diff: {before: {...}, after: {...}}   # optional
      error: part of the message        # instead of actions
      queries: 2                        # optional: number of commands that may be used to observe
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import typing as t
from pathlib import Path

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hostwright.virt.plugins.module_utils._core import diff, model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import Outcome, reconcile
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CASES = Path(__file__).resolve().parents[1] / "cases"
CAPTURES = Path(__file__).resolve().parents[3] / "captures"


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of a table."""

    module: str
    label: str
    row: t.Mapping[str, t.Any]

    def __str__(self) -> str:
        return f"{self.module}: {self.label}"


def load_cases() -> list[Case]:
    cases = []
    for path in sorted(CASES.glob("*/*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            unknown = set(row) - {
                *("case", "params", "host", "capture", "actions", "pending", "diff", "error", "queries"),
            }
            assert not unknown, f"{path.name}: {row.get('case')}: unknown keys {unknown}"
            cases.append(Case(path.parent.name, row["case"], row))
    return cases


def load_resource(module: str) -> Resource[t.Any, t.Any]:
    loaded = importlib.import_module(f"ansible_collections.hostwright.virt.plugins.modules.{module}")
    resource = loaded.RESOURCE
    assert isinstance(resource, Resource)
    return resource


def check_params(resource: Resource[t.Any, t.Any], params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Parameters with defaults filled in, as AnsibleModule would hand them to ``wants``."""
    names = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
    limits = {name: resource.constraints.get(name) for name in names}
    validator: t.Any = ArgumentSpecValidator
    result = validator(dict(resource.argument_spec), **limits).validate(dict(params))
    if result.error_messages:
        raise model.Problem("; ".join(result.error_messages))
    return dict(result.validated_parameters)


def answer_from(answers: t.Mapping[str, t.Any]) -> t.Callable[..., t.Any]:
    """An API of one kind, whose methods answer what was recorded, whatever they are asked."""
    methods = {name.split(".", 1)[1]: answer for name, answer in answers.items()}
    return lambda method, *args: methods[method]


def make_host(case: Case) -> FakeHost:
    given = case.row.get("host", {})
    commands = {
        line: Reply(answer.get("rc", 0), answer.get("out", ""), answer.get("err", ""))
        if isinstance(answer, dict)
        else Reply(0, answer, "")
        for line, answer in given.get("commands", {}).items()
    }
    files = dict(given.get("files", {}))
    answers: dict[str, t.Any] = {}
    for source, name in case.row.get("capture", {}).items():
        text = (CAPTURES / name).read_text(encoding="utf-8")
        if source.startswith("/"):
            files[source] = text
        elif source.split(".")[0] in load_resource(case.module).apis:
            answers[source] = json.loads(text)
        else:
            commands[source] = Reply(0, text, "")
    return FakeHost(
        commands=commands,
        files=files,
        links=dict(given.get("links", {})),
        modes=dict(given.get("modes", {})),
        devices=frozenset(given.get("devices", ())),
        missing=frozenset(given.get("missing", ())),
        apis={name.split(".")[0]: answer_from(answers) for name in answers},
    )


def shown(plan: model.Plan, expected: t.Sequence[str]) -> list[str]:
    """Steps as the table spells them: by command where the row gives a command, else by summary."""
    spelled = []
    for number, step in enumerate(plan):
        described = diff.describe(step.action)
        wanted = expected[number] if number < len(expected) else ""
        matches = wanted in (step.summary, described.get("command"), described.get("path"))
        spelled.append(wanted if matches else f"{step.summary} ({described})")
    return spelled


def run_case(case: Case) -> tuple[Outcome[t.Any], FakeHost]:
    """One declaration in check mode; the only flow that there is."""
    resource, host = load_resource(case.module), make_host(case)
    wants = resource.wants(check_params(resource, case.row["params"]))
    (outcome,) = reconcile(resource, wants, host, check=True)
    return outcome, host
