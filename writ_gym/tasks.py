"""Tasks: what a user wants, what is right, and the proof; small, frozen, serialisable."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Self, SupportsIndex, TypeAlias, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from writ_gym.database import JSON, FrozenMap, digest, unchecked
from writ_gym.errors import TaskError, first_error
from writ_gym.seeding import position

Provenance: TypeAlias = Literal["user", "read", "rule", "computed"]
Split: TypeAlias = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
_EDGES = (0.8, 0.9)
"""Where, between 0 and 1, validation and test begin."""
Disclosure: TypeAlias = Literal["staged", "all_at_once"]
Answer: TypeAlias = Literal["action", "information"]


def split_at(name: str) -> Split:
    """Return the split that a user belongs to by name, in every world."""
    return SPLITS[sum(position(name) >= edge for edge in _EDGES)]


class Config(BaseModel):
    """Base of settings and task records: frozen, no unknown fields, checked when made."""

    # What JSON has no number for is written as text, which reads back: null would not.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


@dataclass(frozen=True)
class Call:
    """A tool call with parsed arguments."""

    name: str
    arguments: Mapping[str, JSON]

    @cached_property
    def key(self) -> str:
        """What makes two calls the same call."""
        return f"{self.name} {sorted(self.arguments.items())}"


class Edit(Config):
    """A typed change of a record that a domain knows how to make, for counterfactual worlds."""

    name: str
    arguments: Mapping[str, JSON]

    @classmethod
    def unchecked(cls, name: str, arguments: Mapping[str, JSON]) -> Self:
        """Return an edit as ``model_construct`` does, in a fraction of the time.

        A proof looks at many edits for each that it keeps.
        """
        return unchecked(cls, {"name": name, "arguments": arguments}, {"name", "arguments"})


class Witness(Config):
    """Why a read is necessary: an edit that it alone shows, and what would be right then."""

    read: Call
    edit: Edit
    outcome: str
    """What would be right in the edited world: other writes, or why there are none."""


class Measures(Config):
    """What was measured on the evidence of one write besides its burden."""

    candidates: int
    """Acceptable argument sets that were compared."""
    tokens: int
    """Length of the evidence as the tools answer it, at four characters a token."""
    depth: int
    """Longest chain of reads of which each needs the answer of the one before."""
    spread: int
    """Distinct tools."""
    reference_reads: int
    """Distinct reads of the reference run up to this write, those made to search or to identify
    included: the figure of the paper (arXiv 2606.02908)."""


READ_HEAVY_BURDEN = 5
READ_HEAVY_CANDIDATES = 4


class GoldWrite(Config):
    """A write that the task needs, why each argument is what it is, and the reads behind it."""

    name: str
    arguments: Mapping[str, JSON]
    provenance: Mapping[str, Provenance]
    """For each argument, where its value comes from."""
    evidence: tuple[Call, ...]
    """The fewest reads after which this write is determined, less those made for an earlier
    one; each is necessary, and together they are sufficient."""
    searched: tuple[Call, ...] = ()
    """Other reads of the reference run, made to find what to read; not counted."""
    request: int
    """Index of the scenario's request that this write belongs to."""
    measures: Measures | None = None

    @property
    def burden(self) -> int:
        """The evidence burden of this write."""
        return len(self.evidence)

    @property
    def is_read_heavy(self) -> bool:
        """Whether much has to be read and compared: a burden of 5, and 4 candidates, or more."""
        candidates = self.measures.candidates if self.measures else READ_HEAVY_CANDIDATES
        return self.burden >= READ_HEAVY_BURDEN and candidates >= READ_HEAVY_CANDIDATES


class Due(Config):
    """Something that the agent must tell the user, checked in what it says to the user."""

    kind: Literal["number", "text", "refusal", "hand_over"]
    """``refusal``: says that it cannot be done and names ``value``, the fact that forbids it;
    ``hand_over``: calls the tool ``value``, once the user is identified."""
    value: float | str
    request: int


class Fact(Config):
    """One thing that the user can state."""

    slot: str
    """What an agent asks for to get it, such as "order_id"; unique within a request."""
    value: JSON
    text: str
    """A sentence of the user that states it."""
    opening: bool = True
    """Whether the user says it with the request, or only when asked."""
    literal: bool = True
    """Whether a right proposal repeats the ids and other values in the text; a reference that has
    to be looked up, such as "where that other order went", is not repeated. A proposal may be wrong
    by what the value says all the same (``Lexicon.allowed``)."""
    alternatives: tuple[str, ...] = ()
    """Words that would contradict the text in a proposal, such as the colours not wanted."""
    earlier: "Fact | None" = None
    """What the user says first, by mistake or before a change of mind, and then corrects."""


