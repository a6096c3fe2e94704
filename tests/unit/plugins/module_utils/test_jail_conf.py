# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""jail.conf(5): what is written is read back, what is not touched stays, and what jail(8) would make of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._jail import conf
from ansible_collections.hostwright.virt.plugins.module_utils._jail.conf import Block, Node, Param
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import effective, find_jails, load
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import includes_folder
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import base_name
from ansible_collections.hostwright.virt.plugins.module_utils._jail.words import join_pieces

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "freebsd"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
VARIABLE = st.sampled_from(["name", "host.hostname", "x"])
PIECE = st.one_of(st.tuples(st.just(False), TEXT), st.tuples(st.just(True), VARIABLE))
PARAM = st.one_of(
    st.builds(Param, TEXT.filter(bool), st.lists(st.lists(PIECE, max_size=3).map(join_pieces), max_size=3).map(tuple)),
    st.builds(Param, st.just("ip4.addr"), st.just((((False, "10.0.0.1"),),)), append=st.just(True)),
    st.builds(Param, st.sampled_from(["root", "a_b"]), st.just((((False, "/j"),),)), variable=st.just(True)),
)
NODE: st.SearchStrategy[Node] = st.recursive(
    PARAM, lambda inner: st.builds(Block, TEXT.filter(bool), st.lists(inner, max_size=3).map(tuple)), max_leaves=6
)
OTHERS = [
    "# a comment with jail1 { in it\n",
    "other { path = '/x;}'; }\n",
    "/* } */ ;\n",
    "exec.clean;\n",
    "\n",
    "// x\n",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(NODE, max_size=4).map(tuple))
def test_what_is_written_is_read_back(nodes: tuple[Node, ...]) -> None:
    assert conf.parse(conf.render(nodes)) == nodes


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(OTHERS)), st.lists(st.sampled_from(OTHERS)), st.lists(PARAM, max_size=3), st.booleans())
def test_bytes_outside_of_the_jail_stay(before: list[str], after: list[str], add: list[Param], drop: bool) -> None:
    head, tail = "".join(before), "".join(after)
    text = head + "jail1 {\n\tpath = /a; # why\n\tpersist;\n}\n" + tail
    block = conf.find_block(conf.parse(text), "jail1")
    assert block is not None
    path, persist = (node for node in block.body if isinstance(node, Param))
    new = conf.edit_block(text, block, [persist] if drop else [], add)
    assert new.startswith(head + "jail1 {\n\tpath = /a; # why\n")
    assert new.endswith("}\n" + tail)
    changed = conf.find_block(conf.parse(new), "jail1")
    assert changed is not None
    kept = [path] if drop else [path, persist]
    assert sorted(map(repr, strip(changed.body))) == sorted(map(repr, strip((*kept, *add))))
    assert conf.remove_block(new, changed) == head + tail


def strip(nodes: tuple[Node, ...]) -> list[tuple[str, object, bool]]:
    return [(node.name, node.values, node.append) for node in nodes if isinstance(node, Param)]


EXAMPLE = r"""
# defaults
exec.clean;
path = "/jails/$name";
$net = 10.0.0;
ip4.addr = "$net.1";
web1 {
    host.hostname = "web1.${domain}"; /* a comment; with } */
    $domain = 'example.org';
    ip4.addr += $net.2, "$net.3";    // two more
    exec.start = "";
    mount.nodevfs;
    allow.chflags = true;
    meta = "a=1\nb=\"2\"" ;
    exec.stop = "/bin/sh -c 'exit \$X'";
    inner { persist; path = /inner; }
}
"sp ace" { path = /a\ b; }
"web1.*" { children.max = 3; }
* { securelevel = 2; }
"""


def read(text: str, name: str, **files: str) -> dict[str, tuple[str, ...]] | None:
    known = {"/etc/jail.conf": text, **{"/" + path.replace("__", "/"): more for path, more in files.items()}}

    def entries(folder: str) -> tuple[str, ...]:
        top = folder.rstrip("/") + "/"
        return tuple(sorted({path[len(top) :].partition("/")[0] for path in known if path.startswith(top)}))

    return effective(load("/etc/jail.conf", known.get, entries), name)


