-- Questions asked, with whom, what of, and the words of the answer.
create table asked as
select a.*, p.language, p.country, p.in_crm,
  coalesce(r.email, p.email) as email,
  case when p.in_crm then 'K' || scramble(a.person * 2, 8) end as crm_id,
  (['REL', 'PUR', 'SRV'])[a.survey + 1] || (200000 + a.no) as invitation,
  case when a.survey = 1 then case when o.channel < 2 then order_id(o.no, o.country)
    else 'B' || (7000000 + o.no) end end as order_ref,
  case when a.survey = 2 then contact_id(c.no, c.kind) end as contact_ref,
  case when a.survey = 2 then c.agent end as agent, o.channel as order_channel,
  case a.survey when 0 then score >= 8 when 1 then score >= 4 else score * 3 - 3 >= scale * 2 - 2
    end as is_pleased
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
create table comment as
select a.no, op.text || main.text || case
    when a.words % 6 = 0 then bt.text || other.text || '.'
    when a.words % 5 = 0 then '!!' else '.' end as text
from asked a
join phrase op on op.language = a.language and op.kind = 'opening' and op.no = a.words % 4
join phrase bt on bt.language = a.language and bt.kind = 'but'
join phrase main on main.language = a.language and main.topic = a.topic
  and main.kind = case when a.is_pleased then 'liked' else 'disliked' end
  and main.no = (a.words // 4) % 2
join phrase other on other.language = a.language and other.topic = (a.topic + 1 + a.words % 4) % 6
  and other.kind = case when a.is_pleased then 'disliked' else 'liked' end
  and other.no = (a.words // 8) % 2
where a.has_comment;
