"""How hard a sample really is: measured on its files, with the truth to say who is whom.

Belongs here: the measures that data/difficulty.yml sets floors for, and the records as the systems
sent them. Does not: the floors, nor the settings that lead to them (scenario.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from examples.retailer.company import read, usual_countries
from examples.retailer.scenario import Scenario

#: Everything ever sent of a person's records, a row a version, as text.
_SENT = """
create table sent as
select 'crm' as system, "Kontakt-Nr" as id, "Vorname" as given, "Nachname" as family,
  lower("E-Mail") as email, "Telefon" as phone_text, nullif("Kartennr", '') as card,
  concat_ws('|', "Straße", "PLZ", "Ort") as address, nullif("Firmen-Nr", '') as firm,
  "Land" as country
from read_csv('{raw}/crm/crm_*.csv', delim = ';', all_varchar = true, header = true,
  ignore_errors = true, null_padding = true, quote = '"', strict_mode = false)
union all
select 'shop', account_no, first_name, last_name, lower(email), phone, null,
  concat_ws('|', street, postcode, town), null, country
from read_csv('{raw}/shop/accounts_*.csv', all_varchar = true, ignore_errors = true)
union all
select 'loyalty', member_no, given_name, family_name, lower(email), mobile, card_no, null, null,
  country
from read_parquet('{raw}/loyalty/cards_*.parquet')
"""

_PREPARED = """
create table version as
select distinct t.person, s.* exclude (phone_text),
  case when d.digits is null then null when starts_with(phone_text, '+') then d.digits
    when starts_with(d.digits, '00') then substr(d.digits, 3)
    else c.dial || substr(d.digits, length(c.trunk) + 1) end as phone,
  lower(strip_accents(given)) as given_plain, lower(strip_accents(family)) as family_plain
from sent s
join read_parquet('{truth}/person_source.parquet') t
  on t.source_system = s.system and t.source_customer_id = s.id
join country c on c.code = s.country
cross join lateral (select nullif(regexp_replace(phone_text, '[^0-9]', '', 'g'), '') as digits) d;
create table one as  -- a record's latest row cannot be told from its text: any will do
select person, system, id, min(given_plain) as given, min(family_plain) as family,
  count(*) over (partition by person) as n_records from version group by person, system, id;
create table person as from read_parquet('{truth}/person.parquet');
create table key_of as
select distinct person, system, id, kind, value from (
  select person, system, id, 'email' as kind, email as value from version
  union all select person, system, id, 'phone', phone from version
  union all select person, system, id, 'card', card from version)
