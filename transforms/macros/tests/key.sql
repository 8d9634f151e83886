{#- The key of a model: each row has one, and no two rows the same. `unique` and `not_null` in one
    pass, since each test costs a night as much as a small query: 0.02 CPU-s. -#}
{% test key(model, column_name) %}

select
    {{ column_name }},
    count(*) as n_rows
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null

{% endtest %}
