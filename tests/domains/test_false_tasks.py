"""What is false in a task, and no fault of a solver, is found by the checker in every domain."""

from typing import NamedTuple

import pytest

from writ_gym.certificates.checking import POINTS, check_task
from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Call, Due, SamplerConfig

OF_WRITES = SamplerConfig(write_count=(1, 2), evidence_burden=(1, 5))
OF_NONE = SamplerConfig(write_count=(0, 0), evidence_burden=(1, 5))
OF_BOTH = SamplerConfig(
    write_count=(1, 2), evidence_burden=(1, 5), unwritten_share=1.0, behaviours=("all",)
)
COUNT = 8


class Sampled(NamedTuple):
    """A domain, and tasks in it with writes, without, and with a request without beside others."""

    domain: object
    world: object
    writing: tuple
    idle: tuple
    both: tuple

    def points(self, task):
        """Return the points at which a task is found to be false."""
        return {finding.point for finding in check_task(task, self.domain, self.world)}


@pytest.fixture(scope="module", params=OWN)
def sampled(request):
    domain = load_domain(request.param)
    world = domain.world()
    of = (
        tuple(TaskSampler(domain, config, world).tasks(0, COUNT))
        for config in (OF_WRITES, OF_NONE, OF_BOTH)
    )
    return Sampled(domain, world, *of)


def but(record, **changes):
    return record.model_copy(update=changes)


def with_request(task, **changes):
    """Return a task whose first request is another."""
    first, *others = task.scenario.requests
    requests = (but(first, **changes), *others)
    return but(task, scenario=but(task.scenario, requests=requests))


def with_facts(task, **changes):
    """Return a task whose facts of the first request are all other ones."""
    facts = tuple(but(fact, **changes) for fact in task.scenario.requests[0].facts)
    return with_request(task, facts=facts)


def unasked(task, request):
    """Return a task with a gold write more, of a request."""
    more = but(task.gold_writes[0], request=request)
    return but(task, gold_writes=(*task.gold_writes, more))


def told(task, request):
    """Return a task in which the agent has to tell one more number."""
    return but(task, due=(*task.due, Due(kind="number", value=123456.0, request=request)))


def evidence_that_writes(task):
    """Return a task in which a write counts as a read for itself."""
    write, *others = task.gold_writes
    itself = Call(name=write.name, arguments=write.arguments)
    return but(task, gold_writes=(but(write, evidence=(*write.evidence, itself)), *others))


def computed(task):
    writes = (
        but(write, provenance=dict.fromkeys(write.provenance, "computed"))
        for write in task.gold_writes
    )
    return but(task, gold_writes=tuple(writes))


def otherwise(task):
    """Return a task in which something else is said to be right after the edits of witnesses."""
    witnesses = [but(each, outcome="to tell: nothing") for each in task.certificate.witnesses]
    return but(task, certificate=but(task.certificate, witnesses=tuple(witnesses)))


