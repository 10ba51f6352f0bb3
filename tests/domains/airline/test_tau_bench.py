"""Real episodes of the first tau-bench, played again: every answer is ours, or differs by name.

A model played 100 episodes with the airline tools of the first tau-bench. Its calls are made here,
to this domain's tools over tau2-bench's database. What is told in another form is put into ours
first; every difference that is left has one of the names of ``DIFFERENCES``.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.tau2.layer import load_database

Plain = dict[str, Any]

SHARED = Path(__file__).parents[4] / "shared"
TAU2 = SHARED / "tau2"
EPISODES = SHARED / "tau_bench" / "gpt-4o-airline.json.gz"

pytestmark = pytest.mark.skipif(
    not (EPISODES.is_file() and (TAU2 / "airline").is_dir()),
    reason=f"the records are not there: {EPISODES} and {TAU2}/airline",
)

DIFFERENCES = {
    "no such tool": (48, "The tool think is the first tau-bench's own."),
    "cabin not stored": (
        25,
        "update_reservation_flights charges for the new cabin, but the reservation keeps the old.",
    ),
    "no time to change": (
        3,
        "search_onestop_flight lists a flight that leaves when the one before it arrives.",
    ),
    "seats of the day before": (
        3,
        "After an overnight flight, search_onestop_flight shows the seats and prices that the "
        "second flight has a day earlier.",
    ),
    "impossible trip": (12, "Flights can be taken that do not join, or are not the trip."),
    "fields beside": (1, "What a flight of a call has beside its number and date is ignored."),
    "refused before": (3, "The reservation was changed there by a call that is refused here."),
    "corrected record": (2, "tau2 made reservation Z7GOZK the trip that its flights are."),
}
"""By name, how many answers of the first tau-bench differ, and what it does."""


class Call(NamedTuple):
    """A call, its answer there and here, and whether it failed."""

    name: str
    arguments: Plain
    theirs: Any
    theirs_failed: bool
    ours: Any
    ours_failed: bool


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def calls_of(episode: Plain, db: AirlineDB) -> Iterator[Call]:
    """Yield the calls of an episode, each made to our tools."""
    waiting: dict[str, Plain] = {}
    for message in episode["traj"]:
        waiting |= {call["id"]: call["function"] for call in message.get("tool_calls") or ()}
        if message["role"] == "tool":
            function = waiting.pop(message["tool_call_id"])
            name, raw = function["name"], function["arguments"]
            failed = message["content"].startswith("Error: ")
            theirs = in_our_form(name, json.loads(raw), parsed(message["content"]))
            text, ours_failed = TOOLS.answer(db, name, raw)
            yield Call(name, json.loads(raw), theirs, failed, parsed(text), ours_failed)


def in_our_form(name: str, arguments: Plain, answer: Any) -> Any:
    """Return an answer of the first tau-bench as ours would be told.

    Its errors begin with a small letter; a user has no id, and the state of an address is its
    province; a reservation has a status only when it is cancelled; airports are an object of cities
    by code; and a direct flight has no date.
    """
    if isinstance(answer, str) and answer.startswith("Error: "):
        return f"Error: {answer[7].upper()}{answer[8:]}"
    if name == "get_user_details":
        address = dict(answer["address"])
        address["state"] = address.pop("province")
        return {**answer, "user_id": arguments["user_id"], "address": address}
    if isinstance(answer, dict) and "reservation_id" in answer:
        return {"status": None, **answer}
    if name == "list_all_airports":
        return [{"iata": code, "city": city} for code, city in answer.items()]
    if name == "search_direct_flight":
        return [{**flight, "date": None} for flight in answer]
    return answer


def unequal(one: Plain, other: Plain) -> set[str]:
    return {key for key in {**one, **other} if one.get(key) != other.get(key)}


class Judge:
    """Says why the answers of an episode differ."""

    def __init__(self, db: AirlineDB) -> None:
        self.db = db
        self.repriced: set[str] = set()
        """Reservations whose cabin the first tau-bench did not store."""
        self.refused: set[str] = set()
        """Reservations that were changed there only."""

    def reasons(self, call: Call) -> list[str]:
        """Return the names of the differences between the answers to a call.

        Raises:
            AssertionError: There is one without a name.
        """
        if call.ours_failed and not call.theirs_failed:
            self.refused.add(call.arguments.get("reservation_id", ""))
        if call.ours == call.theirs:
            assert call.ours_failed == call.theirs_failed
            return []
        if call.ours_failed:
            return [self.refusal(call)]
        assert not call.theirs_failed
        if call.name == "search_onestop_flight":
            return list(connections(call))
        return [self.field(call, name) for name in self.fields(call)]

    def refusal(self, call: Call) -> str:
        """Return why a call is refused here, or refused for another reason."""
        if call.name not in TOOLS:
            return "no such tool"
        flights = call.arguments["flights"]
        if any(set(flight) > {"flight_number", "date"} for flight in flights):
            assert "is not part of it" in call.ours
            return "fields beside"
        trip: Any = call.arguments
        if "reservation_id" in trip:
            trip = self.db.reservations[trip["reservation_id"]].plain
        assert not self.is_trip(flights, trip), call
        return "impossible trip"

    def is_trip(self, flights: list[Plain], trip: Plain) -> bool:
        """Say whether flights lead there, and back for a round trip, each after the one before."""
        place, time, seen = trip["origin"], datetime.min, set()
        for each in flights:
            flight = self.db.flights[each["flight_number"]]
            leaves = moment(each["date"], flight.scheduled_departure_time_est)
            if flight.origin != place or leaves < time:
                return False
            place, time = (
                flight.destination,
                moment(each["date"], flight.scheduled_arrival_time_est),
            )
            seen.add(place)
        end = trip["origin"] if trip["flight_type"] == "round_trip" else trip["destination"]
        return place == end and trip["destination"] in seen

    def fields(self, call: Call) -> list[str]:
        """Return the fields that differ, those of one reason as one."""
        fields = unequal(call.ours, call.theirs)
        if call.name == "update_reservation_flights" and "cabin" in fields:
            assert call.ours["cabin"] == call.arguments["cabin"]
            self.repriced.add(call.ours["reservation_id"])
        for together in (["flights", "payment_history"], ["flight_type", "destination"]):
            if fields.issuperset(together):
                fields.remove(together[0])
        return sorted(fields)

    def field(self, call: Call, name: str) -> str:
        """Return why a field of a reservation differs."""
        key = call.ours["reservation_id"]
        match name:
            case "cabin" if key in self.repriced:
                return "cabin not stored"
            case "payment_history" if key in self.refused:
                return "refused before"
            case "destination" if key == "Z7GOZK":
                return "corrected record"
        raise AssertionError((name, call))


def moment(date: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{date}T{time[:8]}") + timedelta(days=time.endswith("+1"))


def connections(call: Call) -> Iterator[str]:
    """Yield the reasons why two lists of connections differ."""
    ours = {pair_key(pair): pair for pair in call.ours}
    theirs = {pair_key(pair): pair for pair in call.theirs}
    assert set(ours) <= set(theirs)
    left_out = [theirs[key] for key in theirs if key not in ours]
    for first, second in left_out:
        arrives = moment(first["date"], first["scheduled_arrival_time_est"])
        assert arrives == moment(second["date"], second["scheduled_departure_time_est"])
    if left_out:
        yield "no time to change"
    others = [key for key, pair in ours.items() if pair != theirs[key]]
    for key in others:
        assert ours[key][0] == theirs[key][0]
        assert unequal(ours[key][1], theirs[key][1]) == {"available_seats", "prices"}
        assert ours[key][0]["scheduled_arrival_time_est"].endswith("+1")
    if others:
        yield "seats of the day before"


def pair_key(pair: list[Plain]) -> tuple[str, ...]:
    return tuple(f"{leg['flight_number']} {leg['date']}" for leg in pair)


def test_real_episodes_play_again_with_the_same_answers() -> None:
    base = load_database("airline", TAU2)
    episodes = json.loads(gzip.decompress(EPISODES.read_bytes()))
    found: Counter[str] = Counter()
    calls = 0
    for episode in episodes:
        db = base.session()
        judge = Judge(db)
        for call in calls_of(episode, db):
            found.update(judge.reasons(call))
            calls += 1
    assert (len(episodes), calls) == (100, 572)
    assert found == {name: number for name, (number, _) in DIFFERENCES.items()}
