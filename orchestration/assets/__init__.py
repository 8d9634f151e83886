"""The nightly graph, in the way of the data: sources → feeds → warehouse → scores → published.

Belongs here: thin assets and checks that call plain functions and report their figures. Does not:
the work itself, or how the graph is scheduled (schedules.py) and put together (definitions.py).

The modules here do without ``from __future__ import annotations``: Dagster reads the annotations of
an asset's parameters while it is being defined.
"""
