"""The OpenAI SDK for Python against the routes of pictures, files and speech; one JSON line for each case."""

import base64
import os

import openai
from openai import OpenAI

from harness import PIXEL, case

client = OpenAI(base_url=os.environ["BASE"] + "/codex/v1", api_key="dummy-key", max_retries=0)


def picture(name):
    return (name, base64.b64decode(PIXEL), "image/png")


@case("images.generate gives pictures and usage, and streams them")
def _():
    made = client.images.generate(model="gpt-image-2", prompt="a fox", n=2)
    assert [each.b64_json for each in made.data] == [PIXEL, PIXEL]
    assert made.usage.total_tokens == 2020
    events = list(client.images.generate(model="gpt-image-2", prompt="a fox", stream=True))
    assert [(event.type, event.b64_json) for event in events] == [("image_generation.completed", PIXEL)]


@case("images.edit takes one and several pictures, with a mask")
def _():
    one = client.images.edit(model="gpt-image-2", image=picture("a.png"), prompt="red")
    assert one.data[0].b64_json == PIXEL
    several = client.images.edit(
        model="gpt-image-2.5-sunburst",
        image=[picture("a.png"), picture("b.png")],
        mask=picture("mask.png"),
        prompt="red",
    )
    assert several.data[0].b64_json == PIXEL


@case("images.edit of what is no picture is BadRequestError naming it")
def _():
    try:
        client.images.edit(model="gpt-image-2", image=("a.png", b"GIF89a"), prompt="red")
        raise AssertionError("it was taken")
    except openai.BadRequestError as error:
        assert error.param == "image", error.body


@case("audio.transcriptions.create gives text, whole and streamed")
def _():
    file = ("fox.flac", b"fLaC and more")
    whole = client.audio.transcriptions.create(model="whisper-1", file=file)
    assert whole.text == "The fox is quick.", whole
    text = client.audio.transcriptions.create(model="whisper-1", file=file, response_format="text")
    assert text.strip() == "The fox is quick.", text
    events = list(client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file, stream=True))
    assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"]


@case("files are created, retrieved, listed, read, named by a request, and deleted")
def _():
    file = client.files.create(file=("fox.pdf", b"%PDF-1.7 a fox"), purpose="user_data")
    assert client.files.retrieve(file.id).filename == "fox.pdf"
    assert file.id in [each.id for each in client.files.list()]
    assert client.files.content(file.id).read() == b"%PDF-1.7 a fox"
    content = [{"type": "input_file", "file_id": file.id}, {"type": "input_text", "text": "say fox"}]
    answer = client.responses.create(model="gpt-5.5", input=[{"role": "user", "content": content}])
    assert "say fox" in answer.output_text, answer
    assert client.files.delete(file.id).deleted
    try:
        client.files.retrieve(file.id)
        raise AssertionError("it is still there")
    except openai.NotFoundError as error:
        assert error.code == "file_not_found", error.body
