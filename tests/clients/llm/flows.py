"""llm, the command line: its extra models with an api_base, streamed and whole, tools, schemas, pictures, conversations."""

import base64
import os
import subprocess
import sys
import tempfile

from harness import KEY, PIXEL, URL, case

home = tempfile.mkdtemp(prefix="ccproxy-llm-")
with open(f"{home}/extra-openai-models.yaml", "w") as file:
    file.write(
        f"""- model_id: proxy
  model_name: gpt-5.5
  api_base: {URL}
  vision: true
  supports_tools: true
  supports_schema: true
"""
    )
with open(f"{home}/tools.py", "w") as file:
    file.write('def get_weather(city: str) -> str:\n    "Tells the weather of a city"\n    return "sun in " + city\n')
with open(f"{home}/pixel.png", "wb") as file:
    file.write(base64.b64decode(PIXEL))


def llm(*words, fails=False):
    env = {**os.environ, "LLM_USER_PATH": home, "OPENAI_API_KEY": KEY, "LLM_LOAD_PLUGINS": ""}
    command = [os.path.join(os.path.dirname(sys.executable), "llm"), *words]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (ended.returncode != 0) == fails, ended.stdout + ended.stderr
    return (ended.stderr if fails else ended.stdout).strip()


@case("a prompt, streamed and whole, with a system prompt")
def _():
    assert llm("-m", "proxy", "Hello there") == "You said: Hello there"
    assert llm("-m", "proxy", "--no-stream", "-s", "Be short", "Hello there") == "You said: Hello there"


@case("-c goes on with the conversation")
def _():
    llm("-m", "proxy", "My name is Alice")
    assert llm("-c", "[recall]") == "I heard: My name is Alice | [recall]"


@case("two tools at once, streamed and whole")
def _():
    for more in ([], ["--no-stream"]):
        answer = llm("-m", "proxy", "--functions", f"{home}/tools.py", *more, "[two cities]")
        assert "sun in Paris" in answer and "sun in Rome" in answer, answer


@case("a schema")
def _():
    answer = llm("-m", "proxy", "--schema", "city, degrees float", "[json]")
    assert answer.replace(" ", "") == '{"city":"Paris","degrees":21}', answer


@case("a picture")
def _():
    answer = llm("-m", "proxy", "-a", f"{home}/pixel.png", "[look]")
    assert answer == "I see 1 pictures and 0 files", answer


@case("an exhausted plan is an error in the program's words")
def _():
    assert "Rate limit exceeded" in llm("-m", "proxy", "[usage limit]", fails=True)
