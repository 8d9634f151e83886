"""What people see of identity: how good it is, and the pairs that they could judge.

Belongs here: measuring and showing. Does not: anything that changes who is who.
"""
