-- Reviews with stars in the shop: again when one is changed, and when one is taken down.
with row_of as (
  select no, t_day as day, t as changed_t, stars, 'published' as state from review
  union all select no, changed_t_day, changed_t, new_stars, 'published' from review where changed_t >= 0
  union all select no, removed_t_day, removed_t, stars, 'removed' from review where removed_t >= 0
)
select r.day, row_number() over (order by r.changed_t, r.no) as ord, (r.no * 0.618034) % 1 as u,
  'RV' || (400000 + r.no) || ',' || e'\n' as broken, null::varchar as flaw,
  concat_ws(',', 'RV' || (400000 + r.no), sku(l.product), r.stars::varchar,
    csv(case when r.state = 'removed' then '' else w.text end), utc(v.t), utc(r.changed_t), r.state,
    csv(b.email), p.language) || e'\n' as line
from row_of r
join review v using (no)
join person p using (person)
join buyer b on b.order_no = v.order_no
join lines l on l.order_no = v.order_no and l.line = 1
left join told w on w.language = p.language and w.topic = v.topic and w.no = v.words % w.n
  and w.kind = case when r.stars >= 4 then 'liked' else 'disliked' end
