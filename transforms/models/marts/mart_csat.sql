-- Satisfaction of each survey and scale: the share in the top answers, the mean and the index.
{{ wide_metrics(['csat_top2', 'csat_mean', 'csat_index'], keeps_survey=true, by_definition=true) }}
