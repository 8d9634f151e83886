"""A retailer's healthy days, as rows of feeds: what the learnt gates are measured on.

A shop in two countries and currencies, a web site, a call centre and two surveys. Days differ by
weekday, season, growth, holidays on which shops are shut, Black Friday, sales with lower prices,
campaigns, slow drift of scores and prices, days that are unlike others for no reason (Student's t),
rows that come a day late, orders that change after they first came, and nights of daylight saving.
Not here: faults (gate_faults) and judging (gates). Draws depend on the seed alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from quality.contracts import load_contracts, stored_columns

TIMEZONE, COUNTRY = "Europe/Berlin", "DE"
FEEDS = ("orders", "transactions", "interactions", "survey_invitations", "survey_responses")
_CLOSED = {(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)}
_STORES = {"B1": 0.22, "B2": 0.16, "H1": 0.12, "K1": 0.08, "W1": 0.18, "W2": 0.14, "G1": 0.10}
_POLISH = ("W1", "W2", "G1")


@dataclass(frozen=True)
class World:
    """Healthy feeds: tables `healthy_<feed>` of a connection.

    Attributes:
        con: The connection.
        first_night: The first night after the past, which is batch 1; each night is one batch more.
        n_nights: Nights.
    """

    con: duckdb.DuckDBPyConnection
    first_night: date
    n_nights: int

    def night(self, batch: int) -> date:
        """Date of a batch; that of the first is the last day of the past."""
        return self.first_night + timedelta(batch - 2)


def make_world(
    seed: int, *, first_night: date, n_past: int = 500, n_nights: int = 365, size: float = 1.0
) -> World:
    """Draw a world.

    Args:
        seed: Of all that is drawn.
        first_night: First night after the past.
        n_past: Days of past that the first batch brings.
        n_nights: Nights after it.
        size: Factor of all daily numbers.
    """
    rng = np.random.default_rng(seed)
    start = first_night - timedelta(n_past)
    days = pd.DatetimeIndex(pd.date_range(start, periods=n_past + n_nights))
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute("set threads = 1")  # tables are small
    batch = np.maximum(np.arange(len(days)) - n_past + 2, 1)
    frames = _draw(rng, days, batch, size)
    for feed in FEEDS:
        columns = stored_columns(load_contracts()[feed])
        con.execute(
            f"create table healthy_{feed} ({', '.join(f'{n} {kind}' for n, kind in columns)})"
        )
        frame = frames[feed]
        con.register("frame", frame)
        local = [c for c in frame.columns if str(frame[c].dtype).startswith("datetime64")
                 and c != "occurred_on"]  # fmt: skip
        zoned = ", ".join(f"timezone('{TIMEZONE}', {c}) as {c}" for c in local)
        con.execute(
            f"insert into healthy_{feed} by name select * replace ({zoned}) from frame"
            " order by batch"
        )
        con.unregister("frame")
    for parent in ("products", "locations", "employees"):
        columns = stored_columns(load_contracts()[parent])
        con.execute(
            f"create table healthy_{parent} ({', '.join(f'{n} {kind}' for n, kind in columns)})"
        )
    con.execute("insert into healthy_products by name"
                " select 'P' || i as product_id from range(1, 81) as r(i)")  # fmt: skip
    stores = ", ".join(f"('{store}')" for store in _STORES)
    con.execute(f"insert into healthy_locations (store_id) values {stores}")
    con.execute("insert into healthy_employees by name"
                " select 'A' || i as agent_id from range(1, 13) as r(i)")  # fmt: skip
    return World(con, first_night, n_nights)


def _shape(rng: np.random.Generator, days: pd.DatetimeIndex, weekday: list[float]) -> np.ndarray:
    """Expected relative numbers by day, holidays and noise of the day included."""
    year = days.dayofyear.to_numpy() / 365.25
    years = np.arange(len(days)) / 365.25
    season = 1 + 0.12 * np.cos(2 * np.pi * (year - 0.95)) + 0.05 * np.sin(4 * np.pi * year)
    december = np.where(days.month == 12, 1 + 0.018 * np.minimum(days.day, 22), 1.0)
    thanksgiving = np.array([_thanksgiving(year) for year in days.year], dtype="datetime64[D]")
    after = (days.to_numpy().astype("datetime64[D]") - thanksgiving).astype(int)
    friday = np.select([after == 1, (after >= 0) & (after <= 4)], [2.8, 1.9], 1.0)
    noise = np.exp(0.045 * rng.standard_t(5, len(days)))
    base = np.array(weekday)[days.dayofweek] * season * december * friday
    return np.asarray(base * 1.22**years * noise)


def _thanksgiving(year: int) -> date:
    first = date(year, 11, 1)
    return first + timedelta((3 - first.weekday()) % 7 + 21)


def _shut(days: pd.DatetimeIndex) -> np.ndarray:
    """Days on which shops are shut: Sundays, fixed holidays, Good Friday, Easter Monday."""
    fixed = np.array([(d.month, d.day) in _CLOSED for d in days])
    easter = np.array([_easter(d.year) for d in days], dtype="datetime64[D]")
    moved = (days.to_numpy().astype("datetime64[D]") - easter).astype(int)
    return np.asarray(fixed | (days.dayofweek == 6) | np.isin(moved, (-2, 1, 39, 50)))


def _easter(year: int) -> date:
    from dateutil.easter import easter

    return easter(year)


def _times(rng: np.random.Generator, days: np.ndarray, low: float, high: float) -> np.ndarray:
    """Local times on days, most in the afternoon, between two hours."""
    hours = low + (high - low) * rng.beta(2.6, 1.9, len(days))
    return days + (hours * 3600 * 1e6).astype("timedelta64[us]")


def _or_none(is_there: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values, None where they are not there."""
    found = values.astype(object)
    found[~is_there] = None
    return found


