-- Questions asked, with whom, what of, and the words of the answer.
create table asked as
select a.*, p.language, p.country, p.in_crm,
  coalesce(r.email, p.email) as email,
  case when p.in_crm then 'K' || scramble(a.person * 2, 8) end as crm_id,
  (['REL', 'PUR', 'SRV'])[a.survey + 1] || (200000 + a.no) as invitation,
  case when a.survey = 1 then case when o.channel < 2 then order_id(o.no, o.country)
    else 'B' || (7000000 + o.no) end end as order_ref,
  case when a.survey = 2 then contact_id(c.no, c.kind) end as contact_ref,
  case when a.survey = 2 then c.agent end as agent, o.channel as order_channel
from (
  -- Keys of their own, so that both joins below are plain equalities (hash joins).
  select *, case when survey = 1 then ref end as order_no,
    case when survey = 2 then ref end as contact_no from ask
) a
join person p on p.person = a.person
left join record r on r.person = a.person and r.system = 'crm'
  and r.source_id = 'K' || scramble(a.person * 2, 8)
left join orders o on o.no = a.order_no
left join contact c on c.no = a.contact_no;
-- What a comment says and how: the better the answer, the likelier it speaks well; in the middle of the
-- scale it often says both.
create table said as
with placed as (
  select no, topic, coalesce(l.language, 'en') as language,
    (score - (survey > 0)::int) / (scale - (survey > 0)::int) as place
  from asked left join (select distinct language from clause) l using (language)
  where has_comment
), leant as (
  select *, case when chance(no, 'side') < least(0.95, greatest(0.05, (place - 0.25) / 0.55))
      then 'good' else 'bad' end as polarity,
    chance(no, 'mixed') < case when place between 0.3 and 0.85 then 0.4 else 0.15 end as is_mixed
  from placed
)
select *, case when is_mixed then (topic + 1 + floor(chance(no, 'other') * 5)::bigint) % 6 end
    as other_topic,
  case polarity when 'good' then 'bad' else 'good' end as other_polarity
from leant;
create table comment as
select s.no, s.language as spoken, s.topic as about, s.polarity, d.device, s.is_mixed, s.other_topic,
  case s.polarity when 'good' then 1 else -1 end * case when s.is_mixed then 0.4 else 0.9 end
    as sentiment,
  op.text || main.text || coalesce(bt.text || other.text, '')
    || case when chance(s.no, 'end') < 0.1 then '!!' when chance(s.no, 'end') < 0.75 then '.'
       else '' end as text
from said s
join device d on d.polarity = s.polarity
  and chance(s.no, 'device') >= d.from_u and chance(s.no, 'device') < d.to_u
join clause main on main.language = s.language and main.topic = s.topic
  and main.polarity = s.polarity and main.device = d.device
  and main.no = floor(chance(s.no, 'main') * main.n)
join joint op on op.language = s.language and op.kind = 'opening'
  and op.no = floor(chance(s.no, 'opening') * op.n)
left join joint bt on s.is_mixed and bt.language = s.language and bt.kind = 'but'
  and bt.no = floor(chance(s.no, 'but') * bt.n)
left join device od on s.is_mixed and od.polarity = s.other_polarity
  and chance(s.no, 'other device') >= od.from_u and chance(s.no, 'other device') < od.to_u
left join clause other on other.language = s.language and other.topic = s.other_topic
  and other.polarity = s.other_polarity and other.device = od.device
  and other.no = floor(chance(s.no, 'other main') * other.n);
-- The company tries its quarterly survey out when it is sent: testers, of whom one block of people has
-- all, click through to the end.
create table trial_answer as
select wave, n as no, score, asked_t + 600 + 137 * n as answered_t, 'test' || n || '@larkfield.example' as email
from (select wave, min(t) as asked_t, 5 + count(*) // 500 as n_tests from asked where survey = 0 group by wave)
  cross join lateral (select unnest(range(n_tests)) as n)
  cross join lateral (select case when n % 5 = 0 then 9 else 10 end as score)
where getvariable('block') = 0;