where value is not null;
"""

#: One number each. A pair of records is of one person.
MEASURES = {
    "records_without_exact_key": """
      select 1 - avg((k.id is not null)::int) from one o left join (
        select distinct a.system, a.id from key_of a join key_of b using (person, kind, value)
        where (a.system, a.id) <> (b.system, b.id)) k using (system, id)
      where n_records > 1""",
    "people_sharing_a_contact_at_home": """
      select count(distinct a.person) / (select count(distinct person) from one)
      from key_of a join key_of b using (kind, value)
      join person p on p.person = a.person join person q on q.person = b.person
      where a.person <> b.person and p.household = q.household""",
    "twins": """
      select count(distinct a.person) / (select count(*) from person)
      from birth a join birth b using (household, birth_date, family)
      where a.person <> b.person""",
    "recycled_phones": """
      select count(distinct a.value) / (select count(distinct value) from key_of
        where kind = 'phone')
      from key_of a join key_of b using (kind, value)
      join person p on p.person = a.person join person q on q.person = b.person
      where kind = 'phone' and a.person < b.person and p.household <> q.household
        and (p.firm < 0 or p.firm <> q.firm)""",
    "cultures": """
      select count(*) from (select culture from person group by culture
        having count(*) >= 0.01 * (select count(*) from person))""",
    "names_with_diacritics": """
      select avg(n) from (select max(regexp_matches(given || family, '[^\\x00-\\x7f]')::int) as n
        from version group by system, id)""",
    "names_in_other_letters": """
      select avg(n) from (select max((given <> '' and not regexp_matches(strip_accents(given),
        '[A-Za-z]'))::int) as n from version group by system, id)""",
    "names_in_other_order": """
      select count(distinct (a.system, a.id)) / (select count(*) from one where n_records > 1)
      from one a join one b using (person)
      where (a.system, a.id) <> (b.system, b.id) and a.given = b.family and a.family = b.given
        and a.given <> a.family""",
    "names_unlike": """
      select count(distinct (a.system, a.id)) / (select count(*) from one where n_records > 1)
      from one a join one b using (person)
      where (a.system, a.id) <> (b.system, b.id) and a.given not in (b.given, b.family)
        and jaro_winkler_similarity(a.given, b.given) < 0.85
        and not starts_with(a.given, b.given[1:1])""",
    "names_spelt_otherwise": """
      select count(distinct person) / (select count(distinct person) from one where n_records > 1)
      from (select a.person from version a join version b using (person)
        where (a.system, a.id) < (b.system, b.id)
          and lower(a.given || ' ' || a.family) <> lower(b.given || ' ' || b.family))""",
    "people_moved": """
      select count(*) filter (where n > 1) / count(*)
      from (select count(distinct address) as n from version where address is not null
        group by person)""",
    "people_renamed": """
      select count(distinct a.person) / (select count(distinct person) from version)
      from version a join version b using (person)
      where a.family < b.family and jaro_winkler_similarity(a.family_plain, b.family_plain) < 0.7
        and a.family_plain <> b.given_plain and a.given_plain <> b.family_plain
        and regexp_full_match(a.family_plain || b.family_plain, '[a-z '' -]+')""",
    "people_of_a_firm_of_several": """
      select count(distinct person) / (select count(distinct person) from one where system = 'crm')
      from (select person, firm from version where firm is not null
        qualify count(distinct person) over (partition by firm) > 1)""",
}

_BIRTHS = """
create table birth as
select distinct v.person, p.household, c.birth_date, v.family_plain as family
from read_parquet('{raw}/loyalty/cards_*.parquet') c
join version v on v.system = 'loyalty' and v.id = c.member_no
join person p on p.person = v.person
where c.birth_date is not null
union
select distinct v.person, p.household, strptime("Geburtsdatum", '%d/%m/%Y')::date, v.family_plain
from read_csv('{raw}/crm/crm_*.csv', delim = ';', all_varchar = true, header = true,
  ignore_errors = true, null_padding = true, quote = '"', strict_mode = false) c
join version v on v.system = 'crm' and v.id = c."Kontakt-Nr"
join person p on p.person = v.person
where try_strptime("Geburtsdatum", '%d/%m/%Y') is not null
"""


def floors() -> dict[str, float]:
    """Give the least that each measure must be (data/difficulty.yml)."""
    return {
        name: float(floor["at_least"]) for name, floor in read("difficulty.yml")["floors"].items()
    }


def measure(sample: Path) -> dict[str, float]:
    """Measure a sample's files by the truth of its last day.

    Args:
        sample: directory that `generate` wrote.

    Returns:
        One number for each name in MEASURES: shares, and for `cultures` a count.
    """
    truth = max((sample / "truth").iterdir())
    con = duckdb.connect(":memory:")
    try:
        con.execute("create table country (code varchar, dial varchar, trunk varchar)")
        planted = json.loads((truth / "planted.json").read_text(encoding="utf-8"))
        company = Scenario.model_validate(planted["scenario"]).company()
        places = company.countries or usual_countries()
        rows: list[list[Any]] = [[c["code"], c["dial"], c["trunk"]] for c in places]
        con.executemany("insert into country values (?, ?, ?)", rows)
        for script in (_SENT, _PREPARED, _BIRTHS):
            con.execute(script.format(raw=sample / "raw", truth=truth))
        return {name: _number(con, query) for name, query in MEASURES.items()}
    finally:
        con.close()


def _number(con: duckdb.DuckDBPyConnection, query: str) -> float:
    row = con.execute(query).fetchone()
    assert row is not None
    return float(row[0])
