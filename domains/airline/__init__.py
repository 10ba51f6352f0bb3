"""An airline: trips that are booked, changed and cancelled."""

from writ_gym.domain import Domain, read_policy_document
from writ_gym.domains.airline.data import DEFAULT_SIZE, generate
from writ_gym.domains.airline.identity import (
    IDENTIFYING,
    callers,
    identify,
    identity,
    stale,
)
from writ_gym.domains.airline.intents import INTENTS, OPERATORS, endings
from writ_gym.domains.airline.lexicon import LEXICON
from writ_gym.domains.airline.mistakes import mistake
from writ_gym.domains.airline.proof import PROOF
from writ_gym.domains.airline.rules import GROUNDS, UNMET
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.targets import target
from writ_gym.domains.airline.texts import ASKING, faithful, states
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.domains.airline.wishes import REFERENCES

DOMAIN: Domain[AirlineDB] = Domain(
    name="airline",
    entry_point="writ_gym.domains.airline:DOMAIN",
    database=AirlineDB,
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
    often={"book": 0.4},
    grounds=GROUNDS,
    references=REFERENCES,
    endings=endings,
)
