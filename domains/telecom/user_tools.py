"""What users can do on the phone in their hand; the answers are what they see there.

Each tool acts on the phone of the session's ``caller``. Where a setting makes the phone look for a
network again, its tool does so; nothing else does.
"""

from typing import Any, get_args

from writ_gym.domains.telecom.network import (
    label,
    mms_works,
    search,
    sim_status,
    speed,
    status_bar,
)
from writ_gym.domains.telecom.schema import (
    DEFAULT_VPN,
    Apn,
    App,
    NetworkMode,
    Phone,
    TelecomDB,
)
from writ_gym.errors import ToolError
from writ_gym.tools import ToolSet

USER_TOOLS: ToolSet[TelecomDB] = ToolSet(
    "writ_gym.domains.telecom.user_tools:USER_TOOLS", requestor="user"
)

NETWORK_MODES: tuple[NetworkMode, ...] = get_args(NetworkMode)

ADVICE = {
    "Very Poor": "Connection is very slow. Basic web browsing might be difficult.",
    "Poor": "Connection is slow. Web browsing may be sluggish, streaming difficult.",
    "Fair": "Connection is okay for web browsing and some standard definition streaming.",
    "Good": "Connection is good for most activities, including HD streaming.",
    "Excellent": "Connection is very fast.",
}


def phone_of(db: TelecomDB) -> Phone:
    """Return the phone of the caller.

    Raises:
        ToolError: The caller has none.
    """
    try:
        return db.phones[db.caller]
    except KeyError:
        raise ToolError("There is no phone at hand") from None


def change(db: TelecomDB, **settings: Any) -> Phone:
    """Change settings of the caller's phone."""
    phone = phone_of(db)
    return db.phones.put(phone.customer_id, phone.replace(**settings))


def reconnect(db: TelecomDB, **settings: Any) -> Phone:
    """Change settings of the caller's phone, which then looks for a network."""
    phone = change(db, **settings)
    phone = search(phone, db.service(phone))
    return db.phones.put(phone.customer_id, phone)


def with_bar(text: str, phone: Phone) -> str:
    """Return what a phone tells, and below it the status bar."""
    return f"{text}\nStatus Bar: {status_bar(phone)}"


def on(state: bool) -> str:
    """Return what a phone calls the state of a switch."""
    return "ON" if state else "OFF"


def yes(state: bool) -> str:
    """Return what a phone answers to a question."""
    return "Yes" if state else "No"


# Network


@USER_TOOLS.read
def check_status_bar(db: TelecomDB) -> str:
    """Look at the status bar: airplane mode, signal, network type, data, Wi-Fi, VPN, battery."""
    return f"Status Bar: {status_bar(phone_of(db))}"


@USER_TOOLS.read
def check_network_status(db: TelecomDB) -> str:
    """Look at the network settings: airplane mode, SIM, connection, mobile data, roaming, Wi-Fi."""
    phone = phone_of(db)
    lines = [
        f"Airplane Mode: {on(phone.airplane_mode)}",
        f"SIM Card Status: {sim_status(phone)}",
        f"Cellular Connection: {phone.network_connection_status}",
        f"Cellular Signal: {phone.network_signal_strength}",
        f"Cellular Network Type: {phone.network_technology_connected}",
        f"Mobile Data Enabled: {yes(phone.data_enabled)}",
        f"Data Roaming Enabled: {yes(phone.roaming_enabled)}",
        f"Wi-Fi Radio: {on(phone.wifi_enabled)}",
        f"Wi-Fi Connected: {yes(phone.wifi_connected)}",
    ]
    if phone.wifi_connected:
        lines.append(f"Connected Wi-Fi Network: {phone.wifi_ssid}")
    return "\n".join(lines)


@USER_TOOLS.read
def check_network_mode_preference(db: TelecomDB) -> str:
    """Look up which network mode is preferred."""
    return f"Network Mode Preference: {phone_of(db).network_mode_preference}"


