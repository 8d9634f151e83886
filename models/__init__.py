"""Whatever estimates: identity, churn, propensity. Tables in, tables out; no orchestration here."""
