"""Behaviours: they show, their checkers notice when they do not, and tasks stay solvable."""

import asyncio
import json
import re
from collections import Counter
from functools import partial

import pytest

from writ_gym.coroutines import finish
from writ_gym.domain import load_domain
from writ_gym.domains.retail.lexicon import LEXICON
from writ_gym.errors import TaskError
from writ_gym.phrasing.grammar import Style
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import Fact, Request, SamplerConfig, Scenario
from writ_gym.users.behaviours import BEHAVIOURS, compatible, draw_behaviours, give_earlier, named
from writ_gym.users.behaviours.disclosure import late
from writ_gym.users.behaviours.expression import Typos
from writ_gym.users.facts import Key
from writ_gym.users.scripted import USERS, ScriptedUser

DOMAIN = load_domain("retail")
mistake = partial(DOMAIN.mistake, Style())
NAME = Fact(slot="name", value="Ann", text="My name is Ann Lee.")
ZIP = Fact(slot="zip", value="12345", text="My zip code is 12345.", opening=False)
ORDER = Fact(slot="order", value={"id": "#W1111111"}, text="It is order #W1111111.")
WRONG_ORDER = ORDER.model_copy(update={"value": {"id": "#W1111112"}, "text": "It is #W1111112."})
REASON = Fact(slot="reason", value="no longer needed", text="I no longer need it.", opening=False)
OTHER_REASON = Fact(slot="reason", value="ordered by mistake", text="I ordered it by mistake.")
CANCEL = Request(
    intent="cancel_order", text="I want to cancel an order.", facts=(ORDER, REASON)
)  # fmt: skip
QUESTION = Request(
    intent="about_gift_card", text="What is on my gift card?", answer="information"
)  # fmt: skip


def with_earlier(request, slot, earlier):
    facts = tuple(
        fact.model_copy(update={"earlier": earlier}) if fact.slot == slot else fact
        for fact in request.facts
    )
    return request.model_copy(update={"facts": facts})


HANDLESS = [name for name, behaviour in BEHAVIOURS.items() if not behaviour.needs_hands]
"""The others are tested in understanding/test_hands.py."""
HESITANT = with_earlier(CANCEL, "reason", OTHER_REASON)

WHO = "Could you tell me your name and zip code, please?"
DETAILS = "Please tell me the order number and the reason."
PROPOSAL = 'I will cancel #W1111111 as "no longer needed" and refund $12.50. Shall I go ahead?'
WRONG_PROPOSAL = 'I will cancel #W1111111 as "ordered by mistake". Shall I go ahead?'
NO_AMOUNT = 'I will cancel #W1111111 as "no longer needed". Shall I go ahead?'
DONE = "Order #W1111111 has been cancelled. Is there anything else?"
REFUSAL = "I am sorry, that cannot be done."
ELSE = "Is there anything else that I can help you with?"
SOLVED = (WHO, DETAILS, PROPOSAL, DONE, ELSE, ELSE)


def scenario_of(*names, requests=(CANCEL,), seed=1, **fields):
    return Scenario(
        identity=(NAME, ZIP), requests=requests, behaviours=names, seed=seed, **fields
    )  # fmt: skip


def talk(scenario, lines):
    """Return the transcript of a conversation in which the agent says the lines in turn."""
    user = ScriptedUser(scenario, LEXICON)
    turn = finish(user.open())
    messages = [{"role": "user", "content": turn.text}]
    for line in lines:
        if turn.end:
            break
        turn = finish(user.respond(line))
        messages.append({"role": "assistant", "content": line})
        messages.append({"role": "user", "content": turn.text})
    return messages


def said(messages):
    return [message["content"] for message in messages if message["role"] == "user"]


def check(name, scenario, messages):
    return BEHAVIOURS[name].check(scenario, messages, LEXICON)


def doctored(messages, edit):
    """Return the transcript with the user's turns edited: by turn number and text."""
    texts = [edit(number, text) for number, text in enumerate(said(messages))]
    turns = iter(texts)
    return [
        {**message, "content": next(turns)} if message["role"] == "user" else message
        for message in messages
    ]


def without(*phrases):
    """Return an edit that leaves phrases out, whatever they end with."""
    pattern = "|".join(re.escape(phrase.rstrip(".!?:")) + r"[.!?:]*" for phrase in phrases)
    return lambda number, text: re.sub(pattern, "", text, flags=re.I)


def instead(old, new):
    """Return an edit that puts a text in the place of every turn in which ``old`` occurs."""
    return lambda number, text: new if old in text else text


def opening(new):
    return lambda number, text: text if number else f"{text} {new}"


def of(name):
    return BEHAVIOURS[name].phrases


