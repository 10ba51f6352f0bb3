"""Airline tools: what the agent may call. They enforce what the database must, not policy.md."""

import json

from pydantic import Field

from writ_gym.arithmetic import calculate as compute
from writ_gym.database import Record
from writ_gym.domains.airline.bookkeeping import (
    find,
    find_active,
    find_on_date,
    move_seats,
    new_certificate_id,
    new_reservation_id,
    offered,
    pay,
    put_method,
    refunds_of,
    require_bags,
    require_payments,
    require_people,
    require_trip,
    update_payment,
)
from writ_gym.domains.airline.schema import (
    BAG_PRICE,
    INSURANCE_PRICE,
    MOST_PASSENGERS,
    NOW,
    AirlineDB,
    Cabin,
    Certificate,
    FlightType,
    Insurance,
    Passenger,
    Payment,
    Reservation,
    User,
)
from writ_gym.domains.airline.timetable import AIRPORTS, Listing, direct, one_stop
from writ_gym.errors import ToolError
from writ_gym.tools import ToolSet

TOOLS: ToolSet[AirlineDB] = ToolSet("writ_gym.domains.airline.tools:TOOLS")


class FlightOnDate(Record):
    """A flight to take."""

    flight_number: str = Field(description='Such as "HAT001".')
    date: str = Field(description="Date of departure, YYYY-MM-DD.")


class Share(Record):
    """What one payment method pays."""

    payment_id: str = Field(description="Id of a payment method in the user's profile.")
    amount: int = Field(description="Whole US dollars.")


@TOOLS.write
def book_reservation(
    db: AirlineDB,
    user_id: str,
    origin: str,
    destination: str,
    flight_type: FlightType,
    cabin: Cabin,
    flights: list[FlightOnDate],
    passengers: list[Passenger],
    payment_methods: list[Share],
    total_baggages: int,
    nonfree_baggages: int,
    insurance: Insurance,
) -> Reservation:
    """Book a reservation.

    State all details to the user and get an explicit yes before. The amounts of the payment
    methods have to add up to the fares of all passengers, 30 dollars for each passenger with
    insurance, and 50 dollars for each bag that is not free.

    Args:
        user_id: User id, such as "first_last_0000".
        origin: Airport code of where the trip begins, such as "SFO".
        destination: Airport code of where the trip goes, such as "JFK".
        flight_type: Whether the flights lead back to the origin.
        cabin: Cabin of all flights and passengers.
        flights: All flights in their order, those of the way back included.
        passengers: Who flies, with dates of birth as YYYY-MM-DD.
        payment_methods: What pays, each method once; a certificate is used up as a whole.
        total_baggages: Number of checked bags of all passengers.
        nonfree_baggages: How many of them are not free.
        insurance: Whether travel insurance is taken out.
    """
    user = find(db.users, user_id, "User")
    if not 1 <= len(passengers) <= MOST_PASSENGERS:
        raise ToolError(f"A reservation is for 1 to {MOST_PASSENGERS} passengers")
    require_people(passengers)
    require_bags(total_baggages, nonfree_baggages)
    taken = [
        offered(db, flight.flight_number, flight.date, cabin, len(passengers)) for flight in flights
    ]
    require_trip(db, taken, origin, destination, flight_type)
    total = sum(flight.price for flight in taken) * len(passengers)
    total += INSURANCE_PRICE * len(passengers) if insurance == "yes" else 0
    payments = [Payment(payment_id=each.payment_id, amount=each.amount) for each in payment_methods]
    require_payments(user, payments, total + BAG_PRICE * nonfree_baggages)
    reservation_id = new_reservation_id(db)
    for payment in payments:
        pay(db, user_id, payment)
    move_seats(db, taken, cabin, -len(passengers))
    user = db.users[user_id]
    db.users.put(user_id, user.replace(reservations=(*user.reservations, reservation_id)))
    reservation = Reservation(
        reservation_id=reservation_id,
        user_id=user_id,
        origin=origin,
        destination=destination,
        flight_type=flight_type,
        cabin=cabin,
        flights=tuple(taken),
        passengers=tuple(passengers),
        payment_history=tuple(payments),
        created_at=NOW,
        total_baggages=total_baggages,
        nonfree_baggages=nonfree_baggages,
        insurance=insurance,
    )
    return db.reservations.put(reservation_id, reservation)


