// The status line at the bottom: says what happened and offers to take it back for ten seconds.
(function () {
  "use strict";
  const { make, say, token } = window.shuke;
  const LIFE = 10000;
  const STORE = "shuke.toast";
  const host = document.getElementById("toast");
  if (!host) return;

  // A message that someone is reading or about to press stays.
  const leave = (node) => {
    if (node.matches(":hover") || node.contains(document.activeElement)) setTimeout(leave, 2000, node);
    else node.remove();
  };

  const show = (message) => {
    host.textContent = "";
    const node = make("div", { class: "toast-in" });
    node.append(make("span", { class: "toast-text" }, message.text));
    const buttons = make("div", { class: "toast-buttons" });
    if (message.undo || message.onUndo) {
      const button = make("button", { type: "button", "data-key": "z" }, say("undo"));
      button.addEventListener("click", () => takeBack(message));
      buttons.append(button);
    }
    if (message.change) {
      const button = make("button", { type: "button" }, say("change"));
      button.addEventListener("click", () => location.assign(message.change));
      buttons.append(button);
    }
    if (message.ask) buttons.append(make("a", { href: message.ask }, say("ask")));
    if (message.open) buttons.append(make("a", { href: message.open }, say("open")));
    if (buttons.children.length) node.append(buttons);
    host.append(node);
    setTimeout(leave, LIFE, node);
  };

  const later = (message) => sessionStorage.setItem(STORE, JSON.stringify(message));

  const takeBack = async (message) => {
    if (message.onUndo && message.onUndo()) return show({ text: say("undone") });
    const body = new URLSearchParams({ csrf_token: token() });
    try {
      const answer = await fetch(message.undo, { method: "POST", body, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      later({ text: say("undone") });
      location.reload();
    } catch (error) {
      show({ text: say("undo_failed"), undo: message.undo });
    }
  };

  const kept = sessionStorage.getItem(STORE);
  if (kept) {
    sessionStorage.removeItem(STORE);
    show(JSON.parse(kept));
  }
  host.querySelectorAll("[data-toast-shown]").forEach((node) => setTimeout(leave, LIFE, node));
  Object.assign(window.shuke, { toast: show, toastNext: later });
})();
