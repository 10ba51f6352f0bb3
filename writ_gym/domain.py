"""A domain as data: what the core needs to know of a business, and its worlds."""

import re
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from pkgutil import resolve_name
from typing import Any, Generic, Protocol, SupportsIndex, TypeAlias, TypeVar

import numpy as np
from pydantic import ValidationError

from writ_gym.database import JSON, Database, Record, closed_sets
from writ_gym.directory import DOMAINS, OWN
from writ_gym.errors import TaskError, WritGymError
from writ_gym.meaning.proofs import Proof
from writ_gym.meaning.solving import Ending, Identification, Implied, Outcome, Plan, nothing_else
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Call, Fact, Request, SamplerConfig, Split, Task, WorldRef
from writ_gym.tools import Holder, ToolSet
from writ_gym.understanding.hands import Hands
from writ_gym.understanding.reading import Lexicon

D = TypeVar("D", bound=Database)
D_contra = TypeVar("D_contra", bound=Database, contravariant=True)


@dataclass(frozen=True, slots=True)
class Brief:
    """What a request is to be like that an intent is asked to draft."""

    caller: str
    burden: int
    """Evidence burden at most, and if it can be: reads besides those of ``known``."""
    least: int
    """Evidence burden at least."""
    writes: int
    """Writes that the request comes to at most; with 0, nothing may be written."""
    style: Style
    known: frozenset[str] = frozenset()
    """Keys of the records that were read for earlier requests."""
    written: frozenset[tuple[str, str]] = frozenset()
    """Of the writes of earlier requests, the tool and the key of the read of its target: once
    more, and one write would have been enough."""
    said: frozenset[str] = frozenset()
    """How the user makes the earlier requests."""
    each: int = 0
    """Evidence burden that each of its writes has to have at least, if it comes to several. One
    that has a lighter one is rejected, so an intent need not look at it; one that does saves
    drafts."""
    ending: Ending | None = None
    """How a request without writes is to end; None for any way. One that ends otherwise is
    rejected, so an intent need not look at it; one that does saves drafts."""

    @property
    def writing(self) -> bool:
        """Whether the request ends in writes."""
        return self.writes > 0

    def may_end(self, *endings: Ending) -> bool:
        """Say whether it may end in one of these ways, in which nothing is written."""
        return self.ending is None or self.ending in endings


