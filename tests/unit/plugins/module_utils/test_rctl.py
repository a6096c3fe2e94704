# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules, the files and the list of limits; rules of the recorded answers of FreeBSD 15.1."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply
from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._rctl import conf, info, rule
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.fakes import FakeHost

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "freebsd"
CAPTURE = (CAPTURES / "rctl.txt").read_text(encoding="utf-8")
PAIRS = (CAPTURES / "rctl-pairs.txt").read_text(encoding="utf-8")
RULES = sorted(set(re.findall(r"^\w+:[\w.]+:\w+:\w+=\d+(?:/\w+)?$", CAPTURE, re.MULTILINE)))


def test_recorded_rules_are_read_and_spelled_again() -> None:
    assert len(RULES) > 20
    for text in RULES:
        assert str(rule.parse_rule(text)) == text


def test_what_the_kernel_refused_is_refused() -> None:
    """Every rule of the capture that `rctl -a` took or refused; those about missing users and processes apart."""
    added = re.findall(r"^\$ rctl -a (\S+)\n(stderr\| .*\n)?", CAPTURE, re.MULTILINE)
    judged = [(text, bool(error)) for text, error in added if "No such process" not in error and "user" not in error]
    assert len(judged) > 40
    for text, refused in judged:
        try:
            rule.parse_rule(text)
        except Problem:
            assert refused, text
        else:
            assert not refused, text


def test_every_resource_and_action_is_judged_as_the_kernel_judged_it() -> None:
    rows = [line.split() for line in PAIRS.splitlines() if not line.startswith("#")]
    *rows, (_word, *signals) = rows
    assert {tuple(row[:2]) for row in rows} == {
        (resource, action) for resource in rule.UNITS for action in ("deny", "log", "devctl", "throttle", "sigterm")
    }
    for resource, action, *taken in rows:
        for per in rule.SUBJECTS:
            assert _is_taken(f"jail:web1:{resource}:{action}=1/{per}") == (per in taken), (resource, action, per)
    assert {f"sig{name}" for name in signals} == {action for action in rule.ACTIONS if action.startswith("sig")}


def _is_taken(text: str) -> bool:
    try:
        rule.parse_rule(text)
    except Problem:
        return False
    return True


@pytest.mark.parametrize(
    ("resource", "text", "amount"),
    [
        ("memoryuse", "1.5G", 1610612736),
        ("memoryuse", "100", 100),
        ("readbps", "10M", 10485760),
        ("cputime", "2h", 7200),
        ("pcpu", "150 %", 150),
        ("openfiles", "1k", 1024),
        ("maxproc", "0", 0),
    ],
)
def test_amounts(resource: str, text: str, amount: int) -> None:
    assert rule.parse_amount(text, resource) == amount


@pytest.mark.parametrize(
    ("resource", "text"), [("maxproc", "1.5"), ("maxproc", "-1"), ("pcpu", "x"), ("memoryuse", "")]
)
def test_wrong_amounts(resource: str, text: str) -> None:
    with pytest.raises(Problem):
        rule.parse_amount(text, resource)


@given(st.sampled_from(rule.SUBJECTS), st.text(max_size=300))
def test_a_name_is_one_field_of_one_rule_of_one_line(kind: str, name: str) -> None:
    try:
        subject = rule.parse_subject(kind, name)
    except Problem:
        return
    limit = rule.Rule(subject, "maxproc", "deny", 1, kind)
    assert rule.parse_rule(str(limit)) == limit
    assert conf.rule_in_line(str(limit)) == limit
    assert str(limit).split() == [str(limit)]
    assert str(limit).isprintable()


def edit(text: str, *wanted: str, drop: t.Callable[[rule.Rule], bool] = lambda _rule: False) -> str:
    return conf.edit_conf(text, drop, lambda found: found, [rule.parse_rule(text) for text in wanted])


def test_the_file_gets_a_block_of_ours_and_loses_it() -> None:
    mine = "# mine\n\njail:a:maxproc:deny=1 # why\n  bogus"
    with_block = edit(mine, "jail:b:maxproc:deny=2")
    assert with_block == mine + "\n# BEGIN hostwright.virt\njail:b:maxproc:deny=2\n# END hostwright.virt\n"
    assert edit(with_block, drop=lambda found: found.subject.id == "b") == mine + "\n"


def test_lines_that_say_the_same_stay_where_they_are() -> None:
    text = "jail:a:maxproc:deny=1k\njail:a:maxproc:deny=1024\n"
    assert edit(text, "jail:a:maxproc:deny=1024", drop=lambda _rule: True) == "jail:a:maxproc:deny=1k\n"


