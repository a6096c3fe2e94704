# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a resource type must provide: a declaration (``Want``) and plain functions over it (``Resource``)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import host, model

RestartPolicy = t.Literal["never", "if_needed", "always"]


class Want(t.Protocol):
    """What the engine must know of a declaration; everything else belongs to the resource type.

    ``switches``: options that allow a destructive step and are on. ``secrets``: values that must never be shown.
    """

    @property
    def name(self) -> str: ...
    @property
    def switches(self) -> frozenset[str]: ...
    @property
    def restart_policy(self) -> RestartPolicy: ...
    @property
    def secrets(self) -> frozenset[str]: ...


W = t.TypeVar("W", bound=Want)
H = t.TypeVar("H")


@dataclasses.dataclass(frozen=True)
class Resource(t.Generic[W, H]):
    """One resource type, as plain functions. All but ``observe`` are pure.

    * ``wants(params)``: the declarations of one task; raises ``Problem`` on values that cannot be.
    * ``observe(host, wants)``: state by name, absent names left out; a constant number of reads for any number.
    * ``plan(have, want)``: ordered steps; raises ``Problem`` for what is refused whatever the switches.
    * ``predict(have, want)``: the state after the steps that ``want.restart_policy`` allows.
    * ``show(have, want)``: the fields that ``want`` manages, for the diff. Not named, not shown.
    * ``facts(have)``: what the module returns: ``state``, ``config`` (persisted), ``runtime`` (live) and more.
    * ``plural``: the option that lists several objects, if there is one; the result then has ``results``.
    * ``effects``: how a change of each option takes effect; the documentation is held against it.
    """

    noun: str
    argument_spec: t.Mapping[str, t.Any]
    wants: t.Callable[[t.Mapping[str, t.Any]], tuple[W, ...]]
    observe: t.Callable[[host.Host, t.Sequence[W]], t.Mapping[str, H]]
    plan: t.Callable[[H | None, W], model.Plan]
    predict: t.Callable[[H | None, W], H | None]
    show: t.Callable[[H | None, W], t.Mapping[str, t.Any]]
    facts: t.Callable[[H | None], t.Mapping[str, t.Any]]
    plural: str = ""
    constraints: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    effects: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    packages: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    apis: t.Mapping[str, t.Callable[..., t.Any]] = dataclasses.field(default_factory=dict)
