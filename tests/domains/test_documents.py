"""What a policy document demands, the oracle does: its conversations are data to learn from."""

import asyncio
import json
import re
from functools import cache
from itertools import pairwise

import pytest

from writ_gym.datasets.filters import FILTERS
from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.domains.airline.rules import cancellable_by_record, was_flown
from writ_gym.domains.airline.schema import TODAY, Reservation
from writ_gym.meaning.solving import HANDED_OVER
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig
from writ_gym.trace import calls_made, is_said, is_user
from writ_gym.understanding.reading import is_yes
from writ_gym.users.scripted import USERS

SETTINGS = {
    "moody": {"write_count": (0, 3), "behaviours": ("all",)},
    "several": {"write_count": (1, 6), "unwritten_share": 0.3},
    "paying": {"write_count": (2, 6), "intents": ("pay_bill", "lift_suspension", "fix_service")},
    "repairs": {"write_count": (1, 6), "intents": ("fix_service", "fix_data", "fix_mms")},
    "cancelling": {
        "write_count": (0, 4),
        "intents": ("cancel", "cancel_or_change", "compensation"),
    },
}


class Played:
    """An episode of the oracle, and what is known at each place of it."""

    def __init__(self, domain, record):
        self.domain, self.record = domain, record
        self.calls = [call for call in calls_made(record, domain) if not call.failed]
        self.writes = [call for call in self.calls if call.kind == "write"]
        self.is_single = len(record.task.scenario.requests) == 1

    def read(self, name, before, **arguments):
        """Return the last answer to a read before a place; None if it was not made."""
        answers = [
            call.answer
            for call in self.calls
            if call.place < before and call.name == name and {**call.arguments} == arguments
        ]
        return answers[-1] if answers else None

    def known(self, before):
        """Return all that the tools have answered before a place."""
        return "\n".join(call.answer for call in self.calls if call.place < before)

    def agreed_to(self, call):
        """Return the last proposal before a call that the user has said yes to."""
        words = [m for m in self.record.messages[: call.place] if is_said(m) or is_user(m)]
        pairs = list(pairwise(words))
        return next(
            asked["content"]
            for asked, answer in reversed(pairs)
            if is_said(asked) and is_user(answer) and is_yes(answer["content"])
        )


@cache
def played(name, settings, solo=False):
    """Return 30 episodes of some settings."""
    domain = load_domain(name)
    holder = domain.holder(solo)
    rollout = Rollout(
        domain, domain.world(), "oracle", load_policy("oracle"), "scripted", USERS["scripted"],
        holder=holder,
    )  # fmt: skip
    tasks = TaskSampler(domain, SamplerConfig.model_validate(SETTINGS[settings])).tasks(11, 30)
    return [Played(domain, asyncio.run(play(rollout, task))) for task in tasks]


def usual(name, solo=False):
    return [*played(name, "moody", solo), *played(name, "several", solo)]


@pytest.fixture(scope="module", params=[*OWN, "telecom:solo"])
def episodes(request):
    name, _, solo = request.param.partition(":")
    return usual(name, bool(solo))


def test_before_anything_is_looked_up_it_is_known_who_the_user_is(episodes):
    for each in episodes:
        own = [call.name for call in each.calls if call.requestor == "assistant"]
        assert re.match(r"find_user|get_user_details|get_customer_by", own[0])


def test_a_turn_is_one_call_or_a_message(episodes):
    for each in episodes:
        for message in each.record.messages:
            if message["role"] == "assistant":
                assert len(message.get("tool_calls", ())) + bool(message["content"]) == 1


def test_the_agent_changes_nothing_without_a_yes_to_what_it_says(episodes):
    for each in episodes:
        for call in each.writes:
            if call.requestor == "assistant":
                assert each.agreed_to(call)
        assert FILTERS["confirmed"](each.record) is None


def test_what_is_read_for_a_request_is_read_before_anything_is_changed_for_it(episodes):
    """In telecom, find all causes first; what was paid is looked at afterwards."""
    for each in filter(lambda each: each.is_single and each.writes, episodes):
        checks = [each.domain.checked_by(call, call.answer) for call in each.writes]
        checked = [check.arguments for check in checks if check]
        first = each.writes[0].place
        late = [c for c in each.calls if c.kind == "read" and c.place > first and c.reported]
        assert [call for call in late if {**call.arguments} not in checked] == []


def test_who_is_handed_over_is_told_so_next(episodes):
    for each in episodes:
        for call in each.calls:
            if call.name == each.domain.hand_over:
                assert each.record.messages[call.place + 2]["content"] == HANDED_OVER


def test_retail_acts_on_an_order_whose_status_it_knows_and_reminds_of_what_goes_once_only():
    seen = 0
    for each in usual("retail"):
        for call in each.writes:
            if order := call.arguments.get("order_id"):
                assert re.search(rf'"order_id": ?"{order}".*"status"', each.known(call.place), re.S)
            if "new_item_ids" in call.arguments:
                seen += 1
                assert "please make sure that it is everything" in each.agreed_to(call)
    assert seen >= 5