@USER_TOOLS.write
def set_network_mode_preference(db: TelecomDB, mode: str) -> str:
    """Set which networks the phone uses.

    Args:
        mode: One of "4g_5g_preferred", "4g_only", "3g_only" and "2g_only".
    """
    if mode not in NETWORK_MODES:
        text = (
            f"Failed to set network mode: '{mode}' is not a valid option. "
            f"Please use one of: {', '.join(NETWORK_MODES)}"
        )
        return with_bar(text, phone_of(db))
    phone = reconnect(db, network_mode_preference=mode)
    return with_bar(f"Preferred Network Mode set to: {mode}", phone)


@USER_TOOLS.read
def run_speed_test(db: TelecomDB) -> str:
    """Measure how fast mobile data is."""
    phone = phone_of(db)
    mbps = speed(phone, db.service(phone))
    if mbps is None:
        return "Speed test failed: No Connection."
    name = label(mbps)
    return f"Speed Test Result: {mbps:.2f} Mbps ({name}). {ADVICE[name]}"


_WIFI_LOST: dict[str, Any] = {
    "wifi_connected": False,
    "wifi_ssid": None,
    "wifi_signal_strength": "none",
}
_VPN_LOST: dict[str, Any] = {"vpn_connected": False, "vpn_details": None}


@USER_TOOLS.write
def toggle_airplane_mode(db: TelecomDB) -> str:
    """Turn airplane mode on or off; on, it cuts Wi-Fi and VPN connections."""
    phone = phone_of(db)
    turned_on = not phone.airplane_mode
    lost: dict[str, Any] = {}
    if turned_on or phone.wifi_enabled:
        lost |= _WIFI_LOST
    if turned_on and phone.vpn_connected:
        lost |= _VPN_LOST
    phone = reconnect(db, airplane_mode=turned_on, **lost)
    return with_bar(f"Airplane Mode is now {on(turned_on)}.", phone)


# SIM card


SIM_TEXTS = {
    "active": "Your SIM card is active and working.",
    "missing": "No SIM card detected in the phone.",
    "locked_pin": "The SIM card is locked with a PIN code.",
    "locked_puk": "The SIM card is locked with a PUK code.",
}


@USER_TOOLS.read
def check_sim_status(db: TelecomDB) -> str:
    """Look up whether the SIM card works, is missing or is locked."""
    return SIM_TEXTS[sim_status(phone_of(db))]


@USER_TOOLS.write
def reseat_sim_card(db: TelecomDB) -> str:
    """Take the SIM card out and put it back in."""
    return with_bar("SIM card re-seated successfully.", reconnect(db, sim_card_missing=False))


# Mobile data


@USER_TOOLS.write
def toggle_data(db: TelecomDB) -> str:
    """Turn mobile data on or off."""
    phone = reconnect(db, data_enabled=not phone_of(db).data_enabled)
    return with_bar(f"Mobile Data is now {on(phone.data_enabled)}.", phone)


@USER_TOOLS.write
def toggle_roaming(db: TelecomDB) -> str:
    """Turn data roaming on or off, which mobile data abroad needs."""
    phone = reconnect(db, roaming_enabled=not phone_of(db).roaming_enabled)
    return with_bar(f"Data Roaming is now {on(phone.roaming_enabled)}.", phone)


@USER_TOOLS.read
def check_data_restriction_status(db: TelecomDB) -> str:
    """Look up whether data saver mode is on."""
    if phone_of(db).data_saver_mode:
        return "Data Saver mode is ON (limits data usage)."
    return "Data Saver mode is OFF."


@USER_TOOLS.write
def toggle_data_saver_mode(db: TelecomDB) -> str:
    """Turn data saver mode on or off; it makes mobile data slower."""
    phone = change(db, data_saver_mode=not phone_of(db).data_saver_mode)
    return with_bar(f"Data Saver Mode is now {on(phone.data_saver_mode)}.", phone)


# Access point


