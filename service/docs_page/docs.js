// Shows openapi.json of the service that this page came from; nothing is loaded from elsewhere.
"use strict";

// The service's address, whether it lies under a path or not.
const here = new URL(".", document.baseURI);

// With a session's cookie, changes need the token of that session.
async function withToken(request) {
  if (!request.method || request.method === "GET") return request;
  const answer = await fetch(new URL("session", here));
  const session = answer.ok ? await answer.json() : {};
  if (session.csrf_token) request.headers["X-CSRF-Token"] = session.csrf_token;
  return request;
}

SwaggerUIBundle({
  url: new URL("openapi.json", here).href,
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  requestInterceptor: withToken,
  validatorUrl: null,
});
