"""Users with tools of their own: what they understand, do and report."""

import pytest

from writ_gym.coroutines import finish
from writ_gym.errors import TaskError
from writ_gym.messages import assistant, tool_call, user, using
from writ_gym.tasks import Call, Fact, Request, Scenario
from writ_gym.understanding.hands import MOST_STEPS, Errands, Step
from writ_gym.understanding.reading import is_yes, quote, quoted, unquoted
from writ_gym.users.behaviours import BEHAVIOURS, named
from writ_gym.users.scripted import PATIENCE, ScriptedUser

REPAIR = Request(intent="repair", text="My kettle does not heat.")
QUESTION = Request(intent="ask_lock", text="And what about the lock?", answer="information")
EMAIL = Fact(slot="email", value="a@b.c", text="My e-mail address is a@b.c.", opening=False)
LOOK = "Please look at the display."
LAMP = "Please check the lamp of the base."
UNLOCK = "Please turn the child lock off."
SEAT = "Put the kettle back on its base, please."


class Talk:
    """A conversation with a scripted user, whose tools answer as they are told to."""

    def __init__(self, toy, *behaviours, requests=(REPAIR,), hands=None, **answers):
        scenario = Scenario(identity=(EMAIL,), requests=requests, behaviours=behaviours, seed=1)
        self.scenario = scenario
        self.user = ScriptedUser(scenario, toy.LEXICON, hands or toy.HANDS)
        self.answers = answers
        self.used = []
        self.messages = [user(finish(self.user.open()).text)]

    def say(self, text):
        """Say something to the user; return the user's words after it has used its tools."""
        self.messages.append(assistant(text))
        self.used = []
        turn = finish(self.user.respond(text))
        while turn.calls:
            assert turn.text == ""
            self.used += [call.name for call in turn.calls]
            self.messages.append(using(*(tool_call(c.name, c.arguments) for c in turn.calls)))
            answers = [self.answers.get(call.name, "Fine.") for call in turn.calls]
            turn = finish(self.user.observe(answers))
        self.messages.append(user(turn.text))
        self.end = turn.end
        return turn.text

    def fault(self, name, messages=None):
        return BEHAVIOURS[name].check(self.scenario, messages or self.messages, self.user._lexicon)


@pytest.fixture
def talk(toy):
    return lambda *args, **kwargs: Talk(toy, *args, **kwargs)


@pytest.mark.parametrize("answer", ["", "a", 'Lamp "on"\nand “Made to last” below', "Yes."])
def test_what_is_quoted_can_be_taken_out_word_for_word(answer):
    text = f"It says: {quote(answer)} And here: {quote('b')}"
    assert quoted(text) == [answer, "b"]
    assert unquoted(text) == "It says: \n And here: \n"


def test_a_quotation_without_an_end_is_none():
    assert quoted("It says: “this and") == []
    assert unquoted("no” quotation “here") == "no” quotation “here"


def test_what_the_user_quotes_is_not_the_users_yes():
    assert not is_yes(f"It says: {quote('Yes, the lamp is lit.')}")
    assert is_yes(f"It says: {quote('No.')} Yes, please.")


def test_a_user_does_what_it_is_told_and_quotes_what_it_sees(talk):
    conversation = talk(look_at_display="Child lock: released")
    reply = conversation.say(LOOK)
    assert conversation.used == ["look_at_display"]
    assert quoted(reply) == ["Child lock: released"]


def test_several_steps_are_taken_and_reported_in_the_order_in_which_they_are_told(talk):
    conversation = talk(look_at_base="The lamp is dark.", boil_water="It stays cold.")
    reply = conversation.say(f"{SEAT} Then check the lamp and try to boil water.")
    assert conversation.used == ["seat_kettle", "look_at_base", "boil_water"]
    assert quoted(reply) == ["Fine.", "The lamp is dark.", "It stays cold."]


def test_a_switch_is_thrown_only_if_it_has_to_be(talk):
    needed = talk(look_at_display="Child lock: engaged", toggle_lock="Child lock is now released.")
    assert quoted(needed.say(UNLOCK)) == ["Child lock is now released."]
    assert needed.used == ["look_at_display", "toggle_lock"]
    needless = talk(look_at_display="Child lock: released")
    assert quoted(needless.say(UNLOCK)) == ["Child lock: released"]
    assert needless.used == ["look_at_display"]


def test_what_a_tool_refuses_is_reported_too(talk):
    reply = talk(boil_water="Error: There is no kettle here.").say("Please try to boil water.")
    assert quoted(reply) == ["Error: There is no kettle here."]


def test_a_question_beside_a_step_is_answered_too(talk):
    reply = talk().say(f"{LOOK} And what is your e-mail address?")
    assert quoted(reply) == ["Fine."]
    assert EMAIL.text in reply


def test_a_proposal_is_answered_before_anything_is_done(talk):
    conversation = talk()
    reply = conversation.say(f"I am going to resume your service. {LOOK} Shall I go ahead?")
    assert conversation.used == []
    assert is_yes(reply)


@pytest.mark.parametrize(
    "beside",
    [
        "Let me know once you have done that, so that we can proceed.",
        "Could you confirm when it is done?",
        "Please confirm whether that went well before we go ahead.",
    ],
)
def test_a_word_about_what_comes_afterwards_is_no_proposal(talk, beside):
    conversation = talk()
    conversation.say(f"{SEAT} {beside}")
    assert conversation.used == ["seat_kettle"]


def test_endless_instructions_are_cut_off(talk):
    conversation = talk()
    conversation.say(" ".join([SEAT] * (MOST_STEPS + 5)))
    assert len(conversation.used) == MOST_STEPS


def test_what_is_no_instruction_is_dealt_with_as_ever(talk):
    conversation = talk()
    assert REPAIR.text in conversation.say("What exactly can I do for you?")
    assert conversation.used == []


