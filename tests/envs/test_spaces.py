"""The spaces: samples that they contain, and what Gymnasium's vector environments ask of them."""

import copy
import json
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array, iterate
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.database import Database
from writ_gym.domains.retail.tools import TOOLS
from writ_gym.envs.spaces import ActionSpace, MessageSpace, random_text
from writ_gym.messages import assistant, calling, notice, tool_call, user
from writ_gym.tools import ToolSet

Space = ActionSpace | MessageSpace


@pytest.fixture(params=["action", "message"])
def space(request: pytest.FixtureRequest) -> Space:
    return ActionSpace(TOOLS, seed=1) if request.param == "action" else MessageSpace(seed=1)


def samples(space: gymnasium.Space[Any], count: int = 20) -> list[Any]:
    return [space.sample() for _ in range(count)]


def other_tools() -> ToolSet[Database]:
    tools: ToolSet[Database] = ToolSet()

    @tools.read
    def look(db: Database) -> str:
        """Look."""
        return ""

    return tools


def test_a_space_contains_its_samples(space: Space) -> None:
    for sample in samples(space, 300):
        assert space.contains(sample)
        assert sample in space
        json.dumps(sample)


def test_samples_of_the_action_space_say_something_or_call_any_tool_with_valid_arguments() -> None:
    actions = samples(ActionSpace(TOOLS, seed=0), 500)
    calls = [call for action in actions for call in action.get("tool_calls", ())]
    said = [action for action in actions if "tool_calls" not in action]
    assert {call["function"]["name"] for call in calls} == {tool.name for tool in TOOLS}
    assert len(calls) + len(said) == 500
    assert 100 < len(said) < 200
    for call in calls:
        TOOLS[call["function"]["name"]].parse(call["function"]["arguments"])
    assert all(action["content"].strip() for action in said)


def test_a_sampled_action_takes_the_values_that_it_is_given() -> None:
    space = ActionSpace(TOOLS, seed=0)
    actions = [space.sample(values=lambda name, rng: f"<{name}>") for _ in range(100)]
    calls = [call["function"] for action in actions for call in action.get("tool_calls", ())]
    arguments = [json.loads(call["arguments"]) for call in calls]
    assert {given["order_id"] for given in arguments if "order_id" in given} == {"<order_id>"}


def test_equal_seeds_give_equal_samples_and_others_do_not(space: Space) -> None:
    space.seed(5)
    first = samples(space)
    assert samples(space) != first
    space.seed(5)
    assert samples(space) == first
    space.seed(6)
    assert samples(space) != first


def test_a_space_can_be_seeded_when_it_is_made() -> None:
    assert samples(ActionSpace(TOOLS, seed=3)) == samples(ActionSpace(TOOLS, seed=3))
    assert samples(MessageSpace(seed=3)) == samples(MessageSpace(seed=3))
    rng = np.random.default_rng(0)
    assert MessageSpace(seed=rng).np_random is rng


def test_spaces_are_equal_by_value_whatever_their_seeds() -> None:
    assert ActionSpace(TOOLS, seed=1) == ActionSpace(TOOLS, seed=2)
    assert MessageSpace(seed=1) == MessageSpace(seed=2)
    assert ActionSpace(other_tools()) == ActionSpace(other_tools())
    assert ActionSpace(other_tools()) != ActionSpace(TOOLS)
    assert ActionSpace(TOOLS) != MessageSpace()
    assert MessageSpace() != gymnasium.spaces.Discrete(2)


def test_equal_spaces_have_equal_hashes(space: Space) -> None:
    assert hash(copy.deepcopy(space)) == hash(space)
    assert len({ActionSpace(TOOLS), ActionSpace(TOOLS), MessageSpace(), MessageSpace()}) == 2


def test_a_deep_copy_draws_the_same_and_leaves_the_original_alone(space: Space) -> None:
    twin = copy.deepcopy(space)
    assert twin == space
    drawn = samples(twin)
    assert samples(space) == drawn
    twin.seed(99)
    assert samples(twin) != samples(space)


