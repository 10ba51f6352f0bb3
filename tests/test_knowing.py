"""From where on in a conversation an agent can know what is due."""

import pytest

from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.knowing import clear_from
from writ_gym.messages import assistant, calling, tool_call, user, using
from writ_gym.sampling import TaskSampler
from writ_gym.tasks import Call, SamplerConfig


@pytest.fixture(scope="module", params=OWN)
def domain(request):
    return load_domain(request.param)


@pytest.fixture(scope="module")
def tasks(domain):
    config = SamplerConfig(write_count=(0, 0), evidence_burden=(1, 6))
    return list(TaskSampler(domain, config).tasks(11, 12))


def begun(domain, task):
    return domain.world_of(task.world).begin(task)


def answered(domain, session, *calls, of=None):
    """Return the messages that make calls, by whose tools they are, and their answers."""
    messages = []
    for call in calls:
        made = tool_call(call.name, call.arguments)
        answer, _ = (of or domain.all_tools).answer(session, call.name, call.arguments)
        tool = {"role": "tool", "tool_call_id": "", "name": call.name, "content": answer}
        if domain.is_users(call.name) and of is None:
            messages += [using(made), {**tool, "requestor": "user"}, user("I see.")]
        else:
            messages += [calling(made), tool]
    return messages


def test_it_is_known_as_soon_as_all_of_the_evidence_was_shown(domain, tasks):
    for task in tasks:
        session, who = begun(domain, task), task.certificate
        reads = [*who.identification, *who.evidence]
        messages = [user("Hello"), *answered(domain, session, *reads), assistant("I cannot.")]
        place = clear_from(domain, session, task, messages)
        users_last = domain.is_users(reads[-1].name)
        assert place == len(messages) - (2 if users_last else 1)
        assert session.changes() == {}


def is_known(domain, task, messages):
    """Say whether what an agent says after these messages can be known."""
    said = [*messages, assistant("I cannot do that.")]
    return clear_from(domain, begun(domain, task), task, said) < len(said)


def test_it_is_not_known_without_one_of_the_reads(domain, tasks):
    for task in tasks:
        session, who = begun(domain, task), task.certificate
        for left_out in who.evidence:
            reads = [*who.identification, *(call for call in who.evidence if call != left_out)]
            assert not is_known(domain, task, answered(domain, session, *reads))


def test_whoever_has_no_tool_for_it_has_not_seen_it(domain, tasks):
    """An agent that calls a tool of the user's is answered that there is no such tool."""
    for task in tasks:
        session, who = begun(domain, task), task.certificate
        messages = answered(domain, session, *who.identification, *who.evidence, of=domain.tools)
        able = not any(domain.is_users(call.name) for call in who.evidence)
        assert is_known(domain, task, messages) == able


def first(domain, matches, **config):
    """Return the first task without writes that matches, and what its evidence is."""
    config = SamplerConfig(write_count=0, evidence_burden=1, **config)
    for task in TaskSampler(domain, config).tasks(2, 200):
        if matches(task):
            return task, task.certificate.evidence[0]
    raise LookupError("no such task")


def test_what_was_shown_after_a_change_shows_nothing_of_what_was_there_before(domain, tasks):
    for task in tasks:
        before, after = begun(domain, task), begun(domain, task)
        domain.proof.apply(after, task.certificate.witnesses[0].edit)
        read, *others = task.certificate.evidence
        rest = answered(domain, before, *task.certificate.identification, *others)
        assert not is_known(domain, task, [*rest, *answered(domain, after, read)])
        assert is_known(domain, task, [*rest, *answered(domain, before, read)])


def test_records_that_another_tool_shows_are_seen_as_well():
    """What stands in a list of bills stands in the bills as well, and in the profile, which."""
    domain = load_domain("telecom")
    task, read = first(domain, lambda task: task.certificate.reason == "not_overdue")
    assert read.name == "get_bills_for_customer"
    session, caller = begun(domain, task), task.certificate.caller
    keys = [caller, *session.customers[caller].bill_ids]
    one_by_one = [Call("get_details_by_id", {"id": key}) for key in keys]
    assert is_known(domain, task, answered(domain, session, *one_by_one))
    assert not is_known(domain, task, answered(domain, session, one_by_one[0]))


def test_what_a_refused_write_says_is_known():
    domain = load_domain("retail")
    task, read = first(domain, lambda task: task.certificate.reason == "not_pending",
                       intents=("cancel_order",))  # fmt: skip
    write = Call("cancel_pending_order", {**read.arguments, "reason": "no longer needed"})
    messages = answered(domain, begun(domain, task), write)
    assert messages[-1]["content"].startswith("Error")
    assert is_known(domain, task, messages)


def test_where_nothing_is_due_or_nothing_has_to_be_read_it_is_known_from_the_start(domain):
    for task in TaskSampler(domain, SamplerConfig(write_count=(1, 2))).tasks(1, 5):
        assert clear_from(domain, begun(domain, task), task, []) == 0
    config = SamplerConfig(write_count=0, evidence_burden=(0, 0))
    for task in TaskSampler(domain, config).tasks(1, 5):
        assert clear_from(domain, begun(domain, task), task, [user("Hello")]) == 0
