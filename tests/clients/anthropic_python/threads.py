"""The Anthropic SDK for Python against ccproxy; prints one JSON line for each case, as harness.mjs does."""

import os

import anthropic
from anthropic import Anthropic, beta_tool
from pydantic import BaseModel

from harness import case

client = Anthropic(base_url=os.environ["BASE"] + "/codex", api_key="dummy-key", max_retries=0)
MODEL = {"model": "claude-sonnet-5", "max_tokens": 1000}


@beta_tool
def get_weather(city: str) -> str:
    """Tells the weather of a city"""
    return "sunny in " + city


def say(content):
    return {"role": "user", "content": content}


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


class City(BaseModel):
    city: str
    degrees: int


@case("parse() gives structured output")
def _():
    answer = client.beta.messages.parse(**MODEL, messages=[say("[json]")], output_format=City)
    assert (answer.parsed_output.city, answer.parsed_output.degrees) == ("Paris", 21), answer


for stream in (False, True):

    @case(f"context edits are done, told and counted, stream {stream}")
    def _():
        use = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain and wind " * 50}
        edit = {
            "type": "clear_tool_uses_20250919",
            "trigger": {"type": "tool_uses", "value": 0},
            "keep": {"type": "tool_uses", "value": 0},
        }
        body = {
            "tools": [get_weather.to_dict()],
            "messages": [say("How is it?"), {"role": "assistant", "content": [use]}, say([result])],
            "context_management": {"edits": [edit]},
        }
        if stream:
            with client.beta.messages.stream(**MODEL, **body) as events:
                answer = events.get_final_message()
        else:
            answer = client.beta.messages.create(**MODEL, **body)
        applied = answer.context_management.applied_edits[0]
        assert (applied.type, applied.cleared_tool_uses) == ("clear_tool_uses_20250919", 1), applied
        count = client.beta.messages.count_tokens(model=MODEL["model"], **body)
        assert count.context_management.original_input_tokens > count.input_tokens, count


@case("an answer goes on behind a compaction")
def _():
    edit = {"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 1}}
    answer = client.beta.messages.create(
        **MODEL, messages=[say("Hello there")], context_management={"edits": [edit]}
    )
    assert [block.type for block in answer.content] == ["compaction", "text"], answer
    assert [entry.type for entry in answer.usage.iterations] == ["compaction", "message"], answer.usage


@case("models are listed page by page, and retrieved by their names")
def _():
    ids = [model.id for model in client.models.list(limit=3)]
    assert len([name for name in ids if "claude" in name]) * 2 == len(ids), ids
    model = client.models.retrieve("claude-sonnet-5")
    assert (model.id, model.lifecycle) == ("claude-sonnet-5", "active"), model
    assert model.max_input_tokens > 100_000 and model.max_tokens > 1000, model
