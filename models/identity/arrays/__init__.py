"""Tables of the database as arrays: numbers for hashes, rows by their place, what hangs together.

Belongs here: what knows nothing of people. Does not: any rule of who is who.
"""
