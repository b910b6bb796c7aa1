/** Colours, each with a contrast of at least 4.5 to the background, except for the grid. */
export interface Theme {
  /** The last part of its file names. */
  readonly name: "light" | "dark";
  readonly background: string;
  readonly text: string;
  readonly mutedText: string;
  readonly grid: string;
  /** Blue and grey can be distinguished with every kind of colour blindness. */
  readonly line: { readonly "raw ws": string; readonly Outsock: string };
}

/** For GitHub's two backgrounds. */
export const themes: readonly Theme[] = [
  {
    name: "light",
    background: "#ffffff",
    text: "#1f2328",
    mutedText: "#59636e",
    grid: "#dfe4e9",
    line: { "raw ws": "#6e7781", Outsock: "#0969da" },
  },
  {
    name: "dark",
    background: "#0d1117",
    text: "#f0f6fc",
    mutedText: "#9198a1",
    grid: "#262c34",
    line: { "raw ws": "#9198a1", Outsock: "#58a6ff" },
  },
];
