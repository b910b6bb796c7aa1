import { equal, ok } from "../assert.ts";
import type { Lab } from "../lab.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

async function expectForbidden(lab: Lab, host: string): Promise<void> {
  const peer = await lab.peer();
  const asked: string[] = [];
  const { error } = await lab.failToOpen(peer.url.replace("127.0.0.1", host), {
    allowAddress(address) {
      asked.push(address);
      return false;
    },
  });
  equal(error.code, "URL_FORBIDDEN", "the code");
  ok(asked.length > 0, "allowAddress was not asked");
  await lab.settle();
  equal(peer.connectionCount, 0, "connections made");
}

export const openAddressScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "open:address-refused",
    behaviour: "an IP literal that allowAddress refuses rejects with URL_FORBIDDEN and is not dialled",
    needs: ["addressCheck"],
    run: (lab) => expectForbidden(lab, "127.0.0.1"),
  }),
  defineScenario({
    id: "open:address-refused-name",
    behaviour: "a name whose address allowAddress refuses rejects with URL_FORBIDDEN and is not dialled",
    needs: ["network", "addressCheck"],
    run: (lab) => expectForbidden(lab, "localhost"),
  }),
  defineScenario({
    id: "open:address-allowed",
    behaviour: "an address that allowAddress accepts is dialled, for an IP literal and for a name",
    needs: ["network", "addressCheck"],
    async run(lab) {
      const peer = await lab.peer();
      for (const host of ["127.0.0.1", "localhost"]) {
        const asked: string[] = [];
        await lab.open(peer.url.replace("127.0.0.1", host), {
          allowAddress: (address) => asked.push(address) > 0,
        });
        ok(asked.includes("127.0.0.1"), `allowAddress was asked about ${asked.join(", ") || "nothing"}`);
      }
    },
  }),
];
