// Shows openapi.json of the service that this page came from; nothing is loaded from elsewhere.
"use strict";

// The service's address, whether it lies under a path or not.
const here = new URL(".", document.baseURI);

SwaggerUIBundle({
  url: new URL("openapi.json", here).href,
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null,
});
