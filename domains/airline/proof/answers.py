"""What each intent that asks for something to be told comes to."""

from writ_gym.domains.airline.proof.actions import one_reservation
from writ_gym.domains.airline.proof.flights import Direction, fitting, meant
from writ_gym.domains.airline.proof.people import free_bags
from writ_gym.domains.airline.proof.references import Case, reservation_attribute
from writ_gym.domains.airline.proof.searching import status_of
from writ_gym.domains.airline.schema import Cabin
from writ_gym.domains.airline.wishes import CABIN, FIGURE, JOURNEY
from writ_gym.meaning.brute_force import TEXT, ForbiddenError, Values, parsed, unclear
from writ_gym.meaning.proofs import Meaning


def about_reservation(case: Case, values: Values) -> Meaning:
    """Tell what a reservation is like, or the status of its first flight."""
    reservation = one_reservation(case, values, may_be_cancelled=True)
    topic = parsed(TEXT, values["topic"])
    match topic:
        case "total" | "passengers" | "bags" | "departure":
            told = reservation_attribute(reservation, topic)
            return Meaning(tells=(told,) if not isinstance(told, tuple) else told)
        case "cabin":
            return Meaning(tells=(reservation.cabin.replace("_", " "),))
        case "flight_status" if reservation.flights:
            first = reservation.flights[0]
            return Meaning(tells=(status_of(case.db, first.flight_number, first.date).status,))
    return unclear(f"A reservation has no {topic}.")


def about_reservations(case: Case, values: Values) -> Meaning:
    """Tell the number of some reservations, or the sum of an attribute."""
    return Meaning(tells=(case.figure(parsed(FIGURE, values["figure"])),))


def about_allowance(case: Case, values: Values) -> Meaning:
    """Tell how many bags are free of charge in a reservation."""
    reservation = one_reservation(case, values, may_be_cancelled=True)
    return Meaning(tells=(float(free_bags(case, reservation.cabin, len(reservation.passengers))),))


def asked_for(values: Values) -> tuple[Direction, Cabin]:
    """Return the flights that are asked for, and their cabin."""
    journey = parsed(JOURNEY, values["journey"])
    cabins = parsed(CABIN, values["cabin"])
    if len(cabins.cabins) != 1 or cabins.fare is not None:
        unclear("One cabin has to be meant.")
    if not journey.origins or not journey.destinations:
        unclear("Where the flights begin and end is not said.")
    direction = Direction("journey", journey, journey.origins, journey.destinations, 1)
    return direction, cabins.cabins[0]


def about_flights(case: Case, values: Values) -> Meaning:
    """Tell what the flights that are meant are like, or how many there are."""
    direction, cabin = asked_for(values)
    topic = parsed(TEXT, values["topic"])
    if topic == "count":
        return Meaning(tells=(float(len(fitting(case, direction, cabin))),))
    legs = meant(case, direction, cabin)
    if legs is None:
        raise ForbiddenError("no_flights", direction.destinations[0])
    name = "flight" if topic == "flights" else topic
    if name not in ("price", "leaves", "lands", "duration", "flight"):
        unclear(f"Flights have no {topic}.")
    told = legs.attribute(name, cabin)
    return Meaning(tells=told if isinstance(told, tuple) else (told,))
