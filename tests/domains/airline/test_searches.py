"""Searches are remembered, and yet answered as in a world that was loaded a moment ago."""

import json
from itertools import product

import pytest

from writ_gym.database import Database
from writ_gym.domains.airline.data import generate
from writ_gym.domains.airline.proof import PROOF
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import Search, searched
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.tasks import Edit

BEFORE, DAY, NEXT = "2024-05-19", "2024-05-20", "2024-05-21"
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


def test_what_does_not_hang_on_an_edit_is_answered_as_before(world: AirlineDB) -> None:
    session, idle = world.session(), 0
    for flight in list(world.flights.values())[:6]:
        for name, arguments in EDITS:
            fork = session.fork()
            on = {"flight_number": flight.flight_number, "date": DAY}
            PROOF.apply(fork, Edit.unchecked(name, {**on, **arguments}))
            changed = session.places_changed(fork)
            for tool, day in product(TOOLS_OF_SEARCHES, (BEFORE, DAY, NEXT)):
                search = Search(tool, flight.origin, flight.destination, day)
                for answer in (answered, proved):
                    watched, looks = session.watched()
                    before = answer(watched, search)
                    if looks.isdisjoint(changed):
                        assert answer(fork, search) == before
                        idle += 1
                    else:  # the second flight of two may leave on the next day
                        assert day == DAY or (tool, day) == (TOOLS_OF_SEARCHES[1], BEFORE)
    assert idle == 6 * len(EDITS) * 6


TOOLS_OF_SEARCHES = ("search_direct_flight", "search_onestop_flight")


def answered(db: AirlineDB, search: Search) -> object:
    """Return what a search answers."""
    tool, origin, destination, day = search
    return TOOLS.answer(db, tool, {"origin": origin, "destination": destination, "date": day})


def proved(db: AirlineDB, search: Search) -> object:
    """Return what the proof lists, with fares and seats."""
    legs = searched(Case(db, next(iter(db.users))), search).legs
    return [(each.names, each.fare("economy"), each.seats("business")) for each in legs]
