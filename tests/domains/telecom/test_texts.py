"""What telecom users say over the whole language: sentences say their values, and nothing else."""

import re
from collections.abc import Mapping
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.telecom.catalog import MODELS, PLANS
from writ_gym.domains.telecom.schema import LineStatus
from writ_gym.domains.telecom.texts import OUTSIDE, REASONS, faithful, state
from writ_gym.domains.telecom.texts.words import DEVICES, TOPICS
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS

STYLES = [Style(register, split) for register in REGISTERS for split in SPLITS]
STATUSES = get_args(LineStatus)
BILL_STATUSES = ("Draft", "Issued", "Paid", "Overdue", "Disputed")
CHARGES = ("Data overage", "International calls", "Premium messages", "Late payment fee")
PLAN_NAMES = tuple(plan.name for plan in PLANS)
MODEL_NAMES = tuple(model for group in MODELS.values() for model in group)
LINE_ORDERS = ("used", "left", "refuelled", "price", "limit", "refuel_price", "contract_end")
BILL_ORDERS = ("total", "due", "count")
PLAN_ORDERS = ("price", "limit", "refuel_price")
BE, MORE, HAS = ("is", "is_not"), ("over", "under"), ("has", "lacks")

DRAWN = (
    "line", "lines", "bill", "bills", "amount", "refuel", "plan", "figure", "condition", "topic",
    "roaming", "place", "goal", "pay", "in_hand", "reason", "matter", "name", "birth", "phone",
    "customer_id",
)  # fmt: skip
"""What can be drawn: the slots, and references that may mean several records."""
CLOSED = {
    "topic": TOPICS, "roaming": ("on", "off"), "place": ("home", "abroad"), "matter": OUTSIDE,
    "goal": ("any", "excellent"), "reason": REASONS, "pay": (True, False), "in_hand": (True, False),
    "name": ("Ann Lee", "Bo Kim", "Carla Diaz"),
}  # fmt: skip
"""Slots that have one of some values."""
SLOTS = {"lines": "line", "bills": "bill"}


