"""Tests of the contracts, the rules of validation, the gates."""
