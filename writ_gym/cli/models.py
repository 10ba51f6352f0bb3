"""Options that say which models play, where they are, and how they are asked."""

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, replace
from math import isfinite, nan
from pathlib import Path
from typing import Any, NoReturn, get_args

import click

from writ_gym.cli.output import note
from writ_gym.cli.types import Number, Type
from writ_gym.errors import WritGymError
from writ_gym.models.chat import ChatModel
from writ_gym.models.servers import (
    ELSEWHERE,
    WHOLE_ONLY,
    Endpoint,
    Server,
    address,
    refuse_misplaced,
)
from writ_gym.runs.recordings import Recorder, Recording

PLAYERS = {
    "agent": "--agent openai:MODEL", "user": "--user llm:MODEL", "paraphrase": "--paraphrase MODEL",
}  # fmt: skip
"""By side, the option that says which model it is."""
_FORMS = {"agent": "--agent-tools", "user": "--user-answers"}
"""By side, the option that says which form answers have."""


def _elsewhere(side: str) -> dict[str, str]:
    """Return by field of requests that has its own place on the command line, where that is."""
    found = {
        **ELSEWHERE,
        "model": f"say {PLAYERS[side]}",
        "tools": "there is nothing for this model to call",
        "stream": f"say --{side}-stream",
        "stream_options": f"it comes with --{side}-stream",
        "seed": "each request has one of its own, by --seed",
        "base_url": f"say --{side}-base-url",
        "api_key": f"name the environment variable that holds it with --{side}-api-key-env",
    }
    if side == "agent":
        found["tools"] = "it is what the domain has; --agent-tools says how they are called"
    if side in _FORMS:
        found["response_format"] = f"{_FORMS[side]} says which form answers have"
    return found


class Setting(Type):
    """A field of the request's body, such as ``temperature=0.7``; the value is JSON or text."""

    name = "NAME=VALUE"

    def __init__(self, side: str) -> None:
        """Take what stands before the name of the option."""
        self._elsewhere = _elsewhere(side)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        """Return the name and the value."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name:
            self.fail(f"{value!r} is not a setting such as temperature=0.7.", param, ctx)
        setting = _read(text)
        try:
            refuse_misplaced(name, setting, self._elsewhere, "null")
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return name, setting


def _read(text: str) -> Any:
    """Return what a text means as JSON, or the text if it is none."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and the like, which Python reads as JSON and no server does."""
    raise ValueError(f"{constant} is not JSON")


