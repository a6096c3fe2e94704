# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task to the engine and back: the only file that knows AnsibleModule and check mode."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hostwright.virt.plugins.module_utils._core.diff import describe_step, redact
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import Outcome, StepFailed, reconcile
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import H, Resource, W
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import nearest
from ansible_collections.hostwright.virt.plugins.module_utils._local import CommandError, LocalHost


class _Module(AnsibleModule):  # type: ignore[misc,unused-ignore]
    """AnsibleModule that names the nearest valid option when one is mistyped, at any depth."""

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        found = re.match(r"Unsupported parameters for \(.*?\) module: (.*?)\. Supported", msg)
        for path in (found.group(1) if found else "").split(", "):
            valid = _options_beside(self.argument_spec, path.split("."))
            msg += nearest(path.split(".")[-1], valid)
        super().fail_json(msg=msg, **kwargs)
        raise AssertionError("fail_json ends the module")


def _options_beside(spec: t.Mapping[str, t.Any], path: t.Sequence[str]) -> list[str]:
    for key in path[:-1]:
        spec = spec.get(key, {}).get("options", {})
    return [name for key, option in spec.items() for name in [key, *option.get("aliases", ())]]


def _start(**spec: t.Any) -> _Module:
    return _Module(supports_check_mode=True, **spec)  # type: ignore[no-untyped-call]  # ansible-core has no py.typed


def run_module(resource: Resource[W, H]) -> None:
    """Run one task: exits with the result, or fails with a message for the user."""
    module = _start(argument_spec=dict(resource.argument_spec), **resource.constraints)
    host = LocalHost(resource.packages, resource.apis)
    wants: tuple[W, ...] = ()
    try:
        wants = resource.wants(module.params)
        outcomes = reconcile(resource, wants, host, module.check_mode)
        results = [_result(resource, outcome, want.secrets) for outcome, want in zip(outcomes, wants)]
    except (Problem, OSError) as error:
        secrets = frozenset(secret for want in wants for secret in want.secrets)
        module.fail_json(**redact(_failure(error), secrets))
    module.exit_json(**_of_many(results) if module.params.get(resource.plural) is not None else results[0])


def _of_many(results: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """What Ansible itself looks at, such as ``diff`` for ``--diff``, beside the result of each."""
    return {
        "changed": any(result["changed"] for result in results),
        "restart_required": any(result["restart_required"] for result in results),
        "diff": [result["diff"] for result in results if result["changed"]],
        "results": list(results),
    }


def run_info(query: t.Callable[[LocalHost, t.Mapping[str, t.Any]], t.Mapping[str, t.Any]], **spec: t.Any) -> None:
    """Run one read-only task: exits with what ``query`` returns."""
    packages = spec.pop("packages", {})
    apis = spec.pop("apis", {})
    module = _start(**spec)
    try:
        module.exit_json(changed=False, **query(LocalHost(packages, apis), module.params))
    except (Problem, OSError) as error:
        module.fail_json(**_failure(error))


def _failure(error: Exception) -> dict[str, t.Any]:
    cause = error.cause if isinstance(error, StepFailed) else error
    failure: dict[str, t.Any] = {"msg": str(error)}
    if isinstance(cause, CommandError):
        failure.update(cmd=list(cause.argv), rc=cause.reply.rc, stdout=cause.reply.out, stderr=cause.reply.err)
    return failure


def _result(resource: Resource[W, H], outcome: Outcome[H], secrets: t.AbstractSet[str]) -> dict[str, t.Any]:
    actions = [describe_step(step) for step in outcome.steps]
    result: dict[str, t.Any] = {"name": outcome.name, "changed": outcome.changed}
    result.update(resource.facts(outcome.have))
    result.update(
        actions=actions,
        commands=[action["command"] for action in actions if "command" in action],
        pending=[describe_step(step) for step in outcome.pending],
        restart_required=bool(outcome.pending),
    )
    shown: dict[str, t.Any] = redact(result, secrets)
    header = f"{resource.noun} {outcome.name}"
    shown["diff"] = {
        "before": dict(outcome.diff.before),
        "after": dict(outcome.diff.after),
        "before_header": header,
        "after_header": header,
    }
    return shown