def test_a_deep_copy_of_an_unseeded_space_is_independent() -> None:
    for space in (ActionSpace(TOOLS), MessageSpace()):
        twin = copy.deepcopy(space)
        assert twin.np_random is not space.np_random
        assert samples(twin) != samples(space)


def test_a_pickled_space_is_equal_and_draws_the_same(space: Space) -> None:
    twin = pickle.loads(pickle.dumps(space))
    assert twin == space
    assert samples(twin) == samples(space)


@pytest.mark.parametrize(
    "action",
    [
        "Hi",
        "",
        {"content": "Hi"},
        assistant("Hi"),
        calling(tool_call("look", {})),
        '{"content": null, "tool_calls": [{"name": "x"}]}',
        {"tool_calls": [{"name": "x", "arguments": "broken"}]},
    ],
    ids=str,
)
def test_every_form_of_an_action_is_in_the_action_space(action: Any) -> None:
    assert action in ActionSpace(TOOLS)


@pytest.mark.parametrize(
    "action",
    [None, 5, [], b"Hi", user("Hi"), {"content": 5}, {"tool_calls": [{}]}, np.zeros(2)],
    ids=str,
)
def test_what_is_no_action_is_not_in_the_action_space(action: Any) -> None:
    assert action not in ActionSpace(TOOLS)


ANSWER = {"role": "tool", "tool_call_id": "call_1", "name": "look", "content": "{}"}


@pytest.mark.parametrize(
    "observation", [(), (user("Hi"),), (notice("Error"),), (ANSWER, ANSWER), [user("Hi")]], ids=str
)
def test_user_and_tool_messages_are_observations(observation: Any) -> None:
    assert observation in MessageSpace()


@pytest.mark.parametrize(
    "observation",
    [
        None,
        "Hi",
        b"",
        "",
        user("Hi"),
        {user: 1},
        (assistant("Hi"),),
        (user("Hi"), None),
        ({"role": "user", "content": None},),
        ({"content": "Hi"},),
        np.zeros(2),
        5,
    ],
)
def test_anything_else_is_no_observation(observation: Any) -> None:
    assert observation not in MessageSpace()


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_asking_a_space_about_anything_gives_an_answer(value: Any) -> None:
    assert isinstance(ActionSpace(TOOLS).contains(value), bool)
    assert isinstance(MessageSpace().contains(value), bool)


def test_masks_are_refused(space: Space) -> None:
    for arguments in ({"mask": np.ones(2)}, {"probability": np.ones(2)}):
        with pytest.raises(ValueError, match="neither mask nor probability"):
            space.sample(**arguments)


def test_the_spaces_say_that_they_are_no_arrays(space: Space) -> None:
    assert space.is_np_flattenable is False
    assert space.shape is None
    assert space.dtype is None
    assert repr(space) in ("ActionSpace(16 tools)", "MessageSpace()")


def test_gymnasium_can_batch_iterate_and_concatenate(space: Space) -> None:
    batched = batch_space(space, 3)
    batched.seed(0)
    batch = batched.sample()
    assert batched.contains(batch)
    items = list(iterate(batched, batch))
    assert items == list(batch)
    assert len({json.dumps(item) for item in items}) == 3
    assert all(item in space for item in items)
    out = create_empty_array(space, n=3)
    assert concatenate(space, items, out) == tuple(items)


def test_batching_leaves_the_space_itself_alone(space: Space) -> None:
    twin = copy.deepcopy(space)
    batched = batch_space(space, 2)
    batched.seed(0)
    batched.sample()
    assert samples(space) == samples(twin)


def test_a_space_can_be_part_of_gymnasiums_own(space: Space) -> None:
    both = gymnasium.spaces.Dict({"one": space, "two": gymnasium.spaces.Discrete(3)})
    both.seed(0)
    sample = both.sample()
    assert sample in both
    assert copy.deepcopy(both) == both
    assert space.from_jsonable(json.loads(json.dumps(space.to_jsonable([sample["one"]]))))


def test_random_text_is_a_few_words() -> None:
    rng = np.random.default_rng(0)
    lengths = [len(random_text(rng).split()) for _ in range(300)]
    assert min(lengths) == 1
    assert max(lengths) == 11
