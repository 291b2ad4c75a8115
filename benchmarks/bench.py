"""Measures the rows of the table, each a ratio within this run, prints them, and writes them as Parquet.

make bench                       all rows
make bench ROWS="threads"        some of them
"""

import argparse
import math
from pathlib import Path

import pandas as pd
from rows import ROWS, Row

from monosemanticity.training import devices

HEADER = "| measured | at | found | aim | met |\n|---|---|---|---|---|"


def as_markdown(row: Row) -> str:
    """The row as the README shows it."""
    met = "" if row.met is None else "yes" if row.met else "**no**"
    found = "not measured" if math.isnan(row.found) else f"{row.found:.3g}"
    return f"| {row.measured} | {row.at} | {found} | {row.aim} | {met} |"


def main() -> None:
    """Measure, print, write."""
    by_name = {group.__name__: group for group in ROWS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", choices=[[], *by_name], metavar="ROWS", help=", ".join(by_name))
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/speed.parquet"))
    arguments = parser.parse_args()
    device = devices.processor("float32", threads=1).description()
    print(f"{device['device']}, {device['products']}, torch {device['versions']['torch']}\n\n{HEADER}", flush=True)
    table = []
    for group in arguments.rows or by_name:
        for row in by_name[group]():
            print(as_markdown(row), flush=True)
            table.append(row)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    described = {name: str(value) for name, value in device.items()}
    pd.DataFrame(table).assign(**described).to_parquet(arguments.out)


if __name__ == "__main__":
    main()
