/** The name of a row's test; one that the program does not pass yet says what it waits for. */
export function nameOfRow({ fault, until }: { readonly fault: string; readonly until?: string }): string {
  return until === undefined ? fault : `${fault} (until ${until})`;
}
