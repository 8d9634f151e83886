"""Tests of `wholeview check`: findings on sources and mappings, and the command."""
