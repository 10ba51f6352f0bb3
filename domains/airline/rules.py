"""The rules of policy.md as predicates; each names the heading it stands for.

A predicate of what may be done returns None if the rule allows it, else the breach: the reason
code, the fact that the user must be told, and a sentence that tells it. Where the rule needs more
than one record, whoever asks has found that it is broken, and the function makes the breach.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from writ_gym.counting import number
from writ_gym.domains.airline.schema import NOW, TODAY, Cabin, Membership, Reservation
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import Condition

MOST_METHODS: Mapping[str, int] = {"certificate": 1, "credit_card": 1, "gift_card": 3}
"""By kind, how many methods may pay for one booking."""
COVERED = ("health", "weather")
"""Reasons for a cancellation that the insurance covers."""
_FREE_BAGS: Mapping[Membership, int] = {"regular": 0, "silver": 1, "gold": 2}
_MORE_FREE_BAGS: Mapping[Cabin, int] = {"basic_economy": 0, "economy": 1, "business": 2}
_CERTIFICATES: Mapping[str, int] = {"cancelled": 100, "delayed": 50}

UNMET = ("no_flights", "no_seats", "no_such_reservation", "too_expensive", "condition_not_met")
"""Codes of the breaches of no rule: there is nothing that is as the user wants it."""
GROUNDS = (
    "already", "available", "basic economy", "business", "cancelled", "certificate", "delayed",
    "economy", "flying", "insurance", "landed", "number", "regular",
)  # fmt: skip
"""Facts that forbid the requests of many users, as a refusal names them."""


def free_bags(membership: Membership, cabin: Cabin, passengers: int) -> int:
    """Policy "Bags": how many checked bags of a reservation are free."""
    return (_FREE_BAGS[membership] + _MORE_FREE_BAGS[cabin]) * passengers


def was_flown(date: str, status: str) -> bool:
    """Policy "Flights": what has landed or is in the air was flown; later dates were not."""
    return date <= TODAY and status in ("landed", "flying")


def cancellable_by_record(reservation: Reservation, reason: str) -> bool:
    """Policy "Cancel": whether the reservation itself shows that it may be cancelled."""
    made = datetime.fromisoformat(reservation.created_at)
    return (
        made >= datetime.fromisoformat(NOW) - timedelta(hours=24)
        or reservation.cabin == "business"
        or (reservation.insurance == "yes" and reason in COVERED)
    )


def compensation_for(what: Literal["cancelled", "delayed"], passengers: int) -> int:
    """Policy "Compensation": the amount of the certificate, in US dollars."""
    return _CERTIFICATES[what] * passengers


def in_words(cabin: Cabin) -> str:
    """Return a cabin as it is said."""
    return cabin.replace("_", " ")


def condition_not_met(figure: str, actual: float) -> Breach:
    """Policy "How you act": what the user made it depend on does not hold."""
    shown = f"${actual:,.0f}" if figure == "total" else f"{actual:g}"
    return Breach(
        "condition_not_met",
        actual,
        f"That comes to {shown}, so your condition does not hold and I cannot go on with it.",
    )


def belief_refuted(key: str, attribute: str, actual: str | float) -> Breach:
    """Policy "How you act": what the user takes to be so of a reservation is not so."""
    fact: str | float = actual
    match attribute:
        case "cabin":
            fact = str(actual).replace("_", " ")
            shown = f"is in {fact}"
        case "insurance":
            fact = "insurance"
            shown = f"has {'no ' if actual == 'no' else ''}travel insurance"
        case "total":
            shown = f"cost ${actual:,.0f} in all"
        case _:
            shown = f"has {number(int(actual), attribute.removesuffix('s'))}"
    return Breach(
        "condition_not_met",
        fact,
        f"Reservation {key} {shown}, so it is not as you say and I cannot go on with it.",
    )


def no_such_reservation(where: Sequence[Condition]) -> Breach:
    """Policy "How you act": do not invent facts; there is nothing to act on."""
    fact = where[0].value if where else "reservation"
    shown = f"${fact:,.0f}" if isinstance(fact, float) else fact
    return Breach(
        "no_such_reservation",
        fact,
        f"I am sorry, I cannot do that: no reservation is as you describe it ({shown}).",
    )


def other_user(reservation: Reservation, caller: str) -> Breach | None:
    """Policy "Who you serve": requests about another user are refused."""
    if reservation.user_id == caller:
        return None
    return Breach(
        "other_user",
        reservation.reservation_id,
        f"I am sorry, I cannot help with reservation {reservation.reservation_id}: it belongs to "
        "another account.",
    )


def already_cancelled(reservation: Reservation) -> Breach | None:
    """Policy "Change": a cancelled reservation stays as it is."""
    if reservation.status != "cancelled":
        return None
    return Breach(
        "already_cancelled",
        "cancelled",
        f"I cannot do that: reservation {reservation.reservation_id} has been cancelled already.",
    )


def not_cancellable(reservation: Reservation) -> Breach:
    """Policy "Cancel": one of the four grounds has to hold."""
    cabin = in_words(reservation.cabin)
    return Breach(
        "not_cancellable",
        cabin,
        f"I am sorry, reservation {reservation.reservation_id} cannot be cancelled: it is in "
        f"{cabin}, was not booked within the last 24 hours, has no insurance that covers your "
        "reason, and none of its flights was called off by the airline.",
    )


def basic_economy(reservation: Reservation) -> Breach | None:
    """Policy "Change flights": those in basic economy stay as they are."""
    if reservation.cabin != "basic_economy":
        return None
    return Breach(
        "basic_economy",
        "basic economy",
        f"I am sorry, the flights of reservation {reservation.reservation_id} cannot be changed: "
        "it is in basic economy.",
    )


def flown(flight_number: str) -> Breach:
    """Policy "Change flights" and "Change cabin": what was flown stays as it is."""
    return Breach(
        "flown",
        flight_number,
        f"I am sorry, that cannot be changed any more: flight {flight_number} was flown already.",
    )


def other_route(airport: str) -> Breach:
    """Policy "Change flights": origin and destination stay."""
    return Breach(
        "other_route",
        airport,
        "I am sorry, a change cannot lead anywhere else: these flights have to end in "
        f"{airport} as they do now.",
    )


def no_flights(airport: str) -> Breach:
    """Policy "How you act": there is no flight like that."""
    return Breach(
        "no_flights",
        airport,
        f"I am sorry, that is not possible: no flight to {airport} with enough free seats is as "
        "you want it.",
    )


def no_seats(flight_number: str) -> Breach:
    """Policy "Change cabin": there has to be a seat for every passenger on every flight."""
    return Breach(
        "no_seats",
        flight_number,
        f"I am sorry, that is not possible: flight {flight_number} does not have enough free "
        "seats in that cabin.",
    )


def nothing_to_change(what: str) -> Breach:
    """Policy "How you act": only what changes something is a change."""
    return Breach(
        "nothing_to_change", "already", f"I cannot change anything there: {what} is that already."
    )


def passenger_count() -> Breach:
    """Policy "Change passengers": their number never changes."""
    return Breach(
        "passenger_count",
        "number",
        "I am sorry, that is not possible: the number of passengers cannot be changed.",
    )


def too_many_passengers(number: int) -> Breach:
    """Policy "Book": five passengers at most."""
    return Breach(
        "too_many_passengers",
        number,
        f"I am sorry, I cannot book for {number} passengers: five are the most in one reservation.",
    )


def bags_removed(now: int) -> Breach:
    """Policy "Change bags": they are added, never removed."""
    return Breach(
        "bags_removed",
        now,
        f"I am sorry, bags cannot be removed: the reservation has {number(now, 'checked bag')}.",
    )


def certificate_not_allowed() -> Breach:
    """Policy "Payment": certificates pay for bookings only."""
    return Breach(
        "certificate_not_allowed",
        "certificate",
        "I am sorry, a change cannot be paid with a travel certificate.",
    )


def too_many_methods(kinds: Sequence[str]) -> Breach | None:
    """Policy "Payment": so many of each kind may pay for one booking."""
    for kind, most in MOST_METHODS.items():
        if kinds.count(kind) > most:
            name = kind.replace("_", " ")
            return Breach(
                "too_many_methods",
                name,
                f"I am sorry, that cannot be paid like this: of the kind {name}, {most} may be "
                "used for one booking.",
            )
    return None


def too_expensive(price: int) -> Breach:
    """Policy "How you act": the user set a limit to the price."""
    return Breach(
        "too_expensive",
        price,
        f"That would cost ${price:,}, which is more than you want to spend, so I cannot do it.",
    )


def balance_too_low(amount: float, price: int) -> Breach:
    """Policy "Payment": a gift card must cover the whole price of a change."""
    return Breach(
        "balance_too_low",
        f"{amount:.2f}",
        f"I am sorry, that cannot be paid with this gift card: its balance is ${amount:.2f}, which "
        f"does not cover ${price:,}.",
    )


def not_covered(price: int) -> Breach:
    """Policy "Payment": the methods together must pay the whole price."""
    return Breach(
        "balance_too_low",
        price,
        f"I am sorry, these methods cannot pay all of it: the price is ${price:,}.",
    )


def not_eligible(membership: Membership, reservation: Reservation) -> Breach | None:
    """Policy "Compensation": members of a higher level, the insured, and business."""
    if membership != "regular" or reservation.insurance == "yes" or reservation.cabin == "business":
        return None
    return Breach(
        "not_eligible",
        "regular",
        "I am sorry, I cannot offer a compensation to a regular member who travels without "
        f"insurance in {in_words(reservation.cabin)}.",
    )


def not_verified(what: Literal["cancelled", "delayed"], fact: str) -> Breach:
    """Policy "Compensation": what the user says has to be so."""
    return Breach(
        f"not_{what}",
        fact,
        f"I am sorry, I cannot offer a compensation: by what I see here ({fact}), no flight was "
        f"{what}.",
    )


def only_after_change() -> Breach:
    """Policy "Compensation": a delay is made up for after a change or a cancellation only."""
    return Breach(
        "only_after_change",
        "delayed",
        "I am sorry, I cannot offer a compensation for a delayed flight unless the reservation is "
        "changed or cancelled.",
    )


def insurance_after_booking() -> Breach:
    """Policy "Insurance": it is taken out with the booking."""
    return Breach(
        "insurance_after_booking",
        "insurance",
        "I am sorry, travel insurance cannot be added after booking.",
    )
