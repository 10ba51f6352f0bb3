"""Token ids: kept once in an episode, packed, and put together as the server gave them."""

import asyncio
import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from writ_gym.models.chat import Completion, Turn, folded, parse_completion, prompts
from writ_gym.models.tokens import LogProbs, TokenIds
from writ_gym.policies.llm import STYLES, ChatAgent

TURNS = TypeAdapter(tuple[Turn, ...])
IDS = st.lists(st.integers(0, 3), max_size=6).map(tuple)


@st.composite
def conversations(draw):
    """Draw turns with whole prompts: longer and longer, cut, written anew, or not given."""
    turns, held = [], ()
    for _ in range(draw(st.integers(0, 7))):
        kept = draw(st.just(len(held)) | st.integers(0, len(held)))
        prompt = draw(st.just(held[:kept]) | IDS) + draw(IDS)
        sampled = draw(IDS)
        turns.append(Turn(
            prompt_ids=draw(st.sampled_from((prompt, prompt, prompt, None))),
            completion_ids=draw(st.sampled_from((sampled, sampled, sampled, None))),
        ))  # fmt: skip
        held = prompt + sampled
    return turns


def kept(turns):
    """Return the turns as an agent keeps them."""
    found = []
    for turn in turns:
        found.append(folded(turn, found))
    return found


@given(conversations())
def test_whatever_the_server_gave_is_put_together_to_the_last_id(turns):
    read = TURNS.validate_json(TURNS.dump_json(tuple(kept(turns))))
    assert list(prompts(read)) == list(prompts(turns)) == [turn.prompt_ids for turn in turns]
    assert [turn.completion_ids for turn in read] == [turn.completion_ids for turn in turns]


@given(st.lists(st.tuples(IDS, IDS), max_size=6))
def test_of_prompts_that_only_grow_every_id_is_kept_once(parts):
    turns, held = [], ()
    for new, sampled in parts:
        turns.append(Turn(prompt_ids=held + new, completion_ids=sampled))
        held += new + sampled
    found = kept(turns)
    assert [turn.prompt_ids for turn in found] == [new for new, _ in parts]
    assert sum(len(turn.prompt_ids) + len(turn.completion_ids) for turn in found) == len(held)


def test_where_the_template_renders_the_answer_otherwise_all_before_it_is_shared():
    first = Turn(prompt_ids=(1, 2, 3), completion_ids=(7, 7, 4))  # 7: thinks
    second = Turn(prompt_ids=(1, 2, 3, 4, 5), completion_ids=(6,))
    found = kept([first, second])
    assert (found[1].prompt_shared, found[1].prompt_ids) == (3, (4, 5))
    assert list(prompts(found)) == [(1, 2, 3), (1, 2, 3, 4, 5)]
    assert kept(found) == found


class Growing:
    """A model whose server's prompts grow, of which each answer gives the whole."""

    name = "growing"

    def __init__(self):
        self.ids = [5] * 6000

    async def complete(self, request):
        self.ids += range(60)
        turn = Turn(prompt_ids=self.ids, completion_ids=range(40), logprobs=[-0.5] * 40)
        self.ids += range(40)
        return Completion({"role": "assistant", "content": "Go on."}, turn)


def test_an_agent_keeps_of_each_prompt_what_is_new():
    agent = ChatAgent(Growing(), STYLES["native"]())

    async def talk():
        await agent.reset({"system": "Be kind.", "tools": [], "seed": 1})
        for _ in range(10):
            await agent.act(({"role": "user", "content": "Hi"},))

    asyncio.run(talk())
    assert [len(turn.prompt_ids) for turn in agent.turns] == [6060] + [60] * 9
    assert [len(prompt) for prompt in prompts(agent.turns)] == [6060 + 100 * n for n in range(10)]
    assert len(pickle.dumps(agent.turns)) < 5 * 7000


def test_the_fake_endpoint_gives_tokens_as_vllm_does_and_its_template_only_adds(fake):
    asked = {"tools": [], "messages": [{"role": "system", "content": "Be kind."}]}
    turns = []
    for text in ("Hello", "there"):
        answer = {"role": "assistant", "content": text}
        body = fake.with_tokens(fake.body_of(answer), asked)
        turns.append(parse_completion(fake.json.dumps(body)).turn)
        more = answer, {"role": "user", "content": "Hi"}
        asked = {**asked, "messages": [*asked["messages"], *more]}
    assert len(turns[0].completion_ids) == len(turns[0].logprobs) > 0
    assert folded(turns[1], turns[:1]).prompt_shared == len(turns[0].prompt_ids) + len(
        turns[0].completion_ids
    )


def test_packed_numbers_are_as_a_tuple_of_them():
    ids, logprobs = TokenIds((1, 2, 3)), LogProbs((-0.5, -math.inf))
    assert ids == (1, 2, 3) == tuple(ids)
    assert ids != (1, 2)
    assert ids != [1, 2, 3]
    assert ids != LogProbs((1, 2))
    assert (ids[0], ids[1:], ids[-1]) == (1, (2, 3), 3)
    assert (hash(ids), repr(ids), 2 in ids) == (hash((1, 2, 3)), "(1, 2, 3)", True)
    for each in (ids, logprobs):
        assert pickle.loads(pickle.dumps(each)) == copy.deepcopy(each) == each
        assert np.asarray(each.packed).tolist() == list(each)
    assert np.asarray(ids.packed).itemsize == 4


@given(IDS, IDS)
def test_what_two_begin_with_is_counted(one, other):
    both = TokenIds(one).shared_with(TokenIds(other))
    assert one[:both] == other[:both]
    assert both == min(len(one), len(other)) or one[both] != other[both]


@pytest.mark.parametrize(
    "ids", [["x"], [1.5], [1 << 31], [-(1 << 31) - 1], [1 << 80], "12", 5, {"a": 1}]
)
def test_what_are_no_token_ids_is_refused(ids):
    with pytest.raises(ValidationError, match="prompt_ids"):
        Turn(prompt_ids=ids)
