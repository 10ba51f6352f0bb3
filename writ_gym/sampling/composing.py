"""Composes requests of one user into drafts, aimed at a cell of write count and evidence burden."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from writ_gym.certificates.certifying import RejectedError
from writ_gym.domain import Brief, Domain, World
from writ_gym.errors import TaskError
from writ_gym.meaning.solving import ANSWERED, REFUSED, Ending
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.sampling.drafts import Draft
from writ_gym.sampling.drawing import drawn, weighted
from writ_gym.sampling.reaching import MANY, Reaches
from writ_gym.tasks import SamplerConfig, weights_of

AGAIN = 4
"""Reads of what writes have changed that are made once more where there are more than three."""

DRAWS = 3
"""Draws of a request of each intent before another user is tried."""

MORE_DRAWS = 10
"""How many times as often, where it has to be composed with a certain operator."""

ENDINGS: Mapping[Ending, float] = {
    "forbidden": 0.35, "unmet": 0.25, "information": 0.25, "handed_over": 0.15,
}  # fmt: skip
"""How likely a request without writes is drawn to end like that, as far as there are such."""

BESIDE_WRITES: Sequence[Ending] = (*REFUSED, *ANSWERED)
"""How a request without writes can end beside some that write: a human would take over them all."""

MAX_SIDE_BURDEN = 3
"""Largest evidence burden of the requests beside the one that makes a task as heavy as asked."""

LOOKED_AT = 5
"""Users who are looked at until one can have a request that is to come often."""

SPARE = MAX_SIDE_BURDEN + 1
"""Reads that have to be there besides those of the heaviest request if another one comes first."""

OWN_RECORDS = 0.75
"""Share of the tasks that are of users whose own records are enough, where others' are not."""
HEAVIEST_LATER = 0.5
"""Share of the tasks with several requests in which the heaviest may come after others."""


class Cell(NamedTuple):
    """What a draft is aimed at."""

    writes: int
    burden: int
    ending: Ending | None = None
    """How it ends if it has no writes; None for any way."""
    mixed: bool = False
    """Whether it has writes, and a request besides that comes to none."""