@TOOLS.generic
def calculate(db: AirlineDB, expression: str) -> str:
    """Calculate the result of an arithmetic expression, rounded to two decimals.

    Args:
        expression: Numbers, the operators + - * / and parentheses, such as "(12.5 + 3) * 2".
    """
    return compute(expression)


@TOOLS.write
def cancel_reservation(db: AirlineDB, reservation_id: str) -> Reservation:
    """Cancel a whole reservation and refund it to the methods that it was paid with.

    State the details to the user and get an explicit yes before. Gift cards and certificates are
    refunded at once, credit cards within 5 to 7 business days.

    Args:
        reservation_id: Reservation id, such as "ABC123".
    """
    reservation = find_active(db, reservation_id)
    refunds = refunds_of(reservation.payment_history)
    for refund in refunds:
        pay(db, reservation.user_id, refund)
    move_seats(db, reservation.flights, reservation.cabin, len(reservation.passengers))
    history = (*reservation.payment_history, *refunds)
    cancelled = reservation.replace(status="cancelled", payment_history=history)
    return db.reservations.put(reservation_id, cancelled)


@TOOLS.read
def get_reservation_details(db: AirlineDB, reservation_id: str) -> Reservation:
    """Get a reservation: flights, cabin, passengers, bags, insurance, status and payments.

    Args:
        reservation_id: Reservation id, such as "ABC123".
    """
    return find(db.reservations, reservation_id, "Reservation")


@TOOLS.read
def get_user_details(db: AirlineDB, user_id: str) -> User:
    """Get a user: name, membership, payment methods, saved passengers and reservation ids.

    Args:
        user_id: User id, such as "first_last_0000".
    """
    return find(db.users, user_id, "User")


@TOOLS.read
def list_all_airports(db: AirlineDB) -> str:
    """List the codes and cities of all airports."""
    return json.dumps([{"iata": code, "city": city} for code, city in AIRPORTS.items()])


@TOOLS.read
def search_direct_flight(db: AirlineDB, origin: str, destination: str, date: str) -> Listing:
    """Search the direct flights between two airports that can be booked on a date.

    Args:
        origin: Airport code of where the flight begins, such as "SFO".
        destination: Airport code of where it ends, such as "JFK".
        date: Date of departure, YYYY-MM-DD.
    """
    return direct(db, origin, destination, date)


@TOOLS.read
def search_onestop_flight(db: AirlineDB, origin: str, destination: str, date: str) -> Listing:
    """Search pairs of flights that can be booked and lead from one airport to another.

    The second flight leaves at least 30 minutes after the first has arrived, on the same day;
    a "+1" after a time means the next day.

    Args:
        origin: Airport code of where the first flight begins, such as "SFO".
        destination: Airport code of where the second flight ends, such as "JFK".
        date: Date of departure of the first flight, YYYY-MM-DD.
    """
    return one_stop(db, origin, destination, date)


@TOOLS.write
def send_certificate(db: AirlineDB, user_id: str, amount: int) -> str:
    """Send a travel certificate to a user, as a compensation.

    Args:
        user_id: User id, such as "first_last_0000".
        amount: Value of the certificate in US dollars.
    """
    user = find(db.users, user_id, "User")
    if amount <= 0:
        raise ToolError("The amount of a certificate must be above 0")
    certificate_id = new_certificate_id(db, user)
    certificate = Certificate(source="certificate", id=certificate_id, amount=float(amount))
    put_method(db, user_id, certificate)
    return f"Certificate {certificate_id} added to user {user_id} with amount {amount}."


@TOOLS.generic
def transfer_to_human_agents(db: AirlineDB, summary: str) -> str:
    """Hand the user over to a human agent; only if the request is outside what you can do.

    Args:
        summary: What the user wants and what was done so far.
    """
    return "Transfer successful"


