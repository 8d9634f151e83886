"""Learnt gates."""
