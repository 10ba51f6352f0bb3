"""Searches are remembered, and yet answered as in a world that was loaded a moment ago."""

import json

import pytest

from writ_gym.database import Database
from writ_gym.domains.airline.data import generate
from writ_gym.domains.airline.proof import PROOF
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import Search, searched
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.tasks import Edit

DAY, NEXT = "2024-05-20", "2024-05-21"
EDITS = [
    ("set_fare", {"cabin": "economy", "price": 77}),
    ("set_seats", {"cabin": "business", "seats": 0}),
    ("renumber", {"new_number": "HAT999"}),
    ("set_flight_status", {"status": "cancelled"}),
    ("set_fare", {"cabin": "economy", "price": 78}),
]


@pytest.fixture(scope="module")
def world() -> AirlineDB:
    return generate(0, {"users": 30, "reservations": 60, "flights": 120})


def listings(db: AirlineDB, origin: str, destination: str) -> list[str]:
    """Return what all searches answer, and how the proof lists the same flights."""
    found = []
    case = Case(db, next(iter(db.users)))
    for tool in ("search_direct_flight", "search_onestop_flight"):
        for day in (DAY, NEXT):
            route = {"origin": origin, "destination": destination, "date": day}
            answer, error = TOOLS.answer(db, tool, route)
            assert not error
            entries = [each if isinstance(each, list) else [each] for each in json.loads(answer)]
            proved = searched(case, Search(tool, origin, destination, day)).legs
            assert [legs.names for legs in proved] == [
                tuple((leg["flight_number"], leg["date"] or day) for leg in legs)
                for legs in entries
            ]
            assert [legs.fare("economy") for legs in proved] == [
                sum(leg["prices"]["economy"] for leg in legs) for legs in entries
            ]
            found.append(answer)
    return found


def test_an_edited_world_is_searched_as_if_it_had_been_loaded(world: AirlineDB) -> None:
    flight = next(iter(world.flights.values()))
    route = flight.origin, flight.destination
    before = listings(world, *route)
    session = world.session()
    for name, arguments in EDITS:
        number = "HAT999" if "HAT999" in session.flights else flight.flight_number
        on = {"flight_number": number, "date": DAY}
        if name == "set_flight_status":
            on = {"flight_number": number, "date": NEXT if number != "HAT999" else DAY}
        if session.flights[number].dates[DAY].status != "available":
            continue
        PROOF.apply(session, Edit(name=name, arguments={**on, **arguments}))
        answers = listings(session, *route)
        assert answers == listings(fresh(session), *route)
        assert answers != before
    assert listings(world, *route) == before


def test_a_booking_takes_seats_in_later_searches_of_its_session_alone(world: AirlineDB) -> None:
    flight = next(f for f in world.flights.values() if f.dates[DAY].status == "available")
    route = flight.origin, flight.destination
    before = listings(world, *route)
    session = world.session()
    for seats in (5, 4, 3):
        PROOF.apply(session, Edit(name="set_seats", arguments={
            "flight_number": flight.flight_number, "date": DAY, "cabin": "economy", "seats": seats,
        }))  # fmt: skip
        assert listings(session, *route) == listings(fresh(session), *route)
        assert f'"economy": {seats}' in listings(session, *route)[0]
    assert listings(world, *route) == before


def fresh(session: Database) -> AirlineDB:
    """Return a world like a session, of new records."""
    return AirlineDB.load(session.plain())
