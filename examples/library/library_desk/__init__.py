"""A public library's front desk, as a domain of writ-gym that lives outside of the package."""

from library_desk.data import DEFAULT_SIZE, generate
from library_desk.identity import IDENTIFYING, callers, identify, identity, stale, target
from library_desk.intents import INTENTS, OPERATORS
from library_desk.language import REFERENCES
from library_desk.lexicon import LEXICON, mistake
from library_desk.proof import LibraryProof
from library_desk.rules import UNMET
from library_desk.schema import LibraryDB
from library_desk.texts import ASKING, faithful, states
from library_desk.tools import TOOLS
from writ_gym import register_domain
from writ_gym.domain import Domain, read_policy_document

DOMAIN: Domain[LibraryDB] = Domain(
    name="library",
    entry_point="library_desk:DOMAIN",
    database=LibraryDB,
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
    proof=LibraryProof(),
    unmet=UNMET,
    references=REFERENCES,
)
register_domain(DOMAIN)
