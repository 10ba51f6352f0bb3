"""Facts and requests in words: noun phrases for what is meant, in sentences of the grammar."""

from collections.abc import Mapping, Sequence
from functools import partial

from writ_gym.database import JSON
from writ_gym.domains.retail.texts import asking
from writ_gym.domains.retail.texts.asking import ASK, OUTSIDE, WORDS
from writ_gym.domains.retail.texts.phrases import FRAGMENTS, STATE
from writ_gym.domains.retail.wishes import (
    ADDRESS,
    CONDITION,
    FIGURE,
    ITEMS,
    ORDER,
    PAYMENT,
    WISHES,
    AllBut,
    Among,
    ByBalance,
    Claim,
    EveryItem,
    EveryOrder,
    Exactly,
    Figure,
    FirstCovering,
    FirstOf,
    Given,
    Guard,
    ItemChoice,
    ItemsReference,
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
    Prices,
    SentTo,
    Wish,
)
from writ_gym.meaning.queries import Condition, parse
from writ_gym.phrasing.asking import Asking
from writ_gym.phrasing.grammar import Grammar, joined
from writ_gym.phrasing.speaking import Speaker

GRAMMAR = Grammar(
    {**{f"ask_{name}": rule for name, rule in ASK.items()}, **STATE},
    {**asking.FRAGMENTS, **FRAGMENTS},
)
KINDS = {"credit_card": "credit card", "paypal": "PayPal account", "gift_card": "gift card"}
RANKS = {1: "", 2: "second ", 3: "third ", 4: "fourth ", 5: "fifth "}
AMOUNTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("total", "highest"): ("highest total", "largest total"),
    ("total", "lowest"): ("lowest total", "smallest total"),
    ("count", "highest"): ("highest number of items", "largest number of items", "most items"),
    ("count", "lowest"): ("lowest number of items", "smallest number of items", "fewest items"),
    ("saving", "highest"): ("highest saving", "largest saving"),
    ("saving", "lowest"): ("lowest saving", "smallest saving"),
    ("balance", "highest"): ("highest balance", "largest balance", "most money on it"),
    ("balance", "lowest"): ("lowest balance", "smallest balance", "least money on it"),
}
"""By attribute and extreme, what the record has that is meant."""
SUPERLATIVES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("total", "highest"): ("most expensive",),
    ("total", "lowest"): ("cheapest", "least expensive"),
    ("placed", "highest"): ("latest", "most recent"),
    ("placed", "lowest"): ("earliest", "oldest"),
    ("price", "highest"): ("most expensive",),
    ("price", "lowest"): ("cheapest", "least expensive"),
}
"""By attribute and extreme, what the record is that is meant."""
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


def _kind_of(intent: str, values: Mapping[str, JSON]) -> str:
    """Return the kind of a request: a question is one of its own for each thing to know."""
    if intent == "about_order":
        return f"about_order_{values['topic']}"
    return f"about_product_{values['product']['figure']}" if intent == "about_product" else intent


ASKING = Asking(GRAMMAR, WORDS, _kind_of)


