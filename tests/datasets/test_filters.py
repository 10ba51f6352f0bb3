"""Filters: a right trajectory passes all of them, and each sees what it is meant for."""

import json
from collections.abc import Callable

import pytest

from writ_gym.datasets.duplicates import distinct_task, distinct_text, shingles
from writ_gym.datasets.filters import FILTERS, apply
from writ_gym.errors import WritGymError
from writ_gym.messages import assistant, calling, notice, tool_call, user
from writ_gym.records import EpisodeRecord
from writ_gym.tasks import Call
from writ_gym.trace import key_of, marks_in


@pytest.fixture(scope="module")
def writing(oracle_run) -> EpisodeRecord:
    """Return a right record with two writes and reads for both."""
    return next(
        record
        for record in oracle_run.records
        if sum("order_id" in gold.arguments and len(gold.evidence) > 0
               for gold in record.task.gold_writes) == len(record.task.gold_writes) >= 2
    )  # fmt: skip


@pytest.fixture(scope="module")
def refusing(oracle_run) -> EpisodeRecord:
    """Return a right record without a write."""
    return next(r for r in oracle_run.records if r.task.certificate.evidence)


def changed(record: EpisodeRecord, change: Callable[[list], object]) -> EpisodeRecord:
    """Return the record with another conversation; ``change`` edits the list of messages."""
    messages = json.loads(json.dumps(record.messages))
    change(messages)
    return record.model_copy(update={"messages": tuple(messages)})


def place_of(record, test):
    return next(n for n, message in enumerate(record.messages) if test(message))


def is_call(name):
    return lambda m: any(c["function"]["name"] == name for c in m.get("tool_calls", ()))


def reason(name, record):
    return FILTERS[name](record)


def exchange(name, arguments, answer):
    """Return a call and its answer."""
    call = tool_call(name, arguments, "extra")
    return [
        calling(call),
        {"role": "tool", "tool_call_id": "extra", "name": name, "content": answer},
    ]


def test_the_oracle_passes_every_filter(oracle_run):
    kept, tally = apply(oracle_run.records)
    assert list(kept) == oracle_run.records
    assert (tally.read, tally.kept, tally.dropped, tally.reasons) == (40, 40, 0, {})


def test_filters_never_change_a_record(oracle_run):
    before = [record.model_dump_json() for record in oracle_run.records[:5]]
    list(apply(oracle_run.records[:5])[0])
    assert [record.model_dump_json() for record in oracle_run.records[:5]] == before


@pytest.mark.parametrize("name", ["state", "told", "known", "finished"])
def test_what_the_reward_is_made_of_can_be_filtered_apart(writing, name):
    components = {**writing.reward_components, name: 0.0}
    assert reason(name, writing.model_copy(update={"reward_components": components}))
    unscored = {"reward_components": None, "reward": None, "status": "infra_error"}
    assert "no score (infra_error)" in reason(name, writing.model_copy(update=unscored))


def test_a_write_before_one_of_its_necessary_reads_is_seen(writing):
    read = writing.task.gold_writes[1].evidence[-1]
    place = place_of(
        writing,
        lambda m: any(
            (c["function"]["name"], json.loads(c["function"]["arguments"]))
            == (read.name, dict(read.arguments))
            for c in m.get("tool_calls", ())
        ),
    )
    without = changed(writing, lambda messages: messages.__delitem__(slice(place, place + 2)))
    found = reason("evidence", without)
    assert writing.task.gold_writes[1].name in found
    assert read.name in found
    late = changed(
        writing,
        lambda messages: messages.extend([messages.pop(place), messages.pop(place)]),
    )
    assert reason("evidence", late) == found


def test_what_a_write_answered_counts_as_read(writing):
    """A write answers with the record as it is now, so that need not be read again."""
    first, second = writing.task.gold_writes[:2]
    shown = Call("get_order_details", {"order_id": first.arguments["order_id"]})
    golds = (first, second.model_copy(update={"evidence": (shown,)}))
    task = writing.task.model_copy(update={"gold_writes": golds})

    def unread(messages):
        messages[:] = [
            *(part for read in first.evidence if read != shown
              for part in exchange(read.name, dict(read.arguments), "{}")),
            *exchange(first.name, dict(first.arguments), "{}"),
            *exchange(second.name, dict(second.arguments), "{}"),
        ]  # fmt: skip

    record = changed(writing, unread).model_copy(update={"task": task})
    assert first.name in reason("evidence", record)
    golds = (first.model_copy(update={"evidence": ()}), golds[1])
    task = task.model_copy(update={"gold_writes": golds})
    assert reason("evidence", record.model_copy(update={"task": task})) is None