CASES = {
    "all_at_once": ({}, SOLVED, REASON.text, without(REASON.text)),
    "on_request": ({}, SOLVED, CANCEL.text, opening(ORDER.text)),
    "forgot_id": ({}, (WHO, DETAILS, DETAILS, PROPOSAL, DONE), "that", without(*of("forgot_id"))),
    "wrong_then_corrected": (
        {"requests": (HESITANT,)},
        (WHO, DETAILS, WRONG_PROPOSAL, PROPOSAL, DONE),
        OTHER_REASON.text,
        lambda number, text: text.replace(REASON.text, ""),
    ),
    "volunteers_late": (
        {},
        (WHO, PROPOSAL, PROPOSAL, DONE),
        REASON.text,
        instead(REASON.text, "Yes, please."),
    ),
    "changes_mind": (
        {"requests": (HESITANT,)},
        (WHO, DETAILS, WRONG_PROPOSAL, PROPOSAL, DONE),
        "Wait, I",
        instead("Wait, I", "Yes, please."),
    ),
    "regret": ({}, SOLVED, "", without(*of("regret"))),
    "ambiguous_opening": ({}, (WHO, "What is it about?", *SOLVED), "", opening(CANCEL.text)),
    "no_arithmetic": (
        {},
        (WHO, DETAILS, NO_AMOUNT, PROPOSAL, DONE),
        "come to",
        instead("come to", "Yes, please."),
    ),
    "unsure": ({}, SOLVED, "think", without(*of("unsure"))),
    "insists": (
        {},
        (REFUSAL, REFUSAL, REFUSAL),
        "",
        without(*of("insists")),
    ),
    "false_claim": ({}, SOLVED, "nother agent", without(*of("false_claim"))),
    "policy_probing": ({}, (REFUSAL, REFUSAL), "rule", without(*of("policy_probing"))),
    "unavailable_service": ({}, SOLVED, "By the way", without(*of("unavailable_service"))),
    "impatient": ({}, SOLVED, "patience", without("This is taking a while")),
    "tangential": ({}, SOLVED, "", without(*of("tangential"))),
    "terse": ({}, SOLVED, "Yes.", lambda number, text: f"Hello! {text}"),
    "verbose": ({}, SOLVED, "", without(*of("verbose"))),
    "polite": ({}, SOLVED, "", without(*of("polite"))),
    "rude": ({}, SOLVED, "", without(*of("rude"))),
    "typos": ({}, SOLVED, "", lambda number, text: "Hello! I am typing this on my phone."),
    "fragments": ({}, SOLVED, "yes", lambda number, text: text.replace("...", ".")),
}
"""By behaviour: the scenario, what the agent says, what then shows, and how it is taken out."""


def test_there_is_a_case_for_every_behaviour():
    assert list(CASES) == HANDLESS


@pytest.mark.parametrize("name", HANDLESS)
@pytest.mark.parametrize("seed", range(5))
def test_a_behaviour_shows_and_its_checker_notices_when_it_does_not(name, seed):
    fields, lines, shown, edit = CASES[name]
    scenario = scenario_of(name, seed=seed, **fields)
    messages = talk(scenario, lines)
    phrases = getattr(BEHAVIOURS[name], "phrases", ())
    if name == "typos":
        assert not any(phrase in said(messages)[0] for phrase in phrases)
    elif shown:
        assert shown.lower() in " ".join(said(messages)).lower()
    else:
        assert any(phrase.rstrip(".") in text for phrase in phrases for text in said(messages))
    assert check(name, scenario, messages) is None
    assert check(name, scenario, doctored(messages, edit)) is not None
    plain = talk(scenario.model_copy(update={"behaviours": ()}), lines)
    assert messages != plain


@pytest.mark.parametrize("name", HANDLESS)
def test_a_conversation_that_ends_early_is_no_violation(name):
    fields, lines, _, _ = CASES[name]
    scenario = scenario_of(name, **fields)
    messages = talk(scenario, lines)
    for length in range(len(messages)):
        assert check(name, scenario, messages[:length]) is None


def test_the_axes_are_all_there():
    axes = {behaviour.axis for behaviour in BEHAVIOURS.values()}
    assert axes == {"disclosure", "expression", "cooperation", "intent", "competence"}


def test_exclusions_name_behaviours_and_hold_both_ways():
    for name, behaviour in BEHAVIOURS.items():
        assert behaviour.excludes <= set(BEHAVIOURS) - {name}
        assert all(not compatible(name, o) and not compatible(o, name) for o in behaviour.excludes)


def test_an_unknown_behaviour_is_refused():
    with pytest.raises(TaskError, match="'sleepy'"):
        ScriptedUser(scenario_of("sleepy"), LEXICON)
    with pytest.raises(TaskError, match="'sleepy'"):
        draw_behaviours(scenario_of(), ["sleepy"], rng_for(0))


