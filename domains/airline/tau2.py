"""What tau2-bench's airline tools do, quirks included: for the replay of its records alone.

The functions take their arguments as they come, unchecked (QUIRK G-1), check in tau2's order, and
what they wrote stays when they fail. Each quirk is named after its id in tau2's description; the
domain's own tools have none of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from writ_gym.database import JSON, R, Record, Table
from writ_gym.domains.airline import tools
from writ_gym.domains.airline.schema import (
    BAG_PRICE,
    INSURANCE_PRICE,
    NOW,
    AirlineDB,
    Available,
    Certificate,
    DateStatus,
    Flight,
    GiftCard,
    Passenger,
    Payment,
    PaymentMethod,
    Reservation,
    ReservationFlight,
    User,
)
from writ_gym.errors import ToolError
from writ_gym.tau2.layer import Compat, as_method, compute, read_json

T = TypeVar("T", bound=Record)

RESERVATION_IDS = ("HATHAT", "HATHAU", "HATHAV")
CERTIFICATE_IDS = ("certificate_3221322", "certificate_3221323", "certificate_3221324")


class Wanted(Record):
    """A flight that a caller lists."""

    flight_number: str
    date: str


def find(table: Table[R], key: Any, what: str) -> R:
    """Return a record, or raise ``ToolError``."""
    record = table.get(key)
    if record is None:
        raise ToolError(f"{what} {key} not found")
    return record


def find_on_date(db: AirlineDB, flight_number: Any, date: Any) -> tuple[Flight, DateStatus]:
    """Return a flight and what it is like on a date, or raise ``ToolError``."""
    flight = find(db.flights, flight_number, "Flight")
    status = flight.dates.get(date)
    if status is None:
        raise ToolError(f"Flight {flight_number} not found on date {date}")
    return flight, status


def put_method(db: AirlineDB, user_id: str, method: PaymentMethod) -> None:
    """Store a payment method in the profile of a user."""
    user = db.users[user_id]
    db.users.put(user_id, user.replace_entry("payment_methods", method.id, method))


def records(kind: type[T], values: Any) -> Any:
    """Return objects as records, without the fields those lack; A-4: a mixed list as it is."""
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        return values
    fields = kind.model_fields
    return [kind(**{k: v for k, v in value.items() if k in fields}) for value in values]


def assigned(record: T, **changes: Any) -> T:
    """Return a copy with ``changes`` as they are (QUIRK G-6: assignments are not checked)."""
    copy = record.model_copy(update=changes)
    copy.__dict__.pop("text", None)
    plain = {name: _plain(value) for name, value in changes.items()}
    copy.__dict__["plain"] = {**record.plain, **plain}
    return copy


def _plain(value: Any) -> JSON:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.plain if isinstance(value, Record) else value


def calculate(db: AirlineDB, expression: Any) -> str:
    """Compute an expression."""
    return compute(expression)


def bookable(
    db: AirlineDB, flight_number: Any, date: Any, cabin: Any, seats: int
) -> ReservationFlight:
    """Return a flight as it can be booked; A-13: an unknown cabin is a missing key."""
    flight, status = find_on_date(db, flight_number, date)
    if not isinstance(status, Available):
        raise ToolError(f"Flight {flight_number} not available on date {date}")
    if dict(status.available_seats)[cabin] < seats:
        raise ToolError(f"Not enough seats on flight {flight_number}")
    return ReservationFlight(
        flight_number=flight_number,
        origin=flight.origin,
        destination=flight.destination,
        date=date,
        price=dict(status.prices)[cabin],
    )


def book_reservation(
    db: AirlineDB,
    user_id: Any,
    origin: Any,
    destination: Any,
    flight_type: Any,
    cabin: Any,
    flights: Any,
    passengers: Any,
    payment_methods: Any,
    total_baggages: Any,
    nonfree_baggages: Any,
    insurance: Any,
) -> Reservation:
    """Book; A-6: balances are checked one by one, A-7: next to nothing else is."""
    flights = records(Wanted, flights)
    passengers = records(Passenger, passengers)
    payments = records(Payment, payment_methods)
    user = find(db.users, user_id, "User")
    reservation = Reservation(
        reservation_id=_first_free(RESERVATION_IDS, db.reservations, "reservations"),
        user_id=user_id,
        origin=origin,
        destination=destination,
        flight_type=flight_type,
        cabin=cabin,
        flights=(),
        passengers=passengers,
        payment_history=payments,
        created_at=NOW,
        total_baggages=total_baggages,
        nonfree_baggages=nonfree_baggages,
        insurance=insurance,
    )
    seats = len(passengers)
    taken = [bookable(db, each.flight_number, each.date, cabin, seats) for each in flights]
    total = sum(flight.price * seats for flight in taken)
    if insurance == "yes":
        total += INSURANCE_PRICE * seats
    total += BAG_PRICE * nonfree_baggages
    _require_payments(user, payments, total)
    for payment in payments:
        _take(db, user_id, payment)
    for flight in taken:
        _take_seats(db, flight, cabin, seats)
    reservation = reservation.replace(flights=taken)
    db.reservations.put(reservation.reservation_id, reservation)
    user = db.users[user_id]
    listed = (*user.reservations, reservation.reservation_id)
    db.users.put(user_id, user.replace(reservations=listed))
    return reservation


def _first_free(ids: Sequence[str], taken: Mapping[str, object], what: str) -> str:
    for each in ids:
        if each not in taken:
            return each
    raise ToolError(f"Too many {what}")


def _require_payments(user: User, payments: Sequence[Payment], total: Any) -> None:
    for payment in payments:
        method = user.payment_methods.get(payment.payment_id)
        if method is None:
            raise ToolError(f"Payment method {payment.payment_id} not found")
        if isinstance(method, GiftCard | Certificate) and method.amount < payment.amount:
            raise ToolError(f"Not enough balance in payment method {payment.payment_id}")
    paid = sum(payment.amount for payment in payments)
    if paid != total:
        raise ToolError(f"Payment amount does not add up, total price is {total}, but paid {paid}")


def _take(db: AirlineDB, user_id: str, payment: Payment) -> None:
    """Pay; A-5: a certificate is gone, A-6: and cannot be found a second time."""
    user = db.users[user_id]
    method = user.payment_methods[payment.payment_id]
    if isinstance(method, GiftCard):
        put_method(db, user_id, method.replace(amount=method.amount - payment.amount))
    elif isinstance(method, Certificate):
        left = {key: value for key, value in user.payment_methods.items() if key != method.id}
        db.users.put(user_id, user.replace(payment_methods=left))


def _take_seats(db: AirlineDB, taken: ReservationFlight, cabin: str, number: int) -> None:
    flight = db.flights[taken.flight_number]
    status = flight.dates[taken.date]
    if isinstance(status, Available):
        seats = status.available_seats
        seats = seats.replace(**{cabin: dict(seats)[cabin] - number})
        dates = {**flight.dates, taken.date: status.replace(available_seats=seats)}
        db.flights.put(flight.flight_number, flight.replace(dates=dates))


def cancel_reservation(db: AirlineDB, reservation_id: Any) -> Reservation:
    """Cancel; A-8: nothing is given back but in the history, A-9: as often as one likes."""
    reservation = find(db.reservations, reservation_id, "Reservation")
    history = reservation.payment_history
    refunds = [payment.replace(amount=-payment.amount) for payment in history]
    cancelled = assigned(reservation, status="cancelled", payment_history=(*history, *refunds))
    return db.reservations.put(reservation_id, cancelled)


def get_reservation_details(db: AirlineDB, reservation_id: Any) -> Reservation:
    """Return a reservation."""
    return find(db.reservations, reservation_id, "Reservation")


def get_user_details(db: AirlineDB, user_id: Any) -> User:
    """Return a user."""
    return find(db.users, user_id, "User")


def list_all_airports(db: AirlineDB) -> str:
    """Return the codes and cities of all airports."""
    return tools.list_all_airports(db)


def search_direct_flight(
    db: AirlineDB, origin: Any, destination: Any, date: Any
) -> list[dict[str, JSON]]:
    """Return the flights between two airports that can be booked on a date."""
    found = _bookable_flights(db, date, origin, destination)
    return [_listed(flight, status, None) for flight, status in found]


def search_onestop_flight(
    db: AirlineDB, origin: Any, destination: Any, date: Any
) -> list[list[dict[str, JSON]]]:
    """Return pairs of flights; A-3: the next day is a string that is wrong for some dates."""
    pairs = []
    for first, status in _bookable_flights(db, date, origin):
        arrival = first.scheduled_arrival_time_est
        day = f"2024-05-{int(date[-2:]) + 1}" if "+1" in arrival else date
        onward = _bookable_flights(db, day, first.destination, destination, arrival)
        pairs += [
            [_listed(first, status, date), _listed(second, seconds_status, day)]
            for second, seconds_status in onward
        ]
    return pairs


def _bookable_flights(
    db: AirlineDB,
    date: Any,
    origin: Any = None,
    destination: Any = None,
    leave_after: str | None = None,
) -> Iterator[tuple[Flight, Available]]:
    """Yield the flights that can be booked on a date; an end that is None may be any airport."""
    for flight in db.flights.values():
        if (
            (origin is None or flight.origin == origin)
            and (destination is None or flight.destination == destination)
            and isinstance(status := flight.dates.get(date), Available)
            and (leave_after is None or flight.scheduled_departure_time_est >= leave_after)
        ):
            yield flight, status


def _listed(flight: Flight, status: Available, date: str | None) -> dict[str, Any]:
    return {
        "flight_number": flight.flight_number,
        "origin": flight.origin,
        "destination": flight.destination,
        "status": "available",
        "scheduled_departure_time_est": flight.scheduled_departure_time_est,
        "scheduled_arrival_time_est": flight.scheduled_arrival_time_est,
        "date": date,
        "available_seats": status.available_seats,
        "prices": status.prices,
    }


def send_certificate(db: AirlineDB, user_id: Any, amount: Any) -> str:
    """Give a user a certificate, of whatever amount; three at most."""
    user = find(db.users, user_id, "User")
    certificate_id = _first_free(CERTIFICATE_IDS, user.payment_methods, "certificates")
    put_method(db, user_id, Certificate(source="certificate", id=certificate_id, amount=amount))
    return f"Certificate {certificate_id} added to user {user_id} with amount {amount}."


def transfer_to_human_agents(db: AirlineDB, summary: Any) -> str:
    """Hand over; the summary is not looked at."""
    return "Transfer successful"


def update_payment(db: AirlineDB, user_id: str, payment_id: Any, price: Any) -> list[Payment]:
    """Pay for an update; A-1: whatever the price, A-2: a gift card pays before the entry fails."""
    method = find(db.users, user_id, "User").payment_methods.get(payment_id)
    if method is None:
        raise ToolError("Payment method not found")
    if isinstance(method, Certificate):
        raise ToolError("Certificate cannot be used to update reservation")
    if isinstance(method, GiftCard):
        if method.amount < price:
            raise ToolError("Gift card balance is not enough")
        put_method(db, user_id, method.replace(amount=method.amount - price))
    return [Payment(payment_id=payment_id, amount=price)] if price != 0 else []


def update_reservation_baggages(
    db: AirlineDB,
    reservation_id: Any,
    total_baggages: Any,
    nonfree_baggages: Any,
    payment_id: Any,
) -> Reservation:
    """Change the numbers of bags; A-10: into any."""
    reservation = find(db.reservations, reservation_id, "Reservation")
    find(db.users, reservation.user_id, "User")
    price = BAG_PRICE * max(0, nonfree_baggages - reservation.nonfree_baggages)
    payments = update_payment(db, reservation.user_id, payment_id, price)
    updated = assigned(
        reservation,
        total_baggages=total_baggages,
        nonfree_baggages=nonfree_baggages,
        payment_history=(*reservation.payment_history, *payments),
    )
    return db.reservations.put(reservation_id, updated)


def update_reservation_flights(
    db: AirlineDB, reservation_id: Any, cabin: Any, flights: Any, payment_id: Any
) -> Reservation:
    """Change the flights; A-11: no seat is taken or released, A-13: none at all will do."""
    flights = records(Wanted, flights)
    reservation = find(db.reservations, reservation_id, "Reservation")
    find(db.users, reservation.user_id, "User")
    seats = len(reservation.passengers)
    new = [
        _kept(reservation, each, cabin) or bookable(db, each.flight_number, each.date, cabin, seats)
        for each in flights
    ]
    price = sum(flight.price for flight in new) * seats
    price -= sum(flight.price for flight in reservation.flights) * seats
    payments = update_payment(db, reservation.user_id, payment_id, price)
    updated = assigned(
        reservation,
        flights=tuple(new),
        cabin=cabin,
        payment_history=(*reservation.payment_history, *payments),
    )
    return db.reservations.put(reservation_id, updated)


def _kept(reservation: Reservation, wanted: Any, cabin: Any) -> ReservationFlight | None:
    for flight in reservation.flights:
        if (
            flight.flight_number == wanted.flight_number
            and flight.date == wanted.date
            and cabin == reservation.cabin
        ):
            return flight
    return None


def update_reservation_passengers(
    db: AirlineDB, reservation_id: Any, passengers: Any
) -> Reservation:
    """Change who flies."""
    passengers = records(Passenger, passengers)
    reservation = find(db.reservations, reservation_id, "Reservation")
    if len(passengers) != len(reservation.passengers):
        raise ToolError("Number of passengers does not match")
    return db.reservations.put(reservation_id, assigned(reservation, passengers=passengers))


def get_flight_status(db: AirlineDB, flight_number: Any, date: Any) -> str:
    """Return the status of a flight on a date."""
    return find_on_date(db, flight_number, date)[1].status


def _load(folder: Path) -> AirlineDB:
    path = folder / "db.json"
    return AirlineDB.load(read_json(path), str(path))


_TOOLS: tuple[Callable[..., Any], ...] = (
    book_reservation,
    calculate,
    cancel_reservation,
    get_reservation_details,
    get_user_details,
    list_all_airports,
    search_direct_flight,
    search_onestop_flight,
    send_certificate,
    transfer_to_human_agents,
    update_reservation_baggages,
    update_reservation_flights,
    update_reservation_passengers,
    get_flight_status,
)

COMPAT: Compat[AirlineDB] = Compat(
    load=_load,
    tools={"assistant": {tool.__name__: as_method("AirlineTools", tool) for tool in _TOOLS}},
)
