"""Instructor: structured output by tools, by JSON schema and by responses, whole and in pieces."""

import instructor
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from harness import KEY, PICTURE, URL, case, error_of

plain = OpenAI(base_url=URL, api_key=KEY, max_retries=0)


class Place(BaseModel):
    city: str
    degrees: float


def say(content):
    return [{"role": "user", "content": content}]


#: Modes that ask with a tool, and those that ask for JSON.
TOOL_MODES = [instructor.Mode.TOOLS, instructor.Mode.TOOLS_STRICT]
JSON_MODES = [instructor.Mode.JSON, instructor.Mode.JSON_SCHEMA, instructor.Mode.MD_JSON]

for model in ("gpt-5", "gpt-5.5"):
    for mode in TOOL_MODES + JSON_MODES:
        words = "[fill]" if mode in TOOL_MODES else "[json]"
        client = instructor.from_openai(plain, mode=mode)

        @case(f"{model} {mode.name}: a model of pydantic")
        def _():
            place = client.chat.completions.create(model=model, messages=say(words), response_model=Place)
            assert place.model_dump() == {"city": "Paris", "degrees": 21}, place

    @case(f"{model}: in pieces")
    def _():
        client = instructor.from_openai(plain)
        pieces = list(client.chat.completions.create_partial(model=model, messages=say("[fill]"), response_model=Place))
        assert pieces[-1].city == "Paris" and len(pieces) > 1, pieces

    @case(f"{model} RESPONSES_TOOLS: a model of pydantic")
    def _():
        client = instructor.from_openai(plain, mode=instructor.Mode.RESPONSES_TOOLS)
        place = client.responses.create(model=model, input="[fill]", response_model=Place)
        assert place.model_dump() == {"city": "Paris", "degrees": 21}, place


@case("a picture beside the question")
def _():
    client = instructor.from_openai(plain)
    content = [{"type": "text", "text": "[fill]"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    place = client.chat.completions.create(model="gpt-5.5", messages=say(content), response_model=Place)
    assert place.city == "Paris", place


@case("async, with create_with_completion()")
async def _():
    async with AsyncOpenAI(base_url=URL, api_key=KEY, max_retries=0) as client:
        place, answer = await instructor.from_openai(client).chat.completions.create_with_completion(
            model="gpt-5.5", messages=say("[fill]"), response_model=Place
        )
        assert place.city == "Paris" and answer.usage.total_tokens > 0, answer


@case("an answer that does not fit, and an exhausted plan, are errors")
def _():
    client = instructor.from_openai(plain, mode=instructor.Mode.JSON_SCHEMA)
    for words in ("Hello", "[usage limit]"):
        error_of(lambda: client.chat.completions.create(
            model="gpt-5.5", messages=say(words), response_model=Place, max_retries=0
        ))