class Address(Type):
    """The URL of an API."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the URL."""
        try:
            return address(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Prices(Type):
    """Two numbers with a comma between."""

    name = "IN,OUT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Return the prices as a pair."""
        if isinstance(value, tuple):
            return value
        first, _, second = str(value).partition(",")
        try:
            prices = float(first), float(second)
        except ValueError:
            prices = nan, nan
        if not all(isfinite(price) and price >= 0 for price in prices):
            self.fail(f"{value!r} is not two prices such as 0.25,2.", param, ctx)
        return prices


@dataclass(frozen=True)
class ModelOptions:
    """How the model of one side is asked; a field is the value of the option of that name."""

    base_url: str | None = None
    api_key_env: str | None = None
    set: tuple[tuple[str, Any], ...] = ()
    token_data: Server | None = None
    stream: bool = False
    timeout: float = 300.0
    retries: int = 6
    rpm: float | None = None
    tpm: float | None = None
    price: tuple[float, float] | None = None

    def named(self) -> list[str]:
        """Return the fields that are not as they are by default."""
        return [f.name for f in fields(self) if getattr(self, f.name) != f.default]

    def check(self, side: str) -> None:
        """Check what an endpoint would refuse.

        Args:
            side: What stands before the names of the options.

        Raises:
            WritGymError: The options contradict one another.
        """
        if self.stream and self.token_data in WHOLE_ONLY:
            raise WritGymError(
                f"--{side}-stream and --{side}-token-data {self.token_data} exclude one another: "
                f"such a server streams no token ids. Leave --{side}-stream away."
            )

    def endpoint(self, model: str, connections: int) -> Endpoint:
        """Return the endpoint of a model."""
        return Endpoint(
            model=model, base_url=self.base_url, api_key_env=self.api_key_env,
            sampling=dict(self.set), token_data=self.token_data, stream=self.stream,
            timeout_s=self.timeout, retries=self.retries, connections=connections,
            requests_per_minute=self.rpm, tokens_per_minute=self.tpm, prices=self.price,
        )  # fmt: skip

    def share(self, workers: int) -> "ModelOptions":
        """Return the options for one of several workers, which together keep to the limits."""
        rpm, tpm = (limit and limit / workers for limit in (self.rpm, self.tpm))
        return replace(self, rpm=rpm, tpm=tpm)

    def settings(self) -> dict[str, Any]:
        """Return what the model's answers depend on, as JSON types; not where the model is."""
        chosen = {**dict(self.set), "token_data": self.token_data}
        return {name: value for name, value in chosen.items() if value is not None}


@dataclass(frozen=True)
class Sides:
    """The models of both sides, and the recording that they share."""

    agent: ModelOptions
    user: ModelOptions
    recording: Path | None
    replay: bool
    begun: int | None = None
    """Bytes of the recording when the process began that writes it; None if this one does."""

    def check(self, played: Collection[str]) -> None:
        """Check that every option about a model is about one that plays; note what one lacks.

        Args:
            played: The sides that a model plays.

        Raises:
            WritGymError: One is not, or the options contradict one another.
        """
        for side in ("agent", "user"):
            options: ModelOptions = getattr(self, side)
            if side not in played and (named := options.named()):
                raise WritGymError(
                    f"--{side}-{named[0].replace('_', '-')} is about a model, and none plays the "
                    f"{side}: add {PLAYERS[side]}, or leave it away."
                )
            options.check(side)
        if self.agent.token_data == "openai":
            note(
                "--agent-token-data openai records log-probabilities, but no token ids of prompts, "
                "as OpenAI's API gives none: 'writ-gym export --format tokens' will have nothing "
                "to write. Servers of the kinds vllm and sglang give them."
            )
        if self.recording and not played:
            raise WritGymError("--recording is of what models answer, and none plays.")
        check_recording(self.recording, self.replay)

    def share(self, workers: int, recorder: Recorder | None) -> "Sides":
        """Return the sides for one of several workers, which together keep to the limits."""
        return replace(
            self, agent=self.agent.share(workers), user=self.user.share(workers),
            recording=self.recording and self.recording.resolve(),
            begun=recorder.size if recorder else None,
        )  # fmt: skip

    def recorder(self) -> AbstractContextManager[Recorder | None]:
        """Return what writes the recording where others play; None if none is to be written.

        Raises:
            StoreError: The recording cannot be used.
        """
        if self.recording is None or self.replay:
            return nullcontext()
        return Recorder(self.recording)

    def open(self, names: Mapping[str, str], connections: int) -> dict[str, ChatModel]:
        """Return by side the chat model with a name.

        Raises:
            WritGymError: A key is missing, or the recording cannot be used.
        """
        kept = Recording(self.recording, self.replay, self.begun) if self.recording else None
        return {
            side: open_model(side, getattr(self, side), name, connections, kept)
            for side, name in names.items()
        }


def check_recording(recording: Path | None, replay: bool) -> None:
    """Check that there is something to replay.

    Raises:
        WritGymError: There is not.
    """
    if replay and not recording:
        raise WritGymError("--replay needs --recording, the file to play from.")


def open_model(
    side: str, options: ModelOptions, name: str, connections: int, kept: Recording | None = None
) -> ChatModel:
    """Return the chat model with a name, recorded if it is to be.

    Raises:
        WritGymError: Its key is missing.
    """
    # Here, because importing a client takes longer than most commands.
    from writ_gym.models.endpoints import EndpointModel, nobody_to_ask

    endpoint = options.endpoint(name, connections)
    if not (kept and kept.replay) and (missing := nobody_to_ask(endpoint)):
        raise WritGymError(
            f"{missing}: set it, or add --{side}-base-url for another endpoint, such as "
            "http://127.0.0.1:8000/v1."
        )
    model = EndpointModel(endpoint)
    return kept.of(model, options.settings()) if kept else model


def model_options(side: str, recorded: bool = True) -> list[Callable[..., Any]]:
    """Return the options about the model of one side.

    Args:
        side: What stands before the names of the options.
        recorded: Whether records of episodes hold token data of its messages.
    """

    def option(name: str, **how: Any) -> Callable[..., Any]:
        return click.option(f"--{side}-{name}", f"{side}_{name.replace('-', '_')}", **how)

    tokens = option(
        "token-data", type=click.Choice(get_args(Server)),
        help="Record token ids and log-probabilities, as this kind of server gives them; openai: "
        "log-probabilities, and no ids of prompts.",
    )  # fmt: skip
    return [
        option("base-url", type=Address(), help=f"Endpoint of the {side}'s model, such as "
               "http://127.0.0.1:8000/v1.  [default: OpenAI's own]"),
        option("api-key-env", metavar="NAME",
               help="Environment variable with its key.  [default: OPENAI_API_KEY, if set]"),
        option("set", type=Setting(side), multiple=True,
               help="Field of its requests, such as temperature=0.7; may be repeated."),
        *([tokens] if recorded else []),
        option("stream", is_flag=True, help="Have its answers streamed."),
        option("timeout", type=Number(0, min_open=True), default=ModelOptions.timeout,
               show_default=True, help="Seconds for one attempt at a request."),
        option("retries", type=click.IntRange(0), default=ModelOptions.retries, show_default=True,
               help="How often a failed request is sent again."),
        option("rpm", type=Number(0, min_open=True), help="Requests a minute at most."),
        option("tpm", type=Number(0, min_open=True), help="Tokens a minute at most."),
        option("price", type=Prices(), help="US dollars for a million tokens, of prompts and of "
               "completions, to add up the cost."),
    ]  # fmt: skip


RECORDING_OPTIONS: list[Callable[..., Any]] = [
    click.option(
        "--recording", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="Record what the models answer; what is recorded already is not asked again.",
    ),
    click.option(
        "--replay", is_flag=True, help="Ask no model: answer from --recording alone."
    ),
]  # fmt: skip
MODEL_OPTIONS: list[Callable[..., Any]] = [
    *model_options("agent"),
    *model_options("user", recorded=False),
    *RECORDING_OPTIONS,
]


def take_sides(values: dict[str, Any]) -> Sides:
    """Take the values of the options about models out of those of a command."""
    agent, user = (take_options(side, values) for side in ("agent", "user"))
    return Sides(agent, user, recording=values.pop("recording"), replay=values.pop("replay"))


def take_options(side: str, values: dict[str, Any]) -> ModelOptions:
    """Take the values of the options about the model of one side out of those of a command."""
    return ModelOptions(
        **{each.name: values.pop(f"{side}_{each.name}", each.default)
           for each in fields(ModelOptions)}
    )  # fmt: skip
