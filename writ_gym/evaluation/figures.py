"""The figures of an evaluation, as records; ``docs/evaluation.md`` defines them."""

from collections.abc import Mapping

from pydantic import Field, ValidationError

from writ_gym.errors import StoreError, first_error
from writ_gym.tasks import Config


class Plan(Config):
    """How many episodes an evaluation is to have."""

    tasks: int = Field(ge=1)
    trials: int = Field(ge=1)
    """Episodes of each task."""


class Rate(Config):
    """pass^k or pass@k of a group of tasks: the mean over its tasks."""

    k: int
    value: float | None
    """None if no task has k scored episodes."""
    low: float | None
    """Where the bootstrap interval over tasks begins."""
    high: float | None
    tasks: int
    """Tasks with at least k scored episodes: those that ``value`` is about."""
    left_out: int
    """Planned tasks with fewer."""
    least: float | None
    """What it would be if every planned episode that has no score had failed."""
    most: float | None
    """What it would be if every one of them had passed."""


class Episodes(Config):
    """How many episodes there are; ``planned`` = ``scored`` + ``missing``."""

    planned: int
    scored: int
    passed: int
    """With a reward of 1."""
    missing: int
    """Without a score, for one of the reasons below."""
    user_error: int
    agent_error: int
    infra_error: int
    timeout: int
    not_played: int


class Use(Config):
    """What the model of one side took, as its server counted."""

    calls: float
    """Requests that were answered."""
    prompt_tokens: float
    completion_tokens: float
    """Reasoning included."""
    cost: float | None
    """US dollars; None if it is not known of every episode in which the model was asked."""


class Means(Config):
    """Means over the scored episodes."""

    reward: float
    turns: float
    reads: float
    writes: float
    tool_errors: float
    tokens: float
    """Of both sides: prompts and completions where a model was asked, else those of the
    conversation, estimated."""
    cost: float | None
    """Of both sides, in US dollars; None if it is not known of every episode."""
    agent: Use | None = None
    """What the agent's part of that is; None if no model was asked."""
    user: Use | None = None
    """Likewise, that of the model that plays the user."""


class Spent(Config):
    """What all episodes took together, those without a score included."""

    tokens: int
    cost: float | None
    """US dollars; None if it is not known of every episode."""
    agent: Use | None = None
    """What the agent's part of that is; None if no model was asked."""
    user: Use | None = None
    """Likewise, that of the model that plays the user."""


class Group(Config):
    """The figures of some tasks."""

    tasks: int
    """Different tasks of which there is an episode, with a score or not."""
    episodes: Episodes
    pass_hat: tuple[Rate, ...]
    """pass^k: the chance that k episodes of a task all pass."""
    pass_at: tuple[Rate, ...]
    """pass@k: the chance that one of them does."""
    means: Means | None
    """None if no episode has a score."""
    spent: Spent
    causes: Mapping[str, int]
    """Failed episodes by main cause, a name in ``attribution.CAUSES``; in the order there."""


class Cell(Group):
    """The figures of a cell of the plane."""

    write_count: int
    evidence_burden: int


class TaskScore(Config):
    """What came of one task: enough to compute every rate again, and to compare two runs."""

    task_id: str
    domain: str
    write_count: int
    evidence_burden: int
    planned: int
    scored: int
    passed: int


class Evaluation(Config):
    """What a set of episodes says of an agent; ``evaluation.json`` of a run folder."""

    plan: Plan
    level: float
    """Probability with which the intervals are to hold the true values."""
    resamples: int
    seed: int
    """Seed of the bootstrap."""
    total: Group
    cells: tuple[Cell, ...]
    """By write count and evidence burden; cells without an episode are left out."""
    domains: Mapping[str, Group]
    intents: Mapping[str, Group]
    """A task with several requests counts in each of their intents."""
    reasons: Mapping[str, Group]
    """Tasks without writes, by the reason why nothing may be written."""
    behaviours: Mapping[str, Group]
    """Tasks by a behaviour of their user, "none" if it has none; with several, in each."""
    examples: Mapping[str, str]
    """For each cause, the id of the first episode that failed for it."""
    troubles: Mapping[str, int] = {}
    """Why episodes that were played have no score, the most frequent reason first."""
    scores: tuple[TaskScore, ...]

    @classmethod
    def load(cls, text: str | bytes, where: str) -> "Evaluation":
        """Return the evaluation in a JSON text.

        Raises:
            StoreError: It is none; says ``where`` and what is wrong.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise StoreError(f"{where}: not an evaluation: {first_error(error)}.") from None
