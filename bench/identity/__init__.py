"""How well people are found: benchmark records with known truth, and the sample's worlds.

Here: reading them as any company's records through a company file, and measuring the result. Not
here: the matcher, and never a setting of it: truth is read after the night alone.
"""
