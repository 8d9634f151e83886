"""Tests of the examples: the sample company and the real ones."""
