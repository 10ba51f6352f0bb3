"""A toy domain with dual control: the maker of kettles has an account, the user has the kettle.

A kettle heats if its child lock is off, it sits on its base, and its service is not paused. The
first two are in the user's hands, the third in the agent's.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from writ_gym.database import JSON, Database, Record, Table
from writ_gym.domain import Brief, Domain, Intent
from writ_gym.errors import ToolError
from writ_gym.meaning.proofs import NO_PICKS, Meaning, Picks, Proof
from writ_gym.meaning.solving import Identification, Outcome, Plan, Tell, Write, read
from writ_gym.phrasing.grammar import Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Edit, Fact, Provenance, Request
from writ_gym.tools import ToolSet
from writ_gym.understanding.hands import Hands, Step
from writ_gym.understanding.reading import Lexicon


class Account(Record):
    account_id: str
    email: str
    service: Literal["active", "paused"]


class Kettle(Record):
    account_id: str
    locked: bool
    seated: bool


class KettleDB(Database):
    accounts: Table[Account]
    kettles: Table[Kettle]

    @property
    def kettle(self) -> Kettle:
        """The kettle of the caller."""
        if self.caller not in self.kettles:
            raise ToolError("There is no kettle here.")
        return self.kettles[self.caller]


def state_of(kettle: Kettle) -> str:
    return "engaged" if kettle.locked else "released"


TOOLS: ToolSet[KettleDB] = ToolSet("toy_device:TOOLS")
USER_TOOLS: ToolSet[KettleDB] = ToolSet("toy_device:USER_TOOLS", requestor="user")


@TOOLS.read
def find_account(db: KettleDB, email: str) -> str:
    """Find an account by e-mail address.

    Args:
        email: The address.
    """
    for account in db.accounts.values():
        if account.email == email:
            return account.account_id
    raise ToolError("There is no such account.")


@TOOLS.read
def get_account(db: KettleDB, account_id: str) -> Account:
    """Return an account.

    Args:
        account_id: Its id.
    """
    if account_id not in db.accounts:
        raise ToolError("There is no such account.")
    return db.accounts[account_id]


@TOOLS.write
def resume_service(db: KettleDB, account_id: str) -> Account:
    """Resume a paused service.

    Args:
        account_id: Id of the account.
    """
    if get_account(db, account_id).service == "active":
        raise ToolError("The service is not paused.")
    return db.accounts.put(account_id, db.accounts[account_id].replace(service="active"))


@TOOLS.generic
def transfer_to_human_agents(db: KettleDB, summary: str) -> str:
    """Hand the user over to a human.

    Args:
        summary: What it is about.
    """
    return "Transfer successful"


@USER_TOOLS.read
def look_at_display(db: KettleDB) -> str:
    """See whether the child lock is on."""
    return f"Child lock: {state_of(db.kettle)}"


@USER_TOOLS.read
def look_at_base(db: KettleDB) -> str:
    """See whether the lamp of the base is lit."""
    return f"Below the words “Made to last” the lamp is {'lit' if db.kettle.seated else 'dark'}."


@USER_TOOLS.read
def boil_water(db: KettleDB) -> str:
    """Try to boil water."""
    kettle = db.kettle
    service = db.accounts[kettle.account_id].service
    works = kettle.seated and not kettle.locked and service == "active"
    return "It heats." if works else "It stays cold."


@USER_TOOLS.write
def toggle_lock(db: KettleDB) -> str:
    """Turn the child lock on or off."""
    kettle = db.kettles.put(db.caller, db.kettle.replace(locked=not db.kettle.locked))
    return f"Child lock is now {state_of(kettle)}."


@USER_TOOLS.write
def seat_kettle(db: KettleDB) -> str:
    """Put the kettle on its base."""
    db.kettles.put(db.caller, db.kettle.replace(seated=True))
    return "Yes, the lamp is lit."


WORDS = {
    "look_at_display": "Please look at the display. Is the child lock on or off?",
    "look_at_base": "Please check the lamp of the base.",
    "boil_water": "Could you please try to boil some water?",
    "toggle_lock": "Please turn the child lock off.",
    "seat_kettle": "Please put the kettle back on its base.",
}
MEANT = {
    "look_at_display": r"look at the display",
    "look_at_base": r"(?:check|look at) the lamp|is the lamp",
    "boil_water": r"boil (?:some )?water",
    "toggle_lock": r"(?:turn|switch) the child lock off|(?:turn|switch) off the child lock",
    "seat_kettle": r"(?:put|place|set) (?:the kettle|it) (?:back )?on",
}


ASKED = {
    "repair": "My kettle does not heat.",
    "ask_lock": "What does my kettle say about its child lock?",
}


def ask(call: Call) -> str:
    return WORDS[call.name]


def understood(text: str) -> list[Step]:
    found = sorted(
        (match.start(), name)
        for name, pattern in MEANT.items()
        for match in re.finditer(pattern, text, re.I)
    )
    lock = Call("look_at_display", {}), "released"
    return [Step(Call(n, {}), *(lock if n == "toggle_lock" else ())) for _, n in found]


class Repair(Intent[KettleDB]):
    name = "repair"

    def reach(self, db: KettleDB, caller: str, writing: bool) -> tuple[int, int] | None:
        return (1, 1) if writing and faults(db, caller) else None

    def draft(self, db: KettleDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        if not faults(db, brief.caller):
            return None
        return Request(intent=self.name, text=ASKED[self.name])

    def twin(
        self, db: KettleDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        return None

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        display = yield from read("look_at_display")
        base = yield from read("look_at_base")
        account = json.loads((yield from read("get_account", account_id=caller)))
        writes = []
        if "engaged" in display:
            writes.append(Write("toggle_lock", {}, {}))
        if account["service"] == "paused":
            arguments = {"account_id": account["account_id"]}
            writes.append(Write("resume_service", arguments, {"account_id": "read"}))
        if "dark" in base:
            writes.append(Write("seat_kettle", {}, {}))
        plans = ", ".join(f"{write.name} {dict(write.arguments)}" for write in writes)
        return Outcome(
            statement=f"My plan: {plans}. Shall I go ahead?",
            writes=tuple(writes),
            report="All that kept the kettle from heating has been mended.",
        )


class AskLock(Intent[KettleDB]):
    name = "ask_lock"

    def reach(self, db: KettleDB, caller: str, writing: bool) -> tuple[int, int] | None:
        return None if writing else (1, 1)

    def draft(self, db: KettleDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        return Request(intent=self.name, text=ASKED[self.name], answer="information")

    def twin(
        self, db: KettleDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        return None

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        state = (yield from read("look_at_display")).removeprefix("Child lock: ")
        return Outcome(statement=f"It says that the lock is {state}.", tells=(Tell(state),))


def faults(db: KettleDB, caller: str) -> list[Call]:
    kettle, account = db.kettles[caller], db.accounts[caller]
    calls = [Call("toggle_lock", {})] if kettle.locked else []
    if account.service == "paused":
        calls.append(Call("resume_service", {"account_id": caller}))
    return calls if kettle.seated else [*calls, Call("seat_kettle", {})]


class KettleProof(Proof[KettleDB]):
    def callers(self, db: KettleDB, identity: Mapping[str, JSON]) -> list[str]:
        return [key for key, a in db.accounts.items() if a.email == identity["email"]]

    def meaning(
        self, db: KettleDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Meaning:
        if request.intent == "repair":
            return Meaning(writes=tuple(faults(db, caller)))
        return Meaning(tells=(state_of(db.kettles[caller]),))

    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        return dict.fromkeys(write.arguments, "read")

    answers = frozenset({"ask_lock"})
    partial = frozenset(tool.name for tool in USER_TOOLS)
    alone = frozenset({"accounts", "kettles"})

    def records(self, db: KettleDB, call: Call) -> Sequence[tuple[str, str]]:
        if call.name == "get_account":
            return [("accounts", call.arguments["account_id"])]
        return [("kettles", db.caller)] if call.name in USER_TOOLS else []

    def edits(
        self, db: KettleDB, caller: str, request: Request, table: str, key: str
    ) -> Iterator[Edit]:
        record = getattr(db, table)[key].plain
        for name, value in record.items():
            other = {"active": "paused", "paused": "active"}.get(value, value)
            other = not value if isinstance(value, bool) else other
            if other != value:
                arguments = {"table": table, "key": key, "values": {name: other}}
                yield Edit(name="set", arguments=arguments)

    def apply(self, db: KettleDB, edit: Edit) -> None:
        table, key = getattr(db, edit.arguments["table"]), edit.arguments["key"]
        table.put(key, table[key].replace(**edit.arguments["values"]))

    def around(self, db: KettleDB, caller: str, request: Request) -> Iterable[tuple[str, str]]:
        return [("kettles", caller), ("accounts", caller)]

    def looks(self, db: KettleDB, caller: str, request: Request) -> Sequence[Call]:
        """Return none: no read shows what another one shows."""
        return ()

    def routes(self, db: KettleDB, table: str, key: str, goal: Record) -> Iterator[Call]:
        if table == "accounts":
            yield Call("resume_service", {"account_id": key})
        elif key == db.caller:
            yield from (Call(tool.name, {}) for tool in USER_TOOLS if tool.kind == "write")

    def apart(self, record: Record, goal: Record) -> int:
        return sum(goal.plain[name] != value for name, value in record.plain.items())


def generate(seed: int, size: Mapping[str, int]) -> KettleDB:
    rng = rng_for(seed, "kettles")
    accounts, kettles = {}, {}
    for number in range(size["kettles"]):
        key = f"owner_{number}"
        locked, seated, active = rng.random(3) < 0.5
        service = "active" if active else "paused"
        accounts[key] = {
            "account_id": key,
            "email": f"mail{number}@kettles.test",
            "service": service,
        }
        kettles[key] = {"account_id": key, "locked": bool(locked), "seated": bool(seated)}
    return KettleDB.load({"accounts": accounts, "kettles": kettles})


def identity(
    db: KettleDB, caller: str, rng: np.random.Generator, style: Style
) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    email = db.accounts[caller].email
    return (Fact(slot="email", value=email, text=f"My e-mail address is {email}."),), ()


def identify(facts: Mapping[str, JSON]) -> Identification:
    return (yield from read("find_account", email=facts["email"]))


def callers(db: KettleDB) -> dict[str, int]:
    return {key: len(faults(db, key)) for key in db.accounts}


def target(arguments: Mapping[str, JSON]) -> Call:
    known = {"account_id": arguments["account_id"]} if arguments else {}
    return Call("get_account" if arguments else "look_at_display", known)


def stale(write: Call, answer: str, read: Call) -> bool:
    if write.name == "seat_kettle":
        return read.name in ("look_at_base", "boil_water")
    return read.name == "boil_water" or read == target(write.arguments)


def mistake(style: Style, request: Request, fact: Fact, rng: np.random.Generator) -> Fact | None:
    return None


def faithful(slot: str, value: JSON, text: str, intent: str) -> str | None:
    return None if value in text else "it says something else"


def states(intent: str, fact: Fact, split: str) -> bool:
    return str(fact.value) in fact.text


def asked(request: Request, split: str, reworded: bool) -> str | None:
    return None if request.text == ASKED[request.intent] else "it says something else"


LEXICON = Lexicon(
    nouns={},
    identity_questions=("What is your e-mail address?",),
    identity_alternatives=("Could I have your e-mail address?",),
    slots={"email": re.compile(r"e-mail address", re.I)},
    stated={},
    mentions={},
    identifying=frozenset(),
)
HANDS = Hands(tools=USER_TOOLS, ask=ask, understood=understood)
DOMAIN: Domain[KettleDB] = Domain(
    name="kettles",
    entry_point="toy_device:DOMAIN",
    database=KettleDB,
    policy_document="Find out who the user is. Ask for a yes before you change an account.",
    generate=generate,
    default_size={"kettles": 60},
    tools=TOOLS,
    intents=(Repair(), AskLock()),
    callers=callers,
    identity=identity,
    identify=identify,
    identifying=(frozenset({"email"}),),
    target=target,
    stale=stale,
    lexicon=LEXICON,
    mistake=mistake,
    operators=(),
    faithful=faithful,
    states=states,
    asked=asked,
    hand_over="transfer_to_human_agents",
    proof=KettleProof(),
    hands=HANDS,
)
