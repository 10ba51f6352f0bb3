"""What a user has agreed to do with the phone is done when it is told to go ahead, and not before.

An agent may ask first, and then only say "go ahead": a user who knows what was proposed does it.
"""

import pytest

from writ_gym.coroutines import finish
from writ_gym.domains.telecom.hands import ASK, HANDS
from writ_gym.domains.telecom.lexicon import LEXICON
from writ_gym.tasks import Call, Request, Scenario
from writ_gym.understanding.hands import goes_ahead
from writ_gym.understanding.reading import is_yes
from writ_gym.users.agenda import Agenda
from writ_gym.users.goals import Stage
from writ_gym.users.scripted import ScriptedUser

FIX = Request(intent="fix_data", text="My mobile internet is not working at all.")
PAY = Request(intent="pay_bill", text="I would like to pay bill B1234567.")
ARGUMENTS = {"mode": "4g_5g_preferred", "app_name": "messaging", "permission": "sms"}
REPAIRS = (
    "toggle_airplane_mode", "reseat_sim_card", "toggle_data", "toggle_roaming",
    "set_network_mode_preference", "toggle_data_saver_mode", "disconnect_vpn",
    "toggle_wifi_calling", "grant_app_permission", "reset_apn_settings", "reboot_device",
)  # fmt: skip
OFFERS = (
    "To fix this, you will have to {do}. Is that okay?",
    "I'd like you to {do}. Is that okay with you?",
    "You would need to {do}. Do you agree? (yes/no)",
    "We need to {do}. Shall we do that?",
    "I propose that we {do}. Do you agree?",
    "I recommend that you {do}. Does that work for you?",
    "Would you be willing to {do}?",
    "Would you like to {do}?",
    "Are you okay to {do} now?",
    "Is it okay if we {do}?",
    "Shall we {do}?",
    "The next step would be to {do}. May we proceed?",
    "Here is what has to be done on your phone:\n- {Do}.\nDo you agree?",
    "I need to have you {do}. Do I have your permission?",
    "To solve the problem we have to {do}. Do you want to proceed?",
)
GO = (
    "Great, please go ahead and do it now.",
    "Please go ahead.",
    "Please do that now.",
    "Thank you. Please do so and tell me what you see.",
    "Okay, please proceed.",
    "Perfect, you can do that now.",
    "Please do.",
    "Could you do that now, please?",
    "Thank you for confirming. Please go ahead with that and let me know once it's done.",
    "Please carry out that change now.",
    "Now, please.",
    "Let's do that.",
)


def deed(name):
    """Return what an agent says of the use of a tool, from the verb on."""
    words = ASK[name].format_map(ARGUMENTS).removeprefix("Please ").rstrip(".")
    return {"do": words, "Do": words[0].upper() + words[1:]}


class Phone:
    """A user who has made a request, and a phone on which everything is as it should not be."""

    SHOWS = (
        "Airplane Mode: ON\nMobile Data Enabled: No\nData Roaming Enabled: No\n"
        "Data Saver mode is ON; Wi-Fi calling is turned ON"
    )

    def __init__(self, request=FIX):
        self.user = ScriptedUser(Scenario(identity=(), requests=(request,), seed=1), LEXICON, HANDS)
        self.user.resume(request.text, [Stage.STATED])

    def hears(self, *texts):
        """Return what the user does at the last of some messages, and says then."""
        for text in texts:
            done, turn = [], finish(self.user.respond(text))
            while turn.calls:
                done += [call.name for call in turn.calls if not call.name.startswith("check_")]
                turn = finish(self.user.observe([self.SHOWS] * len(turn.calls)))
        return done, turn.text


@pytest.mark.parametrize("offer", OFFERS)
def test_what_was_agreed_to_is_done_when_told_to_go_ahead(offer):
    for number, name in enumerate(REPAIRS):
        phone = Phone()
        done, said = phone.hears(offer.format_map(deed(name)))
        assert (done, is_yes(said)) == ([], True)
        assert phone.hears(GO[number % len(GO)])[0] == [name]


@pytest.mark.parametrize("go", GO)
def test_whatever_the_words_are_to_go_ahead(go):
    for number, name in enumerate(REPAIRS):
        phone = Phone()
        phone.hears(OFFERS[number % len(OFFERS)].format_map(deed(name)))
        assert phone.hears(go)[0] == [name]
        assert phone.hears(go)[0] == []


