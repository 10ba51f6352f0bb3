"""Steps in states of a world: made once for all states that look alike to them."""

from typing import ClassVar

import pytest

from writ_gym.certificates.effects import Effects, find
from writ_gym.database import Database, Index, Record, Table


class Box(Record):
    name: str
    coins: int


class Boxes(Database):
    boxes: Table[Box]
    lids: Table[Box]


@pytest.fixture
def base():
    boxes = {name: Box(name=name, coins=coins) for name, coins in (("a", 1), ("b", 2))}
    return Boxes.load({"boxes": boxes, "lids": {}}).session()


class Step:
    """A step that counts how often it is made."""

    def __init__(self, act):
        self.act, self.made = act, 0

    def __call__(self, session):
        self.made += 1
        return self.act(session)


def put(session, name, coins):
    session.boxes.put(name, Box(name=name, coins=coins))
    return True


def test_a_step_is_made_again_only_where_what_it_looked_at_differs(base):
    double = Step(lambda db: put(db, "a", db.boxes["a"].coins * 2))
    effects, other = Effects(base), {("boxes", "b"): Box(name="b", coins=9)}
    assert effects.after({}, "double", double) == {("boxes", "a"): Box(name="a", coins=2)}
    assert effects.after(other, "double", double) == {
        **other, ("boxes", "a"): Box(name="a", coins=2)
    }  # fmt: skip
    assert double.made == 1
    richer = {("boxes", "a"): Box(name="a", coins=5)}
    assert effects.after(richer, "double", double) == {("boxes", "a"): Box(name="a", coins=10)}
    assert double.made == 2
    assert effects.after({("boxes", "a"): Box(name="a", coins=5)}, "double", double) == {
        ("boxes", "a"): Box(name="a", coins=10)
    }
    assert double.made == 2
    assert base.changes() == {}


@pytest.mark.parametrize(
    "look",
    [
        lambda db: len(db.boxes),
        lambda db: sum(box.coins for box in db.boxes.values()),
        lambda db: len(db.boxes.lookup(lambda box: [box.coins > 0], True)),
    ],
)
def test_a_step_that_looks_at_a_whole_table_sees_every_change_of_it(base, look):
    step = Step(lambda db: put(db, "a", look(db)))
    effects = Effects(base)
    first = effects.after({}, "sum", step)
    more = {("boxes", "c"): Box(name="c", coins=3)}
    assert effects.after(more, "sum", step) != {**more, **first}
    assert step.made == 2
    lid = {("lids", "a"): Box(name="a", coins=0)}
    assert effects.after(lid, "sum", step) == {**lid, **first}
    assert step.made == 2


def by_coins(box):
    return (box.coins,)


class Sorted(Boxes):
    """Boxes of which it is known on which records a look-up hangs."""

    tracked: ClassVar[dict[str, tuple[Index, ...]]] = {"boxes": (by_coins,)}


@pytest.mark.parametrize(
    ("name", "coins", "times"), [("c", 3, 1), ("c", 2, 2), ("b", 3, 2), ("a", 5, 1)]
)
def test_a_step_that_looks_up_sees_what_has_the_value_or_had_it(base, name, coins, times):
    two = Sorted.load({"boxes": dict(base.boxes), "lids": {}}).session()
    step = Step(lambda db: put(db, "sum", len(db.boxes.lookup(by_coins, 2))))
    effects, changed = Effects(two), {("boxes", name): Box(name=name, coins=coins)}
    effects.after({}, "sum", step)
    after = effects.after(changed, "sum", step)
    assert step.made == times
    number = sum(box.coins == 2 for box in effects.session(changed).boxes.values())
    assert after == {**changed, ("boxes", "sum"): Box(name="sum", coins=number)}


def test_what_a_step_brings_back_to_the_beginning_is_no_change(base):
    effects = Effects(base)
    state = {("boxes", "a"): Box(name="a", coins=7)}
    assert effects.after(state, "back", lambda db: put(db, "a", 1)) == {}


def test_a_step_that_fails_fails_in_every_state_alike(base):
    step = Step(lambda db: db.boxes["a"].coins > 1 and put(db, "b", 0))
    effects = Effects(base)
    assert effects.after({}, "take", step) is None
    assert effects.after({("boxes", "b"): Box(name="b", coins=4)}, "take", step) is None
    assert step.made == 1
    assert effects.after({("boxes", "a"): Box(name="a", coins=2)}, "take", step) is not None
    assert step.made == 2


def test_what_looks_for_a_record_that_is_not_there_has_looked_at_it(base):
    step = Step(lambda db: put(db, "a", 8 if "c" in db.boxes else 9))
    effects = Effects(base)
    assert effects.after({}, "c", step) == {("boxes", "a"): Box(name="a", coins=9)}
    more = {("boxes", "c"): Box(name="c", coins=3)}
    assert effects.after(more, "c", step) == {**more, ("boxes", "a"): Box(name="a", coins=8)}


COINS = ("boxes", "a")


@pytest.mark.parametrize(
    ("changed", "by_field", "times"),
    [
        ({("boxes", "b"): Box(name="b", coins=9)}, False, 1),
        ({COINS: Box(name="other", coins=1)}, False, 2),
        ({COINS: Box(name="other", coins=1)}, True, 1),
        ({COINS: Box(name="a", coins=7)}, True, 2),
        ({COINS: None}, True, 2),
    ],
)
def test_what_is_so_is_found_again_where_a_field_that_was_looked_at_differs(
    base, changed, by_field, times
):
    coins = Step(lambda db: db.boxes["a"].coins if "a" in db.boxes else None)
    effects = Effects(base)
    assert effects.found({}, "coins", by_field, coins) == 1
    found = effects.found(changed, "coins", by_field, coins)
    assert found == coins.act(effects.session(changed))
    assert coins.made == times


@pytest.mark.parametrize("by_field", [False, True])
@pytest.mark.parametrize("look", [list, lambda boxes: boxes.lookup(by_coins, 2)])
def test_what_was_found_elsewhere_is_not_found_again(base, by_field, look):
    two = Sorted.load({"boxes": dict(base.boxes), "lids": {}}).session()
    count = Step(lambda db: len(look(db.boxes)))
    effects, more = Effects(two), {("boxes", "c"): Box(name="c", coins=2)}
    effects.note({}, "count", find(two, by_field, count))
    lid = {("lids", "a"): Box(name="a", coins=0)}
    assert effects.found(lid, "count", by_field, count) == count.act(two)
    assert count.made == 1
    assert effects.found(more, "count", by_field, count) == count.act(two) + 1
    assert count.made == 2
