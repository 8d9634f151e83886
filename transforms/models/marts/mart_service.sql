-- Service, the metrics of contacts and cases side by side.
{{ wide_metrics([
    'aht_seconds', 'aht_median_seconds', 'aht_p90_seconds',
    'first_response_seconds', 'first_response_p90_seconds', 'resolution_seconds', 'resolution_p90_seconds',
    'fcr_7d_rate', 'abandonment_rate', 'service_level_rate', 'reopen_rate', 'transfer_rate', 'contact_rate',
]) }}