class Values:
    """Draws values."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def of(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def some(self, options, low, high):
        count = int(self.rng.integers(low, high + 1))
        return [options[n] for n in self.rng.permutation(len(options))[:count]]

    def whole(self, low, high):
        return int(self.rng.integers(low, high))

    def amount(self, low=1, high=40):
        return self.whole(low * 4, high * 4) / 4

    def number(self):
        return f"555-{self.whole(100, 999)}-{self.whole(1000, 9999)}"

    def bill_id(self):
        return f"B{self.whole(10**6, 10**7)}"

    def date(self):
        return f"202{self.whole(4, 8)}-{self.whole(10, 12)}-{self.whole(10, 29)}"

    def month(self):
        return self.date()[:7]

    def condition(self, name, tests, value):
        return {"attribute": name, "test": self.of(*tests), "value": value}

    def best(self, orders):
        by = self.of(*orders, None)
        if by is None:
            return {}
        return {"by": by, "extreme": self.of("highest", "lowest"), "rank": self.whole(1, 4)}

    def of_lines(self, least=0):
        options = [
            self.condition("status", BE, self.of(*STATUSES)),
            self.condition("roaming", BE, self.of("on", "off")),
            self.condition("plan", BE, self.of(*PLAN_NAMES)),
            self.condition("device", BE, self.of(*DEVICES)),
            self.condition("model", BE, self.of(*MODEL_NAMES)),
            self.condition("used", MORE, self.amount()),
            self.condition("left", MORE, self.amount()),
            self.condition("refuelled", MORE, self.amount()),
            self.condition("limit", MORE, self.amount()),
            self.condition("price", MORE, self.amount()),
            self.condition("refuel_price", MORE, self.amount()),
            self.condition("contract_end", MORE, self.date()),
        ]
        return self.some(options, least, 2)

    def of_bills(self, least=0):
        options = [
            self.condition("status", BE, self.of(*BILL_STATUSES)),
            self.condition("charges", HAS, self.of(*CHARGES)),
            self.condition("month", self.of(BE, MORE), self.month()),
            self.condition("due", MORE, self.date()),
            self.condition("total", MORE, self.amount(20, 2000)),
            self.condition("count", MORE, float(self.whole(1, 9))),
        ]
        return self.some(options, least, 2)

    def of_plans(self, least=0):
        options = [
            self.condition("name", BE, self.of(*PLAN_NAMES)),
            *(self.condition(name, MORE, self.amount()) for name in PLAN_ORDERS),
        ]
        return self.some(options, least, 2)

    def numbered(self):
        return {"number": self.number()}

    def line_choice(self):
        best = self.best(LINE_ORDERS)
        return {"where": self.of_lines(0 if best else 1), **best, "line": True}

    def bill_choice(self):
        best = self.best(BILL_ORDERS)
        return {"where": self.of_bills(0 if best else 1), **best, "bill": True}

    def draw_line(self):
        match self.of("number", "choice", "choice", "charged", "first"):
            case "number":
                return self.numbered()
            case "choice":
                return self.line_choice()
            case "charged":
                return {"charged_on": self.draw_bill(), "charge": self.of(*CHARGES)}
            case _:
                several = [self.numbered() for _ in range(self.whole(2, 4))]
                return {"first_of": several, "status": self.of(*STATUSES)}

    def draw_bill(self):
        match self.of("id", "choice", "choice", "beside"):
            case "id":
                return {"bill_id": self.bill_id()}
            case "choice":
                return self.bill_choice()
            case _:
                other = self.of({"bill_id": self.bill_id()}, self.bill_choice())
                return {"beside": other, "step": self.of(-1, 1)}

    def draw_lines(self):
        return {"where": self.of_lines(), "every_line": True}

    def draw_bills(self):
        order = {"by": self.of("due", "total"), "extreme": self.of("highest", "lowest")}
        within = {"where": self.of_bills(), "budget": self.amount(20, 900), **order}
        return self.of({"where": self.of_bills(), "every_bill": True}, within)

    def draw_plan(self):
        best = self.best(PLAN_ORDERS)
        choice = {"where": self.of_plans(0 if best else 1), **best, "plan": True}
        return self.of(
            choice, choice, {"plan_name": self.of(*PLAN_NAMES)}, {"plan_of": self.draw_line()}
        )

    def draw_amount(self):
        amounts = self.some((0.5, 1.0, 1.5, 2.0), 2, 3)
        return self.of(
            {"gb": self.amount(1, 4)},
            {"enough_in": self.of(0.1, 0.25, 0.5)},
            {"dollars": self.amount(), "in_steps": self.of(0.1, 0.25, 0.5)},
            {"as_much_as": self.draw_line()},
            {"amounts": amounts, "at_most": self.amount(5, 40)},
        )

    def draw_refuel(self):
        return self.of({"nothing": True}, self.draw_amount(), self.draw_amount())

    def draw_figure(self):
        kind = self.of("bills", "lines", "lines", "plans")
        if kind == "bills":
            over, name = {"where": self.of_bills(), "bills": True}, "total"
        elif kind == "plans":
            over, name = {"where": [], "plans": True}, "price"
        else:
            over, name = {"where": self.of_lines(), "lines": True}, self.of("used", "left", "price")
        if self.of(True, False):
            return {"figure": "count", "over": over}
        return {"figure": "sum", "over": over, "attribute": name}

    def draw_condition(self):
        value = float(self.whole(1, 90))
        guard = {**self.draw_figure(), "test": self.of(*MORE), "value": value}
        return self.of(guard, self.claim())

    def claim(self):
        if self.of(True, False):
            believed = self.of(
                self.condition("status", BE, self.of(*BILL_STATUSES)),
                self.condition("total", MORE, self.amount(20, 2000)),
            )
            return {
                "believed": believed,
                "of": self.of({"bill_id": self.bill_id()}, self.bill_choice()),
            }
        believed = self.of(
            self.condition("status", BE, self.of(*STATUSES)),
            self.condition("roaming", BE, self.of("on", "off")),
            self.condition("used", MORE, self.amount()),
        )
        return {"believed": believed, "of": self.of(self.numbered(), self.line_choice())}

    def draw_birth(self):
        return f"19{self.whole(50, 99)}-{self.whole(10, 12)}-{self.whole(10, 29)}"

    def draw_phone(self):
        return self.number()

    def draw_customer_id(self):
        return f"C{self.whole(10000, 99999)}"

    def draw(self, drawn):
        """Return a value of a slot."""
        if drawn in CLOSED:
            return self.of(*CLOSED[drawn])
        return getattr(self, f"draw_{drawn}")()


def sentence(drawn, rng, style):
    """Return slot, value and sentence of something drawn."""
    value = Values(rng).draw(drawn)
    slot = SLOTS.get(drawn, drawn)
    return slot, value, state("", slot, value, rng, style)


@pytest.mark.parametrize("drawn", DRAWN)
def test_sentences_say_their_values_in_every_register_and_split(drawn):
    rng = rng_for(1)
    for _ in range(40):
        for style in STYLES:
            slot, value, text = sentence(drawn, rng, style)
            assert faithful(slot, value, text) is None, (value, text)
            assert text.endswith((".", "?")), text
            assert "  " not in text, text
            assert not re.search(r"[{}<>\[\]]|\.\.|,,|,;", text), text


ONE_OF = {
    "topic": TOPICS, "reason": REASONS, "matter": OUTSIDE, "pay": (True, False),
    "in_hand": (True, False), "place": ("home", "abroad"), "goal": ("any", "excellent"),
    "roaming": ("on", "off"),
}  # fmt: skip
"""Slots with one of some values."""


@pytest.mark.parametrize("drawn", DRAWN)
def test_no_lie_is_taken_for_what_was_said(drawn, lies):
    rng = rng_for(5)
    for style in STYLES:
        slot, value, text = sentence(drawn, rng, style)
        for name, lie in lies.of(text):
            assert faithful(slot, value, lie), (name, lie)


@pytest.mark.parametrize(
    ("slot", "value"), [(s, v) for s, values in ONE_OF.items() for v in values]
)
def test_no_lie_is_taken_for_one_of_some_values(slot, value, lies):
    rng = rng_for(6)
    for style in STYLES:
        text = state("book", slot, value, rng, style)
        for name, lie in lies.of(text):
            assert faithful(slot, value, lie), (name, lie)


def leaves(value, path=()):
    """Yield the path of every leaf, with its value."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from leaves(part, (*path, place))
    else:
        yield path, value


