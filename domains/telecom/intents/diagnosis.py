"""What stands in the way of a goal, found by having the user look at the phone, and on file.

The order of the looks is that of docs/requests-telecom.md: first whether the goal is reached, then
what one look shows much of, then what is left open.
"""

from collections.abc import Mapping
from typing import Any, get_args

from writ_gym.domains.telecom.intents.reading import over_limit, read_usage
from writ_gym.domains.telecom.repairs import Findings, Goal
from writ_gym.domains.telecom.schema import Line, NetworkMode
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.solving import Reads, read

APP = "messaging"
"""The app that sends picture messages."""
EXCELLENT = "(Excellent)"
"""What the speed test calls a speed that nothing is in the way of."""

MODES: Mapping[str, NetworkMode] = {
    "5G": "4g_5g_preferred",
    "4G": "4g_only",
    "3G": "3g_only",
    "2G": "2g_only",
}
"""What a technology that is connected tells of the network mode: policy "Slow data"."""


def field(text: str, name: str) -> str:
    """Return what stands behind a name and a colon on a line of an answer.

    Raises:
        UnsolvableError: There is no such line.
    """
    start = f"{name}: "
    for line in text.split("\n"):
        if line.startswith(start):
            return line.removeprefix(start)
    raise UnsolvableError(f"There is no {name!r} in {text!r}.")


def look(name: str, **arguments: str) -> Reads[str]:
    """Have the user look something up on the phone."""
    return (yield from read(name, **arguments))


def has_service() -> Reads[bool]:
    """Find out whether the phone is connected to a network."""
    status = yield from look("check_network_status")
    return field(status, "Cellular Connection") == "connected"


def measured() -> Reads[str | None]:
    """Run the speed test; None if there is no connection."""
    answer = yield from look("run_speed_test")
    return None if "failed" in answer else answer


def sends_pictures() -> Reads[bool]:
    """Find out whether picture messages can be sent."""
    return " can send" in (yield from look("can_send_mms"))


def reached(goal: Goal) -> Reads[bool]:
    """Find out whether a goal is reached already."""
    match goal:
        case "service":
            return (yield from has_service())
        case "mms":
            return (yield from sends_pictures())
        case _:
            answer = yield from measured()
            return answer is not None and (goal == "data" or EXCELLENT in answer)


def diagnose(caller: str, line: Line, goal: Goal, abroad: bool) -> Reads[Findings]:
    """Look at the phone and its line, as far as it matters for a goal that is not reached."""
    status = yield from look("check_network_status")
    found = _from_status(status)
    if found["sim"] in ("locked_pin", "locked_puk"):
        return Findings(**found)  # beyond repair, whatever else there is
    works = goal in ("fast_data", "mms") and (yield from measured()) is not None
    connected = field(status, "Cellular Connection") == "connected"
    if goal == "mms" or not connected:
        found |= yield from _access_point()
    if goal in ("fast_data", "mms"):
        found["mode"] = yield from _mode(status)
    if goal == "fast_data":
        found |= yield from _slowed_down()
    if goal == "mms":
        found |= yield from _messaging()
    found |= {"line_status": line.status, "contract_end": line.contract_end_date}
    if goal == "service":
        return Findings(**found)
    found |= {"abroad": abroad, "line_roaming": line.roaming_enabled}
    if not works:
        over = over_limit((yield from read_usage(caller, line.line_id)))
        found["over_limit_gb"] = over if over >= 0 else None
    return Findings(**found)


def _from_status(status: str) -> dict[str, Any]:
    return {
        "airplane_mode": field(status, "Airplane Mode") == "ON",
        "sim": field(status, "SIM Card Status"),
        "data_enabled": field(status, "Mobile Data Enabled") == "Yes",
        "roaming_on": field(status, "Data Roaming Enabled") == "Yes",
    }


def _access_point() -> Reads[dict[str, Any]]:
    text = yield from look("check_apn_settings")
    url = field(text, "MMSC URL (for picture messages)")
    return {"apn_name": field(text, "Current APN Name"), "mmsc_set": url != "Not Set"}


def _mode(status: str) -> Reads[NetworkMode]:
    technology = field(status, "Cellular Network Type")
    if technology in MODES:
        return MODES[technology]
    text = yield from look("check_network_mode_preference")
    preference = field(text, "Network Mode Preference")
    return next(mode for mode in get_args(NetworkMode) if mode == preference)


def _slowed_down() -> Reads[dict[str, Any]]:
    """Find out about data saver and VPN; the status bar shows it as long as there is data."""
    bar = yield from look("check_status_bar")
    saver, vpn = "Data Saver" in bar, "VPN Connected" in bar
    if not saver and "Data Enabled" not in bar:
        saver = "is ON" in (yield from look("check_data_restriction_status"))
    if vpn:
        vpn = "'server_performance': 'poor'" in (yield from look("check_vpn_status"))
    return {"data_saver": saver, "vpn_slow": vpn}


def _messaging() -> Reads[dict[str, Any]]:
    """Find out about Wi-Fi calling and what the app may do."""
    calling = yield from look("check_wifi_calling_status")
    granted = yield from look("check_app_permissions", app_name=APP)
    names = granted.partition("permission for: ")[2].rstrip(".").split(", ")
    return {
        "wifi_calling": calling.endswith("turned ON."),
        "sms": "sms" in names,
        "storage": "storage" in names,
    }
