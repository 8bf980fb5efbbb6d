import type { DemoPrompt } from "./read_prompt.ts";

/** Numbers that are counted at most. */
const COUNT_LIMIT = 1000;
/** Characters of a message that are repeated at most: agents send pages. */
const ECHO_LIMIT = 2000;

const COUNT = /\bcount (?:from (-?\d{1,6}) )?(?:up |down )?to (-?\d{1,6})\b/i;
const SAY =
  /(?:^|[.!?\n,:] {0,4})(?:please,? |now |just |can you |could you )*(?:say|repeat|reply with|respond with|answer with)\b(?: (?:exactly|only|just|after me))*:?\s(.+)/is;
const NAME_TOLD = /\bmy name is ([\p{L}'’-]+)/iu;
const NAME_ASKED = /\bwhat(?:'|’| i)s my name\b/i;
const TOOLS_ASKED = /\b(?:what|which|list (?:the|your|all)) tools\b/i;
const ASKED_BEFORE = /\bwhat did i (?:say|ask|tell you|write)\b/i;

/**
 * The stand-in's text for a prompt: it counts (`count to 5`), says (`say hello`), remembers what the conversation
 * holds (`what is my name`, `what did I say`), lists its tools (`what tools do you have`), and otherwise repeats what was said.
 */
export function planText({ said, saidBefore, tools }: DemoPrompt): string {
  const count = COUNT.exec(said);
  if (count !== null) return countText(Number(count[1] ?? 1), Number(count[2]));
  if (NAME_ASKED.test(said)) {
    const name = saidBefore.toReversed().map((text) => NAME_TOLD.exec(text)?.[1]).find((found) =>
      found !== undefined
    );
    return name === undefined
      ? "You have not told me your name in this conversation."
      : `Your name is ${name}.`;
  }
  if (ASKED_BEFORE.test(said)) {
    const before = saidBefore.at(-1);
    return before === undefined ? "This conversation begins here." : `Before this you said: ${cut(before)}`;
  }
  if (TOOLS_ASKED.test(said)) {
    return tools.length === 0
      ? "This request brought no tools."
      : `This request brought the tools ${tools.map(({ name }) => name).join(", ")}.`;
  }
  const say = SAY.exec(said)?.[1]?.trim();
  if (say !== undefined) return unquoted(say);
  if (said === "") return "You said nothing that the demo can read.";
  const turn = saidBefore.length === 0
    ? 'This is the demo of ccproxy: no model was asked. Try "count to 5" or "say hello".'
    : `That is message ${saidBefore.length + 1} of this conversation.`;
  return `You said: ${cut(said)}\n\n${turn}`;
}

function countText(from: number, to: number): string {
  const step = to < from ? -1 : 1;
  const length = Math.min(COUNT_LIMIT, Math.abs(to - from) + 1);
  return Array.from({ length }, (_, i) => from + i * step).join(", ");
}

/** Quotes around the whole are how a text is named, not part of it; nor is the full stop behind them. */
function unquoted(text: string): string {
  return /^["“'`]([^"”`]*)["”'`][.!]?$/s.exec(text)?.[1] ?? text;
}

function cut(text: string): string {
  return text.length <= ECHO_LIMIT ? text : `${text.slice(0, ECHO_LIMIT)}… (${text.length} characters)`;
}
