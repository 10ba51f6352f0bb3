"""What a telecom user gets wrong at first: something false, of the same kind, said faithfully."""

import pytest

from writ_gym.domain import Brief
from writ_gym.domains.telecom.intents import INTENTS
from writ_gym.domains.telecom.mistakes import mistake
from writ_gym.domains.telecom.proof import PROOF
from writ_gym.domains.telecom.texts import faithful, state
from writ_gym.domains.telecom.wishes import AMOUNT, BILLS, LINES
from writ_gym.meaning.proofs import UnclearError
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS, Fact, Request

STYLES = [Style(register, split) for register in REGISTERS for split in SPLITS]
KINDS = {"line": LINES, "bill": BILLS, "amount": AMOUNT}


def fact(slot, value, style=STYLES[0], seed=0):
    text = state("", slot, value, rng_for(seed), style)
    return Fact(slot=slot, value=value, text=text)


def mistaken(slot, value, style=STYLES[0], seed=0):
    right = fact(slot, value, style, seed)
    request = Request(intent="", text="")
    return right, mistake(style, request, right, rng_for(seed, "wrong"))


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("line", {"number": "555-123-4567"}),
        ("line", {"number": "555-110-2223"}),
        ("bill", {"bill_id": "B1234567"}),
        ("bill", {"bill_id": "B9a81b76"}),
        ("bill", {"bill_id": "Bd47c3321"}),
        ("amount", {"gb": 1.5}),
        ("roaming", "on"),
        ("roaming", "off"),
    ],
)
def test_a_mistake_is_another_value_of_its_kind_and_said_faithfully(slot, value):
    for seed, style in enumerate(STYLES * 4):
        right, wrong = mistaken(slot, value, style, seed)
        assert wrong.value != value
        assert faithful(slot, wrong.value, wrong.text) is None
        assert faithful(slot, value, wrong.text)
        assert faithful(slot, wrong.value, right.text)
        if slot in KINDS:
            kind = KINDS[slot]
            assert type(kind.validate_python(wrong.value)) is type(kind.validate_python(value))
        assert wrong.model_copy(update={"value": value, "text": right.text}) == right


@pytest.mark.parametrize(
    ("slot", "said"), [("line", "555-123-4567"), ("line", "555-100-2000"), ("bill", "B1000234")]
)
def test_of_a_number_two_neighbouring_digits_change_places(slot, said):
    key = "number" if slot == "line" else "bill_id"
    for seed in range(20):
        _, wrong = mistaken(slot, {key: said}, seed=seed)
        places = [n for n in range(len(said)) if wrong.value[key][n] != said[n]]
        assert len(places) == 2
        assert places[1] == places[0] + 1
        assert sorted(wrong.value[key]) == sorted(said)
        assert wrong.value[key][:4] == said[:4]


def test_an_amount_stays_one_and_roaming_turns():
    amounts = {mistaken("amount", {"gb": 1.0}, seed=seed)[1].value["gb"] for seed in range(20)}
    assert amounts == {1.5, 2.0}
    assert mistaken("roaming", "on")[1].value == "off"
    assert mistaken("roaming", "off")[1].value == "on"


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("line", {"number": "555-000-1111"}),  # digits of a group that are all the same
        ("line", {"extreme": "lowest", "rank": 1, "where": [], "line": True}),
        ("line", {"first_of": [{"number": "555-123-4567"}, {"number": "555-123-4568"}],
                  "status": "Active"}),
        ("bill", {"beside": {"bill_id": "B1234567"}, "step": 1}),
        ("bill", {"where": [], "every_bill": True}),
        ("amount", {"enough_in": 0.5}),
        ("refuel", {"nothing": True}),
        ("place", "abroad"),
        ("pay", True),
        ("in_hand", True),
        ("reason", "the device was lost"),
        ("topic", "used"),
    ],
)  # fmt: skip
def test_other_facts_cannot_be_got_wrong(slot, value):
    for seed in range(5):
        assert mistaken(slot, value, seed=seed)[1] is None


def test_a_number_that_is_said_twice_cannot_be_got_wrong():
    right = Fact(slot="line", value={"number": "555-123-4567"},
                 text="It is 555-123-4567, yes, 555-123-4567.")  # fmt: skip
    assert mistake(STYLES[0], Request(intent="", text=""), right, rng_for(0)) is None


def meaning(world, caller, request):
    try:
        return PROOF.meaning(world.session(caller), caller, request)
    except UnclearError:
        return None


def test_a_request_with_a_mistake_comes_to_something_else(world):
    rng, seen, same = rng_for(5), set(), []
    callers = list(world.customers)
    for _ in range(1500):
        caller = callers[int(rng.integers(len(callers)))]
        intent = INTENTS[int(rng.integers(len(INTENTS)))]
        style = STYLES[int(rng.integers(len(STYLES)))]
        request = intent.draft(world, Brief(caller, 4, 0, 4, style), rng)
        for place, right in enumerate(request.facts if request else ()):
            wrong = mistake(style, request, right, rng)
            if wrong is not None:
                seen.add((request.intent, right.slot))
                facts = (*request.facts[:place], wrong, *request.facts[place + 1 :])
                other = request.model_copy(update={"facts": facts})
                if meaning(world, caller, request) == meaning(world, caller, other):
                    same.append(right.value)
    assert {slot for _, slot in seen} == {"line", "bill", "plan", "amount", "roaming"}
    assert len(seen) >= 7
    # What is forbidden of the one may be so of the other, and both may cost the same.
    assert all("by" in str(value) for value in same)
    assert len(same) < 40