def test_saying_that_nothing_may_be_written_needs_its_reads_too(refusing):
    read = refusing.task.certificate.evidence[-1]
    (place,) = (
        n
        for n, m in enumerate(refusing.messages)
        if is_call(read.name)(m)
        and json.loads(m["tool_calls"][0]["function"]["arguments"]) == dict(read.arguments)
    )
    without = changed(refusing, lambda messages: messages.__delitem__(slice(place, place + 2)))
    assert f"without {read.name}" in reason("evidence", without)


def test_tasks_that_are_not_certified_have_no_necessary_reads(writing):
    task = writing.task.model_copy(update={"recorded": True})
    bare = writing.model_copy(update={"task": task, "messages": writing.messages[:1]})
    assert reason("evidence", bare) is None


def first_write(record):
    return place_of(record, is_call(record.task.gold_writes[0].name))


def test_a_write_needs_a_yes(writing):
    place = first_write(writing)
    for answer in ("No, please do not.", "Hm.", "Is it expensive?"):
        no = changed(writing, lambda m, a=answer: m.__setitem__(place - 1, user(a)))
        assert reason("confirmed", no).endswith("was called without a yes")
    at_once = changed(writing, lambda m: m.__delitem__(slice(place - 2, place)))
    assert reason("confirmed", at_once)


def test_a_yes_has_to_follow_a_proposal_that_names_the_write(writing):
    place = first_write(writing)
    for text, complaint in [
        ("Your e-mail address is the one on file, is it?", "something else than a proposal"),
        ("Everything will be well. Shall I go ahead?", "does not name it"),
    ]:
        other = changed(writing, lambda m, t=text: m.__setitem__(place - 2, assistant(t)))
        assert complaint in reason("confirmed", other)


def test_a_notice_of_the_environment_is_no_answer_of_the_user(writing):
    place = first_write(writing)
    with_notice = changed(writing, lambda m: m.__setitem__(place - 1, notice("Yes.")))
    assert reason("confirmed", with_notice)


def test_one_yes_covers_several_writes_that_were_proposed_together(writing):
    first, second = writing.task.gold_writes[:2]

    def together(messages):
        named = " ".join(str(value) for gold in (first, second) for value in
                         gold.arguments.values())  # fmt: skip
        messages[:] = [
            user("Please do both."),
            assistant(f"I am going to change {named}. Shall I go ahead?"),
            user("Yes, please."),
            *exchange(first.name, dict(first.arguments), "{}"),
            *exchange(second.name, dict(second.arguments), "{}"),
        ]

    assert reason("confirmed", changed(writing, together)) is None


def test_nothing_is_written_or_told_before_the_user_is_identified(writing):
    place = place_of(writing, lambda m: bool(m.get("tool_calls")))
    never = changed(writing, lambda m: m.__delitem__(slice(place, place + 2)))
    assert reason("identified", never) == "the user was never identified"
    late = changed(writing, lambda m: m.extend([m.pop(place), m.pop(place)]))
    assert "called before the user was identified" in reason("identified", late)

    def told_early(messages):
        identify = [messages.pop(place), messages.pop(place)]
        read = exchange("get_user_details", {"user_id": "x"}, '{"balance": 812.77}')
        messages[1:1] = [*read, assistant("You have $812.77."), user("Good."), *identify]

    assert "812.77 was told" in reason("identified", changed(writing, told_early))


def test_the_user_may_be_identified_in_another_way_than_the_certificate_says(oracle_run):
    used = {
        message["tool_calls"][0]["function"]["name"]
        for record in oracle_run.records
        for message in record.messages
        if message.get("tool_calls")
    }
    assert {"find_user_id_by_email", "find_user_id_by_name_zip"} <= used
    assert all(reason("identified", record) is None for record in oracle_run.records)


def test_breaches_of_how_to_act_are_seen(writing):
    place = first_write(writing)
    talking = changed(writing, lambda m: m[place].update(content="Here I go."))
    assert reason("no_breach", talking) == "a message has both text and a tool call"

    def double(messages):
        call = tool_call("list_all_product_types", {}, "more")
        messages[place]["tool_calls"].insert(0, call)
        answer = {"role": "tool", "tool_call_id": "more", "name": call["function"]["name"],
                  "content": "{}"}  # fmt: skip
        messages.insert(place + 1, answer)

    two = changed(writing, double)
    assert reason("no_breach", two) == "a message has several tool calls"
    allowed = two.model_copy(update={"system": "Do as you like."})
    assert reason("no_breach", allowed) is None


