"""Edits of telecom worlds: what they change, which reads show it, and what that proves."""

import json
from itertools import pairwise

import pytest

from writ_gym.certificates.evidence import Moment
from writ_gym.domain import Brief, load_domain
from writ_gym.domains.telecom.data import generate
from writ_gym.domains.telecom.intents import INTENTS
from writ_gym.domains.telecom.network import search
from writ_gym.domains.telecom.proof import PROOF
from writ_gym.meaning.proofs import UnclearError
from writ_gym.meaning.solving import Notebook, drive
from writ_gym.phrasing.grammar import Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Edit, Fact, Request

TELECOM = load_domain("telecom")
TOOLS = TELECOM.all_tools
LOOKS = [Call(tool.name, {}) for tool in TELECOM.user_tools or ()
         if tool.kind == "read" and not tool.parameters]  # fmt: skip
PROFILE = Call("get_customer_by_id", {"customer_id": "C1"})


def where(*conditions, **rest):
    keys = ("attribute", "test", "value")
    return {"where": [dict(zip(keys, each, strict=True)) for each in conditions], **rest}


def number(line):
    return {"number": f"555-000-000{line}"}


def ask(intent, **values):
    facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
    return Request(intent=intent, text="", facts=facts)


def reads_of(db):
    """Return all reads that could have to do with the caller of a session."""
    customer = db.customers[db.caller]
    keys = [db.caller, *customer.line_ids, *customer.bill_ids, *db.plans]
    keys += [db.lines[key].device_id for key in customer.line_ids if db.lines[key].device_id]
    calls = [Call("get_details_by_id", {"id": key}) for key in keys]
    own = {"customer_id": db.caller}
    calls += [Call("get_customer_by_id", own), Call("get_bills_for_customer", own)]
    calls += [Call("get_data_usage", {**own, "line_id": key}) for key in customer.line_ids]
    app = {"app_name": "messaging"}
    return [*calls, *LOOKS, Call("check_app_status", app), Call("check_app_permissions", app)]


def answers(db, calls):
    return {call.key: TOOLS.answer(db, call.name, call.arguments)[0] for call in calls}


@pytest.fixture(scope="module")
def drafted():
    """Return sessions of a world, each with a request that was drafted in it."""
    world, rng, found = generate(4, {"customers": 120}), rng_for(1), []
    callers = list(world.customers)
    for step in range(1500):
        caller = callers[int(rng.integers(len(callers)))]
        intent = INTENTS[step % len(INTENTS)]
        writes = 4 if intent.reach(world, caller, True) and rng.random() < 0.5 else 0
        request = intent.draft(
            world, Brief(caller, int(rng.integers(1, 6)), 0, writes, Style()), rng
        )
        if request is not None:
            found.append((world.session(caller), request))
    return found[:90]


def edited(db, request, table, key, most=25):
    """Yield edits of a record, each with the world after it, as far as they fit."""
    for place, edit in enumerate(PROOF.edits(db, db.caller, request, table, key)):
        if place == most:
            return
        after = db.fork()
        try:
            PROOF.apply(after, edit)
        except ValueError:
            assert after.changes() == db.changes()
            continue
        yield edit, after


def differing(db, after):
    """Return table, key and name of the fields in which a world differs from another one."""
    return {
        (table, key, name)
        for (table, key), record in after.changes().items()
        for name in type(record).model_fields
        if getattr(record, name) != getattr(getattr(db, table)[key], name)
    }


