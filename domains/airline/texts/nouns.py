"""Noun phrases for what a user means: reservations, flights, persons, payment methods."""

from collections.abc import Sequence

from writ_gym.domains.airline.texts import asking
from writ_gym.domains.airline.texts.asking import ASK, WORDS
from writ_gym.domains.airline.texts.phrases import FRAGMENTS, STATE
from writ_gym.domains.airline.texts.words import (
    CABINS,
    EXTREMES,
    FIGURES,
    KINDS,
    RANKS,
    STOPS,
    TESTS,
    TRIPS,
    day_of,
    days_apart,
    hours,
)
from writ_gym.domains.airline.wishes import (
    Belief,
    ByBalance,
    DaysFrom,
    Fares,
    Figure,
    FirstCovering,
    Guard,
    Journey,
    LookedUp,
    Me,
    MethodById,
    OfKind,
    Original,
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
)
from writ_gym.meaning.queries import Condition
from writ_gym.phrasing.asking import Asking
from writ_gym.phrasing.grammar import Grammar, joined
from writ_gym.phrasing.speaking import Speaker

GRAMMAR = Grammar(
    {**{f"ask_{name}": rule for name, rule in ASK.items()}, **STATE},
    {**asking.FRAGMENTS, **FRAGMENTS},
)
ASKING = Asking(GRAMMAR, WORDS)


def money(amount: float) -> str:
    """Return an amount in US dollars as users say it."""
    return f"${amount:,.0f}" if float(amount).is_integer() else f"${amount:,.2f}"


def counted(number: float, noun: str) -> str:
    """Return a number of things, such as "1 passenger" or "2 passengers"."""
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


