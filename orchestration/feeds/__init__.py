"""Feeds: rows of a company's sources made into rows of the contracts, batch by batch.

This is the door: mappings, validation, versions, quarantine and books are behind it, and other
rooms use only what is named here.
"""

from orchestration.feeds.books import BooksError
from orchestration.feeds.feed import feed_digest, rebuild_feeds, used_sources, write_feed
from orchestration.feeds.results import FeedResult, combined
from orchestration.feeds.state import feed_generations
from orchestration.feeds.tables import ensure_empty_feeds, latest_business_date, write_batch_table

__all__ = [
    "BooksError",
    "FeedResult",
    "combined",
    "ensure_empty_feeds",
    "feed_digest",
    "feed_generations",
    "latest_business_date",
    "rebuild_feeds",
    "used_sources",
    "write_batch_table",
    "write_feed",
]