def test_what_jail_8_makes_of_it() -> None:
    found = read(EXAMPLE, "web1")
    assert found == {
        "exec.clean": (),
        "path": ("/jails/web1",),
        "ip4.addr": ("10.0.0.1", "10.0.0.2", "10.0.0.3"),
        "host.hostname": ("web1.example.org",),
        "exec.start": ("",),
        "mount.devfs": ("false",),
        "allow.chflags": ("true",),
        "meta": ('a=1\nb="2"',),
        "exec.stop": ("/bin/sh -c 'exit $X'",),
        "securelevel": ("2",),
    }


@pytest.mark.parametrize(
    ("text", "name", "level"),
    [
        ("a { securelevel = 1; } securelevel = 2;", "a", "2"),
        ("exec.clean; a { securelevel = 1; } securelevel = 2;", "a", "1"),  # one ``*``, where its first statement is
        ("exec.clean; a { securelevel = 1; } * { securelevel = 2; }", "a", "2"),
        ("a { b { securelevel = 1; } * { securelevel = 2; } }", "a.b", "2"),
        ("'*.b' { securelevel = 2; } a { b { } }", "a.b", "2"),
        ("'*.b' { securelevel = 2; } securelevel = 3; a { b { c { } } }", "a.b.c", "3"),
        ("'a.*' { securelevel = 2; } a { b { c { } } }", "a.b.c", "2"),
    ],
)
def test_the_last_word_is_as_jail_8_orders_it(text: str, name: str, level: str) -> None:
    """By load_config() and jailparse.y of FreeBSD 15.1."""
    assert (read(text, name) or {})["securelevel"] == (level,)


def quoted(text: str) -> str:
    """As ``jail -e`` of 15.1 prints a value."""
    mark = '"' if not text or "'" in text else "'" if '"' in text else '"' if re.search("[ \t]", text) else ""
    return mark + "".join("\\" + char if char in ("\\", mark) else char for char in text) + mark


def test_files_are_read_as_jail_8_read_them() -> None:
    """``jail -f FILE -e`` of 15.1: what it printed, null for what it refused, and the jails that it complained of."""
    rows = json.loads((CAPTURES / "jail-e.json").read_text(encoding="utf-8"))
    read_jails = 0
    for text, said, broken in rows:
        try:
            nodes = load("m", {"m": text}.get, lambda folder: ())
        except Problem:
            assert said is None, text
            continue
        assert said is not None, text
        names = [source.name for source in find_jails(nodes)]
        assert len(names) == len(said), text
        for name, printed in zip(names, said):
            if name in broken:
                with pytest.raises(Problem):
                    effective(nodes, name)
            elif names.count(name) == 1:
                found = {key: ",".join(map(quoted, values)) for key, values in (effective(nodes, name) or {}).items()}
                pairs = [line.partition("=") for line in printed if not line.startswith("name=")]
                pairs = [pair for pair in pairs if pair[0] != "jid"]
                found.pop("jid", None)  # which jail -e prints of a jail without a name only
                assert found == {base_name(key): switched(key, value) for key, _equals, value in pairs}, text
                read_jails += 1
        if said and not broken:
            again = conf.parse(conf.render(conf.parse(text)))
            assert again == conf.parse(text)
    assert read_jails > 300


def switched(key: str, value: str) -> str:
    return value if base_name(key) == key else "true" if value.lower() in ('""', "0", "00", "false") else "false"


def test_nested_and_spaced_names() -> None:
    nodes = [("/etc/jail.conf", node) for node in conf.parse(EXAMPLE)]
    assert [source.name for source in find_jails(nodes)] == ["web1", "web1.inner", "sp ace"]
    inner = read(EXAMPLE, "web1.inner")
    assert inner is not None
    assert inner["path"] == ("/inner",)
    assert inner["children.max"] == ("3",)
    spaced = read(EXAMPLE, "sp ace")
    assert spaced is not None
    assert spaced["path"] == ("/a b",)
    assert read(EXAMPLE, "nosuch") is None


