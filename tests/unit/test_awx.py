# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX is told of the playbooks: a job template for each, and surveys whose answers somebody reads."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "awx" / "job_templates").glob("*.yml"))
# What AWX knows of a question; for a choice between words it wants them all.
QUESTION = {
    "question_name": str,
    "question_description": str,
    "variable": str,
    "type": str,
    "required": bool,
    "choices": list,
    "min": int,
    "max": int,
    "default": str,
}
TYPES = ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


# What the modules of awx.awx take: `ansible-doc --json awx.awx.job_template ...`, without the texts.
OPTIONS = load(ROOT / "tests" / "unit" / "captures" / "awx" / "24.6.1" / "options.json")
PLAY = load(ROOT / "awx" / "configure.yml")[0]
TASKS = load(ROOT / "awx" / "tasks" / "configure.yml")
CALLS = [(task["name"], key, task[key]) for task in TASKS for key in task if key.startswith("awx.awx.")]


def read_text(playbook: Path) -> str:
    """The playbook, the tasks that it includes and what its roles document."""
    text = playbook.read_text(encoding="utf-8")
    included = re.findall(r"include_tasks: (\S+)", text)
    roles = re.findall(r"(?:role|name): hostwright\.virt\.(\w+)", text)
    specs = [ROOT / "roles" / role / "meta" / "argument_specs.yml" for role in roles]
    more = [*(playbook.parent / name for name in included), *(path for path in specs if path.exists())]
    return text + "".join(path.read_text(encoding="utf-8") for path in more)


def list_defaults(text: str, name: str) -> t.Iterator[str]:
    """What stands between the brackets of each `NAME | default(...)`."""
    for found in re.finditer(rf"\b{name} \| default\(", text):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[found.end() : end - 1]


def test_every_playbook_has_its_job_template() -> None:
    assert TEMPLATES
    playbooks = sorted(path.name for path in (ROOT / "playbooks").glob("*.yml"))
    assert sorted(Path(load(path)["playbook"]).name for path in TEMPLATES) == playbooks
    assert [path.name for path in TEMPLATES] == playbooks
    assert len({load(path)["name"] for path in TEMPLATES}) == len(TEMPLATES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_questions_are_what_awx_takes_and_playbooks_read(path: Path) -> None:
    template = load(path)
    assert set(template) == {"name", "description", "playbook", "survey"}
    text = read_text(ROOT / template["playbook"])
    for question in template["survey"]:
        assert {key: type(value) for key, value in question.items()}.items() <= QUESTION.items(), question
        assert {"question_name", "variable", "type", "required"} <= set(question)
        assert question["type"] in TYPES
        assert ("choices" in question) == (question["type"] in ("multiplechoice", "multiselect"))
        assert question.get("default", "") in ["", *question.get("choices", [question.get("default")])]
        assert re.search(rf"\b{question['variable']}\b", text), f"{question['variable']} is read by nobody"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_what_a_playbook_cannot_do_without_is_asked_for(path: Path) -> None:
    template = load(path)
    text = (ROOT / template["playbook"]).read_text(encoding="utf-8")
    asked = {question["variable"] for question in template["survey"] if question["required"]}
    prompted = re.findall(r"vars_prompt:\n\s+- name: (\w+)", text)
    refused = re.findall(r"^ +(?:that:|-) (\w+) is defined$", text, re.MULTILINE)
    assert {*prompted, *refused} <= asked


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_an_open_question_is_no_answer(path: Path) -> None:
    """AWX passes on an empty text for a question that was left open."""
    template = load(path)
    text = (ROOT / template["playbook"]).read_text(encoding="utf-8")
    for question in template["survey"]:
        if not question["required"] and "choices" not in question:
            name = question["variable"]
            assert not re.search(rf"\b{name} is (not )?defined", text)
            assert [words for words in list_defaults(text, name) if not words.endswith((", true", "''"))] == []


@pytest.mark.parametrize(("name", "module", "params"), CALLS, ids=[name for name, _module, _params in CALLS])
def test_what_is_made_in_awx_fits_its_modules(name: str, module: str, params: dict[str, t.Any]) -> None:
    options = OPTIONS[module]
    known = set(options).union(*(option.get("aliases", ()) for option in options.values()))
    assert set(params) - known == set(), name
    assert {key for key, option in options.items() if option.get("required")} <= set(params)
    kinds = {"bool": bool, "int": int, "dict": dict, "list": list}
    for key, value in params.items():
        option = options[key]
        if not isinstance(value, str) or "{{" not in value:
            assert isinstance(value, kinds.get(option["type"], str)), f"{name}: {key}"
            assert value in option.get("choices", [value]), f"{name}: {key}"


def test_every_object_of_awx_is_made() -> None:
    assert len(CALLS) == len(TASKS) == len({module for _name, module, _params in CALLS})
    assert {module for _name, module, _params in CALLS} == set(OPTIONS)


def test_no_secret_stands_in_the_file_or_in_the_log() -> None:
    secrets = [value for key, value in PLAY["vars"].items() if "password" in key]
    assert secrets == ["", ""]
    (task,) = [task for task in TASKS if "awx.awx.credential" in task]
    assert task["no_log"] is True
