-- Sums to numbers: the ratio, its effective n, standard error and interval, in the metric's unit.
-- Nothing is suppressed here; mart_metric decides what is shown.
{{ config(database='work', schema='metrics', materialized='table', contract={'enforced': false}) }}

with cells as (
    select int_metric_cell.*, metric_name as reported_name
    from {{ ref('int_metric_cell') }} as int_metric_cell
    union all
    -- The index is the mean on another ruler.
    select int_metric_cell.*, 'csat_index'
    from {{ ref('int_metric_cell') }} as int_metric_cell
    where metric_name = 'csat_mean'
),

ratios as (
    select
        cells.*,
        definition.version,
        definition.unit,
        definition.ci_method,
        definition.feed,
        case when reported_name = 'csat_index' then scale_min else 0.0e0 end as zero_point,
        case
            when reported_name = 'csat_index' then definition.multiplier / nullif(scale_max - scale_min, 0.0e0)
            else definition.multiplier
        end as factor,
        cast(n_rows as double) as n_observed,
        sum_y / nullif(sum_x, 0.0e0) as ratio
    from cells
    inner join {{ ref('metric_definition') }} as definition on cells.reported_name = definition.metric_name
),

variances as (
    select
        ratios.*,
        {{ linearised_variance('n_observed', 'simple_yy', 'simple_xy', 'simple_xx', 'ratio', 'sum_x') }}
            as variance_simple,
        {{ linearised_variance('n_clusters', 'cluster_yy', 'cluster_xy', 'cluster_xx', 'ratio', 'sum_x') }}
            as variance_clustered,
        cast(n_plus as double) / nullif(n_observed, 0.0e0) as share_plus,
        cast(n_minus as double) / nullif(n_observed, 0.0e0) as share_minus
    from ratios
),

effective as (
    select
        variances.*,
        case
            when ci_method = 'linearised' then n_clusters
            else {{ effective_n('n_observed', 'n_clusters', 'variance_simple', 'variance_clustered', 'cluster_xx') }}
        end as n_eff
    from variances
),

bounds as (
    select
        effective.*,
        {{ standard_error('ci_method', 'ratio', 'share_plus', 'share_minus', 'n_eff', 'variance_clustered') }}
            as ratio_error,
        {{ interval_bound('-', 'ci_method', 'ratio', 'share_plus', 'share_minus', 'n_eff', 'n_clusters',
                          'variance_clustered') }} as ratio_lower,
        {{ interval_bound('+', 'ci_method', 'ratio', 'share_plus', 'share_minus', 'n_eff', 'n_clusters',
                          'variance_clustered') }} as ratio_upper
    from effective
),

-- A mean of scores cannot leave its scale, nor can a ratio of counts or amounts go below nought. One
-- customer alone gives no interval: there is nothing to clip. At 0 and 1 the last bit of a share's
-- interval may fall short of the share.
clipped as (
    select
        bounds.*,
        case
            when ratio_lower is null then null
            when ci_method = 't' and reported_name <> 'expectation_gap_o_minus_b'
                then greatest(ratio_lower, coalesce(scale_min, 0.0e0))
            when ci_method = 'linearised' then greatest(ratio_lower, 0.0e0)
            when ci_method = 'wilson' then least(ratio_lower, ratio)
            else ratio_lower
        end as clipped_lower,
        case
            when ratio_upper is null then null
            when ci_method = 't' and reported_name <> 'expectation_gap_o_minus_b'
                then least(ratio_upper, coalesce(scale_max, ratio_upper))
            when reported_name = 'gross_revenue_retention_rate' then least(ratio_upper, 1.0e0)
            when ci_method = 'wilson' then greatest(ratio_upper, ratio)
            else ratio_upper
        end as clipped_upper
    from bounds
)

select
    reported_name as metric_name,
    variant,
    version || coalesce('-' || variant, '') as definition_version,
    survey_id,
    program_type,
    period_grain,
    period_start_on,
    slice_name,
    slice_value,
    slice2_name,
    slice2_value,
    (ratio - zero_point) * factor as value,
    n_valid,
    n_censored,
    n_eff,
    ratio_error * factor as std_error,
    (clipped_lower - zero_point) * factor as ci_lower,
    (clipped_upper - zero_point) * factor as ci_upper,
    ci_method,
    unit,
    case when variant = 'contractual' then 'subscriptions' else feed end as feed,
    n_plus,
    n_zero,
    n_minus,
    n_series_break,
    first_version,
    last_version
from clipped
