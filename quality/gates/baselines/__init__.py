"""Gates that learn what a usual night looks like from the nights before, and judge tonight by it.

The way: `numbers` counts what each stream (a source within a feed) brought by day, in DuckDB;
`series` makes rows of days of it; `expect` says what tonight should be and how far off is strange;
`judge` turns that into results. Not here: where numbers are kept between nights (orchestration),
and rules that need no past (suites). No clock, no Great Expectations: numbers judge a night.

Nothing is imported here: the names of gates are read with every company file, and what counts and
judges them costs a second to import.
"""
