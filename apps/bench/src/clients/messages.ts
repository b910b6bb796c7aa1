/** What is sent wherever nothing else is said: 100 bytes as JSON. */
export const message = {
  id: 4711,
  method: "light.turn_on",
  params: { brightness: 128, note: "x".repeat(28) },
};

/** The same, where JSON is not what is looked at. */
export const messageText: string = JSON.stringify(message);
