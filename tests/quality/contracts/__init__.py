"""Tests of the feed contracts and what is made from them."""
