/**
 * Calls a channel that nobody uses: what goes wrong there is nobody's business, and must not reach whoever happens to be on the
 * stack. False where it threw.
 */
export function quietly(call: () => void): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}
