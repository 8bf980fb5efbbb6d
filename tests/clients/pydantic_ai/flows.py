"""Pydantic AI: its chat and its responses model, whole and streamed, tools, each way of structured output, pictures."""

from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, ModelHTTPError, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

import base64

from harness import KEY, PIXEL, URL, case

provider = OpenAIProvider(base_url=URL, api_key=KEY)


class Place(BaseModel):
    city: str
    degrees: float


for api, kind in (("chat", OpenAIChatModel), ("responses", OpenAIResponsesModel)):
    for name in ("gpt-5", "gpt-5.5"):
        model = kind(name, provider=provider)

        @case(f"{api} {name}: a plain answer, whole and streamed, and a second turn")
        async def _():
            agent = Agent(model, instructions="Be short")
            first = await agent.run("Hello there")
            assert first.output == "You said: Hello there", first
            async with agent.run_stream("One two") as result:
                assert await result.get_output() == "You said: One two"
            second = await agent.run("[recall]", message_history=first.all_messages())
            assert second.output == "I heard: Hello there | [recall]", second

        @case(f"{api} {name}: two tools at once")
        async def _():
            agent = Agent(model)
            cities = []

            @agent.tool_plain
            def get_weather(city: str) -> str:
                """Tells the weather of a city"""
                cities.append(city)
                return "sun in " + city

            result = await agent.run("[two cities]")
            assert result.output == "The tool said: sun in Paris and sun in Rome", result.output
            assert sorted(cities) == ["Paris", "Rome"], cities

        @case(f"{api} {name}: structured output by a tool, natively and by a prompt")
        async def _():
            for words, output in (
                ("[fill]", ToolOutput(Place)),
                ("[json]", NativeOutput(Place)),
                ("[json]", PromptedOutput(Place)),
            ):
                result = await Agent(model, output_type=output).run(words)
                assert result.output == Place(city="Paris", degrees=21), result

        @case(f"{api} {name}: structured output, streamed")
        async def _():
            async with Agent(model, output_type=Place).run_stream("[fill]") as result:
                assert (await result.get_output()).city == "Paris"

    @case(f"{api}: a picture")
    async def _():
        picture = BinaryContent(base64.b64decode(PIXEL), media_type="image/png")
        result = await Agent(model).run(["[look]", picture])
        assert result.output == "I see 1 pictures and 0 files", result.output

    @case(f"{api}: an exhausted plan is an error")
    async def _():
        try:
            await Agent(model).run("[usage limit]")
        except ModelHTTPError as error:
            assert error.status_code == 429, error
        else:
            raise AssertionError("it was answered")
