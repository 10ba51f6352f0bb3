"""What users mean, as values of facts: every wish comes back from JSON as what it was."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from writ_gym.domains.telecom.wishes import (
    AMOUNT,
    BILL,
    BILLS,
    CONDITION,
    FIGURE,
    LINE,
    LINES,
    PLAN,
    REFUEL,
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
    Guard,
    LineByNumber,
    LineCharged,
    LineChoice,
    Lines,
    Nothing,
    PlanByName,
    PlanChoice,
    PlanOf,
    WithinBudget,
    plain,
)
from writ_gym.meaning.queries import Condition
from writ_gym.tasks import Config

WHERE = (Condition(attribute="status", test="is", value="Active"),)
NUMBER = LineByNumber(number="555-000-0001")
LATEST = BillChoice(by="due")
WISHES: list[tuple[TypeAdapter[Any], Config]] = [
    (LINE, NUMBER),
    (LINE, LineChoice(where=WHERE)),
    (LINE, LineChoice(by="used", extreme="lowest", rank=2)),
    (LINE, LineCharged(charged_on=LATEST, charge="International calls")),
    (LINE, FirstIn(first_of=(NUMBER, LineChoice(by="left")), status="Active")),
    (LINES, EveryLine()),
    (LINES, EveryLine(where=WHERE)),
    (LINES, LineChoice()),
    (BILL, BillById(bill_id="B1")),
    (BILL, LATEST),
    (BILL, BillBeside(beside=LATEST, step=-1)),
    (BILLS, EveryBill(where=WHERE)),
    (BILLS, WithinBudget(budget=100, by="due", extreme="lowest", where=WHERE)),
    (BILLS, BillChoice(where=WHERE)),
    (AMOUNT, Gigabytes(gb=1.5)),
    (AMOUNT, Enough(enough_in=0.5)),
    (AMOUNT, ForMoney(dollars=10, in_steps=1)),
    (AMOUNT, AsMuchAs(as_much_as=NUMBER)),
    (AMOUNT, FirstAffordable(amounts=(2.0, 1.0), at_most=9.5)),
    (REFUEL, Nothing()),
    (REFUEL, Enough(enough_in=1)),
    (PLAN, PlanOf(plan_of=NUMBER)),
    (PLAN, PlanByName(plan_name="Roomy")),
    (PLAN, PlanChoice(by="price", where=WHERE)),
    (FIGURE, Figure(figure="sum", over=Bills(where=WHERE), attribute="total")),
    (FIGURE, Figure(figure="count", over=Lines())),
    (CONDITION, Guard(figure="count", over=Lines(where=WHERE), test="under", value=3)),
    (CONDITION, Claim(believed=WHERE[0], of=LATEST)),
    (CONDITION, Claim(believed=WHERE[0], of=LineChoice(where=WHERE))),
]


@pytest.mark.parametrize(("adapter", "wish"), WISHES, ids=lambda value: type(value).__name__)
def test_a_wish_comes_back_from_json_as_what_it_was(
    adapter: TypeAdapter[Any], wish: Config
) -> None:
    again = adapter.validate_python(json.loads(json.dumps(plain(wish))))
    assert (type(again), again) == (type(wish), wish)


@pytest.mark.parametrize(
    ("adapter", "value"),
    [
        (LINE, {"every_line": True}),
        (LINE, {"number": "1", "by": "used"}),
        (BILL, {"budget": 5, "by": "due", "extreme": "lowest"}),
        (BILLS, {"budget": 0, "by": "due", "extreme": "lowest"}),
        (AMOUNT, {"nothing": True}),
        (AMOUNT, {"gb": 0}),
        (AMOUNT, {"gb": -1}),
        (AMOUNT, {"enough_in": 0}),
        (AMOUNT, {"amounts": [1.0], "at_most": 5}),
        (CONDITION, {"figure": "count", "over": {"lines": True}, "test": "is", "value": 1}),
        (FIGURE, {"figure": "sum", "over": {"lines": True}, "attribute": "colour"}),
    ],
)
def test_what_means_nothing_is_refused(adapter: TypeAdapter[Any], value: Any) -> None:
    with pytest.raises(ValidationError):
        adapter.validate_python(value)
