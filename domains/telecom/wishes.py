"""How a telecom user can mean lines, bills, plans and amounts of data.

These are the values of a request's facts, as JSON of the types below. They say what is meant,
not how to find it: ``intents`` resolves them through reads alone, and ``proof`` resolves them over
the whole database with code of its own.

Attributes of a line: ``status``; ``number``; ``used`` and ``refuelled``, in gigabytes; ``roaming``,
"on" or "off"; ``contract_end``, a date as text; of its plan ``plan`` (the name), ``price``,
``limit`` and ``refuel_price``; ``left``, limit and refuelled less used, to a tenth of a gigabyte
(negative if there is nothing left); of its device ``device`` (the type) and ``model``.
Attributes of a bill: ``status``; ``total``; ``month``, such as "2025-01"; ``due``, a date as text;
``count``, the number of its positions; ``charges``, the words of its positions before " - Line"
(for ``has``, ``lacks``). Attributes of a plan: ``name``, ``price``, ``limit``, ``refuel_price``.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from writ_gym.database import JSON
from writ_gym.domains.telecom.schema import LineStatus
from writ_gym.meaning.queries import Choice, Condition, Extreme, Query
from writ_gym.tasks import Config

# Bills


class BillById(Config):
    """A bill by its id."""

    bill_id: str


class Bills(Query):
    """Bills of the user: all of them that keep the conditions."""

    bills: Literal[True] = True


class BillChoice(Choice):
    """One bill of the user's, by what it is like."""

    bill: Literal[True] = True


class BillBeside(Config):
    """The bill of the month before (-1) or after (1) that of another one."""

    beside: BillById | BillChoice
    step: Literal[-1, 1]


class EveryBill(Query):
    """Each bill of the user's that keeps the conditions."""

    every_bill: Literal[True] = True


class WithinBudget(Query):
    """As many of the bills that keep the conditions as can be paid with a sum.

    They are taken one by one in the order of ``by``, as long as the sum is enough for the next.
    """

    budget: Annotated[float, Field(gt=0)]
    by: Literal["due", "total"]
    extreme: Extreme
    """Which is taken first."""


BillReference: TypeAlias = BillById | BillBeside | BillChoice

# Lines


class LineByNumber(Config):
    """A line by its phone number."""

    number: str


class Lines(Query):
    """Lines of the user: all of them that keep the conditions."""

    lines: Literal[True] = True


class LineChoice(Choice):
    """One line of the user's, by what it is like."""

    line: Literal[True] = True


class LineCharged(Config):
    """The line for which a bill has a charge, the only one with these words."""

    charged_on: BillReference
    charge: str


class FirstIn(Config):
    """The first of these lines that has a status."""

    first_of: Annotated[tuple[LineByNumber | LineChoice, ...], Field(min_length=2)]
    status: LineStatus


class EveryLine(Query):
    """Each line of the user's that keeps the conditions."""

    every_line: Literal[True] = True


LineReference: TypeAlias = LineByNumber | LineCharged | FirstIn | LineChoice

# Data to refuel


class Gigabytes(Config):
    """So many gigabytes."""

    gb: Annotated[float, Field(gt=0)]


class Enough(Config):
    """The smallest multiple of ``enough_in`` gigabytes with which the line has data again."""

    enough_in: Annotated[float, Field(gt=0)]


class ForMoney(Config):
    """The largest multiple of ``in_steps`` gigabytes that costs at most so many dollars."""

    dollars: Annotated[float, Field(gt=0)]
    in_steps: Annotated[float, Field(gt=0)]


class AsMuchAs(Config):
    """As much as another line was refuelled this month."""

    as_much_as: LineReference


class FirstAffordable(Config):
    """The first of these amounts that costs at most so many dollars."""

    amounts: Annotated[tuple[float, ...], Field(min_length=2)]
    at_most: Annotated[float, Field(gt=0)]


class Nothing(Config):
    """No data is to be bought."""

    nothing: Literal[True] = True


Amount: TypeAlias = Gigabytes | Enough | ForMoney | AsMuchAs | FirstAffordable

# Plans, figures and conditions


class PlanOf(Config):
    """The plan of a line."""

    plan_of: LineReference


class PlanByName(Config):
    """The plan with a name."""

    plan_name: str


class PlanChoice(Choice):
    """One of all plans, by what it is like."""

    plan: Literal[True] = True


PlanReference: TypeAlias = PlanOf | PlanByName | PlanChoice


class Plans(Query):
    """Plans that there are: all of them that keep the conditions."""

    plans: Literal[True] = True


class Figure(Config):
    """A figure over some lines, bills or plans: their number, or the sum of an attribute."""

    figure: Literal["count", "sum"]
    over: Bills | Lines | Plans
    attribute: Literal["total", "used", "left", "price"] | None = None
    """What is summed: ``total`` of bills, the others of lines, ``price`` of plans, too."""


class Guard(Figure):
    """What must hold for the request to be carried out: a figure over or under a value."""

    test: Literal["over", "under"]
    value: float


class Claim(Config):
    """What the user takes to be so of a bill or a line: if it is not, nothing is to be done."""

    believed: Condition
    """On the status or the total of a bill, or on the status, roaming or used data of a line."""
    of: BillReference | LineByNumber | LineChoice


LINE: TypeAdapter[LineReference] = TypeAdapter(LineReference)
LINES: TypeAdapter[LineReference | EveryLine] = TypeAdapter(LineReference | EveryLine)
BILL: TypeAdapter[BillReference] = TypeAdapter(BillReference)
BILLS: TypeAdapter[BillReference | EveryBill | WithinBudget] = TypeAdapter(
    BillReference | EveryBill | WithinBudget
)
AMOUNT: TypeAdapter[Amount] = TypeAdapter(Amount)
REFUEL: TypeAdapter[Amount | Nothing] = TypeAdapter(Amount | Nothing)
PLAN: TypeAdapter[PlanReference] = TypeAdapter(PlanReference)
FIGURE: TypeAdapter[Figure] = TypeAdapter(Figure)
CONDITION: TypeAdapter[Guard | Claim] = TypeAdapter(Guard | Claim)

REFERENCES = frozenset(
    {
        "where",
        "by",
        "beside",
        "charged_on",
        "first_of",
        "every_line",
        "every_bill",
        "budget",
        "enough_in",
        "dollars",
        "as_much_as",
        "amounts",
        "plan_of",
        "plan",
        "nothing",
        "figure",
        "believed",
        "line",
        "bill",
    }
)
"""A value with one of these keys has to be looked up, and a right proposal need not repeat it."""


def plain(wish: Config) -> JSON:
    """Return a wish as the value of a fact; what was left out stays out."""
    return wish.model_dump(mode="json", exclude_none=True)
