"""Tests of models.scoring."""
