-- What a listening service heard: posts about the company, its replies, and what was taken down.
with said as (
  select p.*, pe.language, profile(pe.given_latin, p.person) as who, w.text
  from post p join person pe using (person)
  left join told w on w.language = pe.language and w.topic = p.topic and w.no = p.words % w.n
    and w.kind = case when p.is_pleased then 'liked' else 'disliked' end
), row_of as (
  select t_day as day, t, t as changed_t, no, 'post' as kind, who as author, false as is_deleted
  from said
  union all
  select reply_t_day, reply_t, reply_t, no, 'reply', 'larkfield', false from said where reply_t >= 0
  union all select gone_t_day, t, gone_t, no, 'post', who, true from said where gone_t >= 0
)
select r.day, row_number() over (order by r.changed_t, r.no, r.kind) as ord,
  (r.no * 0.618034 + 0.1 * (r.kind = 'reply')::int) % 1 as u, null::varchar as flaw,
  to_json({
    'id': r.kind || (800000 + r.no), 'kind': r.kind,
    'network': (['plaza', 'murmur', 'snapwall'])[network_of(s.person) + 1],
    'author': {'profile': r.author, 'followers': (s.words % 4000)},
    'thread': {'id': 'post' || (800000 + r.no), 'opened_by': s.who},
    'posted_at': utc(r.t), 'changed_at': utc(r.changed_t), 'deleted': r.is_deleted,
    'text': case when r.is_deleted or r.kind = 'reply' then null else s.text end, 'lang': s.language
  })::varchar || e'\n' as line,
  left(line, 80) || e'\n' as broken
from row_of r join said s using (no)
