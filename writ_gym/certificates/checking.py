"""The independent checker: proves every point of a task again, by brute force over the database.

It shares schema, tools and the language of requests with the solvers that made the task, and
nothing else; what a request means is computed by the domain's ``Proof``. ``POINTS`` lists what is
checked. A finding names the point that is broken, and the record or the write.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from writ_gym.certificates.certifying import shortcuts, together
from writ_gym.certificates.claims import check_config, check_form, check_scenario
from writ_gym.certificates.evidence import Keeps, as_told, describe
from writ_gym.certificates.least_sets import smaller_set
from writ_gym.certificates.orders import Dealings
from writ_gym.certificates.provenance import wrong_sources
from writ_gym.certificates.walking import Turn, answer_of, walk
from writ_gym.certificates.write_paths import shortest_paths
from writ_gym.database import Database, leaves
from writ_gym.domain import Domain, World
from writ_gym.errors import ToolError, told
from writ_gym.jobs import Pool
from writ_gym.meaning.proofs import Meaning, UnclearError
from writ_gym.tasks import Call, Config, Fact, Shortcuts, Split, Task, Witness
from writ_gym.understanding.telling import is_telling
from writ_gym.users.behaviours import opens_with_all

POINTS: Mapping[str, str] = {
    "form": "every gold write, and everything due, belongs to a request, in the order of the "
    "requests; one request at most comes to no write; what counts as a read is one",
    "caller": "the identity facts are true of exactly one user, who is found by them",
    "config": "the task is one of those that its config asks for, of a user of its split",
    "scenario": "the user can be found, what is said by mistake is a mistake, and what the user "
    "goes by and how it behaves fit the facts",
    "text": "every sentence of the user says what its fact says, and no more; every request is one "
    "of its kind, of the task's split",
    "wording": "what no model has reworded is a sentence that the grammar has for just that value, "
    "in the task's split",
    "leak": "the user's words hold no id, or other value of more than five characters with a digit "
    "among them, that the gold takes from a record",
    "meaning": "brute force over the database gives the gold writes of each request, or why it has "
    "none",
    "due": "what has to be told is just what brute force gives, request by request",
    "replay": "the gold writes go through twice, each changes the state, to the recorded one",
    "paths": "no other or shorter sequence of writes leads there",
    "provenance": "every argument comes from where brute force says, and is to be found there",
    "witnesses": "every read that is counted is necessary: it alone shows an edit after which "
    "something else is right",
    "evidence": "together these reads are sufficient, and no fewer are",
    "figures": "burden, measures and the other figures are what is measured again",
    "shortcuts": "on read-heavy tasks the first acceptable candidate and a guess are wrong",
    "orders": "the requests come to the same in every order, writes and answers, if that is said",
}

REST_ON = frozenset({"form", "caller"})
"""Points that all others rest on: where they are broken, nothing else is looked at."""


class Finding(Config):
    """Something that a check could not prove."""

    task_id: str
    point: str
    what: str


class Report(Config):
    """What a check found."""

    tasks: int
    passed: int
    findings: tuple[Finding, ...]
    splits: Mapping[str, int] = {}
    """Tasks of each split."""


WorldOf: TypeAlias = Callable[[Task], tuple[Domain[Any], World[Any]]]
"""Returns domain and world of a task."""


def check(
    tasks: Iterable[Task],
    world_of: WorldOf,
    jobs: int = 1,
    report: Callable[[], object] = lambda: None,
) -> Report:
    """Check tasks, and that none is there twice, be it in other words of the grammar.

    Args:
        tasks: The tasks.
        world_of: Returns domain and world of a task; pickled, if there are several processes.
        jobs: Processes that check.
        report: Called after every task.

    Raises:
        TaskError: The world of a task is not the one that it was made for.
        WritGymError: A process has died.
    """
    seen, splits = Counter[str](), Counter[str]()
    findings: list[Finding] = []
    passed = 0
    with Pool(partial(partial, _checked, world_of), jobs) as pool:
        for task_id, split, content, found in pool.map(tasks):
            splits[split] += 1
            seen[content] += 1
            if seen[content] > 1:
                found.append(Finding(task_id=task_id, point="unique", what="it is there twice"))
            passed += not found
            findings += found
            report()
    return Report(
        tasks=splits.total(), passed=passed, findings=tuple(findings), splits=dict(splits)
    )


def _checked(world_of: WorldOf, task: Task) -> tuple[str, Split, str, list[Finding]]:
    """Return a task's id and split, what makes it the same as another one, and what is found.

    A model's rewording of a task counts as another one.
    """
    content = task.task_id if task.paraphrased else task.content
    return task.task_id, task.config.split, content, check_task(task, *world_of(task))


def check_task(
    task: Task, domain: Domain[Any], world: World[Any], points: Iterable[str] = POINTS
) -> list[Finding]:
    """Return what cannot be proved of a task; empty if all can."""
    if task.recorded:
        return [Finding(task_id=task.task_id, point="meaning", what="recorded tasks have no proof")]
    checker = Checker(task, domain, world)
    findings: list[Finding] = []
    for point in points:
        wrong = _wrong(getattr(checker, f"check_{point}"))
        findings += (Finding(task_id=task.task_id, point=point, what=what) for what in wrong)
        if findings and point in REST_ON:
            break
    return findings


def _wrong(look: Callable[[], Iterable[str]]) -> Iterator[str]:
    """Yield what is wrong; what cannot be looked at is, too.

    Facts, arguments and edits are JSON that anybody can have written: what no code can read is
    a finding about the task, and never stops the check of the others.
    """
    try:
        yield from look()
    except Exception as error:
        yield f"it cannot be read: {told(error)}"


def check_texts(task: Task, domain: Domain[Any]) -> Iterator[str]:
    """Read every sentence of the user back, and yield what does not say just what it has to."""
    split = task.config.split
    for request in task.scenario.requests:
        wrong = domain.asked(request, split, task.paraphrased)
        if wrong:
            yield f"{request.text!r} is no way to ask for {request.intent}: {wrong}"
    for intent, fact in _facts(task):
        wrong = domain.faithful(fact.slot, fact.value, fact.text, intent)
        if wrong:
            yield f"{fact.text!r} does not say {fact.slot} = {fact.value}: {wrong}"


def _facts(task: Task) -> Iterator[tuple[str, Fact]]:
    """Yield all facts of a user, each with the intent that it belongs to, if it does."""
    yield from (("", fact) for fact in task.scenario.identity)
    yield from ((r.intent, fact) for r in task.scenario.requests for fact in r.facts)


class _Claim(NamedTuple):
    """That a write, or an answer, takes certain reads."""

    turn: Turn
    what: str
    evidence: Sequence[Call]
    witnesses: Sequence[Witness]
    """One for each read of the evidence, if nothing is wrong."""
    fixed: Sequence[Call]
    """The reads that are known besides."""
    keeps: Keeps


class Checker:
    """The checks of one task, each a method that yields what is wrong."""

    def __init__(self, task: Task, domain: Domain[Any], world: World[Any]) -> None:
        self._task = task
        self._domain = domain
        self._world = world
        self._proof = domain.proof
        self._scenario = task.scenario
        self._caller = task.certificate.caller
        self._identity = {fact.slot: fact.value for fact in self._scenario.identity}

    @cached_property
    def _turns(self) -> list[Turn]:
        """The requests, each at its turn, with what is known then."""
        return list(walk(self._task, self._domain, self._world))

    def check_form(self) -> Iterator[str]:
        """Look at what belongs to what."""
        return check_form(self._task, self._domain)

    def check_config(self) -> Iterator[str]:
        """Compare the task with what was asked for."""
        return check_config(self._task, self._domain)

    def check_scenario(self) -> Iterator[str]:
        """Look at what the user knows and how it behaves."""
        return check_scenario(self._task, self._domain, self._world.db)

    def check_caller(self) -> Iterator[str]:
        """Find everybody of whom the identity facts are true, and by them the caller."""
        db = self._world.db
        found = self._callers(db)
        if found != [self._caller]:
            yield f"the identity facts are true of {found or 'nobody'}, not of {self._caller!r}"
        for call in self._task.certificate.identification:
            text, error = self._domain.all_tools.answer(db, call.name, call.arguments)
            stated = {str(leaf).lower() for leaf in leaves(list(self._identity.values()))}
            strange = [v for v in call.arguments.values() if str(v).lower() not in stated]
            if error or strange:
                yield f"{call.name} {dict(call.arguments)} does not identify the user: {text}"
            found = [each for each in found if each not in text]
        if found:
            yield f"no read tells that it is {self._caller!r}"

    def check_text(self) -> Iterator[str]:
        """Read the sentences back."""
        return check_texts(self._task, self._domain)

    def check_wording(self) -> Iterator[str]:
        """Hold to the grammar what no model has reworded."""
        split = self._task.config.split
        for intent, fact in () if self._task.paraphrased else _facts(self._task):
            if not self._domain.states(intent, fact, split):
                yield f"nobody says {fact.slot} = {fact.value} in {split} by {fact.text!r}"

    def check_leak(self) -> Iterator[str]:
        """Look for ids and other values with digits that only a record shows.

        What a fact names as one of several candidates may stand in its own sentence.
        """
        sentences = [
            (text, set(map(str, leaves(value))))
            for request in self._scenario.requests
            for text, value in (
                (request.text, None),
                *((fact.text, fact.value) for fact in request.facts),
            )
        ]
        for write in self._task.gold_writes:
            for name, value in write.arguments.items():
                if write.provenance.get(name) != "read":
                    continue
                for leaf in map(str, leaves(value)):
                    if len(leaf) > 5 and _has_digit(leaf) and _is_in(leaf, sentences):
                        yield f"the user's words hold {name} = {leaf!r} of {write.name}"

    def check_meaning(self) -> Iterator[str]:
        """Compare the gold with brute force, request by request."""
        canonical = self._proof.canonical
        for index, turn in enumerate(self._turns):
            where = f"request {index}"
            try:
                meaning = turn.moment.meaning
            except UnclearError as error:
                yield f"{where} has no single meaning: {error}"
                continue
            gold = [canonical(Call(w.name, w.arguments)).key for w in turn.writes]
            right = [canonical(call).key for call in meaning.writes]
            if Counter(gold) != Counter(right):
                yield f"{where} comes to {right or 'no write'}, but gold is {gold or 'no write'}"
            if meaning.handed_over and self._task.gold_writes:
                yield f"{where} is for a human, who would take over before all is written"

    def check_due(self) -> Iterator[str]:
        """Compare what has to be told with brute force."""
        codes: set[str] = set()
        for index, turn in enumerate(self._turns):
            try:
                meaning = turn.moment.meaning
            except UnclearError:
                continue
            codes |= {code for code, _ in meaning.breaches} | meaning.handed_over
            due = Counter(
                (item.kind, as_told(item.value)) for item in self._task.due if item.request == index
            )
            if due not in self._right_due(meaning):
                yield f"request {index}: {sorted(due)} is due, and right is {describe(meaning)}"
        if self._task.is_mixed:
            for item in self._task.due:
                if not is_telling(item.value):
                    yield f"{item.value!r} is due, which is told with the writes in any case"
        reason, reasons = self._task.certificate.reason, codes or {"information_only"}
        if not self._task.unwritten:
            if reason is not None:
                yield f"the reason {reason!r} is for nothing, as there are writes"
        elif reason not in reasons:
            yield f"the reason {reason!r} is none of {sorted(reasons)}"

    def _right_due(self, meaning: Meaning) -> list[Counter[tuple[str, str]]]:
        """Return what may be due for a request: of several reasons to refuse it, one is told."""
        if meaning.writes:
            return [Counter()]
        if meaning.handed_over:
            return [Counter([("hand_over", self._domain.hand_over)])]
        if meaning.breaches:
            return [Counter([("refusal", as_told(fact))]) for _, fact in meaning.breaches]
        kinds = ((("number", "text")[isinstance(v, str)], as_told(v)) for v in meaning.tells)
        return [Counter(kinds)]

    def check_replay(self) -> Iterator[str]:
        """Make the gold writes in clean sessions, twice."""
        session: Database = self._world.db.session(self._caller)
        for index, write in enumerate(self._task.gold_writes):
            before = session.changes()
            try:
                self._domain.all_tools.call(session, write.name, write.arguments)
            except ToolError as error:
                yield f"gold write {index} ({write.name}) fails: {error}"
                return
            if session.changes() == before:
                yield f"gold write {index} ({write.name}) changes nothing"
        if session.changes() != self._goal.changes():
            yield "the gold writes lead to another state the second time"
        if session.fingerprint() != self._task.certificate.goal_fingerprint:
            yield "the gold writes lead to another state than the recorded one"

    @cached_property
    def _goal(self) -> Database:
        """The state after the gold writes; one that fails is said by the replay."""
        session: Database = self._world.db.session(self._caller)
        for write in self._task.gold_writes:
            with suppress(ToolError):
                self._domain.all_tools.call(session, write.name, write.arguments)
        return session

    def check_paths(self) -> Iterator[str]:
        """Search for other ways to the goal."""
        gold = [Call(write.name, write.arguments) for write in self._task.gold_writes]
        if not gold:
            return
        goal = self._goal.changes()
        clean = self._world.db.session(self._caller)
        paths = shortest_paths(self._domain, clean, goal, len(gold))
        keys = {tuple(sorted(call.key for call in path)) for path in paths}
        own = tuple(sorted(self._proof.canonical(call).key for call in gold))
        if not keys:
            yield "no sequence of writes that was tried leads to the goal"
        elif len(next(iter(keys))) < len(own):
            yield f"{len(next(iter(keys)))} writes are enough: {sorted(keys)[0]}"
        for other in sorted(keys - {own}):
            yield f"there is another way to the goal: {other}"

    def check_provenance(self) -> Iterator[str]:
        """Look for every argument where it is said to come from."""
        for turn in (turn for turn in self._turns if turn.writes):
            reads = [*turn.made(self._task), *turn.known]
            yield from wrong_sources(
                self._proof, turn.moment.request, turn.writes, reads, turn.moment.answer
            )

    def check_witnesses(self) -> Iterator[str]:
        """Edit the world so that a read matters."""
        proved = 0
        for claim in self._claims():
            found = claim.witnesses
            if [witness.read.key for witness in found] != [call.key for call in claim.evidence]:
                yield f"{claim.what}: not every read has an edit that shows it to be necessary"
                return
            proved += len(found)
            for witness in found:
                read = witness.read.key
                others = [call for call in claim.evidence if call.key != read]
                after = self._right_after(claim.turn, witness, [*claim.fixed, *others])
                if after is None or claim.keeps(after):
                    yield f"{claim.what}: no edit shows that {read} is necessary"
                elif describe(after) != witness.outcome:
                    yield (
                        f"{claim.what}: after {witness.edit.name} right is {describe(after)}, "
                        f"not {witness.outcome}"
                    )
        if proved != len(self._task.certificate.witnesses):
            yield "there are edits for more reads than are counted"

    def check_evidence(self) -> Iterator[str]:
        """Edit the world so that no read may matter, and look for fewer reads."""
        for claim in self._claims():
            moment, what = claim.turn.moment, claim.what
            made = claim.turn.made(self._task)
            fewer = smaller_set(moment, made, claim.witnesses, claim.fixed, claim.keeps)
            if fewer is not None:
                yield f"{what}: fewer reads are enough: {[call.key for call in fewer]}"
            edit = moment.disproof(moment.around(), [*claim.fixed, *claim.evidence], claim.keeps)
            if edit:
                yield f"{what}: its evidence is not sufficient: {edit.name} {edit.arguments}"

    def _claims(self) -> Iterator[_Claim]:
        """Yield what the certificate claims of each write, and of what is answered."""
        witnesses = iter(self._task.certificate.witnesses)
        for turn in self._turns:
            fixed = list(turn.known)
            try:
                claims = list(turn.claims(self._task))
            except UnclearError:
                continue
            for what, evidence, keeps in claims:
                found = list(islice(witnesses, len(evidence)))
                yield _Claim(turn, what, evidence, found, [*fixed], keeps)
                fixed += evidence

    def _right_after(self, turn: Turn, witness: Witness, others: Sequence[Call]) -> Meaning | None:
        """Return what is right in an edited world, where all is computed anew.

        Returns:
            None if the edit does not fit, shows in another read or not in its own, changes of whom
            the identity facts are true, or leaves the request unclear.
        """
        session = turn.moment.session.fork()
        try:
            self._proof.apply(session, witness.edit)
        except ValueError:
            return None

        def is_same(call: Call) -> bool:
            return answer_of(self._domain, session, call) == turn.moment.answer(call)

        if is_same(witness.read) or not all(map(is_same, others)):
            return None
        if self._callers(session) != self._callers(turn.moment.session):
            return None
        try:
            return self._proof.meaning(session, self._caller, turn.moment.request)
        except UnclearError:
            return None

    def _callers(self, db: Database) -> list[str]:
        return list(self._proof.callers(db, self._identity))

    def check_figures(self) -> Iterator[str]:
        """Measure again."""
        task, certificate = self._task, self._task.certificate
        burdens = [write.burden for write in task.gold_writes] or [len(certificate.evidence)]
        expected = {
            "write_count": len(task.gold_writes),
            "evidence_burden": max(burdens),
            "evidence_total": sum(burdens),
            "entities_changed": len(self._goal.changes()),
            "decision_groups": self._decision_groups(),
        }
        for name, value in expected.items():
            if getattr(certificate, name) != value:
                yield f"{name} is {value}, not {getattr(certificate, name)}"
        of_answers = None
        for turn in self._turns:
            reads = len(turn.known) + len({call.key for call in turn.made(task)})
            for write in turn.writes:
                measured = turn.moment.measures(write.evidence, reads)
                if measured != write.measures:
                    yield f"{write.name} measures {measured}, not {write.measures}"
            if not turn.writes:
                of_answers = turn.moment.measures(certificate.evidence, reads)
        if of_answers != certificate.measures:
            yield f"the answer measures {of_answers}, not {certificate.measures}"

    def _decision_groups(self) -> int:
        """Return the number of groups of requests that are joined by the records they write.

        It is counted here a second time, on purpose: a fault of the certifier's count shows.
        """
        groups: list[set[str]] = []
        for turn in self._turns:
            mine = {self._domain.target(write.arguments).key for write in turn.writes}
            apart = [group for group in groups if not group & mine]
            if mine:
                groups = [*apart, mine.union(*(group for group in groups if group & mine))]
        return len(groups)

    def check_shortcuts(self) -> Iterator[str]:
        """Act without comparing."""
        task, recorded = self._task, self._task.certificate.shortcuts
        if not task.gold_writes:
            return
        each = [
            shortcuts(turn.moment, [Call(w.name, w.arguments) for w in turn.writes])
            for turn in self._turns
            if turn.writes
        ]
        measured = together(each)
        if measured != recorded:
            yield f"the shortcuts are {measured}, not {recorded}"
        if measured and task.is_read_heavy:
            yield from resisted(measured)

    def check_orders(self) -> Iterator[str]:
        """Deal with the requests in other orders."""
        answers = {i: self._turns[i].moment.meaning for i in self._task.unwritten}
        dealings = Dealings(self._domain, self._world, self._caller)
        agree = dealings.orders_agree(self._scenario.requests, answers, self._goal.changes())
        if agree != self._task.certificate.orders_agree:
            yield f"that other orders come to the same is {agree}"
        if not agree and opens_with_all(self._scenario):
            yield "the order matters, and the user says everything at once"


def resisted(measured: Shortcuts) -> Iterator[str]:
    """Yield the shortcuts that are right, as none may be on a read-heavy task."""
    if measured.first_is_right:
        yield "the first acceptable candidate is right"
    if measured.guess_is_right:
        yield "a guess without reading is right"


def _is_in(leaf: str, sentences: Iterable[tuple[str, set[str]]]) -> bool:
    return any(leaf in text and leaf not in own for text, own in sentences)


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
