// Where the page lies: all addresses are relative to it, since a proxy may show it under a path.

export const HERE = new URL(".", location.href.split("#")[0]);
