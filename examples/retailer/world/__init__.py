"""The world behind the sample: people, what they feel and do, week by week, as arrays of numbers.

Belongs here: everything drawn at random about people and events. Does not: text and files (raw/).
"""