class Request(Config):
    """One thing that the user wants."""

    intent: str
    text: str
    """How the user asks for it."""
    facts: tuple[Fact, ...] = ()
    answer: Answer = "action"
    operators: tuple[str, ...] = ()
    """What makes its evidence heavier, such as "superlative"; for statistics."""

    @property
    def values(self) -> dict[str, JSON]:
        """The facts' values by slot."""
        return {fact.slot: fact.value for fact in self.facts}


class Instructions(Config):
    """What somebody's data tell whoever plays a user, word for word: prose that says "you".

    A part may be empty.
    """

    persona: str = ""
    """What kind of person the user is."""
    reason_for_call: str = ""
    known_info: str = ""
    unknown_info: str = ""
    task_instructions: str = ""
    """How the user goes about it: what it takes instead, and what it does if the agent does this
    or that."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All parts, those that are empty included."""
        return tuple(text for _, text in self)


class Scenario(Config):
    """Everything that the user simulator knows: never the gold."""

    identity: tuple[Fact, ...]
    """Who the user is, as far as the user can tell."""
    unknown: tuple[str, ...] = ()
    """Slots that the user is asked for and does not know."""
    requests: tuple[Request, ...] = Field(min_length=1)
    disclosure: Disclosure = "staged"
    """Whether the user opens with all requests, or brings one after the other."""
    behaviours: tuple[str, ...] = ()
    """Names of the modules of conduct that the user shows."""
    seed: int = Field(ge=0)
    """Seeds the user's choice of words."""
    instructions: Instructions | None = Field(default=None, exclude_if=lambda told: told is None)
    """Of a recorded task: all that its user is told, for a model that plays it. Facts and requests
    hold what a scripted user can make use of, and no more. Left out where there are none."""


class Shortcuts(Config):
    """What comes of acting without comparing."""

    first_is_right: bool
    """Whether the first acceptable candidate in the order that the tools show them is right."""
    guess_is_right: bool
    """Whether the user's words alone, without a read, give the right write."""
    chance: float
    """Probability that acceptable candidates drawn at random are right."""


class Certificate(Config):
    """The proof of a task; ``writ_gym.certificates.checking`` proves every point of it again."""

    write_count: int
    evidence_burden: int
    """The largest number of reads behind one write (of all reads, if nothing may be written)."""
    evidence_total: int
    """Likewise, the number of reads behind all of the writes."""
    caller: str = ""
    """Who the user is."""
    identification: tuple[Call, ...]
    """Reads made only to find out who the user is; not counted."""
    reason: str | None = None
    """Of the request that comes to no write, if there is one: the code of the rule or the situation
    that makes it so."""
    evidence: tuple[Call, ...] = ()
    """Of that request: the fewest reads after which that, and what has to be told, is clear."""
    searched: tuple[Call, ...] = ()
    """Of that request: other reads of the reference run; not counted."""
    goal_fingerprint: str
    """Fingerprint of the session after the gold writes."""
    measures: Measures | None = None
    """Of that request: what was measured on its evidence."""
    entities_changed: int = 0
    """Records that the gold writes change."""
    decision_groups: int = 0
    """Groups of requests that have no record in common."""
    orders_agree: bool = True
    """Whether the requests come to the same in every order; not said of more than eight."""
    witnesses: tuple[Witness, ...] = ()
    """One for each read of the evidence, in the order of the requests and their gold writes."""
    shortcuts: Shortcuts | None = None
    """None if nothing has to be chosen."""


class WorldRef(Config):
    """Which world a task plays in."""

    seed: int | None = Field(default=None, ge=0)
    """Seed of a generated world; None for one that was loaded from data."""
    size: Mapping[str, int] = {}
    digest: str
    """Digest of the world's data: a world that was changed is noticed."""


Weight: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Mix: TypeAlias = tuple[str, ...] | FrozenMap[str, Weight]
"""Names, each as likely as the others; or names with weights, by which they are drawn."""


