# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow: observe, plan, refuse or apply, observe again."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.reconcile import StepFailed, reconcile
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.lamp import LAMP, WantLamp


class LampHost(FakeHost):
    """A host whose one command keeps state; ``lies`` makes it accept a colour and forget it."""

    lamps: t.ClassVar[dict[str, list[str]]] = {}
    lies = False
    fails = ""

    def query(self, argv: model.Argv, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
        self.queries.append(argv[0])
        return Reply(0, "\n".join(" ".join([name, *row]) for name, row in self.lamps.items()), "")

    def perform(self, action: model.Action) -> str:
        super().perform(action)
        row = self.lamps.setdefault("desk", ["white", "40", "-"])
        if isinstance(action, model.Write):
            row[1] = action.content
        if isinstance(action, model.Run):
            if action.argv[1] == self.fails:
                raise model.Problem("it broke")
            if action.argv[1] == "colour" and not self.lies:
                row[0] = action.argv[2]
            if action.argv[1] == "relight":
                row[2] = row[1]
            if action.argv[1] == "smash":
                del self.lamps["desk"]
        return ""


@pytest.fixture
def host() -> LampHost:
    made = LampHost()
    made.lamps = {"desk": ["white", "40", "40"]}  # type: ignore[misc]
    return made


def one(host: FakeHost, want: WantLamp, check: bool = False) -> t.Any:
    (outcome,) = reconcile(LAMP, [want], host, check)
    return outcome


def test_check_then_real_then_again(host: LampHost) -> None:
    want = WantLamp(colour="red", bulb=60, restart_policy="if_needed")
    foretold = one(host, want, check=True)
    assert host.performed == []
    done = one(host, want)
    assert foretold.changed
    assert done.changed
    assert foretold.diff == done.diff
    assert done.diff.after == {"state": "present", "colour": "red", "bulb": 60, "lit_bulb": 60}
    assert not one(host, want).changed


def test_what_needs_a_restart_waits(host: LampHost) -> None:
    want = WantLamp(bulb=60)
    done = one(host, want)
    assert [step.summary for step in done.steps] == ["write the bulb"]
    assert [step.summary for step in done.pending] == ["light it again"]
    again = one(host, want)
    assert not again.changed
    assert [step.summary for step in again.pending] == ["light it again"]


def test_many_objects_take_one_read_in_check_mode(host: LampHost) -> None:
    host.lamps = {f"lamp{number}": ["white", "40", "-"] for number in range(200)}  # type: ignore[misc]
    wants = [WantLamp(name=f"lamp{number}", colour="red") for number in range(200)]
    outcomes = reconcile(LAMP, wants, host, check=True)
    assert len(outcomes) == 200
    assert len(host.queries) == 1


def test_destruction_needs_its_switch_and_nothing_runs_without(host: LampHost) -> None:
    wants = [WantLamp(name="new", colour="red"), WantLamp(state="absent")]
    with pytest.raises(model.Problem, match=r"desk: refusing to smash the lamp; allow it with force=true"):
        reconcile(LAMP, wants, host, check=False)
    assert host.performed == []
    assert one(host, dataclasses.replace(wants[1], force=True)).have is None


@pytest.mark.parametrize("check", [True, False])
def test_a_refused_value_stops_check_and_real_alike(host: LampHost, check: bool) -> None:
    with pytest.raises(model.Problem, match="bad luck"):
        one(host, WantLamp(bulb=13), check)


def test_a_step_that_lied_is_found_out(host: LampHost) -> None:
    host.lies = True
    with pytest.raises(model.Problem, match=r"lamp desk: every step was carried out.*still needs: set the colour"):
        one(host, WantLamp(colour="red"))


def test_a_failure_in_the_middle_says_what_was_done(host: LampHost) -> None:
    host.fails = "relight"
    with pytest.raises(StepFailed, match=r"could not light it again: it broke; done before it: write the bulb"):
        one(host, WantLamp(bulb=60, restart_policy="if_needed"))


def test_a_secret_in_an_argument_list_is_refused(host: LampHost) -> None:
    with pytest.raises(model.Problem, match="a secret would be in its argument list"):
        one(host, WantLamp(colour="s3cret", secrets=frozenset({"s3cret"})))
    assert host.performed == []


def test_the_diff_hides_secrets(host: LampHost) -> None:
    foretold = one(host, WantLamp(bulb=60, colour="white", secrets=frozenset({"white"})), check=True)
    assert foretold.diff.before["colour"] == "VALUE_HIDDEN"
