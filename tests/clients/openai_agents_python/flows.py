"""The OpenAI Agents SDK for Python: both APIs, tools, streams, hand-offs, structured output, pictures, errors."""

import os

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"

import openai
from agents import (
    Agent,
    ModelSettings,
    OpenAIProvider,
    RunConfig,
    Runner,
    SQLiteSession,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from pydantic import BaseModel

from harness import KEY, PICTURE, URL, case

set_tracing_disabled(True)


class Place(BaseModel):
    city: str
    degrees: float


@function_tool
def get_weather(city: str) -> str:
    """Tells the weather of a city"""
    return "sun in " + city


def config(responses, **more):
    client = AsyncOpenAI(base_url=URL, api_key=KEY, max_retries=0)
    return RunConfig(
        model_provider=OpenAIProvider(openai_client=client, use_responses=responses, **more), tracing_disabled=True
    )


for api, responses in (("responses", True), ("chat", False)):
    for model in ("gpt-5", "gpt-5.5"):
        plain = Agent(name="Talker", instructions="Be short", model=model)
        helper = Agent(name="Helper", instructions="Be short", model=model, tools=[get_weather])

        @case(f"{api} {model}: a plain answer, whole and streamed")
        async def _():
            result = await Runner.run(plain, "Hello there", run_config=config(responses))
            assert result.final_output == "You said: Hello there", result
            streamed = Runner.run_streamed(plain, "One two", run_config=config(responses))
            async for _event in streamed.stream_events():
                pass
            assert streamed.final_output == "You said: One two", streamed

        @case(f"{api} {model}: two tools at once, streamed, then the answer and a second turn")
        async def _():
            result = Runner.run_streamed(helper, "[two cities]", run_config=config(responses))
            async for _event in result.stream_events():
                pass
            assert result.final_output == "The tool said: sun in Paris and sun in Rome", result.final_output
            items = result.to_input_list() + [{"role": "user", "content": "[recall]"}]
            second = await Runner.run(plain, items, run_config=config(responses))
            assert second.final_output == "I heard: [two cities] | [recall]", second.final_output

        @case(f"{api} {model}: structured output, and a hand-off")
        async def _():
            mapper = Agent(name="Mapper", model=model, output_type=Place)
            result = await Runner.run(mapper, "[json]", run_config=config(responses))
            assert result.final_output == Place(city="Paris", degrees=21), result
            triage = Agent(name="Triage", model=model, handoffs=[plain])
            assert (await Runner.run(triage, "Hello", run_config=config(responses))).final_output == "You said: Hello"

    @case(f"{api}: a tool that has to be called")
    async def _():
        forced = helper.clone(model_settings=ModelSettings(tool_choice="required"))
        result = await Runner.run(forced, "[weather]", run_config=config(responses))
        assert result.final_output == "The tool said: sun in Paris", result.final_output

    @case(f"{api}: a picture")
    async def _():
        content = [
            {"type": "input_text", "text": "[look]"},
            {"type": "input_image", "image_url": PICTURE, "detail": "auto"},
        ]
        asked = [{"role": "user", "content": content}]
        result = await Runner.run(plain, asked, run_config=config(responses))
        assert result.final_output == "I see 1 pictures and 0 files", result.final_output

    @case(f"{api}: an exhausted plan is an error at once")
    async def _():
        try:
            await Runner.run(plain, "[usage limit]", run_config=config(responses))
        except openai.RateLimitError as error:
            assert error.code == "usage_limit_reached", error
        else:
            raise AssertionError("it was answered")


@case("responses: a session, and previous_response_id")
async def _():
    session = SQLiteSession("one")
    await Runner.run(plain, "My name is Alice", session=session, run_config=config(True))
    second = await Runner.run(plain, "[recall]", session=session, run_config=config(True))
    assert second.final_output == "I heard: My name is Alice | [recall]", second.final_output
    first = await Runner.run(plain, "My name is Bob", run_config=config(True))
    more = {"previous_response_id": first.last_response_id, "run_config": config(True)}
    assert (await Runner.run(plain, "[recall]", **more)).final_output == "I heard: My name is Bob | [recall]"


@case("WebSocket: two turns and tools")
async def _():
    over = config(True, use_responses_websocket=True)
    result = await Runner.run(helper, "[two cities]", run_config=over)
    assert result.final_output == "The tool said: sun in Paris and sun in Rome", result.final_output
    first = await Runner.run(plain, "say fig", run_config=over)
    items = first.to_input_list() + [{"role": "user", "content": "[recall]"}]
    assert (await Runner.run(plain, items, run_config=over)).final_output == "I heard: say fig | [recall]"
