-- How things are written: numbers, times, ids, and identifiers as careless people type them.
create macro csv(s) as case
  when s is null then ''
  when regexp_matches(s, '[;,"\r\n]') then '"' || replace(s, '"', '""') || '"'
  else s end;
create macro utc(t) as strftime(make_timestamp(t * 1000000), '%Y-%m-%dT%H:%M:%SZ');
create macro local(t, zone, form) as strftime(timezone(zone, to_timestamp(t)), form);
create macro iso(t, zone) as local(t, zone, '%Y-%m-%dT%H:%M:%S')
  || printf('+%02d:00', ((epoch(timezone(zone, to_timestamp(t))) - t) / 3600)::int);
create macro day_of(d) as (date '1970-01-01' + d::int);
create macro changed_on(d) as case when d between 0 and getvariable('until_day') then day_of(d) end;
create macro amount(cents, decimals) as case decimals when 0 then (cents // 100)::varchar
  else format('{:.2f}', cents / 100.0) end;
create macro money(cents) as amount(cents, 2);
create macro comma(cents, decimals) as replace(amount(cents, decimals), '.', ',');
create macro order_id(no, country) as getvariable('codes')[country + 1] || '-' || (10000000 + no);
create macro device(person) as left(md5('d' || person), 20);
create macro network_of(person) as (person * 13) % 10 // 4 % 3;
create macro profile(given, person) as (['plaza', 'murmur', 'snapwall'])[network_of(person) + 1]
  || ':' || given || '_' || right(md5('h' || person), 5);
-- Seconds with a tenth, as the telephone system keeps them.
create macro tenths(seconds, u) as case when seconds >= 0
  then seconds || ',' || floor((u % 1) * 10)::int else '' end;
create macro contact_id(no, kind) as case when kind = 0 then 'CALL' else 'MSG' end || (500000 + no);
create macro sku(product) as case when product >= 0 then printf('LK-%05d', 10000 + product) end;
create macro team_of(agent) as case when agent >= 0
  then getvariable('teams')[agent % (getvariable('n_countries') + 1) + 1] end;
create macro agent_id(agent) as case when agent >= 0 then printf('A%03d', agent) end;
create macro scramble(x, digits) as
  lpad(((x * 7368787 + 1234567) % (10 ** digits)::bigint)::varchar, digits::int, '0');
-- One uniform decides what becomes of a value: the shares of scenario.corruption, one after another.
create macro after_case() as getvariable('email_missing') + getvariable('email_case');
create macro after_plus() as after_case() + getvariable('email_plus');
create macro after_typo() as after_plus() + getvariable('email_typo');
create macro email_as(first, second, u) as case
  when u < getvariable('email_missing') then null
  when u < after_case() then upper(first)
  when u < after_plus() then replace(first, '@', '+shop@')
  when u < after_typo() then substr(first, 1, 2) || substr(first, 4)
  when u > 1 - getvariable('email_other') then second
  else first end;
create macro phone_style(trunk, nat, style) as case style
  when 0 then trunk || nat
  when 1 then trunk || substr(nat, 1, 4) || '/' || substr(nat, 5)
  when 2 then '(' || trunk || substr(nat, 1, 4) || ') ' || substr(nat, 5, 3) || '-' || substr(nat, 8)
  else trunk || substr(nat, 1, 3) || ' ' || substr(nat, 4, 4) || ' ' || substr(nat, 8) end;
create macro phone_is_other(u) as u > 1 - getvariable('phone_other');
create macro phone_as(dial, trunk, nat, is_local, u) as case
  when u < getvariable('phone_missing') then null
  when (u * 17.3) % 1 < getvariable('phone_local') * is_local
    then case when floor(u * 1000)::int % 5 = 4 then '00' || dial || nat
      else phone_style(trunk, nat, floor(u * 1000)::int % 5) end
  else '+' || dial || ' ' || substr(nat, 1, 4) || ' ' || substr(nat, 5) end;
create macro name_as(s, spelling, spelling2, u) as case
  when u < getvariable('name_typo') / 2 and length(s) > 3 then substr(s, 1, 2) || substr(s, 4)
  when u < getvariable('name_typo') then upper(s)
  when u < getvariable('name_typo') + getvariable('name_spelling')
    then case when floor(u * 1000)::int % 3 = 0 then spelling2 else spelling end
  else s end;
create macro family_as(s, spelling, spelling2, short, u) as case
  when u > 0.7 and short <> s then short
  else name_as(s, spelling, spelling2, u) end;
create macro given_as(s, spelling, spelling2, nick, u) as case
  when u > 1 - getvariable('initial') then left(s, 1) || '.'
  when u > 1 - getvariable('initial') - getvariable('nickname') * 2 and nick is not null then nick
  else name_as(s, spelling, spelling2, u) end;
create macro card_no(person) as '9276' || scramble(person + 5, 8);
create macro street_line(house_first, street, house) as case when not house_first
    then street || ' ' || house
  else house || ' ' || street || case when house % 9 = 0 then chr(10) || 'Flat ' || (house % 5 + 1)
    else '' end end;
create macro postal_code(pattern, prefix, number) as case pattern
  when 'uk' then prefix || (1 + number % 20) || ' ' || (number % 9 + 1)
    || chr(65 + (number % 20)::int) || chr(65 + (number % 17)::int)
  else prefix || printf(pattern, (number * 7) % 1000) end;
-- A chance of a row's own number, so that no other row moves it.
create macro chance(no, kind) as
  ('0x' || substr(md5(no::varchar || kind), 1, 7))::bigint / 268435456.0;
-- Some who answer the quarterly survey whole have answered it before, in haste and less kindly: a first
-- try, between the ask and the answer that counts.
create macro tries_twice(no) as chance(no, 'tries twice') < 0.05;
create macro first_try_t(no, asked_t, answered_t) as
  asked_t + floor((answered_t - asked_t) * (0.2 + 0.6 * chance(no, 'first try')))::bigint;
create macro first_try_score(no, score) as greatest(0, score - 2 - floor(3 * chance(no, 'haste'))::bigint);
-- The day at the head office, as a number, of an instant.
create macro home_day(t) as
  (timezone(getvariable('home_zone'), to_timestamp(t))::date - date '1970-01-01');
