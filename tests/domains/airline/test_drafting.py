"""Drafted airline requests: they are solved as they were meant, and say what they mean."""

import re
from ast import literal_eval
from itertools import count, islice
from math import inf
from pathlib import Path

import pytest

from writ_gym.datasets.diversity import mask
from writ_gym.domain import Brief
from writ_gym.domains.airline.data import DEFAULT_SIZE, generate
from writ_gym.domains.airline.drafting.parts import payment_of, shares
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents import INTENTS, OPERATORS
from writ_gym.domains.airline.intents.flights import days_later
from writ_gym.domains.airline.intents.parts import method_in
from writ_gym.domains.airline.intents.reading import attribute
from writ_gym.domains.airline.lexicon import LEXICON
from writ_gym.domains.airline.mistakes import mistake
from writ_gym.domains.airline.schema import LAST_DAY, MOST_PASSENGERS, TODAY
from writ_gym.domains.airline.texts import faithful
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.domains.airline.wishes import RESERVATION
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.queries import parse, picked
from writ_gym.meaning.solving import Notebook, drive
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call
from writ_gym.users.facts import compare

MOST = 15
"""Evidence burden up to which requests are drafted."""
WRITING = [intent.name for intent in INTENTS[:8]]
OF_NAME = {intent.name: intent for intent in INTENTS}


@pytest.fixture(scope="module")
def world():
    return generate(0, DEFAULT_SIZE)


def drafts(world, intents, seed, *, writing=None, split="train"):
    """Yield users, briefs, intents and the requests that were drafted."""
    rng = rng_for(seed)
    users = list(world.users)
    while True:
        user, intent = (
            users[int(rng.integers(len(users)))],
            intents[int(rng.integers(len(intents)))],
        )
        writes = bool(rng.random() < 0.7) if writing is None else writing
        reach = intent.reach(world, user, writes)
        if reach is None:
            continue
        burden = int(rng.integers(reach[0], min(reach[1], MOST) + 1))
        style = Style(REGISTERS[int(rng.integers(len(REGISTERS)))], split)
        brief = Brief(user, burden, burden, 4 if writes else 0, style)
        request = intent.draft(world, brief, rng)
        if request is not None:
            yield user, brief, intent, request


def solve(world, user, intent, request):
    """Return the outcome of a request and its reads besides that of the profile."""

    def answer(call):
        text, error = TOOLS.answer(world, call.name, call.arguments)
        if error:
            raise UnsolvableError(text)
        return text

    notebook, profile = Notebook(), Call("get_user_details", {"user_id": user})
    notebook.note(profile, answer(profile))
    return drive(intent.solve(user, request.values), notebook, answer)


@pytest.mark.parametrize("writing", [True, False])
@pytest.mark.parametrize("name", OF_NAME)
def test_a_draft_comes_to_writes_or_to_none_as_asked_for_and_takes_the_reads(world, name, writing):
    if writing and name not in WRITING:
        pytest.skip("This intent never comes to a write.")
    found = drafts(world, [OF_NAME[name]], 1, writing=writing)
    right = 0
    for _, (user, brief, intent, request) in zip(range(60), found, strict=False):
        outcome, reads = solve(world, user, intent, request)
        session = world.session()
        for write in outcome.writes:
            before = session.changes()
            TOOLS.call(session, write.name, write.arguments)
            assert session.changes() != before
        assert set(request.operators) <= set(OPERATORS)
        # A search for what is described may read more, what is cancelled at once may read less.
        right += bool(outcome.writes) is writing and len(reads) >= brief.burden
    assert right >= 55


@pytest.mark.parametrize("name", WRITING)
def test_every_write_has_a_request_of_at_most_two_reads(world, name):
    rng, made, found = rng_for(2), 0, 0
    for user, brief, intent, request in drafts(world, [OF_NAME[name]], 2, writing=True):
        outcome, _ = solve(world, user, intent, request)
        if len(outcome.writes) != 1 or brief.burden < 3:
            continue
        made += 1
        write = Call(outcome.writes[0].name, outcome.writes[0].arguments)
        found += any(
            is_twin(world, user, write, burden, rng) for _ in range(10) for burden in (0, 1, 2)
        )
        if made == 25:
            break
    assert found >= 23


def is_twin(world, user, write, burden, rng):
    """Say whether a draft comes to a write with at most two reads."""
    brief = Brief(user, burden, burden, 2, Style())
    twins = (intent.twin(world, brief, write, rng) for intent in INTENTS)
    request = next((twin for twin in twins if twin), None)
    if request is None:
        return False
    outcome, reads = solve(world, user, OF_NAME[request.intent], request)
    assert [Call(w.name, w.arguments).key for w in outcome.writes] == [write.key]
    assert all(faithful(fact.slot, fact.value, fact.text) is None for fact in request.facts)
    return len(reads) <= 2


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_what_is_drafted_is_said_faithfully(world, split):
    for _, (_, _, _, request) in zip(
        range(400), drafts(world, INTENTS, 3, split=split), strict=False
    ):
        for fact in request.facts:
            assert faithful(fact.slot, fact.value, fact.text) is None, fact


def test_a_proposal_as_the_solver_words_it_does_not_contradict_the_facts(world):
    for _, (user, _, intent, request) in zip(
        range(300), drafts(world, INTENTS, 4, writing=True), strict=False
    ):
        outcome, _ = solve(world, user, intent, request)
        if outcome.writes:
            likeness, wrong = compare(request, outcome.statement, LEXICON)
            assert not wrong, (wrong, outcome.statement, request)
            assert likeness.identity >= 0


