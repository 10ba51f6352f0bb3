"""What the shop's users say: sentences that say their values, and say nothing else."""

import re
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.datasets.diversity import mask
from writ_gym.domains.retail.catalog import CATALOG
from writ_gym.domains.retail.schema import Address
from writ_gym.domains.retail.texts import ASKING, OUTSIDE, asking, faithful, state, states
from writ_gym.domains.retail.texts.asking import ASK
from writ_gym.domains.retail.texts.faithful import OPTIONS, PRODUCTS, STATUSES
from writ_gym.domains.retail.texts.phrases import FRAGMENTS, STATE
from writ_gym.domains.retail.texts.sentences import GRAMMAR, Sentences
from writ_gym.domains.retail.wishes import (
    ADDRESS,
    CONDITION,
    FIGURE,
    ITEMS,
    ORDER,
    PAYMENT,
    WISHES,
    plain,
)
from writ_gym.errors import TaskError
from writ_gym.phrasing.grammar import REGISTERS, Grammar, Style
from writ_gym.reports.statistics import scenario_text
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS, Fact, SamplerConfig

STYLES = [Style(register, split) for register in REGISTERS for split in SPLITS]
TYPES = {
    "order": ORDER, "payment": PAYMENT, "address": ADDRESS, "items": ITEMS, "wish": WISHES,
    "condition": CONDITION, "figure": FIGURE,
}  # fmt: skip
INTENTS = {"payment": "return_items", "items": "exchange_items"}


