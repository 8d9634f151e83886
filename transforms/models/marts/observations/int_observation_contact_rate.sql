-- Inbound contacts an order: a ratio of two sums, both by customer. Only what a customer is (region,
-- country, language) cuts it: the channel of a contact and the channel of an order are two things.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}

with events as (
    select
        interaction_key as event_key,
        cluster_id,
        occurred_on,
        region,
        country,
        language,
        1 as n_contacts,
        0 as n_orders
    from {{ ref('int_contact') }}
    where is_inbound
    union all
    select
        fct_order.order_key,
        coalesce(fct_order.customer_id, fct_order.order_key),
        fct_order.ordered_on,
        golden_customer.region,
        golden_customer.country,
        golden_customer.language,
        0,
        1
    from {{ ref('fct_order') }} as fct_order
    left join {{ ref('golden_customer') }} as golden_customer
        on fct_order.customer_id = golden_customer.customer_id
    where fct_order.ordered_on is not null
        -- Without contacts there is no rate of contacts, rather than a rate of nought.
        and exists (select 1 from {{ ref('int_contact') }})
)

select
    {{ observation(key='event_key', metric_name="'contact_rate'", cluster_id='cluster_id',
                   on_date='occurred_on', y='n_contacts', x='n_orders', n='n_orders') }},
    {{ null_as(type_money()) }} as scale_min,
    {{ null_as(type_money()) }} as scale_max,
    {{ slice_select({'region': 'region', 'country': 'country', 'language': 'language'}) }}
from events
