"""An online shop: orders that are cancelled, changed, returned and exchanged."""

from writ_gym.domain import Domain, read_policy_document
from writ_gym.domains.retail.data import DEFAULT_SIZE, generate
from writ_gym.domains.retail.identity import (
    IDENTIFYING,
    callers,
    identify,
    identity,
    stale,
    target,
)
from writ_gym.domains.retail.intents import INTENTS, OPERATORS, endings
from writ_gym.domains.retail.intents.base import most_reads
from writ_gym.domains.retail.lexicon import LEXICON
from writ_gym.domains.retail.mistakes import mistake
from writ_gym.domains.retail.proof import PROOF
from writ_gym.domains.retail.rules import GROUNDS, UNMET
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.domains.retail.texts import ASKING, faithful, states
from writ_gym.domains.retail.tools import TOOLS
from writ_gym.domains.retail.wishes import REFERENCES

DOMAIN: Domain[RetailDB] = Domain(
    name="retail",
    entry_point="writ_gym.domains.retail:DOMAIN",
    database=RetailDB,
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
    endings=endings,
    most_reads=most_reads,
)
