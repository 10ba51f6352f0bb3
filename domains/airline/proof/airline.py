"""The airline domain's ``Proof``: what its parts, put together, know by brute force."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from writ_gym.database import JSON, Fields, Record
from writ_gym.domains.airline.proof.apply import apply, changes
from writ_gym.domains.airline.proof.callers import find_callers
from writ_gym.domains.airline.proof.decisions import find_decisions
from writ_gym.domains.airline.proof.edits import find_edits
from writ_gym.domains.airline.proof.looking import all_looks, meant_reservations
from writ_gym.domains.airline.proof.meaning import ANSWERS, canonical, find_meaning
from writ_gym.domains.airline.proof.references import case_of
from writ_gym.domains.airline.proof.routes import apart, find_routes
from writ_gym.domains.airline.proof.searching import DIRECT, ONE_STOP
from writ_gym.domains.airline.proof.sources import find_sources
from writ_gym.domains.airline.proof.stakes import find_stakes
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.wishes import (
    ReservationBeside,
    ReservationById,
    ReservationChoice,
)
from writ_gym.meaning.proofs import NO_PICKS, Decision, Meaning, Picks, Proof, UnclearError
from writ_gym.tasks import Call, Edit, Provenance, Request

RECORDS = {
    "get_user_details": ("users", ("user_id",)),
    "get_reservation_details": ("reservations", ("reservation_id",)),
    "get_flight_status": ("statuses", ("flight_number", "date")),
    DIRECT: ("searches", ("origin", "destination", "date")),
    ONE_STOP: ("searches", ("origin", "destination", "date")),
}
"""By read, what it shows, and the arguments that say which."""


class AirlineProof(Proof[AirlineDB]):
    """Brute-force knowledge of the airline; see ``writ_gym.meaning.proofs.Proof``."""

    def callers(self, db: AirlineDB, identity: Mapping[str, JSON]) -> Collection[str]:
        """Return everybody of whom all identity facts are true."""
        return find_callers(db, identity)

    def meaning(
        self, db: AirlineDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Meaning:
        """Return what a request comes to; UnclearError if it has no single meaning."""
        return find_meaning(db, caller, request, picks)

    def decisions(
        self, db: AirlineDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Sequence[Decision]:
        """Return the choices that the request still leaves to the agent, where it can be met."""
        return find_decisions(db, caller, request, picks)

    def canonical(self, call: Call) -> Call:
        """Return a write with the fields of its flights, people and shares in order."""
        return canonical(call)

    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        """Return where each argument of a write that a request comes to is from."""
        return find_sources(request, write)

    answers: Collection[str] = ANSWERS
    alone: Collection[str] = frozenset({"users", "reservations"})
    by_field: bool = True

    def records(self, db: AirlineDB, call: Call) -> Sequence[tuple[str, str]]:
        """Return table and key of what a read shows, if it shows a single thing."""
        table, names = RECORDS.get(call.name, ("", ()))
        values: list[JSON] = [call.arguments.get(name) for name in names]
        if not values or not all(isinstance(value, str) for value in values):
            return []
        return [(table, " ".join([call.name] * (table == "searches") + values))]

    def edits(
        self, db: AirlineDB, caller: str, request: Request, table: str, key: str
    ) -> Iterable[Edit]:
        """Return edits of a record, and of nothing else that exists, likely ones first."""
        return find_edits(db, caller, request, table, key)

    def apply(self, db: AirlineDB, edit: Edit) -> None:
        """Make an edit in a session; ValueError if it does not fit this world."""
        apply(db, edit)

    def changes(self, edit: Edit) -> Fields | None:
        """Return the fields that an edit may change at most; None if that is not known."""
        return changes(edit)

    def around(self, db: AirlineDB, caller: str, request: Request) -> Iterable[tuple[str, str]]:
        """Return the caller, their reservations and those that are named, flights and searches."""
        intent, values = request.intent, request.values
        yield "users", caller
        try:
            case = case_of(db, caller)
            stakes = list(find_stakes(intent, values))
        except UnclearError:
            return
        reservations = dict.fromkeys(case.user.reservations)
        for stake in stakes:
            inner = stake.reference
            if isinstance(inner, ReservationBeside):
                inner = inner.beside
            ids = (inner.id,) if isinstance(inner, ReservationById) else inner.scope
            reservations |= dict.fromkeys(ids if ids != "all" else ())
        yield from (("reservations", key) for key in reservations if key in db.reservations)
        statuses = {
            ("statuses", f"{flight.flight_number} {flight.date}"): None
            for reservation in meant_reservations(case, intent, values)
            for flight in reservation.flights
        }
        yield from statuses
        yield from (("searches", each.key) for each in all_looks(case, intent, values).searches)

    def bystanders(
        self, db: AirlineDB, caller: str, request: Request
    ) -> Mapping[tuple[str, str], Collection[tuple[str, str]]]:
        """Return the user's reservations beside those that are meant by an id or by conditions.

        One that comes to keep the conditions of another makes it unclear which is meant.
        """
        try:
            case = case_of(db, caller)
            stakes = list(find_stakes(request.intent, request.values))
        except UnclearError:
            return {}
        meant: set[tuple[str, str]] = set()
        for stake in stakes:
            found = stake.meant(case) if _names_one(stake.reference) else []
            if not found:
                return {}
            meant.update(("reservations", each.reservation_id) for each in found)
        records = (("reservations", key) for key in case.user.reservations)
        return {record: meant for record in records if record not in meant}

    def routes(self, db: AirlineDB, table: str, key: str, goal: Record) -> Iterable[Call]:
        """Return every write call that could be a step from the record as it is to ``goal``."""
        return find_routes(db, table, key, goal)

    def apart(self, record: Record, goal: Record) -> int | None:
        """Return how many writes it takes at least from a record to another one."""
        return apart(record, goal)


def _names_one(reference: object) -> bool:
    """Say whether a reference is by an id, or by conditions that one alone keeps."""
    if isinstance(reference, ReservationById):
        return True
    return isinstance(reference, ReservationChoice) and reference.by is None


PROOF: Proof[AirlineDB] = AirlineProof()
