"""The tools in a telecom user's hand: how an agent asks for their use, and is understood."""

import json
from collections.abc import Mapping

from writ_gym.database import JSON
from writ_gym.domains.telecom.deeds import APPS, MODES, PERMISSIONS
from writ_gym.domains.telecom.instructions import offered, understood
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.tasks import Call
from writ_gym.understanding.hands import Hands

ASK: Mapping[str, str] = {
    "check_status_bar": "Please look at the status bar at the top of your screen.",
    "check_network_status": "Please look up the network status in the settings of your phone.",
    "check_network_mode_preference": "Please check which network mode is preferred.",
    "set_network_mode_preference": "Please set the preferred network mode to {mode}.",
    "run_speed_test": "Please run a speed test.",
    "toggle_airplane_mode": "Please turn airplane mode off.",
    "check_sim_status": "Please check the status of the SIM card.",
    "reseat_sim_card": "Please take the SIM card out and put it back in.",
    "toggle_data": "Please turn mobile data on.",
    "toggle_roaming": "Please turn data roaming on.",
    "check_data_restriction_status": "Please check whether data saver mode is on.",
    "toggle_data_saver_mode": "Please turn data saver mode off.",
    "check_apn_settings": "Please look up the APN settings.",
    "set_apn_settings": "Please set the APN settings by hand to {apn_settings}.",
    "reset_apn_settings": "Please reset the APN settings.",
    "check_wifi_status": "Please check the Wi-Fi status.",
    "toggle_wifi": "Please toggle Wi-Fi.",
    "check_wifi_calling_status": "Please check whether Wi-Fi calling is on.",
    "toggle_wifi_calling": "Please turn Wi-Fi calling off.",
    "check_vpn_status": "Please check whether a VPN is connected.",
    "connect_vpn": "Please connect to the VPN.",
    "disconnect_vpn": "Please disconnect from the VPN.",
    "check_installed_apps": "Please check which apps are installed.",
    "check_app_status": "Please check the status of the {app_name} app.",
    "check_app_permissions": "Please check the permissions of the {app_name} app.",
    "grant_app_permission": "Please grant the {app_name} app the {permission} permission.",
    "can_send_mms": "Please try to send a picture message.",
    "reboot_device": "Please restart your phone.",
    "check_payment_request": "Please check whether there is a payment request.",
    "make_payment": "Please make the payment.",
}
"""By tool, how an agent asks for its use; a switch is asked for as it helps a phone to work."""

_PLAIN = {"app_name": APPS, "mode": MODES, "permission": PERMISSIONS}
"""By argument, the values that are said as they are."""


def ask(call: Call) -> str:
    """Return how an agent asks a user to make a call."""
    return ASK[call.name].format_map({k: _shown(k, v) for k, v in call.arguments.items()})


def _shown(name: str, value: JSON) -> str:
    """Return an argument so that it can be told from the words around it."""
    return value if value in _PLAIN.get(name, ()) else f"`{json.dumps(value)}`"


HANDS = Hands(
    tools=USER_TOOLS,
    ask=ask,
    understood=understood,
    offered=offered,
    deeds=frozenset({"pay", "repair"}),
)
