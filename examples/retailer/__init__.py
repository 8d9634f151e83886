"""The sample company: an omnichannel retailer with a paid membership, made up, its truth known.

Belongs here: the generator (`generate`) and the company file that it hands out. Does not: anything
that the pipeline needs for other companies.
"""

from __future__ import annotations

from examples.retailer.generate import generate
from examples.retailer.plan import SampleError

__all__ = ["SampleError", "generate"]