def test_an_edit_changes_what_it_names_and_leaves_a_world_that_can_be(drafted):
    seen = set()
    for db, request in drafted[:45]:
        phone = "phones", db.caller
        for table, key in PROOF.around(db, db.caller, request):
            texts = [edit.model_dump_json()
                     for edit in PROOF.edits(db, db.caller, request, table, key)]  # fmt: skip
            assert len(set(texts)) == len(texts)
            for edit, after in edited(db, request, table, key):
                seen.add(edit.name)
                assert Edit.model_validate_json(json.dumps(edit.model_dump())) == edit
                assert set(after.changes()) <= {(table, key), phone}, edit
                for changed in differing(db, after):
                    fields = {changed[:2]: {changed[2]}}
                    assert edit in PROOF.edits_of(db, db.caller, request, table, key, fields)
                for record in after.changes().values():
                    assert type(record).model_validate(record.plain) == record
                own = after.phones[db.caller]
                assert own == search(own, after.service(own))
    assert seen == {"set_line", "set_plan", "set_device", "set_bill", "set_phone"}


def test_what_a_request_comes_to_does_not_hang_on_fields_that_were_not_looked_at(drafted):
    idle = changed = 0
    for db, request in drafted:
        noted, _, fields = db.noted()
        meaning = PROOF.meaning(noted, db.caller, request)
        assert meaning == PROOF.meaning(db, db.caller, request)
        for table, key in PROOF.around(db, db.caller, request):
            minded = list(PROOF.edits_of(db, db.caller, request, table, key, fields))
            for edit, after in edited(db, request, table, key, most=40):
                try:
                    same = PROOF.meaning(after, db.caller, request) == meaning
                except UnclearError:
                    same = False
                if edit in minded:
                    changed += not same
                else:
                    assert same, edit
                    idle += 1
    assert idle > 1000
    assert changed > 1000


def test_a_read_answers_otherwise_only_if_it_shows_a_record_that_was_changed(drafted):
    changed = 0
    for db, request in drafted:
        reads = reads_of(db)
        before = answers(db, reads)
        for table, key in PROOF.around(db, db.caller, request):
            for edit, after in edited(db, request, table, key, most=6):
                touched = set(after.changes())
                for call in reads:
                    text = TOOLS.answer(after, call.name, call.arguments)[0]
                    if text != before[call.key]:
                        changed += 1
                        assert touched.intersection(PROOF.records(db, call)), (edit, call)
    assert changed > 1000


def test_a_read_that_is_not_partial_shows_every_change_of_its_records(drafted):
    shown = 0
    for db, request in drafted[:45]:
        reads = [call for call in reads_of(db) if call.name not in PROOF.partial]
        before = answers(db, reads)
        for call in reads:
            for table, key in PROOF.records(db, call):
                for edit, after in edited(db, request, table, key, most=6):
                    if (table, key) in after.changes():
                        text = TOOLS.answer(after, call.name, call.arguments)[0]
                        assert text != before[call.key], (edit, call)
                        shown += 1
    assert shown > 1000


