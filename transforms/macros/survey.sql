{#- What is decided about an answer in one place: its scale, its validity, its question's version. -#}

{#- Scale that holds where a row declares none (NPS 0-10, CES 2.0 1-7); NULL for other metrics. -#}
{% macro default_scale(metric_type, end) -%}
    case {{ metric_type }}
        when 'nps' then {{ 0 if end == 'min' else 10 }}.0e0
        when 'ces' then {{ 1 if end == 'min' else 7 }}.0e0
    end
{%- endmacro %}

{#-
  Whether an answer counts in a denominator: a score on its scale; for NPS a whole number on 0-10 and
  on no other scale, since a 1-10 answer is not a likelihood to recommend.
-#}
{% macro is_valid_score(lowest, highest) -%}
    coalesce(
        metric_type <> 'open'
        and score is not null
        and ({{ lowest }} is null or score >= {{ lowest }})
        and ({{ highest }} is null or score <= {{ highest }})
        and (metric_type <> 'nps' or ({{ lowest }} = 0 and {{ highest }} = 10 and score = floor(score))),
        false
    )
{%- endmacro %}

{#- Wording, scale and place of a question. Whole-number ends keep doubles out of the key. -#}
{% macro question_version() -%}
    {{ md5_key([
        'question_text', 'question_order', 'metric_type',
        'cast(floor(scale_min * 100) as bigint)', 'cast(floor(scale_max * 100) as bigint)'
    ]) }}
{%- endmacro %}
