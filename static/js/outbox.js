// Quick logs are written to the phone first, then sent, and leave the phone only when the server says
// what it saved, or 409.
// Every attempt carries the same key, so that a repeated one makes no second record.
(function () {
  "use strict";
  const { actor, closest, newKey, say, toast, toastNext } = window.shuke;
  const STORE = "shuke.outbox.v1";
  const ABORT_AFTER = 8000;
  const WORDS_AFTER = 3000;
  const LONGEST_WAIT = 30000;
  const SECOND_TAP = 1000;
  if (!actor || !toast) return;

  let token = window.shuke.token();
  let unreachable = false;
  let wait = 2000;
  let timer = 0;
  let flushing = false;
  let failureTold = false;

  const read = () => {
    try {
      const list = JSON.parse(localStorage.getItem(STORE));
      return Array.isArray(list) ? list : [];
    } catch (error) {
      return [];
    }
  };
  const write = (list) => localStorage.setItem(STORE, JSON.stringify(list));
  const add = (item) => write(read().concat([item]));
  const drop = (key) => write(read().filter((item) => item.key !== key));
  const change = (key, values) => write(read().map((item) => (item.key === key ? Object.assign(item, values) : item)));
  const has = (key) => read().some((item) => item.key === key);
  const mine = () => read().filter((item) => item.by === actor && !item.rejected);

  const banner = () => {
    const node = document.getElementById("offline");
    const waiting = mine();
    const away = !navigator.onLine || (unreachable && waiting.length);
    const failed = waiting.filter((item) => item.failed).length;
    node.hidden = !away && !failed;
    if (!node.hidden) node.textContent = away ? say("offline", { n: waiting.length }) : say("failed", { n: failed });
  };

  const post = async (item) => {
    const body = new URLSearchParams(item.fields);
    body.set("csrf_token", token);
    body.set("idempotency_key", item.key);
    body.set("happened_at", item.at);
    const abort = new AbortController();
    const stop = setTimeout(() => abort.abort(), ABORT_AFTER);
    try {
      return await fetch(item.url, {
        method: "POST",
        body,
        credentials: "same-origin",
        headers: { Accept: "application/json", "Idempotency-Key": item.key },
        signal: abort.signal,
      });
    } finally {
      clearTimeout(stop);
    }
  };

  const atSignIn = (answer) => answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/login");

  // The form's token went with its session: take a new one from this page, or learn that we are signed out.
  const againWithFreshToken = async (item, refused) => {
    const page = await fetch(location.pathname, { credentials: "same-origin" });
    if (atSignIn(page)) return page;
    const html = new DOMParser().parseFromString(await page.text(), "text/html");
    const node = html.querySelector('meta[name="csrf-token"]');
    if (!node || node.content === token) return refused;
    token = node.content;
    return post(item);
  };

  // One attempt. Returns saved, rejected, signed_out or waiting, with the answer's data.
  const attempt = async (item) => {
    let answer;
    try {
      answer = await post(item);
      if (answer.status === 400) answer = await againWithFreshToken(item, answer);
    } catch (error) {
      unreachable = true;
      return { state: "waiting" };
    }
    const data = (await answer.json().catch(() => null)) || {};
    // A network that wants a sign-in of its own answers 200 for us; only our server names what it saved.
    unreachable = answer.ok && !atSignIn(answer) && !data.id;
    if (unreachable) return { state: "waiting" };
    if (atSignIn(answer)) return { state: "signed_out" };
    if (answer.ok || answer.status === 409) {
      drop(item.key);
      return { state: "saved", data };
    }
    if ([403, 404, 422].includes(answer.status)) return { state: "rejected" };
    change(item.key, { failed: true });
    return { state: "waiting", answered: true };
  };

  const saved = (item, data) => ({
    text: data.message || say("logged"), undo: data.undo, change: data.change, ask: data.ask,
  });

  const plan = () => {
    clearTimeout(timer);
    if (!mine().length) return;
    timer = setTimeout(flush, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };

  const flush = async () => {
    if (flushing || !navigator.onLine) return;
    flushing = true;
    try {
      for (const item of mine()) {
        const result = await attempt(item);
        if (result.state === "saved") toast(saved(item, result.data));
        if (result.state === "rejected") {
          change(item.key, { rejected: true });
          tellRefused();
        }
        if (result.state === "signed_out") toast({ text: say("sign_in"), open: "/login?next=" + encodeURIComponent(location.pathname) });
        if (result.answered) {
          tellFailed(item);
          continue; // its trouble is its own: those behind it go on
        }
        if (result.state === "waiting" || result.state === "signed_out") break;
        wait = 2000;
      }
    } finally {
      flushing = false;
      banner();
      plan();
    }
  };

  // An entry that the server refused is offered on every page, until it is mended or cancelled.
  const home = (item) => {
    const who = new Map(item.fields).get("who");
    const page = item.url === "/log" ? "/log" + (who ? "?who=" + encodeURIComponent(who) : "?new=1") : item.page;
    return page + "#outbox-" + item.key;
  };
  const tellRefused = () => {
    const item = read().find((one) => one.by === actor && one.rejected);
    if (item && location.hash !== "#outbox-" + item.key) toast({ text: say("rejected"), open: home(item) });
  };

  // One that the server fails over is tried on; its form can be opened and cancelled, one without a form is taken back here.
  const tellFailed = (item) => {
    const back = () => {
      drop(item.key);
      banner();
      return true;
    };
    if (failureTold || location.hash === "#outbox-" + item.key) return;
    failureTold = true; // the line at the top stays
    toast({ text: say("failed", { n: 1 }), ...(item.url === "/log" ? { open: home(item) } : { onUndo: back }) });
  };

  // The pressed button belongs to the form's data; iOS 14 has no event.submitter.
  let pressed = null;
  document.addEventListener("click", (event) => {
    pressed = closest(event, "button");
  });

  // Nobody is chosen: the server would say so, but it is not there to say it.
  const lacksWho = (form) => form.querySelector('[type="radio"][name="who"]') && !form.querySelector('[name="who"]:checked');

  const fieldsOf = (form, button) => {
    const data = new FormData(form);
    if (button && button.form === form && button.name) data.set(button.name, button.value);
    data.delete("csrf_token");
    return Array.from(data.entries()).filter((pair) => typeof pair[1] === "string");
  };

  const free = (form) => form.removeAttribute("data-busy");

  const whenQueued = (form, item, row) => {
    const back = () => {
      if (!has(item.key)) return false;
      drop(item.key);
      free(form);
      if (row) row.hidden = false;
      banner();
      return true;
    };
    toast({ text: say("queued"), onUndo: back });
    if (form.dataset.next) form.reset();
    banner();
    plan();
  };

  const whenRejected = (form, item, button, row) => {
    // The server's own page says what to mend and keeps what was typed.
    drop(item.key);
    if (row) row.hidden = false;
    const carry = (name, value) => {
      const input = form.querySelector('input[type="hidden"][name="' + name + '"]') || document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    };
    carry("idempotency_key", item.key);
    carry("csrf_token", token);
    if (button && button.name) carry(button.name, button.value);
    form.submit();
  };

  const send = async (form, item, button) => {
    const row = form.closest("[data-row]");
    if (row && form.dataset.outbox === "row") row.hidden = true;
    const words = setTimeout(() => toast({ text: say("queued") }), WORDS_AFTER);
    const result = navigator.onLine ? await attempt(item) : { state: "waiting" };
    clearTimeout(words);
    // A form whose page is being left stays busy; any other is free again when a second tap is no slip.
    if (!form.dataset.next || result.state === "waiting") setTimeout(free, SECOND_TAP, form);
    if (result.state === "saved" && form.dataset.next) {
      toastNext(saved(item, result.data));
      location.assign(form.dataset.next);
    } else if (result.state === "saved") {
      toast(saved(item, result.data));
      banner();
    } else if (result.state === "rejected") whenRejected(form, item, button, row);
    else if (result.state === "signed_out") location.assign("/login?next=" + encodeURIComponent(location.pathname));
    else whenQueued(form, item, row);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter || pressed;
    if (!form.hasAttribute("data-outbox") || (button && button.hasAttribute("formaction"))) return;
    if (form.hasAttribute("data-busy")) return event.preventDefault();
    if (!navigator.onLine && lacksWho(form)) {
      event.preventDefault();
      return toast({ text: say("who") });
    }
    const item = {
      key: form.dataset.mends || newKey(), url: form.getAttribute("action"), page: location.pathname + location.search,
      fields: fieldsOf(form, button), at: window.shuke.now().toISOString(), by: actor,
    };
    try {
      drop(item.key); // the one that this one mends
      add(item);
    } catch (error) {
      return; // no storage: the plain form posts
    }
    event.preventDefault();
    delete form.dataset.mends; // the next one from this form is another
    form.setAttribute("data-busy", "");
    form.dispatchEvent(new CustomEvent("shuke:stored", { bubbles: true }));
    send(form, item, button);
  });

  // A refused entry comes back into its form; where there is nothing to mend any more it goes.
  const reopen = () => {
    const item = read().find((one) => location.hash === "#outbox-" + one.key);
    if (!item) return;
    const form = Array.from(document.querySelectorAll("form[data-outbox]")).find((one) => one.getAttribute("action") === item.url);
    const cancel = form && form.querySelector(".save-bar a");
    if (!cancel) return drop(item.key);
    new Map(item.fields).forEach((value, name) => {
      const control = form.elements.namedItem(name);
      if (control && name !== "idempotency_key") control.value = value;
    });
    form.dataset.mends = item.key;
    cancel.addEventListener("click", () => drop(form.dataset.mends));
  };

  try {
    write(read());
  } catch (error) {
    return; // storage is closed to us: plain forms all the way
  }
  reopen();
  if (!document.querySelector(".toast-in")) tellRefused();
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("[data-busy]").forEach(free);
  });
  window.addEventListener("online", () => { wait = 2000; flush(); });
  window.addEventListener("offline", banner);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  banner();
  flush();
})();
