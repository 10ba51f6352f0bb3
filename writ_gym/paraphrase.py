"""A model rewords what the users of tasks say; what it makes of a fact is read back and compared.

Rewordings change texts and nothing else: values of facts, gold writes and certificate stay. What
says anything else than its fact, or adds something to it, or is not clearly the request that it
rewords, is dropped for the grammar's sentence.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import openai
from pydantic import TypeAdapter, ValidationError

from writ_gym.chat import parse_completion
from writ_gym.domain import Domain
from writ_gym.errors import BackendError
from writ_gym.failures import trouble
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


class Paraphraser:
    """Rewords tasks; ``kept`` and ``rejected`` count the sentences of all of them so far."""

    def __init__(self, client: openai.OpenAI, model: str, domain: Domain[Any]) -> None:
        """Take what to ask, and what reads sentences back.

        Args:
            client: A client of an OpenAI-compatible endpoint; it decides on retries and timeouts.
            model: Name of the model.
            domain: The domain of the tasks; it reads facts and requests back.
        """
        self._client = client
        self._model = model
        self._domain = domain
        self.kept = 0
        """Sentences that were replaced by a rewording."""
        self.rejected: Counter[str] = Counter()
        """By reason, sentences that stayed as the grammar has them."""

    def __call__(self, task: Task) -> Task:
        """Return the task with the rewordings of its texts that are right.

        A task of which no sentence was replaced is returned as it is.

        Raises:
            BackendError: The endpoint cannot be reached, refuses, or does not answer as one does.
        """
        scenario = task.scenario
        sentences = list(_sentences(scenario))
        found = self._ask(sentences)
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
        facts = self._facts(request.facts, rewordings, taken)
        return request.model_copy(update={"text": text, "facts": facts})

    def _facts(
        self, facts: Iterable[Fact], rewordings: Iterator[str], taken: set[str]
    ) -> tuple[Fact, ...]:
        changed = []
        for fact in facts:
            text = self._better(fact.text, next(rewordings), taken, self._wrong_fact(fact))
            changed.append(fact.model_copy(update={"text": text}))
        return tuple(changed)

    def _wrong_fact(self, fact: Fact) -> Callable[[str], str | None]:
        def wrong(text: str) -> str | None:
            return self._domain.faithful(fact.slot, fact.value, text) and "says something else"

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

    def _ask(self, sentences: list[str]) -> list[str] | None:
        """Return a rewording of each sentence; None if the model's answer is something else."""
        content = self._complete(json.dumps(sentences, ensure_ascii=False)).strip()
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

    def _complete(self, text: str) -> str:
        try:
            # The raw response, because the client itself checks nothing of a body.
            response = self._client.chat.completions.with_raw_response.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": INSTRUCTIONS},
                    {"role": "user", "content": text},
                ],
            )
            completion = parse_completion(response.text)
        except (openai.OpenAIError, ValueError) as error:
            raise BackendError(self._complaint(error)) from error
        return completion.message["content"] or ""

    def _complaint(self, error: Exception) -> str:
        """Return what is wrong with the endpoint, and how to mend it."""
        what, mend = trouble(error, self._client.api_key)
        return f"Rewording with {self._model!r} at {self._client.base_url} failed: {what}. {mend}"


def _sentences(scenario: Scenario) -> Iterator[str]:
    """Yield the texts of a scenario in the order in which they are put back."""
    yield from (fact.text for fact in scenario.identity)
    for request in scenario.requests:
        yield request.text
        yield from (fact.text for fact in request.facts)
