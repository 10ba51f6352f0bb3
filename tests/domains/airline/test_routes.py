"""The writes that could lead to a goal: a few methods of payment stand for all."""

from dataclasses import replace

import pytest

from writ_gym.domain import load_domain
from writ_gym.domains.airline.proof.routes import find_routes
from writ_gym.domains.airline.schema import Certificate
from writ_gym.errors import ToolError
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig

AIRLINE = load_domain("airline")
WORLD = AIRLINE.world()
PAID = ("update_reservation_flights", "update_reservation_baggages")


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
