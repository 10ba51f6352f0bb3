"""The user's tools as tau2 has them: those of the domain, and what is different there."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from writ_gym.domains.telecom import user_tools
from writ_gym.domains.telecom.network import reception
from writ_gym.domains.telecom.schema import Apn
from writ_gym.domains.telecom.tau2.state import ONLY, Tau2DB, assign, tell
from writ_gym.domains.telecom.user_tools import USER_TOOLS, change, reconnect, with_bar


def check_network_mode_preference(db: Tau2DB) -> str:
    """Look up the network mode, which T-17 may have made none."""
    mode = db.phones[ONLY].network_mode_preference
    if not isinstance(mode, str):
        raise AttributeError(f"{type(mode).__name__!r} object has no attribute 'value'")
    return user_tools.check_network_mode_preference(db)


def set_network_mode_preference(db: Tau2DB, mode: Any) -> str:
    """Set the network mode; T-17: what is no text is taken as it is, and found wrong afterwards."""
    if isinstance(mode, str):
        return user_tools.set_network_mode_preference(db, mode)
    assign(db, network_mode_preference=mode)
    phone = reconnect(db)
    if mode is not None:
        raise AttributeError(f"{type(mode).__name__!r} object has no attribute 'value'")
    modes = ", ".join(user_tools.NETWORK_MODES)
    text = f"Failed to set network mode: '{mode}' is not a valid option. Please use one of: {modes}"
    return with_bar(text, phone)


def set_apn_settings(db: Tau2DB, apn_settings: Any) -> str:
    """Set the access point; T-18: what is no object is taken as it is, and spoils the phone."""
    if isinstance(apn_settings, Mapping):
        return user_tools.set_apn_settings(db, Apn.model_validate(apn_settings))
    assign(db, active_apn_settings=apn_settings)
    phone = reconnect(db)
    return with_bar(f"APN settings set to: {apn_settings.apn_name}", phone)


def check_vpn_status(db: Tau2DB) -> str:
    """Look up the VPN; T-20: its details are told as Python writes them."""
    phone = db.phones[ONLY]
    vpn = phone.vpn_details
    if not phone.vpn_connected or vpn is None:
        return user_tools.check_vpn_status(db)
    level = vpn.server_performance
    return (
        f"VPN is ON and connected. Details: {{'server_address': {vpn.server_address!r}, "
        f"'protocol': {vpn.protocol!r}, "
        f"'server_performance': <PerformanceLevel.{level.upper()}: {level!r}>}}"
    )


def connect_vpn(db: Tau2DB) -> str:
    """Connect to the one VPN of the process; T-22."""
    answer = user_tools.connect_vpn(db)
    if answer.startswith("VPN connected"):
        change(db, vpn_details=db.shared[ONLY])
    return answer


def check_payment_request(db: Tau2DB) -> str:
    """Look up the request; T-24: it is as it was when it came."""
    request = db.surroundings[ONLY].payment_request
    if request is None:
        return "No payment request has been made."
    return f"You have a payment request for bill {request.bill_id} of {request.amount_due} USD."


def make_payment(db: Tau2DB) -> str:
    """Pay, which the carrier learns afterwards."""
    request = db.surroundings[ONLY].payment_request
    if request is None:
        return "You do not have a payment request."
    tell(db, payment_request=request.replace(paid=True))
    return f"Payment of {request.amount_due} USD has been made for bill {request.bill_id}."


def searching(tool: Callable[..., Any]) -> Callable[..., Any]:
    """Return a tool that ends in a network search.

    On a phone spoilt by T-18 the search fails, and what it has found so far stays.
    """

    @wraps(tool)
    def searches(db: Tau2DB, **arguments: Any) -> Any:
        try:
            return tool(db, **arguments)
        except AttributeError:
            phone = db.phones[ONLY]
            settings: object = phone.active_apn_settings
            if not isinstance(settings, Apn):
                assign(db, **reception(phone))
            raise

    return searches


_OTHERS: tuple[Callable[..., Any], ...] = (
    check_network_mode_preference,
    set_network_mode_preference,
    set_apn_settings,
    check_vpn_status,
    connect_vpn,
    check_payment_request,
    make_payment,
)
_SEARCHING = (
    "set_network_mode_preference",
    "toggle_airplane_mode",
    "reseat_sim_card",
    "toggle_data",
    "toggle_roaming",
    "set_apn_settings",
)

TOOLS: dict[str, Callable[..., Any]] = {tool.name: tool.function for tool in USER_TOOLS}
TOOLS |= {tool.__name__: tool for tool in _OTHERS}
TOOLS |= {name: searching(TOOLS[name]) for name in _SEARCHING}
