# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every law for every backend that has registered itself with a file ``laws_<noun>.py``."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support import laws

HERE = "ansible_collections.hostwright.virt.tests.unit.plugins.module_utils"
NAMES = sorted(path.stem for path in Path(__file__).parent.glob("laws_*.py"))
PATIENT = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def load(name: str) -> laws.Backend:
    backend = importlib.import_module(f"{HERE}.{name}").BACKEND
    assert isinstance(backend, laws.Backend)
    return backend


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_law(name: str, law: t.Callable[[laws.Backend, t.Any, t.Any], None]) -> None:
    backend = load(name)

    @PATIENT
    @given(st.one_of(st.none(), backend.haves), backend.wants)
    def holds(have: t.Any, want: t.Any) -> None:
        law(backend, have, want)

    holds()


@pytest.mark.parametrize("name", NAMES)
def test_null_law(name: str) -> None:
    backend = load(name)

    @PATIENT
    @given(backend.haves)
    def holds(have: t.Any) -> None:
        laws.check_null(backend, have)

    holds()


def test_every_backend_is_registered() -> None:
    assert "laws_lamp" in NAMES, "the engine's own example is gone: is the folder read at all?"
