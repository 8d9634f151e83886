insert into keyed.identity_map (identity_key, customer_id, match_probability)
values ('email:aaaa', 'c1', 1), ('email:bbbb', 'c2', 1);
insert into keyed.golden_customer (customer_id, attribute_completeness, birth_year)
values ('c1', 0.5, 1980), ('c2', 0.25, null);
insert into core.bridge_identity
    (source_system, source_customer_id, identifier_type, identifier_hash, customer_id, is_shared)
values ('crm', 'k1', 'email', 'aaaaaaaaaaaaaaaaaaaa', 'c1', false),
    ('crm', 'k2', 'email', 'bbbbbbbbbbbbbbbbbbbb', 'c2', false);
insert into core.fct_order
    (order_key, order_id, customer_id, ordered_at, ordered_on, promised_on, delivered_on, is_cancelled,
        delivery_status, n_lines, net_revenue_amount, known_at)
values
    ('o1', '1', 'c1', '2024-03-01', '2024-03-01', '2024-03-05', '2024-03-06', false, 'late', 1, 10, '2024-03-01'),
    ('o2', '2', 'c2', '2024-03-02', '2024-03-02', null, null, true, null, 1, 0, '2024-03-02');
insert into core.fct_transaction
    (transaction_key, transaction_id, order_key, customer_id, occurred_at, occurred_on, line_type, amount,
        amount_reporting, currency_code, is_revenue, known_at)
values
    ('t1', '1', 'o1', 'c1', '2024-03-01', '2024-03-01', 'item', 10, 10, 'EUR', true, '2024-03-01'),
    ('t2', '2', 'o2', 'c2', '2024-03-02', '2024-03-02', 'item', 5, 5, 'EUR', false, '2024-03-02');
insert into core.fct_survey_response
    (response_key, survey_id, response_id, metric_type, program_type, responded_at, responded_on, score,
        scale_min, scale_max, is_valid, customer_id, known_at)
values
    ('r1', 's', '1', 'nps', 'transactional', '2024-03-03', '2024-03-03', 10, 0, 10, true, 'c1', '2024-03-03'),
    ('r2', 's', '2', 'nps', 'transactional', '2024-03-04', '2024-03-04', 3, 0, 10, true, null, '2024-03-04');
insert into core.dim_date (date_on) values ('2024-03-01'), ('2024-03-02');
insert into marts.mart_metric
    (metric_name, definition_version, survey_id, program_type, period_grain, period_start_on, slice_name, value,
        n_valid, ci_lower, ci_upper, std_error, is_suppressed, is_comparable_to_previous, unit, null_reason)
values
    ('nps', '1', 's', 'transactional', 'all', null, 'all', 0, 2, -50, 50, 10, false, false, 'points', null),
    ('nps', '1', 's', 'transactional', 'month', '2024-03-01', 'all', null, 2, null, null, null, true, false,
        'points', 'suppressed'),
    ('retention_rate', '90', null, null, 'all', null, 'all', 0.75, 20, 0.6, 0.9, 0.1, false, false, 'rate', null),
    ('churn_rate', '90', null, null, 'all', null, 'all', 0.25, 20, 0.1, 0.4, 0.1, false, false, 'rate', null);
insert into marts.mart_nps
    (survey_id, program_type, definition_version, period_grain, slice_name, n_valid, promoters, passives,
        detractors, nps, ci_lower, ci_upper)
values ('s', 'transactional', '1', 'all', 'all', 2, 1, 0, 1, 0, -50, 50);
insert into marts.mart_retention (period_grain, slice_name, retention_rate, churn_rate, repeat_rate)
values ('all', 'all', 0.75, 0.25, 0.1);
insert into marts.mart_reconciliation
    (control_name, period_start_on, vendor_value, our_value, difference, from_latest_only, from_incomplete,
        from_time_zone, from_date_used, from_tests, unexplained, tolerance, is_suppressed)
values ('v', '2024-01-01', 1, 0, 1, 0.25, 0, 0, 0, 0.5, 0.25, 0.5, false);
insert into marts.mart_identity_quality (metric, value, n, ci_lower, ci_upper, method)
values ('corrupted_copies_pairwise_precision', 0.99, 500, 0.97, 0.999, 'copies'),
    ('customers_with_a_weak_link', 3, 40, null, null, 'counted');
