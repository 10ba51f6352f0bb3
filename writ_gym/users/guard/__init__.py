"""What a model that plays a user may not say or do: one small check for each sin.

A check sees the agenda before the turn, and the turn; it returns what to tell the model, or None.
It objects to what is clearly wrong only: a turn that is held back for nothing costs as much as
one that is wrongly let through.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from writ_gym.users.agenda import Agenda
from writ_gym.users.guard.answering import evades, withholds
from writ_gym.users.guard.course import (
    accepts_wrong,
    empty,
    ends_after_yes,
    ends_early,
    lingers,
    rejects_right,
    repeats,
    takes_back,
    too_long,
)
from writ_gym.users.guard.facts import contradicts, invents, leaks
from writ_gym.users.guard.hands import bad_calls, misreports, pretends, untold
from writ_gym.users.guard.role import plays_agent, speaks_as_model
from writ_gym.users.simulators import UserTurn

Check: TypeAlias = Callable[[Agenda, UserTurn], str | None]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            empty, too_long, repeats, plays_agent, speaks_as_model, invents, contradicts, leaks,
            withholds, evades, takes_back, ends_after_yes, ends_early, lingers, accepts_wrong,
            rejects_right, bad_calls, untold, pretends, misreports,
        )
    }
)  # fmt: skip
"""By the reason that they are counted under."""


OF_FACTS = frozenset(
    ("contradicts", "leaks", "withholds", "evades", "takes_back", "accepts_wrong", "rejects_right")
)
"""Checks that rest on what the facts of a scenario say, and on when each is due. Of instructions in
prose neither can be told: they may have a user lie at first, give nothing away or withdraw."""


def examine(agenda: Agenda, turn: UserTurn) -> dict[str, str]:
    """Return what there is to object to in a turn, by reason."""
    left_out = OF_FACTS if agenda.scenario.instructions else frozenset[str]()
    found = {name: check(agenda, turn) for name, check in CHECKS.items() if name not in left_out}
    return {name: objection for name, objection in found.items() if objection}