def test_a_user_whose_tools_are_somewhere_else_says_so_and_gives_up_in_the_end(toy, talk):
    conversation = talk(hands=toy.HANDS.tied())
    replies = [conversation.say(LOOK) for _ in range(PATIENCE)]
    assert conversation.used == []
    assert not any(map(quoted, replies))
    assert all("cannot" in r or "not able" in r or "nothing" in r for r in replies[:-1])
    assert conversation.end


def test_a_user_without_hands_understands_no_such_thing(toy):
    scenario = Scenario(identity=(EMAIL,), requests=(REPAIR,), seed=1)
    simulator = ScriptedUser(scenario, toy.LEXICON)
    finish(simulator.open())
    assert REPAIR.text in finish(simulator.respond(LOOK)).text


def test_a_report_beside_a_step_does_not_end_the_request(talk):
    conversation = talk()
    conversation.say(f"Your service has been resumed. {SEAT}")
    assert not conversation.end
    assert conversation.used == ["seat_kettle"]


def test_after_it_has_helped_an_offer_of_more_ends_the_request(talk):
    conversation = talk(requests=(REPAIR, QUESTION))
    conversation.say(SEAT)
    assert QUESTION.text in conversation.say("Very good! Anything else that I can do for you?")


def test_a_report_beside_a_step_for_the_next_request_ends_the_one_before(talk):
    conversation = talk("all_at_once", requests=(REPAIR, QUESTION))
    scenario = conversation.scenario.model_copy(update={"disclosure": "all_at_once"})
    conversation.user = ScriptedUser(scenario, conversation.user._lexicon, conversation.user._hands)
    finish(conversation.user.open())
    assert is_yes(conversation.say("To make your kettle heat I resume it. Shall I go ahead?"))
    conversation.say(f"Your service has been resumed. Now for the lock. {LOOK}")
    conversation.say("It says that the lock is released. Is there anything else?")
    assert conversation.end


def test_errands_look_first_and_then_act():
    errands = Errands()
    look, act = Call("look", {}), Call("act", {})
    errands.begin([Step(act, look, "done")], [Step(look)])
    assert errands.call == look
    errands.answer("not yet")
    assert errands.call == act
    errands.answer("done now")
    assert (errands.call, errands.answers) == (None, [("done now", False)])
    assert errands.put_off == (Step(look),)


def test_who_cannot_find_it_asks_once_and_does_it_when_it_is_explained(talk):
    conversation = talk("cannot_find")
    assert not quoted(conversation.say(LOOK))
    reply = conversation.say("It is on the front, below the handle.")
    assert conversation.used == ["look_at_display"]
    assert quoted(reply)
    assert quoted(conversation.say(LAMP))
    assert conversation.fault("cannot_find") is None


def test_what_waits_is_dropped_when_the_agent_speaks_of_something_else(talk):
    conversation = talk("cannot_find")
    conversation.say(LOOK)
    assert EMAIL.text in conversation.say("Then what is your e-mail address?")
    conversation.say("Thank you, I have that.")
    assert conversation.used == []


def test_who_takes_one_step_at_a_time_goes_on_when_told_to(talk):
    conversation = talk("one_step_at_a_time")
    told = f"{SEAT} Then check the lamp. Then try to boil water."
    used = []
    for text in (told, "Now the next one.", "Yes, go on with the rest."):
        assert len(quoted(conversation.say(text))) == 1
        used += conversation.used
    assert used == ["seat_kettle", "look_at_base", "boil_water"]
    assert conversation.fault("one_step_at_a_time") is None


def test_both_can_be_shown_together(talk):
    conversation = talk("cannot_find", "one_step_at_a_time")
    replies = [conversation.say(f"{SEAT} Then check the lamp.") for _ in range(3)]
    assert [len(quoted(reply)) for reply in replies] == [0, 1, 1]
    assert conversation.fault("cannot_find") is None
    assert conversation.fault("one_step_at_a_time") is None


def test_the_checkers_notice_what_is_not_shown(talk):
    plain = talk()
    plain.say(f"{SEAT} Then check the lamp.")
    assert plain.fault("cannot_find") == "turn 1 finds everything at once"
    assert plain.fault("one_step_at_a_time") == "turn 1 takes several steps"
    lost = talk("cannot_find")
    lost.say(LOOK)
    again = [*lost.messages, *lost.messages[-2:]]
    assert lost.fault("cannot_find", again) == "turn 2 asks a second time where something is"


@pytest.mark.parametrize("name", [n for n, b in BEHAVIOURS.items() if b.axis == "expression"])
def test_no_way_of_talking_touches_what_is_quoted_or_takes_offence_at_it(talk, name):
    answer = "Thanks for choosing 230 V! Please #1 “Made to last”\nOK."
    conversation = talk(name, look_at_base=answer)
    assert quoted(conversation.say(LAMP)) == [answer]
    assert conversation.fault(name) is None


def test_behaviours_of_hands_are_left_out_where_nobody_has_any():
    handy = {name for name, behaviour in BEHAVIOURS.items() if behaviour.needs_hands}
    assert handy == {"cannot_find", "one_step_at_a_time"}
    assert set(named(("all",))) - set(named(("all",), hands=False)) == handy
    with pytest.raises(TaskError, match="'cannot_find' is a behaviour of users with tools"):
        named(("cannot_find", "terse"), hands=False)


def test_what_an_agent_asks_for_is_what_the_user_understands(toy):
    for tool in toy.USER_TOOLS:
        call = Call(tool.name, {})
        steps, rest = toy.HANDS.told(toy.HANDS.ask(call), toy.LEXICON)
        assert [step.call for step in steps] == [call]
        assert not toy.understood(rest)
