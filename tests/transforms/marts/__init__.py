"""Tests of the marts: intervals, unit tests, and whole chains on small core tables."""
