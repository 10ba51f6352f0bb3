"""What does not fit in a domain of plain tables is told before anything is sampled."""

import re
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from sys import modules

import pytest

from writ_gym.database import Record
from writ_gym.errors import TaskError
from writ_gym.kit import (
    Attribute,
    Deed,
    Entity,
    Errand,
    Kind,
    Question,
    Way,
    Words,
    building,
    table_domain,
)
from writ_gym.kit.proving import TableProof
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig

ASK = Errand(("do this", "do that", "do it", "do all"))


@pytest.fixture
def parts(library):
    """Return the parts of the library."""
    language = modules["library_desk.language"]
    return {
        "name": "library",
        "database": library.database,
        "generate": library.generate,
        "default_size": library.default_size,
        "tools": library.tools,
        "intents": library.intents,
        "words": language.WORDS,
        "ways": (Way("find_member", {"contact": "card"}),),
        "callers": library.callers,
        "proof": library.proof,
    }


def words_with(words, **changes):
    """Return words of which something is different; the request families stay."""
    asks = {each.name: ASK for each in modules["library_desk.intents"].INTENTS}
    asks.pop("outside")
    parts = {
        "user": words.user, "details": words.details, "kinds": tuple(words.kinds.values()),
        "asks": asks, "matters": words.matters,
    }  # fmt: skip
    return Words(**{**parts, **changes})


def kinds_with(words, name, **changes):
    """Return the kinds, one of them changed."""
    return tuple(
        replace(kind, **changes) if kind.name == name else kind for kind in words.kinds.values()
    )


def test_a_domain_that_fits_is_built(parts):
    domain = table_domain("library_desk", **parts)
    assert domain.operators[-1] == "aggregate"
    assert domain.unmet == {"no_such_loan", "no_such_fee", "no_such_book"}


def test_fields_of_the_domain_can_be_others(parts):
    domain = table_domain("library_desk", **parts, hand_over="hand_over", often={"pay_fee": 2})
    assert (domain.hand_over, domain.often) == ("hand_over", {"pay_fee": 2})


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("loan", {"table": "lones"}, "LibraryDB has no table 'lones' of Loan"),
        ("loan", {"read": "see_loan"}, "'loans' is read by 'see_loan', which is no tool"),
        ("loan", {"key": "id"}, r"takes \['loan_id'\], but .* it has to take 'id' alone"),
        ("fee", {"read": "get_loan", "key": "loan_id"}, "'get_loan' has to return the Fee"),
        ("loan", {"listed": "loan_ids"}, "no field 'loan_ids', in which 'loan' are listed"),
        ("book", {"scope": "all the books"}, "'book' needs both `held_by` and '{of}' in its scope"),
        ("loan", {"link": ""}, "'loan' needs both `link` and `linked`, or neither"),
        ("fee", {"attributes": {"size": Attribute()}}, "no field 'size'; it has .*'amount'"),
        ("fee", {"attributes": {"pages": Attribute()}}, "'pages' in `attributes` .*: Fee has no"),
        ("loan", {"attributes": {"pages": Attribute()}}, "'pages' in `attributes` .*: Loan has no"),
        ("loan", {"of_link": {"due": Attribute()}}, "'due' in `of_link` of .*: Book has no field"),
        ("fee", {"attributes": {"amount": Attribute(phrase="of {value}")}}, "it needs a `step`"),
        ("loan", {"attributes": {"due": Attribute(phrase="due {value}", step=7)}}, "is a text: on"),
        ("book", {"held_by": "writer"}, "a 'book' has no field 'writer'"),
    ],
)  # fmt: skip
def test_a_kind_that_does_not_fit_is_told(parts, kind, changes, told):
    words = parts["words"]
    parts["words"] = words_with(words, kinds=kinds_with(words, kind, **changes))
    with pytest.raises(ValueError, match=f"The domain 'library': .*{told}"):
        table_domain("library_desk", **parts)


class Odd(Record):
    odd: str
    on: bool
    of: str | None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"attributes": {"on": Attribute(phrase="on")}},
            "'on' in `attributes` .* is no number, te",
        ),
        ({"link": "of", "linked": Entity(Odd, "odds", "get_odd", "odd")}, "'of' of a 'odd' may be"),
    ],
)
def test_what_users_cannot_say_and_what_may_lead_nowhere_is_told(changes, told):
    odd = Entity(Odd, "odds", "get_odd", "odd")
    fields = {each.name: getattr(odd, each.name) for each in dataclass_fields(odd)}
    kind = Kind(**fields, name="odd", ids="O", holder=odd, listed="odd", scope="all", **changes)
    assert any(re.search(told, each) for each in building._misfits_of_kind(kind))


def test_who_calls_has_to_be_found_by_what_there_is(parts):
    details = parts["words"].details
    parts["words"] = words_with(
        parts["words"], details={**details, "card": replace(details["card"], field="card")}
    )
    with pytest.raises(ValueError, match=r"Member has no field 'card' \(detail 'card'\)"):
        table_domain("library_desk", **parts)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (Way("find_member", {"contact": "phone"}), "takes 'phone', which is none of the `details`"),
        (Way("find_user", {"contact": "card"}), "'find_user' is no tool: add it"),
        (Way("find_member", {"card": "card"}), r"has \['card'\], but the tool takes \['contact'\]"),
    ],
)
def test_a_way_to_find_who_calls_has_to_be_there(parts, way, told):
    with pytest.raises(ValueError, match=told):
        table_domain("library_desk", **{**parts, "ways": (way,)})


def test_every_intent_has_words(parts):
    parts["words"] = words_with(parts["words"], asks={"pay_fee": ASK})
    with pytest.raises(ValueError, match="nothing says how 'renew_loan' is asked for: add it to"):
        table_domain("library_desk", **parts)


