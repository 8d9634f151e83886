"""Tests of the company file: reading, judging, digests."""
