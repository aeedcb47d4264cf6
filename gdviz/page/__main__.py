"""`python -m gdviz.page notebooks SITE`: write the lessons as pages that need no kernel."""

import argparse
import sys
from time import perf_counter

from .build import LessonError, build


def main(arguments=None):
    """Build a site, telling how far it is; return 0, or 1 if a lesson fails."""
    parser = argparse.ArgumentParser(prog="python -m gdviz.page", description=__doc__)
    parser.add_argument("notebooks", help="the folder of the lessons")
    parser.add_argument("site", help="the folder to write; an earlier site there is replaced")
    given, begun = parser.parse_args(arguments), perf_counter()
    try:
        pages = build(given.notebooks, given.site, lambda line: print(line, flush=True))
    except LessonError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(pages)} pages in {given.site}, {perf_counter() - begun:.0f} seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
