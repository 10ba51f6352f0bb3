"""Behaviours: seeded, checkable modules of conduct for the scripted user, and how to draw them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from writ_gym.errors import TaskError
from writ_gym.tasks import Fact, Mix, Request, Scenario, weights_of
from writ_gym.understanding.reading import Lexicon
from writ_gym.users.behaviours.base import Behaviour
from writ_gym.users.behaviours.competence import CannotFind, NoArithmetic, OneStepAtATime, Unsure
from writ_gym.users.behaviours.cooperation import (
    FalseClaim,
    Impatient,
    Insists,
    PolicyProbing,
    Tangential,
    UnavailableService,
)
from writ_gym.users.behaviours.disclosure import AllAtOnce, ForgotId, OnRequest, VolunteersLate
from writ_gym.users.behaviours.expression import Fragments, Polite, Rude, Terse, Typos, Verbose
from writ_gym.users.behaviours.intent import (
    AmbiguousOpening,
    ChangesMind,
    Regret,
    WrongThenCorrected,
)
from writ_gym.users.facts import FactTracker

Mistake: TypeAlias = Callable[[Request, Fact, np.random.Generator], Fact | None]
"""A domain's way to get a fact of a request wrong; None where it has none."""

BEHAVIOURS: Mapping[str, type[Behaviour]] = MappingProxyType(
    {
        behaviour.name: behaviour
        for behaviour in (
            AllAtOnce, OnRequest, ForgotId, WrongThenCorrected, VolunteersLate,
            ChangesMind, Regret, AmbiguousOpening, NoArithmetic, Unsure, CannotFind, OneStepAtATime,
            Insists, FalseClaim, PolicyProbing, UnavailableService, Impatient, Tangential,
            Terse, Verbose, Polite, Rude, Typos, Fragments,
        )
    }
)  # fmt: skip
"""By name, in the order in which they have their say: what is worded last comes last."""


EVERY = "all"
"""The name that stands for all behaviours."""


def named(mix: Mix, hands: bool = True) -> Mapping[str, float]:
    """Return the behaviours of a mix by name, with their weights; "all" stands for all others.

    Args:
        mix: The names.
        hands: Whether the users have tools of their own; if not, "all" is without those that
            only such users can show.

    Raises:
        TaskError: A name is unknown, or only users with tools of their own can behave like that.
    """
    weights = weights_of(mix)
    _refuse_unknown([name for name in weights if name != EVERY])
    for name in weights:
        if not hands and name != EVERY and BEHAVIOURS[name].needs_hands:
            raise TaskError(f"{name!r} is a behaviour of users with tools of their own alone.")
    able = (name for name, each in BEHAVIOURS.items() if hands or not each.needs_hands)
    others = dict.fromkeys(able, weights[EVERY]) if EVERY in weights else {}
    return {**others, **{name: weight for name, weight in weights.items() if name != EVERY}}


def behaviours_of(scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> list[Behaviour]:
    """Return the behaviours of a scenario's user, for one conversation.

    Raises:
        TaskError: The scenario names one that does not exist.
    """
    _refuse_unknown(scenario.behaviours)
    return [
        behaviour(scenario, lexicon, facts)
        for name, behaviour in BEHAVIOURS.items()
        if name in scenario.behaviours
    ]


def opens_with_all(scenario: Scenario) -> bool:
    """Say whether the user states all requests at once, so that any may be dealt with first."""
    shown = (BEHAVIOURS[name] for name in scenario.behaviours)
    return scenario.disclosure == "all_at_once" or any(each.opens_with_all for each in shown)


def volunteered(
    behaviours: Sequence[Behaviour],
    request: int | None,
    chosen: Sequence[Fact],
    facts: Sequence[Fact],
) -> Sequence[Fact]:
    """Return the facts that a user says of its own accord, as its behaviours have it.

    Args:
        behaviours: Those of the user.
        request: Index of the request; None for who the user is.
        chosen: The facts that would be said without the behaviours.
        facts: All facts of the request.
    """
    for behaviour in behaviours:
        chosen = behaviour.volunteers(request, chosen, facts)
    return chosen


def compatible(one: str, other: str) -> bool:
    """Say whether a user can show both of two behaviours."""
    excluded = other in BEHAVIOURS[one].excludes or one in BEHAVIOURS[other].excludes
    return one != other and not excluded


def draw_behaviours(
    scenario: Scenario,
    allowed: Sequence[str] | Mapping[str, float],
    rng: np.random.Generator,
    mistake: Mistake | None = None,
    *,
    any_order: bool = True,
) -> Scenario:
    """Return the scenario with one or two of the allowed behaviours that fit it and each other.

    Args:
        scenario: Any scenario.
        allowed: Names of behaviours; with weights, by which they are drawn.
        rng: The random generator.
        mistake: Makes the mistake that a behaviour corrects; without it, only scenarios of which
            a fact has an earlier value get such a behaviour.
        any_order: Whether the requests may be dealt with in any order; if not, the user does not
            state them all at once.

    Returns:
        The scenario as it is if none fits.

    Raises:
        TaskError: A name is unknown.
    """
    _refuse_unknown(list(allowed))
    mistaken = _with_mistake(scenario, rng, mistake) if mistake else scenario
    count = 1 + int(rng.random() < 0.5)
    chosen: list[str] = []
    for name in _shuffled(allowed, rng):
        fits = BEHAVIOURS[name].fits(mistaken) and all(compatible(name, c) for c in chosen)
        fits = fits and (any_order or not BEHAVIOURS[name].opens_with_all)
        if fits and len(chosen) < count:
            chosen.append(name)
    # The mistake goes into the scenario only if there is a behaviour that makes it.
    made = any(not BEHAVIOURS[name].fits(scenario) for name in chosen)
    return (mistaken if made else scenario).model_copy(update={"behaviours": tuple(chosen)})


def _shuffled(
    names: Sequence[str] | Mapping[str, float], rng: np.random.Generator
) -> Iterator[str]:
    """Yield names in a random order; where they have weights, each as the next by its weight."""
    if isinstance(names, Mapping):
        # Exponential waiting times end in that order.
        ends = rng.exponential(size=len(names)) / list(names.values())
        places = np.argsort(ends)
    else:
        places = rng.permutation(len(names))
    listed = list(names)
    return (listed[int(place)] for place in places)


def give_earlier(request: Request, rng: np.random.Generator, mistake: Mistake) -> Request:
    """Return the request with an earlier value of one of its facts, if one can be got wrong."""
    for place in rng.permutation(len(request.facts)):
        fact = request.facts[int(place)]
        earlier = mistake(request, fact, rng)
        if earlier is not None and earlier.text != fact.text:
            changed = fact.model_copy(update={"earlier": earlier})
            facts = tuple(changed if other is fact else other for other in request.facts)
            return request.model_copy(update={"facts": facts})
    return request


def _with_mistake(scenario: Scenario, rng: np.random.Generator, mistake: Mistake) -> Scenario:
    """Return the scenario with a mistake in one of its requests, if one can be made."""
    requests = list(scenario.requests)
    for place in rng.permutation(len(requests)):
        changed = give_earlier(requests[int(place)], rng, mistake)
        if changed is not requests[int(place)]:
            requests[int(place)] = changed
            break
    return scenario.model_copy(update={"requests": tuple(requests)})


def _refuse_unknown(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in BEHAVIOURS]
    if unknown:
        raise TaskError(
            f"No behaviour is called {unknown[0]!r}; there are {', '.join(BEHAVIOURS)}."
        )