class Composer:
    """Draws what a draft is aimed at, and its requests; ``rejected`` counts those in vain."""

    def __init__(
        self, domain: Domain[Any], config: SamplerConfig, world: World[Any], thorough: bool
    ) -> None:
        """Prepare to compose.

        Args:
            domain: The domain.
            config: What tasks are to be like.
            world: Where they play.
            thorough: See ``Certifier``.

        Raises:
            TaskError: The config names an unknown intent or operator, or no user or intent fits it.
        """
        self.rejected: Counter[str] = Counter()
        self._domain = domain
        self._config = config
        self._world = world
        self._thorough = thorough
        domain.refuse_unknown_operators(config.operators)
        intents = [domain.intent(name) for name in config.intents] or list(domain.intents)
        self._operators = weights_of(config.operators)
        self._weights: Mapping[str, float] = {}
        if isinstance(config.intents, Mapping) and config.intents:
            self._weights = weights_of(config.intents)
            # Equal configs deliver the same tasks, in whatever order they name the intents.
            intents = [each for each in domain.intents if each.name in config.intents]
        is_free = not (config.intents or config.operators or config.least_burden)
        self._favoured = domain.favoured if is_free else 0.0
        self._reaches = Reaches(domain, world, intents, config.split)
        if not self._reaches.callers:
            mend = "enlarge it" if world.ref.seed is not None else "sample in a generated one"
            raise TaskError(f"The {config.split} split of this world has no users: {mend}.")

    @property
    def callers(self) -> Collection[str]:
        """The users of the split."""
        return self._reaches.callers

    def target(self, rng: np.random.Generator) -> Cell:
        """Draw a cell of the two ranges."""
        low, high = self._config.write_count
        share = self._config.zero_write
        if share is not None and low == 0 < high:
            writes = 0 if rng.random() < share else int(rng.integers(1, high + 1))
        else:
            writes = int(rng.integers(low, high + 1))
        low, high = self._config.evidence_burden
        burden = int(rng.integers(max(low, self._config.least_burden), high + 1))
        cell = Cell(writes, burden)
        if not writes:
            return cell._replace(ending=self._ending(rng, cell))
        share = self._config.unwritten_share
        return cell._replace(mixed=True) if share and rng.random() < share else cell

    def _ending(self, rng: np.random.Generator, cell: Cell) -> Ending | None:
        """Draw how a request without writes ends, of the ways in which one of the cell can."""
        return _drawn_of(
            rng, [each for each in ENDINGS if self.callers_for(cell._replace(ending=each))]
        )

    def compose(self, rng: np.random.Generator, cell: Cell) -> Draft:
        """Return a draft for a cell.

        Raises:
            RejectedError: This draft comes to none; says why.
        """
        draft, among = self._user(rng, cell)
        operator = drawn(rng, self._operators) if self._operators else None
        if not cell.writes:
            asked, proved = self._asked(cell), self._config.evidence_burden
            self._add(rng, draft, 0, asked, proved, cell.ending, operator=operator, among=among)
            return draft
        after = int(rng.random() * (cell.writes + 1)) if cell.mixed else None
        adding = (
            self._add_heavy(rng, draft, cell.writes, cell.burden, operator)
            if self._config.least_burden
            else self._add_writes(rng, draft, cell.writes, cell.burden, operator, among)
        )
        for written in adding:
            if after is not None and written >= after:
                self._add_unwritten(rng, draft)
                after = None
        return draft

    def _user(self, rng: np.random.Generator, cell: Cell) -> tuple[Draft, Collection[str]]:
        """Draw a user, of those who can have a request of an intent that is drawn by weight.

        Where there are no weights, it is at times one who can have one that is to come often.

        Returns:
            A draft of the user, and the names of the intents that the heaviest request may be of;
            empty for any.
        """
        if self._weights:
            weights = {n: w for n, w in self._weights.items() if self.callers_for(cell, n)}
            name = drawn(rng, weights)
            callers = self._likely(rng, cell, name)
            return self.begin(callers[int(rng.random() * len(callers))], rng), (name,)
        callers = self._likely(rng, cell)
        looks = cell.writes > 0 and self._favoured > 0 and rng.random() < self._favoured
        for _ in range(LOOKED_AT if looks else 0):
            caller = callers[int(rng.random() * len(callers))]
            if able := self._able(rng, caller, cell):
                return self.begin(caller, rng), able
        return self.begin(callers[int(rng.random() * len(callers))], rng), ()

    def _likely(
        self, rng: np.random.Generator, cell: Cell, intent: str | None = None
    ) -> Sequence[str]:
        """Return the users of a cell, mostly those alone whose own records are enough for it."""
        callers, own = self.callers_for(cell, intent), self.callers_for(cell, intent, own=True)
        return own if 0 < len(own) < len(callers) and rng.random() < OWN_RECORDS else callers

    def _able(self, rng: np.random.Generator, caller: str, cell: Cell) -> Collection[str]:
        """Return the intents that are to come often of which a user can have a first request."""
        low, high = self._asked(cell)
        style = Style(register=REGISTERS[0], split=self._config.split)
        brief = Brief(caller=caller, burden=high, least=low, writes=cell.writes, style=style)
        session = self._world.db.session(caller)
        return [
            intent.name
            for intent, (least, most) in self._reaches.of(caller, writing=True)
            if intent.name in self._domain.often and least <= high and low <= most
            if intent.draft(session, brief, rng) is not None
        ]

    def begin(self, caller: str, rng: np.random.Generator) -> Draft:
        """Return a draft of a user, without requests.

        Raises:
            RejectedError: What the user says of themselves does not find them.
        """
        config, how = self._config, self._thorough
        return Draft(self._domain, self._world, caller, config.split, rng, config.least_burden, how)

    def _add_writes(
        self,
        rng: np.random.Generator,
        draft: Draft,
        writes: int,
        burden: int,
        operator: str | None,
        among: Collection[str],
    ) -> Iterator[int]:
        """Add requests that write, one of them as heavy as asked for.

        Args:
            rng: Where the draws come from.
            draft: What they are added to.
            writes: How many writes.
            burden: The burden of the heaviest of them.
            operator: What that one is composed with; None for anything.
            among: The intents that it may be of; empty for any.

        Yields:
            How many writes there are, wherever there is room for a light request besides.

        Raises:
            RejectedError: No such request was drawn.
        """
        low, high = self._config.evidence_burden
        most = min(burden, MAX_SIDE_BURDEN)
        before = _writes_before(rng, writes)
        reach = self._reaches.most(draft.caller) - SPARE
        # What was read for earlier requests is not there any more to make another one heavy.
        while burden <= reach - len(draft.known):
            yield draft.write_count
            if draft.write_count >= before or burden > reach - len(draft.known):
                break
            self._add(rng, draft, before - draft.write_count, (0, most), (0, high))
        left = writes - draft.write_count
        asked = max(burden, low), burden
        self._add(rng, draft, left, asked, (low, high), operator=operator, among=among)
        yield draft.write_count
        while draft.write_count < writes:
            self._add(rng, draft, writes - draft.write_count, (0, most), (0, high))
            yield draft.write_count

    def _add_unwritten(self, rng: np.random.Generator, draft: Draft) -> None:
        """Add a request that comes to no write, beside those that come to some.

        Raises:
            RejectedError: No such request was drawn.
        """
        burden = (0, MAX_SIDE_BURDEN)
        ending = _drawn_of(
            rng, [each for each in BESIDE_WRITES if self._reaches.of(draft.caller, False, each)]
        )
        if ending is None:
            raise RejectedError("the user can have no request without writes besides")
        self._add(rng, draft, 0, burden, burden, ending)

    def _add_heavy(
        self,
        rng: np.random.Generator,
        draft: Draft,
        writes: int,
        burden: int,
        operator: str | None,
    ) -> Iterator[int]:
        """Add requests all of whose writes are heavy, which leave enough for one another.

        Args:
            rng: Where the draws come from.
            draft: What they are added to.
            writes: How many writes.
            burden: The burden of the heaviest of them, if that leaves enough.
            operator: What that one is composed with; None for anything.

        Yields:
            How many writes there are after each request.

        Raises:
            RejectedError: No such request was drawn.
        """
        least, high = self._config.least_burden, self._config.evidence_burden[1]
        spare = self._reaches.left(draft.caller, least * (writes - 1))
        burden = max(least, min(burden, self._reaches.most(draft.caller), spare))
        place = _writes_before(rng, writes)
        reach, added = self._reaches.most(draft.caller) - SPARE, False
        while draft.write_count < writes:
            left = writes - draft.write_count
            # What was read for earlier requests is not there any more to make another one heavy.
            due = draft.write_count >= place or burden > reach - len(draft.known)
            is_heaviest = due and not added
            after = least * (left - 1) + (0 if added or is_heaviest else burden - least)
            after -= AGAIN * max(0, writes - 3)
            room = self._reaches.left(draft.caller, draft.spent + after) if left > 1 else MANY
            most = max(least, min(burden, room))
            asked = (most if is_heaviest else least, most)
            wanted = operator if is_heaviest else None
            self._add(rng, draft, left, asked, (least, high), room=room, operator=wanted)
            added = added or is_heaviest
            yield draft.write_count

    def callers_for(
        self, cell: Cell, intent: str | None = None, own: bool = False
    ) -> Sequence[str]:
        """Return the users who can have a task of a cell, as far as that is known.

        Args:
            cell: The cell.
            intent: The intent of its heaviest request; None for any.
            own: Whether their own records have to be enough for it.
        """
        asked, least = self._asked(cell), self._config.least_burden
        return self._reaches.callers_for(cell.writes, asked, least, cell.ending, intent, own)

    def _asked(self, cell: Cell) -> tuple[int, int]:
        """Return the range of burden that the heaviest request of a cell is asked for."""
        low, high = self._config.evidence_burden
        # Few records, or none, bear on what is for a human.
        return (low, high) if cell.ending == "handed_over" else (max(cell.burden, low), cell.burden)

    def brief(
        self,
        draft: Draft,
        burden: int,
        least: int,
        writes: int,
        ending: Ending | None = None,
    ) -> Brief:
        """Return what an intent is asked for, given what a draft holds already."""
        return Brief(
            caller=draft.caller,
            burden=burden,
            least=least,
            writes=writes,
            style=draft.style,
            known=draft.known,
            written=draft.written,
            said=frozenset(request.text for request in draft.requests),
            each=self._config.least_burden,
            ending=ending,
        )

    def _add(
        self,
        rng: np.random.Generator,
        draft: Draft,
        writes: int,
        asked: tuple[int, int],
        proved: tuple[int, int],
        ending: Ending | None = None,
        room: int = MANY,
        operator: str | None = None,
        among: Collection[str] = (),
    ) -> None:
        """Add a request.

        Args:
            rng: Where the draws come from.
            draft: What it is added to.
            writes: The writes that it has at most; with 0, it has none.
            asked: The range of burden that an intent is asked for.
            proved: The range in which the burden has to be.
            ending: How it ends if it has no writes; None for any way.
            room: The new reads that it may take at most, those in vain included.
            operator: What it is composed with, besides others; None for anything.
            among: The intents that it may be of; empty for any.

        Raises:
            RejectedError: No such request was drawn.
        """
        low, high = asked
        draws = DRAWS if room == MANY or draft.requests else 1
        draws *= MORE_DRAWS if operator else 1
        choices = [
            (intent, max(low, least), min(high, most))
            for intent, (least, most) in self._reaches.of(draft.caller, writes > 0, ending)
            if least <= high and low <= most and (not among or intent.name in among)
            for _ in range(draws)
        ]
        likely = self._weights or self._domain.often
        weights = [likely.get(intent.name, 1) for intent, _, _ in choices]
        while choices:
            place = weighted(rng, weights)
            intent, least, most = choices.pop(place)
            del weights[place]
            burden = least + int(rng.random() * (most + 1 - least))
            brief = self.brief(draft, burden, min(low, burden), writes, ending)
            request = intent.draft(draft.session, brief, rng)
            if request is None or (operator and operator not in request.operators):
                continue
            try:
                draft.take(request, writes, proved, ending, room)
            except RejectedError as error:
                self.rejected[str(error)] += 1
            else:
                return
        raise RejectedError("no request of this burden was drawn")


def _writes_before(rng: np.random.Generator, writes: int) -> int:
    """Draw how many of some writes may come before the heaviest."""
    return int(rng.random() * writes) if rng.random() < HEAVIEST_LATER else 0


def _drawn_of(rng: np.random.Generator, able: Sequence[Ending]) -> Ending | None:
    """Draw one of some endings, each as likely as it is among all; None if there are none."""
    return drawn(rng, {each: ENDINGS[each] for each in able}) if able else None
