import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fetchWhole } from "../src/fetch-whole.ts";

async function served(answer: RequestListener, use: (url: string) => Promise<void>) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a.js`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("fetchWhole() gives a file with its headers", async () => {
  await served(
    (_, response) => response.setHeader("content-type", "text/x").end("all of it"),
    async (url) => {
      const response = await fetchWhole(new Request(url));
      assert.equal(await response.text(), "all of it");
      assert.equal(response.headers.get("content-type"), "text/x");
    },
  );
});

test("fetchWhole() says which file it cannot load, and why: refused, not reached, broken off", async () => {
  let gone = "";
  await served(
    (_, response) => response.writeHead(404).end(),
    async (url) => {
      gone = url;
      await assert.rejects(
        fetchWhole(new Request(url)),
        /Cannot load \/a\.js: expected a file, got status 404/,
      );
    },
  );
  await assert.rejects(fetchWhole(new Request(gone)), /Cannot load \/a\.js: expected all of it, got ./);
  await served(
    (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    },
    async (url) => {
      await assert.rejects(fetchWhole(new Request(url)), /Cannot load \/a\.js: expected all of it, got ./);
    },
  );
});
