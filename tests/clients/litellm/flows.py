"""LiteLLM: as a client of chat, responses and messages, and as a proxy between a client and ccproxy."""

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from pydantic import BaseModel

from harness import BASE, KEY, PICTURE, URL, WEATHER, case, error_of

litellm.telemetry = False
litellm.suppress_debug_info = True
litellm.num_retries = 0
TOOLS = [{"type": "function", "function": WEATHER}]
CHAT = {"model": "openai/gpt-5.5", "api_base": URL, "api_key": KEY, "max_retries": 0}
MESSAGES = {"model": "anthropic/claude-sonnet-5", "api_base": BASE + "/codex", "api_key": KEY, "max_tokens": 500}


class Place(BaseModel):
    city: str
    degrees: float


def say(content):
    return [{"role": "user", "content": content}]


def text_of(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


for name, to in (("chat", CHAT), ("messages", MESSAGES)):

    @case(f"{name}: a plain answer, whole and streamed")
    def _():
        answer = litellm.completion(**to, messages=say("Hello there"))
        assert answer.choices[0].message.content == "You said: Hello there", answer
        assert answer.usage.completion_tokens == 4, answer.usage
        stream = litellm.completion(**to, messages=say("One two three"), stream=True)
        assert text_of(stream) == "You said: One two three"

    @case(f"{name}: two tools at once, streamed, and the answer to their results")
    def _():
        messages = say("[two cities]")
        chunks = list(litellm.completion(**to, messages=messages, tools=TOOLS, stream=True))
        message = litellm.stream_chunk_builder(chunks, messages=messages).choices[0].message
        cities = [json.loads(call.function.arguments)["city"] for call in message.tool_calls]
        assert cities == ["Paris", "Rome"], message
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "sun"})
        answer = litellm.completion(**to, messages=messages, tools=TOOLS)
        assert answer.choices[0].message.content == "The tool said: sun and sun", answer

    @case(f"{name}: structured output")
    def _():
        answer = litellm.completion(**to, messages=say("[json]"), response_format=Place)
        assert Place.model_validate_json(answer.choices[0].message.content).city == "Paris", answer

    @case(f"{name}: a picture")
    def _():
        content = [{"type": "text", "text": "[look]"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
        answer = litellm.completion(**to, messages=say(content))
        assert answer.choices[0].message.content == "I see 1 pictures and 0 files", answer

    @case(f"{name}: an exhausted plan is a RateLimitError, a cut stream an error")
    def _():
        error_of(lambda: litellm.completion(**to, messages=say("[usage limit]")), litellm.RateLimitError)
        error_of(lambda: text_of(litellm.completion(**to, messages=say("[cut]"), stream=True)))


@case("responses: whole and streamed, a tool and its result, structured output")
def _():
    answer = litellm.responses(**CHAT, input="Hello there")
    assert answer.output[-1].content[0].text == "You said: Hello there", answer
    events = list(litellm.responses(**CHAT, input="One two", stream=True))
    assert events[-1].response.output[-1].content[0].text == "You said: One two", events[-1]
    tools = [{"type": "function", "strict": False, **WEATHER}]
    called = litellm.responses(**CHAT, input="[weather]", tools=tools)
    [call] = [item for item in called.output if item.type == "function_call"]
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "sun"}
    last = litellm.responses(**CHAT, input=[output], previous_response_id=called.id, tools=tools)
    assert last.output[-1].content[0].text == "The tool said: sun", last
    error_of(lambda: litellm.responses(**CHAT, input="[usage limit]"), litellm.RateLimitError)


@case("responses: text_format gives the schema")
def _():
    answer = litellm.responses(**CHAT, input="[json]", text_format=Place)
    assert Place.model_validate_json(answer.output[-1].content[0].text).city == "Paris", answer


@case("chat by way of responses: the bridge that models of the name get")
def _():
    bridged = {**CHAT, "model": "openai/responses/gpt-5.5"}
    answer = litellm.completion(**bridged, messages=say("Hello there"))
    assert answer.choices[0].message.content == "You said: Hello there", answer
    stream = litellm.completion(**bridged, messages=say("One two three"), stream=True)
    assert text_of(stream) == "You said: One two three"
    called = litellm.completion(**bridged, messages=say("[weather]"), tools=TOOLS)
    assert called.choices[0].message.tool_calls[0].function.name == "get_weather", called


@case("messages in front, chat behind: anthropic_messages() of an OpenAI model")
def _():
    import asyncio

    async def ask(**more):
        return await litellm.anthropic_messages(**CHAT, max_tokens=500, messages=say("Hello there"), **more)

    answer = asyncio.run(ask())
    assert answer["content"][-1]["text"] == "You said: Hello there", answer


@case("line separators in a text arrive whole")
def _():
    words = "a\u2028b\u2029c\u0085d"
    stream = litellm.completion(**CHAT, messages=say(words), stream=True)
    assert text_of(stream) == "You said: " + words
