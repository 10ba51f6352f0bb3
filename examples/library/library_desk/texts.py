"""What a member says: noun phrases for what is meant, in sentences of a grammar."""

from collections.abc import Iterator, Mapping

from library_desk.language import OUTSIDE, REFERENCE, Kind, OneOf, Reference
from writ_gym.asking import Asking
from writ_gym.database import JSON
from writ_gym.grammar import Grammar, joined
from writ_gym.queries import Condition
from writ_gym.reading_back import IDLE, Need, Reader, amounts
from writ_gym.speaking import Speaker

ASK = {
    "renew_loan": (
        "I <want> to keep a book that I borrowed for longer[, please].",
        "I <want> to renew a loan[ of mine].",
        "(casual) Can I hang on to one of my books a while longer?",
        "(formal) I <want> to request the renewal of a loan.",
        "(terse) A renewal[, please].",
        "I have not finished a book yet and <want> more time[ for it].",
        "There is a loan that I <want> to have renewed.",
        "Could you extend one of my loans[, please]? I <want> to read on.",
        "I <want> a later date for a book that I have[ at home].",
        "I <want> to have a loan renewed[ at the desk].",
        "<want_to> have a book for a longer time.",
        "A loan of mine should run longer[, please].",
        "<could_you> renew a loan for me?",
        "<want_to> hold on to something that I borrowed.",
        "I need more time with a book from you[, please].",
        "The time for a book is too short; please extend it.",
    ),
    "pay_fee": (
        "I <want> to pay something that I owe[ you].",
        "I <want> to settle a fee[, please].",
        "(casual) I <want> to get rid of a fee.",
        "(formal) I <want> to request that a fee be charged to my account.",
        "(terse) Paying a fee[, please].",
        "There is a fee on my card that I <want> to pay.",
        "Could you take my money for a fee[, please]? I <want> it off my card.",
        "I <want> to clear one of the fees[ on my card].",
        "One of my fees is to be paid, I <want> that done[ now].",
        "I <want> to have a fee taken from my bank account.",
        "<want_to> pay a fee now.",
        "A fee of mine should be paid[, please].",
        "<could_you> take the money for a fee?",
        "<want_to> have a fee off my card.",
        "I owe you something and am going to pay it[ now].",
        "There is a fee that has to be settled[, please].",
    ),
    "place_hold": (
        "I <want> to be told when a book comes back[, please].",
        "I <want> to wait for a book that is out.",
        "(casual) Can you put me in line for a book?",
        "(formal) I <want> to be entered on the waiting list of a book.",
        "(terse) A hold on a book[, please].",
        "Somebody else has a book that I <want> next.",
        "I <want> to reserve a book[ with you].",
        "Please put a book on hold for me, I <want> to read it[ soon].",
        "I <want> a place on a waiting list[, please].",
        "There is a book that I <want> to have put on hold.",
        "<want_to> have a book kept for me when it is back.",
        "A book that is out should come to me next[, please].",
        "<could_you> reserve a book for me?",
        "<want_to> queue for a book.",
        "Please put me down for a book that somebody else has.",
        "When a book comes back, I would like to be the next to get it.",
    ),
    "cancel_hold": (
        "I <want> to leave a waiting list[, please].",
        "I do not need to wait for a book any longer and <want> to be taken off its list.",
        "(casual) Can you take me out of the line for a book?",
        "(formal) I <want> to withdraw a hold of mine.",
        "(terse) One hold fewer[, please].",
        "There is a hold that I <want> to have cancelled.",
        "I found a book elsewhere and <want> my hold on it dropped.",
        "I <want> to give up my place on a waiting list[, please].",
        "Please cancel a hold[ of mine], I <want> somebody else to have the book.",
        "I <want> to have a hold cancelled[ at the desk].",
        "<want_to> stop waiting for a book.",
        "A hold of mine is not needed any more[; please cancel it].",
        "<could_you> cancel a hold for me?",
        "<want_to> get off a waiting list.",
        "I am on a list for a book and should be taken off it.",
        "You need not keep a book for me any longer.",
    ),
    "ask_due": (
        "I <want> to know when a loan is due[, please].",
        "By when do I have to bring a book back? I <want> to be on time.",
        "(casual) How long can I keep a book? I <want> to know.",
        "(formal) I <want> to be informed of the due date of a loan.",
        "(terse) Due date of a loan[, please].",
        "Could you tell me until when I may keep a loan? I <want> to plan ahead.",
        "I <want> to know how long a loan runs[, please].",
        "I <want> to know the last day of a loan[ of mine].",
        "I <want> to hear when I should return a book[ that I have].",
        "<want_to> be told when a book has to be back.",
        "On which day is a loan of mine due?",
        "<could_you> look up when a loan is due?",
        "<want_to> find out the due date of a book that I have.",
        "When does the time for one of my loans end?",
        "I need the due date of something that I borrowed[, please].",
    ),
    "ask_debt": (
        "I <want> to know how much I owe you[ altogether].",
        "What do my open fees add up to? I <want> to know[ that].",
        "(casual) How much do I owe you? I <want> to know.",
        "(formal) I <want> to be informed of the sum of my open fees.",
        "(terse) Sum of my open fees[, please].",
        "Could you add up the fees that I still have to pay? I <want> to be prepared.",
        "I <want> to be told what all my open fees come to[, please].",
        "I <want> to know the sum of what is still open[ on my card].",
        "I <want> to hear what I owe the library in all[, please].",
        "<want_to> be told how much I have to pay you in all.",
        "How much do all my open fees amount to?",
        "<could_you> work out what I owe the library?",
        "<want_to> find out the total of my open fees.",
        "What is the sum that I still have to pay you?",
        "I need the total of what is open on my card[, please].",
    ),
    "outside": (
        "There is something else that I <want> to have done[, please].",
        "I <want> something unusual[ today].",
        "(casual) I <want> a favour[, if that is all right].",
        "(formal) I <want> to make a special request.",
        "(terse) A special request[, please].",
        "Maybe you can do something that I <want>.",
        "There is a thing that I <want> to have done for me[, please].",
        "I am not sure who does this, but there is a thing that I <want>[ done].",
        "I <want> your help with another matter[, please].",
        "<want_to> ask for something out of the ordinary.",
        "I have a wish that is not about loans, fees or holds.",
        "<could_you> help me with an unusual matter?",
        "<want_to> bring up something special.",
        "My concern is not one of the usual ones.",
        "What I need is nothing that you do every day.",
    ),
}
STATE = {
    "reference": (
        "I mean {what}.",
        "It is about {what}.",
        "(casual) That would be {what}.",
        "(formal) I am referring to {what}.",
        "(terse) Namely {what}.",
        "What I mean is {what}.",
        "I am talking about {what}.",
        "To be exact, I mean {what}.",
        "The one that I have in mind is {what}.",
        "That is {what}.",
        "My concern is {what}.",
        "I would like you to look at {what}.",
        "What I am asking about is {what}.",
        "The matter is {what}.",
        "You will find that it is {what}.",
    ),
    "card": (
        "My card number is {what}.",
        "The number of my library card is {what}.",
        "(casual) The card says {what}.",
        "(formal) My library card bears the number {what}.",
        "(terse) Card {what}.",
        "I have the card with the number {what}.",
        "My library card has the number {what}.",
        "You find me under card number {what}.",
        "On my library card it says {what}.",
        "You have me under card {what}.",
        "It is card {what} that I hold.",
        "I hold the card {what}.",
        "The card in my wallet is {what}.",
        "My number with you is {what}.",
        "The number on my card is {what}.",
    ),
    "email": (
        "My e-mail address is {what}.",
        "You write to me at {what}.",
        "(casual) My mail is {what}.",
        "(formal) I am registered with the address {what}.",
        "(terse) E-mail: {what}.",
        "I signed up with {what}.",
        "Mail reaches me at {what}.",
        "You find me under the address {what}.",
        "The address that you have should be {what}.",
        "Your letters come to {what}.",
        "I use the address {what}.",
        "My account is tied to {what}.",
        "My e-mail address with you is {what}.",
        "I gave you {what} as my address.",
        "Notices go to {what}.",
    ),
    "matter": (
        "I would like to have {what}.",
        "What I need is {what}.",
        "(casual) I want {what}.",
        "(formal) I would be grateful to have {what}.",
        "(terse) Wanted: {what}.",
        "Please have {what}.",
        "I am here to have {what}.",
        "I am asking to have {what}.",
        "I would love to have {what}.",
        "It would help me to have {what}.",
        "I hope to have {what}.",
        "I am looking to have {what}.",
        "My request is to have {what}.",
        "What I hope for is to have {what}.",
        "Is there a way to have {what}?",
    ),
}
WANT = {"want": ("would like", "want")}
GRAMMAR = Grammar({**{f"ask_{name}": rule for name, rule in ASK.items()}, **STATE}, WANT)
ASKING = Asking(GRAMMAR)

