"""Objects of a store (s3://, gs://, az://) as files for landing.

Here: which objects a source has, and getting those that are new. Not here: what becomes of their
bytes (landing). An object's key is never a path here: what is fetched lies under a number, and the
key is only its name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.fetching.incoming import Incoming
from orchestration.fetching.patience import Patience
from orchestration.home import Home
from orchestration.landing.discovery import Found
from orchestration.landing.options import format_of_name
from orchestration.landing.problems import Refused
from orchestration.landing.receive import raw_path
from orchestration.ledger import FileStat, Ledger

if TYPE_CHECKING:
    from orchestration.company import Source

Say = Callable[[str], None]
SCHEMES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}
_LISTED_PARTS = 3  # objects that `check` looks at
_WILD = re.compile(r"[*?]")
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp")


@dataclass(frozen=True)
class Object:
    """One object: its full key, its name below the source's prefix, and what tells its version."""

    url: str
    key: str  # bucket and key, as fsspec has it
    name: str
    stat: FileStat  # without a digest


@dataclass(frozen=True)
class Listing:
    """The objects of a source by name, and which of its words found nothing."""

    objects: tuple[Object, ...]
    missing: tuple[str, ...]
    empty: tuple[str, ...]


def list_objects(source: Source, store: Any) -> Listing:
    """Find the objects of a source; nothing is wild in a key that was found.

    Raises:
        Refused: source.denied, source.missing or source.unreachable.
    """
    found: dict[str, Object] = {}
    missing: list[str] = []
    empty: list[str] = []
    for word in source.files:
        scheme, _, path = word.partition("://")
        root, pattern = _split(path)
        is_literal = not path.endswith("/") and not _WILD.search(path)
        n = 0
        for key, info in _within(source.name, store, path if is_literal else root, is_literal):
            name = key.rpartition("/")[2] if is_literal else key[len(root) :]
            if is_literal or _is_wanted(name, pattern, source.format):
                found[key] = Object(f"{scheme}://{key}", key, name, _stat(scheme, key, info))
                n += 1
        if not n:
            (missing if is_literal else empty).append(word)
    ordered = sorted(found.values(), key=lambda one: one.name)
    return Listing(tuple(ordered), tuple(missing), tuple(empty))


def fetch_objects(
    home: Home,
    ledger: Ledger,
    source: Source,
    incoming: Incoming,
    patience: Patience,
) -> tuple[list[Found], Listing, list[str], Refused | None]:
    """Get the objects that are not landed as they are.

    Returns:
        Files for landing, what there is, the names that are landed already, and why not all could
        be got, if so.
    """
    store = store_of(source)
    listing = list_objects(source, store)
    held = {a.name: a for a in ledger.arrivals(source.name)}
    files: list[Found] = []
    unchanged: list[str] = []
    for one in listing.objects:
        last, known = held.get(one.name), ledger.file_stat(one.url)
        is_known = known is not None and known == replace(one.stat, sha256=known.sha256)
        if is_known and known and last and last.status != "refused":
            kept = raw_path(home, source.name, known.sha256[:16], one.name)
            if last.sha256 == known.sha256 and kept.exists():
                unchanged.append(one.name)
                continue
        try:
            files.append(_get(source, store, one, incoming, len(files), patience))
        except Refused as refused:
            return files, listing, unchanged, refused
    return files, listing, unchanged, None


def sample_objects(source: Source, directory: Path, say: Say) -> tuple[list[Found], Listing]:
    """Get the first objects of a source, for `check`.

    Raises:
        Refused: They cannot be read.
    """
    store = store_of(source)
    listing = list_objects(source, store)
    files = []
    for number, one in enumerate(listing.objects[:_LISTED_PARTS]):
        target = directory / str(number)
        _download(source, store, one, target, Patience(say))
        files.append(Found(target, one.name))
    return files, listing


def remember(ledger: Ledger, source: Source, listing: Listing, taken: Sequence[str]) -> None:
    """Remember the version of objects that landing has, so that they are not got again."""
    held = {a.name: a for a in ledger.arrivals(source.name)}
    for one in listing.objects:
        last = held.get(one.name)
        if one.name in taken and last is not None and last.status != "refused":
            ledger.remember_stat(replace(one.stat, sha256=last.sha256))


