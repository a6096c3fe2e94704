# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``ovsdb`` interface of the engine's host: one read, one transaction, one look whether it was taken. Private."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.columns import TABLES, known_columns
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.jsonrpc import Connection, parse_address
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.parse import parse_site
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.refuse import explain_errors
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.state import find_errors

DATABASE = "Open_vSwitch"
Tables = t.Dict[str, t.List[t.Dict[str, t.Any]]]
# What an error of a transaction means to the user.
HINTS = {
    "timed out": "somebody else changed it since it was read; nothing was done, run the task again",
    "constraint violation": "nothing was done",
    "referential integrity violation": "another row still needs it; nothing was done",
    "unknown column": "this Open vSwitch is too old for that; nothing was done",
}


def ovsdb_api(method: str, *args: t.Any) -> t.Any:
    methods: dict[str, t.Callable[..., t.Any]] = {"read": read, "transact": transact, "confirm": confirm}
    return methods[method](*args)


def _open(address: str | None, timeout: float) -> Connection:
    return Connection(parse_address(address), timeout)


def read(address: str | None, timeout: float) -> Tables:
    """The rows of all tables that we know, of one moment."""
    with _open(address, timeout) as connection:
        return _read(connection)


def _read(connection: Connection) -> Tables:
    schema = connection.call("get_schema", [DATABASE])["tables"]  # older ones lack some columns
    operations = []
    for table in TABLES:
        columns = [column for column in known_columns(table) if column in schema[table]["columns"]]
        operations.append({"op": "select", "table": table, "where": [], "columns": ["_uuid", *columns]})
    replies = connection.call("transact", [DATABASE, *operations])
    _check(replies, operations)
    tables = {table: reply["rows"] for table, reply in zip(TABLES, replies)}
    if not tables[DATABASE]:
        raise Problem(f"the database at {connection.where} is not initialised: start openvswitch-switch once")
    return tables


def transact(address: str | None, operations: t.Sequence[t.Mapping[str, t.Any]], timeout: float) -> str:
    """All operations or none."""
    with _open(address, timeout) as connection:
        _check(connection.call("transact", [DATABASE, *operations]), operations)
    return ""


def _check(replies: t.Sequence[t.Any], operations: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    """An operation that failed has an error in its reply; the commit itself has an extra reply at the end."""
    for number, reply in enumerate(replies):
        if not (reply and reply.get("error")):
            continue
        where = "{op} in table {table}".format(**operations[number]) if number < len(operations) else "the commit"
        kind, details = reply["error"], reply.get("details", "")
        hint = HINTS.get(kind, "nothing was done")
        raise Problem(f"the database refused {where}: {kind}{': ' + details if details else ''}; {hint}")


def confirm(
    address: str | None, bridge: str, ports: t.Sequence[str], give_back: t.Sequence[str], timeout: float
) -> str:
    """Wait until ovs-vswitchd has taken the configuration, and see that it could open each of ``ports``.

    If not, ports of ``give_back`` leave the bridge again: they carry the host's own addresses, and stay as they were.
    """
    with _open(address, timeout + 5) as connection:
        try:
            _wait(connection, timeout)
            errors = find_errors(parse_site(bridge, _read(connection)), ports, strict=True)
            if errors:
                raise Problem(explain_errors(bridge, errors))
        except Problem as problem:
            if not give_back:
                raise
            _give_back(connection, bridge, give_back)
            raise Problem(f"{problem}. {', '.join(give_back)} left {bridge} again, with the addresses") from None
    return ""


def _wait(connection: Connection, timeout: float) -> None:
    deadline, pause, wanted = time.monotonic() + timeout, 0.005, None
    select = {"op": "select", "table": DATABASE, "where": [], "columns": ["cur_cfg", "next_cfg"]}
    while True:
        replies = connection.call("transact", [DATABASE, select])
        _check(replies, [select])
        row = replies[0]["rows"][0]
        wanted = row["next_cfg"] if wanted is None else wanted
        if row["cur_cfg"] >= wanted:
            return
        if time.monotonic() > deadline:
            raise Problem(
                f"ovs-vswitchd has not taken the configuration within {timeout:g} s: does it run? "
                "What the database holds takes effect when it starts"
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def _give_back(connection: Connection, bridge: str, names: t.Sequence[str]) -> None:
    made = parse_site(bridge, _read(connection)).bridge
    refs = [["uuid", made.ports[name].uuid] for name in names if made and name in made.ports]
    where = [["name", "==", bridge]]
    mutate = {"op": "mutate", "table": "Bridge", "where": where, "mutations": [["ports", "delete", ["set", refs]]]}
    count = {"op": "mutate", "table": DATABASE, "where": [], "mutations": [["next_cfg", "+=", 1]]}
    _check(connection.call("transact", [DATABASE, mutate, count]), [mutate, count])