GROUPS = (
    ("highest", "lowest"), MORE, BE, HAS, LINE_ORDERS, BILL_ORDERS, STATUSES, BILL_STATUSES,
    CHARGES, PLAN_NAMES, MODEL_NAMES, tuple(DEVICES), ("on", "off"),
)  # fmt: skip
"""Values of a leaf inside of a reference, each to be told apart from the others of its group."""
OTHERS = {
    "figure": {"figure": {"sum": "count"}},
    "by": {"budget": {"due": "total", "total": "due"}},
    "attribute": {
        "figure": {"used": "left", "left": "price", "price": "used"},
        "test": {"used": "left", "left": "refuelled", "refuelled": "limit", "limit": "used",
                 "price": "refuel_price", "refuel_price": "price"},
    },
}  # fmt: skip
"""By leaf, and by what else there has to be beside it, what can stand in its place."""
KINDS = {"line", "lines", "bill", "bills", "plan", "plans", "every_line", "every_bill", "nothing"}
"""Leaves that say what kind of value it is."""


def changed(slot, path, leaf, whole, rng):
    """Return another value for a leaf, None if there is none to try."""
    key = next((part for part in reversed(path) if isinstance(part, str)), None)
    if key in KINDS:
        return None
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int | float):
        return -leaf if key == "step" else leaf + 1
    for beside, others in OTHERS.get(key, {}).items():
        if beside in parent(path, whole):
            return others.get(leaf)
    if not path and slot in CLOSED:
        options = CLOSED[slot]
    else:
        options = next((group for group in GROUPS if leaf in group), None)
    if options is None:
        return re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), leaf)
    rest = [option for option in options if option != leaf]
    return rest[int(rng.integers(len(rest)))]


def parent(path, value):
    """Return what holds a leaf."""
    for key in path[:-1]:
        value = value[key]
    return value


def put(value, path, leaf):
    """Return a value with another leaf."""
    if not path:
        return leaf
    copy = dict(value) if isinstance(value, Mapping) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], leaf)
    return copy


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(DRAWN), st.integers(0, 2**32), st.sampled_from(STYLES))
def test_with_one_leaf_changed_a_sentence_is_not_faithful(drawn, seed, style):
    rng = rng_for(seed)
    slot, value, text = sentence(drawn, rng, style)
    assert faithful(slot, value, text) is None, (value, text)
    for path, leaf in leaves(value):
        other = changed(slot, path, leaf, value, rng)
        if other is None:
            continue
        lie = put(value, path, other)
        assert faithful(slot, lie, text), (path, leaf, other, text)


def cut(value):
    """Yield values that say less: without one condition or one member of a list."""
    for path, part in branches(value):
        for place in range(len(part)):
            yield put(value, path, [each for n, each in enumerate(part) if n != place])


def branches(value, path=()):
    """Yield the path of every list, with the list."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from branches(part, (*path, key))
    elif isinstance(value, list):
        yield path, value
        for place, part in enumerate(value):
            yield from branches(part, (*path, place))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(DRAWN[:9]), st.integers(0, 2**32), st.sampled_from(STYLES))
def test_a_sentence_says_no_more_and_no_less_than_its_value(drawn, seed, style):
    rng = rng_for(seed)
    slot, value, text = sentence(drawn, rng, style)
    for lie in cut(value):
        assert faithful(slot, lie, text), (lie, text)
        less = state("", slot, lie, rng, style) if is_whole(lie) else None
        assert less is None or faithful(slot, value, less), (value, less)
    for path, part in branches(value):
        if path[-1] != "where" and len(part) > 1:  # the order of conditions says nothing
            assert faithful(slot, put(value, path, part[::-1]), text), (path, text)


def is_whole(value):
    """Say whether lists that need two members, and choices that need a condition, have them."""
    return all(len(part) > (path[-1] != "where") for path, part in branches(value))
