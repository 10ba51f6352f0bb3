"""A mobile carrier: lines, bills and data, and a user who holds the phone."""

from writ_gym.domain import Domain, read_policy_document
from writ_gym.domains.telecom.data import DEFAULT_SIZE, generate
from writ_gym.domains.telecom.hands import HANDS
from writ_gym.domains.telecom.identity import (
    IDENTIFYING,
    callers,
    checked_by,
    identify,
    identity,
    implied,
    stale,
    target,
)
from writ_gym.domains.telecom.intents import (
    DIAGNOSED,
    INTENTS,
    MANUAL,
    OPERATORS,
    endings,
)
from writ_gym.domains.telecom.intents.base import most_reads
from writ_gym.domains.telecom.lexicon import LEXICON
from writ_gym.domains.telecom.mistakes import mistake
from writ_gym.domains.telecom.proof import PROOF
from writ_gym.domains.telecom.rules import GROUNDS, UNMET
from writ_gym.domains.telecom.schema import TelecomDB
from writ_gym.domains.telecom.texts import ASKING, faithful, states
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.wishes import REFERENCES

DOMAIN: Domain[TelecomDB] = Domain(
    name="telecom",
    entry_point="writ_gym.domains.telecom:DOMAIN",
    database=TelecomDB,
    policy_document=read_policy_document(__name__),
    generate=generate,
    default_size=DEFAULT_SIZE,
    tools=TOOLS,
    intents=INTENTS,
    callers=callers,
    identity=identity,
    identify=identify,
    identifying=IDENTIFYING,
    target=target,
    stale=stale,
    lexicon=LEXICON,
    mistake=mistake,
    operators=OPERATORS,
    faithful=faithful,
    states=states,
    asked=ASKING.wrong,
    hand_over="transfer_to_human_agents",
    proof=PROOF,
    unmet=UNMET,
    grounds=GROUNDS,
    references=REFERENCES,
    implied=implied,
    endings=endings,
    most_reads=most_reads,
    often=dict.fromkeys(("fix_service", "fix_data", "fix_mms"), 4),
    favoured=0.5,
    checked_by=checked_by,
    document_without=read_policy_document(__name__, user_tools=False),
    hands=HANDS,
    manual=MANUAL,
    diagnosed=DIAGNOSED,
)
