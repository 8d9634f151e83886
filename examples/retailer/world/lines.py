"""The lines of orders, and the goods that they name.

Belongs here: the catalogue as numbers, and lines of every type in whole cents. Does not: which
orders there are (orders.py).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY, categories, of_countries
from examples.retailer.world.opening import opening
from examples.retailer.world.state import Rows, World

ITEM, SHIPPING, DISCOUNT, FEE, GIFT_CARD, REFUND = range(6)
PRODUCTS_PER_CATEGORY = 40


def catalogue(world: World) -> Rows:
    """Draw the goods on sale: `PRODUCTS_PER_CATEGORY` a category, price in reporting cents."""
    rng = world.streams.of("catalogue")
    kinds = categories()
    size = len(kinds) * PRODUCTS_PER_CATEGORY
    category = np.repeat(np.arange(len(kinds)), PRODUCTS_PER_CATEGORY)
    typical = np.array([k["price"] for k in kinds])[category]
    spread = np.array([k["spread"] for k in kinds])[category]
    euros = typical * np.exp(rng.normal(0, 1, size) * spread - spread**2 / 2)
    margin = np.array([k["margin"] for k in kinds])[category] * rng.uniform(0.8, 1.1, size)
    price = np.maximum(np.round(euros), 2) * 100 - np.where(rng.random(size) < 0.8, 1, 50)
    return {
        "no": np.arange(size),
        "category": category,
        "price": price.astype(np.int64),
        "cost_share": 1 - margin,
        "noun": rng.integers(0, 5, size),
        "maker": rng.integers(0, 3, size),
        "has_defect_disclosure": rng.random(size) < 0.04,
    }


def draw_product(rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
    """Draw a product of each category; a category's first goods sell best."""
    rank = (rng.random(len(category)) ** 2.2 * PRODUCTS_PER_CATEGORY).astype(np.int64)
    return category * PRODUCTS_PER_CATEGORY + rank


def draw_category(rng: np.random.Generator, taste: np.ndarray) -> np.ndarray:
    """Draw a category for each row of cumulative tastes."""
    return (rng.random(len(taste))[:, None] > taste[:, :-1]).sum(axis=1)


#: Share of an order's lines that are of its main category whatever the buyer's tastes.
MAIN = 0.6
#: Lines of an order beyond the first, on average.
MORE = 0.7


def chance_of_category(taste: np.ndarray) -> np.ndarray:
    """Probability that an order of a person with these tastes holds a category (one a column).

    None is in it where no line is: with 1 + Poisson(MORE) lines, x to their number is on average
    x exp(MORE (x - 1)).
    """
    absent = np.zeros_like(taste)
    for main, of_line in ((taste, (1 - MAIN) * (1 - taste)), (1 - taste, 1 - (1 - MAIN) * taste)):
        absent = absent + main * of_line * np.exp(MORE * (of_line - 1))
    return 1 - absent


def whole(hundredths: np.ndarray, country: np.ndarray) -> np.ndarray:
    """Round hundredths of a country's money to what it has coins for, still in hundredths."""
    coin = 10 ** (2 - of_countries("decimals")[country])
    return (np.round(hundredths / coin) * coin).astype(np.int64)


