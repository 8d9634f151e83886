"""Every feature in words: the list that the SQL, the models and the reasons agree on.

Here: name, wording with a value, wording without one. Not here: how a feature is worked out
(`transforms/models/features/`); a test compares the two lists.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """How a reason reads: `known` takes the value, `missing` is said where there is none."""

    known: str
    missing: str


_NEVER_ORDERED = "no order known"
_NO_CONTACT = "no contact with service known"
_NO_MAIL = "no mail known"
_NO_ANSWER = "no survey answer known"

CUSTOMER_FEATURES: dict[str, Words] = {
    "o_days_since_last_order": Words("last order {:.0f} days ago", _NEVER_ORDERED),
    "o_days_since_first_order": Words("first order {:.0f} days ago", _NEVER_ORDERED),
    "o_n_orders": Words("{:.0f} orders so far", _NEVER_ORDERED),
    "o_n_orders_30d": Words("{:.0f} orders in 30 days", _NEVER_ORDERED),
    "o_n_orders_90d": Words("{:.0f} orders in 90 days", _NEVER_ORDERED),
    "o_n_orders_365d": Words("{:.0f} orders in a year", _NEVER_ORDERED),
    "o_revenue_30d": Words("spent {:.2f} in 30 days", _NEVER_ORDERED),
    "o_revenue_90d": Words("spent {:.2f} in 90 days", _NEVER_ORDERED),
    "o_revenue_365d": Words("spent {:.2f} in a year", _NEVER_ORDERED),
    "o_mean_order_value_365d": Words("mean order of {:.2f}", "no order in a year"),
    "o_mean_days_between_orders": Words(
        "{:.0f} days between orders on average", "fewer than two orders"
    ),
    "o_recency_ratio": Words(
        "{:.1f} times the usual interval since the last order", "fewer than two orders"
    ),
    "o_orders_trend": Words("{:+.0f} orders against the 90 days before", _NEVER_ORDERED),
    "o_revenue_trend": Words("{:+.2f} spent against the 90 days before", _NEVER_ORDERED),
    "o_n_categories_365d": Words("{:.0f} categories bought in a year", "no order in a year"),
    "o_top_category_share_365d": Words(
        "{:.0%} of spending in one category", "no categorised order in a year"
    ),
    "o_main_category": Words("buys mostly {}", "no categorised order in a year"),
    "o_main_channel": Words("buys mostly through {}", "channel of orders not known"),
    "o_n_channels_365d": Words("{:.0f} channels used for orders", "no order in a year"),
    "o_discount_share_365d": Words("{:.0%} of spending was discounted", "no order in a year"),
    "o_refund_share_365d": Words("{:.0%} of spending was refunded", "no order in a year"),
    "o_n_refunds_365d": Words("{:.0f} refunds in a year", "no order in a year"),
    "o_days_since_last_visit": Words("last visit {:.0f} days ago", "no visit known"),
    "o_n_visit_days_30d": Words("{:.0f} days with a visit in 30 days", "no visit known"),
    "o_n_visit_days_90d": Words("{:.0f} days with a visit in 90 days", "no visit known"),
    "o_n_visit_days_180d": Words("{:.0f} days with a visit in 180 days", "no visit known"),
    "o_n_visit_days_365d": Words("{:.0f} days with a visit in a year", "no visit known"),
    "o_visit_trend": Words("{:+.0f} visit days against the 90 days before", "no visit known"),
    "o_n_mails_365d": Words("{:.0f} mails received in a year", _NO_MAIL),
    "o_n_mail_days_365d": Words("read mails on {:.0f} days in a year", _NO_MAIL),
    "o_mail_rate_90d": Words("read {:.0%} of the mails of 90 days", "no mail in 90 days"),
    "o_mail_rate_180d": Words("read {:.0%} of the mails of 180 days", "no mail in 180 days"),
    "o_mail_rate_365d": Words("read {:.0%} of the mails of a year", "no mail in a year"),
    "o_days_since_last_mail": Words("last read a mail {:.0f} days ago", "no mail read"),
    "o_n_cart_abandons_90d": Words("{:.0f} carts left in 90 days", "no visit known"),
    "o_n_campaign_contacts_90d": Words("{:.0f} offers received in 90 days", "no offer known"),
    "o_campaign_response_rate_365d": Words(
        "{:.0%} of offers answered in a year", "no offer in a year"
    ),
    "o_has_subscription": Words("{:.0f} active subscriptions", "no active subscription"),
    "o_plan": Words("plan {}", "no active plan"),
    "o_subscription_months": Words("subscribed for {:.0f} months", "no active subscription"),
    "o_months_since_first_subscription": Words(
        "first subscribed {:.0f} months ago", "no active subscription"
    ),
    "o_n_plans_held": Words("{:.0f} plans held so far", "no active subscription"),
    "o_monthly_amount": Words("pays {:.2f} a month", "no monthly amount known"),
    "o_days_to_anniversary": Words(
        "{:.0f} days to the subscription's anniversary", "no active subscription"
    ),
    "o_n_renewals_off": Words(
        "{:.0f} plans whose renewal is switched off or declined", "renewal of plans not known"
    ),
    "o_n_consents_withdrawn": Words("{:.0f} consents withdrawn", "no consent known"),
    "x_n_contacts_30d": Words("{:.0f} contacts with service in 30 days", _NO_CONTACT),
    "x_n_contacts_90d": Words("{:.0f} contacts with service in 90 days", _NO_CONTACT),
    "x_n_contacts_365d": Words("{:.0f} contacts with service in a year", _NO_CONTACT),
    "x_days_since_last_contact": Words("last contact with service {:.0f} days ago", _NO_CONTACT),
    "x_n_unresolved_90d": Words("{:.0f} contacts left unresolved in 90 days", _NO_CONTACT),
    "x_n_abandoned_contacts_90d": Words("gave up waiting {:.0f} times in 90 days", _NO_CONTACT),
    "x_mean_wait_seconds_90d": Words(
        "waited {:.0f} seconds on average in 90 days", "no waiting time known"
    ),
    "x_n_open_cases": Words("{:.0f} open cases", "no case known"),
    "x_n_cases_365d": Words("{:.0f} cases in a year", "no case known"),
    "x_last_nps": Words("last recommendation score {:.0f} of 10", "no recommendation score known"),
    "x_last_csat_index": Words(
        "last satisfaction score {:.0f} of 100", "no satisfaction score known"
    ),
    "x_last_ces_index": Words("last ease score {:.0f} of 100", "no ease score known"),
    "x_mean_nps_index_365d": Words(
        "recommendation of {:.0f} of 100 in a year", "no recommendation score in a year"
    ),
    "x_mean_csat_index_365d": Words(
        "satisfaction of {:.0f} of 100 in a year", "no satisfaction score in a year"
    ),
    "x_mean_ces_index_365d": Words("ease of {:.0f} of 100 in a year", "no ease score in a year"),
    "x_mean_attribute_index_365d": Words(
        "{:.0f} of 100 on single aspects in a year", "no aspect scored in a year"
    ),
    "x_mean_score_index_365d": Words(
        "{:.0f} of 100 over all scores of a year", "no score in a year"
    ),
    "x_days_since_last_answer": Words("last survey answer {:.0f} days ago", _NO_ANSWER),
    "x_n_answers_365d": Words("{:.0f} survey answers in a year", _NO_ANSWER),
    "x_n_invitations_365d": Words("{:.0f} survey invitations in a year", "no invitation known"),
    "x_answer_rate_365d": Words("answered {:.0%} of invitations", "no invitation in a year"),
    "x_n_late_deliveries_365d": Words("{:.0f} late deliveries in a year", "no delivery known"),
    "x_late_share_365d": Words("{:.0%} of deliveries were late", "no promised delivery in a year"),
    "x_last_delivery_days_late": Words(
        "last delivery {:+.0f} days against the promise", "no promised delivery known"
    ),
    "x_n_overdue_orders": Words("{:.0f} orders overdue", "no promised delivery known"),
}

CATEGORY_FEATURES: dict[str, Words] = {
    "o_category": Words("category {}", "no category"),
    "o_category_n_orders": Words("{:.0f} orders of the category so far", "none bought"),
    "o_category_n_orders_365d": Words("{:.0f} orders of the category in a year", "none bought"),
    "o_category_revenue_365d": Words("spent {:.2f} on the category in a year", "none bought"),
    "o_category_days_since_last": Words(
        "category last bought {:.0f} days ago", "category never bought"
    ),
    "o_category_share_365d": Words(
        "{:.0%} of spending on the category", "no categorised order in a year"
    ),
    "o_category_order_share": Words("{:.0%} of orders had the category", _NEVER_ORDERED),
    "o_category_n_view_days_90d": Words(
        "looked at the category on {:.0f} days in 90 days", "never looked at"
    ),
    "o_category_n_view_days_365d": Words(
        "looked at the category on {:.0f} days in a year", "never looked at"
    ),
    "o_category_days_since_last_view": Words(
        "category last looked at {:.0f} days ago", "category not looked at in a year"
    ),
    "o_category_view_share_365d": Words(
        "{:.0%} of what was looked at was the category", "category not looked at in a year"
    ),
}

FEATURES = CUSTOMER_FEATURES | CATEGORY_FEATURES


def describe(feature: str, value: float | str | None) -> str:
    """Return a feature's value in words; an unknown feature by its name."""
    words = FEATURES.get(feature)
    is_missing = value is None or value != value
    if words is None:
        name = feature.removeprefix("x_").removeprefix("o_").replace("_", " ")
        if is_missing:
            return f"{name} not known"
        return f"{name} is {value:.3g}" if isinstance(value, (int, float)) else f"{name} is {value}"
    return words.missing if is_missing else words.known.format(value)
