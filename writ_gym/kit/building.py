"""A ``Domain`` of plain tables put together, and the usual mistakes in one found at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin

from writ_gym.database import JSON, Database, Record, closed_sets
from writ_gym.domain import Domain, Intent, read_policy_document
from writ_gym.kit.identity import Finder, Way, misread_id
from writ_gym.kit.intents import Deciding, Deed, Enquiry, OneRecord
from writ_gym.kit.kinds import REFERENCES, Attribute, Entity, Kind
from writ_gym.kit.proving import TableProof
from writ_gym.kit.words import Words
from writ_gym.kit.worlds import misfits_of_world
from writ_gym.meaning.proofs import Proof
from writ_gym.tasks import Call
from writ_gym.tools import ToolSet

D = TypeVar("D", bound=Database)


def table_domain(
    package: str,
    *,
    name: str,
    database: type[D],
    generate: Callable[[int, Mapping[str, int]], D],
    default_size: Mapping[str, int],
    tools: ToolSet[D],
    intents: Sequence[Intent[D]],
    words: Words,
    ways: Sequence[Way],
    callers: Callable[[D], Mapping[str, int]],
    proof: Proof[D],
    **others: Any,
) -> Domain[D]:
    """Return a domain whose users mean records of kinds; ``policy.md`` is in its package.

    Args:
        package: The name of the package, which has the domain as ``DOMAIN``.
        name: See ``Domain``, as for what is not told here.
        database: The class of its tables.
        generate: Makes worlds.
        default_size: How large worlds are.
        tools: What the agent may call.
        intents: What users ask for.
        words: Their words.
        ways: The reads that find out who calls, the best first.
        callers: Everybody who may be a user.
        proof: Brute force.
        others: Other fields of ``Domain``, or those that differ from what they are here: a write
            makes stale the reads that share an argument with it, and ids can be misread.

    Raises:
        ValueError: Parts do not fit one another; says which, and how to mend it. What only a world
            shows is told when the first one is made.
    """
    wrong = next(_misfits(database, tools, intents, words, ways, proof), None)
    if wrong is not None:
        raise ValueError(f"The domain {name!r}: {wrong}")
    finder = Finder(words, ways)
    operators = [o for each in intents if isinstance(each, Deciding) for o in each.operators]
    fields: dict[str, Any] = {
        "identity": finder.identity,
        "identify": finder.identify,
        "identifying": finder.identifying,
        "target": _target_of([*words.kinds.values(), words.user]),
        "stale": shares_argument,
        "lexicon": words.lexicon,
        "mistake": misread_id,
        "operators": tuple(dict.fromkeys(operators)),
        "faithful": words.faithful,
        "states": words.states,
        "asked": words.asking.wrong,
        "hand_over": "transfer_to_human_agents",
        "unmet": frozenset(f"no_such_{kind}" for kind in words.kinds),
        "references": REFERENCES,
    }
    if "policy_document" not in others:
        fields["policy_document"] = read_policy_document(package)
    return Domain(
        name=name, entry_point=f"{package}:DOMAIN", database=database,
        generate=_generating(name, generate, words, proof), default_size=default_size,
        tools=tools, intents=tuple(intents), callers=callers, proof=proof, **{**fields, **others},
    )  # fmt: skip


def _generating(
    name: str, generate: Callable[[int, Mapping[str, int]], D], words: Words, proof: Proof[D]
) -> Callable[[int, Mapping[str, int]], D]:
    """Return what makes worlds, and says what of the domain does not fit them."""

    def checked(seed: int, size: Mapping[str, int]) -> D:
        db = generate(seed, size)
        wrong = next(misfits_of_world(db, words, proof), None)
        if wrong is not None:
            raise ValueError(f"The domain {name!r}: {wrong}")
        return db

    return checked


def shares_argument(write: Call, answer: str, read: Call) -> bool:
    """Say whether a write names a record that a read shows, so that it may have changed it."""
    return any(write.arguments.get(name) == value for name, value in read.arguments.items())


def _target_of(entities: Sequence[Entity]) -> Callable[[Mapping[str, JSON]], Call]:
    """Return what gives the read that shows what a write changes: its first argument of these."""

    def target(arguments: Mapping[str, JSON]) -> Call:
        for each in entities:
            if each.key in arguments:
                return each.shown(arguments[each.key])
        keys = [each.key for each in entities]
        raise ValueError(f"A write with the arguments {sorted(arguments)} names none of {keys}.")

    return target


def _misfits(
    database: type[Database],
    tools: ToolSet[Any],
    intents: Sequence[Intent[Any]],
    words: Words,
    ways: Sequence[Way],
    proof: Proof[Any],
) -> Iterator[str]:
    """Yield what does not fit, and how to mend it."""
    for entity in _entities(words):
        yield from _misfits_of_entity(entity, database, tools)
    for kind in words.kinds.values():
        yield from _misfits_of_kind(kind)
    yield from _misfits_of_identity(words, ways, tools)
    writes = {tool.name for tool in tools if tool.kind == "write"}
    for intent in intents:
        if intent.name not in words.asked:
            yield f"nothing says how {intent.name!r} is asked for: add it to `asks` of its Words."
        if isinstance(intent, Deed) and intent.tool not in writes:
            yield f"the tool {intent.tool!r} of {intent.name!r} is none that writes: add it."
    if isinstance(proof, TableProof):
        yield from _misfits_of_proof(proof, database, intents)


def _misfits_of_proof(
    proof: TableProof, database: type[Database], intents: Sequence[Intent[Any]]
) -> Iterator[str]:
    for intent in intents:
        if isinstance(intent, OneRecord | Enquiry):
            yield from _misfits_of_intent(intent, proof)
    for table, links in proof.links.items():
        for field, other in links.items():
            if table not in database.tables or field not in database.tables[table].model_fields:
                yield f"`links` of its proof name {field!r} of {table!r}, which is not there."
            if other not in database.tables:
                yield f"`links` of its proof lead to {other!r}, which is no table."


def _misfits_of_intent(intent: OneRecord | Enquiry, proof: TableProof) -> Iterator[str]:
    name, its = intent.name, type(proof).__name__
    if isinstance(intent, OneRecord) and name not in proof.kinds:
        yield f"{name!r} has no kind in `kinds` of its {its}: add it."
    asks = getattr(intent, "answer_is", "information") == "information"
    if asks != (name in getattr(proof, "answers", ())):
        yield (
            f"{name!r} {'asks' if asks else 'does not ask'} for information: "
            f"{'name it in' if asks else 'leave it out of'} `answers` of its {its}."
        )
    rules = set(proof.by_rule.get(name, ()))
    if isinstance(intent, Deed) and set(intent.by_rule) != rules:
        yield (
            f"`by_rule` of {name!r} has {sorted(intent.by_rule)}, but {sorted(rules)} in its "
            f"{its}: it has to be the same."
        )


def _misfits_of_identity(words: Words, ways: Sequence[Way], tools: ToolSet[Any]) -> Iterator[str]:
    for slot, detail in words.details.items():
        if detail.field not in words.user.record.model_fields:
            yield f"{words.user.record.__name__} has no field {detail.field!r} (detail {slot!r})."
    for way in ways:
        for slot in way.arguments.values():
            if slot not in words.details:
                yield f"the way {way.tool!r} takes {slot!r}, which is none of the `details`."
        if way.tool not in tools:
            yield f"the way {way.tool!r} is no tool: add it to the tools."
        elif not way.arguments.keys() <= tools[way.tool].parameters.keys():
            takes = list(tools[way.tool].parameters)
            yield f"the way {way.tool!r} has {list(way.arguments)}, but the tool takes {takes}."


def _entities(words: Words) -> Sequence[Entity]:
    kinds = list(words.kinds.values())
    linked = [kind.linked for kind in kinds if kind.linked]
    return list(dict.fromkeys([words.user, *kinds, *(kind.holder for kind in kinds), *linked]))


def _misfits_of_entity(
    entity: Entity, database: type[Database], tools: ToolSet[Any]
) -> Iterator[str]:
    shown = f"{entity.record.__name__} of table {entity.table!r}"
    if database.tables.get(entity.table) is not entity.record:
        yield f"{database.__name__} has no table {entity.table!r} of {entity.record.__name__}."
    if entity.table not in database.key_fields:
        yield f"`key_fields` of {database.__name__} do not say which field is the key of {shown}."
    if entity.read not in tools:
        yield f"{shown} is read by {entity.read!r}, which is no tool: add it, or name another one."
    elif list(tools[entity.read].parameters) != [entity.key]:
        yield (
            f"the tool {entity.read!r} takes {list(tools[entity.read].parameters)}, but to show a "
            f"{shown} it has to take {entity.key!r} alone."
        )
    elif tools[entity.read].returns is not entity.record:
        yield f"the tool {entity.read!r} has to return the {entity.record.__name__}: say `->` so."


def _misfits_of_kind(kind: Kind) -> Iterator[str]:
    fields, holder = kind.record.model_fields, kind.holder.record
    if kind.listed not in holder.model_fields:
        yield f"{holder.__name__} has no field {kind.listed!r}, in which {kind.name!r} are listed."
    if bool(kind.held_by) != ("{of}" in kind.scope):
        yield (
            f"the kind {kind.name!r} needs both `held_by` and '{{of}}' in its scope "
            f"{kind.scope!r}, or neither."
        )
    if bool(kind.link) != bool(kind.linked):
        yield f"the kind {kind.name!r} needs both `link` and `linked`, or neither."
    for name in filter(None, (kind.held_by, kind.link)):
        if name not in fields:
            yield f"a {kind.name!r} has no field {name!r}; it has {sorted(fields)}."
        elif NoneType in get_args(fields[name].annotation):
            yield f"{name!r} of a {kind.name!r} may be None: each has to lead to a record."
    yield from _misfits_of_attributes(kind.name, "attributes", kind.record, kind.attributes)
    if kind.linked:
        yield from _misfits_of_attributes(kind.name, "of_link", kind.linked.record, kind.of_link)


def _misfits_of_attributes(
    kind: str, place: str, record: type[Record], attributes: Mapping[str, Attribute]
) -> Iterator[str]:
    fields = record.model_fields
    for name, attribute in attributes.items():
        shown = f"{name!r} in `{place}` of the kind {kind!r}"
        if name not in fields:
            yield f"{shown}: {record.__name__} has no field {name!r}; it has {sorted(fields)}."
            continue
        annotation = fields[name].annotation
        texts = closed_sets(annotation) if get_origin(annotation) is Literal else ()
        is_text = annotation is str or any(texts)
        if annotation not in (int, float) and not is_text:
            yield f"{shown} is no number, text or Literal of texts, and users say no others."
        elif is_text and attribute.step:
            yield f"{shown} has a `step`, but is a text: only numbers have bounds."
        elif not is_text and attribute.phrase and attribute.step <= 0:
            yield f"{shown} has a `phrase`, so it needs a `step`: users say bounds of numbers."
