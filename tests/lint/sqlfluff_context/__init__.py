"""What sqlfluff's jinja templater knows of dbt: the same stand-ins as the portability lint.

sqlfluff reads this package as its library: every public name here is a name in the templates.
"""

from pathlib import Path

from tests.lint.travels.render import Renderer

globals().update(Renderer(Path("transforms")).env.globals)
