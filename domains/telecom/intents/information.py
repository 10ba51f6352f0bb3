"""Questions, which never come to a write, and what is for a human."""

from collections.abc import Mapping

from writ_gym.database import JSON
from writ_gym.domains.telecom.intents.diagnosis import has_service, measured, sends_pictures
from writ_gym.domains.telecom.intents.outcomes import hand_over, money, refuse
from writ_gym.domains.telecom.intents.reading import (
    bill_attribute,
    find_bill,
    find_figure,
    find_line,
    find_plan,
    left,
    plan_attribute,
    read_plan,
    read_usage,
)
from writ_gym.domains.telecom.rules import Breach
from writ_gym.domains.telecom.schema import Line
from writ_gym.domains.telecom.wishes import BILL, FIGURE, LINE, PLAN
from writ_gym.errors import UnsolvableError
from writ_gym.solving import Outcome, Plan, Reads, Tell

LINE_TOPICS: Mapping[str, str] = {
    "status": "the status",
    "left": "the data left, in gigabytes,",
    "used": "the data used, in gigabytes,",
    "contract_end": "the end of the contract",
    "plan": "the plan",
    "roaming": "roaming",
}
BILL_TOPICS: Mapping[str, str] = {
    "total": "the total",
    "status": "the status",
    "due": "the due date",
    "count": "the number of positions",
}
PLAN_TOPICS: Mapping[str, str] = {
    "name": "its name",
    "price": "its price per month",
    "limit": "its limit per month, in gigabytes,",
    "refuel_price": "the price of a gigabyte that is refuelled",
}
PHONE_TOPICS: Mapping[str, str] = {
    "service": "whether the phone has service",
    "data": "whether mobile data works",
    "mms": "whether picture messages can be sent",
    "speed": "the speed",
}


def shown(value: float | str, dollars: bool = False) -> str:
    """Return a value as it is told."""
    if isinstance(value, str):
        return value
    return money(value) if dollars else f"{value:g}"


class AboutLine:
    """Ask for something about a line."""

    name = "about_line"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the line and look it up."""
        line = yield from find_line(caller, LINE.validate_python(facts["line"]))
        if isinstance(line, Breach):
            return refuse(line)
        topic = facts["topic"]
        value = yield from _about(caller, line, topic)
        what = f"{LINE_TOPICS[topic]} of line {line.phone_number} is"
        return Outcome(
            statement=f"{what[:1].upper()}{what[1:]} {shown(value)}.", tells=(Tell(value),)
        )


def _about(caller: str, line: Line, topic: str) -> Reads[float | str]:
    match topic:
        case "status":
            return line.status
        case "used":
            return round(line.data_used_gb, 1)
        case "left":
            usage = yield from read_usage(caller, line.line_id)
            return left(usage.data_limit_gb, usage.data_refueling_gb, usage.data_used_gb)
        case "contract_end" if line.contract_end_date:
            return str(line.contract_end_date)
        case "plan":
            return (yield from read_plan(line.plan_id)).name
        case "roaming":
            return "on" if line.roaming_enabled else "off"
        case _:
            raise UnsolvableError(f"Line {line.line_id} has no {topic}.")


class AboutBill:
    """Ask for something about a bill."""

    name = "about_bill"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the bill and look it up."""
        bill = yield from find_bill(caller, BILL.validate_python(facts["bill"]))
        if isinstance(bill, Breach):
            return refuse(bill)
        topic = facts["topic"]
        value = bill_attribute(bill, topic)
        what = f"{BILL_TOPICS[topic]} of bill {bill.bill_id} is {shown(value, topic == 'total')}."
        return Outcome(statement=f"{what[:1].upper()}{what[1:]}", tells=(Tell(value),))


class AboutFigures:
    """Ask for a number, or a sum, over lines or bills."""

    name = "about_figures"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Compute the figure."""
        figure = FIGURE.validate_python(facts["figure"])
        value = yield from find_figure(caller, figure)
        text = shown(value, figure.attribute in ("total", "price"))
        return Outcome(statement=f"That comes to {text}.", tells=(Tell(value),))


class AboutPlan:
    """Ask for something about a plan."""

    name = "about_plan"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the plan and look it up."""
        plan = yield from find_plan(caller, PLAN.validate_python(facts["plan"]))
        if isinstance(plan, Breach):
            return refuse(plan)
        topic = facts["topic"]
        value = plan_attribute(plan, topic)
        text = shown(value, topic in ("price", "refuel_price"))
        return Outcome(
            statement=f"It is the plan {plan.name}, and {PLAN_TOPICS[topic]} is {text}.",
            tells=(Tell(value),),
        )


class ComparePlans:
    """Ask how much cheaper a month would be on another plan."""

    name = "compare_plans"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Compare the prices."""
        line = yield from find_line(caller, LINE.validate_python(facts["line"]))
        if isinstance(line, Breach):
            return refuse(line)
        other = yield from find_plan(caller, PLAN.validate_python(facts["plan"]))
        if isinstance(other, Breach):
            return refuse(other)
        if other.plan_id == line.plan_id:
            raise UnsolvableError(f"Line {line.line_id} is on plan {other.name} already.")
        now = yield from read_plan(line.plan_id)
        saved = round(now.price_per_month - other.price_per_month, 2)
        return Outcome(
            statement=f"On the plan {other.name} a month would be cheaper by this amount in "
            f"dollars, where less than zero means dearer: {saved:g}.",
            tells=(Tell(saved),),
        )


class AboutPhone:
    """Ask whether the phone works."""

    name = "about_phone"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Have the user try it."""
        topic = facts["topic"]
        value: float | str
        if topic == "speed":
            answer = yield from measured()
            value = _speed(answer) if answer else "no connection"
        elif topic == "data":
            value = yes((yield from measured()) is not None)
        else:
            value = yes((yield from (has_service() if topic == "service" else sends_pictures())))
        return Outcome(
            statement=f"What you want to know, {PHONE_TOPICS[topic]}: {shown(value)}.",
            tells=(Tell(value),),
        )


def yes(state: bool) -> str:
    """Return a state in words."""
    return "yes" if state else "no"


def _speed(answer: str) -> float:
    """Return the Mbps that a speed test has measured."""
    return float(answer.partition("Result: ")[2].partition(" Mbps")[0])


class Outside:
    """Ask for what no tool of the agent can do: the user is handed over to a human."""

    name = "outside"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Hand the user over."""
        yield from ()
        return hand_over("outside", f"The user wants what the tools cannot do: {facts['matter']}.")
