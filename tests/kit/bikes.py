"""A domain of the kit in one file, of another shape than the library.

Users are found by two details at once, and records link to nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar, Literal

from writ_gym.database import Database, Record, Table
from writ_gym.errors import ToolError
from writ_gym.kit import (
    Attribute,
    Case,
    Deed,
    Detail,
    Entity,
    Errand,
    Kind,
    Outside,
    Way,
    Words,
    table_domain,
)
from writ_gym.kit.proving import Meant, TableProof
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.brute_force import forbid
from writ_gym.meaning.proofs import Meaning
from writ_gym.sampling.drawing import numbers, pick
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Request
from writ_gym.tools import ToolSet, find


class Rider(Record):
    rider_id: str
    name: str
    zip: str
    rides: tuple[str, ...]


class Ride(Record):
    ride_id: str
    rider_id: str
    minutes: int
    station: str
    state: Literal["open", "closed"]


class BikeDB(Database):
    riders: Table[Rider]
    rides: Table[Ride]

    key_fields: ClassVar[dict[str, str]] = {"riders": "rider_id", "rides": "ride_id"}


TOOLS: ToolSet[BikeDB] = ToolSet("bikes:TOOLS")


@TOOLS.read
def find_rider(db: BikeDB, name: str, zip: str) -> str:
    """Find the id of a rider.

    Args:
        name: First and last name.
        zip: Zip code.
    """
    for rider in db.riders.values():
        if (rider.name, rider.zip) == (name, zip):
            return rider.rider_id
    raise ToolError("There is no such rider.")


@TOOLS.read
def get_rider(db: BikeDB, rider_id: str) -> Rider:
    """Return a rider.

    Args:
        rider_id: The id.
    """
    return find(db.riders, rider_id)


@TOOLS.read
def get_ride(db: BikeDB, ride_id: str) -> Ride:
    """Return a ride.

    Args:
        ride_id: The id.
    """
    return find(db.rides, ride_id)


@TOOLS.write
def close_ride(db: BikeDB, ride_id: str) -> Ride:
    """Close a ride whose bike was brought back.

    Args:
        ride_id: The id.
    """
    return db.rides.put(ride_id, find(db.rides, ride_id).replace(state="closed"))


@TOOLS.generic
def transfer_to_human_agents(db: BikeDB, summary: str) -> str:
    """Hand the rider over to a human.

    Args:
        summary: What it is about.
    """
    return "Transfer successful"


RIDER = Entity(Rider, "riders", "get_rider", "rider_id")
RIDE = Kind(
    Ride, "rides", "get_ride", "ride_id", name="ride", ids=r"T\d{6}",
    holder=RIDER, listed="rides", scope="all my rides",
    attributes={
        "minutes": Attribute(("longest duration",), ("shortest duration",)),
        "station": Attribute(phrase="from {value}"),
    },
)  # fmt: skip
DETAILS = {
    "name": Detail("name", "name", r"\b[A-Z][a-z]+ [A-Z][a-z]+\b"),
    "zip": Detail("zip code", "zip", r"\b\d{5}\b", asked=r"zip(?: code)?"),
}
WORDS = Words(
    user=RIDER,
    details=DETAILS,
    kinds=(RIDE,),
    asks={
        "close_ride": Errand(
            ("close a ride of mine", "end one of my rides", "stop a ride", "mark a ride as over")
        )
    },
    matters={"bell": "a bell put on my favourite bike", "song": "a song played at the station"},
)


class CloseRide(Deed):
    name, kind, tool = "close_ride", RIDE, "close_ride"

    def rules(self, case: Case) -> Iterator[Breach | None]:
        ride, key = case.record, case.key
        if ride.rider_id != case.caller:
            yield Breach("other_rider", key, f"I am sorry, I cannot: {key} is not yours.")
        if ride.state == "closed":
            sentence = f"I cannot close it again: it was closed after {ride.minutes} minutes."
            yield Breach("closed_before", ride.minutes, sentence)

    def propose(self, case: Case) -> tuple[str, str]:
        return f"I am going to close ride {case.key}.", f"Ride {case.key} has been closed."


class BikeProof(TableProof):
    answers = ()

    def comes_to(self, db: BikeDB, caller: str, request: Request, meant: Meant) -> Meaning:
        if request.intent == "outside":
            return Meaning(handed_over=frozenset({"outside"}))
        ride = db.rides[meant()]
        forbid(ride.rider_id != caller, "other_rider", ride.ride_id)
        forbid(ride.state == "closed", "closed_before", ride.minutes)
        return Meaning(writes=(Call("close_ride", {"ride_id": ride.ride_id}),))

    def routes(self, db: BikeDB, table: str, key: str, goal: Record) -> Iterator[Call]:
        if table == "rides":
            yield Call("close_ride", {"ride_id": key})


def generate(seed: int, size: Mapping[str, int]) -> BikeDB:
    rng = rng_for(seed, "bikes")
    riders, rides = dict[str, Rider](), dict[str, Ride]()
    ids = numbers(rng, 10 * size["riders"], 6)
    for number, code in enumerate(numbers(rng, size["riders"], 5)):
        key, name = f"R{100 + number}", f"{pick(rng, FIRST)} {pick(rng, LAST)}"
        own = [f"T{next(ids)}" for _ in range(int(rng.integers(2, 7)))]
        riders[key] = Rider(rider_id=key, name=name, zip=code, rides=tuple(own))
        for ride in own:
            rides[ride] = Ride(
                ride_id=ride, rider_id=key, minutes=int(rng.integers(5, 3000)),
                station=pick(rng, STATIONS), state="open" if rng.random() < 0.8 else "closed",
            )  # fmt: skip
    return BikeDB.load({"riders": riders, "rides": rides})


FIRST, LAST = ("Ada", "Ben", "Cleo", "Dan"), ("Reed", "Stone", "Tull", "Voss")
STATIONS = ("Harbour", "Old Mill", "Castle", "Zoo", "Park Lane")


def callers(db: BikeDB) -> dict[str, int]:
    return {key: len(rider.rides) for key, rider in db.riders.items()}


DOMAIN = table_domain(
    "bikes",
    name="bikes",
    database=BikeDB,
    generate=generate,
    default_size={"riders": 150},
    tools=TOOLS,
    intents=(CloseRide(WORDS), Outside(WORDS)),
    words=WORDS,
    ways=(Way("find_rider", {"name": "name", "zip": "zip"}),),
    callers=callers,
    proof=BikeProof(user=RIDER, details=DETAILS, kinds={"close_ride": RIDE}),
    policy_document=(
        "Find out who the rider is. Close a ride only after an explicit yes; a ride of somebody "
        "else or one that is closed is not closed: name the id, or how many minutes it took."
    ),
    lexicon=replace(
        WORDS.lexicon,
        identity_questions=("May I have your name and your zip code, please?",),
        identity_alternatives=("Could you tell me your name and your zip code?",),
    ),
)