def test_airline_looks_up_profile_and_reservation_and_what_a_cancellation_depends_on():
    cancelled = 0
    for each in [*usual("airline"), *played("airline", "cancelling")]:
        assert each.calls[0].name == "get_user_details"
        for call in each.writes:
            key = call.arguments.get("reservation_id")
            assert key is None or each.read(
                "get_reservation_details", call.place, reservation_id=key
            )
            if call.name == "cancel_reservation":
                cancelled += 1
                check_cancellation(each, call)
    assert cancelled >= 10


NAMES = {"flight_number", "date"}


def check_cancellation(each, call):
    """Check that a cancellation is seen to be allowed by what was read before it."""
    key = call.arguments["reservation_id"]
    shown = [
        made.answer  # those of its changes, too
        for made in each.calls
        if made.place < call.place and made.arguments.get("reservation_id") == key
        and not made.failed
    ]  # fmt: skip
    reservation = Reservation.model_validate_json(shown[-1])
    found = [
        (
            flight.date,
            each.read("get_flight_status", call.place, **flight.model_dump(include=NAMES)),
        )
        for flight in reservation.flights
    ]
    past = [(day, status) for day, status in found if day <= TODAY]
    assert all(status and not was_flown(day, status) for day, status in past)
    facts = [fact for request in each.record.task.scenario.requests for fact in request.facts]
    reasons = [fact.value for fact in facts if fact.slot == "reason"]
    allowed = any(cancellable_by_record(reservation, reason) for reason in reasons)
    assert allowed or "cancelled" in [status for _, status in found]


def test_telecom_looks_at_each_bill_that_was_paid_and_pays_the_oldest_first():
    paid = 0
    for solo in (False, True):
        for each in [*usual("telecom", solo), *played("telecom", "paying", solo)]:
            asked = [call for call in each.writes if call.name == "send_payment_request"]
            for call in asked:
                bill = call.arguments["bill_id"]
                shown = re.search(
                    rf'"bill_id": ?"{bill}".*?"status": ?"(\w+)"', each.known(call.place)
                )
                assert shown[1] == "Overdue"
                assert bill in each.agreed_to(call)
                assert "$" in each.agreed_to(call)
            bills = [each.domain.world().db.bills[call.arguments["bill_id"]] for call in asked]
            periods = [bill.period_start for bill in bills]
            assert not each.is_single or periods == sorted(periods)
            for call in each.writes:
                if check := each.domain.checked_by(call, call.answer):
                    paid += 1
                    check_paid(each, call, check)
    assert paid >= 30


def check_paid(each, call, check):
    """Check that a bill is seen to be paid by the very next call of the agent."""
    own = [c for c in each.calls if c.requestor == "assistant" and c.place > call.place]
    assert (own[0].name, {**own[0].arguments}) == (check.name, {**check.arguments})
    assert json.loads(own[0].answer)["status"] == "Paid"
    between = each.record.messages[call.place + 1 : own[0].place]
    assert [message for message in between if is_said(message)] == []


def test_who_does_not_look_at_a_bill_that_was_paid_is_dropped():
    found = 0
    for each in played("telecom", "paying"):
        for paid in each.writes:
            if check := each.domain.checked_by(paid, paid.answer):
                place = min(
                    call.place
                    for call in each.calls
                    if call.place > paid.place and {**call.arguments} == check.arguments
                )
                messages = [*each.record.messages[:place], *each.record.messages[place + 2 :]]
                without = each.record.model_copy(update={"messages": messages, "tool_errors": []})
                assert "it went on after make_payment" in FILTERS["no_breach"](without)
                found += 1
    assert found >= 10


def test_telecom_repairs_its_own_side_first_and_reboots_last():
    for solo in (False, True):
        episodes = played("telecom", "repairs", solo)
        for each in filter(lambda each: each.is_single, episodes):
            sides = [each.domain.is_users(c.name) and c.name != "make_payment" for c in each.writes]
            assert sides == sorted(sides)
            names = [call.name for call in each.writes]
            assert "reboot_device" not in names[:-1]
            assert "set_apn_settings" not in names
            for call in each.writes:
                if call.name == "refuel_data":
                    assert call.arguments["gb_amount"] <= 2
                    assert "$" in each.agreed_to(call)


def test_telecom_tells_the_user_what_to_do_and_alone_asks_first():
    told = 0
    for each in played("telecom", "repairs"):
        if each.writes and all(each.domain.is_users(call.name) for call in each.writes):
            told += 1
            assert not any("(yes/no)" in (m["content"] or "") for m in each.record.messages)
    for each in played("telecom", "repairs", True):
        assert all(each.agreed_to(call) for call in each.writes)
    assert told >= 5
