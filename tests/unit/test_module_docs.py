# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of each module is true: its examples are tasks that its own options accept."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROOT = Path(__file__).resolve().parents[2]
FQCN = "hostwright.virt."
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
# Return values that mean the same in every module; ansible-core 2.19 takes no return values from fragments.
SHARED_RETURNS = ("commands", "pending", "restart_required")
SAMPLES: t.Mapping[str, object] = {"int": 1, "float": 1.0, "bool": True, "list": [], "dict": {}}

Spec = t.Mapping[str, t.Any]
Task = t.Mapping[str, t.Any]


class Declared(t.NamedTuple):
    spec: Spec
    constraints: Spec


def load(name: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.hostwright.virt.plugins.modules.{name}")


def load_docs(name: str, part: str) -> t.Any:
    return yaml.safe_load(getattr(load(name), part))


def read_declared(name: str) -> Declared:
    """What the module hands to the engine: its main is called with an engine that only takes notes."""
    module = load(name)
    notes: list[Declared] = []

    def run_module(resource: t.Any) -> None:
        notes.append(Declared(resource.argument_spec, resource.constraints))

    def run_info(query: object, **kwargs: t.Any) -> None:
        spec = kwargs.pop("argument_spec")
        notes.append(Declared(spec, kwargs))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "run_module", run_module, raising=False)
        patch.setattr(module, "run_info", run_info, raising=False)
        module.main()
    (declared,) = notes
    return declared


def list_tasks(items: t.Sequence[Task]) -> t.Iterator[Task]:
    """The tasks of a list of tasks, blocks and plays."""
    for item in items:
        inner = [
            key for key in ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always") if key in item
        ]
        for key in inner:
            yield from list_tasks(item[key])
        if not inner:
            yield item


def action_of(task: Task) -> tuple[str, t.Any]:
    """The module of a task is its one key with a dot: examples use full names."""
    keys = [key for key in task if "." in key]
    assert len(keys) == 1, f"a task needs one module with its full name: {task}"
    return keys[0], task[keys[0]]


def fill_templates(value: t.Any, spec: Spec) -> t.Any:
    """The value with each template replaced by some value that the option takes."""
    if isinstance(value, str) and "{{" in value:
        if spec.get("choices"):
            return spec["choices"][0]
        return SAMPLES.get(spec.get("type", "str"), value)
    options = spec.get("options") or {}
    if isinstance(value, list):
        element = {"type": spec.get("elements", "str"), "options": options, "choices": spec.get("choices")}
        return [fill_templates(item, element) for item in value]
    if isinstance(value, dict):
        return {key: fill_templates(item, options.get(key, {})) for key, item in value.items()}
    return value


def explain_refusal(declared: Declared, params: Spec) -> list[str]:
    names = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
    limits = {name: declared.constraints.get(name) for name in names}
    filled = {key: fill_templates(value, declared.spec.get(key, {})) for key, value in params.items()}
    validator = ArgumentSpecValidator(dict(declared.spec), **limits)  # type: ignore[no-untyped-call]
    return list(validator.validate(filled).error_messages)  # type: ignore[no-untyped-call]


def test_there_are_modules() -> None:
    assert MODULES


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_accepted_by_the_options(name: str) -> None:
    tasks = [(task.get("name"), *action_of(task)) for task in list_tasks(load_docs(name, "EXAMPLES"))]
    assert any(action == FQCN + name for _title, action, _params in tasks), "no example uses the module"
    for title, action, params in tasks:
        assert title, f"an example of {action} has no name"
        if action.startswith(FQCN):
            assert action[len(FQCN) :] in MODULES, f"{title}: there is no module {action}"
            refusal = explain_refusal(read_declared(action[len(FQCN) :]), params or {})
            assert not refusal, f"{title}: {refusal}"


@pytest.mark.parametrize("name", MODULES)
def test_option_groups_say_what_they_promise(name: str) -> None:
    docs = load_docs(name, "DOCUMENTATION")
    fragments = docs["extends_documentation_fragment"]
    assert "hostwright.virt._attributes" in fragments
    assert "hostwright.virt._attributes.actiongroup_virt" in fragments
    assert ("hostwright.virt._attributes.info_module" in fragments) == name.endswith("_info")


@pytest.mark.parametrize("key", SHARED_RETURNS)
def test_shared_return_values_read_the_same(key: str) -> None:
    texts = {name: load_docs(name, "RETURN")[key]["description"] for name in MODULES if not name.endswith("_info")}
    assert len({repr(text) for text in texts.values()}) <= 1, texts


def test_templates_are_filled_at_any_depth() -> None:
    spec = {"options": {"size": {"type": "int"}, "mode": {"choices": ["a", "b"]}}, "type": "list", "elements": "dict"}
    value = [{"size": "{{ item }}", "mode": "{{ mode }}", "other": "x"}]
    assert fill_templates(value, spec) == [{"size": 1, "mode": "a", "other": "x"}]


def test_a_wrong_example_is_refused() -> None:
    declared = Declared(
        {"name": {"required": True}, "vcpus": {"type": "int"}}, {"required_together": [("name", "vcpus")]}
    )
    assert explain_refusal(declared, {"name": "a", "vcpus": "many"})
    assert explain_refusal(declared, {"name": "a", "vcpu": 1})
    assert explain_refusal(declared, {"name": "a"})
    assert not explain_refusal(declared, {"name": "a", "vcpus": 2})
