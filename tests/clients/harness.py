"""What the Python client scripts have in common: each case is one JSON line on stdout, as harness.mjs writes them.

Environment: BASE (http://127.0.0.1:PORT of the program), LOCKED_BASE (a program that wants an API key), CASES (a regular
expression that picks cases).
"""

import asyncio
import inspect
import json
import os
import re
import traceback

BASE = os.environ["BASE"]
URL = BASE + "/codex/v1"
LOCKED_URL = os.environ["LOCKED_BASE"] + "/codex/v1"
KEY = "dummy-key"

#: A picture of one pixel.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = "data:image/png;base64," + PIXEL

WEATHER = {
    "name": "get_weather",
    "description": "Tells the weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def case(name):
    """Runs the decorated function, which may be async, and reports how it went; the next one runs whatever happened."""

    def run(body):
        if not re.search(os.environ.get("CASES", ""), name):
            return
        try:
            if inspect.iscoroutinefunction(body):
                asyncio.run(body())
            else:
                body()
            report({"name": name, "result": "passed"})
        except Exception:
            report({"name": name, "result": "failed", "detail": traceback.format_exc()[-3000:]})

    return run


def error_of(body, kind=Exception):
    """The error that a call ends with."""
    try:
        body()
    except kind as error:
        return error
    raise AssertionError("it succeeded, an error was expected")


def report(entry):
    # A line of its own, also behind a client that draws on the terminal.
    print("\n" + json.dumps(entry), flush=True)
