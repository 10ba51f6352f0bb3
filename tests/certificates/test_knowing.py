"""From where on in a conversation an agent can know what is due."""

from collections import Counter

import pytest

from writ_gym.certificates.knowing import clear_from, knew
from writ_gym.certificates.walking import walk
from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.messages import assistant, calling, tool_call, user, using
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
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


# What takes a diagnosis


@pytest.fixture(scope="module")
def carrier():
    return load_domain("telecom")


@pytest.fixture(scope="module")
def repairs(carrier):
    """Return tasks of one request for a repair, of one write and of several."""
    names = sorted(carrier.diagnosed)
    config = {"write_count": (1, 3), "evidence_burden": (2, 8), "intents": names}
    sampler = TaskSampler(carrier, SamplerConfig.model_validate(config))
    found = [task for task in sampler.tasks(4, 40) if len(task.scenario.requests) == 1]
    assert {len(task.gold_writes) for task in found} == {1, 2, 3}
    return found


def told(*messages):
    """Return the messages with a word of the agent before each call of the user's."""
    return [
        each
        for message in messages
        for each in (
            [assistant("Please do that."), message]
            if message["role"] == "user" and message.get("tool_calls")
            else [message]
        )
    ]


def played(domain, task, reads, session=None):
    """Return a conversation that makes reads, and then the gold writes."""
    session = session or begun(domain, task)
    calls = [*task.certificate.identification, *reads]
    writes = [Call(write.name, write.arguments) for write in task.gold_writes]
    return told(*answered(domain, session, *calls), *answered(domain, session, *writes))


def is_known_first(domain, task, messages):
    session = begun(domain, task)
    found = knew(domain, session, task, messages)
    assert session.changes() == {}
    return found


def looks_of(task):
    return [read for write in task.gold_writes for read in write.evidence]


def test_a_repair_counts_after_its_reads_and_without_one_of_them_it_does_not(carrier, repairs):
    for task in repairs:
        looks = looks_of(task)
        assert is_known_first(carrier, task, played(carrier, task, looks))
        # What a repair answers shows something, too, for those that come after it.
        for left_out in looks if len(task.gold_writes) == 1 else ():
            reads = [read for read in looks if read != left_out]
            assert not is_known_first(carrier, task, played(carrier, task, reads))


def test_any_looks_count_just_where_they_are_enough(carrier, repairs):
    """Others than those that are counted may be enough, too; what looks like it may not be."""
    found = Counter()
    for task in (task for task in repairs if len(task.gold_writes) == 1):
        (turn,) = walk(task, carrier, carrier.world_of(task.world))
        moment = turn.moment
        looks = carrier.proof.looks(moment.session, moment.caller, moment.request)
        every = list({look.key: look for look in (*looks, *turn.made(task))}.values())
        rng = rng_for(0, "looks", task.task_id)
        for _ in range(6):
            reads = [look for look in every if rng.random() < 0.8]
            fixed = [*task.certificate.identification, *reads]
            enough = moment.disproof(moment.around(), fixed, moment.keeps_writes()) is None
            assert is_known_first(carrier, task, played(carrier, task, reads)) == enough
            found[enough] += 1
    assert min(found[True], found[False]) > 10


def test_looks_after_a_repair_come_too_late(carrier, repairs):
    for task in repairs:
        session = begun(carrier, task)
        early = played(carrier, task, (), session)
        late = told(*answered(carrier, session, *looks_of(task)))
        assert not is_known_first(carrier, task, [*early, *late])


def test_who_has_a_look_and_the_repair_made_in_one_go_did_not_know(carrier, repairs):
    task = next(t for t in repairs if all(carrier.is_users(w.name) for w in t.gold_writes))
    messages = [m for m in played(carrier, task, looks_of(task)) if m["role"] != "assistant"
                or m.get("tool_calls")]  # fmt: skip
    assert not is_known_first(carrier, task, [assistant("Please do all of that."), *messages])


