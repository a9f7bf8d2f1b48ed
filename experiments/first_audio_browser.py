"""How soon and how fast the page of examples/web speaks, in a browser without a window.

python experiments/first_audio_browser.py site/ --times 20
"""

import argparse
import functools
import http.server
import shutil
import statistics
import threading
from pathlib import Path

TEXTS = (
    "Checkbox checked.",
    "Your call will be answered in 5 minutes.",
    "The quick brown fox jumps over the lazy dog, and then it runs along the river, "
    "past the old mill and the church, until the evening comes.",
)


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def spent(session):
    """Seconds of the processor that the page has taken, its drawing and playing too."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(one["cpuTime"] for one in processes if one["type"] == "renderer")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("site", type=Path, help="what build.py wrote")
    parser.add_argument("--times", type=int, default=20, help="each text is spoken")
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    handler = functools.partial(_Handler, directory=str(arguments.site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(
            executable_path=arguments.chromium, args=options
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.locator("#speak:enabled").wait_for(timeout=120_000)
        session = browser.new_browser_cdp_session()
        for text in TEXTS:
            first, speed, before = [], [], spent(session)
            for _ in range(arguments.times):
                page.locator("#text").fill(text)
                page.locator("#text").press("Enter")
                page.locator("#save:visible").wait_for(timeout=60_000)
                first.append(float(page.locator("#first").inner_text().split()[0]))
                speed.append(float(page.locator("#speed").inner_text().split()[0]))
            length = page.locator("#length").inner_text()
            page.wait_for_timeout(1000 * float(length.split()[0]))
            processor = (spent(session) - before) / arguments.times
            print(
                f"{length}: first audio after "
                f"{statistics.median(first):.0f} ms (quickest {min(first):.0f}), "
                f"{statistics.median(speed):.1f} times real time "
                f"(quickest {max(speed):.1f}), "
                f"{float(length.split()[0]) / processor:.1f} by time of the processor"
            )
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
