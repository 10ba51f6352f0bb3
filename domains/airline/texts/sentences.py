"""Facts and requests in words: noun phrases for what is meant, in sentences of the grammar."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.airline.texts.phrases import ASK, FRAGMENTS, OUTSIDE, STATE
from writ_gym.domains.airline.texts.words import (
    CABINS,
    CLAIMS,
    EXTREMES,
    FIGURES,
    KINDS,
    RANKS,
    STOPS,
    TESTS,
    TOPICS,
    day_of,
    days_apart,
    hours,
)
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
    ByBalance,
    Corrected,
    DaysFrom,
    EveryReservation,
    Figure,
    FirstCovering,
    Guard,
    Journey,
    Limit,
    LookedUp,
    Me,
    MethodById,
    MoreBags,
    OfKind,
    Original,
    OtherNumber,
    PaidFor,
    Person,
    ReservationBeside,
    ReservationById,
    ReservationReference,
    Reservations,
    SameAs,
    Saved,
    Single,
    Stated,
    Travellers,
)
from writ_gym.grammar import Grammar, Style, joined
from writ_gym.queries import Condition

Rng: TypeAlias = np.random.Generator

GRAMMAR = Grammar({**{f"ask_{name}": rule for name, rule in ASK.items()}, **STATE}, FRAGMENTS)


def money(amount: float) -> str:
    """Return an amount in US dollars as users say it."""
    return f"${amount:,.0f}" if float(amount).is_integer() else f"${amount:,.2f}"


def counted(number: float, noun: str) -> str:
    """Return a number of things, such as "1 passenger" or "2 passengers"."""
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def ask(intent: str, rng: Rng, style: Style, values: Mapping[str, JSON]) -> str:
    """Return how the user asks for something.

    Args:
        intent: The intent.
        rng: The random generator.
        style: How the user talks.
        values: The facts' values by slot.
    """
    return GRAMMAR.say(f"ask_{intent}", rng, style)


def state(intent: str, slot: str, value: JSON, rng: Rng, style: Style) -> str:
    """Return what the user says to state a fact.

    Args:
        intent: The intent that it belongs to; empty for a fact about the user.
        slot: The fact's slot.
        value: Its value, in the language of ``wishes``.
        rng: The random generator.
        style: How the user talks.
    """
    say = Speaker(rng, style, intent)
    teller = getattr(say, f"tell_{slot}")
    text: str = teller(value)
    return text


class Speaker:
    """Puts values into words; a ``tell`` method for every slot."""

    def __init__(self, rng: Rng, style: Style, intent: str) -> None:
        self._rng = rng
        self._style = style
        self._intent = intent

    def _say(self, rule: str, **values: str) -> str:
        return GRAMMAR.say(rule, self._rng, self._style, **values)

    def _phrase(self, rule: str, **values: str) -> str:
        return GRAMMAR.phrase(rule, self._rng, **values)

    def _choose(self, options: Sequence[str]) -> str:
        return options[int(self._rng.random() * len(options))]

    def tell_name(self, value: JSON) -> str:
        """Say who it is."""
        return self._say("name", name=f"{value['first']} {value['last']}")

    def tell_user_id(self, value: JSON) -> str:
        """Say the user id."""
        return self._say("user_id", id=value)

    def tell_reservation(self, value: JSON) -> str:
        """Say which reservation, or which reservations, are meant."""
        reference = RESERVATION.validate_python(value)
        if isinstance(reference, EveryReservation):
            return self._say("every", reservations=self._phrase("every", of=self._of(reference)))
        return self._say("reservation", reservation=self.reservation(reference))

    def reservation(self, reference: ReservationReference) -> str:
        """Return a noun phrase for a reservation."""
        if isinstance(reference, ReservationById):
            return self._phrase("id", id=reference.id)
        if isinstance(reference, ReservationBeside):
            side = "before" if reference.step < 0 else "after"
            other = self.reservation(reference.beside)
            return self._phrase(f"beside_{reference.order}", side=side, other=other)
        if reference.by is None:
            of = self._scope(reference, alone=not reference.where)
            return self._phrase("only", of=of + self._that(reference.where, 1))
        best = self._best(reference.by, reference.extreme, reference.rank)
        return self._phrase("with", super=best, of=self._of(reference))

    def _best(self, by: str, extreme: str, rank: int) -> str:
        return RANKS[rank] + self._choose(EXTREMES[by, extreme])

    def _of(self, meant: Reservations) -> str:
        """Return of which reservations: "of all my reservations that cost over $300"."""
        return self._scope(meant, alone=not meant.where) + self._that(meant.where, 2)

    def _scope(self, meant: Reservations, *, alone: bool) -> str:
        if meant.scope == "all":
            return self._phrase("all")
        return self._phrase("named" if alone else "those", ids=joined(meant.scope))

    def _that(self, where: Sequence[Condition], number: int) -> str:
        """Return conditions as a clause about one reservation (1) or several (2)."""
        if not where:
            return ""
        # A negation comes last, where it cannot be taken to cover what follows.
        ordered = sorted(where, key=lambda condition: condition.test in ("is_not", "lacks"))
        return f" that {joined([self._verb(each, number) for each in ordered])}"

    def _verb(self, condition: Condition, number: int) -> str:
        """Return what a reservation does that keeps a condition."""
        value, one = condition.value, number == 1
        not_ = condition.test in ("is_not", "lacks")
        be = ("is" if one else "are") + (" not" if not_ else "")
        have = "has" if one else "have"
        do_not = "does not" if one else "do not"
        match condition.attribute:
            case "origin":
                goes = f"{do_not} depart" if not_ else f"depart{'s' if one else ''}"
                return f"{goes} from {value}"
            case "destination":
                goes = f"{do_not} go" if not_ else ("goes" if one else "go")
                return f"{goes} to {value}"
            case "cabin" | "trip":
                kind = str(value).replace("_", "-")
                trips = f"a {kind} trip" if one else f"{kind} trips"
                cabin = f"in {CABINS.get(str(value))}"
                return f"{be} {trips if condition.attribute == 'trip' else cabin}"
            case "insurance":
                with_ = (value == "yes") is not not_
                return f"{have} {'' if with_ else 'no '}travel insurance"
            case "status":
                gone = (value == "cancelled") is not not_
                return f"{'was' if one else 'were'} {'' if gone else 'not '}cancelled"
            case "passengers" | "bags":
                noun = "passenger" if condition.attribute == "passengers" else "checked bag"
                more = "more" if condition.test == "over" else "fewer"
                return f"{have} {more} than {counted(float(value), noun)}"
            case "total":
                more = self._choose(TESTS[condition.test][:2])
                return f"{'costs' if one else 'cost'} {more} {money(float(value))}"
            case "departure":
                side = "after" if condition.test == "over" else "before"
                return f"depart{'s' if one else ''} {side} {self._day(str(value))}"
            case "flight":
                verb = f"{do_not} include" if not_ else f"include{'s' if one else ''}"
                return f"{verb} flight {value}"
            case _:
                verb = f"{do_not} have" if not_ else have
                return f"{verb} {value} as a passenger"

    def _day(self, iso: str) -> str:
        return self._choose(day_of(iso)[:2])

    def tell_trip(self, value: JSON) -> str:
        """Say which flights are wanted, there and back."""
        trip = TRIP.validate_python(value)
        books = self._intent == "book"
        parts = []
        if trip.there:
            parts.append(
                self._say("there" if books else "new_there", journey=self.journey(trip.there))
            )
        if trip.back:
            parts.append(self._say("back", journey=self.journey(trip.back)))
        elif books:
            parts.append(self._say("one_way"))
        return " ".join(parts)

    def tell_journey(self, value: JSON) -> str:
        """Say which flights a question is about."""
        return self._say("there", journey=self.journey(JOURNEY.validate_python(value)))

    def journey(self, journey: Journey | LookedUp) -> str:
        """Return where, when and how, as an adverbial."""
        if isinstance(journey, LookedUp):
            shape = int(self._rng.random() * 2)
            flights = [f"{f.flight_number} on {day_of(f.date)[shape]}" for f in journey.flights]
            route = f"from {journey.ends[0]} to {journey.ends[1]} " if journey.ends else ""
            fare = f"{money(journey.fare)} per person"
            return self._phrase("looked_up", route=route, flights=joined(flights), fare=fare)
        route = ""
        if journey.origins:
            route = f"from {joined(journey.origins, 'or')} "
        if journey.destinations:
            route += f"to {joined(journey.destinations, 'or')} "
        kind = self._choose(STOPS[journey.stops])
        if journey.stops == "any":
            kind = f"{self._choose(('flights', 'connections'))} ({kind})"
        return self._phrase(
            "journey", route=route, when=self._when(journey.dates), kind=kind,
            pick=self._pick(journey),
        )  # fmt: skip

    def _when(self, dates: DaysFrom | Sequence[str]) -> str:
        if not isinstance(dates, DaysFrom):
            shape = int(self._rng.random() * 2)
            return f"on {joined([day_of(each)[shape] for each in dates], 'or')}"
        apart = joined([days_apart(each) for each in dates.days], "or")
        if dates.trip is not None:
            edge = "first" if dates.edge == "start" else "last"
            anchor = f"the date of the {edge} flight of {self.reservation(dates.trip)}"
        elif self._intent == "book":
            anchor = "the way there"
        else:
            anchor = self._choose(("the date that it has now", "the current date"))
        on = "on" if dates.days[0] == 0 else "on the date"
        return f"{on} {apart} {anchor}"

    def _pick(self, journey: Journey) -> str:
        alone = journey.by is None
        that = ""
        if journey.where:
            ordered = sorted(journey.where, key=lambda c: c.test in ("is_not", "lacks"))
            that = f" that {joined([self._does(each, alone) for each in ordered])}"
        if journey.by is None:
            return f"one{that}"
        best = self._best(journey.by, journey.extreme, journey.rank)
        return f"one with the {best} among those{that}" if that else f"one with the {best}"

    def _does(self, condition: Condition, one: bool) -> str:
        """Return what flights do, or one does, that keep a condition."""
        value, test = condition.value, condition.test
        less, s = TESTS[test][0] if test in TESTS else "", "s" if one else ""
        do_not = "does not" if one else "do not"
        match condition.attribute:
            case "price":
                return f"cost{s} {less} {money(float(value))} per person"
            case "leaves" | "lands":
                verb = "leave" if condition.attribute == "leaves" else "arrive"
                return f"{verb}{s} {'after' if test == 'over' else 'before'} {value}"
            case "duration":
                return f"take{s} {less} {hours(float(value))}"
            case "layover":
                return f"{'has' if one else 'have'} a layover of {less} {hours(float(value))}"
            case "via":
                return f"{do_not} stop in {value}" if test == "is_not" else f"stop{s} in {value}"
            case _:
                return (
                    f"{do_not} use flight {value}" if test == "lacks" else f"use{s} flight {value}"
                )

    def tell_cabin(self, value: JSON) -> str:
        """Say which cabin is wanted, or which else."""
        wish = CABIN.validate_python(value)
        first, *rest = [CABINS[each] for each in wish.cabins]
        if wish.fare is not None:
            fare = f"{money(wish.fare)} per person"
            return self._say("cabin", cabin=self._phrase("known_cabin", cabin=first, fare=fare))
        more = [f"{self._choose(('or else', 'otherwise'))} {each}" for each in rest]
        return self._say("cabin", cabin=", ".join([first, *more]))

    def tell_passengers(self, value: JSON) -> str:
        """Say who travels."""
        if self._intent == "book":
            party = PASSENGERS.validate_python(value)
            if isinstance(party, Travellers):
                return self._say("party", people=joined([self._person(p) for p in party.people]))
            return self._say("same_people", people=self._same(party))
        wish = NEW_PASSENGERS.validate_python(value)
        if isinstance(wish, SameAs):
            return self._say("same_people", people=self._same(wish))
        if isinstance(wish, OtherNumber):
            return self._say(f"other_{wish.change}", people=joined(wish.people))
        return " ".join(self._swap(name, swap) for name, swap in wish.swaps.items())

    def _swap(self, name: str, swap: Person | Corrected) -> str:
        if not isinstance(swap, Corrected):
            return self._say("swap", name=name, person=self._person(swap))
        nouns = {"first_name": "first name", "last_name": "last name", "dob": "date of birth"}
        data = [f"the {nouns[k]} is {v}" for k, v in swap.model_dump(exclude_none=True).items()]
        return self._say("correct", name=name, data=joined(data))

    def _person(self, person: Person) -> str:
        match person:
            case Me():
                return self._phrase("me")
            case Saved(saved=name):
                return self._phrase("saved", name=name)
            case Stated(given=given):
                name = f"{given.first_name} {given.last_name}"
                return self._phrase("born", name=name, dob=given.dob)

    def _same(self, same: SameAs) -> str:
        people = self._phrase("same", reservation=self.reservation(same.same_as))
        return f"{people}, except {joined(same.without)}" if same.without else people

    def tell_bags(self, value: JSON) -> str:
        """Say how many bags are wanted."""
        bags = "as many checked bags as are free of charge"
        match BAGS.validate_python(value):
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
        return self._say("bags", bags=bags)

    def tell_insurance(self, value: JSON) -> str:
        """Say whether insurance is wanted."""
        return self._say(f"insurance_{value}")

    def tell_payment(self, value: JSON) -> str:
        """Say which method, or which methods, are to be used."""
        if self._intent != "book":
            return self._say("payment", method=self.method(SINGLE.validate_python(value)))
        methods = [self.method(each) for each in SPLIT.validate_python(value).split]
        if len(methods) == 1:
            return self._say("split", methods=methods[0])
        first, *rest = methods
        then = [f"then {each} for what is left" for each in rest]
        return self._say("split", methods=", ".join([f"first {first} as far as it goes", *then]))

    def method(self, reference: Single) -> str:
        """Return a noun phrase for a payment method."""
        match reference:
            case MethodById(method=method_id):
                return method_id
            case OfKind(kind=kind, last_four=digits):
                return f"my {KINDS[kind]}" + (f" ending in {digits}" if digits else "")
            case ByBalance(balance_of=kind, extreme=extreme, rank=rank):
                best = self._best("balance", extreme, rank)
                return f"the {KINDS[kind]} of mine with the {best}"
            case Original():
                return "the original payment method"
            case PaidFor(paid_for=other):
                return self._phrase("used", reservation=self.reservation(other))
            case FirstCovering(first_covering=chain):
                first, *rest = [self.method(link) for link in chain]
                return f"{first}, or, if that does not cover it, {joined(rest, 'or else')}"

    def tell_reason(self, value: JSON) -> str:
        """Say why something is to be cancelled."""
        return self._say(f"reason_{value}")

    def tell_condition(self, value: JSON) -> str:
        """Say what must hold for the request to be carried out."""
        condition = CONDITION.validate_python(value)
        if isinstance(condition, Limit):
            most = self._choose(("at most", "no more than", "up to"))
            return self._say("limit", amount=f"{most} {money(condition.at_most)}")
        more = "more than" if condition.test == "over" else "less than"
        shown = money(condition.value) if condition.figure == "total" else f"{condition.value:g}"
        comma = "," if condition.reservations.where else ""  # else it reads as part of the last one
        figure = f"{self.figure(condition)}{comma}"
        return self._say("condition", figure=figure, test=f"is {more} {shown}")

    def figure(self, figure: Guard | Figure) -> str:
        """Return a noun phrase for a figure over reservations."""
        meant = figure.reservations
        if meant.scope == "all":
            which = "all my reservations"
        else:
            ids = joined(meant.scope)
            which = f"those of my reservations {ids}" if meant.where else f"my reservations {ids}"
        return f"{self._choose(FIGURES[figure.figure])} {which}{self._that(meant.where, 2)}"

    def tell_figure(self, value: JSON) -> str:
        """Say which figure is asked for."""
        return self._say("figure", figure=self.figure(FIGURE.validate_python(value)))

    def tell_claim(self, value: JSON) -> str:
        """Say what became of a flight."""
        claim = CLAIM.validate_python(value)
        flight = f"flight {claim.flight}" if claim.flight else "one of the flights"
        return self._say("claim", flight=flight, what=self._choose(CLAIMS[claim.what]))

    def tell_topic(self, value: JSON) -> str:
        """Say what is asked."""
        return self._say("topic", topic=self._choose(TOPICS[value]))

    def tell_matter(self, value: JSON) -> str:
        """Say what is wanted that the agent cannot do."""
        return self._say("matter", matter=OUTSIDE[value])