def test_a_last_line_without_an_end_gets_one() -> None:
    """``while read`` of rc.d/rctl leaves such a line out (15.1); one that is not the task's is its owner's matter."""
    text = "jail:a:maxproc:deny=1"
    assert edit(text, text, drop=lambda _rule: True) == text + "\n"
    assert edit(text) == text


def test_a_block_without_its_end() -> None:
    text = edit("# BEGIN hostwright.virt\njail:a:maxproc:deny=1\n", "jail:b:maxproc:deny=2")
    assert text == "# BEGIN hostwright.virt\njail:a:maxproc:deny=1\njail:b:maxproc:deny=2\n# END hostwright.virt\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'kern.racct.enable="1"\n'),
        ("a=1", 'a=1\nkern.racct.enable="1"\n'),
        ("kern.racct.enable=1\nb=2\nkern.racct.enable = 0 # no\n", 'kern.racct.enable=1\nb=2\nkern.racct.enable="1"\n'),
    ],
)
def test_loader_conf(before: str, after: str) -> None:
    assert not conf.counts_at_boot(before)
    assert conf.turn_on(before) == after
    assert conf.counts_at_boot(after)


FILE = "jail:web1:maxproc:deny=50\njail:web1:memoryuse:deny=512M/process\n"


def ask(params: t.Mapping[str, t.Any], conf_text: str = FILE, /, **commands: Reply) -> dict[str, t.Any]:
    answers = {"sysctl -n kern.racct.enable": Reply(0, "1\n", ""), "sysrc -n rctl_enable": Reply(0, "YES\n", "")}
    host = FakeHost(commands={**answers, **commands}, files={"/etc/rctl.conf": conf_text})
    return info.query(host, {"subjects": None, "usage": True, "config_file": "/etc/rctl.conf", **params})


def test_usage_and_percent() -> None:
    rules = Reply(0, "jail:web1:maxproc:deny=50\njail:db1:memoryuse:log=1000\njail:a b:maxproc:deny=1\n", "")
    usage = Reply(0, "cputime=0\nmaxproc=10\nmemoryuse=1\ncputime=7\nmaxproc=25\nmemoryuse=5\n", "")
    found = ask({}, **{"rctl -n": rules, "rctl -u jail:db1 jail:web1": usage})
    assert [subject["subject_id"] for subject in found["subjects"]] == ["db1", "web1"]
    by_rule = {rule["rule"]: rule for subject in found["subjects"] for rule in subject["rules"]}
    assert by_rule["jail:web1:maxproc:deny=50"]["percent"] == 50.0
    assert by_rule["jail:web1:maxproc:deny=50"]["in_file"]
    assert by_rule["jail:db1:memoryuse:log=1000"]["percent"] == 0.1
    assert not by_rule["jail:db1:memoryuse:log=1000"]["in_file"]
    assert by_rule["jail:web1:memoryuse:deny=536870912/process"]["used"] is None


def test_usage_of_a_process_that_ended_leaves_the_others() -> None:
    error = Reply(1, "cputime=1\n", "rctl: failed to show resource consumption for 'process:9': No such process")
    found = ask(
        {"subjects": ["jail:web1", "process:9"]},
        **{
            "rctl -n": Reply(0, "", ""),
            "rctl -u jail:web1 process:9": error,
            "rctl -u jail:web1": Reply(0, "cputime=1\nmaxproc=2\n", ""),
            "rctl -u process:9": Reply(1, "", "rctl: ... No such process"),
        },
    )
    assert found["subjects"][0]["usage"] == {"cputime": 1, "maxproc": 2}
    assert found["subjects"][1]["usage"] is None


def test_a_user_that_is_gone_leaves_its_rule_in_the_file() -> None:
    nobody = Reply(2, "", "")
    found = ask(
        {"usage": False}, "user:gone:maxproc:deny=5\n", **{"rctl -n": Reply(0, "", ""), "getent passwd gone": nobody}
    )
    assert [rule["rule"] for rule in found["subjects"][0]["rules"]] == ["user:gone:maxproc:deny=5"]
    with pytest.raises(Problem, match="user:gone: there is no such user"):
        ask({"subjects": ["user:gone"]}, "", **{"rctl -n": Reply(0, "", ""), "getent passwd gone": nobody})


def test_a_subject_must_have_a_kind() -> None:
    with pytest.raises(Problem, match="is not like jail:web1"):
        ask({"subjects": ["web1"]}, **{"rctl -n": Reply(0, "", "")})