def test_includes_with_globs_and_relative_names() -> None:
    found = read(
        '.include "jail.conf.d/*.conf"; b { persist; }',
        "a",
        **{"etc__jail.conf.d__a.conf": "a { path = /a; }", "etc__jail.conf.d__b.txt": "a { path = /b; }"},
    )
    assert found == {"path": ("/a",)}
    hidden = {"etc__jail.conf.d__.a.conf": "a { path = /a; }"}
    assert read('.include "jail.conf.d/*.conf"; b { }', "a", **hidden) is None
    with pytest.raises(Problem, match=r"/etc/jail\.conf includes /etc/a\.conf, which is not there"):
        read('.include "a.conf";', "b")
    with pytest.raises(Problem, match="includes itself"):
        read('.include "/etc/jail.conf";', "a")
    with pytest.raises(Problem, match="without a sign"):
        read('.include = "a.conf";', "a")


def test_includes_with_patterns_of_folders_and_in_a_block() -> None:
    """As jail(8) of 15.1: what a block includes is of its jail, jails in it too."""
    files = {
        "etc__one__a.conf": "path = /one; b { path = /b; }",
        "etc__two__a.conf": "path = /two;",
        "etc__.three__a.conf": "path = /three;",
        "etc__one__x.txt": "path = /x;",
    }
    text = 'a { path = /a; .include "*/a.conf"; exec.clean; } .include "nothing/*/a.conf";'
    assert read(text, "a", **files) == {"path": ("/two",), "exec.clean": ()}
    assert read(text, "a.b", **files) == {"path": ("/b",)}
    assert read('a { .include ".t*/?.conf"; }', "a", **files) == {"path": ("/three",)}
    known = {"/etc/jail.conf": text, "/etc/one/a.conf": files["etc__one__a.conf"]}
    folders = {"/etc": ("jail.conf", "one"), "/etc/one": ("a.conf",)}
    nodes = load("/etc/jail.conf", known.get, lambda folder: folders.get(folder, ()))
    places = {source.name: source.path for source in find_jails(nodes)}
    assert places == {"a": "/etc/jail.conf", "a.b": "/etc/one/a.conf"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a { path = /x; ", "unexpected end"),
        ("a { path = /x }", "; after the value"),
        ('a {\n path = "x;\n}', "line 2: unterminated string"),
        ("a { /* x }", "unterminated comment"),
        ("a { = x; }", "a name expected"),
        ("$x { persist; }", "has a variable in it"),
        ("a { path = é; }", "syntax error"),
    ],
)
def test_what_jail_8_could_not_read_is_an_error_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        conf.parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a { path = $nosuch; }", "variable 'nosuch' not found"),
        ("a { path = $y; $y = $z; $z = $y; }", "loop"),
        ("a { $l = 1, 2; path = /x$l; }", "cannot be substituted inside"),
    ],
)
def test_wrong_variables(text: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read(text, "a")


def test_two_jails_of_one_name_are_an_error() -> None:
    with pytest.raises(Problem, match="defined twice"):
        conf.find_block(conf.parse("a { persist; } a { path = /; }"), "a")


def test_a_block_on_one_line_gets_its_statement() -> None:
    text = "a { persist; }"
    block = conf.find_block(conf.parse(text), "a")
    assert block is not None
    new = conf.edit_block(text, block, [], [Param("path", (((False, "/x y"),),))])
    assert new == 'a { persist; \n\tpath = "/x y";\n}'


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ('.include "/etc/jail.conf.d/*.conf";', True),
        ("a { persist; }\n  .include/etc/jail.conf.d/x.conf;", True),
        ('.include "jail.conf.d/*.conf";', False),
        ('# .include "/etc/jail.conf.d/*.conf";', False),
        ("", False),
    ],
)
def test_the_folder_is_taken_in_as_rc_d_jail_tells_it(text: str, taken: bool) -> None:
    assert includes_folder({"/etc/jail.conf": text}) is taken
