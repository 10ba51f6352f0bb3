"""What telecom users say, sentence by sentence: what is too much, the opposite, or the same."""

from itertools import combinations

import pytest

from writ_gym.datasets.diversity import mask
from writ_gym.domains.telecom.identity import callers, identity
from writ_gym.domains.telecom.texts import ASKING, OUTSIDE, REASONS, faithful, state
from writ_gym.domains.telecom.texts.asking import ASK
from writ_gym.domains.telecom.texts.words import TOPICS
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS

STYLES = [Style(register, split) for register in REGISTERS for split in SPLITS]
NUMBER, OTHER = "555-123-4567", "555-123-4568"


def where(*conditions, **rest):
    keys = ("attribute", "test", "value")
    return {"where": [dict(zip(keys, each, strict=True)) for each in conditions], **rest}


CLOSED = {
    "topic": tuple(TOPICS), "reason": REASONS, "matter": tuple(OUTSIDE), "pay": (True, False),
    "in_hand": (True, False), "place": ("home", "abroad"), "goal": ("any", "excellent"),
    "roaming": ("on", "off"),
}  # fmt: skip
"""Slots that have one of some values."""


@pytest.mark.parametrize(
    ("slot", "value"), [(slot, value) for slot, values in CLOSED.items() for value in values]
)
def test_one_of_some_values_says_itself_and_no_other(slot, value):
    for seed in range(6):
        for style in STYLES:
            text = state("", slot, value, rng_for(seed), style)
            said = [each for each in CLOSED[slot] if faithful(slot, each, text) is None]
            assert said == [value], text


@pytest.mark.parametrize(
    ("slot", "value", "text"),
    [
        ("line", {"number": NUMBER}, f"It is about line {NUMBER}, the one with roaming turned on."),
        ("line", {"number": NUMBER}, f"It is about line {NUMBER} or line {OTHER}."),
        ("line", {"number": NUMBER}, f"It is about every line, first of all {NUMBER}."),
        ("line", {"number": NUMBER}, f"It is line {NUMBER} on the plan Roomy."),
        ("line", {**where(("plan", "is", "Roomy")), "line": True},
         "I mean the one of my lines that is on the plan Roomy and used on a tablet."),
        ("line", {**where(("plan", "is", "Roomy")), "line": True},
         "I mean the one of my lines that is not on the plan Roomy."),
        ("line", {**where(("plan", "is_not", "Roomy")), "line": True},
         "I mean the one of my lines that is on the plan Roomy."),
        ("line", {**where(by="used", extreme="highest", rank=1), "line": True},
         "I mean the one with the second highest data use of my lines."),
        ("line", {**where(by="used", extreme="highest", rank=2), "line": True},
         "I mean the one with the highest data use of my lines."),
        ("line", {"first_of": [{"number": NUMBER}, {"number": OTHER}], "status": "Active"},
         f"It is the first of {OTHER} or {NUMBER} that has the status Active."),
        ("bill", {"bill_id": "B1234567"}, "It is the bill right after B1234567."),
        ("bill", {"beside": {"bill_id": "B1234567"}, "step": 1},
         "It is the bill right before B1234567."),
        ("bill", {**where(("total", "over", 40.0)), "every_bill": True},
         "I mean the only one of my bills that comes to more than $40."),
        ("bill", {**where(), "budget": 40.0, "by": "due", "extreme": "lowest"},
         "As many of my bills as $40 pays for, the smallest total first."),
        ("amount", {"gb": 1.5}, "I want 1.5 GB, or as much as $10 buys."),
        ("amount", {"gb": 1.5}, "I want 1.55 GB."),
        ("amount", {"amounts": [1.0, 2.0], "at_most": 9.0},
         "2 GB, or else 1 GB: the first of these that costs at most $9."),
        ("refuel", {"nothing": True}, "I do want additional data."),
        ("refuel", {"nothing": True}, "I want no additional data, but 1 GB is all right."),
        ("pay", True, "I will not pay what is overdue."),
        ("pay", False, "I pay what is overdue."),
        ("in_hand", True, "It is not the phone in my hand."),
        ("condition", {"figure": "count", "over": {"lines": True}, "test": "over", "value": 3.0},
         "Only if the number of all my lines is less than 3."),
        ("figure", {"figure": "count", "over": {"lines": True}}, "The number of all my bills."),
        ("place", "home", "I am not at home but abroad."),
        ("matter", "new_line", "I want another plan for one of my lines."),
        ("birth", "1990-05-17", "I was born on May 7, 1990."),
        ("phone", NUMBER, f"My number is {OTHER}."),
    ],
)  # fmt: skip
def test_what_says_more_or_the_opposite_is_not_faithful(slot, value, text):
    assert faithful(slot, value, text)