class Values:
    """Draws values of the whole language from the catalog, seeded."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def of(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def some(self, options, low, high):
        options = list(options)
        count = int(self.rng.integers(low, min(high, len(options)) + 1))
        return [options[n] for n in self.rng.permutation(len(options))[:count]]

    def amount(self):
        return self.of(float(self.rng.integers(10, 2500)), round(self.rng.random() * 900 + 5, 2))

    def id(self):
        return f"#W{self.rng.integers(10**6, 10**7)}"

    def extreme(self):
        return self.of("highest", "lowest")

    def rank(self):
        return int(self.of(1, 1, 2, 3))

    def conditions(self, *, least=0):
        options = [
            {"attribute": "status", "test": self.of("is", "is_not"), "value": self.of(*STATUSES)},
            {"attribute": "total", "test": self.of("over", "under"), "value": self.amount()},
            {"attribute": "product", "test": self.of("has", "lacks"), "value": self.of(*PRODUCTS)},
            {"attribute": "count", "test": self.of("over", "under"),
             "value": float(self.rng.integers(2, 9))},
        ]  # fmt: skip
        return self.some(options, least, 3)

    def orders(self, *, least=0):
        scope = self.of("all", [self.id() for _ in range(int(self.rng.integers(2, 5)))])
        return {"scope": scope, "where": self.conditions(least=least)}

    def choice(self):
        by = self.of("total", "count", "placed", None)
        if by is None:
            return self.orders(least=1)
        return {**self.orders(), "by": by, "extreme": self.extreme(), "rank": self.rank()}

    def reference(self):
        match self.of("id", "choice", "choice", "beside"):
            case "id":
                return {"id": self.id()}
            case "choice":
                return self.choice()
            case _:
                beside = self.of({"id": self.id()}, self.choice())
                return {"beside": beside, "step": int(self.of(-1, 1))}

    def order(self):
        return self.of(self.reference(), self.reference(), {**self.orders(), "every": True})

    def of_kind(self):
        kind = self.of("credit_card", "paypal", "gift_card")
        last = f"{self.rng.integers(1000, 10000)}" if kind == "credit_card" else None
        return {"kind": kind, "last_four": self.of(last, None)}

    def payment(self):
        return self.of(
            {"kind": "original"}, self.of_kind(), {"gift_card": self.extreme()},
            {"paid_for": self.reference()},
            {"first_covering": [self.of_kind() for _ in range(int(self.of(2, 3)))]},
        )  # fmt: skip

    def address(self):
        number = int(self.rng.integers(1, 999))
        given = Address(
            address1=f"{number} Juniper Street", address2=self.of("", f"Unit {number + 1}"),
            city="Atlanta", state="GA", country="USA", zip=f"{self.rng.integers(10000, 99999)}",
        )  # fmt: skip
        return self.of({"given": given.plain}, {"profile": True}, {"sent_to": self.reference()})

    def items(self):
        price = {"attribute": "price", "test": self.of("over", "under"), "value": self.amount()}
        where = self.of([], [price])
        return self.of(
            {"names": self.some(PRODUCTS, 1, 3)}, {"all_but": self.some(PRODUCTS, 1, 3)},
            {"where": where, "every": True},
            {"where": where, "by": self.of("price", "saving"), "extreme": self.extreme(),
             "rank": self.rank()},
        )  # fmt: skip

    def single(self, kind):
        names = self.some(kind.options, 1, 2)
        if self.of(True, False):
            return {"options": {name: self.of(*kind.options[name]) for name in names}}
        wish = {"price": self.extreme(), "rank": self.rank(), "one_of": {}, "none_of": {}}
        for name in names:
            values = self.some(kind.options[name], 1, 2)
            wish[self.of("one_of", "none_of")][name] = values
        return {**wish, **self.of({}, {"at_most": self.amount()})}

    def variant(self, kind):
        return self.of(
            self.single(kind), self.single(kind),
            {"first_of": [self.single(kind), self.single(kind)]},
            {"like": self.reference(), "options": self.some(kind.options, 1, 2)},
            {"product": self.of(*PRODUCTS)},
            {"item": f"{self.rng.integers(10**9, 10**10)}",
             **self.of({}, {"costs": self.amount()})},
        )  # fmt: skip

    def wish(self):
        kinds = self.some(CATALOG, 1, 3)
        if len(kinds) == 1 and self.of(True, False):
            return {"*": self.variant(kinds[0])}
        return {kind.name: self.variant(kind) for kind in kinds}

    def claim(self):
        claimed = self.of("status", "total", "count", "paid_with")
        if claimed == "status":
            value = self.of(*STATUSES)
        elif claimed == "paid_with":
            value = self.of("credit_card", "paypal", "gift_card")
        else:
            value = self.amount() if claimed == "total" else float(self.rng.integers(2, 9))
        test = "is" if isinstance(value, str) else self.of("over", "under")
        of = self.of({}, {"of": self.reference()})
        return {"claimed": claimed, "test": test, "value": value, **of}

    def prices(self):
        return {
            "products": self.some([kind.name for kind in CATALOG], 2, 6),
            "price": self.of("highest", "lowest"), "test": self.of("over", "under"),
            "value": self.amount(),
        }  # fmt: skip

    def condition(self):
        if self.of(True, False):
            return self.of(self.claim(), self.prices())
        figure = self.of("sum", "count")
        value = self.amount() if figure == "sum" else float(self.rng.integers(1, 9))
        return {
            "figure": figure, "orders": self.orders(), "test": self.of("over", "under"),
            "value": value,
        }  # fmt: skip

    def figure(self):
        return {"figure": self.of("sum", "count"), "orders": self.orders()}

    def reason(self):
        return self.of("no longer needed", "ordered by mistake", "I found it cheaper elsewhere")

    def topic(self):
        return self.of("total", "status", "count", "tracking")

    def matter(self):
        return self.of(*OUTSIDE)

    def product(self):
        kind = self.of(*CATALOG)
        names = self.some(kind.options, 0, 2)
        options = {name: self.of(*kind.options[name]) for name in names}
        return {"name": kind.name, "options": options, "figure": "count"}

    def name(self):
        return {"first": self.of("Ann", "Li"), "last": self.of("Ng", "O'Hara")}

    def zip(self):
        return f"{self.rng.integers(10000, 99999)}"

    def email(self):
        return f"ann.ng{self.rng.integers(1000, 9999)}@example.com"


GREY, WHITE = ({"options": {"color": color}} for color in ("grey", "white"))
SINGLE = {"options": {"width": "single"}}


def among(**changes):
    """Return a wish for a superlative by price."""
    return {"one_of": {}, "none_of": {}, "rank": 1, **changes}


SLOTS = [name for name in vars(Values) if name in {
    *TYPES, "reason", "topic", "matter", "product", "name", "zip", "email"}]  # fmt: skip


def drawn(slot, rng):
    """Return a value of a slot in the form in which facts hold it."""
    value = getattr(Values(rng), slot)()
    if slot not in TYPES:
        return value
    model = TYPES[slot].validate_python(value)
    return {name: plain(wish) for name, wish in model.items()} if slot == "wish" else plain(model)


def sentence(slot, value, rng, style):
    return state(INTENTS.get(slot, "exchange_items"), slot, value, rng, style)


@pytest.mark.parametrize("slot", SLOTS)
def test_sentences_say_their_values_in_every_register_and_split(slot):
    rng = rng_for(1)
    for _ in range(60):
        value = drawn(slot, rng)
        for style in STYLES:
            text = sentence(slot, value, rng, style)
            assert faithful(slot, value, text) is None, (value, text)
            fact = Fact(slot=slot, value=value, text=text)
            assert [s for s in SPLITS if states(INTENTS.get(slot, "exchange_items"), fact, s)] == [
                style.split
            ]
            assert text.endswith((".", "?")), text
            assert "  " not in text, text
            assert not re.search(r"[{}<>\[\]]|\.\.|,,", text), text


@pytest.mark.parametrize("slot", SLOTS)
def test_no_lie_is_taken_for_what_was_said(slot, lies):
    rng = rng_for(5)
    for style in STYLES * 2:
        value = drawn(slot, rng)
        text = sentence(slot, value, rng, style)
        for name, lie in lies.of(text):
            assert faithful(slot, value, lie), (name, lie)
            fact = Fact(slot=slot, value=value, text=lie)
            assert not states(INTENTS.get(slot, "exchange_items"), fact, style.split)


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("order", "{order}", "any order but {order}"),
        ("every_order", "{orders}", "none of {orders}"),
        ("items", "{verb} {items}", "{verb} anything but {items}"),
        ("wish", "{wish}", "{wish}, or something else"),
        ("payment", "{method}", "something else than {method}"),
        ("address", "{address}", "not {address}"),
        ("condition", "{figure}", "it is not so that {figure}"),
        ("claim", "wrong", "right"),
        ("order_id", "order", "the order that came before order"),
        ("with", "{super}", "second {super}"),
        ("superlative", "the {super}", "none but the {super}"),
        ("beside", "the order", "every order"),
        ("among", "{super}", "second {super}"),
        ("alone", "{options}", "anything but {options}"),
        ("alike", "the same", "other"),
        ("used", "used", "never used"),
        ("sent_to", "address", "billing address"),
        ("second_choice", "not in stock", "in stock"),
        ("exactly", "item", "any item but item"),
    ],
)
def test_a_broken_phrase_of_the_grammar_is_found_by_the_reader(rule, right, wrong, monkeypatch):
    sentences = {**{f"ask_{name}": rules for name, rules in ASK.items()}, **STATE}
    fragments = {**asking.FRAGMENTS, **FRAGMENTS}
    for rules in (sentences, fragments):
        if rule in rules:
            rules[rule] = [template.replace(right, wrong) for template in rules[rule]]
    broken = Grammar(sentences, fragments)
    rng, found = rng_for(8), 0
    for number, slot in enumerate(SLOTS * 40):
        value, style = drawn(slot, rng), STYLES[number % len(STYLES)]
        monkeypatch.setattr(Sentences, "grammar", GRAMMAR)
        said = sentence(slot, value, rng_for(number), style)
        monkeypatch.setattr(Sentences, "grammar", broken)
        changed = sentence(slot, value, rng_for(number), style)
        if changed != said:
            found += 1
            assert faithful(slot, value, changed), changed
    assert found >= 5


def test_the_order_beside_another_one_is_the_next_one_and_not_any():
    value = {"beside": {"id": "#W1234567"}, "step": 1}
    text = "It is about the order that came{} after order #W1234567."
    for near in (" just", " directly", " immediately", " right"):
        assert faithful("order", value, text.format(near)) is None
    for far in ("", " not directly", " some time"):
        assert faithful("order", value, text.format(far))
    assert "'directly'" in faithful("order", {"id": "#W1234567"}, "I mean directly #W1234567.")


def test_what_is_to_be_done_with_items_is_not_what_another_request_is_for():
    value = {"names": ["Toaster"]}
    text = "I want to exchange the Toaster."
    assert faithful("items", value, text, "exchange_items") is None
    assert "'exchange'" in faithful("items", value, text, "return_items")


def leaves(value, path=()):
    """Yield the path of every leaf that a sentence has to say, with another value for it."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from leaves(part, (*path, place))
    else:
        yield path, value


