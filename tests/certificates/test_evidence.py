"""Which reads determine what is right."""

import pytest

from writ_gym.certificates.evidence import Moment
from writ_gym.domain import load_domain
from writ_gym.meaning.proofs import Meaning, UnclearError
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig


@pytest.fixture(scope="module")
def moments():
    """Return requests without writes at their turn, by what is due of each."""
    domain = load_domain("retail")
    found = {}
    for task in TaskSampler(domain, SamplerConfig(write_count=0)).tasks(4, 40):
        session, caller = domain.world().begin(task), task.certificate.caller
        kind = task.due[0].kind
        moment = Moment(domain, session, caller, {}, task.scenario.requests[0])
        found.setdefault(kind, (moment, task.due[0].value))
    return found


NONE = {
    "another fact": Meaning(breaches=frozenset({("not_pending", "no status at all")})),
    "a hand-over": Meaning(handed_over=frozenset({"outside"})),
    "an answer": Meaning(tells=(123.0,)),
}


def test_a_refusal_is_determined_with_the_fact_that_it_names(moments):
    moment, fact = moments["refusal"]
    keeps = moment.keeps_answer(fact)
    assert keeps(moment.meaning)
    assert keeps(Meaning(breaches=moment.meaning.breaches | NONE["another fact"].breaches))
    assert not any(map(keeps, NONE.values()))


def test_a_number_that_is_named_is_the_same_in_other_digits(moments):
    moment, _ = moments["refusal"]
    keeps = moment.keeps_answer(12.5)
    assert keeps(Meaning(breaches=frozenset({("balance_too_low", "12.50")})))
    assert not keeps(Meaning(breaches=frozenset({("balance_too_low", "12.55")})))


@pytest.mark.parametrize("kind", ["number", "hand_over"])
def test_an_answer_is_determined_and_a_hand_over(moments, kind):
    moment, _ = moments[kind]
    keeps = moment.keeps_answer()
    assert keeps(moment.meaning)
    assert not any(keeps(each) for each in NONE.values() if bool(each.handed_over) is not (
        kind == "hand_over"))  # fmt: skip


@pytest.mark.parametrize("name", ["airline", "retail", "telecom"])
def test_what_is_right_after_an_edit_is_what_brute_force_says_of_the_edited_world(name):
    domain, tried = load_domain(name), 0
    for task in TaskSampler(domain, SamplerConfig(write_count=(0, 1))).tasks(6, 3):
        request, caller = task.scenario.requests[0], task.certificate.caller
        moment = Moment(domain, domain.world().begin(task), caller, {}, request)
        for record in moment.around():
            for edit, world in moment.edits(record, unbroken=False):
                if world is not None:
                    assert moment.world_after(edit, []) == meaning_after(moment, edit)
                    tried += 1
    assert tried > 50


def meaning_after(moment, edit):
    """Return what is right in an edited world, where all is computed anew."""
    session = moment.session.fork()
    moment.domain.proof.apply(session, edit)
    try:
        return moment.domain.proof.meaning(session, moment.caller, moment.request)
    except UnclearError:
        return None
