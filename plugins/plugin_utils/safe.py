# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that are never templates, and the few that are, on each version of ansible-core. Private."""

from __future__ import annotations

import typing as t

_trust: t.Any = None
_distrust: t.Any = None
try:
    from ansible.template import trust_as_template

    _trust = trust_as_template
except ImportError:  # before ansible-core 2.19 every text is a template unless it is marked
    from ansible.utils.unsafe_proxy import wrap_var

    _distrust = wrap_var


def never_template(value: t.Any) -> t.Any:
    """Plain data that came from a host or a guest. Since ansible-core 2.19 nothing is a template without being told."""
    return value if _distrust is None else _distrust(value)


def make_template(text: str) -> t.Any:
    """A template of ours."""
    return text if _trust is None else _trust(text)
