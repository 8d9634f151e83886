"""Customers: ids that stay, what their changes are, the map and the bridge, households.

Belongs here: what a night says of people once it is known who is one. Does not: who is one (exact,
probable).
"""