def test_what_a_user_gets_wrong_at_first_is_another_value_said_faithfully(world):
    rng, seen = rng_for(5), set()
    for step, (_, brief, _, request) in zip(count(), drafts(world, INTENTS, 5), strict=False):
        for fact in request.facts:
            wrong = mistake(brief.style, request, fact, rng)
            if wrong is not None:
                seen.add(fact.slot)
                assert wrong.value != fact.value
                assert faithful(fact.slot, wrong.value, wrong.text) is None
        if step == 300:
            break
    assert seen == {"reservation", "trip", "passengers", "payment", "bags", "insurance"}


REASONS = {
    "already_cancelled", "bags_removed", "balance_too_low", "basic_economy",
    "certificate_not_allowed", "condition_not_met", "flown", "insurance_after_booking",
    "no_flights", "no_seats", "no_such_reservation", "not_cancellable", "not_cancelled",
    "not_delayed", "not_eligible", "nothing_to_change", "only_after_change", "other_route",
    "other_user", "outside", "passenger_count", "too_expensive", "too_many_methods",
    "too_many_passengers",
}  # fmt: skip
"""Every code of docs/requests-airline.md, and that of what is handed over at once."""


def test_every_reason_to_refuse_is_drafted(world):
    found = drafts(world, INTENTS, 7, writing=False)
    reasons = {
        solve(world, user, intent, request)[0].reason
        for _, (user, _, intent, request) in zip(range(3600), found, strict=False)
    }
    assert reasons - {None} == REASONS


def test_the_page_about_requests_names_every_reason_to_refuse():
    page = Path(__file__).parents[3] / "docs/requests-airline.md"
    part = page.read_text("utf-8").partition("## What is forbidden")[2].partition("\nGroup 1")[0]
    coded = {code for line in part.splitlines() for code in re.findall("`([a-z_]+)`", line[:60])}
    assert REASONS - {"outside"} <= coded


def test_others_can_come_before_and_after_the_one_that_a_rank_means(world):
    """Else nothing that could be read of them would matter."""
    least, most = {"bags": 0, "passengers": 1}, {"passengers": MOST_PASSENGERS}
    found = set()
    for _, (user, *_, request) in zip(range(1500), drafts(world, INTENTS, 31), strict=False):
        value = request.values.get("reservation", {})
        if value.get("rank", 1) == 1 or value["by"] not in ("bags", "passengers", "departure"):
            continue
        choice = parse(RESERVATION, value)
        scope = world.users[user].reservations if choice.scope == "all" else choice.scope
        meant = attribute(
            picked([world.reservations[k] for k in scope], choice, attribute), choice.by
        )
        found.add((choice.by, choice.extreme))
        if choice.by == "departure":
            assert days_later(TODAY, 1) < meant < LAST_DAY
        else:
            assert least[choice.by] < meant < most.get(choice.by, inf)
    assert len(found) > 3


@pytest.mark.parametrize("wanted", ["pays", "too_many", "too_little"])
def test_methods_that_cannot_pay_a_price_could_pay_a_lower_one(world, wanted):
    found = 0
    for user in world.users:
        scene = Scene.of(world, user)
        for price, lowered in ((300, 250), (600, 150), (900, 40)):
            piece = shares(scene, price, wanted, lowered)
            if piece is not None:
                found += 1
                methods = [method_in(scene.user, each) for each in piece.value.split]
                assert payment_of(methods, price) == wanted
                assert payment_of(methods, lowered) == "pays"
    assert found > 20


def test_every_operator_is_drafted(world):
    found = zip(range(600), drafts(world, INTENTS, 8), strict=False)
    assert {name for _, (*_, request) in found for name in request.operators} == set(OPERATORS)


def test_no_request_counts_what_every_reservation_has_or_none(world):
    vacuous = [("passengers", "over", 0.0), ("passengers", "under", 1.0), ("bags", "under", 1.0)]
    found = set()
    for *_, request in islice(drafts(world, INTENTS, 29), 600):
        for text in re.findall(r"'attribute': '(?:passengers|bags)'[^}]*", str(request.values)):
            condition = literal_eval("{" + text + "}")
            found.add(tuple(condition[key] for key in ("attribute", "test", "value")))
    assert len(found) > 10
    assert found.isdisjoint([*vacuous, ("passengers", "over", 5.0), ("passengers", "under", 6.0)])


def test_new_flights_can_be_in_another_cabin(world):
    found = drafts(world, [OF_NAME["change_flights"]], 9, writing=True)
    assert any(
        "cabin" in request.values for _, (*_, request) in zip(range(60), found, strict=False)
    )


def masked(world, user, request):
    """Return a request's sentences without ids, airports, names and numbers."""
    text = " ".join([request.text, *(fact.text for fact in request.facts)])
    text = re.sub(r"\b(?=[A-Z]*\d)[A-Z0-9]{6}\b|\b[A-Z]{3}\b", "@", text)
    profile = world.users[user]
    people = [*profile.saved_passengers]
    for reservation_id in profile.reservations:
        people += world.reservations[reservation_id].passengers
    return mask(text, {name for each in people for name in (each.first_name, each.last_name)})


def test_nearly_all_requests_differ_without_names_and_numbers(world):
    found = zip(range(2000), drafts(world, INTENTS, 6), strict=False)
    texts = [masked(world, user, request) for _, (user, _, _, request) in found]
    assert len(set(texts)) >= 0.95 * len(texts)
