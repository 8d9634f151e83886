"""Who is who: from identifiers seen together to one permanent customer id.

The door is :func:`models.identity.resolve.resolve`. What belongs here: links, components, permanent
ids and their events. What does not: reading feeds (the warehouse's identity layer prepares the
inputs) and golden records (the warehouse's core shapes them).
"""
