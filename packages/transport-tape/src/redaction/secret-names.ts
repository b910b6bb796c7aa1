/** Names whose strings are secret. */
const secretNames = [
  /pass(?:words?|phrases?|wds?|codes?)?$|pwds?$|secret|tokens?$|credentials?$|signatures?$|jwts?$|authorization|cookie/i,
  /(?:api|access|private)[-_ ]?key|(?:auth|session)[-_ ]?(?:keys?|sig)$/i,
  // As words of their own: there is "spin", too.
  /(?<![a-z])(?:pin|t?otp|psk)s?$/i,
  /(?<=[a-z\d])(?:Pin|PIN|T?otp|T?OTP|Otp|Psk|PSK)s?$/,
];

/** Names whose strings are secret if they look so. */
const weakNames = [
  /(?<![a-z])(?:keys?|sign|sig|auth|session(?:[-_ ]?id)?|sid|ticket|bearer|code)$/i,
  /(?<=[a-z\d])(?:Keys?|Sign|Sig|Auth|Session(?:I[dD])?|S[iI][dD]|Ticket|Bearer|Code)$/,
];

/** A JSON message that says of itself that somebody is to prove who he is. */
const authentication =
  /"(?:op|type|method|event|action|cmd)"\s*:\s*"[^"]{0,64}?(?:auth(?!or(?!i))|log[-_ ]?[io]n)/i;

export function isSecretName(name: string): boolean {
  return secretNames.some((pattern) => pattern.test(name));
}

export function isWeakName(name: string): boolean {
  return weakNames.some((pattern) => pattern.test(name));
}

export function authenticates(json: string): boolean {
  return authentication.test(json);
}
