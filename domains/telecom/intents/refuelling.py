"""The intent that adds data to a line."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from writ_gym.database import JSON
from writ_gym.domains.telecom.drafting.amounts import amount_for, over
from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.amounts import find_amount, price_in_words
from writ_gym.domains.telecom.intents.base import LineIntent
from writ_gym.domains.telecom.intents.outcomes import write_to
from writ_gym.domains.telecom.intents.reading import Subscription
from writ_gym.domains.telecom.rules import not_active, too_much
from writ_gym.domains.telecom.schema import Line
from writ_gym.domains.telecom.wishes import AMOUNT, Enough, Gigabytes, LineByNumber, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, refuse
from writ_gym.tasks import Call


class RefuelData(LineIntent):
    """Add data to a line."""

    name = "refuel_data"
    tools = ("refuel_data",)
    refused: ClassVar[tuple[str, ...]] = ("not_active", "too_much", "already")
    most_refused: ClassVar[Mapping[str, int]] = MappingProxyType({"too_much": 0, "already": 1})

    def suits(self, line: Line) -> bool:
        """Say whether a line is active."""
        return line.status == "Active"

    def targets(self, scene: Scene) -> list[Subscription]:
        """Return the active lines that no earlier request has changed."""
        return [each for each in scene.lines if self.suits(each.line) and not scene.changed(each)]

    def several(self, scene: Scene, targets: Sequence[Subscription]) -> bool:
        """Mean one of them: it takes an amount for each."""
        target = scene.choose(targets)
        return self.details(scene, [target]) and self.finish(scene, target)

    def details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add an amount."""
        own = scene.new({meant[0].line.line_id})
        piece = amount_for(scene, meant[0], scene.room - own)
        if piece is None:
            return False
        scene.add("amount", piece)
        return True

    def plain_details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add an amount that is said."""
        scene.add("amount", plain(Gigabytes(gb=scene.choose((0.5, 1.0, 2.0)))))
        return True

    def aim(self, scene: Scene, target: Subscription, write: Call) -> bool:
        """Say the amount of the write, or mean it."""
        gb = write.arguments["gb_amount"]
        if not scene.chance(0.5):
            for _ in range(4):
                piece = amount_for(scene, target, scene.room - 1, gb - 0.001, gb)
                if piece:
                    scene.add("amount", piece)
                    return True
        scene.add("amount", plain(Gigabytes(gb=gb)))
        return True

    def breached(self, scene: Scene, way: str) -> bool:
        """Mean a line that is not active, or too much, or what is not needed."""
        scene.tells_status = False
        active = self.targets(scene)
        match way:
            case "not_active":
                targets = [each for each in scene.lines if each not in active]
            case "too_much":
                targets = active
            case _:
                targets = [each for each in active if over(each) < 0]
        if not targets:
            return False
        target = scene.choose(targets)
        if way == "already":
            scene.add("amount", plain(Enough(enough_in=scene.choose((0.25, 0.5)))))
            return self.finish(scene, target, guarded=False)
        amounts = (2.5, 3.0, 4.0) if way == "too_much" else (0.5, 1.0, 2.0)
        scene.add("amount", plain(Gigabytes(gb=scene.choose(amounts))))
        if way == "too_much" and scene.room == 0:  # so it is whatever the records say
            scene.add("line", plain(LineByNumber(number=target.line.phone_number)))
            return True
        return self.finish(scene, target, guarded=False)

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Find the amount and add it."""
        (line,) = meant
        if breach := not_active(line, "refuelled"):
            return refuse(breach)
        amount = yield from find_amount(caller, line, parse(AMOUNT, facts["amount"]))
        if isinstance(amount, Breach):
            return refuse(amount)
        if breach := too_much(amount.gb):
            return refuse(breach)
        shown = yield from price_in_words(line, amount.gb)
        return Outcome(
            statement=f"I can refuel line {line.phone_number} with {shown}, which goes on the next "
            f"bill. {ASK_YES}",
            writes=(
                write_to(
                    "refuel_data",
                    caller,
                    line_id=(line.line_id, "read"),
                    gb_amount=(amount.gb, amount.source),
                ),
            ),
            report=f"I have refuelled line {line.phone_number} with {amount.gb:g} GB.",
        )
