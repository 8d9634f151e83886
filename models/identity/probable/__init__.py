"""Who is who by evidence, between the people whom exact identifiers give.

In the order of its work: which pairs are looked at (blocking, pairing), how two compare (levels,
comparisons, meetings), what that weighs (training, namesakes, calibration, scoring), who becomes
one person (linking, parting, settling), and all of it in order (step).

Belongs here: the model and what follows from it. Does not: ids (people), a part of the night
(part).
"""
