"""A person at the terminal plays the agent."""

import json
import re
from collections.abc import Mapping
from typing import Any

from writ_gym.domain import Domain
from writ_gym.messages import Action, Observation, assistant, calling, tool_call
from writ_gym.transcript import transcript

HELP = """\
Write to the user, or call a tool:   /some_tool first_argument=value second_argument=7
  with spaces or lists, use JSON:    /some_tool reason="several words" ids=["1", "2"]
  /tools  shows the tools            /policy  shows the policy document
  /help   shows this                 /quit    leaves"""


_ARGUMENT = re.compile(r'(?P<name>\w+)=(?P<value>\[.*?\]|"(?:[^"\\]|\\.)*"|\S+)')


class Human:
    """Reads actions from the terminal."""

    immediate = True

    def __init__(self) -> None:
        self._info: Mapping[str, Any] = {}

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin, and say how to play."""
        self._info = info
        print(HELP)

    async def act(self, observation: Observation) -> Action:
        """Show what is new and return what the person writes.

        Raises:
            KeyboardInterrupt: The person leaves.
        """
        print(f"\n{transcript(observation, shorten=False)}")
        while True:
            try:
                line = input("\nagent> ").strip()  # noqa: ASYNC250 - nobody else waits
            except EOFError:
                raise KeyboardInterrupt from None
            action = self._understand(line)
            if action is not None:
                return action

    def _understand(self, line: str) -> Action | None:
        if not line.startswith("/"):
            return assistant(line) if line else None
        command, _, rest = line[1:].partition(" ")
        match command:
            case "quit":
                raise KeyboardInterrupt
            case "help":
                print(HELP)
            case "policy":
                print(self._info["system"])
            case "tools":
                for schema in self._info["tools"]:
                    function = schema["function"]
                    shown = arguments_of(function["parameters"])
                    print(f"/{function['name']}  ({shown})\n    {function['description']}")
            case _:
                try:
                    return calling(tool_call(command, parse_arguments(rest)))
                except ValueError as error:
                    print(f"{error} Write name=value; /help says more.")
        return None


def arguments_of(schema: Mapping[str, Any]) -> str:
    """Return the arguments of a tool with their types; one that may be left out has a "?".

    >>> text = {"type": "string"}
    >>> arguments_of({"properties": {"id": text, "day": text}, "required": ["id"]})
    'id: string, day?: string'
    """
    required = schema.get("required", ())
    return ", ".join(
        f"{name}{'' if name in required else '?'}: {_type_of(each)}"
        for name, each in schema["properties"].items()
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(map(json.dumps, schema["enum"]))
    return str(schema.get("type", "JSON"))


def parse_arguments(text: str) -> dict[str, Any]:
    """Return the arguments written as ``name=value``; a value that is a JSON list is read so.

    Raises:
        ValueError: A part is not of that form.
    """
    arguments: dict[str, Any] = {}
    rest = text.strip()
    while rest:
        match = _ARGUMENT.match(rest)
        if match is None:
            raise ValueError(f"{rest!r} is not an argument.")
        name, value = match["name"], match["value"]
        is_json = value.startswith(("[", '"'))
        try:
            arguments[name] = json.loads(value) if is_json else value
        except ValueError:
            end = "]" if value.startswith("[") else "a quotation mark"
            raise ValueError(f"{value!r} does not end with {end}, or is no JSON.") from None
        rest = rest[match.end() :].strip()
    return arguments


def human(domain: Domain[Any]) -> Human:
    """Return a policy that asks the person at the terminal."""
    return Human()
