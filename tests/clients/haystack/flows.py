"""Haystack: OpenAIChatGenerator and OpenAIResponsesChatGenerator, whole and streamed, tools in an Agent, pictures."""

import os

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator, OpenAIResponsesChatGenerator
from haystack.dataclasses import ChatMessage, ImageContent
from haystack.tools import tool
from haystack.utils import Secret
from pydantic import BaseModel

from harness import KEY, PIXEL, URL, case, error_of


class Place(BaseModel):
    city: str
    degrees: float


@tool
def get_weather(city: str) -> str:
    """Tells the weather of a city"""
    return "sun in " + city


def generator(kind, **more):
    return kind(model="gpt-5.5", api_key=Secret.from_token(KEY), api_base_url=URL, max_retries=0, **more)


for api, kind, format_key in (
    ("chat", OpenAIChatGenerator, "response_format"),
    ("responses", OpenAIResponsesChatGenerator, "text_format"),
):

    @case(f"{api}: whole and streamed")
    def _():
        asked = [ChatMessage.from_user("Hello there")]
        assert generator(kind).run(asked)["replies"][0].text == "You said: Hello there"
        pieces = []
        streamed = generator(kind, streaming_callback=lambda chunk: pieces.append(chunk.content))
        assert streamed.run(asked)["replies"][0].text == "You said: Hello there"
        assert "".join(pieces) == "You said: Hello there", pieces

    @case(f"{api}: an agent runs two tools at once, whole and streamed")
    def _():
        for more in ({}, {"streaming_callback": lambda chunk: None}):
            agent = Agent(chat_generator=generator(kind), tools=[get_weather])
            messages = agent.run(messages=[ChatMessage.from_user("[two in turn]")], **more)["messages"]
            assert messages[-1].text == "The tool said: sun in Paris and sun in Rome", messages[-1]

    @case(f"{api}: structured output")
    def _():
        made = generator(kind, generation_kwargs={format_key: Place})
        reply = made.run([ChatMessage.from_user("[json]")])["replies"][0]
        assert Place.model_validate_json(reply.text).city == "Paris", reply

    @case(f"{api}: a picture")
    def _():
        parts = ["[look]", ImageContent(base64_image=PIXEL, mime_type="image/png")]
        reply = generator(kind).run([ChatMessage.from_user(content_parts=parts)])["replies"][0]
        assert reply.text == "I see 1 pictures and 0 files", reply

    @case(f"{api}: an exhausted plan is an error")
    def _():
        error_of(lambda: generator(kind).run([ChatMessage.from_user("[usage limit]")]))
