"""Who is who by exact identifiers and by people's decisions: shared identifiers, with their guards.

Belongs here: links that need no weighing. Does not: evidence that is weighed (probable), ids
(people).
"""
