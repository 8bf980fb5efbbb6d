"""claude-agent-sdk against ccproxy; prints one JSON line for each case, as harness.mjs does."""

import os
import tempfile

from claude_agent_sdk import ClaudeAgentOptions, ResultMessage, create_sdk_mcp_server, query, tool

from harness import case

HOME = tempfile.mkdtemp()
ENV = {
    "HOME": HOME,
    "CLAUDE_CONFIG_DIR": HOME,
    "ANTHROPIC_BASE_URL": os.environ["BASE"] + "/codex",
    "ANTHROPIC_AUTH_TOKEN": "dummy-key",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "IS_SANDBOX": "1",
}


@tool("ping", "Answers", {})
async def ping(_):
    return {"content": [{"type": "text", "text": "pong from the server"}]}


async def ask(prompt, **more):
    options = ClaudeAgentOptions(env=ENV, cwd=HOME, **more)
    result = None
    async for message in query(prompt=prompt, options=options):
        if isinstance(message, ResultMessage):
            result = message
    assert result is not None and not result.is_error, result
    return result


@case("query() gives a result, and goes on with a session")
async def _():
    first = await ask("my name is Alice")
    assert "my name is Alice" in first.result, first
    second = await ask("[recall]", resume=first.session_id)
    assert "my name is Alice" in second.result, second


@case("a tool of Claude Code runs")
async def _():
    answer = await ask("[bash] please", allowed_tools=["Bash"])
    assert "from-the-tool" in answer.result, answer


@case("a tool of the program's own runs")
async def _():
    server = create_sdk_mcp_server(name="small", tools=[ping])
    answer = await ask("[mcp] please", mcp_servers={"small": server}, allowed_tools=["mcp__small__ping"])
    assert "pong from the server" in answer.result, answer
