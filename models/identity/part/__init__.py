"""A night worked out in part: only what tonight touches, with the result of a full run.

In the order of its work: whom changes touch (touched), what exact identifiers say of them
(clusters), which pairs are scored anew (nearby, members), how far that reaches (region), all of it
in order (increment), and the part put back in its place (carrying).

Belongs here: finding the part and keeping the rest. Does not: any rule (exact, probable, people).
"""