OTHERS = {
    "extreme": ("highest", "lowest"), "gift_card": ("highest", "lowest"),
    "price": ("highest", "lowest"), "rank": (1, 2, 3), "step": (-1, 1), "figure": ("sum", "count"),
    "by": ("total", "count", "placed"), "kind": ("credit_card", "paypal", "gift_card"),
    "claimed": ("total", "count"), "value": ("credit_card", "paypal", "gift_card"),
}  # fmt: skip
TESTS = [("is", "is_not"), ("over", "under"), ("has", "lacks")]


def changed(path, leaf, rng):  # noqa: C901 - a case for each kind of leaf
    """Return another value for a leaf; None if there is nothing to change."""
    key = next((key for key in reversed(path) if isinstance(key, str)), "")
    if key == "test":
        first, second = next(pair for pair in TESTS if leaf in pair)
        return second if leaf == first else first
    if leaf is None or leaf is True:
        return None
    if key == "by" and leaf in ("price", "saving"):
        options = ("price", "saving")
    elif key in OTHERS and leaf in OTHERS[key]:
        options = OTHERS[key]
    elif isinstance(leaf, float):
        return leaf + 1.0
    elif leaf in PRODUCTS:
        options = PRODUCTS
    elif leaf in STATUSES:
        options = STATUSES
    elif key == "options":  # the names of options in a wish like another item
        options = tuple(OPTIONS)
    elif key in OPTIONS and leaf in OPTIONS[key]:
        options = OPTIONS[key]
    elif isinstance(leaf, str) and any(map(str.isdigit, leaf)):
        return re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), leaf)
    else:
        return None
    rest = [option for option in options if option != leaf]
    return rest[int(rng.integers(len(rest)))]


