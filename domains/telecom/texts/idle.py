"""What the carrier's users may say besides their facts: words that change nothing of them."""

from collections.abc import Mapping

from writ_gym.phrasing.reading_back import IDLE, OR_ELSE_NOTHING, Idle

_RECORDS = IDLE.also(
    "line lines bill bills plan plans number numbers phone out cost costs list lists come comes "
    "came got used sent status device end ends due month model roaming data price called precise "
    "matter",
)  # fmt: skip
"""What is said about lines, bills and plans says nothing of its own."""
IDLE_OF: Mapping[str, Idle] = {
    "name": IDLE.also(
        "name full account under runs customer contract holder belongs registered find people "
        "call called speak",
        "in the name of",
    ),
    "birth": IDLE.also(
        "date birth birthday day born file papers says note s",
        "on this day", "when i was", "i was born", "that i was born on", "was born",
    ),
    "phone": IDLE.also(
        "number phone mobile find under use reach reached people",
    ),
    "customer_id": IDLE.also(
        "customer id number letters from bills says file under account gave keep contract",
    ),
    "line": _RECORDS.also(
        "covers apply applies request",
        "without exception",
    ),
    "bill": _RECORDS.also(
        "covers apply applies request",
        "without exception",
    ),
    "plan": _RECORDS.also("offer talking", "have my eye on", "of all", "all"),
    "amount": _RECORDS.also(
        "amount much right thought great",
        "just enough to", "only what it takes to", "as little as will", "all that", "as much as",
        "as for how much",
    ),
    "refuel": _RECORDS.also(
        "buy bought amount much more",
        "if data has to be bought", "should it need more data", "should more data be required",
        "more data if needed", "if it needs data", "if my data is used up", "for more data",
        "if it takes a refuel", "in case the data is used up", "if i have run out of data",
        "data, if that is missing", "if there is a lack of data", "when data is missing",
        "should data be missing", "for the case that data is needed",
        "if the trouble is a lack of data", "where more data would help", "agree", "then",
        "just enough to", "only what it takes to", "as little as will", "all that", "as much as",
        "charge me", "purchase", "willing to pay", "for me", "there should be ... charge",
        "at all", "has to work", "interested in", "need for", "any", "will",
    ),
    "pay": IDLE.also(
        "now today present right moment agree willing ready prepared settle pay happy sure "
        "overdue",
        "whatever is overdue", "what is overdue", "what's overdue", "everything that is overdue",
        "if something is overdue", "should something be overdue", "what is open",
        "if that is what it takes", "what i owe", "if something is due", "what is due",
        "if there is something to ...", "if money is due", "you can count on me", "am able to",
        "not now", "anything", "intend to", "am in ... position to", "at the moment",
        "it is ... possible for me", "rather",
    ),
    "in_hand": IDLE.also(
        "yes includes include affected affects affect touches touch part belongs covers cover "
        "count them too also",
        "among those", "as well", "it was", "is so, but", "count in", "this goes for",
    ),
    "place": IDLE.also(
        "right moment present today currently happen phone days speak where",
        "as to where i am", "you should know that", "these days", "as we speak",
    ),
    "goal_any": IDLE.also(
        "speed will do work works enough good fine all right sufficient content live",
        "it does not have to be fast", "i do not mind", "if it works", "as long as it works",
        "only want to get online", "has to", "my only wish", "is all right",
    ),
    "goal_excellent": IDLE.also(
        "speed reach run test says must expect require result got phone content",
        "it is not enough if it works, it has to be", "nothing but ... speed is enough",
        "only ... speed will do", "content only", "in a",
    ),
    "roaming": IDLE.also("roaming setting as from now on", "see to it that"),
    "reason": IDLE.also(
        "reason reasons why because since cause note being down put this following",
        "if you need a reason",
    ),
    "condition": _RECORDS.also(
        "believe fairly sure pretty impression suppose knowledge understanding recall assume "
        "remember from ahead",
        "if i remember correctly", "is to be done", "of all", "all", OR_ELSE_NOTHING,
    ),
    "figure": _RECORDS.also("work records figure", "find out", "all"),
    "topic": IDLE.also("out told", "all i ask for", "find out"),
    "matter": IDLE.also("important request"),
}  # fmt: skip
"""By slot, what a sentence may say besides."""
