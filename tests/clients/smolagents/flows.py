"""smolagents: OpenAIModel, whole and streamed, and a ToolCallingAgent in its loop."""

from io import BytesIO

import base64

from PIL import Image
from smolagents import ChatMessage, LogLevel, MessageRole, OpenAIModel, ToolCallingAgent, tool

from harness import KEY, PIXEL, URL, case, error_of

model = OpenAIModel(model_id="gpt-5.5", api_base=URL, api_key=KEY, client_kwargs={"max_retries": 0}, retry=False)


@tool
def get_weather(city: str) -> str:
    """
    Tells the weather of a city

    Args:
        city: its name
    """
    return "sun in " + city


def say(text):
    return [ChatMessage(role=MessageRole.USER, content=[{"type": "text", "text": text}])]


@case("generate and generate_stream")
def _():
    assert model.generate(say("Hello there")).content == "You said: Hello there"
    pieces = list(model.generate_stream(say("One two three")))
    assert "".join(piece.content or "" for piece in pieces) == "You said: One two three", pieces


@case("structured output")
def _():
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "degrees": {"type": "number"}}}
    form = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}
    assert model.generate(say("[json]"), response_format=form).content == '{"city":"Paris","degrees":21}'


for streamed in (False, True):

    @case(f"an agent runs a tool in its loop and ends, streamed {streamed}")
    def _():
        agent = ToolCallingAgent(
            tools=[get_weather], model=model, max_steps=3, verbosity_level=LogLevel.OFF, stream_outputs=streamed
        )
        answer = agent.run("[agent] please")
        assert answer == "The tool said: sun in Paris", answer


@case("a picture")
def _():
    agent = ToolCallingAgent(tools=[], model=model, max_steps=1, verbosity_level=LogLevel.OFF)
    picture = Image.open(BytesIO(base64.b64decode(PIXEL)))
    parts = [{"type": "text", "text": "[look]"}, {"type": "image", "image": picture}]
    answer = agent.model.generate([ChatMessage(role=MessageRole.USER, content=parts)])
    assert answer.content == "I see 1 pictures and 0 files", answer


@case("an exhausted plan is an error")
def _():
    error_of(lambda: model.generate(say("[usage limit]")))