def test_a_read_shows_records():
    db = generate(4, {"customers": 20})
    caller = next(iter(db.phones))
    session, customer = db.session(caller), db.customers[caller]
    line, bills = db.lines[customer.line_ids[0]], [("bills", key) for key in customer.bill_ids]
    of_line = [("lines", line.line_id), ("plans", line.plan_id)]
    own = {"customer_id": caller}
    for name, arguments, records in [
        ("get_details_by_id", {"id": line.line_id}, of_line[:1]),
        ("get_details_by_id", {"id": line.plan_id}, of_line[1:]),
        ("get_details_by_id", {"id": "X1"}, []),
        ("get_details_by_id", {}, []),
        ("get_data_usage", {**own, "line_id": line.line_id}, of_line),
        ("get_data_usage", {**own, "line_id": "L404"}, []),
        ("get_bills_for_customer", own, bills),
        ("get_bills_for_customer", {"customer_id": "C404"}, []),
        ("get_customer_by_id", own, [("customers", caller)]),
        ("get_customer_by_id", {"customer_id": "C404"}, []),
        ("get_customer_by_phone", {"phone_number": line.phone_number}, [("customers", caller)]),
        ("get_customer_by_name",
         {"full_name": customer.full_name.upper(), "dob": customer.date_of_birth},
         [("customers", caller)]),
        ("check_apn_settings", {}, [("phones", caller)]),
        ("check_payment_request", {}, [("phones", caller), *bills]),
        ("no_such_read", {}, []),
    ]:  # fmt: skip
        assert list(PROOF.records(session, Call(name, arguments))) == records, name
    assert PROOF.records(db.session("C404"), Call("check_apn_settings", {})) == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("explode", {}),
        ("set_line", {"line_id": "L404", "status": "Active"}),
        ("set_line", {"line_id": "L1", "status": "Eaten"}),
        ("set_line", {"line_id": "L1", "colour": "red"}),
        ("set_plan", {"plan_id": "P404", "name": "x"}),
        ("set_device", {"device_id": "D1", "device_type": "sofa"}),
        ("set_bill", {"bill_id": "B1", "status": "Lost"}),
        ("set_bill", {"bill_id": "B1", "charge": {"place": 9, "description": "x"}}),
        ("set_phone", {"customer_id": "C1", "sim": "eaten"}),
        ("set_phone", {"customer_id": "C1", "colour": "red"}),
        ("set_phone", {"customer_id": "C404", "data": False}),
        ("set_phone", {"customer_id": "C1", "mode": "6g"}),
        ("set_phone", {"customer_id": "C1", "vpn": "fast"}),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(name, arguments, mine):
    with pytest.raises(ValueError, match=r"."):
        PROOF.apply(mine, Edit(name=name, arguments=arguments))
    assert not mine.changes()


def test_there_are_no_edits_of_what_is_not_there(mine):
    request = ask("suspend_line", line=number(1), reason="x")
    for table, key in [("lines", "L404"), ("sofas", "L1"), ("phones", "C404")]:
        assert list(PROOF.edits(mine, "C1", request, table, key)) == []
    wrong = ask("suspend_line", line=3, reason="x")
    assert list(PROOF.edits(mine, "C1", wrong, "lines", "L1")) == []


@pytest.mark.parametrize("abroad", [False, True])
def test_the_roaming_of_a_phone_is_edited_abroad_alone(abroad, mine, put):
    put("phones", "C1", is_abroad=abroad)
    edits = PROOF.edits(mine, "C1", ask("fix_data", **DATA), "phones", "C1")
    assert any("data_roaming" in edit.arguments for edit in edits) is abroad


def test_a_device_is_edited_to_what_is_named_and_to_two_others(mine):
    request = ask("suspend_line", line=where(("device", "is", "watch"), line=True), reason="x")
    edits = list(PROOF.edits(mine, "C1", request, "devices", "D1"))
    types = [each.arguments["device_type"] for each in edits if "device_type" in each.arguments]
    assert len(types) == 3
    assert types[0] == "watch"
    assert mine.devices["D1"].device_type not in types


# What the edits prove: the reads that are necessary


def evidence(db, request):
    """Return the reads that are necessary, by the shortest names of what they show."""

    def answer(call):
        return TOOLS.answer(db, call.name, call.arguments)[0]

    notebook = Notebook()
    notebook.note(PROFILE, answer(PROFILE))
    _, reads = drive(TELECOM.intent(request.intent).solve("C1", request.values), notebook, answer)
    moment = Moment(TELECOM, db, "C1", {}, request)
    keeps = moment.keeps_writes() if moment.meaning.writes else moment.keeps_answer()
    kept, _ = moment.minimal(reads, [PROFILE], keeps)
    return {call.arguments.get("id") or call.name.removeprefix("check_") for call in kept}


