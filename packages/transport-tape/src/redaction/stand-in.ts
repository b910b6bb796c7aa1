/** A stand-in for a secret, as written to a tape. */
export const placeholder: RegExp = /\*\*\*\d*/g;

/** The same text for the same with other secrets: every one is as good as the other. */
export function neutral(text: string): string {
  return text.replace(placeholder, "***");
}
