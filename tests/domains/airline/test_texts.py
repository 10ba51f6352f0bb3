"""What an airline's users say: sentences that say their values, and say nothing else."""

import re
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.airline.schema import CABINS
from writ_gym.domains.airline.texts import ASKING, OUTSIDE, faithful, state
from writ_gym.domains.airline.texts.asking import ASK
from writ_gym.domains.airline.texts.words import REASONS, TOPICS
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS

STYLES = [Style(register, split) for register in REGISTERS for split in SPLITS]
AIRPORTS = ("SFO", "JFK", "LAX", "ORD", "DFW", "DEN", "SEA", "ATL", "MIA", "BOS")
NAMES = ("Ann Lee", "Bo Kim", "Carla Diaz", "Dev Rao", "Eva Novak")
SUPERLATIVES = ("total", "passengers", "bags", "departure", "created")
BEST_FLIGHTS = ("price", "leaves", "lands", "duration", "layover")


class Values:
    """Draws values of the whole language, seeded."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def of(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def some(self, options, low, high):
        count = int(self.rng.integers(low, high + 1))
        return [options[n] for n in self.rng.permutation(len(options))[:count]]

    def number(self, low, high):
        return int(self.rng.integers(low, high))

    def id(self):
        return f"K{self.number(10000, 99999)}"

    def flight(self):
        return f"HAT{self.number(100, 300)}"

    def date(self):
        return f"2024-05-{self.number(16, 31)}"

    def born(self):
        return f"19{self.number(50, 99)}-{self.number(10, 12)}-{self.number(10, 28)}"

    def best(self, options):
        by = self.of(*options, None)
        rank = int(self.of(1, 1, 2, 3)) if by else 1
        extreme = self.of("highest", "lowest") if by else "highest"
        return {"by": by, "extreme": extreme, "rank": rank} if by else {}

    def condition(self, attribute, tests, value):
        return {"attribute": attribute, "test": self.of(*tests), "value": value}

    def conditions(self, least=0):
        more, be, has = ("over", "under"), ("is", "is_not"), ("has", "lacks")
        options = [
            self.condition("origin", be, self.of(*AIRPORTS)),
            self.condition("destination", be, self.of(*AIRPORTS)),
            self.condition("cabin", be, self.of(*CABINS)),
            self.condition("trip", be, self.of("one_way", "round_trip")),
            self.condition("insurance", be, self.of("yes", "no")),
            self.condition("status", be, self.of("active", "cancelled")),
            self.condition("passengers", more, float(self.number(1, 6))),
            self.condition("bags", more, float(self.number(1, 6))),
            self.condition("total", more, float(self.number(1, 90) * 50)),
            self.condition("departure", more, self.date()),
            self.condition("traveller", has, self.of(*NAMES)),
            self.condition("flight", has, self.flight()),
        ]
        return self.some(options, least, 2)

    def reservations(self, least=0):
        scope = self.of("all", [self.id() for _ in range(self.number(2, 5))])
        return {"scope": scope, "where": self.conditions(least)}

    def reference(self):
        match self.of("id", "choice", "choice", "beside"):
            case "id":
                return {"id": self.id()}
            case "choice":
                best = self.best(SUPERLATIVES)
                return {**self.reservations(0 if best else 1), **best}
            case _:
                beside = self.of({"id": self.id()}, self.reservations(1))
                order = self.of("created", "departure")
                return {"beside": beside, "step": int(self.of(-1, 1)), "order": order}

    def dates(self):
        if self.of(True, True, False):
            return sorted({self.date() for _ in range(self.number(1, 4))})
        days = sorted({self.number(-3, 6) for _ in range(self.number(1, 3))})
        trip = self.of({}, {"trip": self.reference()})
        return {"days": days, **trip, "edge": self.of("start", "end") if trip else "start"}

    def journey(self, route):
        more = ("over", "under")
        options = [
            self.condition("price", more, float(self.number(2, 30) * 50)),
            self.condition("leaves", more, f"{self.number(10, 24)}:30"),
            self.condition("lands", more, f"{self.number(10, 24)}:00"),
            self.condition("duration", more, float(self.number(1, 12) * 60)),
            self.condition("via", ("is", "is_not"), self.of(*AIRPORTS[5:])),
            self.condition("flight", ("has", "lacks"), self.flight()),
        ]
        best = self.best(BEST_FLIGHTS)
        ends = {}
        if route:
            ends = {"origins": self.some(AIRPORTS[:2], 1, 2),
                    "destinations": self.some(AIRPORTS[2:5], 1, 2)}  # fmt: skip
        return {
            **ends, "dates": self.dates(), "stops": self.of("direct", "one_stop", "any"),
            "where": self.some(options, 0 if best else 1, 2), **best,
        }  # fmt: skip

    def looked_up(self, route):
        flights = [{"flight_number": self.flight(), "date": self.date()}
                   for _ in range(self.number(1, 3))]  # fmt: skip
        ends = {"ends": [self.of(*AIRPORTS[:3]), self.of(*AIRPORTS[3:])]} if route else {}
        return {"flights": flights, "fare": self.number(80, 900), **ends}

    def way(self, route):
        return self.of(self.journey(route), self.journey(route), self.looked_up(route))

    def person(self):
        first, last = self.of(*NAMES).split()
        given = {"first_name": first, "last_name": last, "dob": self.born()}
        return self.of({"given": given}, {"given": given}, {"saved": self.of(*NAMES)}, {"me": True})

    def kind(self):
        kind = self.of("credit_card", "gift_card", "certificate")
        digits = {"last_four": f"{self.number(1000, 9999)}"}
        return {"kind": kind, **(self.of(digits, {}) if kind == "credit_card" else {})}

    def balance(self):
        return {"balance_of": self.of("gift_card", "certificate"),
                "extreme": self.of("highest", "lowest"), "rank": self.number(1, 4)}  # fmt: skip

    def by_id(self):
        return {"method": f"gift_card_{self.number(10**6, 10**7)}"}

    def figure(self):
        what = self.of("count", "total", "passengers", "bags")
        return {"figure": what, "reservations": self.reservations()}

    def draw(self, slot):
        """Return a value for a slot, and the intent that it belongs to."""
        return getattr(self, f"draw_{slot}")()

    def draw_reservation(self):
        every = {**self.reservations(1), "every": True}
        return self.of(self.reference(), self.reference(), every), "cancel"

    def draw_booked(self):
        back = self.of({}, {"back": self.way(False)})
        return {"there": self.way(True), **back}, "book"

    def draw_changed(self):
        there, back = {"there": self.way(False)}, {"back": self.way(False)}
        return self.of(there, back, {**there, **back}), "change_flights"

    def draw_journey(self):
        return self.journey(True), "about_flights"

    def draw_cabin(self):
        known = {"cabins": self.some(CABINS, 1, 1), "fare": self.number(80, 900)}
        return self.of({"cabins": self.some(CABINS, 1, 2)}, known), "change_cabin"

    def draw_party(self):
        people = {"people": [self.person() for _ in range(self.number(1, 4))]}
        same = {"same_as": self.reference(), "without": self.some(NAMES, 0, 1)}
        return self.of(people, people, same), "book"

    def draw_swapped(self):
        right = self.of({"last_name": "Ito"}, {"dob": self.born()})
        swaps = {n: self.of(self.person(), right) for n in self.some(NAMES, 1, 2)}
        number = {"change": self.of("add", "remove"), "people": self.some(NAMES, 1, 2)}
        return self.of({"swaps": swaps}, {"swaps": swaps}, number), "change_passengers"

    def draw_bags(self):
        few = self.number(1, 6)
        options = [{"more": few}, {"in_all": few}, {"each": few}, {"free": True}]
        return self.of(*options, {"bags_of": self.reference()}), "add_bags"

    def draw_payment(self):
        chain = {"first_covering": [self.kind(), self.balance()]}
        return self.of(
            self.by_id(), self.kind(), self.balance(), {"original": True},
            {"paid_for": self.reference()}, chain,
        ), "add_bags"  # fmt: skip

    def draw_split(self):
        links = [self.of(self.by_id(), self.kind(), self.balance())
                 for _ in range(self.number(1, 4))]  # fmt: skip
        return {"split": links}, "book"

    def draw_condition(self):
        value = float(self.number(1, 60))
        guard = {**self.figure(), "test": self.of("over", "under"), "value": value}
        return self.of(guard, {"at_most": value * 50}, self.belief(), self.fares()), "cancel"

    def fares(self):
        return {
            "origin": self.of(*AIRPORTS[:5]), "destination": self.of(*AIRPORTS[5:]),
            "dates": [self.date() for _ in range(self.number(1, 6))], "cabin": self.of(*CABINS),
            "test": self.of("over", "under"), "value": float(self.number(1, 60) * 10),
        }  # fmt: skip

    def belief(self):
        of = self.of({}, {"of": self.reference()})
        same, more = ("is", "is_not"), ("over", "under")
        believed = self.of(
            self.condition("cabin", same, self.of(*CABINS)),
            self.condition("insurance", same, self.of("yes", "no")),
            self.condition("total", more, float(self.number(1, 60) * 50)),
            self.condition("passengers", more, float(self.number(1, 6))),
            self.condition("bags", more, float(self.number(1, 9))),
        )
        return {"believed": believed, **of}

    def draw_figure(self):
        return self.figure(), "about_reservations"

    def draw_claim(self):
        flight = self.of({}, {"flight": self.flight()})
        return {"what": self.of("cancelled", "delayed"), **flight}, "compensation"


DRAWN = ("reservation", "booked", "changed", "journey", "cabin", "party", "swapped", "bags",
         "payment", "split", "condition", "figure", "claim")  # fmt: skip
SLOTS = {"booked": "trip", "changed": "trip", "party": "passengers", "swapped": "passengers",
         "split": "payment"}  # fmt: skip


def sentence(drawn, rng, style):
    """Return slot, value and sentence of something drawn."""
    value, intent = Values(rng).draw(drawn)
    slot = SLOTS.get(drawn, drawn)
    return slot, value, state(intent, slot, value, rng, style)


@pytest.mark.parametrize("drawn", DRAWN)
def test_sentences_say_their_values_in_every_register_and_split(drawn):
    rng = rng_for(1)
    for _ in range(60):
        for style in STYLES:
            slot, value, text = sentence(drawn, rng, style)
            assert faithful(slot, value, text) is None, (value, text)
            assert text.endswith((".", "?")), text
            assert "  " not in text, text
            assert not re.search(r"[{}<>\[\]]|\.\.|,,|,;", text), text


ONE_OF = {"reason": REASONS, "topic": TOPICS, "insurance": ("yes", "no"), "matter": OUTSIDE}
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
    """Yield the path of every leaf that a sentence has to say, with its value."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from leaves(part, (*path, place))
    else:
        yield path, value


