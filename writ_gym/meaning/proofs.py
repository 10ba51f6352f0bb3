"""What a domain contributes to the proof of a task: brute force instead of solvers.

A ``Proof`` looks at the whole database at once. It shares schema, tools and the language of the
requests with the domain's intents and nothing else, so that neither can repeat the other's fault.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import comb
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

from writ_gym.database import JSON, Database, Fields, Record
from writ_gym.tasks import Call, Edit, Provenance, Request

D_contra = TypeVar("D_contra", bound=Database, contravariant=True)


class UnclearError(Exception):
    """What the user says has no single meaning in this world: several records fit, or none."""


class Meaning(NamedTuple):
    """What a request comes to in a world, by brute force over its database."""

    writes: tuple[Call, ...] = ()
    """The only best writes, in canonical form and order; empty if nothing may be written."""
    tells: tuple[float | str, ...] = ()
    """What the user has to be told besides that."""
    breaches: frozenset[tuple[str, str]] = frozenset()
    """If nothing may be written: every reason code that holds, with the fact to be told."""
    handed_over: frozenset[str] = frozenset()
    """If the request has to be handed over to a human: every reason code that holds."""


class Decision(NamedTuple):
    """A choice that the user leaves to the agent: among records, or among what may be done."""

    what: str
    options: tuple[JSON, ...]
    """Every one with which the rules allow a write, the user's preference left aside, in the order
    in which the tools show them."""
    right: tuple[JSON, ...]
    """Those of the options that come to what is right."""
    together: bool = False
    """Whether all that are right have to be taken at once, and not one of them."""
    deeds: bool = False
    """Whether the options are what may be done, and not what it may be done to: a user who only
    knows what does not work says nothing of them."""

    @property
    def first_is_right(self) -> bool:
        """Whether the first option, and that alone, is right."""
        if self.together:
            return self.right == self.options[:1]
        return self.options[0] in self.right

    @property
    def chance(self) -> float:
        """The probability to draw an option that is right, or the selection that is.

        Any selection may be drawn; of deeds, any of as many as it takes.
        """
        options, right = len(self.options), len(self.right)
        if not self.together:
            return right / options
        return 1 / (comb(options, right) if self.deeds else 2**options - 1)


Picks: TypeAlias = Mapping[str, JSON]
"""By ``Decision.what``, one of its options, or several if they are meant together."""
NO_PICKS: Picks = MappingProxyType({})


class Proof(Protocol[D_contra]):
    """Brute-force knowledge of a domain, for the checker.

    A class that names it as its base has the methods that most domains answer alike, and is told of
    those that it forgot when it is made.
    """

    @abstractmethod
    def callers(self, db: D_contra, identity: Mapping[str, JSON]) -> Collection[str]:
        """Return everybody of whom all identity facts are true."""

    @abstractmethod
    def meaning(
        self, db: D_contra, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Meaning:
        """Return what a request comes to.

        Args:
            db: The world as it is.
            caller: Who asks.
            request: What is asked for.
            picks: What was picked already, right or wrong, where the request leaves a choice.

        Raises:
            UnclearError: It has no single meaning here, or a fact in it is not true here.
        """

    def decisions(
        self, db: D_contra, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Sequence[Decision]:
        """Return the choices that the request still leaves to the agent, where it can be met."""
        return ()

    def canonical(self, call: Call) -> Call:
        """Return a write with what has no order in order, so that equal writes look equal."""
        return call

    @abstractmethod
    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        """Return where each argument of a write that a request comes to is from."""

    def alternatives(self, db: D_contra, slot: str, value: JSON) -> Collection[str]:
        """Return the words of which a right proposal has just those that a fact's value names.

        They are the values of closed sets of which the fact names one, such as the colours of a
        product.
        """
        return ()

    answers: Collection[str]
    """The intents whose requests are for information, and not for an action."""

    partial: Collection[str] = ()
    """The reads that show a part of a record, such as one switch of a device. The others show
    records whole: whatever ``edits`` gives for those changes what they answer."""

    alone: Collection[str] = ()
    """The tables of records whose ``edits`` change the record alone, though they may make new ones.
    A check does not try those of a record that what is right does not hang on."""

    by_field: bool = False
    """Whether records are looked at by their fields, and never told apart as objects. Then it is
    noted which fields what is right hangs on, and it is not looked for anew where others change."""

    @abstractmethod
    def records(self, db: D_contra, call: Call) -> Sequence[tuple[str, str]]:
        """Return table and key of the records that a read shows."""

    @abstractmethod
    def edits(
        self, db: D_contra, caller: str, request: Request, table: str, key: str
    ) -> Iterable[Edit]:
        """Return edits of a record, and of nothing else that exists, likely ones first."""

    @abstractmethod
    def apply(self, db: D_contra, edit: Edit) -> None:
        """Make an edit in a session.

        Raises:
            ValueError: It does not fit this world.
        """

    def changes(self, edit: Edit) -> Fields | None:
        """Return the fields that an edit may change at most, where fields are noted: ``by_field``.

        None if that is not known, or if it makes or deletes records.
        """
        return None

    def bystanders(
        self, db: D_contra, caller: str, request: Request
    ) -> Mapping[tuple[str, str], Collection[tuple[str, str]]]:
        """Return records that can matter only where others do, by table and key each with those.

        As long as these others are as they are, no edit of such a record makes anything else right,
        also where new records come with it: at most it is no longer clear what is, as when two
        records fit where one is meant.
        """
        return {}

    @abstractmethod
    def around(self, db: D_contra, caller: str, request: Request) -> Iterable[tuple[str, str]]:
        """Return table and key of all records that could have to do with a request."""

    def looks(self, db: D_contra, caller: str, request: Request) -> Sequence[Call]:
        """Return the reads among which some can stand for others, where a request needs such.

        The evidence is then a smallest set of these and of the reads that were made. Elsewhere
        each read shows records of its own, and a set in which every read is needed is a smallest.
        """
        return ()

    @abstractmethod
    def routes(self, db: D_contra, table: str, key: str, goal: Record) -> Iterable[Call]:
        """Return every write call that could be a step from the record as it is to ``goal``."""

    def apart(self, record: Record, goal: Record) -> int | None:
        """Return how many of the ``routes`` it takes at least from a record to another one.

        None if it is known that none of them leads there, in any number.
        """
        return 1


@runtime_checkable
class FieldProof(Protocol[D_contra]):
    """What a ``Proof`` may know besides, so that edits that cannot matter are not tried."""

    def edits_of(
        self, db: D_contra, caller: str, request: Request, table: str, key: str, fields: Fields
    ) -> Iterable[Edit]:
        """Return what ``edits`` does, but for edits of which it is known that they change no field.

        Args:
            db: The world as it is.
            caller: Who asks.
            request: What is asked for.
            table: The table of the record.
            key: Its key.
            fields: The fields that matter, of any records. Other edits change none of them, and
                neither make nor delete records.
        """