@USER_TOOLS.read
def check_apn_settings(db: TelecomDB) -> str:
    """Look up the access point: its name, and the address for picture messages (MMSC URL)."""
    apn = phone_of(db).active_apn_settings
    return (
        f"Current APN Name: {apn.apn_name}\n"
        f"MMSC URL (for picture messages): {apn.mmsc_url or 'Not Set'}\n"
        "(These are technical settings, usually best left unchanged.)"
    )


@USER_TOOLS.write
def set_apn_settings(db: TelecomDB, apn_settings: Apn) -> str:
    """Set the access point by hand.

    Args:
        apn_settings: The settings; what is left out takes its default.
    """
    phone = reconnect(db, active_apn_settings=apn_settings)
    return with_bar(f"APN settings set to: {apn_settings.apn_name}", phone)


@USER_TOOLS.write
def reset_apn_settings(db: TelecomDB) -> str:
    """Have the access point reset to its defaults, which happens when the phone is rebooted."""
    apn = phone_of(db).active_apn_settings.replace(reset_at_reboot=True)
    return with_bar("APN settings will reset at reboot.", reconnect(db, active_apn_settings=apn))


# Wi-Fi


@USER_TOOLS.read
def check_wifi_status(db: TelecomDB) -> str:
    """Look up whether Wi-Fi is on and connected."""
    phone = phone_of(db)
    if not phone.wifi_enabled:
        return "Wi-Fi is turned OFF."
    if phone.wifi_connected:
        return (
            f"Wi-Fi is ON and connected to '{phone.wifi_ssid}'. "
            f"Signal strength: {phone.wifi_signal_strength}."
        )
    return "Wi-Fi is ON but not connected to any network."


@USER_TOOLS.write
def toggle_wifi(db: TelecomDB) -> str:
    """Turn Wi-Fi on or off; turned on, it is not connected to a network yet."""
    phone = phone_of(db)
    if phone.airplane_mode:
        return with_bar("Cannot change Wi-Fi settings while Airplane Mode is ON.", phone)
    turned_on = not phone.wifi_enabled
    phone = change(db, wifi_enabled=turned_on, **({} if turned_on else _WIFI_LOST))
    return with_bar(f"Wi-Fi is now {on(turned_on)}.", phone)


@USER_TOOLS.read
def check_wifi_calling_status(db: TelecomDB) -> str:
    """Look up whether Wi-Fi calling is on."""
    return f"Wi-Fi Calling is currently turned {on(phone_of(db).wifi_calling_enabled)}."


@USER_TOOLS.write
def toggle_wifi_calling(db: TelecomDB) -> str:
    """Turn Wi-Fi calling on or off."""
    phone = change(db, wifi_calling_enabled=not phone_of(db).wifi_calling_enabled)
    return with_bar(f"Wi-Fi Calling is now {on(phone.wifi_calling_enabled)}.", phone)


# VPN


@USER_TOOLS.read
def check_vpn_status(db: TelecomDB) -> str:
    """Look up whether a VPN is connected, and how well its server does."""
    phone = phone_of(db)
    if phone.vpn_connected:
        if phone.vpn_details is None:
            return "VPN is ON and connected (no specific details available)."
        return f"VPN is ON and connected. Details: {phone.vpn_details.plain}"
    if phone.vpn_enabled_setting:
        return "VPN is turned ON in settings, but currently not connected."
    return "VPN is turned OFF."


@USER_TOOLS.write
def connect_vpn(db: TelecomDB) -> str:
    """Connect to the VPN."""
    if phone_of(db).vpn_connected:
        return "VPN already connected."
    phone = change(db, vpn_connected=True, vpn_details=DEFAULT_VPN)
    return with_bar("VPN connected successfully.", phone)


@USER_TOOLS.write
def disconnect_vpn(db: TelecomDB) -> str:
    """Disconnect from the VPN."""
    phone = phone_of(db)
    if not phone.vpn_connected:
        return with_bar("No active VPN connection to disconnect.", phone)
    return with_bar("VPN disconnected successfully.", change(db, **_VPN_LOST))


