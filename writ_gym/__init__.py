"""Gymnasium environments for multi-turn, user-facing agents, with tasks on two axes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from writ_gym.registration import register, register_domain
from writ_gym.version import __version__

if TYPE_CHECKING:
    from writ_gym.domain import Domain as Domain
    from writ_gym.domain import World as World
    from writ_gym.domain import load_domain as load_domain
    from writ_gym.envs.env import WritEnv as WritEnv
    from writ_gym.envs.episode import Episode as Episode
    from writ_gym.envs.mixed import MixedEnv as MixedEnv
    from writ_gym.envs.vector import WritVectorEnv as WritVectorEnv
    from writ_gym.errors import WritGymError as WritGymError
    from writ_gym.evaluation.attribution import cause_of as cause_of
    from writ_gym.evaluation.comparison import compare as compare
    from writ_gym.evaluation.evaluating import evaluate as evaluate
    from writ_gym.evaluation.evaluating import evaluate_sync as evaluate_sync
    from writ_gym.evaluation.figures import Evaluation as Evaluation
    from writ_gym.evaluation.summary import summarize as summarize
    from writ_gym.models.chat import ChatModel as ChatModel
    from writ_gym.models.endpoints import EndpointModel as EndpointModel
    from writ_gym.models.servers import Endpoint as Endpoint
    from writ_gym.policies.llm import chat_agent as chat_agent
    from writ_gym.policy import Policy as Policy
    from writ_gym.records import EpisodeRecord as EpisodeRecord
    from writ_gym.reports.explaining import explain as explain
    from writ_gym.runs.rollouts import Rollout as Rollout
    from writ_gym.runs.rollouts import collect as collect
    from writ_gym.runs.rollouts import play as play
    from writ_gym.sampling.sampler import TaskSampler as TaskSampler
    from writ_gym.tasks import Deadlines as Deadlines
    from writ_gym.tasks import Limits as Limits
    from writ_gym.tasks import SamplerConfig as SamplerConfig
    from writ_gym.tasks import Task as Task
    from writ_gym.users.llm import llm_user as llm_user
    from writ_gym.users.simulators import UserSimulator as UserSimulator

_HOMES = {
    "Domain": "domain",
    "World": "domain",
    "load_domain": "domain",
    "WritEnv": "envs.env",
    "MixedEnv": "envs.mixed",
    "Episode": "envs.episode",
    "Deadlines": "tasks",
    "Limits": "tasks",
    "WritGymError": "errors",
    "Policy": "policy",
    "ChatModel": "models.chat",
    "Endpoint": "models.servers",
    "EndpointModel": "models.endpoints",
    "chat_agent": "policies.llm",
    "llm_user": "users.llm",
    "EpisodeRecord": "records",
    "Rollout": "runs.rollouts",
    "collect": "runs.rollouts",
    "play": "runs.rollouts",
    "evaluate": "evaluation.evaluating",
    "evaluate_sync": "evaluation.evaluating",
    "summarize": "evaluation.summary",
    "Evaluation": "evaluation.figures",
    "compare": "evaluation.comparison",
    "cause_of": "evaluation.attribution",
    "explain": "reports.explaining",
    "TaskSampler": "sampling.sampler",
    "SamplerConfig": "tasks",
    "Task": "tasks",
    "UserSimulator": "users.simulators",
    "WritVectorEnv": "envs.vector",
}
"""Public names and the modules that they live in, imported when first used."""

__all__ = ["__version__", "register_domain", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"writ_gym.{_HOMES[name]}"), name)


register()
