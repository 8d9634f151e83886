"""Tests of the gates: each kind on a healthy case and on a planted fault, and the engine."""
