"""Random and randomly broken company files, read as every command reads them.

Belongs here: the texts, and that each is either read or refused with its problems. Does not: the
watch over it.
"""

from __future__ import annotations

import random
from pathlib import Path

from orchestration.company import load_company
from orchestration.company.problems import CompanyFileError

_ROOT = Path(__file__).resolve().parents[2]
_BASE = """\
company: {name: Test, timezone: Europe/Berlin, currency: EUR, country: DE, as_of: latest_data}
sources:
  crm: {files: "crm_*.csv", mode: snapshot, snapshot_on: from_name, timezone: America/Bahia}
  till:
    files: ["a.csv", "b/"]
    delimiter: ";"
    trailer: "T;{rows}"
    null_values: ["", "-"]
  shop: {files: shop.jsonl, mode: upsert, key: [id], lag: 36h, required: false}
feeds:
  customer_records:
    - from: crm
      columns: {source_customer_id: id, email: Mail}
  transactions:
    - from: till
      columns: {transaction_id: id, occurred_at: at, amount: amount}
      formats: {occurred_at: "%d.%m.%Y"}
      values: {line_type: {sale: item}}
      drop_where: "amount = '0'"
    - from: shop
      sql: |
        select s._row, s.id as transaction_id, ts(s.at) as occurred_at, num(s.amount) as amount
        from shop s join crm c on c.id = s.customer
  survey_responses:
    - from: crm
      columns: {response_id: id, responded_at: at}
      questions: {"How likely?": {metric_type: nps, survey_id: s}}
gates: {core.fct_order.row_count: {min: 1, severity: warn}}
slices: {by: [channel], pairs: [[channel, region]]}
settings: {minimum_n: 10, quarantine_ratio: 0.05, lateness_days: 30, memory_limit: 4GB}
"""
_WORDS = [
    "null", "~", "[]", "{}", "''", "true", "-1", "0", "1e999", ".nan", "2024-05-01", "&a", "*a",
    "<<: *a", "!!python/object:os.system", "!x y", "? a", "- - -", "${HOME}", "${NOT_SET}", "$",
    "%", "\t", "\x00", "\ufeff", "é", "😀", "'", '"', "{", "}", "[", "]", ":", "#", "|", ">",
    "\n", "---", "files", "sources", "feeds", "company", "columns", "rest", "postgres", "token",
    "key", "mode", "a" * 5000, "[" * 500, "{a: " * 300, "999999999999999999999999", "\\", "\r",
    "\u2028",
]  # fmt: skip


def company_text(rng: random.Random) -> bytes:
    """A company file with some of its text cut, doubled, swapped or replaced."""
    examples = sorted((_ROOT / "examples").glob("**/company*.yml"))
    texts = [_BASE, _BASE, *(path.read_text() for path in examples)]
    text = rng.choice(texts)
    for _ in range(rng.choice([1, 1, 2, 3, 10])):
        at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + rng.choice([1, 5, 30, 400]))
        kind = rng.randrange(5)
        if kind == 0:
            text = text[:at] + text[to:]
        elif kind == 1:
            text = text[:at] + rng.choice(_WORDS) + text[at:]
        elif kind == 2:
            text = text[:at] + rng.choice(_WORDS) + text[to:]
        elif kind == 3:
            text = text[:to] + text[at:]
        else:
            text = _swapped(rng, text)
        text = text or "x"
    data = text.encode(rng.choice(["utf-8", "utf-8", "utf-8", "utf-16"]), "surrogatepass")
    if rng.random() < 0.1 and data:
        at = rng.randrange(len(data))
        data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    return data


def _swapped(rng: random.Random, text: str) -> str:
    lines = text.splitlines()
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines) + "\n"


def read_company_file(data: bytes, folder: Path) -> str:
    """Read a company file; anything but a company or its problems is a finding."""
    path = folder / "company.yml"
    path.write_bytes(data)
    try:
        load_company(path, {"HOME": "/nowhere"})
    except CompanyFileError as error:
        message = str(error)
        assert message.strip(), "problems without a word"
        assert "Traceback" not in message
        return "refused"
    return "read"
