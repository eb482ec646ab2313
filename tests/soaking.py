"""How each soak is asked and tells: its counts as options, one line of JSON at the end, the status by whether it was right."""

import argparse
import json
from collections.abc import Callable
from typing import Any


def main(doc: str | None, run: Callable[..., dict[str, Any]], **counts: Any) -> int:
    """Read the options, run, print the summary; return the exit status.

    Args:
        doc: The module's docstring: its help.
        run: Takes the counts by name; its summary says by ``right`` whether all was as it should be.
        counts: What may be given as an option, with its default; a False becomes a switch.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in counts.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            parser.add_argument(option, action="store_true")
        else:
            parser.add_argument(option, type=type(value), default=value)
    summary = run(**vars(parser.parse_args()))
    print(json.dumps(summary, ensure_ascii=False))
    return 0 if summary["right"] else 1
