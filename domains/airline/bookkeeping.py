"""What the airline's tools share: how records are found, and what a write does to them.

A check raises ``ToolError`` and changes nothing. Seats are taken and released, gift cards pay and
are refunded at once, and a certificate that pays for a booking is gone as a whole.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import cast

from writ_gym.database import R, Table
from writ_gym.domains.airline.schema import (
    AirlineDB,
    Available,
    Cabin,
    Certificate,
    DateStatus,
    Flight,
    FlightType,
    GiftCard,
    Passenger,
    Payment,
    PaymentMethod,
    Reservation,
    ReservationFlight,
    User,
)
from writ_gym.domains.airline.timetable import day_number, require_possible
from writ_gym.errors import ToolError

_FIRST_CERTIFICATE = 3221322
_FIRST_RESERVATION = "HATHAT"


def find(table: Table[R], key: str, what: str) -> R:
    """Return a record.

    Raises:
        ToolError: There is none under ``key``.
    """
    record = table.get(key)
    if record is None:
        raise ToolError(f"{what} {key} not found")
    return record


def find_on_date(db: AirlineDB, flight_number: str, date: str) -> tuple[Flight, DateStatus]:
    """Return a flight and what it is like on a date, or raise ``ToolError``."""
    flight = find(db.flights, flight_number, "Flight")
    status = flight.dates.get(date)
    if status is None:
        raise ToolError(f"Flight {flight_number} not found on date {date}")
    return flight, status


def find_active(db: AirlineDB, reservation_id: str) -> Reservation:
    """Return a reservation that can still be changed, or raise ``ToolError``."""
    reservation = find(db.reservations, reservation_id, "Reservation")
    if reservation.status == "cancelled":
        raise ToolError(f"Reservation {reservation_id} is cancelled already")
    return reservation


def offered(
    db: AirlineDB, flight_number: str, date: str, cabin: Cabin, passengers: int
) -> ReservationFlight:
    """Return a flight as it can be booked now, or raise ``ToolError``."""
    flight, status = find_on_date(db, flight_number, date)
    if not isinstance(status, Available):
        raise ToolError(f"Flight {flight_number} not available on date {date}")
    if getattr(status.available_seats, cabin) < passengers:
        raise ToolError(f"Not enough seats on flight {flight_number}")
    return ReservationFlight(
        flight_number=flight.flight_number,
        origin=flight.origin,
        destination=flight.destination,
        date=date,
        price=getattr(status.prices, cabin),
    )


def require_trip(
    db: AirlineDB,
    flights: Sequence[ReservationFlight],
    origin: str,
    destination: str,
    flight_type: FlightType,
) -> None:
    """Raise ``ToolError`` unless the flights make up the trip."""
    if not flights:
        raise ToolError("At least one flight has to be given")
    require_possible(db, flights)
    if flights[0].origin != origin:
        raise ToolError(f"The first flight leaves from {flights[0].origin}, not from {origin}")
    end = origin if flight_type == "round_trip" else destination
    if flights[-1].destination != end:
        raise ToolError(
            f"The last flight of a {flight_type} from {origin} to {destination} has to arrive at "
            f"{end}, not at {flights[-1].destination}"
        )
    if all(flight.destination != destination for flight in flights):
        raise ToolError(f"None of the flights arrives at {destination}")


def require_people(passengers: Sequence[Passenger]) -> None:
    """Raise ``ToolError`` unless every passenger has a name and a date of birth."""
    for passenger in passengers:
        if not (passenger.first_name.strip() and passenger.last_name.strip()):
            raise ToolError("Each passenger needs a first name and a last name")
        day_number(passenger.dob)


def require_bags(total: int, nonfree: int) -> None:
    """Raise ``ToolError`` unless the numbers of bags are possible."""
    if not 0 <= nonfree <= total:
        raise ToolError(f"Impossible numbers of bags: {total} in total, {nonfree} of them not free")


def move_seats(
    db: AirlineDB, flights: Sequence[ReservationFlight], cabin: Cabin, number: int
) -> None:
    """Release seats on flights, or take them if the number is negative.

    A flight that is not for sale any more has no free seats to count.
    """
    for each in flights:
        flight = db.flights.get(each.flight_number)
        if flight and isinstance(flight.dates.get(each.date), Available):
            db.flights.put(flight.flight_number, _with_seats(flight, each.date, cabin, number))


_MOVED: dict[tuple[int, str, Cabin, int], tuple[Flight, Flight]] = {}
"""By identity of a flight, date, cabin and number: the flight, which is so kept, and it with so
many free seats more."""
MOST_MOVED = 1_024


def _with_seats(flight: Flight, date: str, cabin: Cabin, number: int) -> Flight:
    """Return a flight with more free seats on a date on which it is on sale."""
    # The same write is made again for proofs and in episodes: what is one object is soon compared.
    key = id(flight), date, cabin, number
    if key not in _MOVED:
        if len(_MOVED) >= MOST_MOVED:
            _MOVED.clear()
        status = flight.dates[date]
        seats = cast(Available, status).available_seats
        seats = seats.replace(**{cabin: getattr(seats, cabin) + number})
        status = status.replace(available_seats=seats)
        _MOVED[key] = flight, flight.replace_entry("dates", date, status)
    return _MOVED[key][1]


def put_method(db: AirlineDB, user_id: str, method: PaymentMethod) -> None:
    """Store a payment method in the profile of a user."""
    user = db.users[user_id]
    db.users.put(user_id, user.replace_entry("payment_methods", method.id, method))


def pay(db: AirlineDB, user_id: str, payment: Payment) -> None:
    """Take a payment from a method of the user, or put a negative one on it."""
    methods = db.users[user_id].payment_methods
    match methods.get(payment.payment_id):
        case GiftCard() as card:
            put_method(db, user_id, card.replace(amount=round(card.amount - payment.amount, 2)))
        case Certificate():
            left = {key: method for key, method in methods.items() if key != payment.payment_id}
            db.users.put(user_id, db.users[user_id].replace(payment_methods=left))
        case None:  # only a certificate ever leaves a profile: what it paid comes back
            put_method(
                db,
                user_id,
                Certificate(
                    source="certificate", id=payment.payment_id, amount=float(-payment.amount)
                ),
            )


def update_payment(db: AirlineDB, user_id: str, payment_id: str, price: int) -> tuple[Payment, ...]:
    """Pay for a change, or refund it, and return what belongs into the payment history."""
    method = find(db.users, user_id, "User").payment_methods.get(payment_id)
    if method is None:
        raise ToolError("Payment method not found")
    if isinstance(method, Certificate):
        raise ToolError("Certificate cannot be used to update reservation")
    if isinstance(method, GiftCard) and method.amount < price:
        raise ToolError("Gift card balance is not enough")
    if price == 0:
        return ()
    payment = Payment(payment_id=payment_id, amount=price)
    pay(db, user_id, payment)
    return (payment,)


def refunds_of(history: Sequence[Payment]) -> list[Payment]:
    """Return what gives back all that was paid and not refunded yet, to the methods that paid.

    What a change refunded to another method is not asked back: the first payments lack it.
    """
    left = sum(payment.amount for payment in history)
    paid_by: Counter[str] = Counter()
    for payment in history:
        paid_by[payment.payment_id] += payment.amount
    refunds = []
    for payment in reversed(history):
        amount = min(payment.amount, paid_by[payment.payment_id], left)
        if amount > 0:
            refunds.append(Payment(payment_id=payment.payment_id, amount=-amount))
            paid_by[payment.payment_id] -= amount
            left -= amount
    return refunds[::-1]


def require_payments(user: User, payments: Sequence[Payment], total: int) -> None:
    """Raise ``ToolError`` unless the methods can pay what they are to pay, and that is all."""
    for payment_id, times in Counter(payment.payment_id for payment in payments).items():
        if times > 1:
            raise ToolError(f"Payment method {payment_id} is given {times} times: add it up")
    for payment in payments:
        method = user.payment_methods.get(payment.payment_id)
        if method is None:
            raise ToolError(f"Payment method {payment.payment_id} not found")
        if payment.amount <= 0:
            raise ToolError(f"The amount of payment method {payment.payment_id} must be above 0")
        if isinstance(method, GiftCard | Certificate) and method.amount < payment.amount:
            raise ToolError(f"Not enough balance in payment method {payment.payment_id}")
    paid = sum(payment.amount for payment in payments)
    if paid != total:
        raise ToolError(f"Payment amount does not add up, total price is {total}, but paid {paid}")


def new_reservation_id(db: AirlineDB) -> str:
    """Return the first id from HATHAT on that is free, counted with letters as digits."""
    ids = map(_letters, count(_number(_FIRST_RESERVATION)))
    return next(letters for letters in ids if letters not in db.reservations)


def _number(letters: str) -> int:
    value = 0
    for letter in letters:
        value = value * 26 + ord(letter) - ord("A")
    return value


def _letters(number: int) -> str:
    letters = ""
    for _ in _FIRST_RESERVATION:
        number, digit = divmod(number, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def new_certificate_id(db: AirlineDB, user: User) -> str:
    """Return the first id that the user has not, and that paid for none of the reservations."""
    taken = set(user.payment_methods)
    for reservation_id in user.reservations:
        reservation = db.reservations.get(reservation_id)
        taken |= {
            entry.payment_id for entry in (reservation.payment_history if reservation else ())
        }
    numbered = (f"certificate_{number}" for number in count(_FIRST_CERTIFICATE))
    return next(certificate_id for certificate_id in numbered if certificate_id not in taken)
