"""Who is who: from identifiers seen together to one permanent customer id.

The door is :func:`models.identity.resolve.resolve`. Its rooms, of which each
may import those before it (tests/test_rooms.py):

- ``arrays``: tables as arrays, of anything;
- ``records``: what records say, made comparable;
- ``exact``: who is one by identifiers and decisions;
- ``probable``: who is one by evidence;
- ``people``: ids that stay, the map, households;
- ``nights``: inputs, and what one night leaves to the next;
- ``part``: a night that works out only what changes touch;
- ``shown``: the measured quality, and pairs to judge.

What does not belong here: reading feeds (the warehouse's identity layer prepares the inputs) and
golden records (the warehouse's core shapes them).
"""
