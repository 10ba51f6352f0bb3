"""Facts and requests in words: sentences of the grammar around noun phrases."""

from datetime import date

from writ_gym.database import JSON
from writ_gym.domains.telecom.texts.nouns import Nouns
from writ_gym.domains.telecom.texts.words import (
    GOALS,
    OUTSIDE,
    PLACES,
    ROAMING,
    TOPICS,
    gigabytes,
    money,
    spoken,
)
from writ_gym.domains.telecom.wishes import (
    AMOUNT,
    BILLS,
    CONDITION,
    FIGURE,
    LINES,
    PLAN,
    REFUEL,
    Claim,
    EveryBill,
    EveryLine,
    Nothing,
    WithinBudget,
)
from writ_gym.meaning.queries import parse


class Sentences(Nouns):
    """Puts facts into words; a ``tell`` method for every slot."""

    def tell_name(self, value: JSON) -> str:
        """Say who it is."""
        return self.say("name", name=value)

    def tell_birth(self, value: JSON) -> str:
        """Say the date of birth."""
        return self.say("birth", birth=spoken(date.fromisoformat(value)))

    def tell_phone(self, value: JSON) -> str:
        """Say the number of the phone."""
        return self.say("phone", phone=value)

    def tell_customer_id(self, value: JSON) -> str:
        """Say the customer id."""
        return self.say("customer_id", id=value)

    def tell_line(self, value: JSON) -> str:
        """Say which line, or which lines, are meant."""
        reference = parse(LINES, value)
        if isinstance(reference, EveryLine):
            return self.say("every", records=self.every(reference))
        return self.say("about", record=self.line(reference))

    def tell_bill(self, value: JSON) -> str:
        """Say which bill, or which bills, are meant."""
        reference = parse(BILLS, value)
        if isinstance(reference, EveryBill | WithinBudget):
            return self.say("every", records=self.every(reference))
        return self.say("about", record=self.bill(reference))

    def tell_plan(self, value: JSON) -> str:
        """Say which plan is meant."""
        return self.say("plan", plan=self.plan(parse(PLAN, value)))

    def tell_amount(self, value: JSON) -> str:
        """Say how much data is wanted."""
        return self.say("amount", amount=self.amount(parse(AMOUNT, value)))

    def tell_refuel(self, value: JSON) -> str:
        """Say how much data may be bought if that is needed."""
        wish = parse(REFUEL, value)
        rule = "refuel_nothing" if isinstance(wish, Nothing) else "refuel"
        return self.say(rule, amount=self.amount(wish))

    def tell_pay(self, value: JSON) -> str:
        """Say whether the user pays what is overdue."""
        return self.say("pay_yes" if value else "pay_no")

    def tell_in_hand(self, value: JSON) -> str:
        """Say whether the line of the user's own phone is among those meant."""
        return self.say("in_hand_yes" if value else "in_hand_no")

    def tell_place(self, value: JSON) -> str:
        """Say where the phone is."""
        return self.say("place", place=self.choose(PLACES[value]))

    def tell_goal(self, value: JSON) -> str:
        """Say how fast mobile data has to be."""
        return self.say(f"goal_{value}", speed=self.choose(GOALS[value]))

    def tell_roaming(self, value: JSON) -> str:
        """Say how roaming is to be."""
        return self.say("roaming", turned=self.choose(ROAMING[value]))

    def tell_reason(self, value: JSON) -> str:
        """Say why a line is to be suspended."""
        return self.say("reason", reason=value)

    def tell_condition(self, value: JSON) -> str:
        """Say what must hold for the request to be carried out."""
        guard = parse(CONDITION, value)
        if isinstance(guard, Claim):
            return self.say("claim", claim=self.claim(guard))
        more = "more than" if guard.test == "over" else "less than"
        if guard.figure == "count":
            shown = f"{guard.value:g}"
        elif guard.attribute in ("used", "left"):
            shown = gigabytes(guard.value)
        else:
            shown = money(guard.value)
        comma = "," if guard.over.where else ""  # else it reads as part of the last one
        figure = f"{self.figure(guard)}{comma}"
        return self.say("condition", figure=figure, test=f"is {more} {shown}")

    def tell_figure(self, value: JSON) -> str:
        """Say which figure is asked for."""
        return self.say("figure", figure=self.figure(parse(FIGURE, value)))

    def tell_topic(self, value: JSON) -> str:
        """Say what is asked."""
        return self.say("topic", topic=self.choose(TOPICS[value]))

    def tell_matter(self, value: JSON) -> str:
        """Say what is wanted that the agent cannot do."""
        return self.say("matter", matter=OUTSIDE[value])