def put(value, path, leaf):
    if not path:
        return leaf
    copy = dict(value) if isinstance(value, Mapping) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], leaf)
    return copy


def is_said(path, value):
    """Say whether a leaf matters: without ``by``, neither extreme nor rank are meant.

    A claim of a word has no other test.
    """
    for key in path[:-1]:
        value = value[key]
    last = path[-1]
    if last == "test" and "claimed" in value and isinstance(value["value"], str):
        return False
    return not (last in ("extreme", "rank") and "price" not in value and not value.get("by"))


@pytest.mark.parametrize(
    ("value", "swapped"),
    [
        (
            {"Webcam": among(price="lowest"), "Humidifier": among(price="highest")},
            {"Webcam": among(price="highest"), "Humidifier": among(price="lowest")},
        ),
        (
            {"Webcam": among(price="lowest", rank=2), "Humidifier": among(price="lowest")},
            {"Webcam": among(price="lowest"), "Humidifier": among(price="lowest", rank=2)},
        ),
        (
            {"Hammock": GREY, "Humidifier": WHITE},
            {"Hammock": WHITE, "Humidifier": GREY},
        ),
        (
            {"Webcam": {"product": "Humidifier"}, "Humidifier": among(price="lowest")},
            {"Webcam": among(price="lowest"), "Humidifier": {"product": "Webcam"}},
        ),
        (
            {"*": {"first_of": [GREY, WHITE]}},
            {"*": {"first_of": [WHITE, GREY]}},
        ),
        (
            {"Hammock": {"first_of": [GREY, SINGLE]}},
            {"Hammock": {"first_of": [SINGLE, GREY]}},
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_one_item_is_not_taken_for_what_is_said_of_another(value, swapped):
    rng = rng_for(2)
    for style in STYLES:
        for _ in range(6):
            text = sentence("wish", value, rng, style)
            assert faithful("wish", value, text) is None, text
            assert faithful("wish", swapped, text), text


def test_a_value_that_begins_like_its_option_is_found():
    value = {"Webcam": {"options": {"brand": "Brand B"}}}
    assert faithful("wish", value, "For the Webcam, one like mine, but with brand Brand B.") is None


@pytest.mark.parametrize(
    "text",
    [
        "I want the cheapest Webcam you have in stock, and for the Humidifier the dearest.",
        "The cheapest one in stock for the Webcam, and the dearest one for the Humidifier.",
        "Give me the cheapest Webcam in stock. And the dearest Humidifier, please.",
    ],
)
def test_what_is_said_of_an_item_may_stand_before_it_or_behind_it(text):
    value = {"Webcam": among(price="lowest"), "Humidifier": among(price="highest")}
    assert faithful("wish", value, text) is None
    swapped = {"Webcam": among(price="highest"), "Humidifier": among(price="lowest")}
    assert faithful("wish", swapped, text)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(TYPES)), st.integers(0, 2**32), st.sampled_from(STYLES))
def test_with_one_leaf_changed_a_sentence_is_not_faithful(slot, seed, style):
    rng = rng_for(seed)
    value = drawn(slot, rng)
    text = sentence(slot, value, rng, style)
    assert faithful(slot, value, text) is None, (value, text)
    for path, leaf in leaves(value):
        other = changed(path, leaf, rng)
        if other is None or not is_said(path, value):
            continue
        lie = put(value, path, other)
        siblings = put(value, path, None)
        if str(other) in str(siblings) and isinstance(path[-1], int):
            continue  # the same twice in a list, such as an id, says nothing else
        assert faithful(slot, lie, text), (path, leaf, other, text)


@pytest.mark.parametrize(
    ("slot", "value", "text"),
    [
        ("order", {"id": "#W1234567"}, "It is about order #W1234567, the delivered one."),
        ("order", {"id": "#W1234567"}, "It is about order #W1234567 or #W1234568."),
        ("order", {"id": "#W1234567"}, "It is about order #W12345678."),
        ("payment", {"kind": "paypal"}, "Use my PayPal account, or else my gift card."),
        ("payment", {"kind": "gift_card"}, "Use the gift card that I paid for order X with."),
        ("items", {"names": ["Toaster"]}, "I want to return everything except the Toaster."),
        ("items", {"names": ["Toaster"]}, "I want to return the Toaster and the Blender."),
        (
            "wish",
            {"Toaster": {"options": {"color": "red"}}},
            "For the Toaster, a color red or blue.",
        ),
        ("wish", {"Toaster": {"options": {"color": "red"}}}, "For the Toaster, no color red."),
        ("topic", "total", "I would like to know the total and the status."),
        ("reason", "no longer needed", "I ordered it by mistake, and no longer need it."),
        ("reason", "no longer needed", ""),
    ],
)
def test_what_says_more_or_the_opposite_is_not_faithful(slot, value, text):
    assert faithful(slot, value, text)


@pytest.mark.parametrize("rule", sorted(ASK))
def test_a_request_says_no_value(rule):
    intent, _, detail = rule.rpartition("_") if rule.startswith("about_") else (rule, "", "")
    intent = intent if intent in ("about_order", "about_product") else rule
    values = {"topic": detail, "product": {"figure": detail}}
    for style in STYLES:
        text = ASKING.ask(intent, rng_for(3), style, values)
        assert not any(map(str.isdigit, text))
        assert not any(name.lower() in text.lower() for name in (*PRODUCTS, *OUTSIDE.values()))


@pytest.fixture(scope="module")
def tasks(retail, shop):
    """Return tasks sampled over the plane, by split."""
    found = defaultdict(list)
    for split, count in (("train", 1000), ("validation", 150), ("test", 150)):
        sampler = TaskSampler(retail, SamplerConfig(split=split), shop)
        seed = 0
        while len(found[split]) < count:
            try:
                found[split].append(sampler.sample(seed))
            except TaskError:
                assert seed < 2 * count, "hardly any task can be sampled"
            seed += 1
    return found


def masked(task):
    names = [str(leaf) for fact in task.scenario.identity for _, leaf in leaves(fact.value)]
    return mask(scenario_text(task.scenario), names)


def test_nearly_all_scenarios_differ_without_names_and_numbers(tasks):
    texts = [masked(task) for task in tasks["train"]]
    assert len(set(texts)) >= 0.95 * len(texts)


def patterns(tasks):
    """Return the sentences that are said, with names, numbers and other words of values masked."""
    words = {*PRODUCTS, *STATUSES, *(v for values in OPTIONS.values() for v in values)}
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    values = re.compile(rf"\b(?:{'|'.join(longest_first)})\b")
    found = set()
    for task in tasks:
        facts = [fact for request in task.scenario.requests for fact in request.facts]
        own = [str(leaf) for fact in task.scenario.identity for _, leaf in leaves(fact.value)]
        found |= {request.text for request in task.scenario.requests}
        found |= {mask(values.sub("@", fact.text), own) for fact in facts}
        found |= {mask(fact.text, own) for fact in task.scenario.identity}
    return found


def test_no_sentence_of_train_is_said_in_validation_or_test(tasks):
    found = {split: patterns(tasks[split]) for split in SPLITS}
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        assert not found[one] & found[other]
