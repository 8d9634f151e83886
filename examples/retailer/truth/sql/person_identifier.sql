-- Other identifiers, whose they really are and since when: a shared one has several people, a number
-- passed on has one after the other.
select person, kind, value, day_of(min(day)) as known_from from (
  select person, 'email' as kind, lower(email) as value, valid_day as day from record_version
    where email is not null and valid_day <= getvariable('until_day')
  union all select person, 'phone', '+' || phone_digits, valid_day from record_version
    where phone is not null and valid_day <= getvariable('until_day')
  union all select person, 'phone', '+' || dial || phone, registered_day from person
    where registered_day <= getvariable('until_day')
  union all select person, 'phone', '+' || dial || later_phone, phone_day from person
    where phone_day between 0 and getvariable('until_day')
  union all select person, 'loyalty_id', card_no(person), from_day from record
    where system = 'loyalty' and from_day <= getvariable('until_day')
  union all select s.person, 'cookie_id', left(md5('c' || s.person || '.'
      || ((s.t_day + p.cookie_offset) // 120)), 16), s.t_day
    from session s join people p using (person)
    where not s.is_app and s.t_day <= getvariable('until_day')
  union all select person, 'device_id', device(person), t_day from (
      select person, t_day from session where is_app and person >= 0
      union all select person, t_day from beacon
      union all select person, t_day from ping
      union all select person, t_day from push
    ) where t_day <= getvariable('until_day')
  union all select person, 'social_handle', profile(given_latin, person),
    registered_day from person where registered_day <= getvariable('until_day')
) group by person, kind, value order by person, kind, value
