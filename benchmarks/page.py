"""How long the report takes to open, and to show another run, in Debian's chromium: python benchmarks/page.py REPORT.

Opening is timed until the page can be read, choosing until the charts of another run are drawn; medians of some tries.
"""

import shutil
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

OPENED, CHOSEN = 5, 20


def opened(page: Page, report: Path) -> float:
    """Seconds from the address to a page that can be read."""
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(report.as_uri(), wait_until="domcontentloaded")
    return time.perf_counter() - began


def chosen(page: Page, run: str) -> float:
    """Seconds from another run's address to its charts."""
    began = time.perf_counter()
    page.evaluate("address => { location.hash = address }", f"run={quote(run)}")
    page.locator(f"#models[data-drawn*='{run}']").wait_for(state="attached")
    return time.perf_counter() - began


def main() -> None:
    """Print a table of both."""
    report = Path(sys.argv[1]).resolve()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        opening = [opened(page, report) for _ in range(OPENED)]
        runs = page.evaluate(
            "Object.entries(JSON.parse(document.getElementById('index').textContent).runs)"
            ".filter(([, about]) => !about.missing).map(([run]) => run)"
        )
        choosing = [chosen(page, run) for run in runs[:: -(-len(runs) // CHOSEN)]]
        browser.close()
    print(f"{report.name}: {report.stat().st_size / 1e6:.1f} MB, {len(runs)} models")
    print(f"opens in {statistics.median(opening):.2f} s; another run is drawn in {statistics.median(choosing):.2f} s")


if __name__ == "__main__":
    main()