LINES, BILLS = {f"L{n}" for n in range(1, 6)}, "get_bills_for_customer"
STATUS, USAGE = "network_status", "get_data_usage"
FIX = {"line": number(1), "pay": True}
DATA = {**FIX, "place": "home", "goal": "any", "refuel": {"gb": 2.0}}
MMS = {name: value for name, value in DATA.items() if name != "goal"}
SUM = {"figure": "sum", "over": {"where": [], "lines": True}}
ROOM = {"test": "under", "value": 52.0}
NEEDED = [
    (ask("set_roaming", line=number(4), roaming="on"), {}, {"L4"}),
    (ask("set_roaming", line=where(by="used", line=True), roaming="on"), {}, LINES),
    (ask("suspend_line", line=where(("model", "is", "Aster X"), line=True), reason="x"), {},
     {"L1", "D1"}),
    (ask("suspend_line", line=number(1), reason="x",
         condition={**SUM, **ROOM, "attribute": "used"}), {}, LINES),
    (ask("refuel_data", line=number(4), amount={"gb": 1.0}), {}, {"L4"}),
    (ask("refuel_data", line=number(4), amount={"dollars": 10.0, "in_steps": 0.5}), {},
     {"L4", "P1007"}),
    (ask("refuel_data", line=number(4), amount={"enough_in": 0.5}), {}, {"L4", "P1007"}),
    (ask("pay_bill", bill={"bill_id": "B2"}), {}, {BILLS}),
    (ask("lift_suspension", line=number(2), pay=True, in_hand=False), {}, {"L2", BILLS}),
    (ask("about_line", line=number(1), topic="left"), {}, {USAGE}),
    (ask("about_figures", figure={**SUM, "attribute": "price"}), {},
     {*LINES, "P1002", "P1006", "P1007", "P1008"}),
    (ask("about_figures", figure={"figure": "sum", "over": {"plans": True}, "attribute": "price"}),
     {}, {f"P{n}" for n in range(1001, 1009)}),
    (ask("about_plan", plan=where(by="price", plan=True), topic="limit"), {},
     {f"P{n}" for n in range(1001, 1009)}),
    (ask("about_phone", topic="service"), {}, {STATUS}),
    (ask("outside", matter="refund"), {}, set()),
    (ask("fix_service", **FIX), {}, {STATUS}),
    (ask("fix_mms", **MMS), {}, {"can_send_mms"}),
    (ask("fix_service", **FIX), {"sim_card_status": "locked_pin"}, {STATUS}),
    (ask("fix_service", **FIX), {"airplane_mode": True}, {"L1", STATUS, "apn_settings"}),
    (ask("fix_data", **DATA), {"data_enabled": False}, {STATUS, USAGE}),
    (ask("fix_data", **{**DATA, "place": "abroad"}), {"is_abroad": True}, {"L1", STATUS, USAGE}),
    (ask("fix_mms", **MMS), {"wifi_calling_enabled": True, "wifi_calling_mms_over_wifi": True},
     {"run_speed_test", "apn_settings", "wifi_calling_status", "app_permissions"}),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "settings", "needed"), NEEDED,
                         ids=lambda value: getattr(value, "intent", ""))  # fmt: skip
def test_edits_show_which_reads_a_request_needs(request_, settings, needed, mine, put):
    put("phones", "C1", **settings)
    assert evidence(mine, request_) == needed


def test_what_is_unclear_needs_nothing(mine):
    with pytest.raises(UnclearError):
        evidence(mine, ask("suspend_line", line=where(("used", "over", 0.0), line=True), reason=""))


def test_a_line_is_tried_in_every_place_among_those_it_is_ranked_with():
    db = generate(4, {"customers": 120})
    line = where(by="used", extreme="lowest", rank=2, line=True)
    request, tried = ask("set_roaming", line=line, roaming="off"), 0
    for caller, customer in db.customers.items():
        used = {key: db.lines[key].data_used_gb for key in customer.line_ids}
        amounts = [0.0, *sorted(used.values())]
        apart = all(b - a > 0.35 for a, b in pairwise(amounts))
        if len(used) < 3 or not apart:
            continue
        tried += 1
        for key in used:
            places = set()
            for edit in PROOF.edits(db, caller, request, "lines", key):
                amount = edit.arguments.get("data_used_gb", used[key])
                places.add(sum(used[other] < amount for other in used if other != key))
            assert places == set(range(len(used)))
    assert tried
