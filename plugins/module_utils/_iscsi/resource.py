# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resource type: the bay's side and the initiator's side of one declaration."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Host
from ansible_collections.hostwright.virt.plugins.module_utils._core.resource import Resource
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi import (
    bay,
    configfs,
    ctld,
    initiator,
    initiator_api,
    storage,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.attachment import Attachment
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.initiator_observe import observe_attachments
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.initiator_show import (
    attachment_facts,
    show_attachment,
)
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.spec import ARGUMENT_SPEC, EFFECTS, PACKAGES
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.target import Bay
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.tgt_api import call as call_tgt
from ansible_collections.hostwright.virt.plugins.module_utils._iscsi.want import WantVolume, wants

Have = t.Union[Bay, Attachment]


def observe(host: Host, wanted: t.Sequence[WantVolume]) -> dict[str, Have]:
    found: dict[str, Have] = {}
    attach = [want for want in wanted if want.state in ("attached", "detached")]
    serve = [want for want in wanted if want.state in ("present", "absent")]
    if attach:
        found.update(observe_attachments(host, attach))
    if serve:
        found.update(bay.observe_bays(host, serve))
    return found


def plan(have: Have | None, want: WantVolume) -> model.Plan:
    if want.state in ("present", "absent"):
        return bay.plan_bay(_bay(have, want), want)
    there = _attachment(have, want)
    return initiator.plan_attach(there, want) if want.state == "attached" else initiator.plan_detach(there, want)


def predict(have: Have | None, want: WantVolume) -> Have | None:
    if want.state in ("present", "absent"):
        return bay.predict_bay(_bay(have, want), want)
    there = _attachment(have, want)
    return initiator.predict_attach(there, want) if want.state == "attached" else initiator.predict_detach(there, want)


def _bay(have: Have | None, want: WantVolume) -> Bay:
    if isinstance(have, Bay):
        return have
    raise model.Problem(f"{want.name}: the bay was not read")


def _attachment(have: Have | None, want: WantVolume) -> Attachment:
    return have if isinstance(have, Attachment) else Attachment(want.name, want.target)


def show(have: Have | None, want: WantVolume) -> dict[str, t.Any]:
    if want.state in ("present", "absent"):
        return bay.show_bay(have if isinstance(have, Bay) else None, want)
    return show_attachment(have if isinstance(have, Attachment) else None, want)


def facts(have: Have | None) -> dict[str, t.Any]:
    if isinstance(have, Bay):
        return bay.bay_facts(have)
    return attachment_facts(have)


RESOURCE: Resource[WantVolume, Have] = Resource(
    noun="iSCSI volume",
    argument_spec=ARGUMENT_SPEC,
    wants=wants,
    observe=observe,
    plan=plan,
    predict=predict,
    show=show,
    facts=facts,
    effects=EFFECTS,
    packages=PACKAGES,
    apis={
        "configfs": configfs.change,
        "ctld": ctld.call,
        "initiator": initiator_api.call,
        "storage": storage.call,
        "tgt": call_tgt,
    },
)
