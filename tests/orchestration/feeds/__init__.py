"""Tests of feeds: mappings, versions, laws, books and what a replay gives."""