class Nouns(Speaker):
    """Puts references into words."""

    grammar = GRAMMAR

    def reservation(self, reference: ReservationReference) -> str:
        """Return a noun phrase for a reservation."""
        if isinstance(reference, ReservationById):
            return self.phrase("id", id=reference.id)
        if isinstance(reference, ReservationBeside):
            side = "before" if reference.step < 0 else "after"
            other = self.reservation(reference.beside)
            return self.phrase(f"beside_{reference.order}", side=side, other=other)
        if reference.by is None:
            of = self._scope(reference, alone=not reference.where)
            return self.phrase("only", of=of + self._that(reference.where, 1))
        best = self._best(reference.by, reference.extreme, reference.rank)
        return self.phrase("with", super=best, of=self.of(reference))

    def _best(self, by: str, extreme: str, rank: int) -> str:
        return RANKS[rank] + self.choose(EXTREMES[by, extreme])

    def of(self, meant: Reservations) -> str:
        """Return of which reservations: "of all my reservations that cost over $300"."""
        return self._scope(meant, alone=not meant.where) + self._that(meant.where, 2)

    def _scope(self, meant: Reservations, *, alone: bool) -> str:
        if meant.scope == "all":
            return self.phrase("all")
        return self.phrase("named" if alone else "those", ids=joined(meant.scope))

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
        s, have, do_not = ("s", "has", "does not") if one else ("", "have", "do not")
        match condition.attribute:
            case "origin":
                return f"{do_not} depart from {value}" if not_ else f"depart{s} from {value}"
            case "destination":
                return f"{do_not} go to {value}" if not_ else f"go{'es' if one else ''} to {value}"
            case "passengers" | "bags":
                noun = "passenger" if condition.attribute == "passengers" else "checked bag"
                more = "more" if condition.test == "over" else "fewer"
                return f"{have} {more} than {counted(float(value), noun)}"
            case "total":
                more = self.choose(TESTS[condition.test][:2])
                return f"cost{s} {more} {money(float(value))}"
            case "departure":
                side = "after" if condition.test == "over" else "before"
                return f"depart{s} {side} {self._day(str(value))}"
            case "flight":
                return f"{do_not} include flight {value}" if not_ else f"include{s} flight {value}"
            case "traveller":
                return f"{f'{do_not} have' if not_ else have} {value} as a passenger"
            case _:
                return self._is(condition.attribute, str(value), not_, one)

    def _is(self, attribute: str, value: str, not_: bool, one: bool) -> str:
        """Return what a reservation is or is not, and whether it has insurance."""
        be = ("is" if one else "are") + (" not" if not_ else "")
        match attribute:
            case "cabin":
                return f"{be} in {CABINS[value]}"
            case "trip":
                return f"{be} a {TRIPS[value]}" if one else f"{be} {TRIPS[value]}s"
            case "insurance":
                without = "" if (value == "yes") is not not_ else "no "
                return f"{'has' if one else 'have'} {without}travel insurance"
            case _:
                gone = (value == "cancelled") is not not_
                return f"{'was' if one else 'were'} {'' if gone else 'not '}cancelled"

    def _day(self, iso: str) -> str:
        return self.choose(day_of(iso)[:2])

    def journey(self, journey: Journey | LookedUp) -> str:
        """Return where, when and how, as an adverbial."""
        if isinstance(journey, LookedUp):
            flights = [
                joined([f"{f.flight_number} on {day_of(f.date)[shape]}" for f in journey.flights])
                for shape in (0, 1)
            ]
            route = f"from {journey.ends[0]} to {journey.ends[1]} " if journey.ends else ""
            fare = f"{money(journey.fare)} per person"
            return self.phrase("looked_up", route=route, flights=self.choose(flights), fare=fare)
        route = ""
        if journey.origins:
            route = f"from {joined(journey.origins, 'or')} "
        if journey.destinations:
            route += f"to {joined(journey.destinations, 'or')} "
        kind = self.choose(STOPS[journey.stops])
        if journey.stops == "any":
            kind = f"{self.choose(('flights', 'connections'))} ({kind})"
        return self.phrase(
            "journey", route=route, when=self._when(journey.dates), kind=kind,
            pick=self._pick(journey),
        )  # fmt: skip

    def _when(self, dates: DaysFrom | Sequence[str]) -> str:
        if not isinstance(dates, DaysFrom):
            days = [joined([day_of(each)[shape] for each in dates], "or") for shape in (0, 1)]
            return f"on {self.choose(days)}"
        apart = joined([days_apart(each) for each in dates.days], "or")
        if dates.trip is not None:
            edge = "first" if dates.edge == "start" else "last"
            anchor = f"the date of the {edge} flight of {self.reservation(dates.trip)}"
        elif self._intent == "book":
            anchor = "the way there"
        else:
            anchor = self.choose(("the date that it has now", "the current date"))
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

    def person(self, person: Person) -> str:
        """Return a noun phrase for somebody who travels."""
        match person:
            case Me():
                return self.phrase("me")
            case Saved(saved=name):
                return self.phrase("saved", name=name)
            case Stated(given=given):
                name = f"{given.first_name} {given.last_name}"
                return self.phrase("born", name=name, dob=given.dob)

    def same(self, same: SameAs) -> str:
        """Return a noun phrase for the passengers of another reservation."""
        people = self.phrase("same", reservation=self.reservation(same.same_as))
        return f"{people}, except {joined(same.without)}" if same.without else people

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
                return self.phrase("used", reservation=self.reservation(other))
            case FirstCovering(first_covering=chain):
                first, *rest = [self.method(link) for link in chain]
                return f"{first}, or, if that does not cover it, {joined(rest, 'or else')}"

    def belief(self, belief: Belief) -> str:
        """Return a clause that says of a reservation what the user takes to be so."""
        its_own = self.choose(("it", "that reservation", "the reservation"))
        subject = its_own if belief.of is None else self.reservation(belief.of)
        if getattr(belief.of, "where", ()) or isinstance(belief.of, ReservationBeside):
            subject += ","  # else it reads as part of what describes the reservation
        return f"{subject} {self._verb(belief.believed, 1)}"

    def fares(self, fares: Fares) -> str:
        """Return a noun phrase for the lowest fare of a route."""
        journey = fares.journey
        return self.phrase(
            "fares", super=self._best("price", "lowest", 1), cabin=CABINS[fares.cabin],
            kind=self.choose(STOPS["direct"]), route=f"from {fares.origin} to {fares.destination}",
            when=self._when(journey.dates),
        )  # fmt: skip

    def figure(self, figure: Guard | Figure) -> str:
        """Return a noun phrase for a figure over reservations."""
        meant = figure.reservations
        if meant.scope == "all":
            which = "all my reservations"
        else:
            ids = joined(meant.scope)
            which = f"those of my reservations {ids}" if meant.where else f"my reservations {ids}"
        return f"{self.choose(FIGURES[figure.figure])} {which}{self._that(meant.where, 2)}"