def add_lines(world: World, rng: np.random.Generator, orders: Rows) -> None:
    """Add the lines of a week's orders, and put each order's main category on it."""
    goods = catalogue(world)
    size = len(orders["t"])
    count = 1 + rng.poisson(MORE, size)
    of = np.repeat(np.arange(size), count)
    taste = world.people["taste"][np.maximum(orders["person"], 0)]
    main = draw_category(rng, taste)
    orders["category"] = main
    own = draw_category(rng, taste[of])
    product = draw_product(rng, np.where(rng.random(len(of)) < MAIN, main[of], own))
    country = orders["country"][of]
    factor = of_countries("price_factor")[country]
    quantity = 1 + (rng.random(len(of)) < 0.12)
    list_price = whole(goods["price"][product] * factor, country) * quantity
    cut = np.where(rng.random(len(of)) < 0.22, rng.integers(1, 7, len(of)) * 5, 0)
    discount = whole(list_price * cut // 100, country)
    cost = whole(list_price * goods["cost_share"][product], country)
    items = {
        "order": of,
        "type": np.full(len(of), ITEM),
        "product": product,
        "quantity": quantity,
        "amount": list_price - discount,
        "discount": discount,
        "cost": cost,
        "t": orders["t"][of],
    }
    total = np.bincount(of, weights=items["amount"], minlength=size)
    parts = [items, *_extras(rng, orders, total), *_refunds(world, orders, total, items)]
    lines = {k: np.concatenate([p[k] for p in parts]) for k in items}
    order = np.lexsort((lines["type"], lines["t"], lines["order"]))
    lines = {k: v[order] for k, v in lines.items()}
    starts = np.searchsorted(lines["order"], lines["order"], side="left")
    lines["line"] = np.arange(len(starts)) - starts + 1
    lines["order_no"] = orders["no"][lines.pop("order")]
    world.tables.add("lines", lines)


def _extras(rng: np.random.Generator, orders: Rows, total: np.ndarray) -> list[Rows]:
    """Shipping under a threshold, express fees, vouchers as lines of their own, gift cards."""
    factor = of_countries("price_factor")[orders["country"]]
    online = orders["channel"] != 2
    small = online & (total < 5000 * factor)
    chance = rng.random((3, len(total)))
    size = len(total)
    wanted = [
        (SHIPPING, small, np.full(size, 495) * factor),
        (FEE, online & (chance[0] < 0.03), np.full(size, 250) * factor),
        (DISCOUNT, chance[1] < 0.025, -np.minimum(500 * factor, total // 2)),
        (GIFT_CARD, chance[2] < 0.012, np.full(size, 2500) * factor),
    ]
    return [_plain(orders, kind, np.flatnonzero(mask), amount) for kind, mask, amount in wanted]


def _plain(orders: Rows, kind: int, of: np.ndarray, amount: np.ndarray) -> Rows:
    zero = np.zeros(len(of), dtype=np.int64)
    return {
        "order": of,
        "type": np.full(len(of), kind),
        "product": zero - 1,
        "quantity": zero + 1,
        "amount": whole(amount[of], orders["country"][of]),
        "discount": zero,
        "cost": zero,
        "t": orders["t"][of],
    }


def _refunds(world: World, orders: Rows, total: np.ndarray, items: Rows) -> list[Rows]:
    """Money back: all of it for what came back, else the first item's, or a part as goodwill.

    Some returns cost a fee; some goodwill is paid in two parts. No order gets back more than it
    cost.
    """
    rng = world.rng("refunds")
    of = np.flatnonzero(orders["refund_t"] > 0)
    chance = rng.random((3, len(of)))
    first = np.searchsorted(items["order"], of, side="left")
    back = orders["returned_t"][of] > 0
    goodwill = ~back & (chance[0] < 0.35)
    whole = back | (~goodwill & (chance[0] > 0.85))
    part = (total[of] * rng.uniform(0.1, 0.4, len(of))).astype(np.int64) + 1
    amount = np.where(whole, total[of].astype(np.int64), items["amount"][first])
    amount = np.where(goodwill, np.minimum(part, total[of].astype(np.int64)), amount)
    product = np.where(whole | goodwill, -1, items["product"][first])
    paid = _paid_back(world, orders, of, amount, product, 0)
    rest = np.minimum(part // 2, total[of].astype(np.int64) - amount)
    again = goodwill & (chance[1] < 0.3) & (rest > 0)
    none = np.full(int(again.sum()), -1)
    more = _paid_back(world, orders, of[again], rest[again], none, 5)
    charged = of[back & (chance[2] < 0.25)]
    factor = of_countries("price_factor")[orders["country"]]
    fee = _plain(orders, FEE, charged, np.full(len(total), 199) * factor)
    fee["t"] = orders["refund_t"][charged]
    return [paid, more, fee]


def _paid_back(
    world: World, orders: Rows, of: np.ndarray, amount: np.ndarray, product: np.ndarray, days: int
) -> Rows:
    """Refund lines at ten in the morning, some days after the refund is due; shops must be open."""
    store = orders["channel"][of] == 2
    day = orders["refund_t"][of] // DAY + days
    day = np.where(store, opening(world).next_open(orders["country"][of], day), day)
    zero = np.zeros(len(of), dtype=np.int64)
    return {
        "order": of,
        "type": zero + REFUND,
        "product": product,
        "quantity": zero - 1,
        "amount": -amount.astype(np.int64),
        "discount": zero,
        "cost": zero,
        "t": day * DAY + 10 * 3600,
    }
