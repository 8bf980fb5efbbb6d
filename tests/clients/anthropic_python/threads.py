"""The Anthropic SDK for Python against ccproxy; prints one JSON line for each case, as harness.mjs does."""

import json
import os
import re
import traceback

import anthropic
from anthropic import Anthropic, beta_tool

client = Anthropic(base_url=os.environ["BASE"] + "/codex", api_key="dummy-key", max_retries=0)
MODEL = {"model": "claude-sonnet-5", "max_tokens": 1000}


@beta_tool
def get_weather(city: str) -> str:
    """Tells the weather of a city"""
    return "sunny in " + city


def say(content):
    return {"role": "user", "content": content}


def case(name):
    def run(body):
        if not re.search(os.environ.get("CASES", ""), name):
            return
        try:
            body()
            print(json.dumps({"name": name, "result": "passed"}), flush=True)
        except Exception:
            print(json.dumps({"name": name, "result": "failed", "detail": traceback.format_exc()}), flush=True)

    return run


@case("create gives text, stop reason and usage")
def _():
    answer = client.messages.create(**MODEL, messages=[say("Hello there")])
    assert answer.content[0].text == "You said: Hello there", answer
    assert (answer.stop_reason, answer.usage.input_tokens) == ("end_turn", 10), answer


for stream in (False, True):

    @case(f"tool_runner runs a tool over a thread, stream {stream}")
    def _():
        runner = client.beta.messages.tool_runner(
            **MODEL, tools=[get_weather], messages=[say("[weather]")], stream=stream
        )
        messages = [item.get_final_message() if stream else item for item in runner]
        assert messages[-1].content[-1].text == "The tool said: sunny in Paris", messages


@case("thread() goes on with only what is new, and sends the whole when the thread is lost")
def _():
    thread = client.beta.messages.thread(**MODEL, system="Be brief")
    thread.send(say("My name is Alice"))
    second = thread.send(say("[recall]"))
    assert second.content[-1].text == "I heard: My name is Alice | [recall]", second
    thread._state._thread.previous_message_id = "msg_lost"
    third = thread.send(say("[recall] again"))
    assert third.content[-1].text == "I heard: My name is Alice | [recall] | [recall] again", third


@case("a thread that is not kept is a ThreadNotFoundError")
def _():
    try:
        client.beta.messages.create(
            **MODEL,
            messages=[say("Hi")],
            thread={"type": "continue", "previous_message_id": "msg_nothing"},
        )
    except anthropic.NotFoundError as error:
        assert type(error).__name__ == "ThreadNotFoundError", type(error)
    else:
        raise AssertionError("it was answered")


@case("a tool runner compacts before its next turn and goes on")
def _():
    runner = client.beta.messages.tool_runner(**MODEL, tools=[get_weather], messages=[say("[weather]")])
    reasons = []
    for message in runner:
        reasons.append(message.stop_reason)
        if len(reasons) == 1:
            runner.compact_before_next_turn()
    assert reasons == ["tool_use", "compaction", "end_turn"], reasons


@case("models are listed page by page, and retrieved by their names")
def _():
    ids = [model.id for model in client.models.list(limit=3)]
    assert len([name for name in ids if "claude" in name]) * 2 == len(ids), ids
    model = client.models.retrieve("claude-sonnet-5")
    assert (model.id, model.lifecycle) == ("claude-sonnet-5", "active"), model
    assert model.max_input_tokens > 100_000 and model.max_tokens > 1000, model
