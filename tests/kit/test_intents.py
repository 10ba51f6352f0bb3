"""Request families of the kit: where arguments come from, and whose write one is."""

from sys import modules

import pytest

from writ_gym import SamplerConfig, TaskSampler
from writ_gym.errors import TaskError
from writ_gym.kit import Case
from writ_gym.kit.seeing import WholeView
from writ_gym.meaning.breaches import Breach
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Fact, Request


@pytest.fixture
def made(library):
    """Return what makes a request family of the library with something different in it."""
    intents, words = modules["library_desk.intents"], modules["library_desk.language"].WORDS
    return lambda base, **changes: type("Other", (getattr(intents, base),), changes)(words)


def renewing_by(self, case):
    return {"loan_id": case.key, "days": 28}


def test_an_argument_that_a_rule_says_is_from_no_record_for_the_deed_and_for_the_proof(
    library, made
):
    renewing = made("RenewLoan", by_rule=("days",), arguments=renewing_by)
    db, language = library.world().db, modules["library_desk.language"]
    loan = next(iter(db.loans.values()))
    case = Case(WholeView(language.MEMBER, loan.member_id, db), language.LOAN, loan.loan_id)
    other = type("Proof", (type(library.proof),), {"by_rule": {"renew_loan": ("days",)}})
    proof = other(user=language.MEMBER, details=language.DETAILS, kinds=library.proof.kinds)
    for stated, value in ((True, {"id": loan.loan_id}), (False, {"by": "due"})):
        (write,) = renewing.act(case, stated).writes
        assert write.provenance == {"loan_id": "user" if stated else "read", "days": "rule"}
        fact = Fact(slot="loan", value=value, text="This.")
        request = Request(intent="renew_loan", text="Please.", facts=(fact,))
        assert proof.sources(request, Call(write.name, write.arguments)) == write.provenance


def test_a_refusal_that_does_not_say_no_is_told(library, made):
    def rules(self, case):
        yield Breach("paid", case.record.status, f"Fee {case.key} is {case.record.status}.")

    paying = made("PayFee", rules=rules)
    fee = next(iter(library.world().db.fees.values()))
    view = WholeView(paying.words.user, fee.member_id, library.world().db)
    with pytest.raises(TaskError, match=r"'paid' of 'pay_fee' does not say no.*'Fee F\d+ is"):
        paying.decide(view, {"fee": {"id": fee.fee_id}})


def test_a_twin_is_of_the_intent_whose_write_it_is_and_not_of_another_one_with_the_tool(
    library, made
):
    db = library.world().db
    fee = next(fee for fee in db.fees.values() if fee.status == "open")
    sampler = TaskSampler(library, SamplerConfig(write_count=1, evidence_burden=(1, 1)))
    brief = sampler._composer.brief(sampler._composer.begin(fee.member_id, rng_for(0)), 1, 1, 1)
    write = Call("pay_fee", {"fee_id": fee.fee_id})

    def twins(intent):
        return [request for n in range(6) if (request := intent.twin(db, brief, write, rng_for(n)))]

    assert twins(made("PayFee"))
    assert not twins(made("PayFee", arguments=lambda self, case: {"fee_id": case.key, "how": "x"}))
    assert not twins(made("RenewLoan", tool="pay_fee"))