@pytest.mark.parametrize(("one", "other"), [
    ({"line": True}, {"every_line": True}),
    ({"bill": True}, {"every_bill": True}),
    ({"line": True, "by": "used", "extreme": "highest", "rank": 1}, {"every_line": True}),
    ({"figure": "count", "over": {"lines": True}}, {"figure": "count", "over": {"bills": True}}),
])  # fmt: skip
def test_one_record_is_told_apart_from_every_one_and_lines_from_bills(one, other):
    kind = "bill" if "bill" in str(one) and "over" not in one else "line"
    slot = "figure" if "over" in one else kind
    where = [{"attribute": "status", "test": "is", "value": "Overdue"}]
    if "over" in one:
        values = [{**each, "over": {**each["over"], "where": where}} for each in (one, other)]
    else:
        values = [{**each, "where": where} for each in (one, other)]
    for seed, style in enumerate(STYLES):
        texts = [state("", slot, value, rng_for(seed), style) for value in values]
        said = [[faithful(slot, value, text) is None for value in values] for text in texts]
        assert said == [[True, False], [False, True]], texts


@pytest.mark.parametrize(("attribute", "test", "value", "words"), [
    ("due", "is", "2025-01-31", "are due before January 31, 2025"),
    ("contract_end", "is_not", "2025-01-31", "end before January 31, 2025"),
    ("used", "is", 5.0, "used less than 5 GB"),
    ("total", "is_not", 40.0, "come to more than $40"),
])  # fmt: skip
def test_a_condition_for_which_there_are_no_words_is_said_by_none(attribute, test, value, words):
    kind = "bill" if attribute in ("due", "total") else "line"
    condition = where((attribute, test, value), **{f"every_{kind}": True})
    assert faithful(kind, condition, f"I mean each of my {kind}s that {words}.")


@pytest.mark.parametrize("intent", sorted(ASK))
def test_a_request_says_no_value(intent):
    for style in STYLES:
        for seed in range(8):
            text = ASKING.ask(intent, rng_for(seed), style, {})
            assert not any(map(str.isdigit, text))
            assert not any(matter.lower() in text.lower() for matter in OUTSIDE.values())
            assert all(word not in text.lower() for word in ("airplane", "sim card", "vpn", "apn"))


@pytest.mark.parametrize("intent", sorted(ASK))
def test_a_request_is_worded_in_many_ways_and_never_the_same_in_two_splits(intent):
    said = {
        split: {ASKING.ask(intent, rng_for(seed), Style(register, split), {})
                for register in REGISTERS for seed in range(60)}
        for split in SPLITS
    }  # fmt: skip
    assert len(said["train"]) >= 6
    for one, other in combinations(SPLITS, 2):
        assert not said[one] & said[other]


def test_identities_are_said_faithfully_and_in_many_ways(world):
    texts = []
    for place, caller in enumerate(callers(world)):
        style = STYLES[place % len(STYLES)]
        for fact in identity(world, caller, rng_for(place), style)[0]:
            assert faithful(fact.slot, fact.value, fact.text) is None, fact
            name = world.customers[caller].full_name
            texts.append(mask(fact.text, name.split()))
            lie = {"birth": "1901-01-01", "name": "Zoe Quill"}.get(fact.slot, f"{fact.value}0")
            assert faithful(fact.slot, lie, fact.text), fact
    assert len(set(texts)) >= 50
    assert len(set(texts)) < len(texts)  # else nothing was masked
