"""Quarantine: what a kept record looks like, so that it can be explained and taken in later.

Here: the schema of records that framing set aside. It holds raw text, so it is personal data:
access, retention and erasure apply. Not here: the rules (validation, the reader of files).
"""

from __future__ import annotations

import pyarrow as pa

# Key: (sha256, first_line), so that a rerun adds nothing. Lines are physical, from 1, inclusive.
LINES_SCHEMA = pa.schema(
    [
        pa.field("source_name", pa.string(), nullable=False),
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("first_line", pa.int64(), nullable=False),
        pa.field("last_line", pa.int64(), nullable=False),
        pa.field("raw_bytes", pa.binary(), nullable=False),  # in UTF-8 unless that is the reason
        pa.field("reasons", pa.list_(pa.string()), nullable=False),  # sorted
        pa.field("parser_version", pa.string(), nullable=False),
        pa.field("batch", pa.int64(), nullable=False),
    ]
)
