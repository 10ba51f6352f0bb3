"""The environment that draws a domain for each episode."""

import pickle
from collections import Counter

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import writ_gym
from writ_gym.directory import MIXED, OWN
from writ_gym.errors import TaskError


def make(**settings):
    return gymnasium.make(MIXED, disable_env_checker=True, **settings).unwrapped


def drawn(env, count, seed=0):
    return [env.reset(seed=seed if n == 0 else None)[1]["domain"] for n in range(count)]


def test_it_passes_gymnasiums_checker():
    check_env(make(render_mode="ansi"))


def test_every_domain_comes_about_as_often_as_its_weight_says():
    names = list(OWN)
    assert Counter(drawn(make(write_count=0, evidence_burden=(0, 1)), 40)).keys() == set(names)
    found = Counter(
        drawn(make(write_count=0, evidence_burden=(0, 1), weights={names[0]: 3, names[1]: 1}), 60)
    )
    assert found[names[0]] > found[names[1]] > 0


def test_equal_seeds_give_equal_episodes():
    env, other = make(), make()
    assert drawn(env, 8, seed=3) == drawn(other, 8, seed=3)
    assert env.reset(seed=4) == other.reset(seed=4)


@pytest.mark.parametrize("name", OWN)
def test_an_episode_is_that_of_the_domain(name):
    env = make(render_mode="ansi")
    observation, info = env.reset(seed=1, options={"domain": name})
    single = gymnasium.make(f"writ/{name}-v0").unwrapped
    assert info["tools"] == single.reset(seed=0)[1]["tools"]
    assert env.messages == list(observation)
    observation, reward, terminated, truncated, _ = env.step("What can I do for you?")
    assert observation[0]["role"] == "user"
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert "What can I do for you?" in env.render()


@pytest.mark.parametrize("weights", [{"retail": 1}, {"retail": 1, "airline": 0}])
def test_settings_of_a_domain_that_is_never_drawn_are_an_error(weights):
    with pytest.raises(ValueError, match=r"settings of 'airline'.*drawn are: retail\."):
        make(weights=weights, settings={"airline": {"write_count": 2}})
    assert make(weights=weights, settings={"retail": {"write_count": 2}}).reset(seed=0)


def test_a_task_chooses_its_domain():
    env = make()
    for name in OWN:
        task = writ_gym.TaskSampler(writ_gym.load_domain(name), writ_gym.SamplerConfig()).sample(1)
        _, info = env.reset(seed=0, options={"task": task.model_dump_json()})
        assert (info["domain"], info["task_id"]) == (name, task.task_id)


def test_settings_are_for_all_or_for_one_domain():
    name = next(iter(OWN))
    env = make(write_count=1, settings={name: {"write_count": 0}})
    for domain in OWN:
        env.reset(seed=2, options={"domain": domain})
        task = env._current._episode.task
        assert len(task.gold_writes) == (0 if domain == name else 1)


def test_the_last_episode_of_any_domain_can_be_looked_into():
    env = make(limits={"turns": 1})
    assert env.task is None
    with pytest.raises(RuntimeError, match="no episode has come to its end"):
        env.record()
    for name in OWN:
        _, info = env.reset(seed=2, options={"domain": name})
        task = env.task
        env.step("Hello")
        assert (env.record().domain, env.record().task_id) == (name, info["task_id"])
        env.reset(seed=3)
        assert env.record().task == task


def test_an_agent_cannot_have_the_users_tools_in_domains_without_and_is_told_which_have_some():
    with pytest.raises(ValueError, match=r"user: retail, airline\. Draw .*weights=\{'telec"):
        make(solo=True)
    with pytest.raises(ValueError, match=r"user: retail\. Leave out solo\."):
        make(solo=True, weights={"retail": 1})
    with pytest.raises(ValueError, match="The retail domain has no tools of the user"):
        make(settings={"retail": {"solo": True}})
    only = {"telecom": {"solo": True}}
    for env in (make(solo=True, weights={"telecom": 1}), make(settings=only)):
        alone = gymnasium.make("writ/telecom-v0", solo=True).unwrapped
        _, info = env.reset(seed=0, options={"domain": "telecom"})
        assert info["tools"] == alone.reset(seed=0)[1]["tools"]
    assert make(solo=True, settings={name: {"solo": False} for name in ("retail", "airline")})


def test_it_can_be_pickled_in_the_middle_of_an_episode():
    env = make()
    env.reset(seed=5)
    again = pickle.loads(pickle.dumps(env))
    assert again.step("Hello") == env.step("Hello")


def test_what_cannot_be_is_said():
    with pytest.raises(ValueError, match="no domain 'bank'"):
        make(weights={"bank": 1})
    with pytest.raises(ValueError, match="nor all 0"):
        make(weights={next(iter(OWN)): 0})
    with pytest.raises(TaskError, match="no domain 'bank' here"):
        make().reset(options={"domain": "bank"})
    with pytest.raises(RuntimeError, match="call reset"):
        make().step("Hello")