EXTREMES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("due", "highest"): ("latest due date", "last due date"),
    ("due", "lowest"): ("earliest due date", "nearest due date"),
    ("amount", "highest"): ("highest amount", "largest amount"),
    ("amount", "lowest"): ("lowest amount", "smallest amount"),
    ("pages", "highest"): ("highest number of pages", "most pages"),
    ("pages", "lowest"): ("lowest number of pages", "fewest pages"),
    ("year", "highest"): ("latest year of publication", "most recent year of publication"),
    ("year", "lowest"): ("earliest year of publication", "oldest year of publication"),
    ("waiting", "highest"): ("most people waiting", "longest waiting list"),
    ("waiting", "lowest"): ("fewest people waiting", "shortest waiting list"),
}
"""By attribute and extreme, what the one has that is meant."""
RANKS = {1: "", 2: "second ", 3: "third "}
TESTS = {"over": ("more than", "over"), "under": ("less than", "under")}
NOUNS = {"loan": "loan", "fee": "fee", "hold": "the hold on book", "book": "book"}


class Sentences(Speaker):
    """Puts what a member means into words."""

    grammar = GRAMMAR

    def tell_card(self, value: JSON) -> str:
        """Say the number of the card."""
        return self.say("card", what=value)

    def tell_email(self, value: JSON) -> str:
        """Say the e-mail address."""
        return self.say("email", what=value)

    def tell_matter(self, value: JSON) -> str:
        """Say what is wanted that nobody at the desk can do."""
        return self.say("matter", what=OUTSIDE[value])

    def tell_loan(self, value: JSON) -> str:
        """Say which loan is meant."""
        return self._tell_thing("loan", value)

    def tell_fee(self, value: JSON) -> str:
        """Say which fee is meant."""
        return self._tell_thing("fee", value)

    def tell_hold(self, value: JSON) -> str:
        """Say which hold is meant."""
        return self._tell_thing("hold", value)

    def tell_book(self, value: JSON) -> str:
        """Say which book is meant."""
        return self._tell_thing("book", value)

    def _tell_thing(self, kind: Kind, value: JSON) -> str:
        reference = REFERENCE.validate_python(value)
        return self.say("reference", what=self._noun_phrase(kind, reference))

    def _noun_phrase(self, kind: Kind, reference: Reference) -> str:
        if not isinstance(reference, OneOf):
            return f"{NOUNS[kind]} {reference.id}"
        scope = self._scope(kind, reference)
        if reference.by is None:
            return f"the only one out of {scope}"
        extreme = self.choose(EXTREMES[reference.by, reference.extreme])
        return f"the one with the {RANKS[reference.rank]}{extreme} out of {scope}"

    def _scope(self, kind: Kind, reference: OneOf) -> str:
        where = "".join(f" {self._condition(condition)}" for condition in reference.where)
        if reference.among != "all":
            return f"the {kind}s {joined(reference.among)}{where and f' that are{where}'}"
        if kind == "loan":
            return f"all my loans{where and f' of books{where}'}"
        if kind == "fee":
            return f"all my fees{where}"
        if kind == "hold":
            return f"all the books{where} that I am waiting for"
        return f"all the books by {reference.author}{where}"

    def _condition(self, condition: Condition) -> str:
        value = condition.value
        if condition.attribute == "author":
            return f"by {value}"
        if condition.attribute == "title":
            return f"called “{value}”"
        if condition.attribute == "cause":
            return f"for a {value}" if value != "photocopies" else "for photocopies"
        word = self.choose(TESTS[condition.test])
        amount = f"${value:,.0f}" if condition.attribute == "amount" else f"{value:.0f} pages"
        return f"{'of' if condition.attribute == 'amount' else 'with'} {word} {amount}"


