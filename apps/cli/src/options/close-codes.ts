/** The codes that a Close frame may carry (RFC 6455 section 7.4, and the IANA registry up to 1014). */
export function isCloseCode(code: number): boolean {
  const isRegistered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  return isRegistered || (code >= 3000 && code <= 4999);
}
