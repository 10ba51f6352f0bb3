"""Questions, which never come to a write, and what is for a human."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.telecom.drafting.bills import name_bill, some_figure
from writ_gym.domains.telecom.drafting.lines import name_line
from writ_gym.domains.telecom.drafting.plans import name_plan
from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.base import most_about_lines, most_reads
from writ_gym.domains.telecom.intents.diagnosis import has_service, measured, sends_pictures
from writ_gym.domains.telecom.intents.outcomes import money, with_unit
from writ_gym.domains.telecom.intents.reading import (
    PLAN_IDS,
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
from writ_gym.domains.telecom.schema import Line, TelecomDB
from writ_gym.domains.telecom.texts import OUTSIDE
from writ_gym.domains.telecom.wishes import BILL, FIGURE, LINE, PLAN, FirstIn, plain
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import Outcome, Plan, Reads, Tell, hand_over, refuse
from writ_gym.tasks import Request

LINE_TOPICS: Mapping[str, str] = {
    "status": "The status of line {} is {}.",
    "left": "The data left on line {} is {} GB.",
    "used": "The data used on line {} is {} GB.",
    "contract_end": "The contract of line {} ends on {}.",
    "plan": "The plan of line {} is {}.",
    "roaming": "Roaming for line {} is {}.",
}
"""By what can be asked of a line, the answer, with its number."""
BILL_TOPICS: Mapping[str, str] = {
    "total": "the total",
    "status": "the status",
    "due": "the due date",
    "count": "the number of positions",
}
PLAN_TOPICS: Mapping[str, str] = {
    "name": "its name",
    "price": "its price per month",
    "limit": "its limit per month",
    "refuel_price": "the price of a gigabyte that is refuelled",
}
PHONE_TOPICS: Mapping[str, str] = {
    "service": "whether the phone has service",
    "data": "whether mobile data works",
    "mms": "whether picture messages can be sent",
    "speed": "the speed",
}


class Question(Intent[TelecomDB]):
    """A family of requests to look something up."""

    name: ClassVar[str]

    def reach(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a question can have."""
        return None if writing else self.most(db, caller)

    @abstractmethod
    def most(self, db: TelecomDB, caller: str) -> tuple[int, int]:
        """Return these of a customer."""

    def draft(self, db: TelecomDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a question that answers the brief, or None if this draw found none."""
        if not brief.may_end("information"):
            return None
        scene = Scene(db, brief, rng)
        return scene.request(self.name, "information") if self.ask(scene) else None

    @abstractmethod
    def ask(self, scene: Scene) -> bool:
        """Add the facts; say whether this draw works out."""


def shown(value: float | str, dollars: bool = False) -> str:
    """Return a value as it is told."""
    if isinstance(value, str):
        return value
    return money(value) if dollars else f"{value:g}"


class AboutLine(Question):
    """Ask for something about a line."""

    name = "about_line"

    def most(self, db: TelecomDB, caller: str) -> tuple[int, int]:
        """Return from the line alone up to nearly all that there is."""
        return 1, most_about_lines(db, caller, writing=False)

    def ask(self, scene: Scene) -> bool:
        """Ask for something that the words for the line do not say."""
        meant, topic = scene.choose(scene.lines), scene.choose(tuple(LINE_TOPICS))
        scene.add("topic", topic)
        if topic in ("left", "plan"):
            scene.read({meant.line.plan_id})
        piece = name_line(scene, meant, scene.room) if scene.room > 0 else None
        if piece is None:
            return False
        said = {condition.attribute for condition in getattr(piece.value, "where", ())}
        scene.add("line", piece)
        return topic not in said | {getattr(piece.value, "by", None)} and not (
            topic == "status" and isinstance(piece.value, FirstIn)
        )

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the line and look it up."""
        line = yield from find_line(caller, parse(LINE, facts["line"]))
        if isinstance(line, Breach):
            return refuse(line)
        topic = facts["topic"]
        value = yield from _about(caller, line, topic)
        answer = LINE_TOPICS[topic].format(line.phone_number, shown(value))
        return Outcome(statement=answer, tells=(Tell(value),))


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


class AboutBill(Question):
    """Ask for something about a bill."""

    name = "about_bill"

    def most(self, db: TelecomDB, caller: str) -> tuple[int, int]:
        """Return 1: all bills are in one list."""
        return 1, 1

    def ask(self, scene: Scene) -> bool:
        """Ask for something that the words for the bill do not say."""
        if not scene.bills:
            return False
        meant, topic = scene.choose(scene.bills), scene.choose(tuple(BILL_TOPICS))
        scene.add("topic", topic)
        piece = name_bill(scene, meant, in_list=False)
        if piece is None:
            return False
        said = {condition.attribute for condition in getattr(piece.value, "where", ())}
        scene.add("bill", piece)
        return topic not in said and scene.room == 0

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the bill and look it up."""
        bill = yield from find_bill(caller, parse(BILL, facts["bill"]))
        if isinstance(bill, Breach):
            return refuse(bill)
        topic = facts["topic"]
        value = bill_attribute(bill, topic)
        what = f"{BILL_TOPICS[topic]} of bill {bill.bill_id} is {shown(value, topic == 'total')}."
        return Outcome(statement=f"{what[:1].upper()}{what[1:]}", tells=(Tell(value),))


class AboutFigures(Question):
    """Ask for a number, or a sum, over lines or bills."""

    name = "about_figures"

    def most(self, db: TelecomDB, caller: str) -> tuple[int, int]:
        """Return from the bills up to all that belongs to lines."""
        return 1, most_about_lines(db, caller, writing=False)

    def ask(self, scene: Scene) -> bool:
        """Ask for a figure."""
        found = some_figure(scene, scene.room)
        if found is None:
            return False
        scene.mark("aggregate")
        scene.add("figure", plain(found.value))
        return True

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Compute the figure."""
        figure = parse(FIGURE, facts["figure"])
        value = yield from find_figure(caller, figure)
        text = with_unit(value, figure.attribute)
        return Outcome(statement=f"That comes to {text}.", tells=(Tell(value),))


class AboutPlan(Question):
    """Ask for something about a plan."""

    name = "about_plan"

    def most(self, db: TelecomDB, caller: str) -> tuple[int, int]:
        """Return from one plan up to nearly all that belongs to lines."""
        return 1, most_about_lines(db, caller, writing=False)

    def stretched(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return up to all plans that there are, if those are more."""
        own = self.reach(db, caller, writing)
        return own and (own[0], max(len(PLAN_IDS), own[1]))

    def ask(self, scene: Scene) -> bool:
        """Ask for something that the words for the plan do not say."""
        topic = scene.choose(tuple(PLAN_TOPICS))
        scene.add("topic", topic)
        piece = name_plan(scene, scene.choose(scene.plans), scene.room, topic)
        if piece is None:
            return False
        scene.add("plan", piece)
        return True

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the plan and look it up."""
        plan = yield from find_plan(caller, parse(PLAN, facts["plan"]))
        if isinstance(plan, Breach):
            return refuse(plan)
        topic = facts["topic"]
        value = plan_attribute(plan, topic)
        text = shown(value, topic in ("price", "refuel_price")) + " GB" * (topic == "limit")
        return Outcome(
            statement=f"It is the plan {plan.name}, and {PLAN_TOPICS[topic]} is {text}.",
            tells=(Tell(value),),
        )


class ComparePlans(Question):
    """Ask how much cheaper a month would be on another plan."""

    name = "compare_plans"

    def most(self, db: TelecomDB, caller: str) -> tuple[int, int]:
        """Return from a line and two plans up to all that belongs to lines."""
        return 3, most_reads(db, caller)

    def stretched(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return up to all plans that there are, besides."""
        own = self.reach(db, caller, writing)
        return own and (own[0], len(PLAN_IDS) + own[1])

    def ask(self, scene: Scene) -> bool:
        """Compare the plan of a line with another one."""
        meant = scene.choose(scene.lines)
        others = [plan for plan in scene.plans if plan.plan_id != meant.line.plan_id]
        own = scene.new({meant.line.line_id, meant.line.plan_id})
        scene.read({meant.line.plan_id})
        for room in scene.shuffled(range(1, scene.room - own + 2)):
            piece = name_plan(scene, scene.choose(others), room, "price")
            if piece and scene.fits(piece):
                scene.add("plan", piece)
                break
        line = name_line(scene, meant, scene.room) if "plan" in scene.values else None
        if line is None:
            return False
        scene.add("line", line)
        return True

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Compare the prices."""
        line = yield from find_line(caller, parse(LINE, facts["line"]))
        if isinstance(line, Breach):
            return refuse(line)
        other = yield from find_plan(caller, parse(PLAN, facts["plan"]))
        if isinstance(other, Breach):
            return refuse(other)
        if other.plan_id == line.plan_id:
            raise UnsolvableError(f"Line {line.line_id} is on plan {other.name} already.")
        now = yield from read_plan(line.plan_id)
        saved = round(now.price_per_month - other.price_per_month, 2)
        dearer = ", so it would be dearer" if saved < 0 else ""
        return Outcome(
            statement=f"On the plan {other.name} you would save {saved:g} dollars a month{dearer}.",
            tells=(Tell(saved),),
        )


class AboutPhone(Question):
    """Ask whether the phone works."""

    name = "about_phone"

    def most(self, db: TelecomDB, caller: str) -> tuple[int, int]:
        """Return 1: one look shows it."""
        return 1, 1

    def ask(self, scene: Scene) -> bool:
        """Ask for anything."""
        scene.add("topic", scene.choose(tuple(PHONE_TOPICS)))
        return scene.least <= 1

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


class Outside(Intent[TelecomDB]):
    """Ask for what no tool of the agent can do: the user is handed over to a human."""

    name = "outside"

    def reach(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return 0: no record bears on that."""
        return None if writing else (0, 0)

    def draft(self, db: TelecomDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request for one of the matters."""
        if not brief.may_end("handed_over"):
            return None
        scene = Scene(db, brief, rng)
        scene.add("matter", scene.choose(tuple(OUTSIDE)))
        return scene.request(self.name)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Hand the user over."""
        yield from ()
        return hand_over("outside", f"The user wants what the tools cannot do: {facts['matter']}.")
