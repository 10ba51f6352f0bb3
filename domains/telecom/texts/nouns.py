"""Noun phrases for what a user means: lines, bills, plans, amounts of data, figures."""

from collections.abc import Sequence

from writ_gym.domains.telecom.texts import asking
from writ_gym.domains.telecom.texts.asking import ASK, WORDS
from writ_gym.domains.telecom.texts.phrases import FRAGMENTS, STATE
from writ_gym.domains.telecom.texts.words import (
    COUNTS,
    DEVICES,
    EXTREMES,
    ORDERS,
    RANKS,
    STEPS,
    SUMS,
    TESTS,
    days_of,
    gigabytes,
    in_turn,
    money,
    month_of,
)
from writ_gym.domains.telecom.wishes import (
    Amount,
    AsMuchAs,
    BillBeside,
    BillById,
    BillChoice,
    Bills,
    Claim,
    Enough,
    EveryBill,
    EveryLine,
    Figure,
    FirstAffordable,
    FirstIn,
    ForMoney,
    Gigabytes,
    LineByNumber,
    LineCharged,
    LineChoice,
    LineReference,
    Nothing,
    PlanByName,
    PlanChoice,
    PlanOf,
    PlanReference,
    Plans,
    WithinBudget,
)
from writ_gym.meaning.queries import Choice, Condition, Query
from writ_gym.phrasing.asking import Asking
from writ_gym.phrasing.grammar import Grammar, joined
from writ_gym.phrasing.speaking import Speaker

GRAMMAR = Grammar(
    {**{f"ask_{name}": rule for name, rule in ASK.items()}, **STATE},
    {**asking.FRAGMENTS, **FRAGMENTS},
)
ASKING = Asking(GRAMMAR, WORDS)


