-- How things are written: numbers, times, ids, and identifiers as careless people type them.
-- chr(305) is the dotless i, which strip_accents leaves alone.
create macro csv(s) as case
  when s is null then ''
  when regexp_matches(s, '[;,"\r\n]') then '"' || replace(s, '"', '""') || '"'
  else s end;
create macro utc(t) as strftime(make_timestamp(t * 1000000), '%Y-%m-%dT%H:%M:%SZ');
create macro local(t, zone, form) as strftime(timezone(zone, to_timestamp(t)), form);
create macro iso(t, zone) as local(t, zone, '%Y-%m-%dT%H:%M:%S')
  || printf('+%02d:00', ((epoch(timezone(zone, to_timestamp(t))) - t) / 3600)::int);
create macro day_of(d) as (date '1970-01-01' + d::int);
create macro money(cents) as format('{:.2f}', cents / 100.0);
create macro comma(cents) as replace(format('{:.2f}', cents / 100.0), '.', ',');
create macro slug(s) as regexp_replace(
  lower(strip_accents(replace(replace(s, 'ß', 'ss'), chr(305), 'i'))), '[^a-z]', '', 'g');
create macro order_id(no, country) as (['DE', 'GB', 'RO'])[country + 1] || '-' || (10000000 + no);
create macro contact_id(no, kind) as case when kind = 0 then 'CALL' else 'MSG' end || (500000 + no);
create macro sku(product) as case when product >= 0 then printf('LK-%05d', 10000 + product) end;
create macro agent_id(agent) as case when agent >= 0 then printf('A%03d', agent) end;
create macro scramble(x, digits) as
  lpad(((x * 7368787 + 1234567) % (10 ** digits)::bigint)::varchar, digits::int, '0');
create macro email_as(first, second, u) as case
  when u < getvariable('email_missing') then null
  when u < getvariable('email_missing') + getvariable('email_case') then upper(first)
  when u < getvariable('email_missing') + getvariable('email_case') + getvariable('email_plus')
    then replace(first, '@', '+shop@')
  when u < getvariable('email_missing') + getvariable('email_case') + getvariable('email_plus')
    + getvariable('email_typo') then substr(first, 1, 2) || substr(first, 4)
  when u > 0.95 then second
  else first end;
create macro phone_style(dial, nat, style) as case style
  when 0 then '0' || nat
  when 1 then '0' || substr(nat, 1, 4) || '/' || substr(nat, 5)
  when 2 then '(0' || substr(nat, 1, 4) || ') ' || substr(nat, 5, 3) || '-' || substr(nat, 8)
  when 3 then '0' || substr(nat, 1, 3) || ' ' || substr(nat, 4, 4) || ' ' || substr(nat, 8)
  else '00' || dial || nat end;
create macro phone_as(dial, nat, country, u) as case
  when u < getvariable('phone_missing') then null
  when u < getvariable('phone_missing')
      + getvariable('phone_local') * case country when 0 then 1.0 else 0.4 end
    then phone_style(dial, nat, floor(u * 1000)::int % 5)
  else '+' || dial || ' ' || substr(nat, 1, 4) || ' ' || substr(nat, 5) end;
create macro name_as(s, u) as case
  when u < getvariable('name_typo') / 2 and length(s) > 3 then substr(s, 1, 2) || substr(s, 4)
  when u < getvariable('name_typo') then upper(s)
  else s end;