# Apps and picture messages


@USER_TOOLS.read
def check_installed_apps(db: TelecomDB) -> str:
    """List the apps on the phone."""
    names = ", ".join(phone_of(db).app_statuses)
    return f"The following apps are installed on the phone: {names}"


def granted(app: App) -> list[str]:
    """Return the names of the permissions that an app has."""
    return [name for name in type(app.permissions).model_fields if getattr(app.permissions, name)]


@USER_TOOLS.read
def check_app_status(db: TelecomDB, app_name: str) -> str:
    """Look at an app: its permissions, one a line.

    Args:
        app_name: Name of the app, such as "messaging".
    """
    app = phone_of(db).app_statuses.get(app_name)
    if app is None:
        return f"App '{app_name}' not found on this phone."
    names = [f"   - {name}" for name in granted(app)]
    permissions = " - Permissions Granted:" if names else " - Permissions: None granted."
    return "\n".join([f"Status for App: {app_name}", permissions, *names])


@USER_TOOLS.read
def check_app_permissions(db: TelecomDB, app_name: str) -> str:
    """Look up the permissions of an app.

    Args:
        app_name: Name of the app, such as "messaging".
    """
    app = phone_of(db).app_statuses.get(app_name)
    if app is None:
        return f"App '{app_name}' not found on this phone."
    if names := granted(app):
        return f"App '{app_name}' has permission for: {', '.join(names)}."
    return f"App '{app_name}' currently has no permissions granted."


@USER_TOOLS.write
def grant_app_permission(db: TelecomDB, app_name: str, permission: str) -> str:
    """Give an app a permission.

    Args:
        app_name: Name of the app, such as "messaging".
        permission: One of "sms", "storage", "phone" and "network".
    """
    phone, wanted = phone_of(db), permission.lower()
    app = phone.app_statuses.get(app_name)
    if app is None:
        return with_bar(f"Error. App '{app_name}' not found. Cannot grant permission.", phone)
    known = list(type(app.permissions).model_fields)
    if wanted not in known:
        text = (
            f"Error. Permission '{wanted}' not tracked for app '{app_name}', "
            f"available permissions: {known}"
        )
        return with_bar(text, phone)
    allowed = app.replace(permissions=app.permissions.replace(**{wanted: True}))
    phone = change(db, app_statuses={**phone.app_statuses, app_name: allowed})
    return with_bar(f"Success. Permission '{wanted}' granted to app '{app_name}'.", phone)


@USER_TOOLS.read
def can_send_mms(db: TelecomDB) -> str:
    """Try whether picture messages can be sent."""
    phone = phone_of(db)
    word = "can" if mms_works(phone, db.service(phone)) else "cannot"
    return f"Your messaging app {word} send MMS messages."


@USER_TOOLS.write
def reboot_device(db: TelecomDB) -> str:
    """Turn the phone off and on again."""
    lines, apn = ["Restarting network services..."], phone_of(db).active_apn_settings
    if apn.reset_at_reboot:
        lines, apn = ["Resetting APN settings...", *lines], Apn()
    return with_bar("\n".join(lines), reconnect(db, active_apn_settings=apn))


# Payments


@USER_TOOLS.read
def check_payment_request(db: TelecomDB) -> str:
    """Look up whether there is a request to pay a bill."""
    bill = db.requested(phone_of(db))
    if bill is None:
        return "No payment request has been made."
    return f"You have a payment request for bill {bill.bill_id} of {bill.total_due} USD."


@USER_TOOLS.write
def make_payment(db: TelecomDB) -> str:
    """Pay the bill that there is a request for."""
    bill = db.requested(phone_of(db))
    if bill is None:
        return "You do not have a payment request."
    db.bills.put(bill.bill_id, bill.replace(status="Paid"))
    return f"Payment of {bill.total_due} USD has been made for bill {bill.bill_id}."