def test_a_write_that_nobody_needs_is_a_breach_even_if_it_is_undone(writing):
    gold = writing.task.gold_writes[0]
    place = first_write(writing)
    other = {**gold.arguments, "order_id": "#W0000000"}
    more = changed(writing, lambda m: m.__setitem__(
        slice(place, place), exchange(gold.name, other, "{}")))  # fmt: skip
    assert reason("no_breach", more).endswith("arguments that nobody needs")
    again = changed(writing, lambda m: m.extend(exchange(gold.name, dict(gold.arguments), "{}")))
    assert reason("no_breach", again).endswith("arguments that nobody needs")


def test_a_failed_write_is_a_breach(writing):
    failed = writing.model_copy(update={"tool_errors": (first_write(writing) + 1,)})
    assert reason("no_breach", failed) == f"{writing.task.gold_writes[0].name} failed"


def test_handing_over_is_a_breach_where_it_is_not_due(writing):
    over = exchange("transfer_to_human_agents", {"summary": "x"}, "Transfer successful")
    assert "handed over" in reason("no_breach", changed(writing, lambda m: m.extend(over)))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("It is order #W0000001.", "w0000001"),
        ("I paid $12,345.99 for it.", "12345.99"),
        ("Write to made.up@example99.com.", "made.up@example99.com"),
        ("And my husband Bob said that this is fine.", "'Bob'"),
        ("By the way, I live in Timbuktu now.", "'Timbuktu'"),
        ("I have 2 of them and want 1 back.", None),
        ("I will be in on Monday, says the English calendar.", None),
        ("Thanks, bye.", None),
    ],
)
def test_what_the_user_makes_up_is_seen(writing, text, complaint):
    found = reason("user_in_scenario", changed(writing, lambda m: m.append(user(text))))
    assert found is None if complaint is None else complaint in found


def test_a_kind_of_payment_of_which_nobody_spoke_is_made_up(oracle_run):
    def spoken(record):
        said = [record.task.scenario.model_dump(mode="json"), record.messages]
        return json.dumps(said).lower().replace("_", " ")

    silent = next(record for record in oracle_run.records if "gift card" not in spoken(record))
    found = reason("user_in_scenario", changed(silent, lambda m: m.append(user("By gift card."))))
    assert "'gift card'" in found


def test_a_wish_that_is_no_request_is_seen_unless_it_is_the_users_way(oracle_run):
    kept = next(
        r for r in oracle_run.records
        if {request.intent for request in r.task.scenario.requests} == {"exchange_items"}
    )  # fmt: skip
    other = changed(kept, lambda m: m.append(user("Please also cancel another order of mine.")))
    assert "asks for a 'cancel'" in reason("user_in_scenario", other)
    same = changed(kept, lambda m: m.append(user("Please exchange it.")))
    assert reason("user_in_scenario", same) is None
    scenario = other.task.scenario.model_copy(update={"behaviours": ("unavailable_service",)})
    task = other.task.model_copy(update={"scenario": scenario})
    assert reason("user_in_scenario", other.model_copy(update={"task": task})) is None


def test_a_user_that_does_not_show_its_behaviour_is_dropped(writing):
    scenario = writing.task.scenario.model_copy(update={"behaviours": ("impatient",)})
    task = writing.task.model_copy(update={"scenario": scenario})
    found = reason("behaves", writing.model_copy(update={"task": task}))
    assert found.startswith("the user does not show 'impatient': ")


def test_the_user_may_repeat_what_the_agent_or_a_tool_said(writing):
    said = [assistant("Your order is #W0000001, over $12,345.99."),
            user("Yes, W0000001 for 12345.99, and I live in 99.")]  # fmt: skip
    found = reason("user_in_scenario", changed(writing, lambda m: m.extend(said)))
    assert "'99'" in found
    said[1] = user("Yes, W0000001 for 12345.99.")
    assert reason("user_in_scenario", changed(writing, lambda m: m.extend(said))) is None


