"""Token-level training samples: what the server gave, put together, never tokenized again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isnan
from typing import Any

from writ_gym.errors import WritGymError
from writ_gym.models.chat import Turn, prompts
from writ_gym.models.tokens import TokenIds
from writ_gym.records import EpisodeRecord

LEAST = -9999.0
"""Stands for the logarithm of nothing, which JSON cannot hold; hosted APIs give it themselves."""


@dataclass
class TokenSample:
    """One sequence of tokens with what was sampled in it; three lists of equal length."""

    input_ids: list[int] = field(default_factory=list)
    """Shape (tokens,)."""
    loss_mask: list[int] = field(default_factory=list)
    """Shape (tokens,): 1 for a token that the model has sampled, 0 for one that it was given."""
    logprobs: list[float] | None = field(default_factory=list)
    """Shape (tokens,): in nats, as sampled, ``LEAST`` or more; 0.0 for tokens that were given. None
    if the server did not give them for every token that was sampled."""

    def grows_into(self, prompt: TokenIds) -> bool:
        """Say whether a prompt begins with this sequence, token by token."""
        return self.input_ids == list(prompt[: len(self.input_ids)])

    def add(self, prompt: TokenIds, sampled: TokenIds, turn: Turn) -> None:
        """Add a turn: what is new in its prompt, and what was sampled after it."""
        given = prompt[len(self.input_ids) :]
        self.input_ids += [*given, *sampled]
        self.loss_mask += [0] * len(given) + [1] * len(sampled)
        if self.logprobs is not None:
            self.logprobs += [0.0] * len(given)
            self.logprobs += [max(each, LEAST) for each in turn.logprobs or ()]
        if len(turn.logprobs or ()) != len(sampled) or any(map(isnan, turn.logprobs or ())):
            self.logprobs = None


def token_samples(record: EpisodeRecord) -> Iterator[TokenSample]:
    """Yield the samples of an episode, each a run of turns that only ever grew.

    One sample if every prompt begins with the tokens of the turn before. Where a chat template
    renders the history otherwise (it drops reasoning, say), what was sampled would not be what is
    trained on: there the next sample begins, with the prompt as it really was.

    None if the model never came to say anything.

    Raises:
        WritGymError: The record has no token ids.
    """
    sample = TokenSample()
    for turn, prompt in zip(record.turns, prompts(record.turns), strict=True):
        sampled = turn.completion_ids
        if prompt is None or sampled is None or len(turn.logprobs or sampled) != len(sampled):
            break
        if not sample.grows_into(prompt):
            yield sample
            sample = TokenSample()
        sample.add(prompt, sampled, turn)
    else:
        if sample.input_ids:
            yield sample
        if sample.input_ids or not record.measured.turns:
            return
    raise WritGymError(
        f"Episode {record.episode_id} has no token ids of every message: play it on a server that "
        "gives them, with --agent-token-data vllm or sglang; with openai there are none of prompts."
    )


def to_tokens(record: EpisodeRecord) -> Iterator[dict[str, Any]]:
    """Yield the samples of an episode as JSON types, with its reward and which part each is."""
    samples = list(token_samples(record))
    for part, sample in enumerate(samples):
        yield {
            "episode_id": record.episode_id, "task_id": record.task_id, "part": part,
            "parts": len(samples), "input_ids": sample.input_ids, "loss_mask": sample.loss_mask,
            "logprobs": sample.logprobs, "reward": record.reward,
        }  # fmt: skip
