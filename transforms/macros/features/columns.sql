{#-
  The columns of ftr_customer_asof: each feature from the parts that it is made of.
  Belongs here: names, formulas and types of features. Not: windows and as-of rules (models/features/parts).
  Experience features begin with x_, operational ones with o_; models/scoring/words.py has each in words.
-#}

{#- Parts that are joined besides orders, subscriptions and categories: alias and model. -#}
{% macro feature_parts() -%}
{{ return([
    ('money', 'int_money_asof'),
    ('interactions', 'int_interaction_asof'),
    ('cases', 'int_case_asof'),
    ('answers', 'int_answer_asof'),
    ('invitations', 'int_invitation_asof'),
    ('offers', 'int_offer_asof'),
    ('consents', 'int_consent_asof'),
]) }}
{%- endmacro %}

{#- A share as a double; NULL where there is nothing to share. -#}
{% macro share_of(part, whole) %}1.0e0 * {{ part }} / nullif({{ whole }}, 0){% endmacro %}

{#- Days from a day to the cut-off. -#}
{% macro days_ago(day) %}{{ days_between(day, 'population.as_of_on') }}{% endmacro %}

{#- What is counted is nought where nothing is known, once the company sees such things of anybody. -#}
{% macro feature_columns() -%}
{%- set mean_interval = '1.0e0 * ' ~ days_between('orders.first_order_on', 'orders.last_order_on') ~ ' / nullif(orders.n_orders - 1, 0)' -%}
{%- set texts = {
    'o_main_category': 'categories.category',
    'o_main_channel': 'orders.main_channel',
    'o_plan': 'subscriptions.plan',
} -%}
{%- set numbers = {
    'o_days_since_last_order': days_ago('orders.last_order_on'),
    'o_days_since_first_order': days_ago('orders.first_order_on'),
    'o_n_orders': 'orders.n_orders',
    'o_n_orders_30d': 'orders.n_orders_30d',
    'o_n_orders_90d': 'orders.n_orders_90d',
    'o_n_orders_365d': 'orders.n_orders_365d',
    'o_revenue_30d': 'money.revenue_30d',
    'o_revenue_90d': 'money.revenue_90d',
    'o_revenue_365d': 'money.revenue_365d',
    'o_mean_order_value_365d': share_of('money.gross_365d', 'orders.n_orders_365d'),
    'o_mean_days_between_orders': mean_interval,
    'o_recency_ratio': '1.0e0 * ' ~ days_ago('orders.last_order_on') ~ ' / nullif(' ~ mean_interval ~ ', 0)',
    'o_orders_trend': '2 * orders.n_orders_90d - orders.n_orders_180d',
    'o_revenue_trend': '2 * money.revenue_90d - money.revenue_180d',
    'o_n_categories_365d': 'categories.n_categories',
    'o_top_category_share_365d': share_of('categories.revenue_365d', 'money.revenue_365d'),
    'o_n_channels_365d': 'orders.n_channels_365d',
    'o_discount_share_365d': share_of('money.discount_365d', 'money.gross_365d + money.discount_365d'),
    'o_refund_share_365d': share_of('money.refunded_365d', 'money.gross_365d'),
    'o_n_refunds_365d': 'money.n_refunds_365d',
    'o_days_since_last_visit': days_ago('interactions.last_visit_on'),
    'o_n_visit_days_30d': 'coalesce(interactions.n_visit_days_30d, 0)',
    'o_n_visit_days_90d': 'coalesce(interactions.n_visit_days_90d, 0)',
    'o_n_visit_days_180d': 'coalesce(interactions.n_visit_days_180d, 0)',
    'o_n_visit_days_365d': 'coalesce(interactions.n_visit_days_365d, 0)',
    'o_visit_trend': 'coalesce(2 * interactions.n_visit_days_90d - interactions.n_visit_days_180d, 0)',
    'o_n_mails_365d': 'coalesce(interactions.n_mails_365d, 0)',
    'o_n_mail_days_365d': 'coalesce(interactions.n_mail_days_365d, 0)',
    'o_mail_rate_90d': share_of('interactions.n_mail_days_90d', 'interactions.n_mails_90d'),
    'o_mail_rate_180d': share_of('interactions.n_mail_days_180d', 'interactions.n_mails_180d'),
    'o_mail_rate_365d': share_of('interactions.n_mail_days_365d', 'interactions.n_mails_365d'),
    'o_days_since_last_mail': days_ago('interactions.last_mail_on'),
    'o_n_cart_abandons_90d': 'coalesce(interactions.n_cart_abandons_90d, 0)',
    'o_n_campaign_contacts_90d': 'coalesce(offers.n_offers_90d, 0)',
    'o_campaign_response_rate_365d': share_of('offers.n_responses_365d', 'offers.n_offers_365d'),
    'o_has_subscription': 'coalesce(subscriptions.n_active, 0)',
    'o_subscription_months': 'subscriptions.days_held / 30.4375e0',
    'o_months_since_first_subscription': 'subscriptions.days_since_first / 30.4375e0',
    'o_n_plans_held': 'subscriptions.n_periods',
    'o_monthly_amount': 'subscriptions.monthly_amount',
    'o_days_to_anniversary': 'subscriptions.days_to_anniversary',
    'o_n_renewals_off': 'consents.n_renewals_off',
    'o_n_consents_withdrawn': 'coalesce(consents.n_withdrawn, 0)',
    'x_n_contacts_30d': 'coalesce(interactions.n_contacts_30d, 0)',
    'x_n_contacts_90d': 'coalesce(interactions.n_contacts_90d, 0)',
    'x_n_contacts_365d': 'coalesce(interactions.n_contacts_365d, 0)',
    'x_days_since_last_contact': days_ago('interactions.last_contact_on'),
    'x_n_unresolved_90d': 'coalesce(interactions.n_unresolved_90d, 0)',
    'x_n_abandoned_contacts_90d': 'coalesce(interactions.n_abandoned_90d, 0)',
    'x_mean_wait_seconds_90d': 'interactions.mean_wait_seconds_90d',
    'x_n_open_cases': 'coalesce(cases.n_open_cases, 0)',
    'x_n_cases_365d': 'coalesce(cases.n_cases_365d, 0)',
    'x_last_nps': 'answers.last_nps',
    'x_last_csat_index': 'answers.last_csat_index',
    'x_last_ces_index': 'answers.last_ces_index',
    'x_mean_nps_index_365d': 'answers.mean_nps_index_365d',
    'x_mean_csat_index_365d': 'answers.mean_csat_index_365d',
    'x_mean_ces_index_365d': 'answers.mean_ces_index_365d',
    'x_mean_attribute_index_365d': 'answers.mean_attribute_index_365d',
    'x_mean_score_index_365d': 'answers.mean_score_index_365d',
    'x_days_since_last_answer': days_ago('answers.last_answer_on'),
    'x_n_answers_365d': 'coalesce(answers.n_answers_365d, 0)',
    'x_n_invitations_365d': 'coalesce(invitations.n_invitations_365d, 0)',
    'x_answer_rate_365d': share_of('invitations.n_answered_365d', 'invitations.n_invitations_365d'),
    'x_n_late_deliveries_365d': 'case when orders.has_promise = 1 then orders.n_late_365d end',
    'x_late_share_365d': share_of('orders.n_late_365d', 'orders.n_deliveries_365d'),
    'x_last_delivery_days_late': 'orders.last_days_late',
    'x_n_overdue_orders': 'case when orders.has_promise = 1 then orders.n_overdue end',
} -%}
{%- for name, formula in numbers.items() %}
        cast({{ formula }} as {{ type_number() }}) as {{ name }},
{%- endfor %}
{%- for name, formula in texts.items() %}
        cast({{ formula }} as {{ type_text() }}) as {{ name }}{{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro %}
