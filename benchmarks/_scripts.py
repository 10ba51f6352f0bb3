"""The scenario of a recorded conversation: what a user who said what the real one said knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from _dialogues import Dialogue
from _speech import affirms, asked, brings_new, cannot, leaves, proposes, verbs_in, wants_human
from _values import Values

from writ_gym.tasks import Fact, Request, Scenario
from writ_gym.understanding.deeds import TRANSFER
from writ_gym.users.goals import Stage

IDENTITY = {
    "airline": {"user_id": ("user_id",)},
    "retail": {"email": ("email",), "name": ("name",), "zip": ("zip",)},
}
"""By domain and slot, the kinds of values that the fact holds."""
REQUEST = {
    "airline": {
        "reservation": ("reservation",),
        "trip": ("place", "date", "stops"),
        "cabin": ("cabin",),
        "passengers": ("person", "birth"),
        "bags": ("bags",),
        "insurance": ("insurance",),
        "payment": ("payment", "last four"),
        "reason": ("reason",),
        "condition": ("limit",),
        "refund": ("refund",),
    },
    "retail": {
        "order": ("order",),
        "reason": ("reason",),
        "payment": ("payment", "last four"),
        "items": ("product",),
        "wish": ("option", "product"),
        "address": ("address",),
    },
}
IDS = {"airline": "reservation", "retail": "order"}
"""By domain, the kind that tells one request from another."""
TEXTS = {
    "user_id": "My user id is {}.",
    "email": "My e-mail address is {}.",
    "name": "My name is {}.",
    "zip": "My zip code is {}.",
    "reservation": "It is about the reservation {}.",
    "described": "It is about the trip {}.",
    "trip": "I want to fly {}.",
    "cabin": "The cabin should be {}.",
    "passengers": "The passengers are {}.",
    "bags": "It should be {} checked bags.",
    "insurance": "As for insurance: {}.",
    "payment": "Please use my {}.",
    "reason": "The reason is {}.",
    "condition": "It may cost at most {}.",
    "refund": "I want a {}.",
    "order": "It is about order #W{}.",
    "items": "I mean the {}.",
    "wish": "I want that as {}.",
    "address": "The new address is {}.",
}
SAID = {
    "direct": "a direct flight",
    "one-stop": "with one stop",
    "unneeded": "that I no longer need it",
    "mistake": "that I ordered it by mistake",
    "card": "credit card",
    "gift": "gift card",
    "paypal": "PayPal account",
    "original": "original payment method",
    "airline": "that the airline cancelled the flight",
    "change of plan": "a change of plan",
}
OF_ANSWER = frozenset({"condition", "refund"})
"""Slots that count as known if the answer at hand says them, though it brings another request."""
OPEN_KINDS = frozenset(
    "user_id email name zip order reservation person birth place date address bags".split()
)
"""Kinds of which a value that the agent says first is learnt, not known."""


@dataclass(frozen=True)
class Segment:
    """A stretch of the user's messages that is about the same requests."""

    first: int
    """Index of the user's message that begins it; 0 is the opening."""
    last: int
    ids: tuple[str, ...]
    """Ids of reservations or orders that the user states in it."""
    yeses: tuple[int, ...]
    """The user's messages after which the agent tried to write."""


class Moment(NamedTuple):
    """What the scripted user is when one message of the agent comes."""

    scenario: Scenario
    stages: list[Stage]
    """How far each request is."""
    heard: str
    """The texts of what the real user has said by then."""
    meant: dict[str, Values]
    """By text of a fact, the values that it states."""


