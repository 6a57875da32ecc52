// What the other files share: words, the form token, small DOM helpers. It binds nothing itself.
window.shuke = (function () {
  "use strict";

  const meta = (name) => {
    const node = document.querySelector('meta[name="' + name + '"]');
    return node ? node.content : "";
  };
  const words = JSON.parse(meta("shuke-words") || "{}");
  // When this page left the server, by the phone's own clock: the base of every countdown.
  const entry = performance.getEntriesByType("navigation")[0];

  const born = entry ? performance.timeOrigin + entry.responseStart : Date.now();

  const fill = (text, values) =>
    text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));

  return {
    born,
    // The product's time now: the server's, carried on by the phone.
    now: () => new Date((Date.parse(meta("shuke-now")) || born) + Date.now() - born),
    actor: document.body.dataset.actor || "",

    token: () => meta("csrf-token"),

    fill,

    say: (key, values) => fill(words[key] || "", values),

    make: (tag, attributes, text) => {
      const node = document.createElement(tag);
      Object.keys(attributes || {}).forEach((name) => node.setAttribute(name, attributes[name]));
      if (text) node.textContent = text;
      return node;
    },

    // crypto.randomUUID is missing on plain http; getRandomValues is there.
    newKey: () =>
      Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""),

    closest: (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null),
  };
})();
