"""Facts and requests in words: sentences of the grammar around noun phrases."""

from writ_gym.database import JSON
from writ_gym.domains.airline.texts.asking import OUTSIDE
from writ_gym.domains.airline.texts.nouns import Nouns, counted, money
from writ_gym.domains.airline.texts.words import CABINS, CLAIMS, TOPICS
from writ_gym.domains.airline.wishes import (
    BAGS,
    CABIN,
    CLAIM,
    CONDITION,
    FIGURE,
    JOURNEY,
    NEW_PASSENGERS,
    PASSENGERS,
    RESERVATION,
    SINGLE,
    SPLIT,
    TRIP,
    BagsEach,
    BagsInAll,
    BagsOf,
    Belief,
    Corrected,
    EveryReservation,
    Fares,
    Limit,
    MoreBags,
    OtherNumber,
    Person,
    SameAs,
    Travellers,
)
from writ_gym.meaning.queries import parse
from writ_gym.phrasing.grammar import joined


class Sentences(Nouns):
    """Puts facts into words; a ``tell`` method for every slot."""

    def tell_name(self, value: JSON) -> str:
        """Say who it is."""
        return self.say("name", name=f"{value['first']} {value['last']}")

    def tell_user_id(self, value: JSON) -> str:
        """Say the user id."""
        return self.say("user_id", id=value)

    def tell_reservation(self, value: JSON) -> str:
        """Say which reservation, or which reservations, are meant."""
        reference = parse(RESERVATION, value)
        if isinstance(reference, EveryReservation):
            return self.say("every", reservations=self.phrase("every", of=self.of(reference)))
        return self.say("reservation", reservation=self.reservation(reference))

    def tell_trip(self, value: JSON) -> str:
        """Say which flights are wanted, there and back."""
        trip = parse(TRIP, value)
        books = self._intent == "book"
        parts = []
        if trip.there:
            parts.append(
                self.say("there" if books else "new_there", journey=self.journey(trip.there))
            )
        if trip.back:
            parts.append(self.say("back", journey=self.journey(trip.back)))
        elif books:
            parts.append(self.say("one_way"))
        return " ".join(parts)

    def tell_journey(self, value: JSON) -> str:
        """Say which flights a question is about."""
        return self.say("there", journey=self.journey(parse(JOURNEY, value)))

    def tell_cabin(self, value: JSON) -> str:
        """Say which cabin is wanted, or which else."""
        wish = parse(CABIN, value)
        first, *rest = [CABINS[each] for each in wish.cabins]
        if wish.fare is not None:
            fare = f"{money(wish.fare)} per person"
            return self.say("cabin", cabin=self.phrase("known_cabin", cabin=first, fare=fare))
        more = [f"{self.choose(('or else', 'otherwise'))} {each}" for each in rest]
        return self.say("cabin", cabin=", ".join([first, *more]))

    def tell_passengers(self, value: JSON) -> str:
        """Say who travels."""
        if self._intent == "book":
            party = parse(PASSENGERS, value)
            if isinstance(party, Travellers):
                return self.say("party", people=joined([self.person(p) for p in party.people]))
            return self.say("same_people", people=self.same(party))
        wish = parse(NEW_PASSENGERS, value)
        if isinstance(wish, SameAs):
            return self.say("same_people", people=self.same(wish))
        if isinstance(wish, OtherNumber):
            return self.say(f"other_{wish.change}", people=joined(wish.people))
        return " ".join(self._swap(name, swap) for name, swap in wish.swaps.items())

    def _swap(self, name: str, swap: Person | Corrected) -> str:
        if not isinstance(swap, Corrected):
            return self.say("swap", name=name, person=self.person(swap))
        nouns = {"first_name": "first name", "last_name": "last name", "dob": "date of birth"}
        data = [f"the {nouns[k]} is {v}" for k, v in swap.model_dump(exclude_none=True).items()]
        return self.say("correct", name=name, data=joined(data))

    def tell_bags(self, value: JSON) -> str:
        """Say how many bags are wanted."""
        bags = "as many checked bags as are free of charge"
        match parse(BAGS, value):
            case MoreBags(more=more):
                bags = f"{counted(more, 'more checked bag')}"
            case BagsInAll(in_all=0):
                bags = "no checked bags at all"
            case BagsInAll(in_all=number):
                bags = f"{counted(number, 'checked bag')} in all"
            case BagsEach(each=number):
                bags = f"{counted(number, 'checked bag')} for each passenger"
            case BagsOf(bags_of=other):
                bags = f"as many checked bags as on {self.reservation(other)}"
        return self.say("bags", bags=bags)

    def tell_insurance(self, value: JSON) -> str:
        """Say whether insurance is wanted."""
        return self.say(f"insurance_{value}")

    def tell_payment(self, value: JSON) -> str:
        """Say which method, or which methods, are to be used."""
        if self._intent != "book":
            return self.say("payment", method=self.method(parse(SINGLE, value)))
        methods = [self.method(each) for each in parse(SPLIT, value).split]
        if len(methods) == 1:
            return self.say("split", methods=methods[0])
        first, *rest = methods
        then = [f"then {each} for what is left" for each in rest]
        return self.say("split", methods=", ".join([f"first {first} as far as it goes", *then]))

    def tell_reason(self, value: JSON) -> str:
        """Say why something is to be cancelled."""
        return self.say(f"reason_{value}")

    def tell_condition(self, value: JSON) -> str:
        """Say what must hold for the request to be carried out."""
        condition = parse(CONDITION, value)
        if isinstance(condition, Limit):
            most = self.choose(("at most", "no more than", "up to"))
            return self.say("limit", amount=f"{most} {money(condition.at_most)}")
        if isinstance(condition, Belief):
            return self.say("belief", claim=self.belief(condition))
        if isinstance(condition, Fares):
            more = "more than" if condition.test == "over" else "less than"
            test = f"is {more} {money(condition.value)}"
            return self.say("condition", figure=self.fares(condition), test=test)
        more = "more than" if condition.test == "over" else "less than"
        shown = money(condition.value) if condition.figure == "total" else f"{condition.value:g}"
        comma = "," if condition.reservations.where else ""  # else it reads as part of the last one
        figure = f"{self.figure(condition)}{comma}"
        return self.say("condition", figure=figure, test=f"is {more} {shown}")

    def tell_figure(self, value: JSON) -> str:
        """Say which figure is asked for."""
        return self.say("figure", figure=self.figure(parse(FIGURE, value)))

    def tell_claim(self, value: JSON) -> str:
        """Say what became of a flight."""
        claim = parse(CLAIM, value)
        flight = f"flight {claim.flight}" if claim.flight else "one of the flights"
        return self.say("claim", flight=flight, what=self.choose(CLAIMS[claim.what]))

    def tell_topic(self, value: JSON) -> str:
        """Say what is asked."""
        return self.say("topic", topic=self.choose(TOPICS[value]))

    def tell_matter(self, value: JSON) -> str:
        """Say what is wanted that the agent cannot do."""
        return self.say("matter", matter=OUTSIDE[value])
