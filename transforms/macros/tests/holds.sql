{#- A condition that each row keeps; where it is NULL it is not kept. -#}
{% test holds(model, condition) %}

select count(*) as n_rows
from {{ model }}
where not coalesce({{ condition }}, false)
having count(*) > 0

{% endtest %}
