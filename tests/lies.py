"""Ways to make a sentence say something else: each returns it changed, None where it cannot."""

from collections.abc import Callable, Iterator

OPPOSITES = (
    ("highest", "lowest"), ("largest", "smallest"), ("most expensive", "cheapest"),
    ("latest", "earliest"), ("most recent", "oldest"), ("longest", "shortest"), ("most", "fewest"),
    ("more than", "less than"), ("over", "under"), ("before", "after"), ("with", "without"),
    ("has", "has not"), ("have", "lack"), ("second", "third"), ("in stock", "out of stock"),
)  # fmt: skip
"""Words that mean the opposite, or something else, when they are swapped."""
SWAPS = (
    ("only if", "unless"), ("only when", "except when"), ("unless", "if"), ("if not", "if so"),
    ("i am wrong", "I am right"), ("is not so", "is so"), ("do nothing", "go ahead"),
    ("leave everything as it is", "do it anyway"), ("leave everything alone", "do it anyway"),
    ("leave it", "do it all the same"), ("do not go on", "go on"), ("change nothing", "change it"),
    ("everything else as it is", "everything else different"), ("all else", "nothing else"),
    ("unchanged", "changed"), ("more than", "no more than"), ("at most", "at least"),
    ("no more than", "more than"), ("up to", "not less than"), ("everything", "nothing"),
    ("except", "including"), ("except", "and"), ("i mean", "I do not mean"), (" and ", " or "),
    ("each", "none"), ("every", "hardly any"), ("all my", "some of my"), ("all my", "none of my"),
    ("the only one", "any one"), ("the one", "any but the one"), ("the one", "not the one"),
    ("please", "please never"), (" is ", " is not "), (" is ", " is surely not "),
    (" is ", " used to be "), (" want ", " do not want "), ("would like to", "would hate to"),
    ("should", "should not"), (" to ", " not to "), ("use", "avoid"), ("my ", "my wife's "),
    ("same", "opposite"), ("instead", "as well"), ("want", "refuse"), (" not ", " "),
    ("no ", "any "), ("without", "with"), ("like mine", "unlike mine"),
    ("cheapest", "second cheapest"), ("just before", "before"), ("just after", "after"),
    ("directly before", "before"), ("directly after", "after"), ("immediately before", "before"),
    ("immediately after", "after"), ("right before", "before"), ("right after", "after"),
)  # fmt: skip
HARMLESS = ("or if that is not in stock", "off and put")
"""What is still true when another word of it is changed."""
BEFORE = (
    "It is not true that {}", "Whatever you do, never {}", "I do not mean this: {}",
    "Anything but this: {}", "Unless I say otherwise, {}", "Do the opposite: {}", "Maybe {}",
    "If you like, {}", "My wife says that {}", "Forget that {}", "I am joking: {}",
)  # fmt: skip
AFTER = (
    " Or return it instead.", " If that is not possible, cancel everything.", " Not.", " Or not.",
    " Or anything else you like.", " Otherwise take the other one.", " Do it anyway.",
    " But I changed my mind.", " Just kidding.", " And cancel the rest.", " Or 7 of them.",
    " Twice, please.", " Regardless of that, go ahead.", " Ask me again.", " Unless it is late.",
    " Just not that one.", " Only that, or the opposite.", " Except for that one.",
)  # fmt: skip


def _swapped(old: str, new: str) -> Callable[[str], str | None]:
    def lie(text: str) -> str | None:
        place = text.lower().find(old)
        return text[:place] + new + text[place + len(old) :] if place >= 0 else None

    return lie


def _around(before: str, after: str) -> Callable[[str], str | None]:
    return lambda text: f"{before.format(text[0].lower() + text[1:]) if before else text}{after}"


LIES: dict[str, Callable[[str], str | None]] = {
    **{f"{old!r} -> {new!r}": _swapped(old, new) for old, new in SWAPS},
    **{f"{one!r} -> {other!r}": _swapped(f" {one} ", f" {other} ") for one, other in OPPOSITES},
    **{f"{other!r} -> {one!r}": _swapped(f" {other} ", f" {one} ") for one, other in OPPOSITES},
    **{before: _around(before, "") for before in BEFORE},
    **{after: _around("", after) for after in AFTER},
}
"""By what it does."""


def of(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a sentence becomes in each way that changes it."""
    changed = ((name, lie(text)) for name, lie in LIES.items())
    for name, lie in changed:
        if lie not in (None, text) and not any(words in lie for words in HARMLESS):
            yield name, lie
