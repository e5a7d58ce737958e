// Receives alerts of posewarden and verifies them; Node's own modules alone.
//
// SECRET=… node receive_webhook.mjs 8080

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secret = process.env.SECRET;
const key = secret.startsWith("whsec_")
  ? Buffer.from(secret.slice("whsec_".length), "base64")
  : Buffer.from(secret);
const toleranceSeconds = 300; // older requests may be replayed ones
const seen = new Set(); // keys of messages that came; keep them in a database of your own

function isGenuine(headers, body) {
  const id = headers["webhook-id"];
  const sentAt = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(sentAt)) <= toleranceSeconds)) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${sentAt}.`), body]);
  const wanted = Buffer.from(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  return (headers["webhook-signature"] ?? "").split(" ").some((each) => {
    const given = Buffer.from(each);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (!isGenuine(request.headers, body)) {
      response.writeHead(401).end();
      return;
    }
    const message = JSON.parse(body);
    // A message may come twice: its key is the same then.
    if (!seen.has(message.key)) {
      seen.add(message.key);
      console.log(message.event, message.title);
    }
    response.writeHead(204).end();
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
