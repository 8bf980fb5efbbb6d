# responses.connect() of the SDK. guide.ts runs it with the program's own port.
from openai import OpenAI

client = OpenAI(api_key="dummy-key", base_url="http://localhost:8000/codex/v1")

with client.responses.connect() as connection:
    connection.response.create(model="gpt-5", input="the word is fig", store=False)
    for event in connection:
        if event.type == "response.completed":
            first = event.response.id
            print(event.response.output_text)
            break
    connection.response.create(model="gpt-5", input="x", previous_response_id="resp_none")
    for event in connection:
        if event.type == "error":
            print(event.code)
            break
    connection.response.create(model="gpt-5", input="[recall]", store=False, previous_response_id=first)
    for event in connection:
        if event.type == "response.completed":
            print(event.response.output_text)
            break
