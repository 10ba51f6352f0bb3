"""What of a request hangs on which reservations."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.schema import Reservation
from writ_gym.domains.airline.wishes import (
    BAGS,
    CONDITION,
    FIGURE,
    JOURNEY,
    NEW_PASSENGERS,
    PASSENGERS,
    RESERVATION,
    SINGLE,
    SPLIT,
    TRIP,
    BagsOf,
    Belief,
    DaysFrom,
    EveryReservation,
    Figure,
    Guard,
    Journey,
    LookedUp,
    PaidFor,
    ReservationBeside,
    ReservationById,
    ReservationChoice,
    ReservationReference,
    Reservations,
    SameAs,
    Swapped,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.meaning.proofs import UnclearError

Role: TypeAlias = Literal[
    "reservation", "same_as", "paid_for", "bags_of", "dates", "figure", "claim"
]


class Stake(NamedTuple):
    """A reference to reservations, and what the request takes from them."""

    role: Role
    what: str
    """The name of the choice, if it is one."""
    reference: ReservationReference | EveryReservation | Reservations
    figure: Figure | Guard | None = None
    belief: Belief | None = None
    """What the user takes to be so of the one that is meant."""
    people: tuple[str, ...] = ()
    """Full names of passengers of it whom the request names: they are replaced, or left out."""

    @property
    def query(self) -> Reservations | None:
        """The conditions by which reservations are looked for, if any are."""
        inner = self.reference
        if isinstance(inner, ReservationBeside):
            inner = inner.beside
        return None if isinstance(inner, ReservationById) else inner

    def members(self, case: Case) -> list[Reservation]:
        """Return the reservations that keep the conditions, none if that is unclear."""
        return self._once(case, "members", lambda: case.fitting(self.query) if self.query else [])

    def meant(self, case: Case) -> list[Reservation]:
        """Return the reservations that are meant, none if that is unclear."""
        return self._once(case, "meant", lambda: self._meant(case))

    def _meant(self, case: Case) -> list[Reservation]:
        reference = self.reference
        if isinstance(reference, ReservationById | ReservationBeside | ReservationChoice):
            found = case.find(reference)
            return [found] if found else []
        return case.fitting(reference)

    def _once(
        self, case: Case, what: str, find: Callable[[], list[Reservation]]
    ) -> list[Reservation]:
        """Return what is looked for, which is done once in a case; nothing if that is unclear."""
        key = what, id(self.reference)
        if key not in case.found:
            try:
                case.found[key] = self.reference, find()
            except UnclearError:
                case.found[key] = self.reference, []
        return case.found[key][1]


def find_stakes(intent: str, values: Values) -> Iterator[Stake]:
    """Give every reference to reservations in a request's facts; that of the request first."""
    if "reservation" in values:
        meant = parsed(RESERVATION, values["reservation"])
        swapped = _swapped(intent, values)
        yield Stake("reservation", "reservation", meant, belief=_believed(values), people=swapped)
    yield from _figures(values)
    if "passengers" in values:
        people = (
            parsed(PASSENGERS, values["passengers"])
            if intent == "book"
            else parsed(NEW_PASSENGERS, values["passengers"])
        )
        if isinstance(people, SameAs):
            yield Stake("same_as", "same_as", people.same_as, people=people.without)
    if "bags" in values and isinstance(bags := parsed(BAGS, values["bags"]), BagsOf):
        yield Stake("bags_of", "bags_of", bags.bags_of)
    for what, method in find_methods(intent, values):
        if isinstance(method, PaidFor):
            yield Stake("paid_for", f"{what} paid_for", method.paid_for)
    for what, journey in journeys(values):
        dates = journey.dates if isinstance(journey, Journey) else None
        if isinstance(dates, DaysFrom) and dates.trip is not None:
            yield Stake("dates", f"{what} dates", dates.trip)


def _swapped(intent: str, values: Values) -> tuple[str, ...]:
    """Return the full names of those in whose place others are to travel."""
    if intent != "change_passengers" or "passengers" not in values:
        return ()
    wish = parsed(NEW_PASSENGERS, values["passengers"])
    return tuple(wish.swaps) if isinstance(wish, Swapped) else ()


def _believed(values: Values) -> Belief | None:
    """Return what the user takes to be so of the reservation of the request."""
    condition = parsed(CONDITION, values["condition"]) if "condition" in values else None
    return condition if isinstance(condition, Belief) and condition.of is None else None


def _figures(values: Values) -> Iterator[Stake]:
    if "condition" in values:
        condition = parsed(CONDITION, values["condition"])
        if isinstance(condition, Guard):
            yield Stake("figure", "", condition.reservations, condition)
        if isinstance(condition, Belief) and condition.of is not None:
            yield Stake("claim", "claim", condition.of, belief=condition)
    if "figure" in values:
        figure = parsed(FIGURE, values["figure"])
        yield Stake("figure", "", figure.reservations, figure)


def find_methods(intent: str, values: Values) -> Iterator[tuple[str, object]]:
    """Give every reference to a payment method, with the name of the choice."""
    if "payment" not in values:
        return
    if intent != "book":
        yield "payment", parsed(SINGLE, values["payment"])
        return
    for place, method in enumerate(parsed(SPLIT, values["payment"]).split):
        yield f"payment {place}", method


def journeys(values: Values) -> Iterator[tuple[str, Journey | LookedUp]]:
    """Give every journey of a request, with the name of the choice."""
    if "journey" in values:
        yield "journey", parsed(JOURNEY, values["journey"])
    if "trip" in values:
        trip = parsed(TRIP, values["trip"])
        for what, journey in (("there", trip.there), ("back", trip.back)):
            if journey is not None:
                yield what, journey
