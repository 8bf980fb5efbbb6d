/** The name of a row's test; one that the program does not pass yet says what it waits for. */
export function nameOfRow({ fault, until }: { readonly fault: string; readonly until?: string }): string {
  return until === undefined ? fault : `${fault} (until ${until})`;
}

/** True for a row that is skipped because of its `until`; CCPROXY_UNTIL=1 runs those too, to see which can lose it. */
export function isSkipped({ until }: { readonly until?: string }): boolean {
  return until !== undefined && Deno.env.get("CCPROXY_UNTIL") === undefined;
}
