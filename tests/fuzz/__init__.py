"""Fuzzing of what reads other people's bytes: files of every format, and the company file."""
