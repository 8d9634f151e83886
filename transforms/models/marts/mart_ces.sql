-- Customer effort of each survey and scale: the share that agrees that it was easy, and the mean.
{{ wide_metrics(['ces_pct_agree', 'ces_mean'], keeps_survey=true, by_definition=true) }}
