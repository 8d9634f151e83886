{{ config(materialized='table') }}

with

events as (
    select * from {{ source('built', 'identity_event') }}
),

final as (
    select
        event_id,
        event_type,
        customer_id,
        previous_customer_id,
        identity_key,
        as_of_on
    from events
)

select * from final
