"""Checks of the project's own text that no ready-made linter does. Each has tests that it bites."""
