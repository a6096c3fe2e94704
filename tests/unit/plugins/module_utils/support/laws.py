# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws that every resource type keeps, as properties; a backend gets them by a file ``laws_<noun>.py`` beside this.

Such a file holds ``BACKEND = Backend(...)``. ``act`` is a small simulator: the state after one action, written from
what the tool does and not from ``plan``, so that plan, predict and act are three opinions that must agree.
"""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import assume
from hypothesis.strategies import SearchStrategy

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import guard, split_plan
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource

# Programs that take a command line as text; none may ever be a step.
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "csh", "ssh", "su", "eval", "env", "xargs"})


@dataclasses.dataclass(frozen=True)
class Backend:
    """What the laws must know of one resource type.

    * ``haves``: states, None for absent; ``wants``: declarations of the same names.
    * ``act(have, action, want)``: the state after one action.
    * ``declare(have)``: a declaration of exactly this state.
    * ``fields(have)``: every field of the state by the names that ``Resource.show`` uses.
    * ``destroys(action)``: whether data or a running object is lost by this action.
    """

    resource: Resource[t.Any, t.Any]
    haves: SearchStrategy[t.Any]
    wants: SearchStrategy[t.Any]
    act: t.Callable[[t.Any, model.Action, t.Any], t.Any]
    declare: t.Callable[[t.Any], t.Any]
    fields: t.Callable[[t.Any], t.Mapping[str, t.Any]]
    destroys: t.Callable[[model.Action], bool]


def plan_due(backend: Backend, have: t.Any, want: t.Any) -> model.Plan:
    """Steps that may run now; combinations that the resource refuses are not what the laws speak of."""
    try:
        due, _pending = split_plan(backend.resource.plan(have, want), want)
    except model.Problem:
        assume(False)
        raise
    return due


def act_all(backend: Backend, have: t.Any, plan: model.Plan, want: t.Any) -> t.Any:
    for step in plan:
        have = backend.act(have, step.action, want)
    return have


def runs_of(plan: model.Plan) -> t.Iterator[model.Run]:
    for step in plan:
        action: t.Any = step.action
        while isinstance(action, model.Run):
            yield action
            action = action.otherwise


def check_null(backend: Backend, have: t.Any) -> None:
    """A declaration of what is there already needs no step."""
    assert backend.resource.plan(have, backend.declare(have)) == ()


def check_fixpoint(backend: Backend, have: t.Any, want: t.Any) -> None:
    """After the predicted change nothing is left to do."""
    plan_due(backend, have, want)
    assert plan_due(backend, backend.resource.predict(have, want), want) == ()


def check_is_real(backend: Backend, have: t.Any, want: t.Any) -> None:
    """Check mode shows what the steps really bring about, and the steps suffice."""
    acted = act_all(backend, have, plan_due(backend, have, want), want)
    show = backend.resource.show
    assert show(acted, want) == show(backend.resource.predict(have, want), want)
    assert plan_due(backend, acted, want) == ()


def check_partial_ownership(backend: Backend, have: t.Any, want: t.Any) -> None:
    """A field that the declaration does not show is not touched."""
    acted = act_all(backend, have, plan_due(backend, have, want), want)
    assume(have is not None and acted is not None)
    managed = {*backend.resource.show(have, want), *backend.resource.show(acted, want)}
    before, after = backend.fields(have), backend.fields(acted)
    for field in {*before, *after} - managed:
        assert before.get(field) == after.get(field), field


def check_switches(backend: Backend, have: t.Any, want: t.Any) -> None:
    """What destroys names a switch, and without its switch the whole plan is refused."""
    plan = plan_due(backend, have, want)
    for step in plan:
        if backend.destroys(step.action):
            assert step.switch is not None, step.summary
        if step.switch is not None and step.switch not in want.switches:
            try:
                guard(plan, want)
            except model.Problem:
                return
            raise AssertionError(f"{step.summary} passed without {step.switch}")


def check_argv(backend: Backend, have: t.Any, want: t.Any) -> None:
    """Commands are tuples of words, none of them a shell, and no word holds a secret."""
    for run in runs_of(plan_due(backend, have, want)):
        assert isinstance(run.argv, tuple)
        assert run.argv
        assert all(isinstance(word, str) and "\x00" not in word and "\n" not in word for word in run.argv)
        assert run.argv[0].rsplit("/", 1)[-1] not in SHELLS
        assert not any(secret in word for secret in want.secrets for word in run.argv)


def check_resumption(backend: Backend, have: t.Any, want: t.Any) -> None:
    """Stopped after any step and started again, a run comes to the same end."""
    plan = plan_due(backend, have, want)
    goal = backend.resource.show(act_all(backend, have, plan, want), want)
    for length in range(1, len(plan)):
        stopped = act_all(backend, have, plan[:length], want)
        resumed = act_all(backend, stopped, plan_due(backend, stopped, want), want)
        assert backend.resource.show(resumed, want) == goal, f"stopped after: {plan[length - 1].summary}"


LAWS: tuple[t.Callable[[Backend, t.Any, t.Any], None], ...] = (
    check_fixpoint,
    check_is_real,
    check_partial_ownership,
    check_switches,
    check_argv,
    check_resumption,
)
