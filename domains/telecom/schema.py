"""Telecom tables: what the carrier has on file, and the phone of each customer.

Money is in US dollars, to the cent; data is in gigabytes. Times are Eastern Standard Time, and
"today" is the same day in every world.
"""

import math
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import Field

from writ_gym.database import Database, FrozenDict, FrozenMap, Index, Record, Table

TODAY = date(2025, 2, 25)
CYCLE_END = date(2025, 2, 28)
"""The last day of the current billing month."""

DeviceType: TypeAlias = Literal["phone", "router", "tablet", "watch", "other"]
LineStatus: TypeAlias = Literal["Active", "Suspended", "Pending Activation", "Closed"]
BillStatus: TypeAlias = Literal[
    "Draft", "Issued", "Awaiting Payment", "Paid", "Overdue", "Disputed"
]
AccountStatus: TypeAlias = Literal["Active", "Suspended", "Pending Verification", "Closed"]
MethodType: TypeAlias = Literal["Credit Card", "Debit Card", "PayPal"]

Level: TypeAlias = Literal["none", "poor", "fair", "good", "excellent"]
"""How strong a signal is."""
Technology: TypeAlias = Literal["none", "2G", "3G", "4G", "5G"]
Connection: TypeAlias = Literal["connected", "searching", "no_service", "emergency_only"]
NetworkMode: TypeAlias = Literal["4g_5g_preferred", "4g_only", "3g_only", "2g_only"]
SimStatus: TypeAlias = Literal["active", "missing", "locked_pin", "locked_puk"]
Performance: TypeAlias = Literal["unknown", "poor", "fair", "good", "excellent"]
"""How well the server of a VPN does."""


def to_cents(dollars: float) -> float:
    """Return an amount of 0 and more, half a cent and more rounded up: 5.625 is 5.63.

    >>> to_cents(4.5 * 1.25), to_cents(0.67 * 1.5), to_cents(5.62)
    (5.63, 1.01, 5.62)
    """
    # What is half a cent but for the last digits of a float is half a cent.
    return math.floor(round(dollars * 100, 6) + 0.5) / 100


# The carrier's side


class Plan(Record):
    """What a line is subscribed to."""

    plan_id: str
    name: str
    data_limit_gb: float
    price_per_month: float
    data_refueling_price_per_gb: float


class Device(Record):
    """A device that is registered for a line."""

    device_id: str
    device_type: DeviceType
    model: str
    imei: str | None = None
    is_esim_capable: bool
    activated: bool = False
    activation_date: datetime | None = None
    last_esim_transfer_date: datetime | None = None


class Line(Record):
    """A phone number and its subscription."""

    line_id: str
    phone_number: str
    status: LineStatus = "Pending Activation"
    plan_id: str
    device_id: str | None = None
    data_used_gb: float = 0.0
    """In the current billing month."""
    data_refueling_gb: float = 0.0
    """Bought on top of the plan's limit for the current billing month."""
    roaming_enabled: bool = False
    contract_end_date: date | None = None
    last_plan_change_date: date | None = None
    last_sim_replacement_date: date | None = None
    suspension_start_date: date | None = None


class LineItem(Record):
    """One position of a bill."""

    description: str
    amount: float
    date: date
    item_type: str


class Bill(Record):
    """What a customer owes for a month."""

    bill_id: str
    customer_id: str
    period_start: date
    period_end: date
    issue_date: date
    total_due: float
    due_date: date
    line_items: tuple[LineItem, ...] = ()
    status: BillStatus = "Draft"


class Address(Record):
    """A postal address in the United States."""

    street: str
    city: str
    state: str
    zip_code: str


class PaymentMethod(Record):
    """How a customer pays."""

    method_type: MethodType
    account_number_last_4: str
    expiration_date: str
    """Month and year, such as "06/2027"."""


class Customer(Record):
    """Somebody with an account."""

    customer_id: str
    full_name: str
    date_of_birth: str
    """Such as "1985-06-15"."""
    email: str
    phone_number: str
    """Where the customer is reached; it may be the number of one of their lines."""
    address: Address
    account_status: AccountStatus = "Pending Verification"
    payment_methods: tuple[PaymentMethod, ...] = ()
    line_ids: tuple[str, ...] = ()
    bill_ids: tuple[str, ...] = ()
    created_at: datetime = datetime(2025, 1, 1)
    last_extension_date: date | None = None
    goodwill_credit_used_this_year: float = 0.0


# The customer's side


class Apn(Record):
    """The access point settings of a phone; with a wrong name there is no service at all."""

    apn_name: Literal["internet", "broken"] = "internet"
    reset_at_reboot: bool = False
    mms_apn: str | None = "mms"
    mmsc_url: str | None = "http://mms.carrier.com/mms/wapenc"
    """Where picture messages are sent to; without it none can be sent."""
    mms_proxy: str | None = None
    mms_port: int | None = None