def test_a_read_is_repeated_only_after_a_write(writing):
    read = exchange("get_order_details", {"order_id": "#W1"}, "{}")
    gold = writing.task.gold_writes[0]
    write = exchange(gold.name, dict(gold.arguments), "{}")
    twice = changed(writing, lambda m: m.extend([*read, *read]))
    assert reason("no_repeats", twice).startswith("get_order_details was called again")
    between = changed(writing, lambda m: m.extend([*read, *write, *read]))
    assert reason("no_repeats", between) is None


def test_errors_of_the_agent_are_seen_and_those_of_the_user_are_not(writing):
    end = len(writing.messages)

    def with_error(*more):
        longer = changed(writing, lambda m: m.extend(more))
        return longer.model_copy(update={"tool_errors": (end + len(more) - 1,)})

    failed = exchange("get_order_details", {"order_id": "#W0000001"}, "Error: Order not found")
    assert reason("no_tool_errors", with_error(*failed)) == "get_order_details failed"
    assert reason("no_tool_errors", with_error(user("It is #W0000001."), *failed)) is None
    malformed = changed(writing, lambda m: m.append(notice("Error: empty")))
    assert reason("no_tool_errors", malformed) == "a message was malformed"


def test_a_record_has_all_its_reasons_counted_and_the_first_one_told(writing):
    bad = changed(writing, lambda m: m.append(user("#W0000001"))).model_copy(
        update={"reward_components": {**writing.reward_components, "state": 0.0}}
    )
    kept, tally = apply([writing, bad, bad])
    assert tally.read == 0
    assert list(kept) == [writing]
    assert (tally.read, tally.kept, tally.dropped) == (3, 1, 2)
    assert tally.reasons == {"state": 2, "user_in_scenario": 2}
    assert tally.examples["state"].startswith(f"{bad.episode_id}: the final state")


def test_only_the_filters_that_are_named_are_used(writing):
    bad = changed(writing, lambda m: m.append(user("#W0000001")))
    assert list(apply([bad], ["state", "told"])[0]) == [bad]
    assert list(apply([bad], ["user_in_scenario"])[0]) == []
    assert list(apply([bad], [])[0]) == [bad]
    with pytest.raises(WritGymError, match=r"no filter 'nice'; there are: state, "):
        apply([bad], ["state", "nice"])


def test_records_are_taken_one_at_a_time(writing):
    def endless():
        while True:
            yield writing

    kept, tally = apply(endless())
    assert next(kept) is next(kept) is writing
    assert tally.read == 2


def test_a_second_trajectory_of_a_task_is_a_duplicate_but_not_of_one_that_was_dropped(oracle_run):
    one, two = oracle_run.records[:2]
    bad = one.model_copy(update={"reward_components": None})
    kept, tally = apply([bad, one, one, two], among=[("distinct_task", distinct_task())])
    assert list(kept) == [one, two]
    assert tally.reasons["distinct_task"] == 1


def test_users_who_say_nearly_the_same_are_found(oracle_run):
    one, two = oracle_run.records[:2]

    def in_other_numbers(messages):
        for message in messages:
            message["content"] = (message["content"] or "").replace("1", "77").upper()

    alike = changed(one, in_other_numbers)
    kept, tally = apply([one, alike, two], [], [("distinct_text", distinct_text(0.9))])
    assert list(kept) == [one, two]
    assert one.episode_id in tally.examples["distinct_text"]


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasketch", None)
    with pytest.raises(WritGymError, match=r"pip install 'writ-gym\[text\]'"):
        distinct_text(0.8)


def test_texts_are_compared_by_runs_of_words():
    assert shingles("a b c d") == {"a b c", "b c d"}
    assert shingles("a") == {"a"}


def test_equal_calls_are_equal_in_any_order_of_their_lists():
    def key(**arguments):
        return key_of("exchange", arguments)

    same = key(items=["1", "2"], new=["3", "4"], amount=25)
    assert same == key(new=["4", "3"], items=["2", "1"], amount=25.0)
    assert same != key(items=["1", "2"], new=["4", "3"], amount=25)
    assert same != key(items=["1", "2"], new=["3", "4"], amount=26)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Order #W1234567, please.", {"w1234567"}),
        ("It costs $1,234.50 or 99.00.", {"1234.50", "99"}),
        ("a.b9@example.com.", {"a.b9@example.com"}),
        ("2 of 3 items", set()),
        ("credit_card_75 (2024-05-15)", {"credit_card_75", "2024-05-15"}),
    ],
)
def test_marks_are_what_can_be_made_up(text, marks):
    assert marks_in(text) == marks