CLOSED = {
    "extreme": ("highest", "lowest"), "test": (("over", "under"), ("is", "is_not"),
                                               ("has", "lacks")),
    "stops": ("direct", "one_stop", "any"), "edge": ("start", "end"), "step": (-1, 1),
    "order": ("created", "departure"), "what": ("cancelled", "delayed"),
    "change": ("add", "remove"), "figure": ("count", "total", "passengers", "bags"),
    "kind": ("credit_card", "gift_card", "certificate"), "balance_of": ("gift_card", "certificate"),
}  # fmt: skip


def changed(path, leaf, whole, rng):
    """Return another value for a leaf, None if there is none to try."""
    key = next(part for part in reversed(path) if isinstance(part, str))
    if key == "test":
        options = next(pair for pair in CLOSED["test"] if leaf in pair)
    elif key == "by":
        options = SUPERLATIVES if leaf in SUPERLATIVES else BEST_FLIGHTS
    elif key in CLOSED:
        options = CLOSED[key]
    elif leaf in CABINS:
        options = CABINS
    elif leaf in AIRPORTS:
        options = AIRPORTS
    elif leaf in NAMES:
        options = NAMES
    elif key == "rank" or (isinstance(leaf, int | float) and not isinstance(leaf, bool)):
        return leaf + 1
    elif isinstance(leaf, str) and any(map(str.isdigit, leaf)):
        return re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), leaf)
    else:
        return None
    rest = [option for option in options if option != leaf]
    return rest[int(rng.integers(len(rest)))]


