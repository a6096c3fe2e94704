# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task of the tests: runs a module in check mode, for real, and for real again, and compares the three.

    - thrice:
        hostwright.virt.ovs_bridge: {name: br0}
      register: run

fails unless the first two report the same change, with the same diff, steps and pending steps, and the third none.
Of a task with several objects that is said of each.
`changed: false` expects that nothing changes at all. The result is the
second run's, with the first in `foretold` and the third in `again`.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

# What check mode must foretell, where a module returns it.
FORETOLD = ("changed", "diff", "actions", "commands", "pending", "restart_required")


class ActionModule(ActionBase):
    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        changed = args.pop("changed", True)
        if len(args) != 1:
            raise AnsibleError("thrice takes one module, and changed")
        ((module, options),) = args.items()
        foretold = self._run_once(module, options, task_vars, check=True)
        done = self._run_once(module, options, task_vars, check=False)
        again = self._run_once(module, options, task_vars, check=False)
        wrong = list(self._complaints(foretold, done, again, changed))
        result.update(done)
        result.update(
            foretold=foretold,
            again=again,
            failed=bool(wrong),
            msg="; ".join(wrong) if wrong else "All assertions passed",
            _ansible_verbose_always=True,
        )
        return result

    def _run_once(self, module: str, options: t.Any, task_vars: t.Any, *, check: bool) -> dict[str, t.Any]:
        kept = self._task.check_mode
        self._task.check_mode = check
        try:
            answer: dict[str, t.Any] = self._execute_module(
                module, module_args=dict(options or {}), task_vars=task_vars
            )
        finally:
            self._task.check_mode = kept
        if answer.get("failed"):
            raise AnsibleError(f"{'check mode' if check else 'a real run'} failed: {answer.get('msg', answer)}")
        return answer

    @classmethod
    def _complaints(cls, foretold: t.Any, done: t.Any, again: t.Any, changed: bool) -> t.Iterator[str]:
        """Of a task with several objects each must have changed, or none."""
        if "results" not in done:
            yield from cls._complaints_of_one(foretold, done, again, changed)
        for first, second, third in zip(*(answer.get("results", ()) for answer in (foretold, done, again))):
            yield from (f"{first['name']}: {wrong}" for wrong in cls._complaints_of_one(first, second, third, changed))

    @staticmethod
    def _complaints_of_one(foretold: t.Any, done: t.Any, again: t.Any, changed: bool) -> t.Iterator[str]:
        for key in FORETOLD:
            if foretold.get(key) != done.get(key):
                yield f"check mode foretold {key} {foretold.get(key)!r}, but it was {done.get(key)!r}"
        if done["changed"] is not changed:
            yield f"changed is {done['changed']}"
        if again["changed"]:
            yield f"the second run changed something: {again.get('diff')}"
        if again["diff"]["before"] != done["diff"]["after"] or again["diff"]["after"] != done["diff"]["after"]:
            yield f"the second run sees {again['diff']}, the first had left {done['diff']['after']}"