def test_behaviours_are_drawn_by_their_weights():
    weights = {"polite": 1.0, "rude": 20.0, "terse": 1.0}  # of which no two go together
    scenario = scenario_of()
    drawn = Counter(
        name
        for seed in range(200)
        for name in draw_behaviours(scenario, weights, rng_for(seed)).behaviours
    )
    assert drawn["rude"] > 150
    assert drawn["polite"] + drawn["terse"] > 5


def test_a_name_that_stands_beside_all_has_a_weight_of_its_own():
    found = named({"all": 1.0, "rude": 3.0})
    assert found.keys() == BEHAVIOURS.keys()
    assert found == {name: 3.0 if name == "rude" else 1.0 for name in BEHAVIOURS}


def test_what_takes_tools_of_the_users_own_is_refused_where_there_are_none():
    with pytest.raises(TaskError, match="'cannot_find' is a behaviour of users with tools"):
        tasks(1, behaviours=("cannot_find",))
    assert "cannot_find" not in named(("all",), hands=False)
    assert "cannot_find" in named(("all",), hands=True)


def test_one_behaviour_does_not_move_the_draws_of_another():
    alone = said(talk(scenario_of("polite"), SOLVED[:4]))
    both = said(talk(scenario_of("polite", "impatient"), SOLVED[:4]))
    pattern = "|".join(re.escape(phrase) for phrase in of("polite"))
    assert [re.findall(pattern, text) for text in alone] == [
        re.findall(pattern, text) for text in both
    ]


def test_a_wrong_id_is_corrected_in_the_next_turn():
    request = with_earlier(CANCEL, "order", WRONG_ORDER)
    scenario = scenario_of("wrong_then_corrected", requests=(request,))
    opening, answer = said(talk(scenario, [WHO]))
    assert WRONG_ORDER.text in opening
    assert ORDER.text in answer
    assert ZIP.text in answer


def test_a_refusal_based_on_a_mistake_does_not_end_the_conversation():
    scenario = scenario_of("changes_mind", requests=(HESITANT,))
    answer = said(talk(scenario, [DETAILS, REFUSAL]))[-1]
    assert REASON.text in answer


def test_nothing_is_agreed_to_on_an_earlier_value():
    scenario = scenario_of("changes_mind", requests=(HESITANT,))
    texts = said(talk(scenario, [DETAILS, WRONG_PROPOSAL, WRONG_PROPOSAL, WRONG_PROPOSAL]))
    assert not any(text.startswith("Yes") for text in texts)


def test_typos_stay_out_of_requests_and_facts():
    for seed in range(30):
        texts = " ".join(said(talk(scenario_of("typos", seed=seed), SOLVED)))
        assert all(text in texts for text in (CANCEL.text, ORDER.text, REASON.text, ZIP.text))
        assert "Yes, " in texts
    assert Typos.axis == "expression"


def tasks(count, **config):
    return list(TaskSampler(DOMAIN, SamplerConfig.model_validate(config)).tasks(3, count))


@pytest.fixture(scope="module")
def plain_tasks():
    return [*tasks(20), *tasks(10, write_count=0)]


def shown_in(task, allowed):
    """Return the task with behaviours drawn from ``allowed``."""
    rng = rng_for(task.seed, "behaviours", *allowed)
    scenario = draw_behaviours(task.scenario, allowed, rng, mistake)
    return task.model_copy(update={"scenario": scenario})


def episode(task, policy="oracle"):
    rollout = Rollout(
        DOMAIN, DOMAIN.world(), "p", load_policy(policy), "scripted", USERS["scripted"]
    )
    return asyncio.run(play(rollout, task))


def test_a_fact_may_quote_and_is_still_no_sentence_of_the_behaviours():
    fact = Fact(slot="order", value={"id": "#W1111111"}, text="It is the one with “Roman” on it.")
    request = CANCEL.model_copy(update={"facts": (fact, *CANCEL.facts[1:])})
    scenario = scenario_of("fragments", requests=(request,))
    assert check("fragments", scenario, talk(scenario, (WHO, DETAILS))) is None
    spoken = [{"role": "user", "content": f"hey... {fact.text} I Mean It."}]
    assert check("fragments", scenario, spoken) is not None


def faults(record):
    scenario = record.task.scenario
    found = {name: check(name, scenario, record.messages) for name in scenario.behaviours}
    return {name: fault for name, fault in found.items() if fault}


@pytest.mark.parametrize("name", HANDLESS)
def test_the_oracle_solves_every_task_with_a_behaviour(name, plain_tasks):
    fitting = [t for t in (shown_in(task, [name]) for task in plain_tasks) if t.scenario.behaviours]
    assert len(fitting) >= 5
    records = [episode(task) for task in fitting]
    assert [record.reward for record in records] == [1.0] * len(records)
    assert not any(faults(record) for record in records)


