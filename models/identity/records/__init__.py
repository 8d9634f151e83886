"""What records say, made comparable: names, addresses, contacts, and what a company's own teach.

Belongs here: one record's words. Does not: any comparison of two records (exact, probable).
"""