def test_a_request_is_asked_for_in_several_ways(parts):
    with pytest.raises(ValueError, match="Requests 'pay_fee' need at least 4 ways"):
        words_with(parts["words"], asks={"pay_fee": ASK._replace(do=("pay",))})
    with pytest.raises(
        ValueError, match="'pay_fee' need at least 4 ways to be asked for, as a tup"
    ):
        words_with(parts["words"], asks={"pay_fee": ASK._replace(do="pay a fee")})


def test_what_an_intent_lacks_is_told_when_it_is_made(parts):
    class Pay(Deed):
        name, tool = "pay_fee", "pay_fee"

        def propose(self, case):
            return "", ""

    class Ask(Question):
        name = "ask"

    with pytest.raises(TypeError, match="The intent Pay has no attribute 'kind'"):
        Pay(parts["words"])
    with pytest.raises(TypeError, match=r"abstract.* '?answer"):
        Ask(parts["words"])


def test_what_a_proof_lacks_is_told_when_it_is_made(parts):
    class Half(TableProof):
        answers = ()

        def comes_to(self, db, caller, request, meant):
            raise AssertionError

    with pytest.raises(TypeError, match=r"abstract.* '?routes"):
        Half(user=parts["words"].user, details={}, kinds={})


def renewing(**changes):
    """Return the request family of renewals with something different in it."""
    base = modules["library_desk.intents"].RenewLoan
    return type("Renewing", (base,), changes)(modules["library_desk.language"].WORDS)


def test_the_tool_of_a_deed_has_to_be_there(parts):
    parts["intents"] = [renewing(tool="renew_lone")]
    with pytest.raises(ValueError, match="'renew_lone' of 'renew_loan' is none that writes"):
        table_domain("library_desk", **parts)


def test_what_a_rule_says_has_to_be_said_of_the_deed_and_of_the_proof(parts):
    parts["intents"] = [renewing(by_rule=("days",))]
    with pytest.raises(ValueError, match=r"`by_rule` of 'renew_loan' has \['days'\], but \[\] in"):
        table_domain("library_desk", **parts)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (("ask_due",), "'ask_debt' asks for information: name it in `answers` of its Other"),
        (("ask_due", "ask_debt", "pay_fee"), "'pay_fee' does not ask for .*: leave it out of"),
    ],
)
def test_the_intents_that_ask_are_those_of_which_the_proof_knows_so(parts, answers, told):
    proof, words = parts["proof"], parts["words"]
    other = type("Other", (type(proof),), {"answers": answers})
    known = {"kinds": proof.kinds, "links": proof.links}
    parts["proof"] = other(user=words.user, details=words.details, **known)
    with pytest.raises(ValueError, match=told):
        table_domain("library_desk", **parts)


def test_a_write_with_other_arguments_than_its_tool_takes_is_told(library):
    wrong = renewing(arguments=lambda self, case: {"loan": case.key})
    domain = replace(library, intents=(wrong,))
    with pytest.raises(TaskError, match=r"'renew_loan' calls its tool wrongly: .*loan_id"):
        TaskSampler(domain, SamplerConfig(write_count=1, intents=("renew_loan",))).sample(0)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kinds": {}}, "'renew_loan' has no kind in `kinds` of its LibraryProof"),
        ({"links": {"members": {"holds": "bookz"}}}, "lead to 'bookz', which is no table"),
        ({"links": {"members": {"hold": "books"}}}, "'hold' of 'members', which is not there"),
    ],
)
def test_a_proof_that_does_not_fit_is_told(parts, changes, told):
    proof, words = parts["proof"], parts["words"]
    known = {"kinds": proof.kinds, "links": proof.links, **changes}
    parts["proof"] = type(proof)(user=words.user, details=words.details, **known)
    with pytest.raises(ValueError, match=told):
        table_domain("library_desk", **parts)


def test_a_field_that_holds_keys_and_is_no_link_of_the_proof_is_told_with_the_first_world(parts):
    proof, words = parts["proof"], parts["words"]
    parts["proof"] = type(proof)(user=words.user, details=words.details, kinds=proof.kinds)
    domain = table_domain("library_desk", **parts)
    told = r"'holds' of 'members' holds keys of 'books'.* {'members': {'holds': 'books'}}, or"
    with pytest.raises(ValueError, match=f"The domain 'library': {told}"):
        domain.world(0, {"members": 20})
    table_domain("library_desk", **{**parts, "proof": proof}).world(0, {"members": 20})


def test_ids_and_details_that_look_otherwise_are_told_with_the_first_world(parts):
    words = parts["words"]
    details = {**words.details, "card": replace(words.details["card"], looks=r"\d{8}")}
    for changes, told in (
        (
            {"kinds": kinds_with(words, "fee", ids=r"F\d{4}")},
            r"`ids` of the kind 'fee', .*'F\d{5}'",
        ),
        ({"details": details}, r"`looks` of the detail 'card', .*'\d{4}-\d{4}'"),
    ):
        domain = table_domain("library_desk", **{**parts, "words": words_with(words, **changes)})
        with pytest.raises(ValueError, match=told):
            domain.world(0, {"members": 20})


def test_a_write_that_names_no_record_is_told(library):
    with pytest.raises(
        ValueError, match=r"arguments \['note'\] names none of \['loan_id', 'fee_id'"
    ):
        library.target({"note": "hello"})


def test_a_kind_is_an_entity():
    of_both = [{each.name for each in dataclass_fields(kind)} for kind in (Entity, Kind)]
    assert of_both[0] < of_both[1]