def put(value, path, leaf):
    if not path:
        return leaf
    copy = dict(value) if isinstance(value, Mapping) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], leaf)
    return copy


def is_said(path, value):
    """Say whether a leaf matters: without another reservation, no edge of it is meant."""
    for key in path[:-1]:
        value = value[key]
    return path[-1] != "edge" or "trip" in value


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(DRAWN), st.integers(0, 2**32), st.sampled_from(STYLES))
def test_with_one_leaf_changed_a_sentence_is_not_faithful(drawn, seed, style):
    rng = rng_for(seed)
    slot, value, text = sentence(drawn, rng, style)
    assert faithful(slot, value, text) is None, (value, text)
    for path, leaf in leaves(value):
        other = changed(path, leaf, value, rng)
        if other is None or not is_said(path, value):
            continue
        if str(other) in str(put(value, path, None)):
            continue  # the same twice may say nothing else
        lie = put(value, path, other)
        assert faithful(slot, lie, text), (path, leaf, other, text)


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_says_itself_and_no_other(reason):
    for style in STYLES:
        text = state("cancel", "reason", reason, rng_for(4), style)
        assert [each for each in REASONS if faithful("reason", each, text) is None] == [reason]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_says_itself_and_no_other(topic):
    for style in STYLES:
        text = state("about_reservation", "topic", topic, rng_for(4), style)
        assert [each for each in TOPICS if faithful("topic", each, text) is None] == [topic]