class Intent(Protocol[D_contra]):
    """A family of requests that can be made out of a world.

    A class that names it as its base is told of the methods that it forgot when it is made.
    """

    @property
    def name(self) -> str:
        """What the intent is called in tasks and configs."""

    @abstractmethod
    def reach(self, db: D_contra, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have, at best.

        Args:
            db: The world.
            caller: The user.
            writing: Whether the request ends in writes.

        Returns:
            None if the user cannot have such a request.
        """

    def stretched(self, db: D_contra, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return what ``reach`` does, if a request also hangs on what anybody can look at.

        Most requests are of users whose own records are enough: theirs leave more to choose.
        """
        return self.reach(db, caller, writing)

    @abstractmethod
    def draft(self, db: D_contra, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""

    def twin(
        self, db: D_contra, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request that comes to a given write and answers the brief, or None."""
        return None

    @abstractmethod
    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Return the solver for a request with these facts."""


@dataclass(frozen=True, eq=False)
class World(Generic[D]):
    """A base database that every environment of the process shares, and what names it."""

    domain: "Domain[D]"
    ref: WorldRef
    db: D
    _pools: dict[object, Any] = field(default_factory=dict, repr=False)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle a generated world as its seed, a loaded one as its data."""
        if self.ref.seed is None:
            return _reload_world, (self.domain, self.db.plain())
        return _world, (self.domain, self.ref.seed, tuple(sorted(self.ref.size.items())))

    def begin(self, task: Task) -> D:
        """Return the session that a task begins in.

        Raises:
            TaskError: A record that it begins with does not fit the tables.
        """
        session = self.db.session(task.certificate.caller)
        for table, rows in task.initial.items():
            for key, row in rows.items():
                try:
                    getattr(session, table).put(key, session.tables[table].model_validate(row))
                except (KeyError, ValidationError) as error:
                    raise TaskError(f"The task cannot begin: {table} {key!r}: {error}") from None
        return session

    def pool(self, key: object, make: Callable[[], Any]) -> Any:
        """Return something derived from the world, made once."""
        if key not in self._pools:
            self._pools[key] = make()
        return self._pools[key]


LoadedWorlds: TypeAlias = "Callable[[Domain[Any]], World[Any] | None]"
"""Gives the world of a domain that was loaded from data, None if its worlds are generated."""


Endings: TypeAlias = Mapping[str, Collection[Ending]]
"""By the name of an intent, how its requests that come to no write can end; those of an intent that
is not there can end in any way."""


def any_ending(db: Database, caller: str) -> Endings:
    """Return that the requests of all intents can end in any way."""
    return {}


def never_checked(write: Call, answer: str) -> None:
    """Return None: the answer to a write is enough to know that it was done."""


@dataclass(frozen=True, eq=False)
class Domain(Generic[D]):
    """One business: schema, generator, tools, policy document, intents and words."""

    name: str
    entry_point: str
    """Where this object is found, such as "writ_gym.domains.retail:DOMAIN"; it is pickled so."""
    database: type[D]
    policy_document: str
    generate: Callable[[int, Mapping[str, int]], D]
    """World generator: (seed, size) to a base database; sizes left out have defaults."""
    default_size: Mapping[str, int]
    tools: ToolSet[D]
    intents: tuple[Intent[D], ...]
    callers: Callable[[D], Mapping[str, int]]
    """Everybody who may be the user of a task, with how many records they have to write to."""
    identity: Callable[
        [D, str, np.random.Generator, Style], tuple[tuple[Fact, ...], tuple[str, ...]]
    ]
    """What a caller can say of itself, and the slots that it does not know."""
    identify: Callable[[Mapping[str, JSON]], Identification]
    """The reads that find out who calls, from the values of the identity facts."""
    identifying: tuple[frozenset[str], ...]
    """Sets of identity slots, each of which is enough to find out who calls."""
    target: Callable[[Mapping[str, JSON]], Call]
    """The read that shows the record which a write with these arguments changes."""
    stale: Callable[[Call, str, Call], bool]
    """Says whether a write may have changed what a read answers: (write, its answer, read)."""
    lexicon: Lexicon
    mistake: Callable[[Style, Request, Fact, np.random.Generator], Fact | None]
    """Returns a fact of a request as a user gets it wrong at first, None if that cannot be."""
    operators: tuple[str, ...]
    """Names of all the operators that requests are composed with."""
    faithful: Callable[[str, JSON, str, str], str | None]
    """Says what is wrong with a sentence as a statement of a fact, be it the grammar's or a
    model's: (slot, value, text, intent, empty for a fact about the user). It shares no phrases
    with the grammar, so it finds what is wrong with these; see ``phrasing.reading_back``."""
    states: Callable[[str, Fact, Split], bool]
    """Says whether the text of a fact is one that the domain's grammar has for it: (intent, empty
    for a fact about the user; fact; split of the task); ``writ_gym.phrasing.speaking`` has one."""
    asked: Callable[[Request, Split, bool], str | None]
    """Says what is wrong with the text of a request as the way to make it: (request, split of the
    task, whether a model may have reworded it); ``phrasing.asking`` has one for a grammar."""
    hand_over: str
    """The tool that hands the user over to a human."""
    proof: Proof[D]
    """Brute-force knowledge for the checker."""
    references: Collection[str] = frozenset()
    """Keys of the values of facts that have to be looked up, or leave a choice; a right proposal
    need not repeat the texts of these (``Fact.literal``)."""
    implied: Implied = nothing_else
    """Other reads that one has answered, too: who is found by number is not looked up again."""
    checked_by: Callable[[Call, str], Call | None] = never_checked
    """The read by which the policy document has the agent see that a write was done, before it says
    so and before it writes again: (write, its answer). It is no evidence, and does not count."""
    often: Mapping[str, float] = field(default_factory=dict)
    """How many times as often as others some intents are tried, by name, if a config does not weigh
    them: many times if few users can have them, half as often if nearly all can."""
    favoured: float = 0.0
    """Share of the tasks with writes for which users are looked for who can have a request of one
    of these intents; such a request is then the heaviest."""
    unmet: Collection[str] = ()
    """Reason codes that say that nothing is as the user wants it; the others name a rule."""
    grounds: Collection[str] = ()
    """What is due of many refusals, such as a status: who gives many of them gives none."""
    document_without: str = ""
    """The policy document where nobody has the tools that the user holds; empty if it is the same
    one (``read_policy_document``)."""
    hands: Hands | None = None
    """What the user holds, if there is such a thing: tools, and the words about them."""
    manual: Collection[str] = ()
    """Names of the intents whose requests may need these tools."""
    diagnosed: Collection[str] = ()
    """Names of the intents whose writes are credited only if they were made once it could be known
    that they are right (``certificates.knowing.knew``): what is tried in vain leaves no trace
    there."""
    endings: Callable[[D, str], Endings] = any_ending
    """How a user's requests that come to no write can end: (world, user). It saves drafts."""
    most_reads: Callable[[D, str], int] | None = None
    """How many reads a user's requests can take all together, about: (world, user). None where
    there are always others to be made. It saves drafts of requests that would leave too few."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle a domain as the place where it is found."""
        return resolve_name, (self.entry_point,)

    @property
    def user_tools(self) -> ToolSet[D] | None:
        """What the user may call; ``tools`` is what the agent may."""
        return self.hands.tools if self.hands else None

    @cached_property
    def all_tools(self) -> ToolSet[D]:
        """The tools of both sides, no two of one name: the way to make any call of a task."""
        return self.tools | self.hands.tools if self.hands else self.tools

    def is_users(self, name: str) -> bool:
        """Say whether a tool is one of the user's."""
        return self.hands is not None and name in self.hands.tools

    def shown_by(self, write: Call) -> Call | None:
        """Return the read that answers now what a write has answered.

        It is that of the write's target, if both return a record of one type.
        """
        target = self.target(write.arguments)
        returned = self.all_tools[write.name].returns
        is_record = isinstance(returned, type) and issubclass(returned, Record)
        return target if is_record and returned is self.all_tools[target.name].returns else None

    def ending(self, outcome: Outcome) -> Ending | None:
        """Return how a request has ended that came to no write; None if it came to some."""
        if outcome.writes:
            return None
        if outcome.hand_over:
            return "handed_over"
        if outcome.reason is None:
            return "information"
        return "unmet" if outcome.reason in self.unmet else "forbidden"

    def others(self, value: str) -> Collection[str]:
        """Return what a value of a closed set, such as a status, could be instead, in words."""
        return self._others.get(_in_words(value), frozenset())

    @property
    def closed(self) -> Collection[str]:
        """The values of all closed sets, in words."""
        return self._others.keys()

    @cached_property
    def _others(self) -> Mapping[str, Collection[str]]:
        found: dict[str, frozenset[str]] = {}
        for kind in self.database.tables.values():
            for values in map(frozenset, (map(_in_words, each) for each in closed_sets(kind))):
                for value in values:
                    found[value] = found.get(value, frozenset()) | values - {value}
        return found

    def holder(self, solo: bool = False, user_tools: bool = True) -> Holder:
        """Return who has the user's tools.

        Args:
            solo: Whether the agent has them, and the user none.
            user_tools: Whether anybody has them.

        Raises:
            ValueError: The two contradict one another, or there is nothing for the agent to have.
        """
        if solo and not user_tools:
            raise ValueError("The agent cannot have tools of the user that nobody has.")
        if solo and not self.hands:
            raise ValueError(f"The {self.name} domain has no tools of the user, so leave out solo.")
        return "agent" if solo else "user" if user_tools else "nobody"

    def served(self, config: SamplerConfig, holder: Holder) -> SamplerConfig:
        """Return a config of tasks that can be solved, whoever has the user's tools.

        Raises:
            ValueError: It names an intent that needs them, and nobody has them.
        """
        if holder != "nobody" or not self.manual:
            return config
        for name in config.intents:
            if name in self.manual:
                raise ValueError(f"The intent {name!r} needs tools of the user, which nobody has.")
        left = tuple(each.name for each in self.intents if each.name not in self.manual)
        return config if config.intents else config.model_copy(update={"intents": left})

    def refuse_unserved(self, task: Task, holder: Holder) -> None:
        """Check that a task can be solved, whoever has the user's tools.

        Raises:
            TaskError: It takes one of them, and nobody has them.
        """
        if holder != "nobody" or self.hands is None:
            return
        reads = [call for write in task.gold_writes for call in write.evidence]
        known = [] if task.recorded else [*reads, *task.certificate.evidence]
        names = [*(write.name for write in task.gold_writes), *(read.name for read in known)]
        needed = [name for name in names if self.is_users(name)]
        if needed:
            raise TaskError(
                f"Task {task.task_id} takes the user's tool {needed[0]!r}, and nobody has the "
                "user's tools: leave out such tasks, or give the tools to the user or the agent."
            )

    def tools_of_agent(self, holder: Holder) -> ToolSet[D]:
        """Return what the agent may call."""
        return self.all_tools if holder == "agent" else self.tools

    def hands_of_user(self, holder: Holder) -> Hands | None:
        """Return the user's hands: tied, if the tools are somebody else's."""
        return self.hands if self.hands is None or holder == "user" else self.hands.tied()

    @cached_property
    def system_message(self) -> str:
        """The instructions that the agent is given: how to act, and the policy document."""
        return f"{AGENT_INSTRUCTIONS}\n\n{self.policy_document}"

    def system_message_of(self, holder: Holder) -> str:
        """Return the instructions of an agent, by who has the user's tools."""
        match holder:
            case "agent":
                return f"{AGENT_INSTRUCTIONS}\n{SOLO_INSTRUCTIONS}\n\n{self.policy_document}"
            case "nobody" if self.document_without:
                return f"{AGENT_INSTRUCTIONS}\n\n{self.document_without}"
        return self.system_message

    def intent(self, name: str) -> Intent[D]:
        """Return the intent with this name.

        Raises:
            TaskError: There is none.
        """
        found = self._intents.get(name)
        if found is None:
            raise TaskError(
                f"The {self.name} domain has no intent {name!r}; it has {', '.join(self._intents)}."
            )
        return found

    def refuse_unknown_operators(self, names: Collection[str]) -> None:
        """Check the names of operators.

        Raises:
            TaskError: One of them is unknown.
        """
        unknown = [name for name in names if name not in self.operators]
        if unknown:
            raise TaskError(
                f"The {self.name} domain has no operator {unknown[0]!r}; "
                f"it has {', '.join(self.operators)}."
            )

    @cached_property
    def _intents(self) -> dict[str, Intent[D]]:
        return {intent.name: intent for intent in self.intents}

    def world(self, seed: int = 0, size: Mapping[str, int] | None = None) -> World[D]:
        """Return the world of a seed; generated once per process and shared.

        Raises:
            ValueError: The seed is no number from 0 upwards, or there is no world of such a size.
        """
        if not isinstance(seed, SupportsIndex) or int(seed) < 0:
            raise ValueError(f"The seed of a world must be a number from 0 upwards, not {seed!r}.")
        full = {**self.default_size, **(size or {})}
        unknown = sorted(set(full) - set(self.default_size))
        if unknown:
            raise ValueError(
                f"A {self.name} world has no size {unknown[0]!r}; "
                f"the sizes are {sorted(self.default_size)}."
            )
        return _world(self, seed, tuple(sorted(full.items())))

    def world_of(self, ref: WorldRef, loaded: "World[D] | None" = None) -> World[D]:
        """Return the world that a task names.

        Args:
            ref: The reference in the task.
            loaded: A world loaded from data, for tasks that play in one.

        Raises:
            TaskError: The world is not the one that the task was made for.
        """
        if loaded is None and ref.seed is None:
            raise TaskError(
                "The task plays in a world loaded from data: give its folder with --data DIR, or "
                "the world itself."
            )
        try:
            world = loaded or self.world(ref.seed or 0, ref.size)
        except ValueError as error:
            raise TaskError(f"The task's world cannot be made: {error}") from None
        if world.ref.digest != ref.digest:
            self.check_repeatable(world)
            why = "other data, or other versions of writ-gym or faker"
            if self.name not in OWN:
                why += " or the domain, whose `generate` may also go by the order of a set"
            raise TaskError(
                f"The task was made for the {self.name} world {ref.digest[:12]}, but this one is "
                f"{world.ref.digest[:12]}: {why}. Sample such tasks again, or install those "
                "versions."
            )
        return world

    def check_repeatable(self, world: World[D]) -> None:
        """Check that the seed of a world gives it again, once; it takes as long as making it.

        That of the domains of this package does: they are tested.

        Raises:
            TaskError: It gives another one.
        """
        seed, size = world.ref.seed, world.ref.size
        if self.name in OWN or seed is None:
            return
        again = world.pool("again", lambda: self.generate(seed, dict(size)).digest)
        if again != world.ref.digest:
            raise TaskError(
                f"The {self.name} domain makes another world each time of the same seed, so no "
                "task can be played or proved again: draw all that its `generate` draws from "
                "writ_gym.seeding.rng_for(seed, ...)."
            )

    def world_from(self, db: D) -> World[D]:
        """Return the world of a database that was loaded from data."""
        return World(self, WorldRef(digest=db.digest), db)


def generated(domain: Domain[Any]) -> None:
    """Return None: the worlds of this domain are generated."""


def _in_words(value: str) -> str:
    return value.lower().replace("_", " ")


@lru_cache(maxsize=8)
def _world(domain: Domain[D], seed: int, size: tuple[tuple[str, int], ...]) -> World[D]:
    db = domain.generate(seed, dict(size))
    return World(domain, WorldRef(seed=seed, size=dict(size), digest=db.digest), db)


def _reload_world(domain: Domain[D], data: Mapping[str, JSON]) -> World[D]:
    return domain.world_from(domain.database.load(data))


AGENT_INSTRUCTIONS = """\
You are a customer service agent. Help the user as the policy below says.
In each turn you either write to the user or make tool calls, not both: text next to tool calls \
is not shown to the user.
Only what the tools answer is true of the database; never make up facts, ids or procedures."""

SOLO_INSTRUCTIONS = """\
The tools of the user's own device are among yours: where the policy has you ask the user to do \
something there, make the call yourself. One that changes something needs a yes like your others."""


_PART = re.compile(r"^<!-- (no )?user tools -->\n(.*?)^<!-- end -->\n", re.M | re.S)


def read_policy_document(package: str, *, user_tools: bool = True) -> str:
    """Return the text of ``policy.md`` in a domain's package.

    A part between the lines ``<!-- user tools -->`` and ``<!-- end -->`` is for agents whose user
    has tools, one that begins with ``<!-- no user tools -->`` for the others.

    Args:
        package: Name of the package.
        user_tools: Whether anybody has the user's tools.

    Raises:
        WritGymError: The package has none, or it cannot be read; says where it is looked for.
    """
    path = files(package) / "policy.md"
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise WritGymError(
            f"Cannot read the policy document of {package!r}: {path}: {why}. It is what the agent "
            "is told of the business, and stands in the domain's package."
        ) from None
    return _PART.sub(lambda part: part[2] if bool(part[1]) != user_tools else "", text).strip()


def load_domain(name: str) -> Domain[Any]:
    """Return a domain by name.

    Raises:
        WritGymError: There is no such domain.
    """
    if name not in DOMAINS:
        raise WritGymError(
            f"There is no domain {name!r}; there are: {', '.join(DOMAINS)}. One of your own is "
            "there once its package is imported (writ-gym --import PACKAGE)."
        )
    domain: Domain[Any] = resolve_name(DOMAINS[name])
    return domain