def test_that_there_is_nothing_else_to_repair_is_to_be_known_before_the_last_repair_made(
    carrier, repairs
):
    tried = 0
    for task in repairs:
        *others, last = [Call(write.name, write.arguments) for write in task.gold_writes]
        if not others:
            continue
        goal = begun(carrier, task)
        answered(carrier, goal, *others, last)
        first = sum(write.burden for write in task.gold_writes[:-1])
        for witness in task.certificate.witnesses[first:]:
            session = begun(carrier, task)
            reads = [read for read in looks_of(task) if read != witness.read]
            calls = [*task.certificate.identification, *reads, last, witness.read, *others]
            messages = told(*answered(carrier, session, *calls))
            if f"{last.name} {dict(last.arguments)}" in witness.outcome and (
                session.changes() == goal.changes()
            ):
                assert is_known_first(carrier, task, messages)
                tried += 1
    assert tried


def manual(domain, task):
    """Return what policy.md has an agent look at for a goal, and all that is on file."""
    (request,), caller = task.scenario.requests, task.certificate.caller
    session = begun(domain, task)
    customer = session.customers[caller]
    lines = [session.lines[key] for key in customer.line_ids]
    keys = {key for line in lines for key in (line.line_id, line.plan_id, line.device_id) if key}
    names = ["check_network_status", "check_apn_settings"]
    if request.intent == "fix_mms":
        names += ["check_network_mode_preference", "check_wifi_calling_status"]
        names += ["check_app_permissions"]
    if request.values.get("goal") == "excellent":
        names += ["check_data_restriction_status", "check_network_mode_preference"]
        names += ["check_vpn_status"]
    usage = "get_data_usage"
    return [
        *(Call("get_details_by_id", {"id": key}) for key in sorted(keys)),
        *(Call(usage, {"customer_id": caller, "line_id": line.line_id}) for line in lines),
        Call("get_bills_for_customer", {"customer_id": caller}),
        *(Call(n, {"app_name": "messaging"} if "app" in n else {}) for n in names),
    ]


def test_who_reads_as_the_manual_says_knows_whatever_the_solver_reads(carrier, repairs):
    for task in repairs:
        assert is_known_first(carrier, task, played(carrier, task, manual(carrier, task)))


def blind(domain, task):
    """Return a conversation in which all remedies are tried, the right ones last.

    After each, the agent sees whether the goal is reached; what would do harm is left out.
    """
    (request,), session = task.scenario.requests, begun(domain, task)
    caller, proof = task.certificate.caller, domain.proof
    (decision,) = proof.decisions(session, caller, request)
    others = [option for option in decision.options if option not in decision.right]
    test = {"fix_service": "check_status_bar", "fix_data": "run_speed_test"}
    reached = Call(test.get(request.intent, "can_send_mms"), {})
    messages = answered(domain, session, *task.certificate.identification, reached)
    for option in (*others, *decision.right):
        writes = proof.meaning(session, caller, request, {"repair": (option,)}).writes
        tried = session.fork()
        for write in writes:
            domain.all_tools.answer(tried, write.name, write.arguments)
        if option in decision.right or tried.changes() == session.changes():
            messages += answered(domain, session, *writes, reached)
    return told(*messages)


def test_who_tries_all_until_it_works_knew_nothing_where_much_has_to_be_read(carrier, repairs):
    heavy = [task for task in repairs if task.is_read_heavy]
    assert len(heavy) > 3
    for task in heavy:
        assert not is_known_first(carrier, task, blind(carrier, task))


def test_a_try_that_changes_nothing_is_no_repair(carrier, repairs):
    """Rebooting a phone first of all is of no use, and does no harm."""
    reboot = Call("reboot_device", {})
    last = [t for t in repairs if t.gold_writes[-1].name == reboot.name]
    assert last
    for task in last:
        session = begun(carrier, task)
        first = told(*answered(carrier, session, reboot))
        assert is_known_first(
            carrier, task, [*first, *played(carrier, task, looks_of(task), session)]
        )


def test_what_takes_no_diagnosis_is_always_known(domain):
    for task in TaskSampler(domain, SamplerConfig(write_count=(1, 2))).tasks(1, 12):
        if not any(r.intent in domain.diagnosed for r in task.scenario.requests):
            assert knew(domain, begun(domain, task), task, [user("Hello")])
