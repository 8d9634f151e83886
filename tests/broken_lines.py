"""Lines of csv with one thing wrong with them, for laws over broken files.

Belongs here: the ways in which a line is broken. Does not: the lines, or what must come of them.
"""

from __future__ import annotations

from hypothesis import strategies as st


def broken(line: bytes, mark: bytes, header: bytes) -> st.SearchStrategy[bytes]:
    """A line with one thing wrong with it.

    Args:
        line: a record with its line end.
        mark: bytes that are in the record, where a quote, a NUL or bad UTF-8 may be put in.
        header: the header of its file, without a line end.
    """
    return st.sampled_from(
        [
            line.replace(b",", b"", 1), line.rstrip(b"\n") + b",more\n", b'"' + line,
            line.replace(b",", b',"', 1), line.replace(mark, mark + b'"', 1),
            line.replace(mark, mark + b"\0"), line.replace(mark, mark + b"\xff"), b"\n",
            header + b"\n", line.replace(b"\n", b"\r\n"), b'"\n' + line, line * 2, mark,
            b"\xef\xbb\xbf" + line,
        ]
    )  # fmt: skip
