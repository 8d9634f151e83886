-- Other identifiers and whose they really are (a shared one has several people).
select distinct person, kind, value from (
  select person, 'email' as kind, lower(email) as value from record
    where email is not null and from_day <= getvariable('until_day')
  union all select person, 'phone', '+' || dial || phone from person
    where registered_day <= getvariable('until_day')
  union all select person, 'loyalty_id', card_no(person) from record
    where system = 'loyalty' and from_day <= getvariable('until_day')
  union all select s.person, 'cookie_id', left(md5('c' || s.person || '.'
      || ((s.t_day + p.cookie_offset) // 120)), 16)
    from session s join people p using (person)
    where not s.is_app and s.t_day <= getvariable('until_day')
  union all select person, 'device_id', left(md5('d' || person), 20) from session
    where is_app and person >= 0 and t_day <= getvariable('until_day')
) order by person, kind, value
