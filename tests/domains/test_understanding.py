"""What agents and users say in every domain is read as what it is, over many drafted requests."""

from typing import NamedTuple

import pytest

from writ_gym.behaviours import phrases
from writ_gym.coroutines import finish
from writ_gym.directory import OWN
from writ_gym.domain import Brief, load_domain
from writ_gym.errors import UnsolvableError
from writ_gym.facts import compare
from writ_gym.grammar import REGISTERS, Style
from writ_gym.policies.oracle import AGAIN, ASK, MORE, SORRY, WHAT
from writ_gym.seeding import rng_for
from writ_gym.solving import Outcome
from writ_gym.tasks import SPLITS, Request, Scenario
from writ_gym.turns import Turns
from writ_gym.understanding import is_yes, read_agent
from writ_gym.users import ScriptedUser, Stage
from writ_gym.wording import agrees

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


@pytest.fixture(scope="module", params=OWN)
def said(request):
    domain = load_domain(request.param)
    world = domain.world()
    callers = list(domain.callers(world.db))
    drawn = (solved(domain, world, callers, draw) for draw in range(DRAWS))
    return Said(domain, [each for each in drawn if each])


def test_proposals_ask_for_a_yes_and_for_nothing_else(said):
    texts = {each.outcome.statement for each in said.proposals}
    assert len(texts) > 100
    assert not said.misread(texts, "proposes")


def test_reports_say_that_something_was_done(said):
    texts = {each.outcome.report for each in said.all if each.outcome.writes}
    assert not said.misread(texts, "reports")
    assert not said.misread((f"{t} {MORE[0]}" for t in texts), "reports", "offers_more")


def test_refusals_refuse_and_answers_only_inform(said):
    refusals = {outcome.statement for outcome in said.told if outcome.reason}
    answers = {outcome.statement for outcome in said.told if not outcome.reason}
    assert min(len(refusals), len(answers)) > 30
    assert not said.misread(refusals, "refuses")
    assert not said.misread((f"{t} {MORE[0]}" for t in refusals), "refuses", "offers_more")
    assert not said.misread(answers)


def test_who_is_handed_over_knows_it(said):
    texts = {each.outcome.statement for each in said.all if each.outcome.hand_over}
    assert texts
    assert not said.misread(texts, "transfers")


def test_what_agents_say_in_every_domain_is_what_it_sounds_like(said):
    assert not said.misread(MORE, "offers_more")
    assert not said.misread(WHAT, "open")
    assert not said.misread([SORRY], "refuses")


def test_questions_ask_for_their_fact_and_for_no_other_of_the_request(said):
    for slots in {tuple(fact.slot for fact in each.request.facts) for each in said.all}:
        for slot in slots:
            for question in (*ASK, AGAIN):
                does, asks = said.read(question.format(said.domain.lexicon.nouns[slot]))
                assert asks & {*slots} == {slot}, (question, slot)
                assert does <= {"open"}, question  # it may leave it to the user what to say


def test_questions_for_the_user_ask_for_what_the_user_is_found_by(said):
    lexicon, sets = said.domain.lexicon, said.domain.identifying
    every = frozenset().union(*sets)
    for question in lexicon.identity_questions:
        does, asks = said.read(question)
        assert not does
        assert any(each <= asks for each in sets)
        assert asks <= every
    for question in lexicon.identity_alternatives:
        assert said.read(question)[1] & every


def answer_to(said, request, text):
    """Return what a user who has made a request answers."""
    user = ScriptedUser(Scenario(identity=(), requests=(request,), seed=1), said.domain.lexicon)
    user.resume(" ".join([request.text, *(f.text for f in request.facts)]), [Stage.STATED])
    return finish(user.respond(text)).text


def test_users_agree_to_what_they_have_asked_for(said):
    for request, outcome in said.proposals:
        answer = answer_to(said, request, outcome.statement)
        assert is_yes(answer), (request, outcome.statement, answer)
        assert agrees(answer)


def test_users_refuse_what_contradicts_what_they_have_asked_for(said):
    refused = 0
    for one, other in zip(said.proposals, said.proposals[1:], strict=False):
        if compare(one.request, other.outcome.statement, said.domain.lexicon)[1]:
            answer = answer_to(said, one.request, other.outcome.statement)
            assert not is_yes(answer), (one.request, other.outcome.statement, answer)
            assert not agrees(answer), answer
            refused += 1
    assert refused > 20


def test_no_wish_sounds_like_a_yes_and_no_word_takes_a_yes_back(said):
    wishes = {each.request.text for each in said.all}
    wishes |= {fact.text for each in said.all for fact in each.request.facts}
    for wish in wishes:
        assert not is_yes(wish), wish
        assert not agrees(wish), wish
        assert all(is_yes(f"{yes} {wish}") for yes in phrases.YES), wish
        assert not any(is_yes(f"{no} {wish}") for no in phrases.NO), wish
        assert not any(agrees(f"{no} {wish}") for no in phrases.NO), wish