class Script:
    """What the scripted user knows in one conversation, and how far it is at each turn."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self.said = [self._known(index) for index in range(len(dialogue.user_texts))]
        """By message of the user, the values that it states of the user's own knowledge."""
        self.segments = list(self._segments())

    def opens(self, index: int) -> bool:
        """Say whether a message of the user begins another request."""
        return any(segment.first == index for segment in self.segments)

    def moment(self, turn: int) -> Moment:
        """Return what the scripted user is when the agent's message ``turn``, from 1, comes."""
        moment = Moment(Scenario(identity=(), requests=(_NOTHING,), seed=1), [], "", {})
        requests, heard = list[Request](), list[str]()
        for segment in self.segments:
            if not self._only_leaves(segment):
                for request, stage, said in self._requests(segment, turn, len(requests), moment):
                    requests.append(request)
                    moment.stages.append(stage)
                    heard.append(said)
        identity = tuple(self._identity(turn, moment, heard))
        facts = [*identity, *(fact for request in requests for fact in request.facts)]
        domain = self.dialogue.domain
        unknown = {*IDENTITY[domain], IDS[domain]} - {fact.slot for fact in facts}
        scenario = Scenario(
            identity=identity,
            unknown=tuple(sorted(unknown)),
            requests=tuple(requests) or (_NOTHING,),
            seed=1,
        )
        stages = moment.stages or [Stage.STATED]
        return moment._replace(scenario=scenario, stages=stages, heard=" ".join(heard))

    def takes_leave(self, index: int) -> bool:
        """Say whether a message of the user takes leave, and gives nothing that it knows."""
        return leaves(self.dialogue.user_texts[index]) and not self.said[index]

    def _known(self, index: int) -> Values:
        """Return the values of a message, less those of which the agent spoke first."""
        dialogue = self.dialogue
        heard = dialogue.values("\n".join(dialogue.agent_texts[:index]))
        before = dialogue.values("\n".join(dialogue.user_texts[:index]))
        found = {}
        for kind, values in dialogue.values(dialogue.user_texts[index]).items():
            learnt = heard.get(kind, frozenset()) if kind in OPEN_KINDS else frozenset()
            own = values - (learnt - before.get(kind, frozenset()))
            if own:
                found[kind] = own
        return found

    # Segments

    def _segments(self) -> Iterator[Segment]:
        turns = self.dialogue.turns
        start, yeses = 0, list[int]()
        verbs = verbs_in(self.dialogue.opening)
        for index, turn in enumerate(turns, 1):
            if self._begins(index) or brings_new(self.dialogue, index, verbs):
                yield self._segment(start, index - 1, yeses)
                start, yeses, verbs = index, [], frozenset[str]()
            verbs |= verbs_in(turn.user)
            if turn.writes:
                yeses.append(index)
        yield self._segment(start, len(turns), yeses)

    def _begins(self, index: int) -> bool:
        """Say whether a message comes after a write, or after the user has taken leave."""
        turns = self.dialogue.turns
        turn = turns[index - 1]
        written = index > 1 and turns[index - 2].written > 0
        goes_on = turn.writes > 0 and affirms(turn.user) and not self.said[index]
        agreed = affirms(turn.user) and proposes(turn.agent)
        back = self.takes_leave(index - 1) and not self.takes_leave(index) and not agreed
        return (written and not goes_on) or back

    def _segment(self, first: int, last: int, yeses: Sequence[int]) -> Segment:
        kind = IDS[self.dialogue.domain]
        stated = self.said[first : last + 1]
        ids = dict.fromkeys(value for said in stated for value in sorted(said.get(kind, ())))
        return Segment(first, last, tuple(ids), tuple(yeses))

    def _only_leaves(self, segment: Segment) -> bool:
        indexes = range(segment.first, segment.last + 1)
        return segment.first > 0 and not segment.yeses and all(map(self.takes_leave, indexes))

    # Facts

    def _identity(self, turn: int, moment: Moment, heard: list[str]) -> Iterator[Fact]:
        for slot, kinds in IDENTITY[self.dialogue.domain].items():
            values = self._values(kinds, 0, len(self.said) - 1, turn)
            if values:
                fact = _fact(slot, values, opening=_common(values, self.said[0]))
                moment.meant[fact.text] = values
                if any(_common(values, said) for said in self.said[:turn]):
                    heard.insert(0, fact.text)
                yield fact

    def _requests(
        self, segment: Segment, turn: int, index: int, moment: Moment
    ) -> Iterator[tuple[Request, Stage, str]]:
        """Yield the requests of a segment, how far they are, and the texts of what was said."""
        ids: list[str | None] = list(self._ids(segment, turn)) or [None]
        if ids == [None]:
            ids *= max(1, len(segment.yeses))
        texts = self.dialogue.user_texts[segment.first : segment.last + 1]
        verbs = sorted(frozenset[str]().union(*map(verbs_in, texts)) - {"find"})
        what = f"I want to {' or '.join(verbs[:2])} something" if verbs else "I have a question"
        acts = bool(segment.yeses) or self._refused(segment)
        stages = self._stages(segment, ids, turn)
        for place, (key, stage) in enumerate(zip(ids, stages, strict=True)):
            text = f"{'Also, ' * (index + place)}{what}."
            facts = list(self._facts(segment, key, turn, moment))
            stated = self.said[segment.first : min(turn, segment.last + 1)]
            heard = [text] if segment.first < turn else []
            heard += [
                fact.text
                for fact in facts
                if any(_common(moment.meant[fact.text], said) for said in stated)
            ]
            request = Request(
                intent=TRANSFER if any(map(wants_human, texts)) else "recorded",
                text=text,
                facts=tuple(facts),
                answer="action" if acts else "information",
            )
            yield request, stage, " ".join(heard)

    def _facts(
        self, segment: Segment, key: str | None, turn: int, moment: Moment
    ) -> Iterator[Fact]:
        record = IDS[self.dialogue.domain]
        slots = dict(REQUEST[self.dialogue.domain])
        if record == "reservation" and not segment.ids:
            slots[record] = ("place", "date")  # it is meant by what it is like
        for slot, kinds in slots.items():
            last = segment.last + (slot in OF_ANSWER and turn == segment.last + 1)
            values = self._values(kinds, segment.first, min(last, len(self.said) - 1), turn)
            if slot == record and segment.ids:
                values = {record: frozenset({key})} if key else {}
            if values and not (slot == "wish" and "option" not in values):
                fact = _fact(slot, values, opening=_common(values, self.said[segment.first]))
                moment.meant[fact.text] = values
                yield fact

    def _ids(self, segment: Segment, turn: int) -> list[str]:
        """Return the ids that are meant at a turn: one given when asked again replaces others."""
        kind, found = IDS[self.dialogue.domain], list[str]()
        for index in range(segment.first, segment.last + 1):
            if index > turn and found:
                break
            new = sorted(self.said[index].get(kind, frozenset()) - set(found))
            again = index > segment.first and asked(
                self.dialogue.agent_texts[index - 1], kind, self.dialogue.domain
            )
            replaces = new and again and not any(yes < index for yes in segment.yeses)
            found = new if replaces else [*found, *new]
        return found

    def _values(self, kinds: Sequence[str], first: int, last: int, turn: int) -> Values:
        """Return what the user means at a turn: as said there, else last before, else next."""
        before = range(min(turn, last + 1) - 1, first - 1, -1)
        order = [turn, *before, *range(turn + 1, last + 1)]
        found = {}
        for kind in kinds:
            places = [i for i in order if first <= i <= last and kind in self.said[i]]
            if places:
                found[kind] = self.said[places[0]][kind]
        return found

    # Stages

    def _refused(self, segment: Segment) -> bool:
        """Say whether the agent's last words on a segment say that something cannot be done."""
        texts = self.dialogue.agent_texts[segment.first : segment.last + 1]
        return bool(texts) and cannot(texts[-1])

    def _stages(self, segment: Segment, ids: Sequence[str | None], turn: int) -> list[Stage]:
        left = segment.last == turn - 1 and self.takes_leave(turn - 1)
        if turn <= segment.first:
            return [Stage.WAITING] * len(ids)
        if turn > segment.last + 1 or left:
            return [Stage.CLOSED] * len(ids)
        stages = [Stage.STATED] * len(ids)
        for yes in segment.yeses:
            if yes < turn:
                agent, now = self.dialogue.turns[yes - 1].agent, yes == turn - 1
                done = self.dialogue.turns[yes - 1].written > 0
                free = [i for i, stage in enumerate(stages) if stage == Stage.STATED]
                named = [i for i in free if ids[i] and str(ids[i]) in agent]
                for i in named or free[:1]:
                    later = Stage.CLOSED if done else Stage.STATED
                    stages[i] = Stage.CONFIRMED if now else later
        return stages


_NOTHING = Request(intent="recorded", text="I need help with something.")


def _common(one: Values, other: Values) -> bool:
    return any(one[kind] & other[kind] for kind in one.keys() & other.keys())


def _fact(slot: str, values: Values, *, opening: bool) -> Fact:
    shown = [_worded(kind, value) for kind, found in values.items() for value in sorted(found)]
    template = "described" if slot == "reservation" and "reservation" not in values else slot
    text = TEXTS[template].format(" and ".join(shown))
    return Fact(slot=slot, value=", ".join(shown), text=text, opening=opening)


def _worded(kind: str, value: str) -> str:
    """Return a value as a user says it."""
    if kind in ("person", "name"):
        return value.title()
    if kind == "limit":
        return "my budget" if value == "budget" else f"${value}"
    if kind == "last four":
        return f"the one ending in {value}"
    return f"2024-{value}" if kind == "date" else SAID.get(value, value)
