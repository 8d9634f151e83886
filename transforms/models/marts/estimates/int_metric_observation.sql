-- Every observation of every metric that is a mean, a share or a ratio, in one shape: what it adds to
-- the numerator (y) and denominator (x), who gave it, on which business day, and its slices.
-- `grains` says where it counts: 'every' by its day; else it belongs to one period already.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

{% for family in ['survey', 'gap', 'invitation', 'contact', 'contact_rate', 'case', 'contractual',
                  'purchase', 'repeat'] -%}
select
    {{ observation_columns() }}
from {{ ref('int_observation_' ~ family) }}
{{ 'union all' if not loop.last }}
{% endfor %}