class Nouns(Speaker):
    """Puts references into words."""

    grammar = GRAMMAR

    # Lines, bills and plans

    def line(self, reference: LineReference) -> str:
        """Return a noun phrase for a line."""
        match reference:
            case LineByNumber(number=number):
                return self.phrase("line", number=number)
            case LineCharged(charged_on=bill, charge=words):
                return self.phrase("charged", bill=self.bill(bill), words=words)
            case FirstIn(first_of=several, status=status):
                if all(isinstance(each, LineByNumber) for each in several):
                    numbers = [each.number for each in several if isinstance(each, LineByNumber)]
                    return self.phrase("first", lines=joined(numbers, "or"), status=status)
                lines = joined([self.line(each) for each in several], "or")
                return self.phrase("first", lines=lines, status=status)
            case LineChoice():
                return self._choice("line", reference)

    def bill(self, reference: BillById | BillBeside | BillChoice) -> str:
        """Return a noun phrase for a bill."""
        match reference:
            case BillById(bill_id=bill_id):
                return self.phrase("bill", id=bill_id)
            case BillBeside(beside=other, step=step):
                side = self.choose(STEPS[step])
                return self.phrase("beside", side=side, other=self.bill(other))
            case BillChoice():
                return self._choice("bill", reference)

    def plan(self, reference: PlanReference) -> str:
        """Return a noun phrase for a plan."""
        match reference:
            case PlanOf(plan_of=line):
                return self.phrase("plan_of", line=self.line(line))
            case PlanByName(plan_name=name):
                return self.phrase("plan", name=name)
            case PlanChoice():
                return self._choice("plan", reference)

    def _choice(self, noun: str, choice: Choice) -> str:
        """Return the one that is meant, by what it is like."""
        if choice.by is None:
            return self.phrase(f"only_{noun}", that=self.that(choice.where, 1))
        best = RANKS[choice.rank] + self.choose(EXTREMES[choice.by, choice.extreme])
        return self.phrase(f"best_{noun}", super=best, that=self.that(choice.where, 2))

    def every(self, wish: EveryLine | EveryBill | WithinBudget) -> str:
        """Return a noun phrase for each that is meant."""
        that = self.that(wish.where, 2)
        if isinstance(wish, WithinBudget):
            order = self.choose(ORDERS[wish.by, wish.extreme])
            return self.phrase("within", that=that, budget=money(wish.budget), order=order)
        return self.phrase("every_line" if isinstance(wish, EveryLine) else "every_bill", that=that)

    def that(self, where: Sequence[Condition], number: int) -> str:
        """Return conditions as a clause about one record (1) or several (2)."""
        if not where:
            return ""
        # A negation comes last, where it cannot be taken to cover what follows.
        ordered = sorted(where, key=lambda condition: condition.test in ("is_not", "lacks"))
        return f" that {joined([self._verb(each, number == 1) for each in ordered])}"

    def _verb(self, condition: Condition, one: bool) -> str:
        """Return what a record does that keeps a condition."""
        name, value, test = condition.attribute, str(condition.value), condition.test
        not_ = test in ("is_not", "lacks")
        do = ("does not " if one else "do not ") if not_ else ""
        if name in ("status", "number"):
            return f"{do}{'has' if one and not not_ else 'have'} the {name} {value}"
        if name == "roaming":
            return f"{do}{'has' if one and not not_ else 'have'} roaming turned {value}"
        if name == "charges":
            return f'{do}{"lists" if one and not not_ else "list"} "{value}"'
        state = _state(name, value) if test in ("is", "is_not") else ""
        if state:
            return f"{'is' if one else 'are'}{' not' if not_ else ''} {state}"
        if name in ("month", "due", "contract_end"):
            return self._dated(name, test, value, one)
        return self._compared(name, test, float(condition.value), one)

    def _dated(self, name: str, test: str, value: str, one: bool) -> str:
        side = "after" if test == "over" else "before"
        s, be = ("s", "is") if one else ("", "are")
        match name:
            case "month":
                return f"{be} for a month {side} {month_of(value)}"
            case "due":
                return f"{be} due {side} {self.choose(days_of(value))}"
            case _:
                return f"end{s} {side} {self.choose(days_of(value))}"

    def _compared(self, name: str, test: str, value: float, one: bool) -> str:
        """Return what a record does whose number is above or below another one."""
        more, s = self.choose(TESTS[test][:2]), "s" if one else ""
        have = "has" if one else "have"
        match name:
            case "used":
                return f"used {more} {gigabytes(value)}"
            case "left":
                return f"{have} {more} {gigabytes(value)} left"
            case "refuelled":
                return f"got {more} {gigabytes(value)} refuelled"
            case "limit":
                return f"{have} a data limit of {more} {gigabytes(value)}"
            case "price":
                return f"cost{s} {more} {money(value)} a month"
            case "refuel_price":
                return f"cost{s} {more} {money(value)} per refuelled gigabyte"
            case "count":
                plural = "" if value == 1 else "s"
                return (
                    f"{have} {TESTS[test][-1 if test == 'under' else 0]} {value:g} position{plural}"
                )
            case _:
                return f"come{s} to {more} {money(value)}"

    # Data

    def amount(self, wish: Amount | Nothing) -> str:
        """Return a noun phrase for an amount of data."""
        match wish:
            case Gigabytes(gb=gb):
                return gigabytes(gb)
            case Enough(enough_in=step):
                return self.phrase("enough", step=gigabytes(step))
            case ForMoney(dollars=dollars, in_steps=step):
                return self.phrase("for_money", dollars=money(dollars), step=gigabytes(step))
            case AsMuchAs(as_much_as=line):
                return self.phrase("as_much", line=self.line(line))
            case FirstAffordable(amounts=amounts, at_most=most):
                return self.phrase("affordable", amounts=in_turn(amounts), most=money(most))
            case Nothing():
                return self.phrase("no_data")

    # Figures

    def claim(self, claim: Claim) -> str:
        """Return a clause that says of a bill or a line what the user takes to be so."""
        of = claim.of
        subject = self.line(of) if isinstance(of, LineByNumber | LineChoice) else self.bill(of)
        # Else it reads as part of what describes the record.
        comma = "" if isinstance(of, LineByNumber | BillById) else ","
        return f"{subject}{comma} {self._verb(claim.believed, True)}"

    def figure(self, figure: Figure) -> str:
        """Return a noun phrase for a figure over lines, bills or plans."""
        words = COUNTS if figure.figure == "count" else SUMS[figure.attribute or "total"]
        return f"{self.choose(words)} {self._all(figure.over)}"

    def _all(self, meant: Query) -> str:
        noun = "my bills" if isinstance(meant, Bills) else "my lines"
        if isinstance(meant, Plans):
            noun = "your plans"
        all_ = "" if meant.where else "all "
        return f"{all_}{noun}{self.that(meant.where, 2)}"


def _state(name: str, value: str) -> str:
    """Return what a record is that has a value; empty if it is not said so."""
    match name:
        case "plan":
            return f"on the plan {value}"
        case "name":
            return f"called {value}"
        case "device":
            return f"used on {DEVICES[value]}"
        case "model":
            return f"used on the model {value}"
        case "month":
            return f"for {month_of(value)}"
    return ""
