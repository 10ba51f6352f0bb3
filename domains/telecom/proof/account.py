"""What references mean in a customer's account, by brute force over all of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn, TypeAlias, TypeVar

from writ_gym.domains.telecom.schema import (
    Bill,
    Customer,
    Line,
    Phone,
    Plan,
    TelecomDB,
    by_number,
)
from writ_gym.domains.telecom.wishes import (
    BillBeside,
    BillById,
    BillChoice,
    BillReference,
    Bills,
    Claim,
    EveryBill,
    EveryLine,
    Figure,
    FirstIn,
    Guard,
    LineByNumber,
    LineCharged,
    LineChoice,
    LineReference,
    Lines,
    PlanByName,
    PlanChoice,
    PlanOf,
    PlanReference,
    WithinBudget,
)
from writ_gym.meaning.brute_force import (
    ForbiddenError,
    Value,
    as_text,
    chosen,
    keeps,
    unclear,
)
from writ_gym.meaning.proofs import NO_PICKS, Picks
from writ_gym.meaning.queries import Condition, Query

T = TypeVar("T")
Attributes: TypeAlias = Mapping[str, Callable[..., Value | None]]

LINE: Attributes = {
    "status": lambda db, line: line.status,
    "number": lambda db, line: line.phone_number,
    "used": lambda db, line: round(line.data_used_gb, 1),
    "refuelled": lambda db, line: round(line.data_refueling_gb, 1),
    "roaming": lambda db, line: ("off", "on")[line.roaming_enabled],
    "contract_end": lambda db, line: line.contract_end_date and str(line.contract_end_date),
    "plan": lambda db, line: db.plans[line.plan_id].name,
    "price": lambda db, line: db.plans[line.plan_id].price_per_month,
    "limit": lambda db, line: db.plans[line.plan_id].data_limit_gb,
    "refuel_price": lambda db, line: db.plans[line.plan_id].data_refueling_price_per_gb,
    "left": lambda db, line: -beyond(db, line),
    "device": lambda db, line: line.device_id and db.devices[line.device_id].device_type,
    "model": lambda db, line: line.device_id and db.devices[line.device_id].model,
}
BILL: Attributes = {
    "status": lambda db, bill: bill.status,
    "total": lambda db, bill: round(bill.total_due, 2),
    "month": lambda db, bill: bill.period_start.strftime("%Y-%m"),
    "due": lambda db, bill: str(bill.due_date),
    "count": lambda db, bill: len(bill.line_items),
    "charges": lambda db, bill: tuple(words_of(i.description) for i in bill.line_items),
}
PLAN: Attributes = {
    "name": lambda db, plan: plan.name,
    "price": lambda db, plan: plan.price_per_month,
    "limit": lambda db, plan: plan.data_limit_gb,
    "refuel_price": lambda db, plan: plan.data_refueling_price_per_gb,
}


def words_of(description: str) -> str:
    """Return the words of a position."""
    return description.split(" - Line")[0]


def beyond(db: TelecomDB, line: Line) -> float:
    """Return by how many gigabytes a line has used more than it may, to a tenth."""
    limit = db.plans[line.plan_id].data_limit_gb + line.data_refueling_gb
    return -round(limit - line.data_used_gb, 1)


class Case(NamedTuple):
    """A world and who asks in it, with what was picked already."""

    db: TelecomDB
    caller: str
    picks: Picks = NO_PICKS

    @property
    def customer(self) -> Customer:
        """The caller's account."""
        try:
            return self.db.customers[self.caller]
        except KeyError:
            unclear(f"There is no customer {self.caller}.")

    @property
    def phone(self) -> Phone:
        """The caller's phone."""
        try:
            return self.db.phones[self.caller]
        except KeyError:
            unclear(f"{self.caller} has no phone here.")

    @property
    def lines(self) -> list[Line]:
        """The caller's lines, in the customer's order."""
        lines = self.db.lines
        return [lines[key] for key in self.customer.line_ids]

    @property
    def bills(self) -> list[Bill]:
        """The caller's bills, in the customer's order."""
        bills = self.db.bills
        return [bills[key] for key in self.customer.bill_ids]

    @property
    def plans(self) -> list[Plan]:
        """All plans."""
        return list(self.db.plans.values())

    # Attributes and conditions

    def of_line(self, line: Line, name: str) -> Value:
        """Return an attribute of a line."""
        return self._attribute(LINE, line, name)

    def of_bill(self, bill: Bill, name: str) -> Value:
        """Return an attribute of a bill."""
        return self._attribute(BILL, bill, name)

    def of_plan(self, plan: Plan, name: str) -> Value:
        """Return an attribute of a plan."""
        return self._attribute(PLAN, plan, name)

    def _attribute(self, attributes: Attributes, record: object, name: str) -> Value:
        value = attributes[name](self.db, record) if name in attributes else None
        return unclear(f"{record} has no {name!r}.") if value is None else value

    def lines_like(self, query: Query) -> list[Line]:
        """Return the caller's lines that keep the conditions."""
        return self._like(LINE, self.lines, query)

    def bills_like(self, query: Query) -> list[Bill]:
        """Return the caller's bills that keep the conditions."""
        return self._like(BILL, self.bills, query)

    def plans_like(self, query: Query) -> list[Plan]:
        """Return the plans that keep the conditions."""
        return self._like(PLAN, self.plans, query)

    def _like(self, attributes: Attributes, records: list[T], query: Query) -> list[T]:
        for condition in query.where:
            name = condition.attribute
            records = [x for x in records if keeps(self._attribute(attributes, x, name), condition)]
        return records

    # References; what fits nothing is forbidden, what has no single meaning is unclear

    def line(self, reference: LineReference, what: str = "") -> Line:
        """Return the line that a reference means; ``what`` names the choice, if it is one."""
        if what in self.picks:
            return self.db.lines[self.picks[what]]
        match reference:
            case LineByNumber(number=number):
                return self._numbered(number)
            case LineCharged(charged_on=bill, charge=charge):
                return self._charged(self.bill(bill), charge)
            case FirstIn(first_of=several, status=status):
                for each in several:
                    found = self.line(each) if self._there(each) else unclear(f"No {each}.")
                    if found.status == status:
                        return found
                raise ForbiddenError("nothing_fits", "line")
            case LineChoice():
                one = chosen(self.lines_like(reference), reference, self.of_line)
                return one or nothing(reference.where, "line")

    def _there(self, reference: LineByNumber | LineChoice) -> bool:
        try:
            self.line(reference)
        except ForbiddenError:
            return False
        return True

    def _numbered(self, number: str) -> Line:
        for line in self.lines:
            if line.phone_number == number:
                return line
        if self.db.lines.lookup(by_number, number):
            raise ForbiddenError("other_account", number)
        unclear(f"There is no line {number}.")

    def _charged(self, bill: Bill, charge: str) -> Line:
        found = [i.description for i in bill.line_items if words_of(i.description) == charge]
        ends = {line.phone_number: line for line in self.lines}
        numbers = [text.split(" - Line ")[1] for text in found if " - Line " in text]
        if len(found) == 1 and numbers and numbers[0] in ends:
            return ends[numbers[0]]
        unclear(f"No single {charge!r} for a line on {bill.bill_id}.")

    def all_lines(self, reference: LineReference | EveryLine, what: str) -> list[Line]:
        """Return every line that is meant."""
        if not isinstance(reference, EveryLine):
            return [self.line(reference, what)]
        if what in self.picks:
            return [line for line in self.lines if line.line_id in self.picks[what]]
        return self.lines_like(reference) or nothing(reference.where, "line")

    def bill(self, reference: BillReference, what: str = "") -> Bill:
        """Return the bill that a reference means; ``what`` names the choice, if it is one."""
        if what in self.picks:
            return self.db.bills[self.picks[what]]
        match reference:
            case BillById(bill_id=key):
                if key not in self.db.bills:
                    unclear(f"There is no bill {key}.")
                if key not in self.customer.bill_ids:
                    raise ForbiddenError("other_account", key)
                return self.db.bills[key]
            case BillBeside(beside=other, step=step):
                place = self.customer.bill_ids.index(self.bill(other).bill_id) + step
                return self.bills[place] if 0 <= place < len(self.bills) else unclear("At the end.")
            case BillChoice():
                one = chosen(self.bills_like(reference), reference, self.of_bill)
                return one or nothing(reference.where, "bill")

    def all_bills(
        self, reference: BillReference | EveryBill | WithinBudget, what: str
    ) -> list[Bill]:
        """Return every bill that is meant."""
        if what in self.picks and isinstance(reference, EveryBill | WithinBudget):
            return [bill for bill in self.bills if bill.bill_id in self.picks[what]]
        if isinstance(reference, WithinBudget):
            return self.affordable(reference)
        if isinstance(reference, EveryBill):
            return self.bills_like(reference) or nothing(reference.where, "bill")
        return [self.bill(reference, what)]

    def affordable(self, wish: WithinBudget) -> list[Bill]:
        """Return the bills that a budget pays for, one after the other."""
        fitting = self.bills_like(wish) or nothing(wish.where, "bill")
        order = [self.of_bill(bill, wish.by) for bill in fitting]
        if len(set(order)) < len(order):
            unclear("There is a tie.")
        ranks = sorted(order, reverse=wish.extreme == "highest")
        turns = [order.index(value) for value in ranks]
        spent, paid = 0.0, set[int]()
        for turn in turns:
            spent = round(spent + fitting[turn].total_due, 2)
            if spent > wish.budget:
                break
            paid.add(turn)
        if not paid:
            raise ForbiddenError("condition_not_met", as_text(fitting[turns[0]].total_due))
        return [bill for n, bill in enumerate(fitting) if n in paid]

    def plan(self, reference: PlanReference) -> Plan:
        """Return the plan that a reference means."""
        match reference:
            case PlanOf(plan_of=line):
                return self.db.plans[self.line(line).plan_id]
            case PlanByName(plan_name=name):
                named = [plan for plan in self.plans if plan.name == name]
                return named[0] if len(named) == 1 else unclear(f"Not one plan is {name!r}.")
            case PlanChoice():
                one = chosen(self.plans_like(reference), reference, self.of_plan)
                return one or unclear("There is no such plan.")

    # Figures

    def figure(self, figure: Figure) -> float:
        """Return what a figure comes to."""
        over, name = figure.over, figure.attribute or ""
        if isinstance(over, Bills):
            values, digits = self._values(BILL, self.bills_like(over), name), {"total": 2}
        elif isinstance(over, Lines):
            values = self._values(LINE, self.lines_like(over), name)
            digits = {"used": 1, "left": 1, "price": 2}
        else:
            values, digits = self._values(PLAN, self.plans_like(over), name), {"price": 2}
        if figure.figure == "count":
            return len(values)
        if name not in digits:
            unclear(f"{figure} has no sum.")
        return round(sum(map(_as_number, values)), digits[name])

    def _values(
        self, attributes: Attributes, records: Sequence[object], name: str
    ) -> list[Value | None]:
        """Return an attribute of each of some records, None where it has none."""
        found = attributes.get(name)
        return [found(self.db, record) if found else None for record in records]

    def hold(self, guard: Guard | Claim) -> None:
        """Check a condition of the user's; ForbiddenError if it does not hold."""
        if isinstance(guard, Claim):
            self._hold_claim(guard)
            return
        amount = self.figure(guard)
        if not (amount > guard.value if guard.test == "over" else amount < guard.value):
            raise ForbiddenError("condition_not_met", amount)

    def _hold_claim(self, claim: Claim) -> None:
        name = claim.believed.attribute
        actual: Value
        if isinstance(claim.of, LineByNumber | LineChoice):
            if name not in ("status", "roaming", "used"):
                unclear(f"Nobody claims {name!r} of a line.")
            actual = self.of_line(self.line(claim.of), name)
        else:
            if name not in ("status", "total"):
                unclear(f"Nobody claims {name!r} of a bill.")
            actual = self.of_bill(self.bill(claim.of), name)
        if not keeps(actual, claim.believed):
            told = actual if isinstance(actual, float) else str(actual)
            raise ForbiddenError("condition_not_met", "roaming" if name == "roaming" else told)


def _as_number(value: Value | None) -> float:
    return value if isinstance(value, float | int) else unclear(f"{value!r} is no number.")


def nothing(where: Sequence[Condition], what: str) -> NoReturn:
    """Say that nothing fits: that forbids the request."""
    raise ForbiddenError("nothing_fits", where[0].value if where else what)