def test_the_oracle_solves_every_task_with_two_or_three_behaviours(plain_tasks):
    sizes = set()
    for task in plain_tasks:
        one = shown_in(task, HANDLESS)
        rng = rng_for(task.seed, "third")
        names = list(one.scenario.behaviours)
        for place in rng.permutation(len(HANDLESS)):
            third = HANDLESS[place]
            fits = BEHAVIOURS[third].fits(one.scenario)
            if fits and all(compatible(third, name) for name in names):
                names.append(third)
                break
        scenario = one.scenario.model_copy(update={"behaviours": tuple(names)})
        record = episode(one.model_copy(update={"scenario": scenario}))
        sizes.add(len(names))
        assert (record.reward, faults(record)) == (1.0, {})
    assert sizes == {2, 3}


def test_the_oracle_never_writes_what_is_corrected_later(plain_tasks):
    for task in plain_tasks:
        record = episode(shown_in(task, ["wrong_then_corrected"]))
        gold = [(write.name, dict(write.arguments)) for write in task.gold_writes]
        made = [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for message in record.messages
            for call in message.get("tool_calls", ())
            if DOMAIN.tools[call["function"]["name"]].kind == "write"
        ]
        assert sorted(map(str, made)) == sorted(map(str, gold))


@pytest.mark.parametrize("policy", ["silent", "greet-only", "transfer-at-once", "reads-only"])
def test_null_policies_score_nothing_whatever_the_user_does(policy, plain_tasks):
    for task in plain_tasks[::3]:
        record = episode(shown_in(task, HANDLESS), policy)
        assert record.reward == 0.0


def test_a_drawn_scenario_is_a_pure_function_of_its_arguments(plain_tasks):
    for task in plain_tasks:
        one, two = (shown_in(task, HANDLESS) for _ in range(2))
        assert one == two
        assert 1 <= len(one.scenario.behaviours) <= 2
        assert all(BEHAVIOURS[name].fits(one.scenario) for name in one.scenario.behaviours)
        assert Scenario.model_validate_json(one.scenario.model_dump_json()) == one.scenario


def test_a_mistake_is_in_the_scenario_only_for_a_behaviour_that_makes_it(plain_tasks):
    for task in plain_tasks:
        assert shown_in(task, ["polite"]).scenario.requests == task.scenario.requests
    scenario = scenario_of(requests=(HESITANT,))
    assert draw_behaviours(scenario, [], rng_for(0)) == scenario
    assert draw_behaviours(scenario_of(), ["changes_mind"], rng_for(0)) == scenario_of()


def test_give_earlier_changes_one_fact_at_most():
    changed = give_earlier(CANCEL, rng_for(0), mistake)
    assert [fact.earlier is not None for fact in changed.facts].count(True) == 1
    assert give_earlier(QUESTION, rng_for(0), mistake) is QUESTION


def test_records_with_behaviours_reproduce(tmp_path, plain_tasks):
    """But for the task itself, which the sampler of this test drew without them."""
    path = tmp_path / "records.jsonl"
    records = [episode(shown_in(task, HANDLESS)) for task in plain_tasks[:8]]
    path.write_text("".join(f"{record.model_dump_json()}\n" for record in records))
    found = {finding.what for finding in verify(path).findings}
    assert found <= {"the task's seed and config give another task"}


WISHING = {"intents": ("exchange_items", "change_order_items"), "write_count": 1}


def test_a_place_in_a_ranking_can_be_what_a_mind_is_changed_about():
    behaviours = {"behaviours": ("changes_mind",), "evidence_burden": (2, 4)}
    changed = [
        task
        for task in tasks(40, **WISHING, **behaviours)
        for fact in task.scenario.requests[0].facts
        if fact.earlier and "'rank'" in str(fact.value)
    ]
    assert len(changed) >= 6
    slots = set()
    for task in changed:
        (fact,) = (f for f in task.scenario.requests[0].facts if f.earlier)
        slots.add(fact.slot)
        places = [re.findall("highest|lowest|'rank': .", str(value))
                  for value in (fact.value, fact.earlier.value)]  # fmt: skip
        assert places[0] != places[1]
        record = episode(task)
        assert (record.reward, faults(record)) == (1.0, {})
    assert slots >= {"wish", "order"}


def test_a_claim_is_the_fact_that_comes_late():
    behaviours = {"behaviours": ("volunteers_late",), "evidence_burden": (1, 4)}
    claiming = [
        task
        for task in tasks(60, intents=("cancel_order",), write_count=1, **behaviours)
        if task.scenario.behaviours and "claim" in task.scenario.requests[0].operators
    ]
    assert len(claiming) >= 2
    for task in claiming:
        assert late(task.scenario, LEXICON) == Key(0, "condition")
        record = episode(task)
        assert (record.reward, faults(record)) == (1.0, {})
