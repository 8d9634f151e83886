"""The world as files: text, identifiers as the systems recorded them, formats and their quirks.

Belongs here: everything about how a source system writes. Does not: what happened (world/).
"""
