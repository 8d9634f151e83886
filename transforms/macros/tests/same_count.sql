{#- As many rows as another relation has: no join has lost or multiplied any. -#}
{% test same_count(model, to) %}

with

here as (
    select count(*) as n_rows from {{ model }}
),

there as (
    select count(*) as n_rows from {{ to }}
)

select
    here.n_rows as n_here,
    there.n_rows as n_there
from here
cross join there
where here.n_rows <> there.n_rows

{% endtest %}
