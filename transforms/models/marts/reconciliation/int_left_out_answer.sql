-- Answers in rows that the survey mappings drop: nobody's, with their time and score alone.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

select
    cast(answer_key as {{ type_text() }}) as answer_key,
    cast(survey_id as {{ type_text() }}) as survey_id,
    cast(metric_type as {{ type_text() }}) as metric_type,
    cast(responded_at as {{ type_moment() }}) as responded_at,
    cast(score as {{ type_number() }}) as score,
    cast(scale_min as {{ type_number() }}) as scale_min,
    cast(scale_max as {{ type_number() }}) as scale_max,
    cast(is_complete as {{ type_flag() }}) as is_complete
from {{ source('built', 'left_out_answer') }}
