"""What the solvers of all intents share: refusals, hand-overs, guards, words for proposals."""

from collections.abc import Mapping

from writ_gym.database import JSON
from writ_gym.domains.telecom.intents.reading import (
    Subscription,
    bill_attribute,
    find_bill,
    find_figure,
    find_line,
    line_attribute,
)
from writ_gym.domains.telecom.rules import claim_refuted, condition_not_met
from writ_gym.domains.telecom.wishes import CONDITION, Claim, LineByNumber, LineChoice
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import keeps, parse, passes
from writ_gym.meaning.solving import Reads, Write
from writ_gym.tasks import Provenance


def money(amount: float) -> str:
    """Return an amount in US dollars as text."""
    return f"${amount:,.2f}"


def write_to(name: str, caller: str, **arguments: tuple[JSON, Provenance]) -> Write:
    """Return a write of the agent's to something of the customer's: values, and their sources."""
    return Write(
        name,
        {"customer_id": caller, **{key: value for key, (value, _) in arguments.items()}},
        {"customer_id": "read", **{key: source for key, (_, source) in arguments.items()}},
    )


def by_user(name: str, **arguments: str) -> Write:
    """Return a write that the user makes, with arguments that the policy names."""
    return Write(name, arguments, dict.fromkeys(arguments, "rule"))


def with_unit(value: float, attribute: str | None) -> str:
    """Return a sum of an attribute of lines, bills or plans, or their number, as it is told."""
    if attribute in ("total", "price"):
        return money(value)
    return f"{value:g} GB" if attribute in ("used", "left") else f"{value:g}"


def check_guard(caller: str, facts: Mapping[str, JSON]) -> Reads[Breach | None]:
    """Return the breach of the condition that the user set, if it does not hold."""
    if "condition" not in facts:
        return None
    guard = parse(CONDITION, facts["condition"])
    if isinstance(guard, Claim):
        return (yield from _check_claim(caller, guard))
    figure = yield from find_figure(caller, guard)
    held = passes(figure, guard.test, guard.value)
    return None if held else condition_not_met(figure, with_unit(figure, guard.attribute))


def _check_claim(caller: str, claim: Claim) -> Reads[Breach | None]:
    """Return what is so of a bill or a line, if it is not as the user takes it to be."""
    name = claim.believed.attribute
    actual: JSON
    if isinstance(claim.of, LineByNumber | LineChoice):
        line = yield from find_line(caller, claim.of)
        if isinstance(line, Breach):
            return line
        one = Subscription(line)
        held, actual = keeps(one, [claim.believed], line_attribute), line_attribute(one, name)
        what = f"The line {line.phone_number}"
    else:
        bill = yield from find_bill(caller, claim.of)
        if isinstance(bill, Breach):
            return bill
        held, actual = keeps(bill, [claim.believed], bill_attribute), bill_attribute(bill, name)
        what = f"Bill {bill.bill_id}"
    return None if held else claim_refuted(what, name, actual)
