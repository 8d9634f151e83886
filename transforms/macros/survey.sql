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

{#- What a valid score adds to a metric: 1, 0 or -1 for NPS, 1 or 0 for a share, else the score. -#}
{% macro score_contribution(metric_name) -%}
    case {{ metric_name }}
        when 'nps' then case when score >= 9 then 1 when score <= 6 then -1 else 0 end
        when 'csat_top2' then
            case when score >= case when scale_max - scale_min <= 2 then scale_max else scale_max - 1 end
                then 1 else 0 end
        -- 5-7 on 1-7 is the upper third and its edge: on any scale, at least two thirds up.
        when 'ces_pct_agree' then
            case when 3 * (score - scale_min) >= 2 * (scale_max - scale_min) then 1 else 0 end
        else score
    end
{%- endmacro %}