class Sentences(Speaker):
    """Puts values into words; a ``tell`` method for every slot."""

    grammar = GRAMMAR

    def tell_name(self, value: JSON) -> str:
        """Say who it is."""
        return self.say("name", name=f"{value['first']} {value['last']}")

    def tell_zip(self, value: JSON) -> str:
        """Say the zip code."""
        return self.say("zip", zip=value)

    def tell_email(self, value: JSON) -> str:
        """Say the e-mail address."""
        return self.say("email", email=value)

    def tell_order(self, value: JSON) -> str:
        """Say which order, or which orders, are meant."""
        reference = parse(ORDER, value)
        if isinstance(reference, EveryOrder):
            return self.say("every_order", orders=self.phrase("every", of=self._of(reference)))
        return self.say("order", order=self.order(reference))

    def order(self, reference: OrderReference) -> str:
        """Return a noun phrase for an order."""
        if isinstance(reference, OrderById):
            return self.phrase("order_id", id=reference.id)
        if isinstance(reference, OrderBeside):
            side = "before" if reference.step < 0 else "after"
            return self.phrase("beside", side=side, other=self.order(reference.beside))
        if reference.by is None:
            of = self._scope(reference, alone=True) + self._that(reference.where, 1)
            return self.phrase("only", of=of)
        of, key = self._of(reference), (reference.by, reference.extreme)
        phrases = (("with", AMOUNTS.get(key, ())), ("superlative", SUPERLATIVES.get(key, ())))
        makes = (
            partial(self.phrase, rule, super=RANKS[reference.rank] + words, of=of)
            for rule, options in phrases
            for words in options
        )
        return self.either(*makes)

    def _best(self, by: str, extreme: str, rank: int = 1) -> str:
        """Return a superlative with its rank."""
        key = by, extreme
        return RANKS[rank] + self.choose((*AMOUNTS.get(key, ()), *SUPERLATIVES.get(key, ())))

    def _of(self, orders: Orders) -> str:
        """Return of which orders: "of all my orders that cost over $300"."""
        return self._scope(orders, alone=not orders.where) + self._that(orders.where, 2)

    def _scope(self, orders: Orders, *, alone: bool) -> str:
        if orders.scope == "all":
            return self.phrase("all")
        return self.phrase("named" if alone else "those", ids=joined(orders.scope))

    def _that(self, where: Sequence[Condition], number: int) -> str:
        """Return conditions as a clause about one record (1) or several (2)."""
        if not where:
            return ""
        # A negation comes last, where it cannot be taken to cover what follows.
        ordered = sorted(where, key=lambda condition: condition.test in ("is_not", "lacks"))
        return f" that {joined([self._verb(each, number) for each in ordered])}"

    def _verb(self, condition: Condition, number: int) -> str:
        """Return what a record does that keeps a condition."""
        value, test = condition.value, condition.test
        have, no = ("has", "does not") if number == 1 else ("have", "do not")
        match condition.attribute, test:
            case "status", "is":
                return f"{have} the status {value}"
            case "status", _:
                return f"{no} have the status {value}"
            case (("total" | "price"), _):
                more = ("more than", "over") if test == "over" else ("less than", "under")
                return f"cost {self.choose(more)} {money(float(value))}"
            case "count", _:
                return f"{have} {'more' if test == 'over' else 'fewer'} than {value:g} items"
            case _, "has":
                verb = self.choose(("contain", "include"))
                return f"{verb}{'s' if number == 1 else ''} the {value}"
            case _:
                return f"{no} {self.choose(('contain', 'include'))} the {value}"

    def tell_reason(self, value: JSON) -> str:
        """Say why an order is to be cancelled."""
        rule = f"reason_{value}"
        return self.say(rule) if rule in STATE else self.say("reason_other", reason=value)

    def tell_payment(self, value: JSON) -> str:
        """Say which method is to be used."""
        method = self.method(parse(PAYMENT, value))
        return self.say("payment", purpose=PURPOSES[self._intent], method=method)

    def method(self, reference: PaymentReference) -> str:
        """Return a noun phrase for a payment method."""
        match reference:
            case Original():
                return self.choose(
                    ("the original payment method", "the method that I originally paid with")
                )
            case OfKind(kind=kind, last_four=digits):
                return f"my {KINDS[kind]}" + (f" ending in {digits}" if digits else "")
            case ByBalance(gift_card=extreme):
                most = self._best("balance", extreme)
                which = ("my gift card with the", "whichever of my gift cards has the")
                return f"{self.choose(which)} {most}"
            case PaidFor(paid_for=other):
                return self.phrase("used", order=self.order(other))
            case FirstCovering(first_covering=chain):
                first, *rest = [self.method(link) for link in chain]
                return f"{first}, or, if that does not cover it, {joined(rest, 'or else')}"

    def tell_address(self, value: JSON) -> str:
        """Say which address is meant."""
        reference = parse(ADDRESS, value)
        match reference:
            case Given(given=address):
                words = address.in_one_line
            case SentTo(sent_to=other):
                words = self.phrase("sent_to", order=self.order(other))
            case _:
                words = self.choose(("the default address in my profile", "my default address"))
        return self.say("address", address=words)

    def tell_items(self, value: JSON) -> str:
        """Say which items of the order are meant."""
        reference: ItemsReference = parse(ITEMS, value)
        match reference:
            case Named(names=names):
                words = joined([f"the {name}" for name in names])
            case AllBut(all_but=names):
                most = self.choose(("everything", "all items"))
                words = f"{most} in the order except {joined([f'the {name}' for name in names])}"
            case EveryItem(where=conditions) if conditions:
                every = self.choose(("each", "every one"))
                words = f"{every} of the order's items{self._that(conditions, 2)}"
            case EveryItem():
                words = "every item in the order"
            case _:
                words = self._item(reference)
        return self.say("items", verb=VERBS[self._intent], items=words)

    def _item(self, choice: ItemChoice) -> str:
        by = choice.by or "price"
        best = self._best(by, choice.extreme, choice.rank)
        of = self.choose(("item in the order", "item of the order"))
        if choice.where:
            of = f"of the order's items{self._that(choice.where, 2)}"
        if by == "price":
            return f"the {best} {of}"
        item = f"the one {of}" if choice.where else f"the {of}"
        return f"{item} with the {best} if I bought it again at today's price"

    def tell_wish(self, value: JSON) -> str:
        """Say what is wanted instead of each item."""
        parts = []
        for name, wish in parse(WISHES, value).items():
            item = "instead of it" if name == "*" else f"for the {name}"
            parts.append(self.say("wish", item=item, wish=self.wish(wish)))
        return " ".join(parts)

    def wish(self, wish: Wish) -> str:
        """Return a noun phrase for a variant."""
        match wish:
            case Options(options=options):
                return self.phrase("alone", options=self._options(options))
            case Among():
                return self._among(wish)
            case FirstOf(first_of=wishes):
                first, *rest = [self.wish(each) for each in wishes]
                more = [self.phrase("second_choice", wish=each) for each in rest]
                return "; ".join([first, *more])
            case Like(like=other, options=names):
                return self.phrase("alike", options=joined(list(names)), order=self.order(other))
            case Exactly(item=item, costs=costs):
                if costs is None:
                    return self.phrase("exactly", item=item)
                return self.phrase("exactly_priced", item=item, price=money(costs))
            case OtherProduct(product=product):
                article = "an" if product[0] in "AEIO" else "a"
                return f"{article} {product} in exchange"

    def _options(self, options: Mapping[str, str]) -> str:
        """Return options of a variant: "red for the color and two slots"."""
        return joined([self._option(name, (value,)) for name, value in options.items()])

    def _option(self, name: str, values: Sequence[str], last: str = "or") -> str:
        """Return values of an option, and its name if they do not say it."""
        said = joined(values, last)
        if all({name, name.removesuffix("s")} & {*value.split()} for value in values):
            return said
        return self.phrase("option", name=name, value=said)

    def _among(self, wish: Among) -> str:
        best = self._best("price", wish.price, wish.rank)
        wanted = [self._option(name, each) for name, each in wish.one_of.items()]
        rules = [f"have {joined(wanted)}"] if wanted else []
        if wish.at_most is not None:
            rules.append(f"cost at most {money(wish.at_most)}")
        for name, values in wish.none_of.items():
            few = len(values) == 1
            none = self._option(name, values, "nor")
            rules.append(f"do not have {none}" if few else f"have neither {none}")
        that = f" that {joined(rules)}" if rules else ""
        more = f" and {joined(rules)}" if rules else ""
        return self.phrase("among", super=best, that=that, more=more)

    def tell_condition(self, value: JSON) -> str:
        """Say what must hold for the request to be carried out."""
        guard = parse(CONDITION, value)
        if isinstance(guard, Claim):
            return self.say("claim", claim=self.claim(guard))
        if isinstance(guard, Prices) or guard.figure == "sum":
            more = ("more than", "over") if guard.test == "over" else ("less than", "under")
            verb = self.choose(("is", "comes to"))
            test = f"{verb} {self.choose(more)} {money(guard.value)}"
        else:
            test = f"is {'more' if guard.test == 'over' else 'less'} than {guard.value:g}"
        if isinstance(guard, Prices):
            return self.say("condition", figure=self._prices(guard), test=test)
        comma = "," if guard.orders.where else ""  # else it reads as part of the last condition
        return self.say("condition", figure=f"{self.figure(guard)}{comma}", test=test)

    def _prices(self, prices: Prices) -> str:
        """Return a noun phrase for what some products cost together."""
        best = self._best("price", prices.price)
        return self.phrase("prices", super=best, products=joined(prices.products))

    def claim(self, claim: Claim) -> str:
        """Return a clause that says of an order what the user takes to be so."""
        its_own = self.choose(("it", "that order", "the order"))
        subject = its_own if claim.of is None else self.order(claim.of)
        if getattr(claim.of, "where", ()) or isinstance(claim.of, OrderBeside):
            subject += ","  # else it reads as part of what describes the order
        match claim.claimed:
            case "status":
                return f"{subject} {self.choose(('has the status', 'is'))} {claim.value}"
            case "total":
                words = ("more than", "over") if claim.test == "over" else ("less than", "under")
                verb = self.choose(("cost", "came to"))
                return f"{subject} {verb} {self.choose(words)} {money(float(claim.value))}"
            case "count":
                more = "more" if claim.test == "over" else "fewer"
                return f"{subject} has {more} than {claim.value:g} items"
            case _:
                paid = self.choose(("was paid for with", "was paid with"))
                return f"{subject} {paid} {self.choose(('my', 'a'))} {KINDS[str(claim.value)]}"

    def figure(self, figure: Guard | Figure) -> str:
        """Return a noun phrase for a figure over orders."""
        orders = figure.orders
        ids = "" if orders.scope == "all" else joined(orders.scope)
        if not ids:
            which = "all my orders"
        else:
            which = f"those of my orders {ids}" if orders.where else f"my orders {ids}"
        which += self._that(orders.where, 2)
        if figure.figure == "sum":
            return f"the {self.choose(('sum of the totals', 'sum of the amounts'))} of {which}"
        return f"the number of {which}"

    def tell_figure(self, value: JSON) -> str:
        """Say which figure is asked for."""
        return self.say("figure", figure=self.figure(parse(FIGURE, value)))

    def tell_topic(self, value: JSON) -> str:
        """Say what is asked about an order."""
        return self.say("topic", topic=TOPICS[value])

    def tell_product(self, value: JSON) -> str:
        """Say which product is asked about."""
        which = f" with {self._options(value['options'])}" if value["options"] else ""
        return self.say("product", product=f"{value['name']}{which}")

    def tell_matter(self, value: JSON) -> str:
        """Say what is wanted that the shop's agent cannot do."""
        return self.say("matter", matter=OUTSIDE[value])
