with

scored as (
    select * from {{ source('built', 'model_registry') }}
),

final as (
    select
        cast(outcome as {{ type_text() }}) as outcome,
        cast(offer_id as {{ type_text() }}) as offer_id,
        cast(definition as {{ type_text() }}) as definition,
        cast(horizon_days as {{ type_integer() }}) as horizon_days,
        cast(as_of_on as {{ type_day() }}) as as_of_on,
        cast(model_version as {{ type_text() }}) as model_version,
        cast(trained_as_of_on as {{ type_day() }}) as trained_as_of_on,
        cast(status as {{ type_text() }}) as status,
        cast(status_reason as {{ type_text() }}) as status_reason,
        cast(calibration as {{ type_text() }}) as calibration,
        cast(n_train as {{ type_integer() }}) as n_train,
        cast(n_train_positive as {{ type_integer() }}) as n_train_positive,
        cast(n_calibrate as {{ type_integer() }}) as n_calibrate,
        cast(n_test as {{ type_integer() }}) as n_test,
        cast(n_test_positive as {{ type_integer() }}) as n_test_positive,
        cast(train_from_on as {{ type_day() }}) as train_from_on,
        cast(train_to_on as {{ type_day() }}) as train_to_on,
        cast(calibrate_on as {{ type_day() }}) as calibrate_on,
        cast(test_on as {{ type_day() }}) as test_on,
        cast(base_rate as {{ type_number() }}) as base_rate,
        cast(auc as {{ type_number() }}) as auc,
        cast(auc_lower as {{ type_number() }}) as auc_lower,
        cast(auc_upper as {{ type_number() }}) as auc_upper,
        cast(pr_auc as {{ type_number() }}) as pr_auc,
        cast(pr_auc_lower as {{ type_number() }}) as pr_auc_lower,
        cast(pr_auc_upper as {{ type_number() }}) as pr_auc_upper,
        cast(log_loss as {{ type_number() }}) as log_loss,
        cast(log_loss_lower as {{ type_number() }}) as log_loss_lower,
        cast(log_loss_upper as {{ type_number() }}) as log_loss_upper,
        cast(brier as {{ type_number() }}) as brier,
        cast(brier_lower as {{ type_number() }}) as brier_lower,
        cast(brier_upper as {{ type_number() }}) as brier_upper,
        cast(ece as {{ type_number() }}) as ece,
        cast(ece_lower as {{ type_number() }}) as ece_lower,
        cast(ece_upper as {{ type_number() }}) as ece_upper,
        cast(lift_top_decile as {{ type_number() }}) as lift_top_decile,
        cast(lift_top_decile_lower as {{ type_number() }}) as lift_top_decile_lower,
        cast(lift_top_decile_upper as {{ type_number() }}) as lift_top_decile_upper,
        cast(ece_perfect_p95 as {{ type_number() }}) as ece_perfect_p95,
        cast(auc_recency as {{ type_number() }}) as auc_recency,
        cast(log_loss_base as {{ type_number() }}) as log_loss_base,
        cast(log_loss_recency as {{ type_number() }}) as log_loss_recency,
        cast(log_loss_gain_base_lower as {{ type_number() }}) as log_loss_gain_base_lower,
        cast(log_loss_gain_recency_lower as {{ type_number() }}) as log_loss_gain_recency_lower,
        cast(n_features as {{ type_integer() }}) as n_features,
        cast(n_scored as {{ type_integer() }}) as n_scored,
        cast(model_sha256 as {{ type_text() }}) as model_sha256
    from scored
)

select * from final
