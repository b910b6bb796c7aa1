import type { Socket } from "node:net";
import { encodeMessage } from "../frame-writer.ts";
import type { PeerRequest } from "../peer.ts";
import type { PeerScript } from "../peer-script.ts";
import { acceptAnswer, rejectAnswer } from "./http-answer.ts";

/** Answers the opening handshake as the script says. */
export function answerHandshake(socket: Socket, request: PeerRequest, script: PeerScript): void {
  const handshake = script.handshake ?? { type: "accept" };
  switch (handshake.type) {
    case "accept": {
      const { protocol = null } = handshake;
      const head = acceptAnswer(request, { "Sec-WebSocket-Protocol": protocol });
      const greeting = (script.greeting ?? []).map(encodeMessage);
      socket.write(Buffer.concat([Buffer.from(head), ...greeting]));
      return;
    }
    case "spoilt":
      socket.write(acceptAnswer(request, handshake.headers));
      return;
    case "reject":
      socket.end(rejectAnswer(handshake.status, handshake.headers));
      return;
    case "raw":
      socket.write(handshake.text);
      return;
    case "hang-up":
      if (handshake.how === "end") socket.end();
      else socket.resetAndDestroy();
      return;
    case "stall":
  }
}
