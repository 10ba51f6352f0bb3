"""What the solvers of all intents share: refusals, hand-overs, guards, words for proposals."""

from collections.abc import Mapping

from writ_gym.database import JSON
from writ_gym.domains.telecom.intents.reading import find_figure
from writ_gym.domains.telecom.rules import Breach, condition_not_met
from writ_gym.domains.telecom.wishes import GUARD
from writ_gym.solving import Outcome, Reads, Tell, Write
from writ_gym.tasks import Provenance

ASK_YES = "Shall I go ahead? (yes/no)"


def refuse(breach: Breach) -> Outcome:
    """Return the outcome of a request that a rule forbids."""
    return Outcome(statement=breach.sentence, tells=(Tell(breach.fact),), reason=breach.code)


def hand_over(reason: str, summary: str) -> Outcome:
    """Return the outcome of a request that a human has to deal with."""
    return Outcome(
        statement="YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON.",
        reason=reason,
        hand_over=summary,
    )


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


def check_guard(caller: str, facts: Mapping[str, JSON]) -> Reads[Breach | None]:
    """Return the breach of the condition that the user set, if it does not hold."""
    if "condition" not in facts:
        return None
    guard = GUARD.validate_python(facts["condition"])
    figure = yield from find_figure(caller, guard)
    held = figure > guard.value if guard.test == "over" else figure < guard.value
    return None if held else condition_not_met(figure, guard.attribute in ("total", "price"))
