"""Users that are played by a chat model: right ones succeed, and sinners are caught."""

import asyncio
import json
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path

import gymnasium
import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.coroutines import finish
from writ_gym.domain import load_domain
from writ_gym.errors import BackendError, ContextLengthError, StoreError, UserError
from writ_gym.models.chat import is_metered
from writ_gym.policies import load_policy
from writ_gym.policy import make_policy
from writ_gym.runs.rollouts import Rollout, collect, listed, play, sampled
from writ_gym.runs.store import MemoryStore, read_records
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import seed_for
from writ_gym.tasks import Call, SamplerConfig
from writ_gym.users.llm import answer_format, llm_user, read_turn
from writ_gym.users.simulators import UserTurn, is_guarded


def load(name):
    spec = spec_from_file_location(name, Path(__file__).parents[1].joinpath(f"{name}.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fake_users = load("fake_users")
fake_endpoint = load("fake_endpoint")
FakeChat, acted = fake_users.FakeChat, fake_users.acted


def tasks_of(name, count, seed=21, **config):
    domain = load_domain(name)
    world = domain.world()
    sampler = TaskSampler(domain, SamplerConfig.model_validate(config), world)
    return domain, world, list(sampler.tasks(seed, count))


def played(name, make_user, count=1, **config):
    """Return the records of the oracle with users of a model."""
    domain, world, tasks = tasks_of(name, count, **config)
    rollout = Rollout(domain, world, "oracle", load_policy("oracle"), "llm:fake", make_user)

    async def all_of_them():
        return [await play(rollout, task, index) for index, task in enumerate(tasks)]

    return asyncio.run(all_of_them())


def say(text, end=False, **more):
    return json.dumps({"say": text, "end": end, **more})


def spoiling(turn, lie, times=1):
    """Return what makes a model lie in one of its turns, at its first attempts."""

    def spoil(answer, request):
        heard = [m["content"] for m in request.messages if m["role"] == "user"]
        redone = sum(text.startswith(fake_users.COMPLAINT) for text in heard)
        return lie if (len(heard) - redone - 1, redone < times) == (turn, True) else answer

    return spoil


@pytest.mark.parametrize("name", ["retail", "airline", "telecom"])
def test_the_oracle_succeeds_with_a_model_that_plays_right(name):
    records = played(name, acted(), 50, behaviours=("all",))
    assert [r.index for r in records if r.reward != 1.0] == []
    assert {r.status for r in records} == {"ok"}
    assert [r.user.guard for r in records if r.user.guard] == []
    for record in records:
        assert record.user.simulator == "llm:fake"
        assert record.user.model == "fake"
        assert record.usage.user.calls > 0
    uses = [any(m.get("tool_calls") for m in r.messages if m["role"] == "user") for r in records]
    assert any(uses) == (name == "telecom")


def test_it_is_metered_and_guarded_and_waits():
    users = []
    (record,) = played("retail", acted(keep=users.append))
    (user,) = users
    assert is_metered(user)
    assert is_guarded(user)
    assert not user.immediate
    assert user.objections == Counter()
    assert record.usage.user == user.usage
    assert user.usage.calls == sum(m["role"] == "user" for m in record.messages)
    assert user.usage.prompt_tokens == 100 * user.usage.calls


def test_a_lie_is_asked_for_again_with_the_reason_and_counted():
    seen = []

    def spoil(answer, request):
        seen.append(request)
        return spoiling(1, say("My zip code is 99999."))(answer, request)

    (record,) = played("retail", acted(spoil))
    assert record.reward == 1.0
    assert record.user.guard == {"invents": 1}
    assert not any("99999" in (m["content"] or "") for m in record.messages)
    again = [r for r in seen if r.messages[-1]["content"].startswith(fake_users.COMPLAINT)]
    assert len(again) == 1
    assert "'99999' is in none of your facts" in again[0].messages[-1]["content"]
    assert "99999" in again[0].messages[-2]["content"]
    later = seen[seen.index(again[0]) + 1]
    assert not any("99999" in m["content"] for m in later.messages)


def test_trials_of_a_task_are_sampled_by_seeds_of_their_own_which_are_the_same_again():
    domain, world, (task,) = tasks_of("retail", 1)

    def seeds(run_seed, trial):
        seen = []

        def keep(answer, request):
            seen.append(request.seed)
            return answer

        rollout = Rollout(
            domain, world, "oracle", load_policy("oracle"), "llm:fake", acted(keep), run_seed
        )
        asyncio.run(play(rollout, task, trial=trial))
        return seen

    one, other = seeds(0, 0), seeds(0, 1)
    assert not set(one) & set(other)
    assert not set(one) & set(seeds(5, 0))
    assert (one, other) == (seeds(0, 0), seeds(0, 1))


@pytest.mark.parametrize("constrained", [True, False])
def test_the_server_is_held_to_the_form_of_an_answer_unless_it_refuses_that(constrained):
    domain, _, (task,) = tasks_of("retail", 1)
    chat = FakeChat(lambda request: say(f"Hi! {task.scenario.requests[0].text}"))
    make_user = llm_user(chat, constrained=constrained)
    asyncio.run(make_user(task.scenario, domain.lexicon, None).open())
    assert (chat.seen[0].response_format is not None) is constrained


def said_by_user(record):
    """Return how many turns the user has had, calls counted as turns."""
    return sum(message["role"] == "user" for message in record.messages)


@pytest.mark.parametrize("name", ["retail", "airline", "telecom"])
def test_the_scripted_user_stands_in_at_any_turn_and_keeps_the_episode_right(name):
    for turn in range(6):
        spoil = spoiling(turn, say("How can I assist you today?"), times=9)
        records = played(name, acted(spoil), 6)
        assert [r.reward for r in records] == [1.0] * 6
        for record in records:
            assert record.user.guard.get("plays_agent", 0) == 3 * (turn < said_by_user(record))


def test_who_keeps_lying_is_no_user_and_the_episode_has_no_reward():
    liar = llm_user(FakeChat(lambda request: say("How can I assist you today?")))
    (record,) = played("retail", liar)
    assert (record.status, record.reward, record.termination) == ("user_error", None, None)
    assert record.user.guard == {"plays_agent": 9, "fallback": 3}
    assert "'fake' does not play the user" in record.error
    assert len([m for m in record.messages if m["role"] == "user"]) == 2


BAD_USERS = {
    "turns the roles around": (
        "May I have your e-mail address?", "Could you please provide your order number?",
        "What is your user id?", "Your request has been completed.",
    ),
    "refuses to play": (
        "I'm sorry, but I can't help with that.", "As an AI language model, I cannot do that.",
    ),
    "never says what it wants": (
        "Hello.", "I need some help.", "Can you help me?", "Please help.", "What do you mean?",
        "It is about something.", "Well, yes.",
    ),
    "knows nothing": ("I don't know.", "I am not sure.", "I can't remember that."),
    "talks of other things": ("It rains.", "My cat is ill.", "So it goes.", "Nice, isn't it?"),
}  # fmt: skip


@pytest.mark.parametrize("lines", BAD_USERS.values(), ids=BAD_USERS)
@pytest.mark.parametrize("name", ["retail", "airline", "telecom"])
def test_a_user_who_is_none_never_costs_the_agent_its_reward(name, lines):
    said = count()
    bad = llm_user(FakeChat(lambda request: say(lines[next(said) % len(lines)])))
    records = played(name, bad, 3)
    assert [(r.status, r.reward) for r in records] == [("user_error", None)] * 3


def test_numbers_of_attempts_and_fallbacks_are_kept_to():
    chat = FakeChat(lambda request: "")
    domain, _, (task,) = tasks_of("retail", 1)
    user = llm_user(chat, attempts=2, fallbacks=1)(task.scenario, domain.lexicon, None)
    asyncio.run(user.open())
    assert len(chat.seen) == 2
    with pytest.raises(UserError):
        asyncio.run(user.respond("How can I help you?"))
    assert len(chat.seen) == 4
    assert user.objections == {"empty": 4, "fallback": 2}


@pytest.mark.parametrize("wrong", [{"best_of": 0}, {"attempts": 0}, {"fallbacks": -1}])
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="must be 1 or more"):
        llm_user(FakeChat(str), **wrong)


def test_of_several_answers_the_first_good_one_is_taken():
    domain, _, (task,) = tasks_of("retail", 1)
    opening = task.scenario.requests[0].text
    seeds = [seed_for(task.scenario.seed, "user", number) for number in range(3)]
    answers = dict(zip(seeds, ["", say(f"Hi! {opening}"), say(f"Hello! {opening}")], strict=True))
    chat = FakeChat(lambda request: answers[request.seed])
    user = llm_user(chat, best_of=3)(task.scenario, domain.lexicon, None)
    assert asyncio.run(user.open()).text == f"Hi! {opening}"
    assert [request.seed for request in chat.seen] == seeds
    assert user.objections == {"empty": 1}
    assert user.usage.calls == 3


def test_answers_are_sampled_at_once():
    domain, _, (task,) = tasks_of("retail", 1)
    waiting, together = [], asyncio.Event()

    class Slow(FakeChat):
        async def complete(self, request):
            waiting.append(request)
            if len(waiting) == 4:
                together.set()
            await together.wait()
            return await super().complete(request)

    user = llm_user(Slow(lambda request: say("Hi!")), best_of=4)(
        task.scenario, domain.lexicon, None
    )
    assert asyncio.run(user.open()).text == "Hi!"


@pytest.mark.parametrize("best_of", [1, 2])
def test_a_provider_that_fails_is_not_the_users_fault(best_of):
    def fail(request):
        raise BackendError("out of order")

    (record,) = played("retail", llm_user(FakeChat(fail), best_of=best_of))
    assert (record.status, record.error, record.reward) == ("infra_error", "out of order", None)


def test_of_several_answers_that_fail_in_two_ways_the_first_one_counts():
    failures = [BackendError("out of order"), ContextLengthError("8192 tokens")] * 2

    def fail(request):
        raise failures.pop(0)

    (record,) = played("retail", llm_user(FakeChat(fail), best_of=2))
    assert (record.status, record.error) == ("infra_error", "out of order")


def test_a_disk_that_is_full_while_the_user_is_asked_stops_the_run_with_its_message():
    def fail(request):
        raise StoreError("disk full")

    domain, world, tasks = tasks_of("retail", 1)
    make_user = llm_user(FakeChat(fail), best_of=2)
    rollout = Rollout(domain, world, "oracle", load_policy("oracle"), "llm:fake", make_user)
    with pytest.raises(StoreError, match="disk full"):
        asyncio.run(collect(rollout, listed(tasks), MemoryStore(), count=4))


def test_a_conversation_too_long_for_the_user_is_not_the_agents_fault():
    def fail(request):
        raise ContextLengthError("8192 tokens")

    (record,) = played("retail", llm_user(FakeChat(fail)))
    assert (record.status, record.reward) == ("user_error", None)
    assert "too long" in record.error


def test_the_model_is_told_the_scenario_and_never_the_gold():
    seen = []

    def keep(answer, request):
        seen.append(request)
        return answer

    records = played("retail", acted(keep), 10, write_count=(1, 3), behaviours=("all",))
    for record in records:
        openings = {r.messages[0]["content"] for r in seen}
        said = [text for text in openings if record.task.scenario.requests[0].text in text]
        assert any(
            all(fact.text in text for r in record.task.scenario.requests for fact in r.facts)
            for text in said
        )
    scenario = records[0].task.scenario
    first = next(r for r in seen if scenario.requests[0].text in r.messages[0]["content"])
    gold = json.dumps([dict(w.arguments) for w in records[0].task.gold_writes])
    ids = {word for word in json.loads(json.dumps(gold)).split('"') if word.isdigit()}
    known = scenario.model_dump_json()
    prompt = "\n".join(m["content"] for m in first.messages)
    assert not [word for word in ids if word not in known and word in prompt]
    assert first.response_format["json_schema"]["schema"]["required"] == ["say", "end"]


def test_answers_are_read_whatever_stands_around_them():
    assert read_turn(say("Hi.", True)) == UserTurn("Hi.", True)
    assert read_turn(f"```json\n{say('Hi.')}\n```") == UserTurn("Hi.")
    assert read_turn(f"Sure: {say('Hi.')} I hope") == UserTurn("Hi.")
    assert read_turn("Just text.") == UserTurn("Just text.")
    assert read_turn('{"say": "Hi') is None
    assert read_turn("```json\n[]\n```") is None
    assert read_turn('{"end": true}') == UserTurn("", True)
    assert read_turn('{"say": 5, "end": "yes"}') == UserTurn("")
    calls = [{"name": "look", "arguments": {"at": "it"}}]
    assert read_turn(say("x", True, calls=calls)) == UserTurn(
        "", calls=(Call("look", {"at": "it"}),)
    )
    for wrong in ([1], ["look"], [{"arguments": {}}], [{"name": "x", "arguments": [1]}], "look"):
        assert read_turn(say("", calls=wrong)) is None
    assert read_turn(say("x", calls=[])) == UserTurn("x")


def test_an_answer_that_cannot_be_read_is_asked_for_again():
    (record,) = played("retail", acted(spoiling(2, '{"say": "I wan')))
    assert record.reward == 1.0
    assert record.user.guard == {"unreadable": 1}


def test_reasoning_is_no_part_of_what_is_said():
    domain, _, (task,) = tasks_of("retail", 1)
    chat = FakeChat(lambda request: f"<think>I say 12345678.</think>{say('Hi!')}")
    user = llm_user(chat)(task.scenario, domain.lexicon, None)
    assert asyncio.run(user.open()).text == "Hi!"


def test_only_users_with_tools_at_hand_are_held_to_calls():
    hands = load_domain("telecom").hands
    fields = answer_format(hands)["json_schema"]["schema"]["properties"]
    names = [each["properties"]["name"]["const"] for each in fields["calls"]["items"]["anyOf"]]
    assert names == [tool.name for tool in hands.tools]
    for none in (None, hands.tied()):
        assert "calls" not in answer_format(none)["json_schema"]["schema"]["properties"]


def test_a_model_can_play_the_user_of_an_environment():
    domain, _, (task,) = tasks_of("retail", 1)
    env = gymnasium.make("writ/retail-v0", user=acted())
    observation, info = env.reset(seed=1, options={"task": task})
    policy = make_policy(load_policy("oracle"), domain, task)
    finish(policy.reset(info))
    done, reward = False, 0.0
    while not done:
        observation, reward, terminated, truncated, info = env.step(finish(policy.act(observation)))
        done = terminated or truncated
    assert reward == 1.0


def test_the_record_of_an_environment_has_the_users_model_its_guard_and_its_cost():
    domain, _, (task,) = tasks_of("retail", 1)
    env = gymnasium.make("writ/retail-v0", user=acted(spoiling(1, say("My zip code is 99999."))))
    observation, info = env.reset(seed=1, options={"task": task})
    policy = make_policy(load_policy("oracle"), domain, task)
    finish(policy.reset(info))
    done = False
    while not done:
        observation, _, terminated, truncated, _ = env.step(finish(policy.act(observation)))
        done = terminated or truncated
    (of_run,) = played("retail", acted(spoiling(1, say("My zip code is 99999."))))
    record = env.unwrapped.record()
    assert (record.user.model, record.user.guard) == ("fake", {"invents": 1})
    assert record.usage.user == of_run.usage.user
    assert record.usage.user.calls > 1


async def served(answer, use):
    """Return what comes of using a fake endpoint from plain code."""
    async with fake_endpoint.FakeEndpoint(answer) as endpoint:
        return await asyncio.to_thread(use, endpoint)


def test_records_of_the_command_line_verify(tmp_path):
    domain, world, _ = tasks_of("retail", 0)
    tasks = [sampled(TaskSampler(domain, SamplerConfig(), world), 5)(i) for i in range(6)]

    def use(endpoint):
        arguments = ["rollout", "--env", "writ/retail-v0", "-n", "6", "--seed", "5",
                     "--user", "llm:small", "--user-base-url", endpoint.url, "--user-best-of", "2",
                     "--out", str(tmp_path / "run")]  # fmt: skip
        return CliRunner().invoke(main, arguments), endpoint.seen

    result, seen = asyncio.run(served(fake_users.UserAnswers(tasks), use))
    assert result.exit_code == 0, result.output
    records = list(read_records(tmp_path / "run"))
    assert [r.reward for r in records] == [1.0] * 6
    assert {(r.user.simulator, r.user.model) for r in records} == {("llm:small", "small")}
    assert sum(r.usage.user.calls for r in records) == len(seen)
    assert verify(tmp_path / "run").findings == ()
    assert {request["model"] for request in seen} == {"small"}


def test_a_recorded_run_of_two_models_is_the_same_again_in_every_trial_without_them(tmp_path):
    domain, world, _ = tasks_of("retail", 0)
    tasks = [sampled(TaskSampler(domain, SamplerConfig(), world), 5)(i) for i in range(3)]
    agent, user = fake_endpoint.OracleAnswers(tasks), fake_users.UserAnswers(tasks)

    def answer(asked):
        if asked["model"] == "big":
            return agent(asked)
        said = user(asked)
        return said if asked["seed"] % 3 else {"content": say("My zip code is 99999.")}

    def records(url, folder, *options):
        arguments = ["rollout", "--env", "writ/retail-v0", "-n", "3", "--trials", "2", "--seed",
                     "5", "--agent", "openai:big", "--agent-base-url", url, "--user", "llm:small",
                     "--user-base-url", url, "--user-best-of", "2", "--out", str(tmp_path / folder),
                     "--recording", str(tmp_path / "answers.jsonl"), *options]  # fmt: skip
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        found = sorted(read_records(tmp_path / folder), key=lambda r: (r.index, r.trial))
        return [r.model_dump(exclude={"timing"}) for r in found]

    first = asyncio.run(served(answer, lambda endpoint: records(endpoint.url, "first")))
    assert records("http://127.0.0.1:9/v1", "again", "--replay") == first
    assert {r["reward"] for r in first} == {1.0}
    objections = [r["user"]["guard"] for r in first]
    assert any(one != other for one, other in zip(objections[::2], objections[1::2], strict=True))


def test_numbers_of_attempts_and_fallbacks_can_be_given_to_a_command(tmp_path):
    def use(endpoint):
        arguments = ["rollout", "--env", "writ/retail-v0", "-n", "1", "--user", "llm:small",
                     "--user-base-url", endpoint.url, "--user-attempts", "2", "--user-fallbacks",
                     "1", "--out", str(tmp_path / "run")]  # fmt: skip
        return CliRunner().invoke(main, arguments), endpoint.seen

    result, seen = asyncio.run(served(lambda asked: {"content": say("")}, use))
    assert result.exit_code == 3, result.output
    (record,) = read_records(tmp_path / "run" / "failures.jsonl")
    assert (record.status, record.user.guard) == ("user_error", {"empty": 4, "fallback": 2})
    assert len(seen) == 4
    manifest = json.loads((tmp_path / "run" / "run.json").read_text())
    of_user = manifest["user_model"]
    assert (of_user["attempts"], of_user["fallbacks"]) == (2, 1)


def test_a_user_without_a_model_is_refused():
    result = CliRunner().invoke(main, ["rollout", "--env", "writ/retail-v0", "--user", "llm:"])
    assert result.exit_code == 2
    assert "is not one of scripted, llm:MODEL" in result.output
