/** The blocks of code of one language in the README's quick start, in their order. */
export async function quickStartBlocks(language: string): Promise<string[]> {
  const readme = (await Deno.readTextFile(new URL("../../README.md", import.meta.url))).replaceAll(
    "\r\n",
    "\n",
  );
  const section = /^## Try it without an account\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? "";
  const blocks = section.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  return [...blocks].map(([, code = ""]) => code);
}

/** The arguments with which the quick start starts the demo, with a free port and without pauses. */
export async function quickStartArgs(): Promise<string[]> {
  const [command = ""] = await quickStartBlocks("bash");
  const [name, ...args] = command.trim().split(" ");
  if (name !== "ccproxy") throw new Error(`The quick start does not begin with ccproxy: ${command}`);
  return [...args, "--demo-pace", "0", "--port", "0"];
}
