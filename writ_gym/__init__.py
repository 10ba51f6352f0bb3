"""Gymnasium environments for multi-turn, user-facing agents, with tasks on two axes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from writ_gym.registration import register, register_domain
from writ_gym.version import __version__

if TYPE_CHECKING:
    from writ_gym.attribution import cause_of as cause_of
    from writ_gym.chat import ChatModel as ChatModel
    from writ_gym.comparison import compare as compare
    from writ_gym.domain import Domain as Domain
    from writ_gym.domain import World as World
    from writ_gym.domain import load_domain as load_domain
    from writ_gym.endpoints import EndpointModel as EndpointModel
    from writ_gym.env import WritEnv as WritEnv
    from writ_gym.episode import Episode as Episode
    from writ_gym.errors import WritGymError as WritGymError
    from writ_gym.evaluating import evaluate as evaluate
    from writ_gym.evaluating import evaluate_sync as evaluate_sync
    from writ_gym.evaluation import summarize as summarize
    from writ_gym.explaining import explain as explain
    from writ_gym.figures import Evaluation as Evaluation
    from writ_gym.llm_users import llm_user as llm_user
    from writ_gym.mixed import MixedEnv as MixedEnv
    from writ_gym.policies.llm import chat_agent as chat_agent
    from writ_gym.policy import Policy as Policy
    from writ_gym.records import EpisodeRecord as EpisodeRecord
    from writ_gym.rollouts import Rollout as Rollout
    from writ_gym.rollouts import collect as collect
    from writ_gym.rollouts import play as play
    from writ_gym.sampling import TaskSampler as TaskSampler
    from writ_gym.servers import Endpoint as Endpoint
    from writ_gym.simulators import UserSimulator as UserSimulator
    from writ_gym.tasks import Deadlines as Deadlines
    from writ_gym.tasks import Limits as Limits
    from writ_gym.tasks import SamplerConfig as SamplerConfig
    from writ_gym.tasks import Task as Task
    from writ_gym.vector import WritVectorEnv as WritVectorEnv

_HOMES = {
    "Domain": "domain",
    "World": "domain",
    "load_domain": "domain",
    "WritEnv": "env",
    "MixedEnv": "mixed",
    "Episode": "episode",
    "Deadlines": "tasks",
    "Limits": "tasks",
    "WritGymError": "errors",
    "Policy": "policy",
    "ChatModel": "chat",
    "Endpoint": "servers",
    "EndpointModel": "endpoints",
    "chat_agent": "policies.llm",
    "llm_user": "llm_users",
    "EpisodeRecord": "records",
    "Rollout": "rollouts",
    "collect": "rollouts",
    "play": "rollouts",
    "evaluate": "evaluating",
    "evaluate_sync": "evaluating",
    "summarize": "evaluation",
    "Evaluation": "figures",
    "compare": "comparison",
    "cause_of": "attribution",
    "explain": "explaining",
    "TaskSampler": "sampling",
    "SamplerConfig": "tasks",
    "Task": "tasks",
    "UserSimulator": "simulators",
    "WritVectorEnv": "vector",
}
"""Public names and the modules that they live in, imported when first used."""

__all__ = ["__version__", "register_domain", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"writ_gym.{_HOMES[name]}"), name)


register()
