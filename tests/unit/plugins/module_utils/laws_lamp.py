# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on the engine's own example."""

from __future__ import annotations

import dataclasses

from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.lamp import LAMP, Lamp, WantLamp
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

COLOURS = st.sampled_from(["white", "red", "blue"])
BULBS = st.sampled_from([25, 40, 60])


def act(have: Lamp | None, action: model.Action, want: WantLamp) -> Lamp | None:
    if isinstance(action, model.Write):
        return dataclasses.replace(have or Lamp(), bulb=int(action.content))
    assert isinstance(action, model.Run)
    verb, *words = action.argv[1:]
    if verb in ("add", "smash"):
        return Lamp() if verb == "add" else None
    assert have is not None
    if verb == "colour":
        return dataclasses.replace(have, colour=words[0])
    assert verb == "relight"
    return dataclasses.replace(have, lit_bulb=have.bulb)


BACKEND = Backend(
    resource=LAMP,
    haves=st.builds(Lamp, COLOURS, BULBS, st.none() | BULBS),
    wants=st.builds(
        WantLamp,
        state=st.sampled_from(["present", "present", "absent"]),
        colour=st.none() | COLOURS,
        bulb=st.none() | BULBS | st.just(13),
        force=st.booleans(),
        restart_policy=st.sampled_from(["never", "if_needed"]),
    ),
    act=act,
    declare=lambda have: WantLamp(
        colour=have.colour, bulb=None if have.lit_bulb not in (None, have.bulb) else have.bulb
    ),
    fields=dataclasses.asdict,
    destroys=lambda action: isinstance(action, model.Run) and action.argv[1] == "smash",
)
