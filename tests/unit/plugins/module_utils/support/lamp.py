# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's own example of a resource type: a lamp with a file, a live colour and a bulb that needs a restart."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource, RestartPolicy


@dataclasses.dataclass(frozen=True)
class Lamp:
    """``bulb`` is what the file says, ``lit_bulb`` what burns."""

    colour: str = "white"
    bulb: int = 40
    lit_bulb: int | None = None


@dataclasses.dataclass(frozen=True)
class WantLamp:
    name: str = "desk"
    state: str = "present"
    colour: str | None = None
    bulb: int | None = None
    force: bool = False
    restart_policy: RestartPolicy = "never"
    secrets: frozenset[str] = frozenset()

    @property
    def switches(self) -> frozenset[str]:
        return frozenset({"force"}) if self.force else frozenset()


def observe(host: Host, wants: t.Sequence[WantLamp]) -> dict[str, Lamp]:
    lines = [line.split() for line in host.query(("lamp", "--list")).out.splitlines()]
    lamps = {name: Lamp(colour, int(bulb), int(lit) if lit != "-" else None) for name, colour, bulb, lit in lines}
    return {want.name: lamps[want.name] for want in wants if want.name in lamps}


def plan(have: Lamp | None, want: WantLamp) -> model.Plan:
    steps: list[model.Step] = []
    if want.state == "absent":
        if have is not None:
            steps.append(model.Step(model.Run(("lamp", "smash")), "smash the lamp", switch="force"))
        return tuple(steps)
    if want.bulb == 13:
        raise model.Problem(f"{want.name}: bulb 13 brings bad luck")
    if have is None:
        steps.append(model.Step(model.Run(("lamp", "add")), "add the lamp"))
        have = Lamp()
    if want.colour not in (None, have.colour):
        change = model.Change("colour", have.colour, want.colour)
        steps.append(model.Step(model.Run(("lamp", "colour", str(want.colour))), "set the colour", changes=(change,)))
    if want.bulb not in (None, have.bulb):
        steps.append(model.Step(model.Write("/etc/lamp", str(want.bulb)), "write the bulb"))
    if have.lit_bulb is not None and (want.bulb or have.bulb) != have.lit_bulb and want.bulb is not None:
        steps.append(model.Step(model.Run(("lamp", "relight")), "light it again", how="restart"))
    return tuple(steps)


def predict(have: Lamp | None, want: WantLamp) -> Lamp | None:
    if want.state == "absent":
        return None
    have = have or Lamp()
    after = dataclasses.replace(have, colour=want.colour or have.colour, bulb=want.bulb or have.bulb)
    if want.bulb is not None and have.lit_bulb is not None and want.restart_policy != "never":
        after = dataclasses.replace(after, lit_bulb=after.bulb)
    return after


def show(have: Lamp | None, want: WantLamp) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {"state": "present" if have else "absent"}
    if have is not None:
        shown.update({} if want.colour is None else {"colour": have.colour})
        shown.update({} if want.bulb is None else {"bulb": have.bulb, "lit_bulb": have.lit_bulb})
    return shown


def facts(have: Lamp | None) -> dict[str, t.Any]:
    return {"state": "present" if have else "absent", "config": dataclasses.asdict(have) if have else {}, "runtime": {}}


LAMP: Resource[WantLamp, Lamp] = Resource(
    noun="lamp",
    argument_spec={"name": {"type": "str"}, "colour": {"type": "str"}, "bulb": {"type": "int"}},
    wants=lambda params: (WantLamp(**params),),
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
)