class Vpn(Record):
    """The server of a VPN connection."""

    server_address: str
    protocol: str | None = None
    server_performance: Performance = "unknown"


DEFAULT_VPN = Vpn(server_address="192.168.1.1", protocol="OpenVPN", server_performance="excellent")
"""The connection that a phone makes if it is told to."""


class Permissions(Record):
    """What an app may use; in the order in which a phone lists them."""

    sms: bool = False
    storage: bool = False
    phone: bool = False
    network: bool = False


class App(Record):
    """An app on a phone."""

    app_name: str
    permissions: Permissions = Permissions()


SIGNALS: FrozenDict[Technology, Level] = FrozenDict(
    {"2G": "poor", "3G": "fair", "4G": "good", "5G": "excellent"}
)
APPS = FrozenDict(
    {
        "messaging": App(
            app_name="messaging", permissions=Permissions(sms=True, storage=True, phone=True)
        ),
        "browser": App(app_name="browser", permissions=Permissions(storage=True, network=True)),
    }
)


class Phone(Record):
    """The phone in a customer's hand, and where it is.

    Strength, technology and status of the network are what the last search found; all else are
    settings. What the carrier lets the phone do (``Service``) is not kept here.
    """

    customer_id: str
    line_id: str
    """The line of its SIM card."""
    is_abroad: bool = False
    signal_strength: FrozenMap[Technology, Level] = SIGNALS
    """How strong each technology is where the phone is."""

    sim_card_status: SimStatus = "active"
    """Of the card, whether it is in its place or not."""
    sim_card_missing: bool = False
    airplane_mode: bool = False
    network_signal_strength: Level = "excellent"
    network_technology_connected: Technology = "5G"
    network_connection_status: Connection = "connected"
    battery_level: Annotated[int, Field(ge=0, le=100)] = 80
    """In percent."""
    data_enabled: bool = True
    roaming_enabled: bool = False
    network_mode_preference: NetworkMode = "4g_5g_preferred"
    active_apn_settings: Apn = Apn()
    wifi_enabled: bool = False
    wifi_connected: bool = False
    wifi_ssid: str | None = None
    wifi_signal_strength: Level = "none"
    wifi_calling_enabled: bool = False
    wifi_calling_mms_over_wifi: bool = False
    """Whether picture messages go over Wi-Fi while Wi-Fi calling is on."""
    data_saver_mode: bool = False
    vpn_enabled_setting: bool = False
    vpn_connected: bool = False
    vpn_details: Vpn | None = None
    app_statuses: FrozenMap[str, App] = APPS


class Service(NamedTuple):
    """What the carrier lets a phone do."""

    line_active: bool
    roaming_allowed: bool
    usage_exceeded: bool


def by_number(row: Customer | Line) -> Iterable[str]:
    """Index customers or lines by phone number."""
    return (row.phone_number,)


def by_line(customer: Customer) -> Iterable[str]:
    """Index customers by the ids of their lines."""
    return customer.line_ids


def by_name_and_birth(customer: Customer) -> Iterable[tuple[str, str]]:
    """Index customers by lower-cased full name and date of birth."""
    return ((customer.full_name.lower(), customer.date_of_birth),)


class TelecomDB(Database):
    """The carrier's records, and the phones of its customers by customer id."""

    plans: Table[Plan]
    devices: Table[Device]
    lines: Table[Line]
    bills: Table[Bill]
    customers: Table[Customer]
    phones: Table[Phone]

    key_fields: ClassVar[dict[str, str]] = {
        "plans": "plan_id",
        "devices": "device_id",
        "lines": "line_id",
        "bills": "bill_id",
        "customers": "customer_id",
        "phones": "customer_id",
    }
    tracked: ClassVar[dict[str, tuple[Index, ...]]] = {
        "customers": (by_number, by_line, by_name_and_birth),
        "lines": (by_number,),
    }

    def service(self, phone: Phone) -> Service:
        """Return what the carrier lets a phone do now."""
        line = self.lines[phone.line_id]
        allowance = self.plans[line.plan_id].data_limit_gb + line.data_refueling_gb
        exceeded = line.data_used_gb >= allowance
        return Service(line.status == "Active", line.roaming_enabled, exceeded)

    def requested(self, phone: Phone) -> Bill | None:
        """Return the bill that the owner of a phone was asked to pay and has not paid yet."""
        return self.awaiting(self.customers[phone.customer_id])

    def awaiting(self, customer: Customer) -> Bill | None:
        """Return the first of a customer's bills that awaits its payment."""
        bills = (self.bills[bill_id] for bill_id in customer.bill_ids)
        return next((bill for bill in bills if bill.status == "Awaiting Payment"), None)
