"""Tests of the as-of features."""
