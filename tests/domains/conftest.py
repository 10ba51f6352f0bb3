"""Requests that are drafted and solved in every domain, and what is said of them."""

from typing import NamedTuple

import pytest

from writ_gym.coroutines import finish
from writ_gym.directory import OWN
from writ_gym.domain import Brief, load_domain
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.solving import Outcome
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.sampling.turns import Turns
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS, Request, Scenario
from writ_gym.understanding.reading import read_agent
from writ_gym.users.goals import Stage
from writ_gym.users.scripted import ScriptedUser

DRAWS = 1500
"""Requests that are drawn in a domain; about half can be drafted and solved."""
MOST = 6
"""Evidence burden up to which they are drafted."""
DOES = ("proposes", "refuses", "reports", "transfers", "open", "offers_more")


class Solved(NamedTuple):
    request: Request
    outcome: Outcome


def solved(domain, world, callers, draw):
    """Return the request of a draw with its outcome; None if it came to none."""
    rng = rng_for(3, "said", draw)
    caller = callers[int(rng.integers(len(callers)))]
    intent, writes = domain.intents[draw % len(domain.intents)], 3 * (rng.random() < 0.5)
    reach = intent.reach(world.db, caller, writes > 0)
    if reach is None:
        return None
    style = Style(REGISTERS[draw % len(REGISTERS)], SPLITS[int(rng.integers(len(SPLITS)))])
    burden = int(rng.integers(reach[0], max(reach[0], min(reach[1], MOST)) + 1))
    brief = Brief(caller=caller, burden=burden, least=0, writes=writes, style=style)
    request = intent.draft(world.db.session(caller), brief, rng)
    if request is None:
        return None
    turns = Turns(domain, world)
    try:
        turns.identify(domain.identity(world.db, caller, rng, style)[0])
        return Solved(request, turns.solve(caller, request).outcome)
    except UnsolvableError:
        return None


class Said(NamedTuple):
    """A domain, and requests in it with what they come to."""

    domain: object
    world: object
    all: list[Solved]

    def read(self, text):
        """Return what a text does, and what it asks for."""
        reading = read_agent(text, self.domain.lexicon)
        return {does for does in DOES if getattr(reading, does)}, reading.asks

    def misread(self, texts, *does):
        """Return the texts that are read as something else; by none of them may a user act."""
        hands = self.domain.hands
        return [
            text
            for text in texts
            if self.read(text) != ({*does}, frozenset()) or (hands and hands.understood(text))
        ]

    @property
    def proposals(self):
        """The requests that end in a proposal to the user: what the user does itself needs none."""
        return [
            each
            for each in self.all
            if not all(self.domain.is_users(write.name) for write in each.outcome.writes)
        ]

    @property
    def told(self):
        """What the requests come to without a write."""
        return [o for _, o in self.all if not (o.writes or o.hand_over)]

    def user(self, request):
        """Return a user who has made a request and told all of it."""
        user = ScriptedUser(Scenario(identity=(), requests=(request,), seed=1), self.domain.lexicon)
        user.resume(" ".join([request.text, *(f.text for f in request.facts)]), [Stage.STATED])
        return user

    def answer_to(self, request, *texts):
        """Return what such a user says to the last of some messages, and whether it leaves."""
        user = self.user(request)
        return [finish(user.respond(text)) for text in texts][-1]


@pytest.fixture(scope="session", params=OWN)
def said(request):
    domain = load_domain(request.param)
    world = domain.world()
    callers = list(domain.callers(world.db))
    drawn = (solved(domain, world, callers, draw) for draw in range(DRAWS))
    return Said(domain, world, [each for each in drawn if each])