FALSE = {
    "a gold write belongs to no request": ("form", lambda task: unasked(task, 99)),
    "a gold write belongs to a request from the end": ("form", lambda task: unasked(task, -1)),
    "what is due belongs to no request": ("form", lambda task: told(task, 99)),
    "a read that is counted is no read": ("form", evidence_that_writes),
    "more is due than the request is for": ("due", lambda task: told(task, 0)),
    "the split is another": ("config", lambda task: but(task, config=but(
        task.config, split="test"))),
    "more writes are asked for": ("config", lambda task: but(task, config=but(
        task.config, write_count=(5, 6)))),
    "a heavier burden is asked for": ("config", lambda task: but(task, config=but(
        task.config, evidence_burden=(9, 9)))),
    "an operator does not exist": (
        "config", lambda task: with_request(task, operators=("bogus",))),
    "a behaviour does not exist": ("scenario", lambda task: but(
        task, scenario=but(task.scenario, behaviours=("nope",)))),
    "a behaviour is not asked for": ("scenario", lambda task: but(
        task, scenario=but(task.scenario, behaviours=("terse",)))),
    "the user does not know who it is": ("scenario", lambda task: but(
        task, scenario=but(task.scenario, unknown=tuple(
            fact.slot for fact in task.scenario.identity)))),
    "an action is called information": (
        "scenario", lambda task: with_request(task, answer="information")),
    "other words would do as well": (
        "scenario", lambda task: with_facts(task, alternatives=("whatever",))),
    "the request is empty": ("text", lambda task: with_request(task, text="")),
    "the request is no request": (
        "text", lambda task: with_request(task, text="What is the weather like?")),
    "every argument is said to be computed": ("provenance", computed),
    "after an edit something else is right": ("witnesses", otherwise),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_in_a_task_with_writes_is_found(sampled, name):
    point, change = FALSE[name]
    assert point in POINTS
    false = [(task, change(task)) for task in sampled.writing]
    false = [wrong for task, wrong in false if wrong != task]  # a reboot has no arguments
    assert false
    for wrong in false:
        assert point in sampled.points(wrong)


def test_sampled_tasks_are_not_false(sampled):
    assert {
        point
        for task in sampled.writing + sampled.idle + sampled.both
        for point in sampled.points(task)
    } == set()


def allowed(task):
    """Return a task in which a request is refused that comes to writes; None without another one.

    The agent would have to say that it cannot be done, for a reason, on the reads of its writes.
    """
    refused = task.gold_writes[-1].request
    gold = tuple(write for write in task.gold_writes if write.request != refused)
    evidence = [read for w in task.gold_writes if w.request == refused for read in w.evidence]
    due = Due(kind="refusal", value="delivered", request=refused)
    burdens = [write.burden for write in gold]
    return gold and but(
        task,
        gold_writes=gold,
        due=(due,),
        config=but(task.config, unwritten_share=0.5),
        certificate=but(
            task.certificate, reason="not_pending", evidence=tuple(evidence),
            write_count=len(gold), evidence_burden=max(burdens), evidence_total=sum(burdens),
        ),
    )  # fmt: skip


def test_the_refusal_of_a_request_that_is_allowed_is_found(sampled):
    false = [wrong for task in sampled.writing if (wrong := allowed(task))]
    assert false
    for wrong in false:
        assert wrong.is_mixed
        assert {"meaning", "due"} <= sampled.points(wrong)


def of_answer(task, **changes):
    """Return a task with other claims about the request that comes to no write."""
    return but(task, certificate=but(task.certificate, **changes))


def in_one_breath(task):
    """Return a task whose user says everything at once, whatever the order comes to."""
    certificate = but(task.certificate, orders_agree=False)
    scenario = but(task.scenario, behaviours=("all_at_once",))
    return but(task, certificate=certificate, scenario=scenario)


OF_ANSWERS = {
    "nothing has to be told": ("due", lambda task: but(task, due=())),
    "what is told with any write": ("due", lambda task: but(
        task, due=tuple(but(item, kind="text", value="no") for item in task.due))),
    "another reason": ("due", lambda task: of_answer(task, reason="bogus")),
    "no reason": ("due", lambda task: of_answer(task, reason=None)),
    "other figures": ("figures", lambda task: of_answer(task, measures=None)),
    "its reads count as those of writes": ("figures", lambda task: of_answer(
        task, evidence_total=task.certificate.evidence_total + 1)),
    "a read fewer": ("witnesses", lambda task: of_answer(
        task, evidence=task.certificate.evidence[1:])),
    "none was asked for": ("config", lambda task: but(task, config=but(
        task.config, unwritten_share=0.0))),
    "that of a human": ("due", lambda task: but(task, due=(
        Due(kind="hand_over", value="transfer_to_human_agents", request=task.unwritten[0]),))),
    "another order, all the same": ("orders", lambda task: of_answer(
        task, orders_agree=not task.certificate.orders_agree)),
    "all at once": ("orders", in_one_breath),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_ANSWERS)
def test_what_is_false_of_a_request_without_writes_beside_others_is_found(sampled, name):
    point, change = OF_ANSWERS[name]
    false = [(task, change(task)) for task in sampled.both]
    false = [wrong for task, wrong in false if wrong != task]
    assert false
    for wrong in false:
        assert point in sampled.points(wrong)


def test_two_requests_without_writes_are_found_since_only_one_is_proved(sampled):
    for task in sampled.both:
        twice = but(task.scenario, requests=(*task.scenario.requests, task.scenario.requests[0]))
        assert "form" in sampled.points(but(task, scenario=twice))


def test_a_task_of_writes_alone_is_none_where_another_request_is_asked_for(sampled):
    for task in sampled.writing:
        assert "config" in sampled.points(but(task, config=but(task.config, unwritten_share=1.0)))


def test_the_request_of_another_intent_is_found(sampled):
    texts = {
        task.scenario.requests[0].intent: task.scenario.requests[0].text for task in sampled.writing
    }
    assert len(texts) > 1
    for task in sampled.writing:
        for intent, text in texts.items():
            if intent != task.scenario.requests[0].intent:
                assert "text" in sampled.points(with_request(task, text=text))


def test_figures_of_a_task_without_writes_are_measured(sampled):
    for task in sampled.idle:
        measures = but(task.certificate.measures, tokens=99_999)
        wrong = but(task, certificate=but(task.certificate, measures=measures))
        assert "figures" in sampled.points(wrong)


def test_the_reason_of_a_task_without_writes_is_the_right_one(sampled):
    for task in sampled.idle:
        reason = "bogus" if task.certificate.reason else "delivered"
        wrong = but(task, certificate=but(task.certificate, reason=reason))
        assert sampled.points(wrong) & {"meaning", "due", "figures", "form"}