class SamplerConfig(Config):
    """What tasks a sampler delivers; a number means exactly that, a pair an inclusive range."""

    write_count: tuple[int, int] = (0, 4)
    evidence_burden: tuple[int, int] = (0, 8)
    """Of the heaviest write."""
    least_burden: int = Field(default=0, ge=0)
    """Evidence burden that every single write of a task has at least."""
    least_candidates: int = Field(default=1, ge=1, exclude_if=lambda least: least == 1)
    """Candidates that there are to compare for every single write at least. Left out of JSON, as
    ``unwritten_share`` is, where it asks for nothing: tasks from before there was that keep their
    ids."""
    zero_write: float | None = Field(default=None, ge=0, le=1)
    """Share of the tasks without writes, where ``write_count`` begins with 0; by default, as likely
    as any other write count."""
    unwritten_share: float = Field(default=0.0, ge=0, le=1, exclude_if=lambda share: share == 0)
    """Share of the tasks with writes that hold another request, which comes to none: a rule forbids
    it, nothing is as the user wants it, or it asks for information only."""
    split: Split = "train"
    intents: Mix = ()
    """Names of the intents to use; empty for all. With weights, such as {"return_items": 3,
    "cancel_order": 1}, a request of one is tried as often as its weight says."""
    operators: Mix = ()
    """Names of operators: one of them is drawn for each task, and a request composed with it, and
    perhaps with others besides; empty for any, or none."""
    behaviours: Mix = ()
    """Names of the behaviours to draw from, or "all"; none by default."""

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_ranges(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = dict(data)
            for axis in ("write_count", "evidence_burden"):
                if isinstance(data.get(axis), SupportsIndex):
                    data[axis] = (int(data[axis]), int(data[axis]))
        return data

    @model_validator(mode="after")
    def _ranges_are_possible(self) -> Self:
        for axis in ("write_count", "evidence_burden"):
            low, high = getattr(self, axis)
            if not 0 <= low <= high:
                raise ValueError(
                    f"{axis} must be from 0 upwards, the lower end of a pair first, "
                    f"not {low if low == high else (low, high)}"
                )
        if self.least_burden > self.evidence_burden[1]:
            raise ValueError(
                f"least_burden, of every write, must be at most the upper end of evidence_burden, "
                f"of the heaviest: {self.evidence_burden[1]}, not {self.least_burden}"
            )
        low, high = self.write_count
        if self.zero_write is not None and (low or (not high and self.zero_write < 1)):
            raise ValueError(
                "zero_write is a share of tasks with a write_count from 0 to some, "
                f"not {self.write_count}"
            )
        return self


def weights_of(mix: Mix) -> Mapping[str, float]:
    """Return the weights of a mix by name; equal mixes give them in the same order."""
    return dict(sorted(mix.items())) if isinstance(mix, Mapping) else dict.fromkeys(mix, 1.0)


_S = TypeVar("_S", bound=Config)
_LIKE: Mapping[str, str] = {
    "write_count": "a number such as 2, or a pair such as (1, 4)",
    "evidence_burden": "a number such as 3, or a pair such as (0, 8)",
    "intents": "names such as ['return_items'], or weights above 0 such as {'return_items': 3}",
    "operators": "names such as ['join'], or weights above 0 such as {'join': 3}",
    "behaviours": "names such as ['rude'], or weights above 0 such as {'rude': 3}",
}
"""What fields of settings look like that take more than one form."""


def settings_of(kind: type[_S], given: object, what: str) -> _S:
    """Return settings that somebody wrote into a call, as such or as a mapping.

    Args:
        kind: The kind of settings.
        given: What was written.
        what: What it is called there.

    Raises:
        ValueError: They are no such settings; says what is wrong, and what would be right.
    """
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} must be a {kind.__name__}, or its fields by name, not {given!r}.")
    unknown = [name for name in given if name not in kind.model_fields]
    if unknown:
        raise ValueError(
            f"There is no {unknown[0]!r} in {what}; there are: {', '.join(kind.model_fields)}."
        )
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if name in _LIKE:
            raise ValueError(f"{name} must be {_LIKE[name]}, not {given[name]!r}.") from None
        value = f", not {first['input']!r}" if name else ""
        raise ValueError(f"{first_error(error)}{value}.") from None


class Assertion(Config):
    """What has to be so at the end of a recorded task, computed by the domain's tau2 layer."""

    side: Literal["assistant", "user"]
    """Whose records it is about."""
    name: str
    arguments: Mapping[str, JSON]
    value: bool = True


class Limits(Config):
    """When an episode is cut off; an episode that is cut off has a reward of 0."""

    turns: int = Field(default=100, ge=1)
    """Assistant messages."""
    tool_errors: int = Field(default=10, ge=1)
    """Failed tool calls and malformed messages, in total."""
    tokens: int = Field(default=200_000, ge=1)
    """Tokens of the conversation, estimated at four characters each."""