@TOOLS.write
def update_reservation_baggages(
    db: AirlineDB,
    reservation_id: str,
    total_baggages: int,
    nonfree_baggages: int,
    payment_id: str,
) -> Reservation:
    """Change the number of checked bags of a reservation.

    State the details to the user and get an explicit yes before. Each bag that is not free and
    was not there before costs 50 dollars; fewer bags are not refunded.

    Args:
        reservation_id: Reservation id, such as "ABC123".
        total_baggages: Number of checked bags afterwards.
        nonfree_baggages: How many of them are not free.
        payment_id: Id of a credit card or gift card from the user's profile.
    """
    reservation = find_active(db, reservation_id)
    require_bags(total_baggages, nonfree_baggages)
    price = BAG_PRICE * max(0, nonfree_baggages - reservation.nonfree_baggages)
    payments = update_payment(db, reservation.user_id, payment_id, price)
    updated = reservation.replace(
        total_baggages=total_baggages,
        nonfree_baggages=nonfree_baggages,
        payment_history=(*reservation.payment_history, *payments),
    )
    return db.reservations.put(reservation_id, updated)


@TOOLS.write
def update_reservation_flights(
    db: AirlineDB,
    reservation_id: str,
    cabin: Cabin,
    flights: list[FlightOnDate],
    payment_id: str,
) -> Reservation:
    """Change the flights of a reservation, its cabin, or both.

    State the details to the user and get an explicit yes before. A flight that stays keeps its
    fare unless the cabin changes; all others are at the fares of today.

    Args:
        reservation_id: Reservation id, such as "ABC123".
        cabin: Cabin of all flights afterwards.
        flights: All flights of the trip afterwards, those that stay included.
        payment_id: Id of a credit card or gift card that pays or receives the difference.
    """
    reservation = find_active(db, reservation_id)
    passengers = len(reservation.passengers)
    own = {(flight.flight_number, flight.date): flight for flight in reservation.flights}
    staying = own if cabin == reservation.cabin else {}
    wanted = [(flight.flight_number, flight.date) for flight in flights]
    new = [staying.get(each) or offered(db, *each, cabin, passengers) for each in wanted]
    if wanted != list(own):
        require_trip(db, new, reservation.origin, reservation.destination, reservation.flight_type)
    difference = sum(flight.price for flight in new)
    difference -= sum(flight.price for flight in reservation.flights)
    payments = update_payment(db, reservation.user_id, payment_id, difference * passengers)
    gone = [flight for flight in reservation.flights if flight not in new or not staying]
    added = [flight for flight in new if flight not in staying.values()]
    move_seats(db, gone, reservation.cabin, passengers)
    move_seats(db, added, cabin, -passengers)
    updated = reservation.replace(
        cabin=cabin,
        flights=tuple(new),
        payment_history=(*reservation.payment_history, *payments),
    )
    return db.reservations.put(reservation_id, updated)


@TOOLS.write
def update_reservation_passengers(
    db: AirlineDB, reservation_id: str, passengers: list[Passenger]
) -> Reservation:
    """Change who flies in a reservation; the number of passengers stays.

    State the details to the user and get an explicit yes before.

    Args:
        reservation_id: Reservation id, such as "ABC123".
        passengers: All passengers afterwards, with dates of birth as YYYY-MM-DD.
    """
    reservation = find_active(db, reservation_id)
    if len(passengers) != len(reservation.passengers):
        raise ToolError("Number of passengers does not match")
    require_people(passengers)
    return db.reservations.put(reservation_id, reservation.replace(passengers=tuple(passengers)))


@TOOLS.read
def get_flight_status(db: AirlineDB, flight_number: str, date: str) -> str:
    """Get the status of a flight on a date, such as "available", "delayed" or "landed".

    Args:
        flight_number: Flight number, such as "HAT001".
        date: Date of departure, YYYY-MM-DD.
    """
    return find_on_date(db, flight_number, date)[1].status
