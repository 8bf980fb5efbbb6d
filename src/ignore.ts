/** Takes a result or an error that changes nothing, and does nothing. */
export function ignore(): void {}
