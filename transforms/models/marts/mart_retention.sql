-- Customers and revenue kept and lost, by contract or by purchases. The definition (contract, or the
-- horizon in days) is that of retention and churn.
{{ wide_metrics([
    'retention_rate', 'churn_rate', 'repeat_rate',
    'gross_revenue_retention_rate', 'net_revenue_retention_rate',
], definition_of='retention_rate') }}