def _base(day: np.ndarray, batch: np.ndarray, source: str, key: np.ndarray) -> dict[str, object]:
    return {
        "row_id": key, "record_hash": key, "occurred_on": day, "batch": batch,
        "source_name": source, "source_system": source, "is_superseding": False,
        "source_row": "f:1",
    }  # fmt: skip


def _draw(
    rng: np.random.Generator, days: pd.DatetimeIndex, batch: np.ndarray, size: float
) -> dict[str, pd.DataFrame]:
    midnight = days.to_numpy().astype("datetime64[us]")
    trade = _shape(rng, days, [0.95, 0.92, 0.95, 1.0, 1.12, 1.18, 0.88])
    orders, lines = _trade(rng, days, midnight, batch, trade, size)
    contacts = _contacts(rng, days, midnight, batch, trade, size)
    invitations, answers = _surveys(rng, days, midnight, batch, orders, size)
    return {
        "orders": orders, "transactions": lines, "interactions": contacts,
        "survey_invitations": invitations, "survey_responses": answers,
    }  # fmt: skip


def _trade(
    rng: np.random.Generator, days: pd.DatetimeIndex, midnight: np.ndarray, batch: np.ndarray,
    trade: np.ndarray, size: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Web orders every day, shop orders on open days; one to five lines each."""
    web = rng.poisson(120 * size * trade)
    shop = np.where(_shut(days), 0, rng.poisson(110 * size * trade))
    place = np.repeat(np.arange(len(days)), web + shop)
    is_web = np.concatenate([np.arange(w + s) < w for w, s in zip(web, shop, strict=True)]).astype(
        bool
    )
    n = len(place)
    number = np.arange(n) + 100_000
    order_id = np.char.add("O", number.astype(str))
    store = rng.choice(list(_STORES), n, p=list(_STORES.values()))
    polish = np.where(is_web, rng.random(n) < 0.35, np.isin(store, _POLISH))
    ordered = np.where(
        is_web, _times(rng, midnight[place], 0.0, 23.98), _times(rng, midnight[place], 9.0, 20.0)
    )
    person = rng.integers(1, int(9_000 * size) + 50, n)
    email = _or_none(is_web | (rng.random(n) < 0.6), np.char.add("p", person.astype(str)))
    order = pd.DataFrame({
        **_base(midnight[place], batch[place], "shop", order_id), "order_id": order_id,
        "ordered_at": ordered, "status": "created", "channel": np.where(is_web, "web", "store"),
        "store_id": _or_none(~is_web, store), "email": email, "identity_key": email,
    })  # fmt: skip
    per_order = 1 + rng.binomial(4, 0.28, n)
    of = np.repeat(np.arange(n), per_order)
    day = place[of]
    sale = np.isin(days.month, (1, 7))[day] & (days.day.to_numpy()[day] > 8)
    years = np.arange(len(days)) / 365.25
    price = np.exp(rng.normal(3.2, 0.85, len(of))) * 1.035 ** years[day] * np.where(sale, 0.9, 1)
    rate = np.where(polish[of], 4.3, 1.0)
    line_id = np.char.add("T", (np.arange(len(of)) + 500_000).astype(str))
    refund = rng.random(len(of)) < 0.045
    amount = np.round(price * rate * np.where(refund, -1, 1), 2)
    line = pd.DataFrame({
        **_base(midnight[day], batch[day], "lines", line_id), "transaction_id": line_id,
        "occurred_at": ordered[of], "order_id": order_id[of], "amount": amount,
        "discount_amount": np.round(np.abs(amount) * rng.beta(1, 9, len(of)), 2),
        "line_type": np.where(refund, "refund", "item"),
        "currency": np.where(polish[of], "PLN", "EUR"),
        "quantity": 1.0 + rng.poisson(0.3, len(of)),
        "product_id": np.char.add("P", rng.integers(1, 81, len(of)).astype(str)),
        "channel": np.where(is_web[of], "web", "store"),
        "store_id": _or_none(~is_web[of], store[of]), "email": email[of],
        "identity_key": email[of],
    })  # fmt: skip
    return _with_later_versions(rng, order, days, batch), line


def _with_later_versions(
    rng: np.random.Generator, order: pd.DataFrame, days: pd.DatetimeIndex, batch: np.ndarray
) -> pd.DataFrame:
    """Orders of nights come again when they are shipped; the past knows their last state only."""
    past = order["batch"] == 1
    order.loc[past, "status"] = "delivered"
    order["shipped_at"] = pd.Series(pd.NaT, index=order.index, dtype="datetime64[us]")
    order.loc[past, "shipped_at"] = order.loc[past, "ordered_at"] + pd.Timedelta(hours=30)
    fresh = order[~past].copy()
    later = fresh["batch"] + rng.integers(1, 4, len(fresh))
    again = fresh.assign(
        batch=later, status="shipped", is_superseding=True,
        row_id=fresh["row_id"] + "b", shipped_at=fresh["ordered_at"] + pd.Timedelta(hours=30),
    )  # fmt: skip
    return pd.concat([order, again[again["batch"] <= batch[-1]]], ignore_index=True)


def _contacts(
    rng: np.random.Generator, days: pd.DatetimeIndex, midnight: np.ndarray, batch: np.ndarray,
    trade: np.ndarray, size: float,
) -> pd.DataFrame:  # fmt: skip
    """Web events, some a day late, and calls."""
    campaign = np.where(rng.random(len(days)) < 0.06, 1.3, 1.0)
    views = rng.poisson(520 * size * trade * campaign)
    place = np.repeat(np.arange(len(days)), views)
    n = len(place)
    kind = rng.choice(
        ["page_view", "search", "add_to_cart", "app_event"], n, p=[0.62, 0.16, 0.14, 0.08]
    )
    late = (rng.random(n) < 0.02) & (place + 1 < len(days))
    cookie = np.char.add("c", rng.integers(1, int(30_000 * size) + 99, n).astype(str))
    web_id = np.char.add("w", rng.permutation(n * 7)[:n].astype(str))
    web = pd.DataFrame({
        **_base(midnight[place], batch[np.minimum(place + late, len(days) - 1)], "web", web_id),
        "interaction_id": web_id, "occurred_at": _times(rng, midnight[place], 0.0, 23.99),
        "channel": np.where(kind == "app_event", "app", "web"), "interaction_type": kind,
        "cookie_id": cookie, "identity_key": cookie, "is_bot": rng.random(n) < 0.03,
    })  # fmt: skip
    calls = np.where(_shut(days), 0, rng.poisson(70 * size * np.sqrt(trade)))
    place = np.repeat(np.arange(len(days)), calls)
    n = len(place)
    call_id = np.char.add("K", (np.arange(n) + 9_000).astype(str))
    phone = np.char.add("t", rng.integers(1, int(6_000 * size) + 50, n).astype(str))
    abandoned = rng.random(n) < 0.07
    talk = np.where(abandoned, 0, np.round(rng.gamma(2.2, 120, n)))
    call = pd.DataFrame({
        **_base(midnight[place], batch[place], "calls", call_id), "interaction_id": call_id,
        "occurred_at": _times(rng, midnight[place], 8.0, 20.0), "channel": "phone",
        "interaction_type": "call", "agent_id": _or_none(
            ~abandoned, np.char.add("A", rng.integers(1, 13, n).astype(str))),
        "wait_seconds": np.round(rng.gamma(1.4, 30, n)), "talk_seconds": talk,
        "wrap_seconds": np.where(abandoned, 0, np.round(rng.gamma(3, 15, n))),
        "outcome": np.where(abandoned, "abandoned", "answered"), "phone": phone,
        "identity_key": phone,
    })  # fmt: skip
    return pd.concat([web, call], ignore_index=True)


def _surveys(
    rng: np.random.Generator, days: pd.DatetimeIndex, midnight: np.ndarray, batch: np.ndarray,
    orders: pd.DataFrame, size: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Half of the orders are asked the day after (CSAT); a fixed panel is asked each day (NPS)."""
    first = orders[~orders["is_superseding"]]
    asked = first[rng.random(len(first)) < 0.55]
    on = ((asked["occurred_on"].to_numpy() - midnight[0]) / np.timedelta64(1, "D")).astype(int) + 1
    asked, on = asked[on < len(days)], on[on < len(days)]
    panel = np.repeat(np.arange(len(days)), rng.poisson(140 * size, len(days)))
    place = np.concatenate([on, panel])
    is_csat = np.arange(len(place)) < len(on)
    order_id = np.concatenate([asked["order_id"].to_numpy(), np.full(len(panel), None)])
    number = np.empty(len(place), dtype=int)
    number[np.argsort(place, kind="stable")] = np.arange(len(place))
    key = np.char.add("I", (number + 70_000).astype(str))
    survey = np.where(is_csat, "after_purchase", "relationship")
    person = np.char.add("p", rng.integers(1, int(9_000 * size) + 50, len(place)).astype(str))
    sent = _times(rng, midnight[place], 9.0, 12.0)
    invitation = pd.DataFrame({
        **_base(midnight[place], batch[place], "mailing", key), "invitation_id": key,
        "survey_id": survey, "sent_at": sent, "order_id": order_id, "email": person,
        "channel": "email", "identity_key": person,
    })  # fmt: skip
    answered = rng.random(len(place)) < np.where(is_csat, 0.38, 0.33)
    place, is_csat, key = place[answered], is_csat[answered], key[answered]
    drift = 0.1 * np.sin(np.arange(len(days)) / 90)[place]
    csat = np.clip(np.round(rng.normal(4.35 + drift, 0.95)), 1, 5)
    nps = np.clip(np.round(rng.normal(8.3 + drift, 2.1)), 0, 10)
    response = np.char.add("R", np.char.lstrip(key.astype(str), "I"))
    answer = pd.DataFrame({
        **_base(midnight[place], batch[place], "answers", response), "response_id": response,
        "survey_id": survey[answered], "metric_type": np.where(is_csat, "csat", "nps"),
        "responded_at": sent[answered] + (rng.random(len(place)) * 11 * 3600 * 1e6).astype(
            "timedelta64[us]"),
        "score": np.where(is_csat, csat, nps), "scale_min": np.where(is_csat, 1, 0),
        "scale_max": np.where(is_csat, 5, 10), "invitation_id": key,
        "order_id": order_id[answered], "email": person[answered],
        "identity_key": person[answered],
        "language": np.where(rng.random(len(place)) < 0.62, "de", "pl"),
        "comment": _or_none(
            rng.random(len(place)) < 0.3, np.full(len(place), "text")),
    })  # fmt: skip
    return invitation, answer
