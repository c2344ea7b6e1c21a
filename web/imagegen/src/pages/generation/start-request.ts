// The form may ask the page it leads to to start what it has just made. Kept in memory only: a
// reload starts nothing.

let wanted: string | null = null;

export function startWhenOpened(generationId: string): void {
  wanted = generationId;
}

/** Whether that was asked for this one; it is asked once. */
export function takeStartRequest(generationId: string): boolean {
  const asked = wanted === generationId;
  if (asked) wanted = null;
  return asked;
}
