"""From night to night: tonight's inputs, and what one night leaves to the next.

Belongs here: reading and writing what outlives a step. Does not: any rule of who is who.
"""
