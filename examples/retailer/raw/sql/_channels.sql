-- What the channels share: who a visit is to the logs, and words that people use in public.
create macro cookie(person, visitor, is_bot, day, shift) as case
  when person >= 0 then left(md5('c' || person || '.' || ((day + shift) // 120)), 16)
  when is_bot then left(md5('b' || visitor % 50), 16)
  else left(md5('v' || visitor), 16) end;
create macro shop_id(shop) as printf('F%02d', shop);
-- An article of the help centre in the version that was shown on a day: a new one every 120 days.
create macro article_version(article, day) as 1
  + (day - getvariable('first_day') + (37 * article) % 120) // 120;
create macro article_ref(article, day) as
  printf('HA-%03d.v%d', article::int, article_version(article, day)::int);
create macro event_name(kind) as (['page', 'search', 'product', 'add_to_cart', 'cart_left',
  'checkout', 'login', 'open', 'screen', 'help', 'video'])[kind + 1];
create table visit as
select s.no, s.is_app, s.is_bot, s.is_logged_in, coalesce(pl.timezone, getvariable('home_zone')) as zone,
  case when s.is_app then device(s.person)
    else cookie(s.person, s.visitor, s.is_bot, s.t_day, p.cookie_offset) end as mark,
  case when s.is_logged_in then r.source_id end as account,
  case when s.is_bot then 4 + s.visitor % 3 else (s.person + s.visitor + 2) % 4 end as browser
from session s
left join people p on p.person = s.person
left join place pl on pl.country = p.country
left join record r on r.person = s.person and r.system = 'shop';
create table told as
select language, kind, topic, no, text, count(*) over (partition by language, kind, topic) as n
from phrase where kind in ('liked', 'disliked');
