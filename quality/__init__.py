"""What good data is: feed contracts, validation, reason codes, quarantine, gates.

Belongs here: whatever judges rows, files or tables. Does not: orchestration, or estimating.
"""
