"""Facts and requests in words: noun phrases for what is meant, in sentences of the grammar."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.schema import Address
from writ_gym.domains.retail.texts.phrases import ASK, FRAGMENTS, OUTSIDE, STATE
from writ_gym.domains.retail.wishes import (
    ADDRESS,
    FIGURE,
    GUARD,
    ITEMS,
    ORDER,
    PAYMENT,
    WISHES,
    AllBut,
    Among,
    ByBalance,
    EveryItem,
    EveryOrder,
    Figure,
    FirstCovering,
    FirstOf,
    Given,
    Guard,
    Like,
    Named,
    OfKind,
    Options,
    OrderBeside,
    OrderById,
    OrderReference,
    Orders,
    Original,
    OtherProduct,
    PaidFor,
    PaymentReference,
    SentTo,
    Wish,
)
from writ_gym.grammar import Grammar, Style
from writ_gym.queries import Condition

Rng: TypeAlias = np.random.Generator

GRAMMAR = Grammar(
    {**{f"ask_{name}": rule for name, rule in ASK.items()}, **STATE}, FRAGMENTS
)
KINDS = {"credit_card": "credit card", "paypal": "PayPal account", "gift_card": "gift card"}
RANKS = {1: "", 2: "second ", 3: "third "}
SUPERLATIVES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("total", "highest"): ("highest total", "largest total"),
    ("total", "lowest"): ("lowest total", "smallest total"),
    ("count", "highest"): ("highest number of items", "largest number of items"),
    ("count", "lowest"): ("lowest number of items", "smallest number of items"),
    ("placed", "highest"): ("latest", "most recent"),
    ("placed", "lowest"): ("earliest", "oldest"),
    ("price", "highest"): ("most expensive",),
    ("price", "lowest"): ("cheapest",),
    ("saving", "highest"): ("highest saving", "largest saving"),
    ("saving", "lowest"): ("lowest saving", "smallest saving"),
}
"""By attribute and extreme, how the superlative is said."""
TOPICS = {
    "total": "total amount",
    "status": "status",
    "count": "number of items",
    "tracking": "tracking number",
}
VERBS = {
    "return_items": "return",
    "exchange_items": "exchange",
    "change_order_items": "change",
}
PURPOSES = {
    "change_order_payment": "pay for it with",
    "return_items": "have the refund go to",
    "exchange_items": "settle the price difference with",
    "change_order_items": "settle the price difference with",
}


def money(amount: float) -> str:
    """Return an amount in US dollars as users say it."""
    return f"${amount:,.0f}" if float(amount).is_integer() else f"${amount:,.2f}"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return words as an enumeration: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def in_one_line(address: Address) -> str:
    """Return an address as it is said."""
    lines = [address.address1, address.address2, address.city, f"{address.state} {address.zip}"]
    return ", ".join(line for line in [*lines, address.country] if line)


def ask(intent: str, rng: Rng, style: Style, values: Mapping[str, JSON]) -> str:
    """Return how the user asks for something.

    Args:
        intent: The intent.
        rng: The random generator.
        style: How the user talks.
        values: The facts' values by slot; for questions, they say what is asked.
    """
    if intent == "about_order":
        intent = f"about_order_{values['topic']}"
    elif intent == "about_product":
        intent = f"about_product_{values['product']['figure']}"
    return GRAMMAR.say(f"ask_{intent}", rng, style)


def state(intent: str, slot: str, value: JSON, rng: Rng, style: Style) -> str:
    """Return what the user says to state a fact.

    Args:
        intent: The intent that it belongs to; empty for a fact about the user.
        slot: The fact's slot.
        value: Its value, in the language of ``wishes``.
        rng: The random generator.
        style: How the user talks.
    """
    say = Speaker(rng, style, intent)
    teller = getattr(say, f"tell_{slot}")
    text: str = teller(value)
    return text


class Speaker:
    """Puts values into words; a ``tell`` method for every slot."""

    def __init__(self, rng: Rng, style: Style, intent: str) -> None:
        self._rng = rng
        self._style = style
        self._intent = intent

    def _say(self, rule: str, **values: str) -> str:
        return GRAMMAR.say(rule, self._rng, self._style, **values)

    def _phrase(self, rule: str, **values: str) -> str:
        return GRAMMAR.phrase(rule, self._rng, **values)

    def _choose(self, options: Sequence[str]) -> str:
        return options[int(self._rng.random() * len(options))]

    def tell_name(self, value: JSON) -> str:
        """Say who it is."""
        return self._say("name", name=f"{value['first']} {value['last']}")

    def tell_zip(self, value: JSON) -> str:
        """Say the zip code."""
        return self._say("zip", zip=value)

    def tell_email(self, value: JSON) -> str:
        """Say the e-mail address."""
        return self._say("email", email=value)

    def tell_order(self, value: JSON) -> str:
        """Say which order, or which orders, are meant."""
        reference = ORDER.validate_python(value)
        if isinstance(reference, EveryOrder):
            of, where = self._scope(reference), self._where(reference.where)
            return self._say("every_order", orders=self._phrase("every", of=of, where=where))
        return self._say("order", order=self.order(reference))

    def order(self, reference: OrderReference) -> str:
        """Return a noun phrase for an order."""
        if isinstance(reference, OrderById):
            return self._phrase("order_id", id=reference.id)
        if isinstance(reference, OrderBeside):
            side = "before" if reference.step < 0 else "after"
            return self._phrase("beside", side=side, other=self.order(reference.beside))
        of, where = self._scope(reference), self._where(reference.where)
        values = {"of": of, "Of": of, "where": where}
        if reference.by is None:
            return self._phrase("only", **values)
        best = RANKS[reference.rank] + self._super(reference.by, reference.extreme)
        return self._phrase("latest" if reference.by == "placed" else "pick", super=best, **values)

    def _super(self, by: str, extreme: str) -> str:
        return self._choose(SUPERLATIVES[by, extreme])

    def _scope(self, orders: Orders) -> str:
        if orders.scope == "all":
            return self._phrase("of_all")
        return self._phrase("of_named", ids=joined(orders.scope))

    def _where(self, where: Sequence[Condition]) -> str:
        return "".join(f" {self._condition(condition)}" for condition in where)

    def _condition(self, condition: Condition) -> str:
        value = condition.value
        match condition.attribute, condition.test:
            case "status", "is":
                return self._choose((f"with the status {value}", f"whose status is {value}"))
            case "status", _:
                return self._choose((f"whose status is not {value}", f"not with the status {value}"))
            case ("total" | "price"), test:
                more = self._choose(("more than", "over") if test == "over" else ("less than", "under"))
                return f"that cost {more} {money(float(value))}"
            case "count", test:
                return f"with {'more' if test == 'over' else 'fewer'} than {value:g} items"
            case _, "has":
                return self._choose((f"with the {value} in it", f"that the {value} was in"))
            case _:
                return self._choose((f"without the {value} in it", f"that the {value} was not in"))

    def tell_reason(self, value: JSON) -> str:
        """Say why an order is to be cancelled."""
        rule = f"reason_{value}"
        return self._say(rule) if rule in STATE else self._say("reason_other", reason=value)

    def tell_payment(self, value: JSON) -> str:
        """Say which method is to be used."""
        method = self.method(PAYMENT.validate_python(value))
        return self._say("payment", purpose=PURPOSES[self._intent], method=method)

    def method(self, reference: PaymentReference) -> str:
        """Return a noun phrase for a payment method."""
        match reference:
            case Original():
                return self._choose(
                    ("the original payment method", "the method that I paid with for it then")
                )
            case OfKind(kind=kind, last_four=digits):
                return f"my {KINDS[kind]}" + (f" ending in {digits}" if digits else "")
            case ByBalance(gift_card=extreme):
                high = extreme == "highest"
                most = self._choose(("highest", "largest") if high else ("lowest", "smallest"))
                return f"the one of my gift cards with the {most} balance"
            case PaidFor(paid_for=other):
                return f"the method that I paid for {self.order(other)} with"
            case FirstCovering(first_covering=chain):
                first, *rest = [self.method(link) for link in chain]
                return f"{first}, or if that does not cover it {joined(rest, 'or else')}"

    def tell_address(self, value: JSON) -> str:
        """Say which address is meant."""
        reference = ADDRESS.validate_python(value)
        match reference:
            case Given(given=address):
                words = in_one_line(address)
            case SentTo(sent_to=other):
                words = f"the same address that {self.order(other)} goes to"
            case _:
                words = self._choose(("the default address in my profile", "my default address"))
        return self._say("address", address=words)

    def tell_items(self, value: JSON) -> str:
        """Say which items of the order are meant."""
        reference = ITEMS.validate_python(value)
        match reference:
            case Named(names=names):
                words = joined([f"the {name}" for name in names])
            case AllBut(all_but=names):
                words = f"everything in it except {joined([f'the {name}' for name in names])}"
            case EveryItem(where=where):
                words = f"every item in it{self._where(where)}"
            case _:
                best = RANKS[reference.rank] + self._super(reference.by or "", reference.extreme)
                where = self._where(reference.where)
                if reference.by == "price":
                    words = f"the {best} item in it{where}"
                else:
                    words = (
                        f"the item in it{where} with the {best} if I bought it today instead of "
                        "then"
                    )
        return self._say("items", verb=VERBS[self._intent], items=words)

    def tell_wish(self, value: JSON) -> str:
        """Say what is wanted instead of each item."""
        parts = []
        for name, wish in WISHES.validate_python(value).items():
            item = "instead of it" if name == "*" else f"for the {name}"
            parts.append(self._say("wish", item=item, wish=self.wish(wish)))
        return " ".join(parts)

    def wish(self, wish: Wish) -> str:
        """Return a noun phrase for a variant."""
        match wish:
            case Options(options=options):
                named = joined([f"{name} {value}" for name, value in options.items()])
                return f"one with {named}, {self._phrase('rest')}"
            case Among():
                return self._among(wish)
            case FirstOf(first_of=wishes):
                first, *rest = [self.wish(each) for each in wishes]
                more = "".join(f", but if that is not in stock {each}" for each in rest)
                return f"{first}{more}"
            case Like(like=other, options=names):
                alike = joined(list(names))
                return f"the same {alike} as the one in {self.order(other)}, {self._phrase('rest')}"
            case OtherProduct(product=product):
                return f"a {product} in exchange"

    def _among(self, wish: Among) -> str:
        best = RANKS[wish.rank] + self._super("price", wish.price)
        rules = [f"with {n} {joined(v, 'or')}" for n, v in wish.one_of.items()]
        rules += [f"not with {n} {joined(v, 'or')}" for n, v in wish.none_of.items()]
        if wish.at_most is not None:
            rules.append(f"for at most {money(wish.at_most)}")
        which = "".join(f" {rule}" for rule in rules)
        return f"the {best} other one{which} {self._phrase('stock')}"

    def tell_condition(self, value: JSON) -> str:
        """Say what must hold for the request to be carried out."""
        guard: Guard = GUARD.validate_python(value)
        more = "more than" if guard.test == "over" else "less than"
        if guard.figure == "sum":
            test = f"comes to {more} {money(guard.value)}"
        else:
            test = f"is {'more' if guard.test == 'over' else 'fewer'} than {guard.value:g}"
        comma = "," if guard.orders.where else ""
        return self._say("condition", figure=f"{self.figure(guard)}{comma}", test=test)

    def figure(self, figure: Guard | Figure) -> str:
        """Return a noun phrase for a figure over orders."""
        named = figure.orders.scope == "all"
        which = "all my orders" if named else f"my orders {joined(figure.orders.scope)}"
        where = self._where(figure.orders.where)
        those = f"{which}, counting only those{where}" if where else which
        if figure.figure == "sum":
            return f"the sum of the totals of {those}"
        return f"the number of orders among {those}"

    def tell_figure(self, value: JSON) -> str:
        """Say which figure is asked for."""
        return self._say("figure", figure=self.figure(FIGURE.validate_python(value)))

    def tell_topic(self, value: JSON) -> str:
        """Say what is asked about an order."""
        return self._say("topic", topic=TOPICS[value])

    def tell_product(self, value: JSON) -> str:
        """Say which product is asked about."""
        options = [f"{name} {option}" for name, option in value["options"].items()]
        which = f" with {joined(options)}" if options else ""
        return self._say("product", product=f"{value['name']}{which}")

    def tell_matter(self, value: JSON) -> str:
        """Say what is wanted that the shop's agent cannot do."""
        return self._say("matter", matter=OUTSIDE[value])
