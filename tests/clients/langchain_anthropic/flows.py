"""langchain-anthropic against ccproxy; prints one JSON line for each case, as harness.mjs does."""

import os

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from harness import case


class City(BaseModel):
    """A city and its weather"""

    city: str
    degrees: int


@tool
def get_weather(city: str) -> str:
    """Tells the weather of a city"""
    return "sunny in " + city


def model(**more):
    return ChatAnthropic(
        model="claude-sonnet-5",
        base_url=os.environ["BASE"] + "/codex",
        api_key="dummy-key",
        max_retries=0,
        max_tokens=1000,
        **more,
    )


@case("invoke gives text and usage")
def _():
    answer = model().invoke("Hello there")
    assert answer.text == "You said: Hello there", answer
    assert answer.usage_metadata["input_tokens"] == 10, answer.usage_metadata


@case("stream gives text in pieces")
def _():
    pieces = [chunk.text for chunk in model().stream("One two three")]
    assert "".join(pieces) == "You said: One two three", pieces
    assert len(pieces) > 2, pieces


@case("a bound tool is called, and its result goes back")
def _():
    bound = model().bind_tools([get_weather])
    messages = [HumanMessage("[weather]")]
    first = bound.invoke(messages)
    call = first.tool_calls[0]
    assert call["args"] == {"city": "Paris"}, call
    result = ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])
    second = bound.invoke([*messages, first, result])
    assert second.text == "The tool said: sunny in Paris", second


@case("with_structured_output by a JSON schema")
def _():
    city = model().with_structured_output(City, method="json_schema").invoke("[json]")
    assert (city.city, city.degrees) == ("Paris", 21), city


@case("with_structured_output by a tool")
def _():
    city = model().with_structured_output(City, method="function_calling").invoke("[city tool]")
    assert (city.city, city.degrees) == ("Paris", 21), city


@case("context edits are done and told")
def _():
    edits = {"edits": [{"type": "clear_tool_uses_20250919"}]}
    answer = model(betas=["context-management-2025-06-27"], context_management=edits).invoke("Hello there")
    assert answer.response_metadata["context_management"] == {"applied_edits": []}, answer.response_metadata
