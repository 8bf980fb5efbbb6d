"""LangChain for Python: ChatOpenAI over both APIs."""

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI
from pydantic import BaseModel

from harness import KEY, PICTURE, URL, case, error_of


class Place(BaseModel):
    """A place"""

    city: str
    degrees: float


@tool
def get_weather(city: str) -> str:
    """Tells the weather of a city"""
    return "sun in " + city


for api, responses in (("chat", False), ("responses", True)):
    for name in ("gpt-5", "gpt-5.5"):
        model = ChatOpenAI(model=name, base_url=URL, api_key=KEY, max_retries=0, use_responses_api=responses)

        @case(f"{api} {name}: invoke, stream and usage")
        def _():
            answer = model.invoke("Hello there")
            assert answer.text == "You said: Hello there", answer
            assert answer.usage_metadata["output_tokens"] == 4, answer
            whole = None
            for chunk in model.stream("One two"):
                whole = chunk if whole is None else whole + chunk
            assert whole.text == "You said: One two", whole

        @case(f"{api} {name}: two tools at once, and the answer to their results")
        def _():
            bound = model.bind_tools([get_weather])
            # Over responses it takes the pieces of calls that interleave for those of further calls.
            messages = [HumanMessage("[two in turn]" if responses else "[two cities]")]
            called = None
            for chunk in bound.stream(messages):
                called = chunk if called is None else called + chunk
            assert [call["args"] for call in called.tool_calls] == [{"city": "Paris"}, {"city": "Rome"}], called
            messages.append(called)
            for call in called.tool_calls:
                messages.append(ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"]))
            assert bound.invoke(messages).text == "The tool said: sun in Paris and sun in Rome"

        @case(f"{api} {name}: with_structured_output() in each of its ways")
        def _():
            for words, method in (("[json]", "json_schema"), ("[fill]", "function_calling"), ("[json]", "json_mode")):
                place = model.with_structured_output(Place, method=method).invoke(f"{words} as json")
                assert place == Place(city="Paris", degrees=21), (method, place)

    @case(f"{api}: an exhausted plan and a cut stream are errors")
    def _():
        error_of(lambda: model.invoke("[usage limit]"), openai.RateLimitError)
        error_of(lambda: list(model.stream("[cut]")), openai.APIError)


@case("a picture, async, over both")
async def _():
    content = [
        {"type": "text", "text": "[look]"},
        {"type": "image", "base64": PICTURE.split(",")[1], "mime_type": "image/png"},
    ]
    for responses in (False, True):
        model = ChatOpenAI(model="gpt-5.5", base_url=URL, api_key=KEY, max_retries=0, use_responses_api=responses)
        answer = await model.ainvoke([HumanMessage(content)])
        assert answer.text == "I see 1 pictures and 0 files", answer


@case("responses: use_previous_response_id goes on with only what is new")
def _():
    model = ChatOpenAI(
        model="gpt-5.5", base_url=URL, api_key=KEY, max_retries=0, use_responses_api=True, use_previous_response_id=True
    )
    messages = [HumanMessage("My name is Alice")]
    messages.append(model.invoke(messages))
    messages.append(HumanMessage("[recall]"))
    assert model.invoke(messages).text == "I heard: My name is Alice | [recall]"


@case("completions: the legacy model")
def _():
    model = OpenAI(model="gpt-5.5", base_url=URL, api_key=KEY, max_retries=0)
    assert model.invoke("Hello there") == "You said: Hello there"
    assert "".join(model.stream("One two")) == "You said: One two"
