-- What becomes of the leave to renew memberships: given, switched off, declined by the bank.
select greatest(r.t_day, getvariable('first_day')) as day, r.no as ord,
  (r.no * 0.618034 + 0.37) % 1 as u, null::varchar as broken, null::varchar as flaw,
  concat_ws(',', card_no(r.person), (['on', 'off', 'declined'])[r.status + 1], utc(r.t))
    || e'\n' as line
from renewal r
