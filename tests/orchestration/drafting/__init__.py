"""Tests of drafting a company file from raw files."""
