"""What runs, when and on what: reading, landing, the nightly graph, publishing, the commands.

Belongs here: assets, jobs, schedules, the company file, HOME. Does not: shaping customer data
(that is SQL, in transforms/), estimating (models/) or judging rows (quality/).
"""
