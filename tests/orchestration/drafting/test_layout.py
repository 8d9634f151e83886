"""The encoding and the header's row, guessed from bytes; a file in UTF-8 has nothing to say."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from orchestration.company import parse_company
from orchestration.drafting import draft_company
from orchestration.drafting.layout import guess_encoding, guess_header_row

JAPANESE = "会員番号,姓,メールアドレス\r\n1,髙橋,a@example.jp\r\n"
GERMAN = "Nr,Straße,Größe\r\n1,Müllerstraße,groß\r\n"
KOREAN = "회원번호,이름\r\n1,김민수\r\n"


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        (JAPANESE, "cp932", "cp932"),
        (JAPANESE.replace("髙", "高"), "euc_jp", "euc_jp"),
        (GERMAN, "cp1252", "cp1252"),
        (KOREAN, "cp949", "cp949"),
        (JAPANESE, "utf-8", None),
        (JAPANESE, "utf-8-sig", None),
        ("a,b\n1,2\n", "ascii", None),
    ],
)
def test_encodings_are_told_apart(
    tmp_path: Path, text: str, encoding: str, guess: str | None
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode(encoding))
    assert guess_encoding(file) == guess


def test_a_character_cut_by_the_end_of_the_head_is_no_other_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(b"a" + "é".encode() * (1 << 18)))
    assert guess_encoding(file) is None


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("a;b;c\n1;2;3\n", None),
        ("\n\na;b;c\n1;2;3\n", None),  # blank lines are left out as it is
        ("Export of May\n\na;b;c\n1;2;3\n4;5;6\n", 3),
        ("Title,x\na,b,c\n1,2,3\n4,5,6\n", 2),
        ('"two\nlines"\na,b\n1,"x\ny"\n3,4\n', 3),
        ("one\n1\n2\n", None),
    ],
)
def test_the_header_stands_where_the_table_begins(
    tmp_path: Path, text: str, row: int | None
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text)
    assert guess_header_row(file, None) == row


def test_a_draft_says_how_to_read_the_file(tmp_path: Path) -> None:
    raw = tmp_path / "guests.csv"
    raw.write_bytes(("会員一覧\r\n" + JAPANESE).encode("cp932"))
    orders = tmp_path / "orders.csv"  # a company file without any feed would not load
    orders.write_text("order_id,ordered_at\n1,2025-05-01\n")
    target = tmp_path / "company.yml"
    text = draft_company(target, [raw, orders])
    source = parse_company(text, target, {}).sources["guests"]
    assert (source.encoding, source.header_row) == ("cp932", 2)
    assert "# unsure: encoding and header_row" in text
    assert '#   its columns: "会員番号", "姓", "メールアドレス"' in text
