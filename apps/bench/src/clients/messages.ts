/** The default message: 100 bytes as JSON. */
export const message = {
  id: 4711,
  method: "light.turn_on",
  params: { brightness: 128, note: "x".repeat(28) },
};

/** The same as text, for measurements without JSON. */
export const messageText: string = JSON.stringify(message);
