"""Faults put into the airline's solvers and rules: the checker catches every one."""

from collections.abc import Callable

import pytest

from writ_gym.domain import load_domain
from writ_gym.domains.airline.intents import (
    base,
    booking,
    cancelling,
    changes,
    compensation,
    parts,
    reading,
    trips,
)

AIRLINE = load_domain("airline")
HEAVY = {"write_count": 1, "evidence_burden": (4, 9)}
REFUSED = {"write_count": 0, "evidence_burden": (1, 5), "count": 150}


@pytest.fixture(scope="module")
def mutants(mutants_of):
    return mutants_of(AIRLINE)


def _second_best(pick: Callable) -> Callable:
    return lambda records, choice, attribute: pick(
        records, choice.model_copy(update={"rank": choice.rank + 1}), attribute
    )


FAULTS = {
    "a choice of flights takes the next one": (
        HEAVY, trips, "pick", _second_best(trips.pick)),
    "a choice of reservations takes the next one": (
        {**HEAVY, "intents": ("cancel", "change_passengers", "add_bags")},
        reading, "pick", _second_best(reading.pick)),
    "a search takes the last that fits": (
        {**HEAVY, "intents": ("cancel", "change_passengers", "add_bags", "change_cabin")},
        reading, "keeps", lambda record, where, attribute: True),
    "the condition is not looked at": (
        {**REFUSED, "evidence_burden": (2, 8)}, base, "check_guard",
        lambda caller, facts: iter(())),
    "what the user believes is believed": (
        {**REFUSED, "evidence_burden": (1, 4), "intents": ("change_passengers", "add_bags")},
        reading, "refuted", lambda belief, reservation: None),
    "every reservation can be cancelled": (
        {**REFUSED, "intents": ("cancel",)}, cancelling, "cancellable_by_record",
        lambda reservation, reason: True),
    "basic economy can be changed": (
        {**REFUSED, "intents": ("change_flights",)}, changes, "basic_economy",
        lambda reservation: None),
    "nobody has free bags": (
        {"write_count": 1, "evidence_burden": (0, 4), "intents": ("add_bags", "book")},
        parts, "free_bags", lambda membership, cabin, passengers: 0),
    "a reservation of somebody else can be changed": (
        {**REFUSED, "evidence_burden": 1}, base, "other_user", lambda reservation, caller: None),
    "a certificate is for one passenger": (
        {"write_count": 1, "evidence_burden": (0, 5), "intents": ("compensation",)},
        compensation, "compensation_for", lambda what, passengers: 100),
    "the payment is split the other way round": (
        {"write_count": 1, "evidence_burden": (0, 6), "intents": ("book",), "count": 80},
        booking, "find_methods", None),
}  # fmt: skip


def _reversed(find_methods: Callable) -> Callable:
    def backwards(caller, value):
        return (yield from find_methods(caller, value))[::-1]

    return backwards


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_solver_or_rule_is_caught_in_every_task_that_it_changes(
    fault, monkeypatch, mutants
):
    config, module, name, broken = FAULTS[fault]
    tasks = mutants.sampled(**config)
    monkeypatch.setattr(module, name, broken or _reversed(getattr(module, name)))
    assert mutants.caught(mutants.changed_by(tasks)) >= 2, "the fault shows in too few tasks"
