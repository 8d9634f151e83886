-- Since which day what passes from hand to hand says whose an event is: the first on which it was seen
-- with anything else of the customer, less the declared look-back. Empty where none is declared.
{%- set look_back = var('anonymous_lookback_days') | int(0) %}
with

seen as (
    select
        identity_key,
        identifier_key,
        identifier_type,
        seen_on
    from {{ ref('stg_identifier') }}
    where {{ 'true' if has_look_back() else 'false' }}
        and not is_placeholder
        and identity_key <> identifier_key
),

-- A card is a key of its own where a row has it and no id, and is then seen with what else the row has.
-- A cookie says of nobody who a card's or another cookie's owner is.
together as (
    select
        identifier_key as passing_key,
        identity_key as other_key,
        seen_on
    from seen
    where identifier_type in ({{ passing_identifiers() }})
        and identity_key not like 'cookie_id:%'
        and identity_key not like 'device_id:%'
        and identity_key not like 'social_handle:%'
    union all
    select
        identity_key as passing_key,
        identifier_key as other_key,
        seen_on
    from seen
    where identity_key like 'loyalty_id:%'
        and identifier_type not in ({{ passing_identifiers() }})
),

owners as (
    select identity_key, customer_id from {{ source('built', 'identity_map') }}
    union
    select identity_key, customer_id from {{ source('built', 'identity_trail') }}
    where customer_id is not null
),

final as (
    select
        owners.identity_key,
        owners.customer_id,
        {{ add_days('min(together.seen_on)', -look_back) }} as holds_from_on
    from together
    inner join owners on together.passing_key = owners.identity_key
    inner join owners as others
        on together.other_key = others.identity_key
        and owners.customer_id = others.customer_id
    group by owners.identity_key, owners.customer_id
)

select * from final