@pytest.mark.parametrize(
    ("offer", "done"),
    [
        ("Airplane mode is on. I propose that we switch it off. Do you agree?",
         ["toggle_airplane_mode"]),
        ("Airplane mode has to be turned off. Is that okay?", ["toggle_airplane_mode"]),
        ("The preferred network mode should be set to 4g_5g_preferred. Do you agree?",
         ["set_network_mode_preference"]),
        ("Do you agree to turning off airplane mode and restarting your phone?",
         ["toggle_airplane_mode", "reboot_device"]),
        ("My plan:\n1. You turn off data saver.\n2. You restart your phone.\nShall we proceed?",
         ["toggle_data_saver_mode", "reboot_device"]),
    ],
)  # fmt: skip
def test_what_is_proposed_in_other_words_is_done_too(offer, done):
    phone = Phone()
    assert is_yes(phone.hears(offer)[1])
    assert phone.hears("Great, please go ahead.")[0] == done


def test_several_proposals_are_carried_out_together():
    phone = Phone()
    for name in ("toggle_airplane_mode", "toggle_data", "reboot_device"):
        phone.hears(OFFERS[0].format_map(deed(name)))
    phone.hears("Thanks. First please turn mobile data on.")
    assert phone.hears("Please do all of that now.")[0] == ["toggle_airplane_mode", "reboot_device"]


def test_a_bill_is_paid_by_who_has_agreed_to_pay_it():
    phone = Phone(PAY)
    done, said = phone.hears(
        "I can send you the request to pay bill B1234567 of $45.00. Shall I go ahead? (yes/no)",
        "I have sent it. Would you like to pay it now?",
    )
    assert (done, is_yes(said)) == ([], True)
    assert phone.hears("Please do.")[0] == ["make_payment"]


MENTIONED = (
    "Airplane mode is on, which is why you have no service. Is that clear?",
    "If you restart your phone, the settings are lost. Do you understand?",
    "Did you restart your phone?",
    "Were you able to reset the APN settings?",
    "You do not have to restart your phone. Is that okay?",
    "Shall I turn on roaming for your line 555-123-2001?",
    "Would you like me to reset your APN settings?",
    "Do you know how to reset the APN settings?",
    "I will restart the line on my side. Is that okay?",
    "Once you have restarted your phone, we go on. Okay?",
    "May I look up your line?",
    "You said that you want to turn off Wi-Fi. Is that right?",
)


@pytest.mark.parametrize("text", MENTIONED)
def test_what_is_only_mentioned_is_not_done(text):
    assert HANDS.proposed(text, LEXICON) == ()
    assert Phone().hears(text, "Great, please go ahead.")[0] == []


def test_what_the_user_does_not_agree_to_is_not_done():
    phone = Phone(Request(intent="about_plan", text="What does plan P1001 cost?"))
    assert not is_yes(phone.hears(OFFERS[0].format_map(deed("reboot_device")))[1])
    assert phone.hears("Please go ahead.")[0] == []


@pytest.mark.parametrize(
    "text",
    ["I will go ahead now.", "Shall I go ahead?", "May we proceed?", "Proceed?", "Okay?",
     "Please continue to hold.", "Please do not do that yet.", "Please wait.", "Is it done now?",
     "Please do that once I have sent the request.", "Did you do that?", "I did that.",
     "Please tell me what you see.", "That is it.", "We will do that later."],
)  # fmt: skip
def test_what_tells_nobody_to_go_ahead(text):
    assert not goes_ahead(text)


def test_a_user_led_by_a_model_is_told_so_too():
    agenda = Agenda(Scenario(identity=(), requests=(FIX,), seed=1), LEXICON, HANDS)
    agenda.note(FIX.text)
    agenda.hear(OFFERS[0].format_map(deed("reboot_device")))
    assert agenda.told == ()
    agenda.note("Yes, that is fine.")
    agenda.hear("Great, please go ahead.")
    assert [step.call.name for step in agenda.told] == ["reboot_device"]
    agenda.use([Call("reboot_device", {})], ["Done."])
    agenda.note("I have restarted it.")
    agenda.hear("Please go ahead.")
    assert agenda.told == ()