@pytest.mark.parametrize("insured", ["yes", "no"])
def test_whether_insurance_is_wanted_is_said_clearly(insured):
    for seed, style in enumerate(STYLES * 4):
        text = state("book", "insurance", insured, rng_for(seed), style)
        said = [each for each in ("yes", "no") if faithful("insurance", each, text) is None]
        assert said == [insured], text


@pytest.mark.parametrize(
    ("slot", "value", "text"),
    [
        ("reservation", {"id": "K12345"}, "It is about reservation K12345, the cancelled one."),
        ("reservation", {"id": "K12345"}, "It is about reservation K12345 or K12346."),
        ("cabin", {"cabins": ["economy"]}, "I want to travel in basic economy."),
        ("cabin", {"cabins": ["economy", "business"]}, "Business, or else economy."),
        ("bags", {"in_all": 3}, "I need 3 more checked bags."),
        ("bags", {"more": 3}, "I need 3 checked bags in all."),
        ("payment", {"kind": "credit_card"}, "Use my credit card, or else my gift card."),
        ("passengers", {"people": [{"me": True}]}, "It is for me and my saved passenger."),
        ("claim", {"what": "delayed"}, "One of the flights was cancelled."),
        ("matter", "pet", "I want a wheelchair waiting for me at the gate."),
    ],
)
def test_what_says_more_or_the_opposite_is_not_faithful(slot, value, text):
    assert faithful(slot, value, text)


@pytest.mark.parametrize("intent", sorted(ASK))
def test_a_request_says_no_value(intent):
    for style in STYLES:
        text = ASKING.ask(intent, rng_for(3), style, {})
        assert not any(map(str.isdigit, text))
        assert not any(word in text.lower() for word in ("economy", "business"))
        assert not any(matter.lower() in text.lower() for matter in OUTSIDE.values())
