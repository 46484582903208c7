"""The command line, with demo data from another folder: to hear its calls whole takes minutes.

`python -m tests.browser.short_demo COMMAND ...`; `DEMO_FOLDER` is where the demo data lies.
"""

import os
import sys
from pathlib import Path

from api import demo, serving
from api.cli import main

if __name__ == "__main__":
    demo._FIXTURES = Path(os.environ["DEMO_FOLDER"])  # noqa: TID251
    workers = (sys.executable, "-m", "tests.browser.short_demo", *serving._WORKER[3:])
    serving.serve.__kwdefaults__["worker"] = workers
    main()
