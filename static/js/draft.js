// Words typed into form[data-unsaved] outlive a closed tab, a reload and a sign-out, until they are saved or cancelled.
// Only a reload brings them back by itself: on any other way here they may be about somebody else, so it asks.
(function () {
  "use strict";
  const { actor, closest, say, toast } = window.shuke;
  const TYPED = ["name", "phone", "note", "next_step"];
  const form = document.querySelector("form[data-unsaved]");
  if (!form || !actor) return;
  const place = form.getAttribute("action");
  const store = "shuke.draft." + actor + place;

  const typed = () => {
    const fields = Array.from(new FormData(form).entries()).filter((pair) => !["csrf_token", "idempotency_key"].includes(pair[0]));
    return fields.some((pair) => TYPED.includes(pair[0]) && pair[1].trim()) ? fields : null;
  };
  const forget = () => localStorage.removeItem(store);
  const keep = () => {
    const fields = typed();
    if (fields) localStorage.setItem(store, JSON.stringify(fields));
    else forget();
  };
  const kept = () => {
    try {
      return new Map(JSON.parse(localStorage.getItem(store)) || []);
    } catch (error) {
      return new Map();
    }
  };

  const home = (fields) => place + (fields.get("new") ? "?new=1" : "?who=" + (fields.get("who") || "")) + "#draft";
  const fits = (fields) =>
    Boolean(fields.get("new")) === Boolean(form.elements.namedItem("new")) &&
    (!fields.get("who") || form.querySelector('[name="who"][value="' + CSS.escape(fields.get("who")) + '"]'));
  const restore = (fields) => {
    fields.forEach((value, name) => {
      const control = form.elements.namedItem(name);
      if (control) control.value = value;
    });
    const fold = form.querySelector("details");
    if (fold && (fields.get("note") || fields.get("next_step"))) fold.open = true;
  };

  const begin = () => {
    const fields = kept();
    const way = performance.getEntriesByType("navigation")[0];
    const again = location.hash === "#draft" || (way && way.type !== "navigate");
    if (document.querySelector("[data-error-summary]") || location.hash.startsWith("#outbox-")) keep();
    else if (!fields.size) return;
    else if (again && fits(fields)) restore(fields);
    else if (again && location.hash !== "#draft") location.replace(home(fields));
    else toast({ text: say("draft"), open: home(fields) });
  };

  try {
    begin();
  } catch (error) {
    return; // storage is closed to us: nothing can be kept
  }
  ["input", "change"].forEach((name) => form.addEventListener(name, keep));
  form.addEventListener("shuke:stored", forget); // the outbox has it
  document.addEventListener("click", (event) => {
    if (closest(event, ".save-bar a")) forget();
  });
})();