def store_of(source: Source) -> Any:
    """The store of a source's objects, by fsspec; keys come from the environment alone.

    Raises:
        Refused: file.unsupported: its driver is not installed.
    """
    scheme = source.files[0].partition("://")[0]
    driver = SCHEMES.get(scheme, "")
    try:
        import fsspec

        more: dict[str, Any] = {}
        if scheme == "s3":
            more["config_kwargs"] = {
                "connect_timeout": 15, "read_timeout": 60, "retries": {"max_attempts": 3},
            }  # fmt: skip
        return fsspec.filesystem(scheme, skip_instance_cache=True, use_listings_cache=False, **more)
    except (ImportError, ValueError):
        raise Refused(
            "file.unsupported",
            f"{source.name}: {scheme}:// needs the package {driver or scheme}, which is not"
            f" installed; install it beside wholeview (pip install {driver or scheme})",
        ) from None


def _split(path: str) -> tuple[str, str]:
    """The part before the first wild one, which ends in `/`, and the rest."""
    wild = _WILD.search(path)
    at = path.rfind("/", 0, wild.start() if wild else len(path)) + 1
    return path[:at], path[at:]


def _is_wanted(name: str, pattern: str, declared: str | None) -> bool:
    """Whether a name below the prefix is one of a pattern's; all known formats where none is."""
    last = name.rpartition("/")[2].lower()
    if not last or last.startswith((".", "_")) or last.endswith(_UNFINISHED):
        return False
    if not pattern:
        return bool(declared or format_of_name(last))
    return _pattern(pattern).fullmatch(name) is not None


def _pattern(pattern: str) -> re.Pattern[str]:
    """A glob as an expression: `*` and `?` stay within a part, `**/` crosses parts."""
    said = ""
    for token in re.findall(r"\*\*/|\*|\?|[^*?]+", pattern):
        said += {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(token, re.escape(token))
    return re.compile(said, re.DOTALL)


def _within(
    name: str, store: Any, path: str, is_literal: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        if is_literal:
            # `find` and `glob` would take brackets in a key for wild ones
            listed = store.ls(path, detail=True, refresh=True)
            yield from ((i["name"], i) for i in listed if i["name"] == path)
            return
        found = store.find(path, detail=True, withdirs=False)
        yield from ((key, info) for key, info in found.items() if key.startswith(path))
    except FileNotFoundError:
        if not is_literal:
            raise Refused(
                "source.missing", f"{name}: no such bucket or prefix; mend `files`"
            ) from None
    except Exception as problem:
        raise _refusal(name, problem) from None


def _refusal(name: str, problem: Exception) -> Refused:
    """What an error of a store means; its text may hold keys and addresses, and is not told."""
    kind = type(problem).__name__
    if isinstance(problem, PermissionError) or "Credential" in kind:
        return Refused(
            "source.denied",
            f"{name}: the store does not let this user in ({kind}); see its keys in the"
            " environment (AWS_ACCESS_KEY_ID, ...)",
        )
    return Refused(
        "source.unreachable",
        f"{name}: the store cannot be reached or broke off ({kind}); run again later",
    )


def _stat(scheme: str, key: str, info: dict[str, Any]) -> FileStat:
    """What tells an object's version: size, time and tag."""
    tag = str(info.get("ETag") or info.get("etag") or info.get("md5Hash") or "")
    number = int.from_bytes(hashlib.sha256(tag.encode()).digest()[:7], "big")
    changed = info.get("LastModified") or info.get("last_modified") or info.get("updated")
    stamp = getattr(changed, "timestamp", None)
    at = int(stamp() * 1_000_000_000) if stamp else 0
    return FileStat(f"{scheme}://{key}", int(info.get("size") or 0), at, 0, number, "")


def _get(
    source: Source, store: Any, one: Object, incoming: Incoming, number: int, patience: Patience
) -> Found:
    _download(source, store, one, incoming.temporary(), patience)
    return replace(incoming.put(f"{number:06d}"), name=one.name)


def _download(source: Source, store: Any, one: Object, target: Path, patience: Patience) -> None:
    """Get an object's bytes, as many as were listed; another try where the line breaks."""
    while True:
        why = "it changed while it was read"
        try:
            store.get_file(one.key, str(target))
            if target.stat().st_size == one.stat.size:
                patience.progress()
                return
        except FileNotFoundError:
            why = "it went away while it was read"
        except PermissionError as problem:
            raise _refusal(source.name, problem) from None
        except Exception as problem:
            why = type(problem).__name__
        if not patience.wait(f"  {source.name}: an object did not come whole ({why})"):
            raise Refused(
                "source.unreachable",
                f"{source.name}: an object did not come whole ({why}); run again later",
            )
