{#- Columns that are never NULL: `not_null` for all of a model's in one pass. -#}
{% test filled(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
where {{ columns | join(' is null or ') }} is null

{% endtest %}
