"""The OpenAI SDK for Python: chat and responses, whole and streamed, tools, structured output, pictures, errors."""

import json

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from harness import KEY, LOCKED_URL, PICTURE, URL, WEATHER, case, error_of

client = OpenAI(base_url=URL, api_key=KEY, max_retries=0)
TOOLS = [{"type": "function", "function": WEATHER}]


class Place(BaseModel):
    city: str
    degrees: float


def say(content):
    return [{"role": "user", "content": content}]


@case("chat: create gives text and usage, and the SDK's model has no missing key")
def _():
    answer = client.chat.completions.create(model="gpt-5", messages=say("Hello there"))
    assert answer.choices[0].message.content == "You said: Hello there", answer
    assert answer.choices[0].finish_reason == "stop" and answer.usage.total_tokens == 14, answer
    type(answer).model_validate(answer.to_dict(), strict=False)


@case("chat: a stream with usage")
def _():
    stream = client.chat.completions.create(
        model="gpt-5", messages=say("One two three"), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == "You said: One two three", chunks
    assert chunks[-1].usage.completion_tokens == 5, chunks[-1]


@case("chat: stream() with two tools at once, whose results go back")
def _():
    messages = say("[two cities]")
    with client.chat.completions.stream(model="gpt-5.5", messages=messages, tools=TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message
    cities = [json.loads(call.function.arguments)["city"] for call in message.tool_calls]
    assert cities == ["Paris", "Rome"], message
    messages.append(message.to_dict())
    for call in message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "sun"})
    answer = client.chat.completions.create(model="gpt-5.5", messages=messages, tools=TOOLS)
    assert answer.choices[0].message.content == "The tool said: sun and sun", answer


@case("chat: parse() gives a model of pydantic, whole and streamed")
def _():
    answer = client.chat.completions.parse(model="gpt-5", messages=say("[json]"), response_format=Place)
    assert answer.choices[0].message.parsed == Place(city="Paris", degrees=21), answer
    with client.chat.completions.stream(model="gpt-5", messages=say("[json]"), response_format=Place) as stream:
        assert stream.get_final_completion().choices[0].message.parsed.city == "Paris"


@case("chat: pictures and files")
def _():
    answer = client.chat.completions.create(model="gpt-5.5", messages=say([
        {"type": "text", "text": "[look]"},
        {"type": "image_url", "image_url": {"url": PICTURE}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
    ]))
    assert answer.choices[0].message.content == "I see 1 pictures and 1 files", answer


@case("chat: a refusal")
def _():
    message = client.chat.completions.create(model="gpt-5", messages=say("[refuse]")).choices[0].message
    assert (message.refusal, message.content) == ("I cannot do that.", None), message


@case("responses: create, and the validated object")
def _():
    answer = client.responses.create(model="gpt-5", input="Hello there")
    assert answer.output_text == "You said: Hello there", answer
    assert answer.usage.input_tokens_details.cache_write_tokens == 0, answer.usage
    type(answer).model_validate(answer.to_dict())


@case("responses: stream() with a tool, whose result goes back")
def _():
    tools = [{"type": "function", "strict": False, **WEATHER}]
    with client.responses.stream(model="gpt-5", input="[weather]", tools=tools) as stream:
        events = list(stream)
        answer = stream.get_final_response()
    [done] = [event for event in events if event.type == "response.function_call_arguments.done"]
    assert done.name == "get_weather", done
    [call] = [item for item in answer.output if item.type == "function_call"]
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "sun"}
    last = client.responses.create(model="gpt-5", input=[output], previous_response_id=answer.id, tools=tools)
    assert last.output_text == "The tool said: sun", last


@case("responses: parse() gives a model of pydantic")
def _():
    answer = client.responses.parse(model="gpt-5", input="[json]", text_format=Place)
    assert answer.output_parsed == Place(city="Paris", degrees=21), answer


@case("responses: every event of a search is valid in the SDK's own model")
def _():
    stream = client.responses.create(
        model="gpt-5.5", input="[search]", tools=[{"type": "web_search"}], stream=True
    )
    for event in stream:
        type(event).model_validate(event.to_dict())


@case("responses: kept, listed, in a conversation and deleted")
def _():
    conversation = client.conversations.create(items=[{"role": "user", "content": "My name is Alice"}])
    answer = client.responses.create(model="gpt-5", input="[recall]", conversation=conversation.id)
    assert answer.output_text == "I heard: My name is Alice | [recall]", answer
    assert client.responses.retrieve(answer.id).output_text == answer.output_text
    assert len(list(client.responses.input_items.list(answer.id))) >= 1
    kinds = [item.role for item in client.conversations.items.list(conversation.id, order="asc")]
    assert kinds == ["user", "user", "assistant"], kinds
    empty = client.conversations.create()
    assert list(client.conversations.items.list(empty.id)) == []
    client.responses.delete(answer.id)
    error_of(lambda: client.responses.retrieve(answer.id), openai.NotFoundError)
    assert client.conversations.delete(conversation.id).deleted


@case("responses: in the background, until it has ended")
def _():
    answer = client.responses.create(model="gpt-5", input="Hello", background=True)
    while answer.status in ("queued", "in_progress"):
        answer = client.responses.retrieve(answer.id)
    assert (answer.status, answer.output_text) == ("completed", "You said: Hello"), answer


@case("async: a stream of chat, and one of responses")
async def _():
    async with AsyncOpenAI(base_url=URL, api_key=KEY, max_retries=0) as asynchronous:
        stream = await asynchronous.chat.completions.create(model="gpt-5", messages=say("Hi"), stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
        assert text == "You said: Hi", text
        async with asynchronous.responses.stream(model="gpt-5", input="Hi") as events:
            assert (await events.get_final_response()).output_text == "You said: Hi"


@case("WebSocket: responses.connect()")
def _():
    with client.responses.connect() as connection:
        connection.response.create(model="gpt-5", input="Hello", store=False)
        for event in connection:
            if event.type == "response.completed":
                assert event.response.output_text == "You said: Hello", event
                break


@case("models: listed and retrieved")
def _():
    ids = [model.id for model in client.models.list()]
    assert "gpt-5.5" in ids, ids
    assert client.models.retrieve("gpt-5.5").owned_by == "openai"


@case("errors: each is the class that its status means")
def _():
    limit = error_of(lambda: client.chat.completions.create(model="gpt-5", messages=say("[usage limit]")))
    assert isinstance(limit, openai.RateLimitError) and limit.code == "usage_limit_reached", limit
    bad = error_of(lambda: client.responses.create(model="gpt-5", input="x", n=2))
    assert isinstance(bad, TypeError), bad
    bad = error_of(lambda: client.responses.create(model="gpt-5", input="x", extra_body={"n": 2}))
    assert isinstance(bad, openai.BadRequestError) and bad.param == "n", bad
    locked = OpenAI(base_url=LOCKED_URL, api_key="wrong", max_retries=0)
    assert isinstance(error_of(lambda: locked.models.list()), openai.AuthenticationError)
    cut = error_of(lambda: list(client.chat.completions.create(model="gpt-5", messages=say("[cut]"), stream=True)))
    assert isinstance(cut, openai.APIError), cut
    failed = error_of(lambda: list(client.responses.create(model="gpt-5", input="[cut]", stream=True)))
    assert isinstance(failed, openai.APIError), failed