class Deadlines(Config):
    """When an episode that waits for a model is given up; it then has no reward.

    What it waits for limits of our own (requests and tokens a minute, connections), or while the
    endpoint rests as another request was told to, is no time of its turn nor of the episode: it
    hangs on how many are in flight, and grows with them.
    """

    turn_s: float | None = Field(default=900.0, gt=0)
    """Seconds for one message of the agent, or one answer of the user."""
    episode_s: float | None = Field(default=7200.0, gt=0)
    """Seconds for the whole episode."""


class Task(Config):
    """One task: fully determined by (domain, world, seed, config)."""

    domain: str
    world: WorldRef
    seed: int = Field(ge=0)
    config: SamplerConfig
    recorded: bool = False
    """Whether the task comes from somebody's data instead of a sampler; it is not certified."""
    twin_of: str | None = None
    """Id of the task that this one has the gold write of, with another evidence burden."""
    paraphrased: bool = False
    """Whether a model has reworded texts of the scenario, which the seed does not give again."""
    initial: Mapping[str, Mapping[str, JSON]] = {}
    """For a recorded task, the records that it begins with instead of those of the world, by table
    and key."""
    scenario: Scenario
    gold_writes: tuple[GoldWrite, ...]
    due: tuple[Due, ...]
    assertions: tuple[Assertion, ...] = ()
    """For a recorded task that is judged by them, and not by the state after the gold writes."""
    certificate: Certificate

    @cached_property
    def task_id(self) -> str:
        """A hash of the content; it says nothing about the seed or the gold."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:24]

    @property
    def unwritten(self) -> tuple[int, ...]:
        """Indexes of the requests that no gold write belongs to."""
        written = {write.request for write in self.gold_writes}
        return tuple(i for i in range(len(self.scenario.requests)) if i not in written)

    @property
    def is_mixed(self) -> bool:
        """Whether some requests come to writes, and another one to none."""
        return bool(self.gold_writes and self.unwritten)

    @property
    def is_read_heavy(self) -> bool:
        """Whether there is one write, and that is read-heavy: shortcuts do not lead to it."""
        return len(self.gold_writes) == 1 and self.gold_writes[0].is_read_heavy

    def __copy__(self) -> Self:
        """Copy the fields alone: what was derived from them need not be true of a changed copy."""
        copied = super().__copy__()
        for name in ("task_id", "content"):
            copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def content(self) -> str:
        """A hash of what two equal tasks share: who wants what, how they behave, what is right.

        It says nothing of words and seeds, of how the user is found, what is said when, what is got
        wrong at first, or which request comes first: where that matters, something else is right.
        Of a recorded task, of which the words are all that there is, it is the id.
        """
        if self.recorded:
            return self.task_id
        wanted = [digest([r.intent, _meant(r.values)]) for r in self.scenario.requests]
        told = [
            self.domain, self.world.digest, self.certificate.caller, sorted(wanted),
            sorted(self.scenario.behaviours), self.certificate.goal_fingerprint,
            sorted(digest([item.kind, item.value]) for item in self.due),
        ]  # fmt: skip
        return digest(told)

    @property
    def without_texts(self) -> "Task":
        """The task without what a rewording changes: equal for tasks that mean the same."""
        requests = [
            request.model_copy(update={"text": "", "facts": _wordless(request.facts)})
            for request in self.scenario.requests
        ]
        scenario = self.scenario.model_copy(
            update={"identity": _wordless(self.scenario.identity), "requests": tuple(requests)}
        )
        return self.model_copy(update={"scenario": scenario, "paraphrased": False})

    @classmethod
    def load(cls, data: object) -> "Task":
        """Return a task from a task, JSON types, or JSON text.

        Raises:
            TaskError: It is not a task; says where.
        """
        if isinstance(data, cls):
            return data
        try:
            if isinstance(data, (str, bytes)):
                return cls.model_validate_json(data)
            return cls.model_validate(data)
        except ValidationError as error:
            raise TaskError(f"Not a task: {first_error(error)}") from None


def _wordless(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple(fact.model_copy(update={"text": ""}) for fact in facts)


def _meant(value: JSON) -> JSON:
    """Return a value without what says nothing in it: of a choice of the only one, which is first.

    Equal values mean the same; see ``queries.Choice``.
    """
    if isinstance(value, Mapping):
        only = "where" in value and value.get("by") is None
        idle = {"by", "extreme", "rank"} if only else ()
        return {key: _meant(each) for key, each in value.items() if key not in idle}
    return [_meant(each) for each in value] if isinstance(value, list | tuple) else value
