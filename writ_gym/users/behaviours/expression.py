"""How the user words a turn; requests and facts stay as they are."""

import re
from collections.abc import Sequence
from typing import ClassVar

from writ_gym.tasks import Scenario
from writ_gym.understanding.reading import Lexicon
from writ_gym.users.behaviours.base import (
    Axis,
    Behaviour,
    Line,
    Lines,
    Turn,
    add,
    residue,
    says,
)
from writ_gym.users.facts import FactTracker

_PLEASANT = re.compile(r"\b(hi|hello|hey|good day|thanks?|please|kind|great)\b", re.I)


def bare(lines: Lines, end: bool) -> Lines:
    """Return a turn without fillers, and with nothing but the first words of a verdict."""
    kept = []
    for line in lines:
        if line.kind == "verdict":
            kept.append(Line(f"{line.text.split(',')[0].rstrip('.')}.", "verdict"))
        elif line.kind != "filler":
            kept.append(line)
    dropped = any(line.kind == "filler" for line in lines)
    if dropped and (end or not kept):
        kept.append(Line("Bye." if end else "Okay.", "remark"))
    return kept


class Terse(Behaviour):
    """Says no word too many."""

    name = "terse"
    axis: ClassVar[Axis] = "expression"
    description = "does not greet, thank or say please"
    instruction = "Be terse: no greeting, no thanks, no please."
    excludes = frozenset({"verbose", "polite", "rude", "typos", "fragments", "tangential"})

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for pleasantries."""
        for number, turn in enumerate(turns):
            if found := _PLEASANT.search(residue(scenario, turn.user)):
                return f"turn {number} says {found.group(0)!r}"
        return None

    def words(self, lines: Lines, end: bool) -> Lines:
        """Drop what is not needed."""
        return bare(lines, end)


class Verbose(Behaviour):
    """Says many words too many."""

    name = "verbose"
    axis: ClassVar[Axis] = "expression"
    description = "adds a long sentence without a fact to every turn"
    instruction = "Be long-winded: add a long sentence without any fact to every message."
    excludes = frozenset({"fragments"})

    phrases: ClassVar = (
        "I am telling you all of this because I would rather say a little too much than too "
        "little, as I am sure you will understand.",
        "You see, I have been meaning to take care of this for quite some time now, but one thing "
        "or another always came up.",
        "I hope that I am putting this clearly, as I sometimes tend to go on a bit when I explain "
        "things to people.",
        "As I was just saying to somebody the other day, it is always best to sort out such "
        "matters while one still remembers them.",
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Count the words beside requests and facts."""
        for number, turn in enumerate(turns):
            if len(residue(scenario, turn.user).split()) < 15:
                return f"turn {number} is short"
        return None

    def words(self, lines: Lines, end: bool) -> Lines:
        """Add a sentence."""
        return add(lines, self.pick(self.phrases), end)