state = Sentences.state
"""How a member states a fact."""
states = Sentences.states
"""Whether a fact is stated so."""

_READER = Reader()
_THINGS = IDLE.also(
    "loan loans fee fees hold book books number among out waiting pages year matter"
)
_IDLE = {
    "card": IDLE.also("card number library bears under hold wallet says"),
    "email": IDLE.also(
        "e mail address registered signed up under use tied account gave letters notices write "
        "reaches"
    ),
    "matter": IDLE.also("grateful wanted here request"),
}
"""By slot, what a sentence may say besides: words that say nothing."""


def faithful(slot: str, value: JSON, text: str, intent: str = "") -> str | None:
    """Say what is wrong with a sentence as a statement of a fact; None if it says just that."""
    if slot in _IDLE:
        words = OUTSIDE[value] if slot == "matter" else value
        return _READER.wrong(text, [Need((words,))], _IDLE[slot])
    return _READER.wrong(text, _needs(REFERENCE.validate_python(value)), _THINGS)


def _needs(reference: Reference) -> Iterator[Need]:
    """Yield what a sentence has to hold for a reference."""
    if not isinstance(reference, OneOf):
        yield Need((reference.id,))
        return
    if reference.among == "all":
        yield Need(("all my", "all the", "all of my", "all of the"))
    else:
        yield Need((joined(reference.among),))
    if reference.author:
        yield Need((reference.author,), negated=False)
    if reference.by:
        rank = RANKS[reference.rank]
        yield Need(tuple(f"{rank}{words}" for words in EXTREMES[reference.by, reference.extreme]))
    else:
        yield Need(("only one", "only"))
    for condition in reference.where:
        yield from _needs_of(condition)


def _needs_of(condition: Condition) -> Iterator[Need]:
    if isinstance(condition.value, str):
        yield Need((condition.value,), negated=False)
    else:
        words = (
            f"{test} {each}" for test in TESTS[condition.test] for each in amounts(condition.value)
        )
        yield Need(tuple(words), negated=False)
