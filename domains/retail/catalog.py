"""What the shop sells, in which options and for how many dollars, and where it delivers."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from writ_gym.domains.retail.schema import Address, OrderItem, Product, Variant
from writ_gym.tasks import Split


class ProductType(NamedTuple):
    """A kind of product; a variant of it takes one value of every option."""

    name: str
    price_low: int
    price_high: int
    options: Mapping[str, tuple[str, ...]]
    """Values by option name, from cheap to dear unless the option is a matter of taste."""


def split_of(product: str) -> Split | None:
    """Return the split that a product belongs to by its name; None for one of another shop."""
    return _SPLITS.get(product)


class City(NamedTuple):
    """A place that the shop delivers to."""

    name: str
    state: str
    zip_start: str
    """The first three digits of its zip codes."""


MATTERS_OF_TASTE = frozenset(
    {"animal", "color", "finish", "firmness", "nib", "pattern", "scent", "shape", "theme", "zipper"}
)
"""Options that do not move the price."""

# fmt: off
CATALOG: tuple[ProductType, ...] = (
    # Kitchen
    ProductType("Stand Mixer", 180, 420, {
        "bowl": ("4 l", "5 l", "6 l"),
        "speeds": ("6 speeds", "8 speeds", "10 speeds"),
        "color": ("white", "red", "mint", "black"),
    }),
    ProductType("Toaster", 25, 95, {
        "slots": ("two slots", "four slots"),
        "program": ("defrost", "reheat", "bagel"),
        "color": ("cream", "black", "blue", "red", "green"),
    }),
    ProductType("Frying Pan", 22, 110, {
        "diameter": ("20 cm", "24 cm", "28 cm", "32 cm"),
        "coating": ("enamel", "ceramic", "titanium"),
        "handle": ("fixed", "folding", "detachable"),
    }),
    ProductType("Knife Set", 35, 180, {
        "pieces": ("5 pieces", "8 pieces", "12 pieces"),
        "blade": ("stainless", "carbon", "damascus"),
        "holder": ("roll", "block", "magnetic"),
    }),
    ProductType("Rice Cooker", 30, 140, {
        "capacity": ("1 l", "1.8 l", "3 l"),
        "lid": ("glass lid", "sealed lid"),
        "color": ("white", "black", "pink", "silver"),
    }),
    ProductType("Blender", 35, 160, {
        "jar": ("plastic", "glass", "steel"),
        "power": ("500 w", "800 w", "1200 w"),
        "color": ("black", "white", "red", "silver"),
    }),
    ProductType("Pressure Cooker", 60, 190, {
        "capacity": ("4 l", "6 l", "8 l"),
        "control": ("dial", "buttons", "touchscreen"),
        "color": ("black", "white", "copper"),
    }),
    ProductType("Thermos Flask", 15, 55, {
        "volume": ("350 ml", "500 ml", "750 ml", "1000 ml"),
        "cap": ("screw", "flip", "straw"),
        "color": ("navy", "olive", "orange", "white"),
    }),
    ProductType("Cutting Board", 12, 70, {
        "size": ("small", "medium", "large"),
        "wood": ("bamboo", "oak", "walnut"),
        "edge": ("plain", "grooved", "reversible"),
    }),
    ProductType("Lunch Box", 12, 45, {
        "layout": ("two compartments", "three compartments", "four compartments"),
        "material": ("plastic", "glass", "steel"),
        "color": ("blue", "green", "pink", "grey"),
    }),
    # Home
    ProductType("Floor Lamp", 40, 190, {
        "height": ("120 cm", "150 cm", "180 cm"),
        "shade": ("paper", "linen", "metal", "glass"),
        "light": ("fixed", "dimmable", "tunable"),
    }),
    ProductType("Throw Blanket", 18, 95, {
        "size": ("single", "double", "king"),
        "fabric": ("fleece", "cotton", "wool"),
        "pattern": ("plain", "striped", "checked", "floral"),
    }),
    ProductType("Bed Pillow", 14, 90, {
        "size": ("standard", "queen", "king"),
        "filling": ("polyester", "foam", "feather", "down"),
        "firmness": ("soft", "medium", "firm"),
    }),
    ProductType("Bath Towel Set", 20, 85, {
        "pieces": ("2 pieces", "4 pieces", "6 pieces"),
        "fabric": ("cotton", "bamboo", "linen"),
        "color": ("white", "sand", "teal", "grey"),
    }),
    ProductType("Wall Mirror", 30, 220, {
        "size": ("40 cm", "60 cm", "80 cm"),
        "frame": ("plastic", "wood", "brass"),
        "shape": ("round", "oval", "square", "arched"),
    }),
    ProductType("Area Rug", 45, 320, {
        "size": ("small", "medium", "large"),
        "material": ("jute", "cotton", "wool"),
        "pattern": ("plain", "geometric", "floral", "striped"),
    }),
    ProductType("Curtain Pair", 22, 120, {
        "length": ("140 cm", "175 cm", "245 cm"),
        "fabric": ("cotton", "linen", "velvet"),
        "color": ("ivory", "grey", "navy", "green"),
    }),
    ProductType("Storage Basket", 12, 60, {
        "size": ("small", "medium", "large"),
        "material": ("felt", "seagrass", "rattan"),
        "color": ("natural", "white", "grey", "black"),
    }),
    ProductType("Scented Candle", 9, 48, {
        "burning": ("20 hours", "40 hours", "60 hours"),
        "wax": ("paraffin", "soy", "beeswax"),
        "scent": ("lavender", "vanilla", "cedar", "citrus"),
    }),
    ProductType("Alarm Clock", 15, 80, {
        "display": ("analog", "led", "projector"),
        "power": ("battery", "usb", "mains"),
        "color": ("white", "black", "red", "yellow"),
    }),
    ProductType("Space Heater", 35, 170, {
        "power": ("1000 w", "1500 w", "2000 w"),
        "heating": ("fan", "ceramic", "infrared", "oil"),
        "control": ("dial", "remote", "app"),
    }),
    ProductType("Humidifier", 28, 130, {
        "tank": ("2 l", "4 l", "6 l"),
        "mist": ("cool", "warm"),
        "color": ("white", "blue", "grey", "pink"),
    }),
    ProductType("Steam Iron", 25, 120, {
        "power": ("1800 w", "2400 w", "2800 w"),
        "soleplate": ("steel", "ceramic", "titanium"),
        "cord": ("corded", "cordless"),
        "color": ("purple", "blue", "green"),
    }),
    # Electronics
    ProductType("Computer Monitor", 120, 620, {
        "screen": ("24 inch", "27 inch", "32 inch"),
        "resolution": ("full hd", "quad hd", "ultra hd"),
        "panel": ("va", "ips", "oled"),
    }),
    ProductType("Webcam", 25, 160, {
        "resolution": ("full hd", "quad hd", "ultra hd"),
        "focus": ("fixed focus", "autofocus"),
        "mount": ("clip", "magnet", "tripod"),
        "color": ("black", "white"),
    }),
    ProductType("Soundbar", 80, 480, {
        "channels": ("2.1", "3.1", "5.1"),
        "subwoofer": ("built-in", "wired", "wireless"),
        "color": ("black", "white", "grey"),
    }),
    ProductType("External Drive", 50, 260, {
        "storage": ("500 gb", "1 tb", "2 tb", "4 tb"),
        "connector": ("usb-a", "usb-c", "thunderbolt"),
        "casing": ("plastic", "rubber", "aluminum"),
    }),
    ProductType("Wireless Router", 45, 290, {
        "standard": ("wi-fi 5", "wi-fi 6", "wi-fi 7"),
        "bands": ("dual band", "tri band"),
        "ports": ("two ports", "four ports", "eight ports"),
        "color": ("black", "white"),
    }),
    ProductType("USB Microphone", 40, 210, {
        "pickup": ("cardioid", "omni", "stereo"),
        "mount": ("desk stand", "shock mount", "boom arm"),
        "color": ("black", "white", "red", "silver"),
    }),
    ProductType("Baby Monitor", 45, 240, {
        "range": ("200 m", "300 m", "500 m"),
        "screen": ("audio only", "3 inch", "5 inch"),
        "cameras": ("one camera", "two cameras", "three cameras"),
    }),
    ProductType("Power Strip", 12, 65, {
        "outlets": ("four outlets", "six outlets", "eight outlets", "ten outlets"),
        "cord": ("1 m", "2 m", "3 m", "5 m"),
        "color": ("white", "black"),
    }),
    ProductType("Dash Cam", 45, 260, {
        "resolution": ("full hd", "quad hd", "ultra hd"),
        "view": ("single view", "dual view"),
        "card": ("32 gb", "64 gb", "128 gb", "256 gb"),
    }),
    ProductType("Electric Shaver", 35, 240, {
        "blades": ("two blades", "three blades", "five blades"),
        "battery": ("45 minutes", "60 minutes", "90 minutes"),
        "color": ("black", "silver", "blue", "gold"),
    }),
    # Clothing
    ProductType("Rain Jacket", 45, 230, {
        "lining": ("unlined", "mesh", "insulated"),
        "size": ("small", "medium", "large"),
        "color": ("yellow", "navy", "green", "black"),
    }),
    ProductType("Wool Sweater", 40, 160, {
        "size": ("small", "medium", "large"),
        "neck": ("crew neck", "v-neck", "turtleneck"),
        "color": ("cream", "burgundy", "charcoal", "forest"),
    }),
    ProductType("Winter Gloves", 15, 85, {
        "material": ("fleece", "wool", "leather"),
        "size": ("small", "medium", "large"),
        "color": ("black", "brown", "grey", "red"),
    }),
    ProductType("Leather Belt", 20, 110, {
        "length": ("85 cm", "95 cm", "105 cm", "115 cm"),
        "width": ("30 mm", "35 mm", "40 mm"),
        "color": ("black", "brown", "tan"),
    }),
    ProductType("Rain Boots", 25, 110, {
        "height": ("ankle", "mid-calf", "knee"),
        "size": ("size 6", "size 7", "size 8", "size 9"),
        "color": ("green", "yellow", "navy", "black"),
    }),
    ProductType("Sun Hat", 14, 65, {
        "brim": ("narrow", "wide"),
        "material": ("cotton", "straw", "linen"),
        "color": ("natural", "white", "black", "rust"),
    }),
    # Outdoor
    ProductType("Camping Tent", 80, 460, {
        "capacity": ("two person", "three person", "four person", "six person"),
        "wall": ("single wall", "double wall"),
        "color": ("green", "orange", "sand"),
    }),
    ProductType("Sleeping Bag", 35, 260, {
        "season": ("summer", "autumn", "winter"),
        "filling": ("synthetic", "down"),
        "color": ("blue", "red", "olive"),
        "zipper": ("left", "right"),
    }),
    ProductType("Camping Stove", 25, 150, {
        "burners": ("one burner", "two burners", "three burners"),
        "fuel": ("butane", "propane", "gasoline"),
        "ignition": ("manual", "piezo", "electronic"),
    }),
    ProductType("Trekking Pole Pair", 25, 160, {
        "material": ("aluminum", "fiberglass", "carbon"),
        "lock": ("twist", "lever", "folding"),
        "grip": ("rubber", "foam", "cork"),
    }),
    ProductType("Hammock", 22, 140, {
        "width": ("single", "double"),
        "fabric": ("polyester", "nylon", "cotton"),
        "color": ("green", "blue", "rust", "grey", "rainbow"),
    }),
    ProductType("Cooler Box", 30, 240, {
        "capacity": ("15 l", "25 l", "45 l", "60 l"),
        "transport": ("handles", "wheels"),
        "color": ("white", "blue", "red"),
    }),
    # Toys and hobby
    ProductType("Building Blocks", 20, 130, {
        "pieces": ("100 pieces", "250 pieces", "500 pieces", "1000 pieces"),
        "material": ("plastic", "wood"),
        "theme": ("city", "castle", "farm", "space"),
    }),
    ProductType("Plush Toy", 10, 60, {
        "size": ("small", "medium", "large"),
        "filling": ("polyester", "cotton", "wool"),
        "animal": ("bear", "rabbit", "fox", "elephant"),
    }),
    ProductType("Ukulele", 35, 220, {
        "size": ("soprano", "concert", "tenor", "baritone"),
        "wood": ("linden", "mahogany", "koa"),
        "finish": ("matte", "satin", "gloss"),
    }),
    # Office
    ProductType("Fountain Pen", 18, 180, {
        "barrel": ("resin", "steel", "brass"),
        "nib": ("fine", "medium", "broad"),
        "color": ("black", "blue", "green", "ivory"),
    }),
    ProductType("Standing Desk", 190, 680, {
        "width": ("100 cm", "120 cm", "140 cm", "160 cm"),
        "lift": ("crank", "single motor", "dual motor"),
        "top": ("laminate", "bamboo", "oak"),
    }),
)

_PATTERN: tuple[Split, ...] = ("train", "train", "validation", "train", "train", "test", "train")
_SPLITS: dict[str, Split] = {
    kind.name: _PATTERN[place % len(_PATTERN)] for place, kind in enumerate(CATALOG)
}

CITIES = (
    City("Albuquerque", "NM", "871"), City("Atlanta", "GA", "303"),
    City("Austin", "TX", "787"), City("Baltimore", "MD", "212"),
    City("Boise", "ID", "837"), City("Boston", "MA", "021"),
    City("Charlotte", "NC", "282"), City("Chicago", "IL", "606"),
    City("Columbus", "OH", "432"), City("Dallas", "TX", "752"),
    City("Denver", "CO", "802"), City("Detroit", "MI", "482"),
    City("Houston", "TX", "770"), City("Indianapolis", "IN", "462"),
    City("Jacksonville", "FL", "322"), City("Kansas City", "MO", "641"),
    City("Las Vegas", "NV", "891"), City("Los Angeles", "CA", "900"),
    City("Memphis", "TN", "381"), City("Miami", "FL", "331"),
    City("Milwaukee", "WI", "532"), City("Minneapolis", "MN", "554"),
    City("New Orleans", "LA", "701"), City("New York", "NY", "100"),
    City("Philadelphia", "PA", "191"), City("Phoenix", "AZ", "850"),
    City("Pittsburgh", "PA", "152"), City("Portland", "OR", "972"),
    City("Richmond", "VA", "232"), City("Salt Lake City", "UT", "841"),
    City("San Diego", "CA", "921"), City("Seattle", "WA", "981"),
)
# fmt: on

MOST_VARIANTS = min(prod(map(len, kind.options.values())) for kind in CATALOG)
"""Variants that every product type can have."""

SOLD_OUT = 0.175
"""Chance that a variant is not available."""
NEVER_SOLD_OUT = 3
"""Variants that stay available of every product, or all if it has no more."""


def stock(
    rng: np.random.Generator, kind: ProductType, variants: int, ids: Iterator[str]
) -> Product:
    """Return a product of this kind in ``variants`` different combinations of its options."""
    shape = [len(values) for values in kind.options.values()]
    chosen = rng.permutation(prod(shape))[:variants]
    # Row by variant, column by option: the place of the variant's value among the option's.
    places = np.stack(np.unravel_index(chosen, shape), axis=1)
    sold_out = min(int(rng.binomial(variants, SOLD_OUT)), max(0, variants - NEVER_SOLD_OUT))
    available = (rng.permutation(variants) >= sold_out).tolist()
    columns = zip(places.tolist(), available, _prices(rng, kind, places), strict=True)
    items = [
        Variant(
            item_id=next(ids),
            options={
                option: values[place]
                for (option, values), place in zip(kind.options.items(), row, strict=True)
            },
            available=is_available,
            price=price,
        )
        for row, is_available, price in columns
    ]
    return Product(
        name=kind.name, product_id=next(ids), variants={item.item_id: item for item in items}
    )


def shelf(product: Product) -> tuple[OrderItem, ...]:
    """Return the items of a product as orders hold them."""
    return tuple(
        OrderItem(
            name=product.name,
            product_id=product.product_id,
            item_id=item.item_id,
            price=item.price,
            options=item.options,
        )
        for item in product.variants.values()
    )


def _prices(rng: np.random.Generator, kind: ProductType, places: NDArray[np.int64]) -> list[float]:
    """Return a price for each variant, no two the same; the dearer its options, the higher."""
    last = np.array([len(values) - 1 for values in kind.options.values()])
    weights = rng.uniform(0.5, 1.5, len(last))
    weights[[option in MATTERS_OF_TASTE for option in kind.options]] = 0
    level = (places / last) @ weights / weights.sum()
    while True:
        share = 0.8 * level + 0.2 * rng.random(len(places))
        cents = np.round(100 * (kind.price_low + (kind.price_high - kind.price_low) * share))
        if len(set(cents.tolist())) == len(places):
            return [cent / 100 for cent in cents.tolist()]


def draw_address(rng: np.random.Generator, streets: Sequence[str]) -> Address:
    """Return an address that could exist: its city, state and zip code agree."""
    city = CITIES[int(rng.integers(len(CITIES)))]
    unit = ("Apt", "Suite", "Unit")[int(rng.integers(3))]
    return Address(
        address1=f"{rng.integers(100, 1000)} {streets[int(rng.integers(len(streets)))]}",
        address2=f"{unit} {rng.integers(1, 1000)}",
        city=city.name,
        country="USA",
        state=city.state,
        zip=f"{city.zip_start}{rng.integers(1, 100):02d}",
    )
