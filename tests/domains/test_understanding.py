"""What agents and users say in every domain is read as what it is, over many drafted requests."""

import re
from itertools import combinations

from writ_gym.policies.oracle import AGAIN, ASK, MORE, SORRY, WHAT, plainly_joined
from writ_gym.understanding.reading import is_yes
from writ_gym.users.behaviours import phrases
from writ_gym.users.facts import compare
from writ_gym.users.wording import agrees


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


def test_questions_for_several_facts_ask_for_each_of_them(said):
    for slots in {tuple(fact.slot for fact in each.request.facts) for each in said.all}:
        for few in (each for size in (2, 3, 4) for each in combinations(slots, size)):
            named = plainly_joined([said.domain.lexicon.nouns[slot] for slot in few])
            for question in ASK:
                does, asks = said.read(question.format(named))
                assert asks & {*slots} == {*few}, (question, few)
                assert does <= {"open"}, question


def test_one_dollar_amount_is_one_and_one_thing_is_no_several(said):
    """Of money it is said that it "is" refunded, as of one sum; one bag is no "bags"."""
    wrong = re.compile(
        r"\$[\d,.]+ (?:are|go)\b|(?<![\d.,-])1 (?:\w+ )?(?:bags|items|orders|passengers)\b"
    )
    for _, outcome in said.all:
        for text in (outcome.statement, outcome.report):
            assert not wrong.search(text), text


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


def test_users_agree_to_what_they_have_asked_for(said):
    for request, outcome in said.proposals:
        answer = said.answer_to(request, outcome.statement).text
        assert is_yes(answer), (request, outcome.statement, answer)
        assert agrees(answer)


def test_users_refuse_what_contradicts_what_they_have_asked_for(said):
    refused = 0
    for one, other in zip(said.proposals, said.proposals[1:], strict=False):
        if compare(one.request, other.outcome.statement, said.domain.lexicon)[1]:
            answer = said.answer_to(one.request, other.outcome.statement).text
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
