"""A model rewords what the users of tasks say; what it makes of a fact is read back and compared.

Rewordings change texts and nothing else: values of facts, gold writes and certificate stay. What
says anything else than its fact, or adds something to it, or is not clearly the request that it
rewords, is dropped for the grammar's sentence.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

from pydantic import TypeAdapter, ValidationError

from writ_gym.coroutines import background_loop
from writ_gym.domain import Domain
from writ_gym.jobs import in_order
from writ_gym.messages import Message, user
from writ_gym.models.chat import NOTHING, ChatModel, ChatRequest
from writ_gym.models.completion import ask
from writ_gym.seeding import seed_for
from writ_gym.tasks import Fact, Request, Scenario, Split, Task

INSTRUCTIONS = """\
You reword what a customer says to the customer service of a company.
The user message is a JSON array of sentences, which all belong to one customer. Answer with \
nothing but a JSON array of as many strings: each sentence reworded, in the same order, in the \
voice of the same person.
Say exactly what the sentence says, nothing more and nothing less. Keep every name, number, \
amount, address, id, product, option and status literally, and every condition, comparison, rank \
and "not". Where a sentence names none of these, neither do you."""

_FENCE = re.compile(r"\A```(?:json)?\s*(.*?)\s*```\Z", re.DOTALL)
_ANSWER = TypeAdapter(list[str])


class Paraphraser(AbstractContextManager["Paraphraser"]):
    """Rewords tasks, several at once while others are still being sampled.

    The model is asked in the event loop of the background; the tasks come back in their order.
    ``kept``, ``rejected`` and ``usage`` are of all of them so far.
    """

    def __init__(self, chat: ChatModel, domain: Domain[Any], concurrency: int = 16) -> None:
        """Take what to ask, which is closed in the end, and what reads sentences back.

        Args:
            chat: The model.
            domain: The domain of the tasks; it reads facts and requests back.
            concurrency: Tasks at most that the model is asked about at once.
        """
        self._chat = chat
        self._domain = domain
        self._concurrency = concurrency
        self.kept = 0
        """Sentences that were replaced by a rewording."""
        self.rejected: Counter[str] = Counter()
        """By reason, sentences that stayed as the grammar has them."""
        self.usage = NOTHING

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._chat.aclose(), background_loop()).result()

    def map(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Yield tasks with the rewordings of their texts that are right, in their order.

        A task of which no sentence was replaced is yielded as it is.

        Raises:
            BackendError: The model does not answer; all tasks before were yielded.
        """
        return in_order(tasks, self._begin, self._concurrency)

    def _begin(self, task: Task) -> Future[Task]:
        return asyncio.run_coroutine_threadsafe(self._reworded(task), background_loop())

    async def _reworded(self, task: Task) -> Task:
        scenario = task.scenario
        sentences = list(_sentences(scenario))
        found = await self._ask(sentences, seed_for(task.seed, "rewording"))
        if found is None:
            return task
        rewordings = iter(found)
        taken = set(sentences)
        identity = self._facts(scenario.identity, rewordings, taken)
        requests = tuple(
            self._request(each, task.config.split, rewordings, taken) for each in scenario.requests
        )
        reworded = scenario.model_copy(update={"identity": identity, "requests": requests})
        if reworded == scenario:
            return task
        return task.model_copy(update={"scenario": reworded, "paraphrased": True})

    def _request(
        self, request: Request, split: Split, rewordings: Iterator[str], taken: set[str]
    ) -> Request:
        def wrong(text: str) -> str | None:
            reworded = request.model_copy(update={"text": text})
            return self._domain.asked(reworded, split, True) and "may ask for something else"

        text = self._better(request.text, next(rewordings), taken, wrong)
        facts = self._facts(request.facts, rewordings, taken, request.intent)
        return request.model_copy(update={"text": text, "facts": facts})

    def _facts(
        self, facts: Iterable[Fact], rewordings: Iterator[str], taken: set[str], intent: str = ""
    ) -> tuple[Fact, ...]:
        changed = []
        for fact in facts:
            wrong = self._wrong_fact(fact, intent)
            text = self._better(fact.text, next(rewordings), taken, wrong)
            changed.append(fact.model_copy(update={"text": text}))
        return tuple(changed)

    def _wrong_fact(self, fact: Fact, intent: str) -> Callable[[str], str | None]:
        def wrong(text: str) -> str | None:
            found = self._domain.faithful(fact.slot, fact.value, text, intent)
            return found and "may say something else"

        return wrong

    def _better(
        self, text: str, rewording: str, taken: set[str], wrong: Callable[[str], str | None]
    ) -> str:
        """Return a rewording if it is right and new in its scenario, else the text."""
        rewording = " ".join(rewording.split())
        if not rewording:
            reason: str | None = "is empty"
        elif rewording in taken:
            reason = "is there already"
        else:
            reason = wrong(rewording)
        if reason:
            self.rejected[reason] += 1
            return text
        self.kept += 1
        taken.add(rewording)
        return rewording

    async def _ask(self, sentences: list[str], seed: int) -> list[str] | None:
        """Return a rewording of each sentence; None if the model's answer is something else."""
        told: list[Message] = [
            {"role": "system", "content": INSTRUCTIONS},
            user(json.dumps(sentences, ensure_ascii=False)),
        ]
        completion = await ask(self._chat, ChatRequest(told, seed=seed))
        self.usage += completion.usage
        content = (completion.message["content"] or "").strip()
        fenced = _FENCE.match(content)
        try:
            found = _ANSWER.validate_json(fenced[1] if fenced else content)
        except ValidationError:
            found = []
        if len(found) == len(sentences):
            return found
        reason = "answer is no list of as many sentences" if content else "answer is empty"
        self.rejected[reason] += len(sentences)
        return None


def _sentences(scenario: Scenario) -> Iterator[str]:
    """Yield the texts of a scenario in the order in which they are put back."""
    yield from (fact.text for fact in scenario.identity)
    for request in scenario.requests:
        yield request.text
        yield from (fact.text for fact in request.facts)
