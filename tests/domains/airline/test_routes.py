"""Writes that could be steps to a goal, and how many of them it takes at least."""

from dataclasses import replace
from itertools import combinations

import pytest

from writ_gym import SamplerConfig, TaskSampler, load_domain
from writ_gym.domains.airline.proof import PROOF
from writ_gym.domains.airline.proof.routes import find_routes
from writ_gym.domains.airline.schema import Certificate, Passenger, Payment, Reservation
from writ_gym.errors import ToolError

AIRLINE = load_domain("airline")
WORLD = AIRLINE.world()
CHANGED = ("change_flights", "change_cabin", "change_passengers", "add_bags", "cancel")
PAID = ("update_reservation_flights", "update_reservation_baggages")


def reservation() -> Reservation:
    """Return one that was paid for and can still be changed."""
    found = (each for each in WORLD.db.reservations.values() if each.status is None)
    return next(each for each in found if each.payment_history and each.flights)


def test_it_never_takes_fewer_writes_than_said() -> None:
    config = SamplerConfig(intents=CHANGED, write_count=(3, 5), evidence_burden=(1, 6))
    pairs, more = 0, 0
    for task in TaskSampler(AIRLINE, config, WORLD).tasks(5, 12):
        session = WORLD.begin(task)
        states = [session.fork()]
        for write in task.gold_writes:
            AIRLINE.all_tools.call(session, write.name, write.arguments)
            states.append(session.fork())
        keys = {key for table, key in session.changes() if table == "reservations"}
        for key, ((first, before), (last, after)) in (
            (key, two) for key in keys for two in combinations(enumerate(states), 2)
        ):
            if before.reservations.get(key) and before.reservations[key] != after.reservations[key]:
                least = PROOF.apart(before.reservations[key], after.reservations[key])
                assert least is not None
                assert least <= last - first
                pairs, more = pairs + 1, more + (least > 1)
    assert pairs > 20
    assert more


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (1, {"total_baggages": 9}),
        (1, {"payment_history": "longer"}),
        (2, {"payment_history": "longer by two"}),
        (2, {"total_baggages": 9, "cabin": "another"}),
        (3, {"total_baggages": 9, "cabin": "another", "passengers": "another"}),
        (2, {"status": "cancelled", "total_baggages": 9, "payment_history": "longer by two"}),
        (None, {"payment_history": "another"}),
    ],
)
def test_each_part_of_a_reservation_has_a_write_of_its_own(
    number: int | None, changes: dict[str, object]
) -> None:
    now = reservation()
    paid, one = now.payment_history, Payment(payment_id="card", amount=7)
    values = {
        ("payment_history", "longer"): (*paid, one),
        ("payment_history", "longer by two"): (*paid, one, one),
        ("payment_history", "another"): (one,),
        ("cabin", "another"): "economy" if now.cabin == "business" else "business",
        ("passengers", "another"): tuple(
            Passenger(first_name="A", last_name="B", dob="1990-01-01") for _ in now.passengers
        ),
    }  # fmt: skip
    goal = now.replace(
        **{name: values.get((name, value), value) for name, value in changes.items()}
    )
    assert PROOF.apart(now, goal) == number


def test_nothing_leads_away_from_what_is_cancelled() -> None:
    gone = reservation().replace(status="cancelled")
    assert PROOF.apart(gone, gone.replace(total_baggages=9)) is None


# Ways to pay


def leading(session, calls, key, goal):
    """Return the calls that bring a reservation to its goal at once."""
    found = []
    for call in calls:
        after = session.fork()
        try:
            AIRLINE.all_tools.call(after, call.name, call.arguments)
        except ToolError:
            continue
        if after.reservations[key] == goal:
            found.append(call)
    return found


def cases():
    """Yield a session, the key of a reservation, what a write makes of it, and its payer."""
    config = SamplerConfig(write_count=(1, 1), evidence_burden=(0, 4))
    for task in TaskSampler(AIRLINE, config, WORLD).tasks(5, 160):
        (write,) = task.gold_writes
        if write.name in PAID:
            session = WORLD.begin(task)
            after = session.fork()
            AIRLINE.all_tools.call(after, write.name, write.arguments)
            key = write.arguments["reservation_id"]
            yield session, key, after.reservations[key], write.arguments["payment_id"]


@pytest.mark.parametrize("free", [False, True])
def test_few_methods_stand_for_all(free):
    several = 0
    for session, key, goal, payer in cases():
        if free:  # as if it had cost nothing
            prices = sum(each.price for each in session.reservations[key].flights)
            first = goal.flights[0].replace(
                price=prices - sum(each.price for each in goal.flights[1:])
            )
            before = goal.replace(
                payment_history=session.reservations[key].payment_history,
                flights=(first, *goal.flights[1:]),
            )
            session.reservations.put(key, before)
            goal = before.replace(total_baggages=goal.total_baggages + 1)
        routes = list(find_routes(session, "reservations", key, goal))
        user = session.users[goal.user_id]
        methods = [
            each for each, how in user.payment_methods.items() if not isinstance(how, Certificate)
        ]
        every = {
            (call.name, method): replace(call, arguments={**call.arguments, "payment_id": method})
            for call in routes
            if call.name in PAID
            for method in methods
        }
        found = leading(session, routes, key, goal)
        ways = leading(session, every.values(), key, goal)
        assert bool(found) == bool(ways)
        assert (len(found) > 1) == (len(ways) > 1)
        several += len(ways) > 1
        if not free:
            assert [call.arguments["payment_id"] for call in found] == [payer]
    assert bool(several) == free
