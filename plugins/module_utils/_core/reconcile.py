# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one flow that every module takes: observe, plan, refuse or apply, observe again, complain of what is left."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.diff import Diff, diff_of
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import H, Resource, W


@dataclasses.dataclass(frozen=True)
class Outcome(t.Generic[H]):
    """What one declaration came to."""

    name: str
    steps: model.Plan
    pending: model.Plan
    diff: Diff
    have: H | None

    @property
    def changed(self) -> bool:
        return bool(self.steps)


class StepFailed(model.Problem):
    """A step failed; ``done`` steps before it have been carried out and a new run goes on from there."""

    def __init__(self, name: str, step: model.Step, cause: Exception, done: model.Plan) -> None:
        so_far = "; done before it: {}".format(", ".join(s.summary for s in done)) if done else "; nothing was changed"
        super().__init__(f"{name}: could not {step.summary}: {cause}{so_far}")
        self.cause = cause


def split_plan(plan: model.Plan, want: W) -> tuple[model.Plan, model.Plan]:
    """Part the steps that may run now from those that wait for a restart that ``restart_policy`` does not allow."""
    if want.restart_policy != "never":
        return plan, ()
    due = tuple(step for step in plan if step.how not in model.INTERRUPTING)
    return due, tuple(step for step in plan if step.how in model.INTERRUPTING)


def guard(plan: model.Plan, want: W) -> None:
    """Refuse, before the first step, what no switch allows and what would show a secret in a process list."""
    for step in plan:
        if step.switch is not None and step.switch not in want.switches:
            raise model.Problem(f"{want.name}: refusing to {step.summary}; allow it with {step.switch}=true")
        action: t.Any = step.action
        while isinstance(action, model.Run):
            if any(secret in word for secret in want.secrets for word in action.argv):
                raise model.Problem(f"{want.name}: refusing to {step.summary}: a secret would be in its argument list")
            action = action.otherwise


def apply(host: Host, plan: model.Plan, name: str) -> None:
    """Carry out steps in order; stop at the first that fails."""
    for number, step in enumerate(plan):
        try:
            host.perform(step.action)
        except (model.Problem, OSError) as error:
            raise StepFailed(name, step, error, plan[:number]) from error


def reconcile(resource: Resource[W, H], wants: t.Sequence[W], host: Host, check: bool) -> tuple[Outcome[H], ...]:
    """Bring every declaration about, or with ``check`` say what would be done. Nothing runs if any plan is refused."""
    before = resource.observe(host, wants)
    plans = [split_plan(resource.plan(before.get(want.name), want), want) for want in wants]
    for want, (due, _pending) in zip(wants, plans):
        guard(due, want)
    if check:
        after = {want.name: resource.predict(before.get(want.name), want) for want in wants}
    else:
        after = _carry_out(resource, wants, host, before, [due for due, _pending in plans])
    return tuple(
        Outcome(
            name=want.name,
            steps=due,
            pending=pending,
            diff=diff_of(resource, before.get(want.name), after[want.name], want),
            have=after[want.name],
        )
        for want, (due, pending) in zip(wants, plans)
    )


def _carry_out(
    resource: Resource[W, H],
    wants: t.Sequence[W],
    host: Host,
    before: t.Mapping[str, H],
    plans: t.Sequence[model.Plan],
) -> dict[str, H | None]:
    for want, due in zip(wants, plans):
        apply(host, due, want.name)
    if not any(plans):
        return {want.name: before.get(want.name) for want in wants}
    after = resource.observe(host, wants)
    for want, done in zip(wants, plans):
        left, _pending = split_plan(resource.plan(after.get(want.name), want), want)
        if done and left:
            raise model.Problem(
                "{} {}: every step was carried out, but the state read back still needs: {}".format(
                    resource.noun, want.name, ", ".join(step.summary for step in left)
                )
            )
    return {want.name: after.get(want.name) for want in wants}
