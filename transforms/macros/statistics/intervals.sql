{#-
    Interval estimates of the metric layer, as SQL expressions over numbers already aggregated.
    Belongs here: estimators' formulas, one macro each, with their source. Does not: aggregation (observations.sql),
    periods and slices (periods.sql), rules about which rows count (the models).
    All arguments are SQL expressions of type double; all results are doubles. The level is 95 % throughout.
    least() and greatest() pass over a NULL, on either engine: what is unknown is asked for first, or a bound of
    nobody's answers would be 0 or 1.
-#}

{# The 0.975 quantile of the standard normal distribution. #}
{% macro z_95() -%}
1.959963984540054e0
{%- endmacro %}

{#-
    The 0.975 quantile of Student's t: exact to four digits up to 3 degrees of freedom, from there Fisher and
    Cornish's expansion in 1/df (Abramowitz & Stegun 26.7.5), whose error is below 0.002 at df = 4 and 1e-5 at df = 9.
-#}
{% macro t_95(df) -%}
case
    when {{ df }} < 1 then null
    when {{ df }} < 2 then 12.7062e0
    when {{ df }} < 3 then 4.3027e0
    when {{ df }} < 4 then 3.1824e0
    else {{ z_95() }} + 2.372271e0 / {{ df }} + 2.822502e0 / ({{ df }} * {{ df }})
        + 2.555854e0 / ({{ df }} * {{ df }} * {{ df }}) + 1.589536e0 / ({{ df }} * {{ df }} * {{ df }} * {{ df }})
end
{%- endmacro %}

{#-
    Wilson's score interval of a proportion (Wilson 1927). 80 of 100 gives (0.711, 0.867), 8 of 10 (0.490, 0.943).
    n is the effective number of answers.
-#}
{% macro wilson_lower(p, n) -%}
{{ wilson_bound(p, n, '-') }}
{%- endmacro %}

{% macro wilson_upper(p, n) -%}
{{ wilson_bound(p, n, '+') }}
{%- endmacro %}

{% macro wilson_bound(p, n, sign) -%}
case when {{ p }} is not null and {{ n }} > 0 then least(1.0e0, greatest(0.0e0, (
    {{ p }} + {{ z_95() }} * {{ z_95() }} / (2.0e0 * nullif({{ n }}, 0))
    {{ sign }} {{ z_95() }} * sqrt(greatest(0.0e0,
        {{ p }} * (1.0e0 - {{ p }}) / nullif({{ n }}, 0)
        + {{ z_95() }} * {{ z_95() }} / (4.0e0 * nullif({{ n }}, 0) * nullif({{ n }}, 0))))
) / (1.0e0 + {{ z_95() }} * {{ z_95() }} / nullif({{ n }}, 0)))) end
{%- endmacro %}

{#-
    Adjusted Wald interval of promoters minus detractors (Rocks, The American Statistician 2016): three pseudo-answers,
    three quarters of one at either end. p and d are shares, n is effective; the result is a share between -1 and 1.
    (50, 30, 20) gives (0.1405, 0.4420), (10, 3, 2) (0.1011, 0.7878), (5, 0, 0) (0.1749, 1). Below two effective answers
    (many of one person) it would end short of answers that are all alike: it reaches what was observed.
-#}
{% macro adjusted_wald_lower(p, d, n) -%}
{{ adjusted_wald_bound(p, d, n, '-') }}
{%- endmacro %}

{% macro adjusted_wald_upper(p, d, n) -%}
{{ adjusted_wald_bound(p, d, n, '+') }}
{%- endmacro %}

{% macro adjusted_wald_bound(p, d, n, sign) -%}
{%- set net -%} (({{ p }} - {{ d }}) * {{ n }} / ({{ n }} + 3.0e0)) {%- endset -%}
{%- set spread -%} ((({{ p }} + {{ d }}) * {{ n }} + 1.5e0) / ({{ n }} + 3.0e0)) {%- endset -%}
{%- set outermost = 'least' if sign == '-' else 'greatest' -%}
case when {{ p }} is not null and {{ n }} > 0 then {{ outermost }}({{ p }} - {{ d }}, least(1.0e0, greatest(-1.0e0,
    {{ net }} {{ sign }} {{ z_95() }}
    * sqrt(greatest(0.0e0, {{ spread }} - {{ net }} * {{ net }}) / ({{ n }} + 3.0e0))))) end
{%- endmacro %}

{#-
    Variance of the ratio sum(y)/sum(x), linearised by cluster (Taylor; Cochran 1977, 6.19; ultimate clusters):
    k/(k-1) * sum_i (Y_i - r X_i)^2 / (sum x)^2, where Y_i and X_i are the totals of cluster i. With x = 1 it is the variance
    of a mean, and with one answer a cluster it is s^2/n. The arguments are sums over clusters of Y_i^2, X_i Y_i, X_i^2.
-#}
{% macro linearised_variance(clusters, sum_yy, sum_xy, sum_xx, ratio, sum_x) -%}
({{ clusters }} / nullif({{ clusters }} - 1.0e0, 0)
    * greatest(0.0e0, {{ sum_yy }} - 2.0e0 * {{ ratio }} * {{ sum_xy }} + {{ ratio }} * {{ ratio }} * {{ sum_xx }})
    / nullif({{ sum_x }} * {{ sum_x }}, 0))
{%- endmacro %}

{#-
    Effective number of answers: n over the design effect (Kish 1965), never above n, never below 1. It is n where nobody
    answers twice. Where all answers are alike the design effect is 0/0: then as if each cluster had answered once (Kish's
    n^2 / sum n_i^2).
-#}
{% macro effective_n(n, clusters, variance_simple, variance_clustered, sum_xx) -%}
case
    when {{ clusters }} >= {{ n }} then {{ n }}
    when {{ clusters }} < 2 then 1.0e0
    when {{ variance_clustered }} <= 1.0e-15 or {{ variance_simple }} <= 1.0e-15
        then least({{ n }}, greatest(1.0e0, {{ n }} * {{ n }} / nullif({{ sum_xx }}, 0)))
    else least({{ n }}, greatest(1.0e0, {{ n }} * {{ variance_simple }} / {{ variance_clustered }}))
end
{%- endmacro %}

{#-
    Standard error by the metric's method, in the ratio's own unit: of a trinomial for NPS (promoters, detractors),
    of a binomial for a share, else by the linearised variance. (50, 30, 20) gives 0.07810.
-#}
{% macro standard_error(method, ratio, share_plus, share_minus, n_eff, variance) -%}
case {{ method }}
    when 'adjusted_wald' then sqrt(greatest(0.0e0,
        {{ share_plus }} + {{ share_minus }} - {{ ratio }} * {{ ratio }}) / nullif({{ n_eff }}, 0.0e0))
    when 'wilson' then sqrt(greatest(0.0e0, {{ ratio }} * (1.0e0 - {{ ratio }})) / nullif({{ n_eff }}, 0.0e0))
    else sqrt({{ variance }})
end
{%- endmacro %}

{# One bound of the 95 % interval by the metric's method; sign is '-' or '+'. #}
{% macro interval_bound(sign, method, ratio, share_plus, share_minus, n_eff, clusters, variance) -%}
case {{ method }}
    when 'adjusted_wald' then {{ adjusted_wald_bound(share_plus, share_minus, n_eff, sign) }}
    when 'wilson' then {{ wilson_bound(ratio, n_eff, sign) }}
    else {{ ratio }} {{ sign }} ({{ t_95("(" ~ clusters ~ " - 1.0e0)") }}) * sqrt({{ variance }})
end
{%- endmacro %}
