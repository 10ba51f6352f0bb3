"""What telecom users understand of an agent that has them look at, or change, their phone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.telecom.hands import ASK, HANDS, ask
from writ_gym.domains.telecom.instructions import understood
from writ_gym.domains.telecom.lexicon import LEXICON
from writ_gym.domains.telecom.schema import APPS, Permissions
from writ_gym.domains.telecom.user_tools import NETWORK_MODES, USER_TOOLS
from writ_gym.envs.env import WritEnv
from writ_gym.tasks import Call

WORDS = st.text(max_size=30)
APN = st.fixed_dictionaries(
    {"apn_name": st.sampled_from(["internet", "broken"])},
    optional={"mmsc_url": WORDS | st.none(), "mms_port": st.integers(0, 9999) | st.none()},
)
APP = st.sampled_from(list(APPS)) | WORDS
ARGUMENTS = {
    "set_network_mode_preference": {"mode": st.sampled_from(NETWORK_MODES) | WORDS},
    "set_apn_settings": {"apn_settings": APN},
    "check_app_status": {"app_name": APP},
    "check_app_permissions": {"app_name": APP},
    "grant_app_permission": {
        "app_name": APP,
        "permission": st.sampled_from(list(Permissions.model_fields)) | WORDS,
    },
}
NAMES = [tool.name for tool in USER_TOOLS]
ON, OFF = "on", "off"


def told(text):
    """Return the names of the calls that a text tells a user to make, with what they are to."""
    return [shown(step) for step in understood(text)]


def shown(step):
    values = [step.call.name, *step.call.arguments.values()]
    if step.look:
        way = ON if step.done.endswith(("ON", "Yes")) else OFF
        values.append(way if step.call.name.startswith("toggle") else "if needed")
    return " ".join(map(str, values))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_asked_for_is_understood_as_just_that(data):
    name = data.draw(st.sampled_from(NAMES))
    arguments = data.draw(st.fixed_dictionaries(ARGUMENTS.get(name, {})))
    call = Call(name=name, arguments=arguments)
    assert [step.call for step in understood(ask(call))] == [call]


@pytest.mark.parametrize("name", NAMES)
def test_there_are_words_for_every_tool_and_they_ask_for_nothing_else(name):
    arguments = dict.fromkeys(ARGUMENTS.get(name, {}), "messaging")
    steps, rest = HANDS.told(ask(Call(name=name, arguments=arguments)), LEXICON)
    assert [step.call.name for step in steps] == [name]
    assert not rest
    assert set(ASK) == set(NAMES)


TOLD = {
    # as models write
    "Let's go through this together:\n\n1. **Open Settings** on your phone.\n2. Tap **Network & "
    "Internet**.\n3. Make sure that **Airplane Mode** is turned **off**.\n4. Make sure **Mobile "
    "Data** is **on**.\n\nTell me once that is done.": "toggle_airplane_mode off; toggle_data on",
    "To sort this out:\n1. Navigate to *Settings → Mobile Network*\n2. Toggle *Data Roaming* "
    "**ON**\n3. Restart your device": "toggle_roaming on; reboot_device",
    "Please go to Settings > Network and turn off airplane mode.": "toggle_airplane_mode off",
    "Could you check the following on your phone:\n\n- The status bar\n- Whether airplane mode "
    "is on\n- The SIM card status": "check_status_bar; check_network_status; check_sim_status",
    "**Step 1:** Turn off Wi-Fi Calling.\n**Step 2:** Try sending a picture message.":
        "toggle_wifi_calling off; can_send_mms",
    "I have enabled roaming on your line. Please turn on data roaming in the settings of your "
    "phone and run a speed test to see whether it has improved.":
        "toggle_roaming on; run_speed_test",
    "Kindly reset your APN settings to default and reboot the phone afterwards.":
        "reset_apn_settings; reboot_device",
    "Airplane mode appears to be ON. Please switch it OFF and let me know if you get a signal.":
        "toggle_airplane_mode off",
    # switches
    "Please open Settings and turn off Airplane Mode.": "toggle_airplane_mode off",
    "Could you turn airplane mode off for me?": "toggle_airplane_mode off",
    "toggle your mobile data on": "toggle_data on",
    "Toggle airplane mode.": "toggle_airplane_mode",
    "Please **enable Data Roaming** on your phone.": "toggle_roaming on",
    "Go to Settings > Network, and switch on mobile data.": "toggle_data on",
    "Now disable Wi-Fi Calling, please.": "toggle_wifi_calling off",
    "You'll need to turn off Data Saver mode.": "toggle_data_saver_mode off",
    "Please use `toggle_data_saver_mode` to turn off data saver.": "toggle_data_saver_mode off",
    "I need you to turn your Wi-Fi off.": "toggle_wifi off",
    "Next, I'd like you to turn on both mobile data and data roaming.":
        "toggle_data on; toggle_roaming on",
    "Please turn airplane mode on and then off again.":
        "toggle_airplane_mode on; toggle_airplane_mode off",
    "Turn airplane mode on, wait ten seconds, then turn it off again.":
        "toggle_airplane_mode on; toggle_airplane_mode off",
    "If airplane mode is on, please turn it off.": "toggle_airplane_mode off",
    "Please check whether airplane mode is on. If it is, turn it off.":
        "check_network_status; toggle_airplane_mode off",
    "Please make sure that airplane mode is turned off.": "toggle_airplane_mode off",
    "Try turning off Airplane mode.": "toggle_airplane_mode off",
    "Would you mind switching off Wi-Fi calling?": "toggle_wifi_calling off",
    "To turn off airplane mode, open Settings and toggle it off.": "toggle_airplane_mode off",
    "Let's turn your data on.": "toggle_data on",
    "Step 1: Turn off airplane mode\nStep 2: Turn on mobile data":
        "toggle_airplane_mode off; toggle_data on",
    "1. Open **Settings**.\n2. Tap Network.\n3. Turn off Airplane Mode.":
        "toggle_airplane_mode off",
    # other settings
    "Please set your network mode to 4G/5G preferred.":
        "set_network_mode_preference 4g_5g_preferred",
    "Change the preferred network type from 2G only to 4G/5G (preferred).":
        "set_network_mode_preference 4g_5g_preferred",
    "Could you please change the network mode preference to \"4g_5g_preferred\"?":
        "set_network_mode_preference 4g_5g_preferred",
    "Switch your phone to 3G only.": "set_network_mode_preference 3g_only",
    "Reseat the SIM.": "reseat_sim_card",
    "Please remove your SIM card and then reinsert it.": "reseat_sim_card",
    "Could you take the SIM card out of your phone and put it back in?": "reseat_sim_card",
    "Please try re-seating your SIM card.": "reseat_sim_card",
    "Please disconnect your VPN.": "disconnect_vpn",
    "Turn off your VPN.": "disconnect_vpn",
    "Please reset your APN settings and then reboot.": "reset_apn_settings; reboot_device",
    "Reset the APN settings to default, then restart your phone.":
        "reset_apn_settings; reboot_device",
    "Please restart your phone.": "reboot_device",
    "Could you reboot the device for me?": "reboot_device",
    "Please turn your phone off and back on.": "reboot_device",
    "After that, restart your phone.": "reboot_device",
    "Once that is done, please restart your phone.": "reboot_device",
    "When you are ready, restart your device.": "reboot_device",
    "I have enabled roaming on your line, so now please turn on data roaming.":
        "toggle_roaming on",
    "Grant the messaging app the SMS permission.": "grant_app_permission messaging sms",
    "Please allow SMS and storage permissions for the Messages app.":
        "grant_app_permission messaging sms; grant_app_permission messaging storage",
    "Please give your messaging app permission to use storage.":
        "grant_app_permission messaging storage",
    "In the settings of the messaging app, enable the 'storage' permission.":
        "grant_app_permission messaging storage",
    "Please grant the storage permission to the messaging app on your phone.":
        "grant_app_permission messaging storage",
    # payments
    "Please check the payment request and pay it.": "check_payment_request; make_payment",
    "I have sent you a payment request. Please go ahead and make the payment.": "make_payment",
    "Please accept the payment request on your phone.": "make_payment",
    "I've sent the request; please pay the bill now.": "make_payment",
    # looks
    "Could you check whether data saver is on?": "check_data_restriction_status",
    "What does your status bar show?": "check_status_bar",
    "Please look at your status bar and tell me what you see.": "check_status_bar",
    "Is airplane mode on?": "check_network_status",
    "Is Wi-Fi calling enabled on your phone?": "check_wifi_calling_status",
    "Do you have a VPN connected?": "check_vpn_status",
    "Please tell me whether a VPN is active.": "check_vpn_status",
    "Please run check_network_status and tell me the result.": "check_network_status",
    "Please open the APN settings and tell me what you see.": "check_apn_settings",
    "Could you check your APN settings, in particular the MMSC URL?": "check_apn_settings",
    "Does the messaging app have the SMS and storage permissions?":
        "check_app_permissions messaging",
    "Please check which permissions the messaging app has.": "check_app_permissions messaging",
    "Please check that the messaging app has both storage and SMS permission.":
        "check_app_permissions messaging",
    "What is your preferred network mode?": "check_network_mode_preference",
    "Please check the network mode preference.": "check_network_mode_preference",
    "Can you check your SIM card status?": "check_sim_status",
    "Please check if your SIM card is inserted properly.": "check_sim_status",
    "Run a speed test.": "run_speed_test",
    "Please run the speed test again and let me know the result.": "run_speed_test",
    "Try sending an MMS.": "can_send_mms",
    "Could you please try to send a picture message now?": "can_send_mms",
    "Please check whether you can send a picture message.": "can_send_mms",
    "Please check if your phone can send MMS messages.": "can_send_mms",
    "Let's check the network status of your phone.": "check_network_status",
    "We need to run a speed test on your phone.": "run_speed_test",
    "Please list your apps: which apps are installed?": "check_installed_apps",
    "Did you get the payment request?": "check_payment_request",
    "Please check your network settings: is mobile data enabled?": "check_network_status",
    "I'll need you to check the Wi-Fi status.": "check_wifi_status",
    "Thank you. Now please check the SIM card.": "check_sim_status",
    # as people speak
    "could you restart your phone?": "reboot_device",
    "go to settings and turn data saver off": "toggle_data_saver_mode off",
    "Please exit airplane mode.": "toggle_airplane_mode off",
    "Take your phone out of airplane mode.": "toggle_airplane_mode off",
    "Swipe down from the top and tap the airplane icon to turn it off.":
        "toggle_airplane_mode off",
    "Please stop using Wi-Fi calling.": "toggle_wifi_calling off",
    "Please shut off Wi-Fi.": "toggle_wifi off",
    "Please deactivate low data mode.": "toggle_data_saver_mode off",
    "Leave airplane mode on.": "toggle_airplane_mode on",
    "Please kill the VPN connection.": "disconnect_vpn",
    "Please close the VPN.": "disconnect_vpn",
    "Turn the phone off, wait ten seconds, then turn it on again.": "reboot_device",
    "Please shut your phone down and start it up again.": "reboot_device",
    "Please power down the phone, then power it back up.": "reboot_device",
    "Go ahead and give it a reboot.": "reboot_device",
    "Would you be so kind as to restart your phone?": "reboot_device",
    "The next thing to do is to restart your phone.": "reboot_device",
    "Please proceed with the reboot.": "reboot_device",
    "Please proceed with turning off airplane mode.": "toggle_airplane_mode off",
    "Turn the phone off and put airplane mode on.": "toggle_airplane_mode on",
    "In your network settings, choose \"4g_5g_preferred\" as the preferred network type.":
        "set_network_mode_preference 4g_5g_preferred",
    "Select 5G/4G (preferred) in the network mode menu.":
        "set_network_mode_preference 4g_5g_preferred",
    "Go to Settings > Mobile network > Preferred network type and pick 4G/5G.":
        "set_network_mode_preference 4g_5g_preferred",
    "Please open the APN settings and choose \"Reset to default\".": "reset_apn_settings",
    "Please make sure the SIM card is properly inserted.": "reseat_sim_card if needed",
    "Please grant \"sms\" to messaging.": "grant_app_permission messaging sms",
    "Could you now pay the $65.00 bill on your phone?": "make_payment",
    "Could you tell me what speed you're getting?": "run_speed_test",
    "How fast is your connection?": "run_speed_test",
    "Please tell me how fast it is now.": "run_speed_test",
    "Does mobile data work now?": "run_speed_test",
    "Can you browse the internet now?": "run_speed_test",
    "Please confirm the phone shows a signal.": "check_status_bar",
    "Do you have a signal now?": "check_status_bar",
    "Tell me the technology shown next to the signal, e.g. 5G.": "check_status_bar",
    "First, is your phone in airplane mode?": "check_network_status",
    "Are you using a VPN?": "check_vpn_status",
    "What's your APN name?": "check_apn_settings",
    "Please try once more to send a photo message.": "can_send_mms",
    # as payments are asked for
    "Please use the payment request on your phone to pay.": "make_payment",
    "Please open the payment request and tap Pay.": "make_payment",
    "Tap \"Accept\" on the payment request to pay.": "make_payment",
    "Please confirm the payment on your phone.": "make_payment",
    "Please proceed with the payment.": "make_payment",
    "Please process the payment on your phone.": "make_payment",
    "Please pay via the request that I sent.": "make_payment",
    "Please follow the payment request to complete the payment.": "make_payment",
    "Please respond to the payment request by paying it.": "make_payment",
    "Please fulfill the payment request.": "make_payment",
    "You'll need to accept the payment request on your phone.": "make_payment",
    "Please review the payment request on your phone.": "check_payment_request",
    # looks and changes in other words
    "Are you seeing any signal bars?": "check_status_bar",
    "What's your current speed?": "run_speed_test",
    "Can you try the internet now?": "run_speed_test",
    "Is your internet working now?": "run_speed_test",
    "Can you get online now?": "run_speed_test",
    "Please check whether mobile data works now.": "run_speed_test",
    "Please measure your connection speed.": "run_speed_test",
    "Please try loading a web page.": "run_speed_test",
    "Please get your phone out of airplane mode.": "toggle_airplane_mode off",
    "Please insert the SIM card again.": "reseat_sim_card",
    "Please push the SIM card back in.": "reseat_sim_card",
    "Is your phone in data saver mode?": "check_data_restriction_status",
    "What are your APN settings?": "check_apn_settings",
    "Please check whether the MMSC URL is set.": "check_apn_settings",
    "Please set the APN settings back to default.": "reset_apn_settings",
    "Please perform an APN reset.": "reset_apn_settings",
    "Please end the VPN connection.": "disconnect_vpn",
    "Please list the apps on your phone.": "check_installed_apps",
    "Can you tell me what apps you have on your phone?": "check_installed_apps",
    "What is the status of your messaging app?": "check_app_status messaging",
    "What are the permissions of the messaging app?": "check_app_permissions messaging",
    "Please look at the messaging app's permissions.": "check_app_permissions messaging",
    "Go to Settings > Apps > Messaging > Permissions and allow Storage.":
        "grant_app_permission messaging storage",
    "The messaging app lacks the storage permission. Please grant it.":
        "grant_app_permission messaging storage",
    "Please make sure the messaging app has storage permission.":
        "grant_app_permission messaging storage",
    "Please try MMS again.": "can_send_mms",
    "Are you able to see any signal bars?": "check_status_bar",
    "Does the status bar show 'No service'?": "check_status_bar",
    "Please check whether your phone shows \"No service\".": "check_status_bar",
    "Is it showing 'No Service' at the top?": "check_status_bar",
    "Do you have service now?": "check_status_bar",
    "Is there any signal?": "check_status_bar",
    "Are you able to see the VPN status?": "check_vpn_status",
    "Are you able to check the SIM card?": "check_sim_status",
    "What is the speed?": "run_speed_test",
    # several at once
    "Please tell me the status bar, network mode, VPN status and the speed.":
        "check_status_bar; check_network_mode_preference; check_vpn_status; run_speed_test",
    "Could you check the bars, the SIM card, the VPN and how fast it is?":
        "check_status_bar; check_sim_status; check_vpn_status; run_speed_test",
    "Please check:\n- the status bar\n- network mode\n- VPN status\n- the speed":
        "check_status_bar; check_network_mode_preference; check_vpn_status; run_speed_test",
    "Please check airplane mode, the SIM card, mobile data and data roaming.":
        "check_network_status; check_sim_status",
    "Let me know the SIM card status, whether airplane mode is on and what your speed is.":
        "check_sim_status; check_network_status; run_speed_test",
    "Please check Wi-Fi calling, the APN settings and the permissions of the messaging app.":
        "check_wifi_calling_status; check_apn_settings; check_app_permissions messaging",
    # conditions
    "If the SIM card is missing, please reseat it.": "reseat_sim_card if needed",
    "If a VPN is connected, disconnect it.": "disconnect_vpn",
}  # fmt: skip


@pytest.mark.parametrize("text", TOLD)
def test_free_words_are_understood(text):
    assert "; ".join(told(text)) == TOLD[text]


UNTOLD = [
    "I will enable roaming on your line.",
    "I'll now turn off the roaming of your line.",
    "I am going to reset your APN settings remotely.",
    "I can disable roaming for your line if you want.",
    "Let me check your data usage.",
    "Let me look at the network status of your line.",
    "We will then run a speed test.",
    "Shall I enable roaming on your line?",
    "Shall we restart your phone?",
    "Would you like me to turn on roaming?",
    "Do you want to turn off airplane mode?",
    "Would you like to pay the bill?",
    "Are you willing to pay the overdue bill?",
    "To lift the suspension, you need to pay the overdue bill first.",
    "Is it okay to restart your phone?",
    "Do you agree to resetting your APN settings?",
    "Do you agree to reset the APN settings and restart your phone?",
    "Please confirm that I should enable roaming.",
    "Please confirm that you want to turn off airplane mode.",
    "Please let me know if you want to reset your APN settings.",
    "Airplane mode is on, which is why you have no service.",
    "Airplane mode cuts all connections.",
    "This will restart your phone and reset the APN settings.",
    "Please do not turn off Wi-Fi.",
    "Don't restart your phone yet.",
    "You don't need to reset your APN settings.",
    "There is no need to reseat the SIM card.",
    "Thank you for restarting your phone.",
    "Let me know once you have restarted your phone.",
    "Please wait while I enable roaming.",
    "Turning off airplane mode will bring your service back.",
    "If it still does not work, restart your phone.",
    "Restart your phone if the problem persists.",
    "What is your phone number?",
    "Could you tell me which line the mobile data problem is on?",
    "Are you having trouble sending picture messages?",
    "Is the issue that your mobile data is slow?",
    "Please enable roaming on your line.",
    "How much data would you like to refuel?",
    "Are you abroad or at home?",
    "Your bill is overdue.",
    "My plan:\n- enable roaming on your line\n- turn on mobile data on my side",
    "I will:\n1. Resume your line.\n2. Enable roaming.",
    "Your SIM card is locked, so I am transferring you to a human agent.",
    "Is there anything else that I can do for you?",
    "Once you have paid, I will resume the line and ask you to reboot.",
    "I need your confirmation to have you turn off airplane mode, is that a yes?",
    "Shall I proceed with the reboot?",
    "Shall I proceed with turning off airplane mode?",
    "Does it have to be excellent, or is it enough that mobile data works?",
    "How fast does it have to be?",
    "Please tell me how fast it has to be.",
    "Could you tell me how fast your mobile data needs to be?",
    "May I ask how fast it should be?",
    "Let me know how fast you want it to be.",
    "Please confirm how fast it must be.",
    "What speed do you need?",
    "Please tell me the speed that you need.",
    "Please tell me which speed you want.",
    "Data saver mode lowers the speed.",
    "Is there anything else about the speed that I can do for you?",
    "Is the issue that your mobile data is not working?",
    "Leave Wi-Fi as it is.",
    "Do you want to use the payment request to pay?",
    "Would you like to proceed with the payment?",
    "Please confirm that you want to pay the bill of $45.00.",
    "You will need to accept the payment request later.",
    "I'll have you use the payment request to pay once I have sent it.",
    "Once you have accepted the payment request, let me know.",
    "Please let me know when you have paid.",
    "I'll now process your payment.",
    "To pay, you would use the payment request on your phone.",
    "Were you able to make the payment?",
    "Please make sure the messaging app does not have storage permission.",
    "The messaging app lacks the storage and SMS permissions. Please grant it.",
    "Please close the VPN settings.",
    "Which of these do you want to pick, 4G only or 5G?",
    "",
]


@pytest.mark.parametrize("text", UNTOLD)
def test_what_tells_the_user_to_do_nothing_is_no_step(text):
    assert told(text) == []


@pytest.mark.parametrize("way", [ON, OFF])
@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("toggle")])
def test_a_switch_is_looked_at_before_it_is_thrown(name, way, ask, alter, db):
    """The answer of the look has what makes a step done, if and only if it is."""
    words = name.removeprefix("toggle_").replace("_", " ")
    (step,) = understood(f"Please turn {words.replace('wifi', 'Wi-Fi')} {way}.")
    field = {"data": "data_enabled", "roaming": "roaming_enabled", "wifi": "wifi_enabled",
             "wifi calling": "wifi_calling_enabled", "data saver mode": "data_saver_mode"
             }.get(words, "airplane_mode")  # fmt: skip
    for state in (True, False):
        alter(**{field: state})
        answer = HANDS.tools.answer(db, step.look.name, step.look.arguments)[0]
        assert (step.done in answer) is (state is (way == ON))


def test_a_plan_that_the_user_is_to_agree_to_is_not_carried_out_yet():
    plan = (
        "Here is what has to be done on your phone:\n1. Turn off airplane mode.\n"
        "2. Restart your phone.\nShall I guide you through this? Do you agree?"
    )
    assert HANDS.told(plan, LEXICON) == ((), plan)


@pytest.mark.parametrize(
    "question",
    ["Is everything okay now?", "Does everything look good now?", "How does that look?",
     "Does that work now?"],
)  # fmt: skip
def test_what_is_told_is_done_before_it_is_said_how_that_went(question):
    steps, _ = HANDS.told(f"Please turn off airplane mode. {question}", LEXICON)
    assert [step.call.name for step in steps] == ["toggle_airplane_mode"]


@pytest.mark.parametrize(
    "question", ["Is it okay to do that now?", "Shall we do that now?", "Do you agree?", "Okay?"]
)
def test_what_waits_for_a_yes_is_not_done_before_it(question):
    assert HANDS.told(f"Please turn off airplane mode. {question}", LEXICON)[0] == ()


def test_an_intent_that_needs_the_phone_is_refused_where_nobody_has_it():
    with pytest.raises(ValueError, match="'fix_data' needs tools of the user, which nobody has"):
        WritEnv("telecom", user_tools=False, intents=("fix_data",))
    assert WritEnv("telecom", solo=True, intents=("fix_data",)).reset(seed=0)
