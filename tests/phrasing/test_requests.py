"""How requests are made in every domain: in many ways, in each split in others, and read back."""

from collections import defaultdict
from itertools import combinations
from typing import Any

import pytest

from writ_gym.certificates.checking import check_task, check_texts
from writ_gym.directory import OWN
from writ_gym.domain import Domain, load_domain
from writ_gym.errors import TaskError
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SPLITS, Request, SamplerConfig, Split, Task

COUNT = 70
"""Tasks sampled of each split."""
CHAT = (
    "", " ", "What is the weather like today?", "Hello, how are you?", "Please help me.",
    "I want something.", "Could you do it again, please?",
)  # fmt: skip
"""What asks for nothing that a domain knows."""


@pytest.fixture(scope="module", params=[*OWN, "library"])
def domain(request):
    if request.param not in OWN:
        request.getfixturevalue(request.param)
    return load_domain(request.param)


@pytest.fixture(scope="module")
def tasks(domain) -> dict[Split, list[Task]]:
    found: dict[Split, list[Task]] = {}
    for split in SPLITS:
        config = SamplerConfig(split=split, write_count=(0, 1), evidence_burden=(0, 3))
        sampler = TaskSampler(domain, config, domain.world())
        found[split] = list(sampler.tasks(7, COUNT))
    return found


def asked(tasks: list[Task]) -> list[Request]:
    return [request for task in tasks for request in task.scenario.requests]


def put(task: Task, text: str, **changes: Any) -> Task:
    """Return a task whose first request has another text."""
    first, *others = task.scenario.requests
    requests = (first.model_copy(update={"text": text}), *others)
    scenario = task.scenario.model_copy(update={"requests": requests})
    return task.model_copy(update={"scenario": scenario, **changes})


def findings(domain: Domain[Any], task: Task) -> list[str]:
    found = check_task(task, domain, domain.world_of(task.world), ["text"])
    return [finding.what for finding in found]


def kinds(domain: Domain[Any], tasks: list[Task]) -> dict[str, list[Task]]:
    """Return tasks by what their first request asks for, as far as its words differ."""
    found = defaultdict(list)
    for task in tasks:
        request = task.scenario.requests[0]
        # Retail's questions about one order are asked in other words for each topic.
        detail = request.values.get("topic") if request.intent == "about_order" else None
        found[f"{request.intent} {detail or ''}"].append(task)
    return found


def test_what_is_sampled_is_read_back_in_every_split(domain, tasks):
    for split in SPLITS:
        for task in tasks[split]:
            assert list(check_texts(task, domain)) == []


def test_requests_of_one_split_are_none_of_another(domain, tasks):
    for one, other in combinations(SPLITS, 2):
        texts = [{request.text for request in asked(tasks[split])} for split in (one, other)]
        assert not texts[0] & texts[1]
        for request in asked(tasks[one]):
            assert domain.asked(request, other, False)


def test_every_split_has_many_ways_to_make_the_requests(tasks):
    for split in SPLITS:
        by_intent = defaultdict(list)
        for request in asked(tasks[split]):
            by_intent[request.intent].append(request.text)
        for intent, texts in by_intent.items():
            assert len(set(texts)) >= min(4, len(texts) // 4), (split, intent)
        assert sum(len(set(texts)) for texts in by_intent.values()) >= 2 * len(by_intent)


@pytest.mark.parametrize("paraphrased", [False, True])
def test_a_text_that_asks_for_nothing_or_for_something_else_is_found(domain, tasks, paraphrased):
    for split in SPLITS:
        of_kind = kinds(domain, tasks[split])
        others = {kind: some[0].scenario.requests[0].text for kind, some in of_kind.items()}
        for kind, some in of_kind.items():
            wrong = [*CHAT, *(text for other, text in others.items() if other != kind)]
            for text in wrong:
                mutant = put(some[0], text, paraphrased=paraphrased)
                assert findings(domain, mutant), (kind, text)


def test_a_text_of_another_domain_is_found(domain, tasks):
    abroad = {
        "I want another cabin on my flight.", "I have no service on my phone.",
        "<could_you> renew a loan for me?", "Please cancel an order of mine.",
        "There is a fee on my card that I want to pay.", "I want to buy plane tickets.",
        "Please update the address of my account.", "How many bags can we bring for free?",
    }  # fmt: skip
    for split in SPLITS:
        for some in kinds(domain, tasks[split]).values():
            own = {request.text for request in asked(tasks[split])}
            rightful = some[0].scenario.requests[0]
            for text in abroad - own:
                request = rightful.model_copy(update={"text": text})
                if any(domain.asked(request, each, False) is None for each in SPLITS):
                    continue  # it is one of the domain's own texts for just this request
                assert findings(domain, put(some[0], text))


def test_a_text_of_another_split_is_found(domain, tasks):
    for split, other in zip(SPLITS, (*SPLITS[1:], SPLITS[0]), strict=True):
        elsewhere = kinds(domain, tasks[other])
        for kind, some in kinds(domain, tasks[split]).items():
            for task in elsewhere.get(kind, ()):
                assert findings(domain, put(some[0], task.scenario.requests[0].text))


def test_a_finding_says_which_text_it_is_and_what_was_to_be_asked_for(domain, tasks):
    task = tasks["train"][0]
    intent = task.scenario.requests[0].intent
    (what,) = findings(domain, put(task, "What is the weather like today?"))
    assert what.startswith(f"'What is the weather like today?' is no way to ask for {intent}: ")


def test_a_request_that_does_not_exist_is_found(domain, tasks):
    request = Request(intent="nonsense", text=asked(tasks["train"])[0].text)
    assert domain.asked(request, "train", False)
    assert domain.asked(request, "train", True)


def test_a_sampler_whose_users_say_nothing_of_use_delivers_nothing(domain, monkeypatch):
    monkeypatch.setattr("writ_gym.phrasing.asking.Asking.ask", lambda *args: "I am on the phone.")
    monkeypatch.setattr("writ_gym.sampling.sampler.ATTEMPTS", 40)
    sampler = TaskSampler(domain, SamplerConfig(write_count=1, evidence_burden=(0, 2)))
    with pytest.raises(TaskError):
        sampler.sample(0)
    assert sampler.rejected["the check of 'text' fails"]