class Polite(Behaviour):
    """Is courteous."""

    name = "polite"
    axis: ClassVar[Axis] = "expression"
    description = "has a courteous word in every turn"
    instruction = "Have a courteous word in every message."
    excludes = frozenset({"rude"})

    phrases: ClassVar = (
        "Thank you so much for your help.",
        "I really appreciate your time.",
        "That is very kind of you.",
        "I am most grateful for this.",
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for a turn without a courteous word."""
        for number, turn in enumerate(turns):
            if not says(turn.user, cls.phrases):
                return f"turn {number} is not polite"
        return None

    def words(self, lines: Lines, end: bool) -> Lines:
        """Add a courteous sentence."""
        return add(lines, self.pick(self.phrases), end)


class Rude(Behaviour):
    """Is rude."""

    name = "rude"
    axis: ClassVar[Axis] = "expression"
    description = "drops all courtesy and snaps at the agent, at the latest in the second turn"
    instruction = (
        "Be rude: no courtesy at all, and snap at the agent now and then, by your second "
        "message at the latest."
    )

    phrases: ClassVar = (
        "What a useless service this is.",
        "I have no time for your nonsense.",
        "Just do your job.",
        "You people are hopeless.",
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for a pleasantry, and for a rude remark by the second turn."""
        for number, turn in enumerate(turns):
            if found := _PLEASANT.search(residue(scenario, turn.user)):
                return f"turn {number} says {found.group(0)!r}"
        rude = any(says(turn.user, cls.phrases) for turn in turns[:2])
        return None if rude or len(turns) < 2 else "is not rude in the first two turns"

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._snapped = False

    def words(self, lines: Lines, end: bool) -> Lines:
        """Drop the courtesy, and snap every other turn or so."""
        lines = bare(lines, end)
        late = self.facts.turns == 1 and not self._snapped
        if not late and self.rng.random() >= 0.5:
            return lines
        self._snapped = True
        return add(lines, self.pick(self.phrases), end)


class Typos(Behaviour):
    """Mistypes."""

    name = "typos"
    axis: ClassVar[Axis] = "expression"
    description = "swaps letters in greetings, thanks and asides, never in what matters"
    instruction = "Mistype a word now and then, never in an id, a number or a name."

    phrases: ClassVar = (
        "I am typing this on my phone",
        "Writing this while sitting on the train",
        "This keyboard is really small",
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for a mistyped aside in the opening, and for ids outside of the facts."""
        if not any(_mistypes(residue(scenario, turns[0].user), text) for text in cls.phrases):
            return "the opening has no mistyped aside"
        for number, turn in enumerate(turns):
            if re.search(r"[\d#@]", residue(scenario, turn.user)):
                return f"turn {number} has an id or a number that is not that of a fact"
        return None

    def words(self, lines: Lines, end: bool) -> Lines:
        """Mistype a word of each filler, and of an aside in the opening."""
        if not self.facts.turns:
            lines = add(lines, f"{self.pick(self.phrases)}.", end, "filler")
        return [
            Line(self._mistype(line.text), "filler") if line.kind == "filler" else line
            for line in lines
        ]

    def _mistype(self, text: str) -> str:
        """Swap two different letters inside a longer word, if there is one."""
        places = [
            place
            for word in re.finditer(r"[a-z]{4,}", text)
            for place in range(word.start() + 1, word.end() - 2)
            if text[place] != text[place + 1]
        ]
        if not places:
            return text
        place = places[int(self.rng.random() * len(places))]
        return f"{text[:place]}{text[place + 1]}{text[place]}{text[place + 2 :]}"


def _mistypes(text: str, phrase: str) -> bool:
    """Say whether ``text`` has the phrase, but for letters that are out of order."""
    words, wanted = re.findall(r"\w+", text.lower()), phrase.lower().split()
    for start in range(len(words) - len(wanted) + 1):
        found = words[start : start + len(wanted)]
        if found != wanted and [sorted(w) for w in found] == [sorted(w) for w in wanted]:
            return True
    return False


class Fragments(Behaviour):
    """Trails off."""

    name = "fragments"
    axis: ClassVar[Axis] = "expression"
    description = "speaks without capitals and trails off between requests and facts"
    instruction = "Write in lower case and in fragments that trail off, but for ids and names."

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for capitals and for sentences that are finished."""
        for number, turn in enumerate(turns):
            rest = residue(scenario, turn.user).replace("...", "")
            if rest != rest.lower() or re.search(r"[.!]", rest):
                return f"turn {number} has a well-formed sentence"
        return None

    def words(self, lines: Lines, end: bool) -> Lines:
        """Trail off wherever it does no harm."""
        return [
            line
            if line.kind in ("request", "fact", "report")
            else Line(_trail_off(line.text), line.kind)
            for line in lines
        ]


def _trail_off(text: str) -> str:
    return f"{re.sub(r'[.!:]+(?= |$)', '...', text.lower()).rstrip('.')}..."
