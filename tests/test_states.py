"""States: one root for one set of entries, edits that share, differences, merges, and nodes as objects."""

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from autonav_analysis.states import nodes as trie
from autonav_analysis.states.entries import EMPTY_FOLDER, EXECUTABLE, FILE, FOLDER, SYMLINK, Entry
from autonav_analysis.states.merging import Conflict, merge
from autonav_analysis.states.state import EMPTY, Change, State, build, commit, delete, diff, load, put
from autonav_analysis.states.storing import nodes, references

Entries = dict[bytes, Entry]


def entry(content: bytes = b"", kind: int = FILE) -> Entry:
    return Entry(kind, blake3(content).digest(), len(content))


def apart(paths: set[bytes]) -> set[bytes]:
    """Return the paths without those that have others below them."""
    return {path for path in paths if not any(other.startswith(path + b"/") for other in paths)}


NAMES = st.sampled_from([b"a", b"b", b"a.b", b"a-b", b"\xff", "é".encode(), b" ", b"\n"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(b"/".join)
FILES = st.builds(entry, st.sampled_from([b"", b"1", b"2"]), st.sampled_from([FILE, EXECUTABLE, SYMLINK]))
ENTRIES = FILES | st.just(EMPTY_FOLDER)


@st.composite
def few(draw: st.DrawFn) -> Entries:
    """Draw a few entries, close together."""
    return {path: draw(ENTRIES) for path in sorted(apart(draw(st.sets(PATHS, max_size=12))))}


@st.composite
def many(draw: st.DrawFn) -> Entries:
    """Draw enough entries for a trie of some levels, beside a few that clash more easily."""
    count = draw(st.integers(0, 700))
    files = draw(st.lists(FILES, min_size=1, max_size=3))
    return draw(few()) | {b"many/%d/%d" % (number % 7, number): files[number % len(files)] for number in range(count)}


@st.composite
def sides(draw: st.DrawFn) -> tuple[State, State, State]:
    """Draw a base and two states made from it."""

    def changed() -> State:
        drawn = draw(st.dictionaries(PATHS, ENTRIES, max_size=5))
        kept = {path: old for path, old in base.items() if not draw(st.booleans())}
        return build({path: (kept | drawn)[path] for path in apart(set(kept) | set(drawn))})

    base = draw(few())
    return build(base), changed(), changed()


def changes_of(old: Entries, new: Entries) -> dict[bytes, Entry | None]:
    return {path: new.get(path) for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


@settings(deadline=None)
@given(many())
def test_a_state_holds_what_it_was_built_from(entries: Entries) -> None:
    state = build(entries)
    assert list(state) == sorted(entries.items())
    assert len(state) == len(entries)
    assert all(state.get(path) == each for path, each in entries.items())
    assert state.get(b"nowhere") is None


@settings(deadline=None)
@given(many(), st.randoms(use_true_random=False))
def test_the_root_is_independent_of_order(entries: Entries, random) -> None:
    order = list(entries.items())
    random.shuffle(order)
    one_by_one = EMPTY
    for path, each in order:
        one_by_one = put(one_by_one, path, each)
    assert one_by_one == build(entries) == build(dict(order))
    assert len(one_by_one) == len(entries)


@settings(deadline=None)
@given(many(), PATHS, ENTRIES)
def test_delete_is_the_inverse_of_put(entries: Entries, path: bytes, new: Entry) -> None:
    state = build(entries)
    try:
        more = put(state, path, new)
    except ValueError:
        assert apart({*entries, path}) != {*entries, path}
        return
    assert apart({*entries, path}) == {*entries, path}
    before = entries.get(path)
    assert more.get(path) == new
    assert (put(more, path, before) if before else delete(more, path)) == state
    assert delete(state, b"nowhere") is state


@settings(deadline=None)
@given(many(), many())
def test_a_commit_is_its_edits_one_by_one(old: Entries, new: Entries) -> None:
    one_by_one = build(old)
    changes = changes_of(old, new)
    for path in sorted(changes, key=lambda path: changes[path] is not None):  # deletions first
        after = changes[path]
        one_by_one = delete(one_by_one, path) if after is None else put(one_by_one, path, after)
    committed = commit(build(old), changes)
    assert committed == one_by_one == build(new)
    assert list(committed) == sorted(new.items())
    assert len(committed) == len(new)


@settings(deadline=None)
@given(many(), many())
def test_a_difference_leads_there_and_back(old: Entries, new: Entries) -> None:
    there, back = diff(build(old), build(new)), diff(build(new), build(old))
    assert {change.path: change.after for change in there} == changes_of(old, new)
    assert [change.path for change in there] == sorted(change.path for change in there)
    assert back == [Change(path, after, before) for path, before, after in there]
    assert commit(build(new), {change.path: change.after for change in back}) == build(old)


def every_node(node: trie.Node) -> list[trie.Node]:
    below = node.children if isinstance(node, trie.Inner) else ()
    return [node, *(each for child in below for each in every_node(child))]


@settings(max_examples=20, deadline=None)
@given(st.integers(100, 5_000), st.integers(0, 99))
def test_all_but_the_way_to_a_change_is_shared(count: int, changed: int) -> None:
    state = build({b"folder/%d" % number: entry() for number in range(count)})
    after = commit(state, {b"folder/%d" % changed: entry(b"new")})
    before = {id(node) for node in every_node(state.top)}
    depth, size = 1, count
    while size > 1:
        depth, size = depth + 1, size // 16
    assert sum(id(node) not in before for node in every_node(after.top)) <= depth + 1


BASE = {b"a": entry(b"1"), b"bc": entry(b"2"), b"d/e": entry(b"3")}
DIFFERENT = {
    "another mode": BASE | {b"a": entry(b"1", EXECUTABLE)},
    "a link": BASE | {b"a": entry(b"1", SYMLINK)},
    "an empty folder": BASE | {b"a": EMPTY_FOLDER},
    "one more empty folder": BASE | {b"f": EMPTY_FOLDER},
    "contents swapped": BASE | {b"a": entry(b"2"), b"bc": entry(b"1")},
    "the boundary of names": {b"ab": entry(b"1"), b"c": entry(b"2"), b"d/e": entry(b"3")},
    "the boundary of components": {b"a": entry(b"1"), b"bc": entry(b"2"), b"d": EMPTY_FOLDER, b"e": entry(b"3")},
    "a name in other bytes": {"\u00e9".encode(): entry()},
    "a name that looks the same": {"e\u0301".encode(): entry()},
    "nothing": {},
}


def test_different_entries_have_different_roots() -> None:
    roots = {build(each).root for each in (BASE, *DIFFERENT.values())}
    assert len(roots) == 1 + len(DIFFERENT)
    assert all(len(root) == 32 for root in roots)


@pytest.mark.parametrize("path", [b"", b"/", b"/a", b"a/", b"a//b", b".", b"a/.", b"./a", b"..", b"a/../b", b"a\0b"])
def test_what_is_no_path_is_refused(path: bytes) -> None:
    with pytest.raises(ValueError, match="no path"):
        put(EMPTY, path, entry())


@pytest.mark.parametrize(
    "wrong",
    [
        Entry(0, bytes(32), 0),
        Entry(5, bytes(32), 0),
        Entry(FILE, b"short", 0),
        Entry(FILE, bytes(32), -1),
        Entry(FOLDER, blake3(b"").digest(), 0),
        Entry(FOLDER, bytes(32), 1),
    ],
)
def test_what_is_no_entry_is_refused(wrong: Entry) -> None:
    with pytest.raises(ValueError, match="b'a'"):
        put(EMPTY, b"a", wrong)


@pytest.mark.parametrize(
    "changes",
    [
        {b"d": entry()},
        {b"a/b": entry()},
        {b"a/b/c": entry()},
        {b"d/e/f/g": EMPTY_FOLDER},
        {b"d": entry(), b"d/e": None, b"d/f": entry()},
        {b"a": entry(b"new"), b"a/b": entry()},
        {b"new": entry(), b"new/b/c": entry()},
    ],
)
def test_an_entry_with_entries_below_is_refused(changes: dict[bytes, Entry | None]) -> None:
    with pytest.raises(ValueError, match="cannot be an entry and hold entries"):
        commit(build(BASE), changes)


@settings(max_examples=400, deadline=None)
@given(few(), st.dictionaries(PATHS, ENTRIES | st.none(), max_size=6))
def test_a_commit_is_refused_just_where_entries_would_hold_entries(
    old: Entries, changes: dict[bytes, Entry | None]
) -> None:
    expected = {path: each for path, each in (old | changes).items() if each is not None}
    if apart(set(expected)) == set(expected):
        assert commit(build(old), changes) == build(expected)
    else:
        with pytest.raises(ValueError, match="cannot be an entry and hold entries"):
            commit(build(old), changes)


@pytest.mark.parametrize(
    "changes", [{b"a": None, b"a/b/c": entry()}, {b"d/e": None, b"d": EMPTY_FOLDER}, {b"d/e": None, b"d/e/f": entry()}]
)
def test_a_file_becomes_a_folder_and_the_reverse(changes: dict[bytes, Entry | None]) -> None:
    expected = {path: each for path, each in (BASE | changes).items() if each is not None}
    assert commit(build(BASE), changes) == build(expected)


@settings(deadline=None)
@given(few(), few())
def test_a_side_that_changed_nothing_gives_way(base: Entries, side: Entries) -> None:
    b, x = build(base), build(side)
    for ours, theirs in ((b, x), (x, b), (x, x)):
        merged = merge(b, ours, theirs)
        assert (merged.state, merged.conflicts) == (x, ())


@settings(max_examples=400, deadline=None)
@given(sides())
def test_merges_are_symmetric_up_to_conflicts(drawn: tuple[State, State, State]) -> None:
    base, ours, theirs = drawn
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert one.conflicts == tuple(Conflict(path, b, o, t) for path, b, t, o in other.conflicts)
    different = {change.path for change in diff(one.state, other.state)}
    assert different <= {conflict.path for conflict in one.conflicts}
    for path, before, mine, other_entry in one.conflicts:
        assert (base.get(path), ours.get(path), theirs.get(path)) == (before, mine, other_entry)
        assert one.state.get(path) == mine


ONE, TWO = entry(b"one"), entry(b"two")
MERGES = {
    "both sides change other paths": ({b"a": ONE}, {b"a": TWO}, {b"a": ONE, b"b": ONE}, {b"a": TWO, b"b": ONE}, []),
    "both change one path": ({b"a": entry()}, {b"a": ONE}, {b"a": TWO}, {b"a": ONE}, [b"a"]),
    "changed and deleted": ({b"a": entry()}, {b"a": ONE}, {}, {b"a": ONE}, [b"a"]),
    "deleted and changed": ({b"a": entry()}, {}, {b"a": ONE}, {}, [b"a"]),
    "both add": ({}, {b"a": ONE}, {b"a": TWO}, {b"a": ONE}, [b"a"]),
    "both add the same": ({}, {b"a": ONE}, {b"a": ONE}, {b"a": ONE}, []),
    "a folder against a file": ({}, {b"a/b": ONE}, {b"a": TWO, b"c": TWO}, {b"a/b": ONE, b"c": TWO}, [b"a", b"a/b"]),
    "a file against a folder": ({}, {b"a": ONE}, {b"a/b/c": TWO}, {b"a": ONE}, [b"a", b"a/b/c"]),
    "a folder emptied and filled": ({b"a/b": ONE}, {b"a": EMPTY_FOLDER}, {b"a/b": ONE, b"a/c": ONE}, {b"a/c": ONE}, []),
    "a folder filled and emptied": ({b"a/b": ONE}, {b"a/b": ONE, b"a/c": ONE}, {b"a": EMPTY_FOLDER}, {b"a/c": ONE}, []),
}


@pytest.mark.parametrize("name", MERGES)
def test_merges(name: str) -> None:
    base, ours, theirs, expected, conflicts = MERGES[name]
    merged = merge(build(base), build(ours), build(theirs))
    assert dict(merged.state) == expected
    assert [conflict.path for conflict in merged.conflicts] == conflicts


@settings(deadline=None)
@given(many())
def test_a_state_is_loaded_from_its_nodes(entries: Entries) -> None:
    state = build(entries)
    objects = dict(nodes(state, lambda _: False))
    assert all(blake3(data).digest() == digest for digest, data in objects.items())
    loaded = load(state.root, objects.__getitem__)
    assert loaded == state
    assert list(loaded) == list(state)
    assert len(loaded) == len(state)
    contents = {each for digest, data in objects.items() for each in references(digest, data).contents}
    assert contents == {each.digest for each in entries.values() if each.kind != FOLDER}
    assert commit(loaded, dict.fromkeys(entries)) == EMPTY


def test_nodes_that_are_known_are_left_out() -> None:
    state = build({b"%d" % number: entry() for number in range(3_000)})
    objects = dict(nodes(state, lambda _: False))
    after = put(state, b"7", entry(b"new"))
    new = dict(nodes(after, objects.__contains__))
    assert 0 < len(new) <= 4
    assert load(after.root, (objects | new).__getitem__) == after


def test_damage_is_named() -> None:
    state = build({b"%d" % number: entry() for number in range(100)})
    objects = dict(nodes(state, lambda _: False))
    for digest, data in objects.items():
        damaged = {**objects, digest: data[:-1] + bytes([data[-1] ^ 1])}
        if digest != trie.EMPTY_NODE.digest:
            with pytest.raises(ValueError, match=digest.hex()):
                load(state.root, damaged.__getitem__)
    assert load(EMPTY.root, {}.__getitem__) == EMPTY


@pytest.mark.parametrize("data", [b"", b"x", b"\1short", b"\2\1", b"\2" + bytes(44) + b"\7", b"\2\x09" + bytes(44)])
def test_what_is_no_node_is_named(data: bytes) -> None:
    digest = blake3(data).digest()
    with pytest.raises(ValueError, match=digest.hex()):
        load(digest, {digest: data}.__getitem__)
