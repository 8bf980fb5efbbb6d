"""LlamaIndex: OpenAI, OpenAIResponses, its function-calling agent and structured output."""

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI, OpenAIResponses
from pydantic import BaseModel

import base64

from harness import KEY, PIXEL, URL, case, error_of


class Place(BaseModel):
    """A place"""

    city: str
    degrees: float


def get_weather(city: str) -> str:
    """Tells the weather of a city"""
    return "sun in " + city


for api, kind in (("chat", OpenAI), ("responses", OpenAIResponses)):
    # It has a list of the models that it knows: gpt-5 is one of them.
    model = kind(model="gpt-5", api_base=URL, api_key=KEY, max_retries=0)

    @case(f"{api}: complete, chat and stream_chat")
    def _():
        assert str(model.complete("Hello there")) == "You said: Hello there"
        answer = model.chat([ChatMessage(role="user", content="Hello there")])
        assert answer.message.content == "You said: Hello there", answer
        pieces = list(model.stream_chat([ChatMessage(role="user", content="One two three")]))
        assert pieces[-1].message.content == "You said: One two three", pieces[-1]

    @case(f"{api}: an agent runs two tools at once")
    async def _():
        fresh = kind(model="gpt-5", api_base=URL, api_key=KEY, max_retries=0)
        agent = FunctionAgent(tools=[FunctionTool.from_defaults(get_weather)], llm=fresh)
        answer = str(await agent.run("[two in turn]"))
        assert "sun in Paris" in answer and "sun in Rome" in answer, answer

    @case(f"{api}: structured output")
    def _():
        words = "[json]"
        place = model.as_structured_llm(Place).chat([ChatMessage(role="user", content=words)]).raw
        assert place.city == "Paris", place

    @case(f"{api}: a picture")
    def _():
        blocks = [TextBlock(text="[look]"), ImageBlock(image=base64.b64decode(PIXEL), image_mimetype="image/png")]
        answer = model.chat([ChatMessage(role="user", blocks=blocks)])
        assert answer.message.content == "I see 1 pictures and 0 files", answer

    @case(f"{api}: an exhausted plan is an error")
    def _():
        error_of(lambda: model.complete("[usage limit]"))
